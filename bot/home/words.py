"""The words of the Home, its form and its help: short, kind, plain."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from bot.home.facts import DigestSettings, HomeFacts, LookedAt
from bot.slack_text import inert, shorten
from storage.terms import Frequency

_LOCALE = "en_GB"
FREQUENCIES = {
    Frequency.WHEN_NEW: "Only when there is something new",
    Frequency.EVERY_WEEK: "Every week",
}
ABOUT = (
    "Rounds takes everybody's ideas to those who can answer them, until whoever had the idea says that it is "
    "in place. And it shows clinicians how their own care compares with their colleagues', once a week and "
    "privately: one headline, one picture, one question."
)
NO_FIGURES = (
    "There are no figures about your own patients here, so no digest comes to you. If you "
    "expected one, {ask} whether your figures are tied to your name."
)
UNKNOWN = (
    "Rounds does not know you yet, so there are no figures and no messages of yours here. You can hand in an "
    "idea all the same. To be added, {ask} to put your email address into the list of people. This page "
    "fills itself after that."
)
HELD = (
    "The email address of your Slack account is not the one that Rounds has for you, so nothing of yours is "
    "shown or sent until somebody has looked. To put it right, {ask}."
)
LEADING = "*You lead {units}.* Rounds shows leaders nobody's own figures."
IDEAS = (
    "*Ideas.* `/idea` hands one in, and `/idea` with some words keeps them. `/ideas` shows what others had, "
    "`/ideas` with some words looks for them, and `/ideas mine` shows where yours are. “Make this an idea” "
    "is in the menu of every message."
)
IDEAS_TO_ANSWER = (
    "*Answering ideas.* The board on your Home shows what waits for you and your pair; the buttons are on "
    "each idea's card as well. A sentence is enough. “Ask somebody to stand in” is for when you are away."
)
RUNNING = (
    "*You look after Rounds.* On the server, `rounds import` loads data, `rounds compare` and "
    "`rounds digest preview` let you check what will be said before it is sent, and `rounds --help` lists "
    "the rest. Looks at individuals are recorded, and the people themselves can see the record."
)
NOBODY_LOOKED = "Nobody has looked at your figures through Rounds."


def zone_words(zone: ZoneInfo) -> str:
    """`Europe/London`, as people read it."""
    return zone.key.replace("_", " ")


def moment(at: datetime, zone: ZoneInfo) -> str:
    """`Monday 23 November at 07:30`."""
    return format_datetime(at, "EEEE d MMMM 'at' HH:mm", tzinfo=zone, locale=_LOCALE)


def when_it_comes(settings: DigestSettings) -> str:
    """The settings as a sentence: `Monday 07:30 in your own time zone (Europe/London), every week.`"""
    frequency = FREQUENCIES[settings.frequency]
    day = settings.weekday.value.capitalize()
    zone = zone_words(settings.zone)
    return f"{day} {settings.at:%H:%M} in your own time zone ({zone}), {frequency[0].lower()}{frequency[1:]}."


def what_comes_next(settings: DigestSettings) -> str:
    """When the next digest comes, as a sentence."""
    if settings.stopped:
        return "It is stopped: none comes until you resume it."
    assert settings.next_at is not None
    comes = "can come" if settings.frequency is Frequency.WHEN_NEW else "comes"
    comes = f"The next one {comes} on {moment(settings.next_at, settings.zone)}."
    if settings.paused_until is None:
        return comes
    until = format_date(settings.paused_until, "EEEE d MMMM y", locale=_LOCALE)
    return f"It is paused until {until}. {comes}"


def look_words(look: LookedAt, zone: ZoneInfo, limit: int) -> str:
    """One line of the record: when, who, what and why, in at most about `limit` characters."""
    when = format_datetime(look.at, "d MMMM y, HH:mm", tzinfo=zone, locale=_LOCALE)
    why = f" ({inert(shorten(look.reason, limit // 2))})" if look.reason else ""
    return f"{when}: {inert(shorten(look.looker, limit // 4))}, {inert(shorten(look.what, limit // 4))}{why}"


def whom_to_ask(facts: HomeFacts) -> str:
    """`ask whoever runs Rounds here`, with their addresses where they are known."""
    if not facts.admins:
        return "ask whoever runs Rounds here"
    shown = [inert(shorten(address, 80)) for address in facts.admins[:3]]
    return f"ask {' or '.join(shown)}, who run Rounds here," if len(shown) > 1 else f"ask {shown[0]}"


def leading(facts: HomeFacts) -> str:
    """What leaders can see here; "" for everybody else."""
    if not facts.leads:
        return ""
    names = [inert(shorten(name, 80)) for name in facts.leads[:5]]
    left = len(facts.leads) - len(names)
    if left:
        names.append("one more unit" if left == 1 else f"{left} more units")
    units = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return LEADING.format(units=units)


def purpose(text: str) -> str:
    """The site's purpose text (D27), made safe."""
    return f"*What it is for.* {inert(shorten(text, 550))}"


def no_digest(facts: HomeFacts) -> str:
    """Why somebody has no digest, and whom to ask."""
    if facts.held:
        return HELD.format(ask=whom_to_ask(facts).rstrip(","))
    return (NO_FIGURES if facts.name else UNKNOWN).format(ask=whom_to_ask(facts))


def rounds_help(facts: HomeFacts) -> str:
    """What this person can do here, for `/rounds help`."""
    if not facts.name:
        return f"{no_digest(facts)}\n\n{IDEAS}"
    parts = [ABOUT, IDEAS]
    if facts.leads:
        parts.append(IDEAS_TO_ANSWER)
    if facts.settings is not None:
        parts.append(
            "*Your digest.* `/digest` shows the latest one again. `/digest settings` sets the day, the time "
            "and how often. `/digest pause`, `/digest resume` and `/digest stop` do what they say. "
            "`/digest looks` shows who looked at your figures."
        )
        parts.append(
            "*Your Home.* The Home tab of Rounds has your ideas, your latest digest, all your measures and "
            "trends, your settings, and “Export my data”."
        )
    else:
        parts.append(no_digest(facts))
    parts += [text for text in (leading(facts), RUNNING if facts.runs_rounds else "") if text]
    parts.append(purpose(facts.purpose))
    return "\n\n".join(parts)
