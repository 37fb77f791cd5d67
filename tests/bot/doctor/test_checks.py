"""The checks on their own, where a local workspace cannot show the case."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.doctor.data import MeasureFacts, check_measures, check_units, periods_missing
from bot.doctor.findings import counted, listed
from bot.doctor.manifest import check_installed
from bot.doctor.setup import check_secret_key, is_local, token_kind
from bot.doctor.workspace import Place, check_channels, check_clock, check_people, check_scopes
from bot.settings import Settings
from handlers.manifest import MANIFEST
from storage.terms import Mode, PeriodLength


@pytest.fixture
def installed() -> dict[str, Any]:
    """The app at Slack, as manifest.yml says."""
    parsed = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    assert isinstance(parsed, dict)
    return parsed


def test_an_app_that_is_as_the_manifest_says(installed: dict[str, Any]) -> None:
    assert not check_installed(installed, copy.deepcopy(installed), socket_mode=True).failed


def test_an_app_at_slack_that_lacks_a_command(installed: dict[str, Any]) -> None:
    wanted = copy.deepcopy(installed)
    installed["features"]["slash_commands"] = []
    wrong = [finding.wrong for finding in check_installed(wanted, installed, socket_mode=True).findings]
    assert "The app at Slack lacks the command /digest." in wrong


def test_an_app_at_slack_that_lacks_events_tabs_and_interactivity(installed: dict[str, Any]) -> None:
    wanted = copy.deepcopy(installed)
    installed["settings"]["event_subscriptions"]["bot_events"] = []
    installed["settings"]["interactivity"]["is_enabled"] = False
    installed["features"]["app_home"]["messages_tab_enabled"] = False
    wrong = " ".join(f.wrong for f in check_installed(wanted, installed, socket_mode=True).findings)
    assert "the event message.im" in wrong
    assert "interactivity" in wrong
    assert "the messages tab" in wrong


def test_socket_mode_at_slack_and_http_here(installed: dict[str, Any]) -> None:
    (finding,) = check_installed(installed, installed, socket_mode=False).findings
    assert finding.wrong == "Socket Mode is on for the app at Slack, but Rounds is set up for HTTP mode."


def test_on_slack_itself_a_secret_key_is_needed(settings: Settings) -> None:
    assert not is_local(settings.slack_api_url)
    assert "ROUNDS_SECRET_KEY is not set" in check_secret_key(settings, None).findings[0].wrong


def test_what_slack_does_not_say_is_not_called_missing() -> None:
    assert not check_scopes(["chat:write"], None).made
    assert not check_clock(None, datetime.now(UTC)).made
    assert not check_people([], {}).made
    assert not check_units([], []).made
    assert not check_measures([], date(2026, 1, 1)).made


def test_members_of_another_workspace_are_from_outside() -> None:
    found = {"id": "C1", "name": "ward", "is_member": True}
    users = {"U1": {"id": "U1", "team_id": "T2"}}
    check = check_channels([Place("Ward", "#ward", found, ("U1",))], users, "T1")
    assert "another organisation" in check.findings[0].wrong


def test_a_token_is_never_part_of_what_is_said_of_it() -> None:
    assert token_kind("xoxp-123-abc") == "a user token"
    assert token_kind("hunter2") == "no token of Slack's"


def facts(**values: Any) -> MeasureFacts:
    given: dict[str, Any] = {
        "title": "A",
        "mode": Mode.REPETITIVE,
        "period": PeriodLength.WEEK,
        "settles_after": 0,
        "next_review": None,
        "newest": date(2026, 9, 28),
    }
    return MeasureFacts(**given | values)


@pytest.mark.parametrize(
    ("today", "missing"),
    [
        (date(2026, 10, 5), 0),  # the Monday after the last week with data
        (date(2026, 10, 11), 0),  # the next week's Sunday: it is not over
        (date(2026, 10, 12), 1),
        (date(2026, 10, 25), 2),
        (date(2026, 10, 26), 3),
    ],
)
def test_a_week_is_missing_once_it_is_over(today: date, missing: int) -> None:
    assert periods_missing(facts(), today) == missing


def test_figures_that_settle_late_are_waited_for() -> None:
    assert periods_missing(facts(settles_after=14), date(2026, 10, 26)) == 1


def test_months_are_counted_as_months() -> None:
    monthly = facts(period=PeriodLength.MONTH, newest=date(2026, 6, 1))
    assert periods_missing(monthly, date(2026, 9, 30)) == 2
    assert periods_missing(monthly, date(2026, 10, 1)) == 3


def test_single_cases_have_no_figures_to_miss() -> None:
    told = facts(mode=Mode.UNCONSTRAINED, newest=None)
    assert not check_measures([told], date(2026, 10, 26)).failed


@given(st.lists(st.text("ab", min_size=1), max_size=30))
def test_a_long_list_names_ten_and_says_how_many_more(names: list[str]) -> None:
    sentence = listed(names)
    if len(names) > 10:
        assert sentence.endswith(f"and {len(names) - 10} more")
    elif names:
        assert sentence.endswith(names[-1])
    assert counted(len(names), "name") == ("1 name" if len(names) == 1 else f"{len(names)} names")
