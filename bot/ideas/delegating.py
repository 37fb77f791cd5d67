"""Standing in: somebody answers ideas for a leader from one day to another, and it ends by itself (N7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlmodel import Session

from bot.courier.letters import Letter, put
from bot.home.settings_form import Mistakes
from bot.ideas import leading
from bot.ideas.doing import Doing, Done, Outcome, Refused
from bot.ideas.facts import StandIn
from bot.ideas.names import beside
from bot.ideas.words.phrases import listed, long_day, name
from bot.slack_blocks import Block, actions, button, confirmation, field, modal, section
from storage import idea_queries, idea_rows
from storage.ideas import Delegation
from storage.people import Person
from storage.terms import Priority

View = dict[str, Any]

OPEN: Final = "home_stand_in"  # the button that opens the form
END: Final = "home_stand_in_end"  # beside each one
CALLBACK: Final = "stand_in"
WHOM, STARTS, ENDS = "stand_in_whom", "stand_in_starts", "stand_in_ends"
RENDER: Final = "stand_in"
# Longer is a change of leadership, which is for the list of units.
LONGEST: Final = timedelta(days=366)

NOT_A_LEADER = "Only a unit's own leaders and their deputy can ask somebody to stand in for them."
NOT_YOURSELF = "Choose somebody else: you answer for yourself already."
NOT_KNOWN = (
    "Rounds does not know this person, or is not sure that the account is theirs. Choose somebody else, or "
    "ask whoever runs Rounds to add them."
)
CHOOSE = "Choose somebody."
CHOOSE_DAY = "Choose a day."
NOT_PAST = "Choose today or a later day."
WRONG_WAY = "Choose the first day or a later one."
TOO_LONG = "Choose a day within a year. For longer, ask whoever runs Rounds to change who leads the unit."
ALREADY = "This person stands in for you in that time already. End that first, or choose other days."
NOT_THERE = "This has ended already."
NOBODY = (
    "*Standing in*\nNobody stands in for you. When you are away, somebody can answer ideas in your place."
)
_MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form says: a Slack user, the first and the last day."""

    whom_user: str
    starts: date
    ends: date


# -- what is done ----


def may_delegate(session: Session, doing: Doing) -> bool:
    """Whether somebody leads a unit themselves. Whoever stands in cannot pass it on."""
    person = leading.known(doing.actor)
    return person is not None and bool(_led_by(session, person))


def delegate(session: Session, doing: Doing, whom_user: str, starts: date, ends: date) -> Outcome:
    """Have somebody (a Slack user) answer for the person who does this, both days included; they are told."""
    person = leading.known(doing.actor)
    if person is None or not may_delegate(session, doing):
        return Refused(NOT_A_LEADER)
    wrong = check_days(starts, ends, doing.today)
    if wrong is not None:
        return Refused(wrong)
    whom = _person_behind(session, doing, whom_user)
    if whom is None:
        return Refused(NOT_KNOWN)
    if whom == person:
        return Refused(NOT_YOURSELF)
    for other, _, _ in idea_queries.delegations_about(session, person, starts):
        if other.person_id == person and other.delegate_id == whom and other.starts <= ends:
            return Refused(ALREADY)
    delegation = Delegation(person_id=person, delegate_id=whom, starts=starts, ends=ends)
    session.add(delegation)
    session.flush()
    _tell(session, doing, whom, delegation, over=False)
    return Done()


def end_delegation(session: Session, doing: Doing, delegation_id: int) -> Outcome:
    """End a standing in, by either of the two; the other is told."""
    person = leading.known(doing.actor)
    delegation = session.get(Delegation, delegation_id)
    if delegation is None or delegation.ends < doing.today:
        return Refused(NOT_THERE)
    if person is None or person not in (delegation.person_id, delegation.delegate_id):
        return Refused(NOT_THERE)
    other = delegation.delegate_id if person == delegation.person_id else delegation.person_id
    _tell(session, doing, other, delegation, over=True)
    if delegation.starts >= doing.today:
        session.delete(delegation)
    else:
        delegation.ends = doing.today - timedelta(days=1)
        session.add(delegation)
    session.flush()
    return Done()


def stand_ins(session: Session, doing: Doing) -> tuple[StandIn, ...]:
    """The current and coming ones that concern the person, either way."""
    person = leading.known(doing.actor)
    if person is None:
        return ()
    return tuple(
        StandIn(row.id or 0, led, delegate_name, row.starts, row.ends, from_me=row.person_id == person)
        for row, led, delegate_name in idea_queries.delegations_about(session, person, doing.today)
    )


def check_days(starts: date, ends: date, today: date) -> str | None:
    """What is wrong with the days, as a sentence; None where nothing is."""
    if starts < today:
        return NOT_PAST
    if ends < starts:
        return WRONG_WAY
    return TOO_LONG if ends - starts > LONGEST else None


# -- the letter ----


def render_stand_in(session: Session, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The message to whoever stands in, or to the other one when it ends early."""
    people = idea_rows.people(session, [int(payload["person"]), int(payload["delegate"])])
    led, stands = (people.get(int(payload[part])) for part in ("person", "delegate"))
    if led is None or stands is None or led.erased_at is not None or stands.erased_at is not None:
        return None
    first, last = (date.fromisoformat(payload[end]) for end in ("starts", "ends"))
    if payload["over"]:
        said = f"*{name(stands.name)} no longer stands in for {name(led.name)}.* "
        said += f"It was to last until {long_day(last)}."
        return {"text": "Standing in has ended", "blocks": [section(said)]}
    units = [name(unit) for unit in _led_by(session, int(payload["person"]))]
    for_units = f" for {listed(units)}" if units else ""
    when = f"on {long_day(first)}" if first == last else f"from {long_day(first)} to {long_day(last)}"
    said = (
        f"*{name(led.name)} asks you to answer ideas in their place{for_units}, {when}.*\n"
        "In that time the board on your Rounds Home shows what waits, and the buttons on the ideas' cards "
        "are yours as well. It ends by itself; “End” on your Home ends it sooner."
    )
    return {"text": f"{led.name} asks you to stand in", "blocks": [section(said)]}


def _tell(session: Session, doing: Doing, whom: int, delegation: Delegation, *, over: bool) -> None:
    put(
        session,
        Letter(
            kind=RENDER,
            lane=f"person:{whom}",
            recipient_id=whom,
            payload={
                "render": RENDER,
                "person": delegation.person_id,
                "delegate": delegation.delegate_id,
                "starts": delegation.starts.isoformat(),
                "ends": delegation.ends.isoformat(),
                "over": over,
            },
            priority=Priority.NOTICE,
        ),
        now=doing.now,
    )


def _person_behind(session: Session, doing: Doing, user_id: str) -> int | None:
    account = idea_rows.account_by_user(session, doing.team_id, user_id)
    person = None if account is None or account.deleted else session.get(Person, account.person_id)
    if account is None or person is None or person.erased_at is not None or account.email != person.email:
        return None
    return person.id


def _led_by(session: Session, person_id: int) -> list[str]:
    return [unit.name for unit in idea_rows.units(session) if person_id in leading.leadership(unit)]


# -- the form and the section of the Home ----


def stand_in_form(today: date) -> View:
    """The form: who, from, to."""
    tomorrow = today + timedelta(days=1)
    return modal(
        "Stand-in",
        [
            section(
                "Somebody who answers ideas in your place for some days: they see your board and can press "
                "what you can. You still can as well. It ends by itself."
            ),
            field(WHOM, "Who", {"type": "users_select"}),
            field(STARTS, "First day", {"type": "datepicker", "initial_date": today.isoformat()}),
            field(ENDS, "Last day", {"type": "datepicker", "initial_date": tomorrow.isoformat()}),
        ],
        callback=CALLBACK,
        submit="Ask them",
        close="Cancel",
    )


def read_stand_in(values: Mapping[str, Mapping[str, Any]], today: date) -> Wanted | Mistakes:
    """What was filled in (a submitted view's `state.values`), or what is wrong with it."""
    errors: dict[str, str] = {}
    whom = values.get(WHOM, {}).get(WHOM, {}).get("selected_user")
    starts, ends = (_read_day(values, block) for block in (STARTS, ENDS))
    if not whom:
        errors[WHOM] = CHOOSE
    if starts is None:
        errors[STARTS] = CHOOSE_DAY
    if ends is None:
        errors[ENDS] = CHOOSE_DAY
    if starts is not None and ends is not None and (wrong := check_days(starts, ends, today)) is not None:
        errors[STARTS if wrong == NOT_PAST else ENDS] = wrong
    if errors or not whom or starts is None or ends is None:
        return Mistakes(errors)
    return Wanted(str(whom), starts, ends)


def stand_in_blocks(current: tuple[StandIn, ...], *, may_ask: bool) -> list[Block]:
    """The section of the Home: who stands in for whom, and a button to ask somebody."""
    shown = current[:_MOST_SHOWN]
    blocks = [section("*Standing in*" if shown else NOBODY)]
    for one in shown:
        made = section(_stand_in_words(one))
        made["accessory"] = {
            **button(beside(END, one.id), "End", str(one.id)),
            "confirm": confirmation(
                "End it?",
                "It ends at once, and the other one of you is told.",
                confirm="End it",
                deny="Keep it",
            ),
        }
        blocks.append(made)
    if may_ask:
        ask = button(OPEN, "Ask somebody to stand in", "stand_in")
        blocks.append(actions(ask))
    return blocks


_MOST_SHOWN = 5
_NOBODY = (
    "*Standing in*\nNobody stands in for you. When you are away, somebody can answer ideas in your place."
)


def _stand_in_words(one: StandIn) -> str:
    when = (
        f"on {long_day(one.starts)}"
        if one.starts == one.ends
        else f"from {long_day(one.starts)} to {long_day(one.ends)}"
    )
    if one.from_me:
        return f"{name(one.delegate)} stands in for you {when}."
    return f"You stand in for {name(one.person)} {when}."


def _read_day(values: Mapping[str, Mapping[str, Any]], block: str) -> date | None:
    try:
        return date.fromisoformat(values[block][block]["selected_date"])
    except (KeyError, TypeError, ValueError):
        return None
