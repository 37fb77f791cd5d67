"""Her figures, her cases and what she keeps: the digest, the Home, `/digest`, the export."""

from __future__ import annotations

from typing import Any

from bot.cases import names as cases
from bot.cases.pages import TITLE
from bot.digests.write import COUNTED, MORE, WHY_THIS
from bot.home import settings_form as form
from bot.home import view as home
from bot.home.measures import MEASURES, PAGE
from bot.home.own_data import EXPORT
from bot.ideas.names import form_of
from bot.leading.names import LEADERS_PICTURE
from storage.answers import SetAside
from storage.digests import Digest
from storage.people import DigestPreference
from storage.terms import Weekday
from tests.scenarios.conftest import WEEK
from tests.scenarios.matrix.house import CLINICIANS, EVERYBODY, HERS, House
from tests.scenarios.matrix.planted import AUDITOR, STORY
from tests.scenarios.matrix.table import (
    Row,
    all_of,
    both,
    does_at_once,
    either,
    in_messages,
    opens,
    picked,
    row_of,
    submits,
    typed,
)

# How the picture of the leaders of Ash Ward says their own figure: 8 of 9.
PICTURED = "You: 89"


def _looks(house: House, role: str) -> bool:
    result = house.command(role, "/digest", "looks")
    return AUDITOR in f"{result} {house.press(role, home.LOOKS, 'looks')} {house.homes[role]}"


def _own_data(house: House, role: str) -> bool:
    """Whatever a forged button carries, a file about her comes to nobody else."""
    value = str(house.numbers["subject"])
    return house.marks["email"] in house.delivered("own data", lambda r: house.press(r, EXPORT, value))[role]


def _turns(house: House, role: str) -> bool:
    page = house.press(role, f"{cases.PAGE}-1", f"{WEEK}:25", over={})
    assert house.marks["older case"]
    assert house.marks["case"] not in page
    return house.marks["older case"] in page


def _all_measures(house: House, role: str) -> bool:
    pages = house.press(role, MEASURES, str(WEEK)) + house.press(role, f"{PAGE}-2", f"{WEEK}:0", over={})
    return pages.count(house.marks["measures"]) == 2


def _wishes(_house: House) -> dict[str, Any]:
    return {
        **picked(form.WEEKDAY, Weekday.FRIDAY.value),
        **typed(form.TIME, "11:30", "selected_time"),
        **picked(form.FREQUENCY, "every_week"),
        **picked(form.STATE, "on"),
    }


def _typed_to_rounds(house: House, role: str) -> bool:
    def types(one: str) -> None:
        user = house.user(one)
        channel = house.story.sandbox.workspace.open_dm(user).id
        house.event(type="message", channel_type="im", user=user, channel=channel, text="hello")

    came = house.delivered("typed", types)[role]
    assert house.marks["figures"] not in came
    return "nobody reads messages here" in came


def _leaders_figure(house: House, role: str) -> bool:
    """The message of the month, and its picture: forged for the leader's own day by everybody."""
    told = "8 of the 9 ideas that came to your units" in house.messages[role]
    today = house.story.today.isoformat()
    came = house.delivered("leaders", lambda r: house.press(r, LEADERS_PICTURE, today))[role]
    assert told == (PICTURED in came), came
    return told


def _aside(house: House) -> dict[str, Any]:
    one = [{"value": house.marks["case's value"]}]
    return {
        **typed(cases.CASES, one, "selected_options"),
        **picked(cases.KIND, "not_my_patient"),
        **typed(cases.WORDS, "Moved before my round."),
    }


ROWS = (
    Row(
        "her digest",
        HERS,
        ("/digest", home.AGAIN, home.TRENDS, "app_home_opened"),
        in_messages("figures"),
    ),
    Row(
        "the pages behind it",
        HERS,
        (MORE, COUNTED),
        either(opens(MORE, "week", "page"), opens(COUNTED, "week", "page")),
    ),
    Row(
        "why one got one's own digest, and who sees it",
        CLINICIANS,
        (WHY_THIS, "digest_who"),
        both(
            lambda house, role: "no longer kept" not in house.press(role, WHY_THIS, str(WEEK)),
            lambda house, role: "no longer kept" not in house.press(role, "digest_who", str(WEEK)),
        ),
    ),
    Row("her trends", HERS, (home.TRENDS,), in_messages("trends")),
    Row("all her measures", HERS, (MEASURES, PAGE), _all_measures),
    Row("all that is kept about her", HERS, (EXPORT,), _own_data),
    Row("who looked at her figures", HERS, ("/digest", home.LOOKS), _looks),
    Row("one's own measures", CLINICIANS, (MEASURES,), opens(MEASURES, "week", "Only you see this.")),
    Row("one's own cases", CLINICIANS, (cases.SHOW,), opens(cases.SHOW, "week", TITLE)),
    Row("her cases", HERS, (cases.SHOW,), opens(cases.SHOW, "week", "case")),
    Row("her older cases", HERS, (cases.PAGE,), _turns),
    Row(
        "the address of a case in the record system",
        HERS,
        (cases.SHOW,),
        opens(cases.SHOW, "week", "case's address"),
    ),
    Row(
        "setting her cases aside",
        HERS,
        (cases.ASIDE, form_of(cases.ASIDE)),
        both(
            opens(cases.ASIDE, "week", "case"),
            submits(form_of(cases.ASIDE), lambda _: {"week": str(WEEK)}, _aside, all_of(SetAside)),
        ),
    ),
    Row(
        "what she told of her cases",
        HERS,
        (cases.TELL, form_of(cases.TELL)),
        both(
            opens(cases.TELL, "week", STORY),
            submits(
                form_of(cases.TELL),
                lambda _: {"week": str(WEEK)},
                lambda _: typed(cases.WORDS, "Another day."),
                row_of(Digest, "digest"),
            ),
        ),
    ),
    Row(
        "when her digest comes",
        HERS,
        (form.CALLBACK, home.STOP),
        both(
            submits(form.CALLBACK, lambda _: "", _wishes, all_of(DigestPreference, "subject")),
            does_at_once(home.STOP, "subject", all_of(DigestPreference, "subject")),
        ),
    ),
    Row(
        "letting the deputy's digest come again",
        frozenset({"deputy"}),
        (home.RESUME,),
        does_at_once(home.RESUME, "subject", all_of(DigestPreference, "deputy")),
    ),
    Row(
        "the form for when one's own digest comes",
        CLINICIANS,
        (home.SETTINGS, home.PAUSE, "/digest"),
        both(
            opens(home.SETTINGS, "subject", form.CALLBACK),
            opens(home.PAUSE, "subject", form.CALLBACK),
            lambda house, role: form.CALLBACK in house.command(role, "/digest", "settings"),
        ),
    ),
    Row("an answer to what one types to Rounds", EVERYBODY, ("message",), _typed_to_rounds),
    Row(
        "what Rounds is for, and who sees what",
        EVERYBODY,
        (home.WHO, "/rounds"),
        both(
            opens(home.WHO, "", "Who"), lambda house, role: "Rounds" in house.command(role, "/rounds", "help")
        ),
    ),
    Row(
        "her leaders' own figure among all leaders",
        frozenset({"leader", "manager"}),
        (LEADERS_PICTURE,),
        _leaders_figure,
    ),
)
