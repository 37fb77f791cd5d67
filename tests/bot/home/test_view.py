"""The Home, its form and its help: the words, and Slack's limits whatever the names.

After a wanted change of words write the golden files anew with
`ROUNDS_GOLDEN=write pytest tests/bot/home/test_view.py`, read the difference aloud, and commit it.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digests.blame import blame_words
from bot.digests.weeks import IsoWeek
from bot.digests.write import MORE
from bot.home import view as home
from bot.home.choice import BoardChoice, from_metadata, paged
from bot.home.facts import DigestSettings, HomeFacts, IdeasAtHome, LatestDigest, LookedAt
from bot.home.letters import trends_blocks
from bot.home.onboarding import greeting
from bot.home.settings_form import saved_view, settings_form
from bot.home.view import MOST_LOOKS, busy_view, home_view, looks_view
from bot.home.words import rounds_help
from bot.ideas import delegating, names
from bot.ideas.facts import Board, BoardCounts, BoardUnit, Listed, Page, StandIn, UnitMonth
from bot.ideas.figures.metrics import figures_of, frame_of
from bot.sandbox.blocks import check_message_blocks
from bot.sandbox.views import LARGEST_VIEW, check_view
from bot.settings import DEFAULT_PURPOSE, Settings
from storage.terms import Frequency, IdeaState, Weekday
from tests.reading import texts

GOLDEN = Path(__file__).parent / "golden"
LONDON = ZoneInfo("Europe/London")
WEEK = IsoWeek.parse("2025-W29")
SETTINGS = DigestSettings(
    weekday=Weekday.MONDAY,
    at=time(7, 30),
    frequency=Frequency.WHEN_NEW,
    zone=LONDON,
    next_at=datetime(2025, 7, 28, 6, 30, tzinfo=UTC),
)
PAUSED = replace(SETTINGS, paused_until=date(2025, 9, 1), next_at=datetime(2025, 9, 1, 6, 30, tzinfo=UTC))
STOPPED = replace(SETTINGS, stopped=True, next_at=None)
TOKYO = replace(
    SETTINGS,
    weekday=Weekday.FRIDAY,
    at=time(18, 5),
    frequency=Frequency.EVERY_WEEK,
    zone=ZoneInfo("Asia/Tokyo"),
    next_at=datetime(2025, 7, 25, 9, 5, tzinfo=UTC),
)
LATEST = LatestDigest(
    week=WEEK,
    headline="Blood pressure in range: most of your colleagues reach more of their patients.",
    trends=13,
    measures=13,
)
SHOWN = replace(LATEST, picture="F0000001X", alt_text="Your own trends, 13 measures.")
LOOK = LookedAt(
    at=datetime(2025, 7, 21, 8, 14, tzinfo=UTC),
    looker="yusuf.rahman",
    what="rounds compare blood-pressure",
    reason="checking July's import",
)
TODAY = date(2025, 7, 22)
WARMER = Listed(
    number=12,
    text="A second blanket warmer on nights. The one we have is always empty by two.",
    state=IdeaState.NEW,
    unit="Ash Ward",
    handed_in=date(2025, 7, 17),
    due=date(2025, 7, 21),
    overdue=True,
    supporters=3,
)
SCALES = Listed(
    number=9,
    text="Scales at the bedside",
    state=IdeaState.IMPLEMENTED,
    unit="Ash Ward",
    handed_in=date(2025, 6, 3),
    mine=True,
    confirm=True,
)
ASKED = replace(
    WARMER, number=14, text="Two drug keys", overdue=False, mine=True, question=True, question_seq=3
)
NOT_YET = Listed(
    number=0,
    text="Handover at the bedside",
    state=IdeaState.NEW,
    unit="",
    handed_in=date(2025, 7, 23),
    mine=True,
    appears_on=date(2025, 7, 23),
)
MONTH = UnitMonth(
    unit="Ash Ward",
    month=date(2025, 7, 1),
    handed_in=4,
    answered=3,
    tried=1,
    in_place_in_all=1,
    in_place=(replace(SCALES, mine=False, confirm=False),),
)
BOARD = Board(
    units=(BoardUnit(2, "Ash Ward"), BoardUnit(3, "Beech Ward")),
    counts=BoardCounts(waiting=19, overdue=2, in_progress=4, verification=1, done=7),
    column="waiting",
    page=Page((WARMER, replace(WARMER, number=15, overdue=False)), 19, 8, 8),
)
COMING = StandIn(4, "Rosa Fernandes", "Amara Okafor", TODAY, date(2025, 8, 1), from_me=True)
STANDS_IN = StandIn(5, "Meera Pillai", "Rosa Fernandes", TODAY, TODAY, from_me=False)
STAFF = IdeasAtHome(mine=Page((ASKED, SCALES, NOT_YET), 3, 0, 8), month=MONTH)
LEADER = IdeasAtHome(month=MONTH, board=BOARD, stand_ins=(COMING, STANDS_IN), may_ask=True)
NURSE = HomeFacts(zone=LONDON, name="Rosa Fernandes", purpose=DEFAULT_PURPOSE)
CLINICIAN = replace(
    NURSE, name="Amara Okafor", settings=SETTINGS, latest=LATEST, looks=(LOOK,), looks_in_all=1
)
HOMES = {
    "clinician": CLINICIAN,
    "clinician-with-picture": replace(CLINICIAN, latest=SHOWN, looks=(LOOK,) * 5, looks_in_all=12),
    "clinician-before-the-first-digest": replace(CLINICIAN, latest=None, looks=(), looks_in_all=0),
    "clinician-paused": replace(CLINICIAN, settings=PAUSED),
    "clinician-stopped": replace(CLINICIAN, settings=STOPPED),
    "clinician-who-leads": replace(CLINICIAN, leads=("Ash Ward", "Beech Ward"), ideas=LEADER),
    "without-figures": NURSE,
    "with-ideas": replace(NURSE, ideas=STAFF),
    "manager": replace(
        NURSE,
        name="Karen Mulholland",
        leads=("Ash Ward",),
        ideas=IdeasAtHome(
            board=replace(
                BOARD,
                units=BOARD.units[:1],
                column="overdue",
                unit_id=2,
                page=Page((), 0),
                counts=BoardCounts(),
            ),
            may_ask=True,
        ),
    ),
    "analyst": replace(NURSE, name="Yusuf Rahman", runs_rounds=True),
    "unknown": HomeFacts(zone=LONDON, purpose=DEFAULT_PURPOSE, admins=("helen.whitworth@rounds.example",)),
    "held": HomeFacts(
        zone=LONDON,
        held=True,
        purpose=DEFAULT_PURPOSE,
        admins=("helen.whitworth@rounds.example", "yusuf.rahman@rounds.example"),
    ),
    "unknown-and-nobody-to-name": HomeFacts(zone=LONDON, purpose=DEFAULT_PURPOSE),
}
MODALS: dict[str, Any] = {
    "form": settings_form(SETTINGS),
    "form-paused": settings_form(PAUSED),
    "form-stopped": settings_form(STOPPED),
    "form-to-pause": settings_form(TOKYO, pause_until=date(2025, 8, 20)),
    "saved": saved_view(TOKYO),
    "saved-paused": saved_view(PAUSED),
    "saved-stopped": saved_view(STOPPED),
    "looks": looks_view(replace(CLINICIAN, looks=(LOOK,) * MOST_LOOKS, looks_in_all=MOST_LOOKS + 2)),
    "looks-none": looks_view(replace(CLINICIAN, looks=(), looks_in_all=0)),
    "stand-in": delegating.stand_in_form(TODAY),
}


def check_golden(name: str, held: Any) -> None:
    path = GOLDEN / f"{name}.json"
    text = json.dumps(held, indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("ROUNDS_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text.encode() == path.read_bytes()


def assert_taken(view: dict[str, Any]) -> None:
    """Slack takes it, and everything in it that can be pressed has an id of its own."""
    assert check_view(view, view["type"], lambda _: True) == []
    assert len(json.dumps(view)) <= LARGEST_VIEW


def assert_kind(value: Any) -> None:
    for text in texts(value):
        assert blame_words(text) == ()
        assert "!" not in text


@pytest.mark.parametrize("name", HOMES)
def test_each_home_reads_as_its_golden_file(name: str) -> None:
    view = home_view(HOMES[name])
    check_golden(f"home-{name}", view)
    assert_taken(view)
    assert_kind(view)


@pytest.mark.parametrize("name", MODALS)
def test_each_form_and_page_reads_as_its_golden_file(name: str) -> None:
    check_golden(f"modal-{name}", MODALS[name])
    assert_taken(MODALS[name])
    assert_kind(MODALS[name])


def test_the_help_of_each_person_reads_as_its_golden_file() -> None:
    held = {name: rounds_help(facts).split("\n\n") for name, facts in HOMES.items()}
    check_golden("help", held)
    assert_kind([{"type": "mrkdwn", "text": text} for parts in held.values() for text in parts])


def test_the_messages_read_as_their_golden_files() -> None:
    hello = greeting(DEFAULT_PURPOSE)
    held: dict[str, Any] = {
        "busy": busy_view(),
        "hello": {"text": hello.text, "blocks": hello.blocks},
        "trends": trends_blocks(WEEK, "Your own trends, 13 measures."),
    }
    check_golden("messages", held)
    assert_kind(list(held.values()))
    assert check_message_blocks(list(hello.blocks), lambda _: True) == []
    assert check_message_blocks(held["trends"], lambda _: True) == []


def test_there_is_no_golden_file_that_nothing_is_compared_with() -> None:
    expected = {*(f"home-{n}" for n in HOMES), *(f"modal-{n}" for n in MODALS), "help", "messages"}
    assert {path.stem for path in GOLDEN.glob("*.json")} == expected


def test_a_home_promises_nothing_that_is_not_there() -> None:
    for facts in HOMES.values():
        told = " ".join([*texts(home_view(facts)), rounds_help(facts)]).lower()
        assert "soon" not in told.replace("as soon as there are figures", "")


def pressed(facts: HomeFacts) -> list[str]:
    blocks = home_view(facts)["blocks"]
    return [e["action_id"] for b in blocks if b["type"] == "actions" for e in b["elements"]]


def test_everybody_can_hand_in_an_idea_from_the_home() -> None:
    for name, facts in HOMES.items():
        assert names.NEW in pressed(facts), name


def test_somebody_without_figures_gets_no_settings_and_no_buttons_of_a_digest() -> None:
    for name in ("without-figures", "with-ideas", "manager", "analyst", "unknown", "held"):
        assert not {home.AGAIN, home.TRENDS, home.SETTINGS, MORE} & {*pressed(HOMES[name])}, name


def test_only_leaders_have_a_board_and_can_ask_somebody_to_stand_in() -> None:
    for name, facts in HOMES.items():
        leads = facts.ideas.board is not None
        assert (names.BOARD_FILTER in pressed(facts)) == leads, name
        assert (delegating.OPEN in pressed(facts)) == leads, name


def test_the_page_keeps_what_was_chosen_of_the_board() -> None:
    choice = BoardChoice("overdue", 3, 16)
    view = home_view(HOMES["clinician-who-leads"], choice=choice)
    assert from_metadata(view["private_metadata"]) == choice
    for odd in (None, "", "[]", "{", '{"column": 4, "unit_id": "x", "first": -1}'):
        assert from_metadata(odd) == BoardChoice()


@pytest.mark.parametrize(
    ("value", "choice"),
    [
        ("board:waiting::8", BoardChoice("waiting", None, 8)),
        ("board:done:3:0", BoardChoice("done", 3, 0)),
        ("board", BoardChoice()),
    ],
)
def test_a_paging_button_says_which_part_of_the_board_it_means(value: str, choice: BoardChoice) -> None:
    assert paged(value) == choice


def test_the_picture_stands_there_only_once_the_person_has_been_sent_it() -> None:
    def kinds(facts: HomeFacts, *, show_picture: bool = True) -> list[str]:
        return [block["type"] for block in home_view(facts, show_picture=show_picture)["blocks"]]

    shown = replace(CLINICIAN, latest=SHOWN)
    assert "image" not in kinds(CLINICIAN)
    assert "image" in kinds(shown)
    assert "image" not in kinds(shown, show_picture=False)


def everything(text: str, name: str) -> IdeasAtHome:
    """All that a Home can show of ideas at once, as long as it gets."""
    line = replace(WARMER, text=text, unit=name[:200], owner=name[:200], question=True, question_seq=99)
    lines = tuple(replace(line, number=10_000 + number) for number in range(8))
    units = tuple(BoardUnit(number, f"{name[:190]}{number}") for number in range(120))
    return IdeasAtHome(
        mine=Page(lines, 60, 8, 8),
        month=replace(MONTH, unit=name[:200], in_place=lines[:5], in_place_in_all=30),
        board=Board(units, BoardCounts(*(99_999,) * 5), "waiting", Page(lines, 500, 8, 8), 7),
        figures=figures_of([], {}, [], {}, frame_of(LOOK.at, Settings.model_construct())),
        stand_ins=tuple(replace(COMING, id=number, delegate=name[:200]) for number in range(20)),
        may_ask=True,
    )


_nasty = st.one_of(
    st.text(max_size=600),
    st.sampled_from(
        [
            "&" * 500,
            "שלום עולם " * 40,
            "\u202eevil\u202c " * 30,
            "👩🏽‍⚕️" * 60,
            "<!channel> *bold* `code` :tada:" * 12,
            "ä" * 500,
            "x" * 600,
        ]
    ),
)


@settings(max_examples=40, deadline=None)
@given(name=_nasty, other=_nasty, headline=_nasty, count=st.integers(0, 60), leads=st.integers(0, 12))
def test_every_home_fits_whatever_people_are_called(
    name: str, other: str, headline: str, count: int, leads: int
) -> None:
    looks = tuple(
        LookedAt(LOOK.at + timedelta(days=day), name[:200], other[:200], headline[:500])
        for day in range(count)
    )
    facts = HomeFacts(
        zone=LONDON,
        name=name.strip() or "-",
        settings=SETTINGS,
        latest=replace(SHOWN, alt_text=other * 5),
        looks=looks,
        looks_in_all=count,
        leads=(other[:200],) * leads,
        runs_rounds=True,
        purpose=headline * 3,
        admins=(name[:100] or "a", other[:100] or "b"),
        ideas=everything(other, name),
    )
    for shown in (facts, replace(facts, settings=None), replace(facts, name="")):
        view = home_view(shown)
        assert_taken(view)
        assert len(rounds_help(shown)) <= 40_000
    assert_taken(looks_view(facts))


def test_names_do_nothing_on_a_home() -> None:
    nasty = "<!channel> *all* <https://evil.example|look>"
    facts = replace(
        CLINICIAN,
        looks=(replace(LOOK, looker=nasty, what=nasty, reason=nasty),),
        leads=(nasty,),
        purpose=nasty,
        ideas=everything(nasty, nasty),
    )
    for view in (home_view(facts), looks_view(facts)):
        written = [
            block["text"]["text"] for block in view["blocks"] if block.get("text", {}).get("type") == "mrkdwn"
        ]
        assert not [text for text in written if "<" in text or "*all*" in text]
    assert "<" not in rounds_help(facts)
