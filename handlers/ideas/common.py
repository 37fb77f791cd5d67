"""What the listeners about ideas have in common: an idea's page, the buttons on it and their forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from slack_bolt import App
from sqlmodel import Session

from bot.digests.requests import notice_view
from bot.home.settings_form import Mistakes
from bot.ideas import gather, leading, names
from bot.ideas.checking import checks
from bot.ideas.doing import Doing, Outcome, Refused
from bot.ideas.facts import IdeaFacts, May
from bot.ideas.words import asks
from bot.ideas.words.page import idea_page
from bot.ideas.words.phrases import listed, paragraphs
from bot.slack_blocks import View, actions, button, section
from bot.slack_text import inert
from handlers.deps import Deps
from handlers.exchange import LOOK, Act, Listener, Page, add_pages, after, on_form, once
from handlers.screen import becomes, block_of, closed, say_beside, say_each
from storage.ideas import Idea

GONE = "This idea is not there any more, or it is not shown to everybody."


@dataclass(frozen=True, slots=True)
class Opening:
    """What the form behind a button is made from. `seq`: the line of the history that it is about, or 0."""

    session: Session
    doing: Doing
    facts: IdeaFacts
    may: May
    seq: int


@dataclass(frozen=True, slots=True)
class Button:
    """A button that opens a form: who may use it, what the others are told, and the form.

    `{who}` in what they are told is who answers the idea.
    """

    action: str
    what: str
    allowed: Callable[[Opening], bool]
    form: Callable[[Opening], View]


@dataclass(frozen=True, slots=True)
class Submission:
    """A form that comes back, once it is read: what is typed in it, and what to do.

    `words` are all that somebody typed, for the check and to be given back.
    """

    words: tuple[str, ...]
    act: Act


# What a form holds, or what is wrong with it. The day is the site's.
Reader = Callable[[View, asks.Target, date], Submission | Mistakes]


def register_forms(app: App, deps: Deps, buttons: Sequence[Button], readers: Mapping[str, Reader]) -> None:
    """Register buttons, and what becomes of the forms that they open (by the button's action_id)."""
    add_pages(app, deps, {one.action: _form_behind(one) for one in buttons})
    for action, read in readers.items():
        app.view(names.form_of(action))(submitted(deps, read))


def read_value(value: str) -> tuple[int, int]:
    """The idea that a button stands for, and the line of its history (0: none): "number" or "number:seq"."""
    number, _, seq = value.partition(":")
    return int(number), int(seq or 0)


# -- an idea's page ----


def page_view(session: Session, doing: Doing, idea_id: int) -> View:
    """An idea's own page as this person may see it."""
    facts = facts_of(session, doing, idea_id)
    return notice_view(GONE) if facts is None else page_of(session, doing, facts)


def page_of(session: Session, doing: Doing, facts: IdeaFacts) -> View:
    """An idea's own page."""
    may = gather.may(session, doing, facts.number)
    return idea_page(facts, may, may.submitter)


def facts_of(session: Session, doing: Doing, idea_id: int) -> IdeaFacts | None:
    """An idea as whoever asks may see it; None where they may not, or there is none."""
    if not gather.may_see(session, doing, idea_id):
        return None
    return gather.idea_facts(session, idea_id, doing.settings, doing.now, doing.team_id)


def not_theirs(opening: Opening, what: str) -> View:
    """Why a button does nothing for whoever pressed it: who can, or how the idea is now."""
    session, doing, facts = opening.session, opening.doing, opening.facts
    idea = session.get_one(Idea, facts.number)
    if (
        opening.may.submitter
        or leading.leads(session, doing.actor, idea)
        or leading.approves(doing.actor, idea)
    ):
        # One of its own people, on a card from before: the page has what can be done now.
        return page_of(session, doing, facts)
    return notice_view(what.replace("{who}", who_can(facts)))


def who_can(facts: IdeaFacts) -> str:
    """Who answers an idea, in a sentence."""
    if not facts.leaders:
        return f"This is for the leaders of {inert(facts.answering_unit)}."
    leaders = listed([inert(name) for name in facts.leaders])
    return f"For {inert(facts.answering_unit)} that is {leaders}."


def refused_view(idea_id: int, reason: str, *words: str) -> View:
    """A refusal, with what was typed for it, so that it can be copied."""
    view = notice_view(reason)
    typed = [one for one in words if one.strip()]
    if typed:
        view["blocks"].append(section("Nothing was saved. Your words, to copy:"))
        view["blocks"] += [section(part) for one in typed for part in paragraphs(one)]
    see = button(names.MORE, "See the idea", str(idea_id))
    view["blocks"].append(actions(see))
    return view


# -- the buttons on it ----


def _form_behind(button: Button) -> Page:
    """The form comes up, or kindly why not."""

    def page(session: Session, doing: Doing, value: str) -> View:
        number, seq = read_value(value)
        facts = facts_of(session, doing, number)
        if facts is None:
            return notice_view(GONE)
        opening = Opening(session, doing, facts, gather.may(session, doing, number), seq)
        return button.form(opening) if button.allowed(opening) else not_theirs(opening, button.what)

    return page


# -- the forms that come back ----


def submitted(deps: Deps, read: Reader) -> Listener:
    """A form comes back: what is wrong stands beside its field, a refusal gives the words back."""

    def answer(user_id: str, view: View) -> dict[str, Any]:
        target = asks.read_target(view)
        submission = read(view, target, deps.today())
        if isinstance(submission, Mistakes):
            return say_each(view, submission.errors)
        return _answer(deps, user_id, view, target, submission)

    return on_form(answer, names.WORDS)


def _answer(
    deps: Deps, user_id: str, view: View, target: asks.Target, submission: Submission
) -> dict[str, Any]:
    with deps.database.read(patience=LOOK) as session:
        for typed in submission.words:
            wrong = checks.refuse_text(session, typed)
            if wrong:
                return say_beside(view, wrong, *_fields_with(view, typed))
    outcome = once(deps, user_id, view["id"], submission.act)
    if outcome is None:
        return closed()
    if isinstance(outcome, Refused) and block_of(view, names.WHICH_OTHER) == names.WHICH_OTHER:
        # The form stays open: another number may be the right one.
        return say_beside(view, outcome.reason, names.WHICH_OTHER)
    if isinstance(outcome, Refused):
        return becomes(refused_view(target.idea, outcome.reason, *submission.words))
    return after(outcome, deps)


def _fields_with(view: View, typed: str) -> tuple[str, ...]:
    """The blocks in which these words stand."""
    values = view["state"]["values"]
    found = [
        block
        for block, fields in values.items()
        for field in fields.values()
        if (field.get("value") or "").strip() and (field["value"].strip() in typed or typed in field["value"])
    ]
    return tuple(found)


def with_words(act: Callable[[Session, Doing, int, str], Outcome]) -> Reader:
    """A form that has one field for words."""

    def read(view: View, target: asks.Target, _today: date) -> Submission:
        words = asks.read_words(view)
        return Submission((words,), lambda session, doing: act(session, doing, target.idea, words))

    return read
