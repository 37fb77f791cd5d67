"""Each type of message × mode of care × what holds of names: a golden message with its picture, or never.

Golden files stand in `golden-product/`: the message, the words in its picture, and the page of the group.
After a wanted change of words write them anew with
`ROUNDS_GOLDEN=write pytest tests/bot/digests/test_product.py`, read the difference aloud, and commit it.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.digests.blame import blame_words
from bot.digests.facts import Compared, MeasureView, MessageType, PastDigest, Reported, Told
from bot.digests.select import Choice, choose
from bot.digests.weeks import IsoWeek
from bot.names import wire
from storage.engine import Database
from storage.terms import Direction, Domain, Kind, Mode
from tests.bot.digests.made import WEEK, view
from tests.bot.digests.product import AGREED, CELLS, NAMES, Cell, Names, Product, Sent
from tests.reading import texts

FOLDER: Final = Path(__file__).parent / "golden-product"
WIDTH: Final = 1200
TYPES = MessageType

# Why a type cannot come of care of a mode.
NEVER: Final = MappingProxyType(
    {
        **{
            (kind, mode): "only repetitive care is compared, with others or with its own past (D7, D8)"
            for kind in (TYPES.TOP, TYPES.GAIN, TYPES.LOSS, TYPES.GAP, TYPES.NEAR, TYPES.STEADY)
            for mode in (Mode.CONSTRAINED, Mode.UNCONSTRAINED)
        },
        (TYPES.FIGURES, Mode.UNCONSTRAINED): "nothing is counted of single cases (D8)",
        (TYPES.CASES, Mode.REPETITIVE): "many cases are told as a figure",
        (TYPES.CASES, Mode.UNCONSTRAINED): "single cases are told in words (D8)",
        (TYPES.STORY, Mode.REPETITIVE): "many cases are told as a figure",
        (TYPES.STORY, Mode.CONSTRAINED): "few cases are told with their counts (D7)",
    }
)
ALL: Final = [(kind, mode, names) for (kind, mode), names in product(CELLS, Names)]


class Digests:
    """Each digest of the product, sent once."""

    def __init__(self, migrated: Path, folder: Path) -> None:
        self._migrated, self._folder = migrated, folder
        self._sent: dict[tuple[MessageType, Mode], dict[Names, Sent]] = {}

    def of(self, kind: MessageType, mode: Mode) -> dict[Names, Sent]:
        """The digests of one cell, by what holds of names."""
        if (kind, mode) not in self._sent:
            path = self._folder / f"{kind}-{mode}.db"
            shutil.copy(self._migrated, path)
            database = Database(f"sqlite:///{path}")
            try:
                cell: Cell = CELLS[kind, mode]
                made = Product(database, cell)
                self._sent[kind, mode] = {names: made.send(names) for names in Names}
            finally:
                database.close()
        return self._sent[kind, mode]


@pytest.fixture(scope="module")
def digests(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Digests:
    return Digests(migrated_sqlite, tmp_path_factory.mktemp("product"))


def test_the_product_is_closed() -> None:
    assert set(CELLS) | set(NEVER) == set(product(MessageType, Mode))
    assert not set(CELLS) & set(NEVER)


@pytest.mark.parametrize(("kind", "mode", "names"), ALL)
def test_each_digest_reads_as_its_golden_file(
    digests: Digests, kind: MessageType, mode: Mode, names: Names
) -> None:
    sent = digests.of(kind, mode)[names]
    assert (sent.message_type, sent.mode) == (kind, mode)
    message = {name: sent.message[name] for name in ("text", "blocks")}
    held = {"message": message, "picture": _in_words(sent.drawn), "page": sent.page}
    path, text = _file(kind, mode, names), f"{json.dumps(held, indent=2, ensure_ascii=False)}\n"
    if os.environ.get("ROUNDS_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text.encode() == path.read_bytes()


def _in_words(drawn: tuple[str, ...]) -> str:
    """What stands in the picture, but for bare numbers: which of an axis's fit is the font's matter."""
    return " ".join(text for text in drawn if not re.fullmatch(r"[\d.,]+(\s%)?", text))


def _file(kind: MessageType, mode: Mode, names: Names) -> Path:
    return FOLDER / f"{kind}-{mode}-{names}.json"


def test_no_golden_file_is_left_over() -> None:
    assert set(FOLDER.glob("*")) == {_file(*one) for one in ALL}


@pytest.mark.parametrize(("kind", "mode"), CELLS)
def test_its_picture_is_there_and_says_no_name(digests: Digests, kind: MessageType, mode: Mode) -> None:
    sent = digests.of(kind, mode)[Names.AGREED]
    if kind is TYPES.STORY:
        assert sent.png is None
        assert sent.drawn == ()
        return
    assert sent.png is not None
    with Image.open(io.BytesIO(sent.png)) as picture:
        picture.load()
        assert picture.format == "PNG"
        assert picture.width == WIDTH
        # Somebody can see something: it is neither empty nor full.
        colours = picture.convert("L").getcolors()
    assert colours is not None
    assert 0.5 < max(many for many, _ in colours) / sum(many for many, _ in colours) < 0.999
    said = " ".join(sent.drawn)
    assert len(sent.drawn) > 3
    assert not [name for name in NAMES if name in said]
    assert not any(blame_words(text) or "!" in text for text in sent.drawn)
    alt = [block["alt_text"] for block in sent.message["blocks"] if block["type"] == "image"]
    assert len(alt) == 1


@pytest.mark.parametrize(("kind", "mode"), CELLS)
def test_names_change_nothing_of_a_digest_but_the_question_about_them(
    digests: Digests, kind: MessageType, mode: Mode
) -> None:
    sent = digests.of(kind, mode)
    blinded, asked, agreed = (sent[names] for names in Names)
    assert agreed.message == blinded.message
    assert blinded.png == asked.png == agreed.png
    assert blinded.drawn == asked.drawn == agreed.drawn
    more = [block for block in asked.message["blocks"] if block not in blinded.message["blocks"]]
    assert [block["accessory"]["action_id"] for block in more] == [wire.NAMES]
    for one in sent.values():
        assert not [name for name in NAMES if name in " ".join(texts(one.message["blocks"]))]


@pytest.mark.parametrize(("kind", "mode"), CELLS)
def test_the_groups_page_has_the_names_of_those_who_agreed_for_whoever_agreed(
    digests: Digests, kind: MessageType, mode: Mode
) -> None:
    sent = digests.of(kind, mode)
    for names, one in sent.items():
        said = " ".join(texts(one.page["blocks"]))
        shown = {f"C{number:02d}" for number, name in enumerate(NAMES) if name in said}
        compared = mode is Mode.REPETITIVE and kind is not TYPES.FIGURES
        assert shown == (set(AGREED) if compared and names is Names.AGREED else set())
    assert sent[Names.BLINDED].page == sent[Names.ASKED].page


# -- what can never be --------------------------------------------------------------------------------------

STORIES: Final = (Told(date(2025, 7, 17), "Moved on the second evening."),)


@st.composite
def views(draw: st.DrawFn) -> MeasureView:
    """One measure, of any kind and mode, that could say anything."""
    mode = draw(st.sampled_from(Mode))
    made = view(
        draw(st.sampled_from(Kind)),
        draw(st.sampled_from(MessageType)),
        compared=draw(st.sampled_from(Compared)),
        mode=mode,
        domain=draw(st.sampled_from(Domain)),
        direction=draw(st.sampled_from(Direction)),
        past_review=draw(st.booleans()),
        key=draw(st.sampled_from("abcd")),
        adjusted_for=draw(st.sampled_from(["", "age"])),
    )
    if draw(st.booleans()):
        # What is told in words can come with any measure's import.
        made = replace(made, stories=STORIES)
    if draw(st.booleans()):
        counts = made.result.numerator, made.result.denominator, made.result.value
        made = replace(made, reported=Reported(*counts, 3.0, for_the_measure=draw(st.booleans())))
    return made


@st.composite
def histories(draw: st.DrawFn) -> tuple[PastDigest, ...]:
    """What the last weeks led with."""
    weeks_ago = draw(st.lists(st.integers(1, 30), max_size=4, unique=True))
    return tuple(
        PastDigest(
            str(IsoWeek.of(WEEK.monday - timedelta(weeks=ago))),
            draw(st.sampled_from("abcd")),
            draw(st.sampled_from(MessageType)),
        )
        for ago in weeks_ago
    )


@settings(deadline=None, max_examples=150)
@given(st.lists(views(), min_size=1, max_size=4), histories(), st.booleans())
def test_no_choice_is_ever_one_of_those_that_cannot_be(
    found: list[MeasureView], past: tuple[PastDigest, ...], every_week: bool
) -> None:
    choice = choose(found, past, week=WEEK, every_week=every_week)
    if isinstance(choice, Choice):
        pair = (choice.message_type, choice.view.measure.mode)
        assert pair in CELLS, NEVER.get(pair)


def every_one() -> Iterator[tuple[MeasureView, Any]]:
    """One measure alone, in each way in which it can be described."""
    for says, compared, mode, domain in product(MessageType, Compared, Mode, Domain):
        for direction, told in product(Direction, (False, True)):
            made = view(says=says, compared=compared, mode=mode, domain=domain, direction=direction)
            yield replace(made, stories=STORIES) if told else made, mode


def test_one_measure_alone_never_says_it_either_and_says_each_of_the_others() -> None:
    said = set()
    for made, mode in every_one():
        choice = choose([made], (), week=WEEK)
        if isinstance(choice, Choice):
            said.add((choice.message_type, mode))
    assert said == set(CELLS)
