"""The leaders' own overarching aim: set in their words, dated, first in their week and on every Home (L1).

A unit has one aim. Any of its leadership, and whoever stands in for one of them, may change it; what it was
before is kept with its days. Where a unit has none, the nearest one above it is shown as that unit's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlmodel import Session

from bot.access import Actor, may_set_aim
from bot.digests.values import format_day, format_span
from bot.home.choice import BoardChoice, as_choice
from bot.ideas import leading
from bot.ideas.checking.checks import refuse_text
from bot.ideas.doing import Doing, Done, Outcome, Refused
from bot.ideas.names import beside
from bot.ideas.words.phrases import name, quoted
from bot.leading import names
from bot.leading.kept import refresh_weeks
from bot.slack_blocks import Block, View, button, context, field, modal, section, words_object
from storage import aim_rows, idea_rows, leading_queries
from storage.leading import Aim
from storage.people import Unit
from storage.terms import FOREVER

LONGEST: Final = 200
# Of somebody who leads, or works in, more units than that, the others are not shown.
MOST: Final = 3
_EARLIER: Final = 3
_FIRST_WEEK: Final = 7

NOT_A_LEADER: Final = "A unit's aim is set by those who lead it, their deputy and whoever stands in for them."
EMPTY: Final = "Write one sentence: what is to be true here?"
TOO_LONG: Final = (
    f"Please make it shorter: at most {LONGEST} characters, so that everybody can keep it in mind."
)
CHANGED_MEANWHILE: Final = (
    "Somebody else has changed the aim since you opened this form. Copy your words, close the form and open "
    "it again to see theirs."
)


@dataclass(frozen=True, slots=True)
class UnitAim:
    """An aim as somebody reads it; names and words as typed.

    `unit` is whose aim it is, `for_unit` (id) the one for which it is shown. `words` "" is for a leader's
    unit that has none, nor any above it. `set_by` is told to leaders only, `by_me` of themselves. `own`: it
    is that unit's; `may_set`: whoever reads may set it.
    """

    for_unit: int
    unit: str
    words: str = ""
    since: date | None = None
    set_by: str = ""
    by_me: bool = False
    own: bool = True
    may_set: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """What an open form is about: the unit, the aim (id; 0: none) that it showed, and the Home behind it."""

    unit_id: int
    seen: int = 0
    choice: BoardChoice | None = None


# -- what is done ----


def set_aim(session: Session, doing: Doing, target: Target, words: str) -> Outcome:
    """Set a unit's aim. The one before ends with it; on the day it was set it is put right instead."""
    person = leading.known(doing.actor)
    if person is None or not may_set_aim(doing.actor, target.unit_id):
        return Refused(NOT_A_LEADER)
    words = tidy(words)
    wrong = check_words(words) or refuse_text(session, words)
    if wrong is not None:
        return Refused(wrong)
    if aim_rows.lock_unit(session, target.unit_id) is None:
        return Refused(NOT_A_LEADER)
    before = aim_rows.current_aims(session, [target.unit_id]).get(target.unit_id)
    if before is not None and before.words == words:
        return Done()
    if (0 if before is None else before.id) != target.seen:
        return Refused(CHANGED_MEANWHILE)
    if before is not None and before.set_on == doing.today:
        before.words, before.set_by = words, person
        session.add(before)
    else:
        if before is not None:
            before.ended_on = doing.today
            session.add(before)
        session.add(Aim(unit_id=target.unit_id, words=words, set_by=person, set_on=doing.today))
    session.flush()
    unit = session.get_one(Unit, target.unit_id)
    refresh_weeks(session, leading.leadership(unit), doing.today, doing.now)
    return Done()


def tidy(words: str) -> str:
    """What was typed, on one line."""
    return " ".join(words.split())


def check_words(words: str) -> str | None:
    """What is wrong with an aim's length, as a sentence; None where nothing is."""
    if not words:
        return EMPTY
    return TOO_LONG if len(words) > LONGEST else None


# -- what is shown ----


def week_aims(session: Session, person_id: int, monday: date) -> tuple[UnitAim, ...]:
    """The aims of the units that somebody leads, for their week.

    That a unit has none is said in the first week of a month and not each time: it is theirs to want one.
    """
    known = aim_rows.current_aims(session)
    if not known and monday.day > _FIRST_WEEK:
        return ()
    units = [unit.id for unit in leading_queries.led_units(session, person_id) if unit.id is not None]
    found = _aims(session, known, units, person_id, frozenset(units))
    return tuple(one for one in found if one.words or monday.day <= _FIRST_WEEK)


def home_aims(session: Session, actor: Actor, today: date) -> tuple[UnitAim, ...]:
    """The aims for somebody's Home: of the units that they lead, and of those in which they work."""
    person = leading.known(actor)
    if person is None:
        return ()
    known = aim_rows.current_aims(session)
    led = frozenset(unit for unit in actor.leads if may_set_aim(actor, unit))
    if not known and not led:
        return ()
    works_in = [unit for unit in idea_rows.units_of(session, person, today) if unit not in led]
    return _aims(session, known, [*sorted(led), *works_in], person, led)


def _aims(
    session: Session,
    known: Mapping[int, Aim],
    unit_ids: Sequence[int],
    person_id: int,
    led: frozenset[int],
) -> tuple[UnitAim, ...]:
    """Each unit's aim, or that of the nearest above it; one that is shown already is not shown again."""
    chains = {unit_id: idea_rows.unit_chain(session, unit_id) for unit_id in unit_ids}
    own_aims = [known[unit_id].set_by for unit_id in led if unit_id in known]
    people = idea_rows.people(session, own_aims) if own_aims else {}
    found: list[UnitAim] = []
    shown: set[int | None] = set()
    for unit_id in sorted(unit_ids, key=lambda one: (one not in led, one not in known)):
        chain, leads = chains[unit_id], unit_id in led
        holder = next((unit for unit in chain if unit.id in known), None)
        if holder is None or holder.id is None:
            if leads and chain:
                found.append(UnitAim(unit_id, chain[0].name, may_set=True))
            continue
        own = holder.id == unit_id
        if holder.id in shown and (own or not leads):
            continue
        shown.add(holder.id)
        aim = known[holder.id]
        found.append(
            UnitAim(
                for_unit=unit_id,
                unit=holder.name,
                words=aim.words,
                since=aim.set_on,
                set_by=leading.name_of(people.get(aim.set_by)) if own and leads and aim.set_by else "",
                by_me=own and leads and aim.set_by == person_id,
                own=own,
                may_set=leads,
            )
        )
    return tuple(found[:MOST])


def form_of(session: Session, doing: Doing, unit_id: int, choice: BoardChoice | None) -> View | None:
    """The form for a unit's aim; None for somebody who may not set it."""
    unit = session.get(Unit, unit_id)
    if unit is None or not may_set_aim(doing.actor, unit_id):
        return None
    now = aim_rows.current_aims(session, [unit_id]).get(unit_id)
    earlier = aim_rows.earlier_aims(session, unit_id, _EARLIER)
    return aim_form(
        Target(unit_id, 0 if now is None else now.id or 0, choice),
        unit.name,
        "" if now is None else now.words,
        [(one.words, one.set_on, one.ended_on) for one in ([now] if now else []) + earlier],
    )


# -- the words ----


def aim_blocks(aims: Iterable[UnitAim], today: date | None = None) -> list[Block]:
    """The aims at the top of a week or a Home; a leader's own has the button to set it."""
    return [_shown(one, today) for one in aims]


def aim_words(aim: UnitAim, today: date | None = None) -> str:
    """`*Our aim in Ward 4 since 3 March*, as Amira Khan put it: “Nobody waits in pain.”`, as mrkdwn.

    The year stands there unless it is that of `today`.
    """
    unit = name(aim.unit)
    if not aim.words or aim.since is None:
        return f"*Our aim* · {unit} has none yet. One sentence of your own, for everybody here to see."
    since = f"since {format_day(aim.since, year=today is None or aim.since.year != today.year)}"
    words = quoted(aim.words, 1500)
    if not (aim.own and aim.may_set):
        return f"*The aim of {unit} {since}*, in its leaders' words: {words}"
    who = "you" if aim.by_me else name(aim.set_by, 60)
    put = f", as {who} put it" if who else ""
    return f"*Our aim in {unit} {since}*{put}: {words}"


def _shown(aim: UnitAim, today: date | None) -> Block:
    made = section(aim_words(aim, today))
    if aim.may_set:
        label = "Change" if aim.own and aim.words else "Set our aim"
        made["accessory"] = button(beside(names.AIM, aim.for_unit), label, str(aim.for_unit))
    return made


def aim_form(target: Target, unit: str, words: str, history: Sequence[tuple[str, date, date]] = ()) -> View:
    """The form: one sentence; below it the aims so far (words, set on, ended on), the present one first."""
    hint = f"At most {LONGEST} characters. Everybody in {unit} sees it on their Home, with its date."
    element: Block = {
        "type": "plain_text_input",
        "action_id": names.AIM_WORDS,
        "max_length": LONGEST,
        "placeholder": words_object("Nobody waits in pain."),
    }
    if words:
        element["initial_value"] = words
    blocks: list[Block] = [
        section(
            f"*What is to be true in {name(unit)}?* One sentence in your own words, not a figure: what you, "
            "who lead here together, ask of yourselves."
        ),
        field(names.AIM_WORDS, "Our aim", element, hint=hint),
    ]
    told = [_line(*one) for one in history]
    if told:
        blocks.append(context("So far:", *told))
    return modal(
        "Our aim",
        blocks,
        callback=names.AIM_FORM,
        submit="Save",
        close="Cancel",
        metadata=_dumped(target),
    )


def read_form(view: Mapping[str, Any]) -> tuple[Target, str]:
    """What a form that comes back is about, and what was typed, tidied."""
    kept = json.loads(view["private_metadata"])
    choice = as_choice(kept["choice"]) if "choice" in kept else None
    typed = view["state"]["values"][names.AIM_WORDS][names.AIM_WORDS].get("value")
    return Target(int(kept["unit"]), int(kept["aim"]), choice), tidy(typed or "")


def _dumped(target: Target) -> str:
    kept: dict[str, Any] = {"unit": target.unit_id, "aim": target.seen}
    if target.choice is not None:
        chosen = target.choice
        kept["choice"] = {"column": chosen.column, "unit_id": chosen.unit_id, "first": chosen.first}
    return json.dumps(kept, separators=(",", ":"))


def _line(words: str, first: date, last: date) -> str:
    when = f"since {format_day(first, year=True)}"
    if last != FOREVER:
        # It ended with the day on which another one was set.
        when = format_span(first, max(first, last - timedelta(days=1)), year=True)
    return f"{quoted(words, 500)} · {when}"
