"""Care that is not compared: few cases with their counts (D7), single ones in words (D8).

Golden files stand in `golden-modes/`. After a wanted change of words write them anew with
`ROUNDS_GOLDEN=write pytest tests/bot/digests/test_modes.py`, read the difference aloud, and commit it.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cases import names
from bot.clock import SystemClock
from bot.digests.chart import PeerLayer
from bot.digests.counted_page import counted_view
from bot.digests.facts import CaseSums, Compared, MeasureView, MessageType, PastDigest, Told
from bot.digests.gather import Windows, open_book
from bot.digests.modes import LEAST_OTHERS, spread_of
from bot.digests.pages import more_view
from bot.digests.pictures import person_picture
from bot.digests.render import Rendered, WeekRenderer
from bot.digests.select import Choice, Quiet, choose
from bot.digests.weeks import IsoWeek
from bot.digests.wording import MOST_WORDS
from bot.digests.write import Message, WritingContext, compose
from bot.intake import import_folder
from bot.settings import Settings
from bot.sharing.rules import as_shared
from storage.engine import Database
from storage.terms import Domain, Kind, Mode
from tests.bot.digests.chart_samples import alone, person
from tests.bot.digests.made import WEEK, view
from tests.bot.digests.test_write import HARD_TEXTS, as_json, check_limits, words_before_more
from tests.reading import texts

FOLDER = Path(__file__).parent / "golden-modes"
CASES, STORY = MessageType.CASES, MessageType.STORY
WITH_PICTURE = WritingContext(WEEK, "2025-W29", "Your own weeks.")
WITHOUT_PICTURE = WritingContext(WEEK, "2025-W29")
TOLD = (
    Told(
        date(2025, 7, 17),
        "Moved on the second evening with rising oxygen needs. The night team had called early, and a plan"
        " for this was in the notes. The family asked afterwards what the first sign had been.",
    ),
    Told(date(2025, 7, 3), "Low sodium, found on the day after admission."),
)
LISTED = CaseSums(9, 9.0, 1250.0)


def few(
    kind: Kind = Kind.RATE,
    values: tuple[float, ...] = (),
    *,
    small: tuple[int, ...] = (),
    cases: CaseSums | None = None,
    **changes: Any,
) -> MeasureView:
    """A constrained measure; `values` are the colleagues', of whom `small` have small counts."""
    made = view(kind, mode=Mode.CONSTRAINED, compared=Compared.OTHER_MODE, **changes)
    results = (made.result, *(replace(made.result, value=value) for value in values))
    hidden = np.zeros(len(results), bool)
    hidden[[one + 1 for one in small]] = True
    comparison = replace(made.comparison, results=results, clinicians=len(results))
    return replace(made, comparison=comparison, small=hidden, cases=cases)


def told(*stories: Told, **changes: Any) -> MeasureView:
    words: dict[str, Any] = {
        "key": "intensive-care",
        "title": "Unplanned moves to intensive care",
        "why": "The hours before may hold something to learn.",
        "numerator": "patients moved unplanned to intensive care",
        "action": "Walk through the 24 hours before with the nurse who was there.",
        "domain": Domain.OUTCOME,
    }
    made = view(mode=Mode.UNCONSTRAINED, compared=Compared.OTHER_MODE, **(words | changes))
    return replace(made, stories=stories)


def choice_of(*views: MeasureView, past: tuple[PastDigest, ...] = ()) -> Choice:
    choice = choose(views, past, week=WEEK)
    assert isinstance(choice, Choice), choice
    return choice


def composed(*views: MeasureView, past: tuple[PastDigest, ...] = ()) -> Message:
    choice = choice_of(*views, past=past)
    return compose(choice, WITHOUT_PICTURE if choice.story else WITH_PICTURE)


TEN = tuple(3.0 + 0.5 * number for number in range(10))
GOLDEN: dict[str, MeasureView] = {
    "cases-rate": few(values=TEN),
    "cases-listed": few(values=TEN, cases=LISTED),
    "cases-outcome-half-the-group": few(Kind.PROPORTION, (0.7, 0.75, 0.8, 0.9, 0.95), domain=Domain.OUTCOME),
    "cases-few-colleagues": few(values=TEN[:4]),
    "cases-small-counts": few(values=TEN[:6], small=(0, 1)),
    "cases-none": few(values=TEN, result={"numerator": 0.0, "value": 0.0, "interval": (None, 2.9)}),
    "cases-mean": few(Kind.MEAN, TEN),
    "story": told(*TOLD),
    "story-long": told(Told(date(2025, 7, 1), "A sentence that goes on for a while. " * 60)),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_each_message_reads_as_its_golden_file(name: str) -> None:
    path, text = FOLDER / f"{name}.json", as_json(composed(GOLDEN[name]))
    if os.environ.get("ROUNDS_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text.encode() == path.read_bytes()


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(GOLDEN)


@pytest.mark.parametrize("name", GOLDEN)
def test_nobody_is_ranked_and_the_words_are_few(name: str) -> None:
    message = composed(GOLDEN[name])
    check_limits_of_cases(message)
    said = "\n".join(texts(message.blocks)).lower()
    for word in (
        "percentile",
        "rank",
        "median",
        "most of your colleagues",
        "half your colleagues",
        "reached",
    ):
        assert word not in said
    assert (names.TELL in buttons(message)) is True
    assert "median" not in message.facts


def test_a_story_states_no_figure_and_has_no_picture() -> None:
    message = composed(told(*TOLD))
    assert all(block["type"] != "image" for block in message.blocks)
    told_words = "\n".join(b["text"]["text"] for b in message.blocks if b["type"] == "section")
    assert "%" not in told_words
    assert re.findall(r"\d+", told_words) == ["17", "24"]
    assert set(message.facts) == {TOLD[0].key, "through:intensive-care"}


def test_the_way_to_the_cases_is_there_only_where_there_are_any() -> None:
    assert names.SHOW not in buttons(composed(few(values=TEN)))
    assert names.SHOW in buttons(composed(few(values=TEN, cases=LISTED)))
    assert names.SHOW in buttons(composed(told(*TOLD)))
    repetitive = view()
    assert names.SHOW not in buttons(composed(repetitive))
    assert names.SHOW in buttons(composed(replace(repetitive, cases=CaseSums(50, 41, 50))))


def test_a_shared_digest_keeps_its_words_without_the_buttons_beside_them() -> None:
    shared_blocks = as_shared(composed(few(values=TEN, cases=LISTED)).blocks)
    assert not any("accessory" in block for block in shared_blocks)
    kept = "\n".join(texts(shared_blocks))
    assert "9 falls in 1,250 bed days" in kept
    assert "*A question.*" in kept


def check_limits_of_cases(message: Message) -> None:
    # A quotation has a bar before it, which Slack draws for ">" alone at the line's beginning.
    check_limits(message)
    assert words_before_more(message) <= MOST_WORDS


def buttons(message: Message) -> set[str]:
    found = {b["accessory"]["action_id"] for b in message.blocks if "accessory" in b}
    return found | {e["action_id"] for b in message.blocks if b["type"] == "actions" for e in b["elements"]}


# The group's range -----------------------------------------------------------------------------------------

VALUES = st.lists(st.floats(0, 1, allow_nan=False), max_size=25)


@given(VALUES, st.data())
def test_a_range_has_five_others_and_no_end_that_is_somebodys_own(values: list[float], data: Any) -> None:
    small = tuple(sorted(data.draw(st.sets(st.integers(0, len(values) - 1))))) if values else ()
    made = few(Kind.PROPORTION, tuple(values), small=small)
    spread = spread_of(made)
    assert made.result.value is not None
    left = [*(v for n, v in enumerate(values) if n not in small), made.result.value]
    if len(left) - 1 < LEAST_OTHERS:
        assert spread is None
        return
    assert spread is not None
    assert spread.middle is (len(left) - 1 < 10)
    assert 0 <= spread.low <= spread.high <= 1
    if not spread.middle:
        assert spread.low <= min(left)
        assert spread.high >= max(left)
        assert spread.low == 0 or spread.low < min(left)
        assert spread.high == 1 or spread.high > max(left)
    without = tuple(v for n, v in enumerate(values) if n not in small)
    assert spread_of(few(Kind.PROPORTION, without)) == spread


def test_who_has_too_few_cases_or_no_group_is_shown_no_range() -> None:
    assert spread_of(few(values=TEN)) is not None
    assert spread_of(few(values=TEN, result={"percentile": None})) is None
    assert spread_of(replace(few(values=TEN), group="")) is None
    assert spread_of(view()) is None


def test_why_there_is_no_range_is_said() -> None:
    reasons = {
        "once five colleagues have enough cases": few(values=TEN[:4]),
        "others' counts are too small": few(values=TEN[:6], small=(0, 1)),
        "is shown once you have 20": few(values=TEN, result={"percentile": None, "denominator": 9.0}),
        "once you were in it for half of the time": few(values=TEN, result={"percentile": None}),
        "once you are in a peer group": replace(few(values=TEN), group=""),
    }
    for reason, made in reasons.items():
        assert reason in "\n".join(texts(composed(made).blocks)), reason


def test_the_picture_has_the_range_and_nobodys_place_in_it() -> None:
    made = few(values=TEN)
    spread = spread_of(made)
    assert spread is not None
    few_cases = replace(alone().measure, mode=Mode.CONSTRAINED)
    picture = replace(alone(), measure=few_cases)
    with_range = PeerLayer(replace(picture, spread=replace(spread, low=0.05, high=0.3))).draw(person())
    assert (
        "Your group in 3 months: 5\u00a0% to 30\u00a0%, drawn without anybody's place in it."
        in with_range.alt_text
    )
    assert "median" not in with_range.alt_text
    assert with_range.png != PeerLayer(picture).draw(person()).png
    assert person_picture(made).interval == made.result.interval


# Whose turn it is ------------------------------------------------------------------------------------------


def led(kind: MessageType, key: str, weeks_ago: int, **facts: float) -> PastDigest:
    monday = WEEK.monday - timedelta(weeks=weeks_ago)
    return PastDigest(str(IsoWeek.of(monday)), key, kind, facts)


def test_the_first_digest_is_about_counts_where_there_are_any() -> None:
    assert choice_of(view(), few(), told(*TOLD)).message_type is MessageType.STEADY
    assert choice_of(few(domain=Domain.OUTCOME), told(*TOLD)).message_type is STORY
    assert choice_of(few()).message_type is CASES


def test_few_cases_lead_about_once_a_month() -> None:
    steady = view(key="a")
    for weeks_ago, leads in ((1, False), (3, False), (4, True)):
        for before in (led(CASES, "other", weeks_ago), led(MessageType.STEADY, "a", weeks_ago)):
            past = (before,) if before.measure == "a" else (before, led(MessageType.STEADY, "a", 30))
            found = choose([steady, few()], past, week=WEEK)
            assert (isinstance(found, Choice) and found.message_type is CASES) is leads


def test_a_story_is_told_once_and_the_next_one_after_it() -> None:
    views = (view(key="a"), told(*TOLD))
    first = choice_of(*views, past=(led(MessageType.STEADY, "a", 2),))
    assert first.story == TOLD[0]
    past = (led(STORY, "intensive-care", 1, **compose(first, WITHOUT_PICTURE).facts),)
    assert choice_of(*views, past=past).story == TOLD[1]
    both = (led(STORY, "intensive-care", 1, **{one.key: 1.0 for one in TOLD}),)
    assert isinstance(choose(views[1:], both, week=WEEK), Quiet)


def test_measures_past_their_review_wait() -> None:
    assert isinstance(choose([few(past_review=True)], (), week=WEEK), Quiet)
    assert isinstance(choose([told(*TOLD, past_review=True)], (), week=WEEK), Quiet)


def test_a_story_without_any_counts_is_told() -> None:
    bare = replace(told(*TOLD, result={"value": None}), compared=Compared.NO_DATA)
    choice = choice_of(bare)
    assert choice.story == TOLD[0]
    page = "\n".join(texts(more_view(choice, WITHOUT_PICTURE)["blocks"]))
    assert "Told case by case." in page
    assert "0" not in page.replace("20 July", "")
    assert all(not isinstance(choose([replace(bare, stories=())], (), week=WEEK), Choice) for _ in "a")


def test_how_it_is_counted_says_where_the_figure_comes_from() -> None:
    def page(made: MeasureView) -> str:
        return "\n".join(texts(counted_view(made)["blocks"]))

    assert "Single cases" not in page(view())
    assert "added up from single cases" in page(replace(view(), cases=CaseSums(50, 41, 50)))
    # A mismatch is the analyst's: the import tells them.
    other = page(replace(view(), cases=CaseSums(48, 40, 48)))
    assert "added up from" not in other
    assert "lists the single cases" in other
    assert "%" not in page(told(*TOLD))
    assert "Nobody is counted or compared." in page(told(*TOLD))


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(HARD_TEXTS), st.sampled_from(HARD_TEXTS), st.booleans(), st.sampled_from(Kind))
def test_hostile_and_long_texts_stay_inert_and_short(
    text: str, story: str, in_words: bool, kind: Kind
) -> None:
    texts_of: dict[str, Any] = {
        "title": text,
        "why": text,
        "action": text,
        "numerator": text,
        "denominator": text,
    }
    made = told(Told(date(2025, 7, 1), story), **texts_of) if in_words else few(kind, TEN, **texts_of)
    message = composed(made)
    check_limits_of_cases(message)
    assert as_json(message) == as_json(composed(made))


# The real few cases ----------------------------------------------------------------------------------------


def test_the_hospitals_read_as_few_cases(sqlite: Database, shared: Path) -> None:
    data = shared / "data" / "hospitals"
    import_folder(sqlite, data, clock=SystemClock(), imported_by="test", settings=Settings.model_construct())
    week = IsoWeek.parse("1991-W06")
    with sqlite.read() as session:
        renderer = WeekRenderer(open_book(session, week.sunday, Windows()), week, "To learn.")
    assert len(renderer.book.views) == 54
    for person_id in list(renderer.book.views)[:12]:
        rendered = renderer.render(person_id, ())
        assert isinstance(rendered, Rendered)
        assert rendered.choice.message_type is CASES
        # One month of one's own is told in words.
        assert rendered.picture is None
        said = "\n".join(texts(rendered.message.blocks))
        assert "stays in January" in said
        assert "for how ill" in said
        few_stays = rendered.choice.view.result.denominator < 10
        assert ("likely" not in said) == few_stays
        check_limits_of_cases(rendered.message)
