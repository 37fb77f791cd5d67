"""The words and pieces that cards, messages, forms and lists of ideas share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date

from bot.ideas import names
from bot.ideas.facts import IdeaFacts, Line
from bot.slack_blocks import Block, View, modal, section, words_object
from bot.slack_text import inert, shorten
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaState as State
from storage.terms import Part

Message = dict[str, Any]  # {"text": what a lock screen shows, "blocks": [...]}

_LOCALE: Final = "en_GB"
TITLE_LENGTH: Final = 80
# Slack's limit of a section is 3,000 characters; what is typed leaves room for the words around it.
SECTION: Final = 2900
LONGEST_IDEA: Final = 3000
REMOVED: Final = "Patient details were removed"
A_SENTENCE: Final = "A sentence is enough."

STATES: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.NEW: "Waiting for an answer",
        State.ACKNOWLEDGED: "Seen, and being thought about",
        State.ACCEPTED: "Going ahead",
        State.PLANNED: "Planned",
        State.TESTING: "Being tested",
        State.IMPLEMENTED: "In place, waiting to be confirmed",
        State.VERIFIED: "In place and confirmed",
        State.DISPUTED: "Not in place yet",
        State.NOT_NOW: "Not now",
        State.DECLINED: "Not taken up",
        State.TRIED: "Tried, and something learned",
        State.MERGED: "Joined with another idea",
        State.WITHDRAWN: "Withdrawn",
    }
)

# "approx. 5 more" and "e.g. at night" go on; what is shorter than a few words is no title ("Dr. Khan …").
_SENTENCE_END = re.compile(r"(?<=[.?!؟])\s+(?=[^a-z0-9\s])|(?<=[。？！])|\n+")
_SHORTEST_TITLE: Final = 15
_CLAUSE_END = re.compile(r":\s+|;\s+|\s+[–—-]\s+")


# -- what is typed ----


def typed(text: str, limit: int = SECTION) -> str:
    """What somebody typed, inert, on one line, in at most `limit` characters of mrkdwn."""
    raw = shorten(" ".join(text.split()), limit)
    shown = inert(raw)
    # "&" grows to five characters, and right-to-left text gets two marks around it.
    while len(shown) > limit:
        raw = shorten(raw, max(2, min(len(raw) - 1, len(raw) * limit // len(shown))))
        shown = inert(raw)
    return shown


def quoted(text: str, limit: int = SECTION) -> str:
    """What somebody typed, in quotation marks."""
    return f"“{typed(text, limit - 2)}”"


def name(text: str, limit: int = 80) -> str:
    """The name of a person, a unit or a measure, inert."""
    return typed(text, limit)


def title_of(text: str) -> str:
    """An idea's title, as typed: its first sentence or line, at most 80 characters."""
    first = _split(text)[0]
    return shorten(" ".join(first.split()), TITLE_LENGTH)


def rest_of(text: str) -> str:
    """What the title leaves out, as typed; all of the text where the title had to be cut; "" for nothing."""
    first, rest = _split(text)
    return " ".join(text.split()) if len(" ".join(first.split())) > TITLE_LENGTH else rest


def below_title(text: str) -> str:
    """What the title leaves out, with its lines as typed; all of the text where the title had to be cut."""
    first, rest = _split(text)
    return text if len(" ".join(first.split())) > TITLE_LENGTH else rest


def _split(text: str) -> tuple[str, str]:
    text = text.strip()
    ends = _SENTENCE_END.finditer(text)
    end = next((one for one in ends if "\n" in one[0] or one.start() >= _SHORTEST_TITLE), None)
    first, rest = (text, "") if end is None else (text[: end.start()], text[end.end() :].strip())
    if len(first) > TITLE_LENGTH:
        # A long sentence often names the idea before its colon or dash, and gives the reason after it.
        clause = next((one for one in _CLAUSE_END.finditer(first) if one.start() >= _SHORTEST_TITLE), None)
        if clause is not None and clause.start() <= TITLE_LENGTH:
            # The dots say that the sentence had begun before.
            return first[: clause.start()], f"… {text[clause.end() :].strip()}"
    return _without_stop(first), rest


def _without_stop(text: str) -> str:
    stripped = text.strip()
    return stripped[:-1] if stripped.endswith(".") and not stripped.endswith("..") else stripped


def title(facts_text: str, *, removed: bool = False) -> str:
    """An idea's title for mrkdwn, inert; says so where the text was taken out."""
    found = title_of(facts_text)
    if not found:
        return REMOVED if removed else "An idea without words"
    return typed(found, 2 * TITLE_LENGTH)


def headed(facts: IdeaFacts) -> str:
    """`*#12 Keep a second blanket warmer*`."""
    return f"*#{facts.number} {title(facts.text, removed=facts.details_removed)}*"


def paragraphs(text: str, most: int = SECTION) -> list[str]:
    """A long text as typed, inert, line by line in quotation bars; each part fits one section."""
    parts: list[str] = []
    current = ""
    for line in _short_lines(text, most - 2):
        shown = f">{line}"
        if current and len(current) + 1 + len(shown) > most:
            parts.append(current)
            current = shown
        else:
            current = f"{current}\n{shown}" if current else shown
    return [*parts, current] if current else parts


def _short_lines(text: str, most: int) -> Iterable[str]:
    for line in text.splitlines():
        if line.strip():
            yield from _halved(line.strip(), most)


def _halved(line: str, most: int) -> Iterable[str]:
    shown = inert(line)
    if len(shown) <= most:
        yield shown
        return
    middle = line.rfind(" ", 0, len(line) // 2 + 1)
    cut = middle if middle > len(line) // 4 else len(line) // 2
    yield from _halved(line[:cut], most)
    yield from _halved(line[cut:].lstrip(), most)


# -- days ----


def short_day(day: date, today: date | None = None) -> str:
    """`Tue 24 Nov`; with the year where it is not today's."""
    return format_date(day, _pattern("EEE d MMM", day, today), locale=_LOCALE).replace("Sept", "Sep")


def long_day(day: date, today: date | None = None) -> str:
    """`Tuesday 24 November`; with the year where it is not today's."""
    return format_date(day, _pattern("EEEE d MMMM", day, today), locale=_LOCALE)


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """The day of the site on which something happened."""
    return at.astimezone(zone).date()


def clock_time(at: time) -> str:
    """`9`, or `9:30`: as people say it."""
    return f"{at.hour}" if at.minute == 0 else f"{at.hour}:{at.minute:02d}"


def ago(day: date, today: date) -> str:
    """`5 days ago`; "" on the day itself."""
    days = (today - day).days
    if days <= 0:
        return ""
    return "yesterday" if days == 1 else f"{days} days ago"


def _pattern(pattern: str, day: date, today: date | None) -> str:
    return f"{pattern} y" if today is not None and day.year != today.year else pattern


# -- who ----


def from_whom(facts: IdeaFacts) -> str:
    """`From Priya Shah, nurse, Ward 4`; `From somebody in Ward 4` for an anonymous idea."""
    unit = name(facts.unit)
    # It went to another unit; whoever handed it in did not.
    moved = any(line.kind is Event.MOVED for line in facts.history)
    if facts.anonymous or not facts.submitter:
        return "From somebody in another unit" if moved else f"From somebody in {unit}"
    profession = f", {name(facts.profession.lower(), 60)}" if facts.profession else ""
    where = name(facts.submitter_unit) or ("" if moved else unit)
    return f"From {name(facts.submitter)}{profession}" + (f", {where}" if where else "")


def who_said(line: Line) -> str:
    """Who did something to an idea: a name, or the part in which it was done."""
    if line.who:
        return name(line.who)
    return _PARTS[line.part]


_PARTS: Final[Mapping[Part, str]] = MappingProxyType(
    {
        Part.SUBMITTER: "Whoever handed it in",
        Part.LEADER: "A leader",
        Part.APPROVER: "An approver",
        Part.OWNER: "Whoever looks after it",
        Part.COLLEAGUE: "A colleague",
        Part.ROUNDS: "Rounds",
    }
)


def leaders_of(facts: IdeaFacts) -> str:
    """`the leaders of Ward 4`."""
    return f"the leaders of {name(facts.answering_unit)}"


def listed(parts: Sequence[str]) -> str:
    """`one, two and three`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def me_too_words(count: int) -> str:
    """`3 say “me too”`; "" for nobody."""
    if count == 0:
        return ""
    return "1 says “me too”" if count == 1 else f"{count} say “me too”"


def plural(count: int, one: str, many: str) -> str:
    """`1 idea`, `3 ideas`."""
    return f"{count} {one if count == 1 else many}"


def form_about(
    button: str,
    facts: IdeaFacts,
    heading: str,
    blocks: Sequence[Block],
    *,
    submit: str,
    close: str = "Cancel",
    seq: int = 0,
) -> View:
    """The form behind a button: the idea on top, its number and version carried along."""
    held = {"idea": facts.number, "version": facts.version, "seq": seq}
    return modal(
        heading,
        [section(_about(facts)), *blocks],
        callback=names.form_of(button),
        submit=submit,
        close=close,
        metadata=json.dumps(held),
    )


def _about(facts: IdeaFacts) -> str:
    rest = rest_of(facts.text)
    return f"{headed(facts)}\n{quoted(rest, 400)}" if rest else headed(facts)


def text_box(initial: str = "", placeholder: str = "", *, lines: bool = True) -> Block:
    """An input for words."""
    made: Block = {"type": "plain_text_input", "multiline": lines, "max_length": LONGEST_IDEA}
    if initial:
        made["initial_value"] = initial[:LONGEST_IDEA]
    return {**made, "placeholder": words_object(placeholder, 150)} if placeholder else made
