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
from bot.home.facts import DigestSettings, HomeFacts, LatestDigest, LookedAt
from bot.home.letters import trends_blocks
from bot.home.onboarding import greeting
from bot.home.settings_form import saved_view, settings_form
from bot.home.view import MOST_LOOKS, busy_view, home_view, looks_view
from bot.home.words import rounds_help
from bot.sandbox.blocks import check_message_blocks
from bot.sandbox.views import LARGEST_VIEW, check_view
from bot.settings import DEFAULT_PURPOSE
from storage.terms import Frequency, Weekday
from tests.bot.digests.test_write import texts

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
)
SHOWN = replace(LATEST, picture="F0000001X", alt_text="Your own trends, 13 measures.")
LOOK = LookedAt(
    at=datetime(2025, 7, 21, 8, 14, tzinfo=UTC),
    looker="yusuf.rahman",
    what="rounds compare blood-pressure",
    reason="checking July's import",
)
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
    "clinician-who-leads": replace(CLINICIAN, leads=("Ash Ward", "Beech Ward")),
    "without-figures": NURSE,
    "manager": replace(NURSE, name="Karen Mulholland", leads=("Ash Ward",)),
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
        assert "idea" not in told
        assert "soon" not in told.replace("as soon as there are figures", "")


def test_somebody_without_figures_gets_no_settings_and_no_buttons_of_a_digest() -> None:
    for name in ("without-figures", "manager", "analyst", "unknown", "held"):
        blocks = home_view(HOMES[name])["blocks"]
        pressed = [e["action_id"] for b in blocks if b["type"] == "actions" for e in b["elements"]]
        assert pressed == ["home_who"], name


def test_the_picture_stands_there_only_once_the_person_has_been_sent_it() -> None:
    def kinds(facts: HomeFacts, **how: bool) -> list[str]:
        return [block["type"] for block in home_view(facts, **how)["blocks"]]

    shown = replace(CLINICIAN, latest=SHOWN)
    assert "image" not in kinds(CLINICIAN)
    assert "image" in kinds(shown)
    assert "image" not in kinds(shown, show_picture=False)


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
    )
    for view in (home_view(facts), looks_view(facts)):
        written = [
            block["text"]["text"] for block in view["blocks"] if block.get("text", {}).get("type") == "mrkdwn"
        ]
        assert not [text for text in written if "<" in text or "*all*" in text]
    assert "<" not in rounds_help(facts)
