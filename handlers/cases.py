"""The cases behind one's own figure: the list, setting some aside, one's own words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from slack_bolt import App
from sqlmodel import Session

from bot.answers import acts as answers
from bot.answers.gather import readers
from bot.answers.words import who_reads
from bot.cases import acts, gather, names, pages
from bot.cases.facts import CasesPage
from bot.digests.requests import notice_view
from bot.home.settings_form import Mistakes
from bot.ideas.doing import Doing, Outcome, Refused
from bot.ideas.leading import known
from bot.slack_blocks import View, value_of
from handlers.deps import Deps
from handlers.exchange import Act, Page, add_forms, add_pages
from storage.terms import AnswerKind

GONE = "This list is no longer kept. `/digest` shows your latest digest."
CHOOSE_CASES = "Choose at least one case."
CHOOSE_WHY = "Choose why."


def register(app: App, deps: Deps) -> None:
    """Add the listeners of this capability."""
    add_pages(
        app,
        deps,
        {names.SHOW: _of_cases(_list), names.TELL: _of_cases(_story), names.ASIDE: _of_cases(_aside)},
    )
    add_pages(app, deps, {names.PAGE: _of_cases(_list)}, turns=True)
    add_forms(app, deps, {names.TELL: (_read_story, names.WORDS), names.ASIDE: (_read_aside, names.WORDS)})


def _of_cases(make: Callable[[Session, Doing, CasesPage], View]) -> Page:
    """A page of the presser's own digest, whatever the button carries."""

    def page(session: Session, doing: Doing, value: str) -> View:
        week, offset = names.read_value(value)
        found = gather.cases_page(session, doing.actor, week, offset, doing.settings.case_link)
        return notice_view(GONE) if found is None else make(session, doing, found)

    return page


def _list(_session: Session, _doing: Doing, page: CasesPage) -> View:
    return pages.cases_view(page)


def _story(_session: Session, _doing: Doing, page: CasesPage) -> View:
    return pages.story_view(page)


def _aside(session: Session, doing: Doing, page: CasesPage) -> View:
    person = known(doing.actor)
    if person is None:
        return notice_view(GONE)
    return pages.aside_view(page, who_reads(readers(session, person, doing.today)))


def _read_story(view: View) -> Act | Mistakes:
    week = str(json.loads(view["private_metadata"])["week"])
    words = str(_value(view, names.WORDS, "value") or "")
    return lambda session, doing: acts.keep_story(session, doing, week, words)


def _read_aside(view: View) -> Act | Mistakes:
    week = str(json.loads(view["private_metadata"])["week"])
    refs = [str(one["value"]) for one in _value(view, names.CASES, "selected_options") or ()]
    kind = _value(view, names.KIND, "selected_option", "value")
    words = str(_value(view, names.WORDS, "value") or "")
    shown = bool(_value(view, names.SHOWN, "selected_options"))
    if not refs:
        return Mistakes({names.CASES: CHOOSE_CASES})
    if kind not in {one.value for one, _ in pages.ASIDE_KINDS}:
        return Mistakes({names.CASES: CHOOSE_WHY})

    def act(session: Session, doing: Doing) -> Outcome:
        digest = gather.own_digest(session, doing.actor, week)
        if digest is None or digest.measure_id is None:
            return Refused(acts.GONE)
        return answers.set_aside_cases(
            session, doing, digest.measure_id, refs, AnswerKind(kind), words, shown=shown
        )

    return act


def _value(view: View, block: str, *path: str) -> Any:
    return value_of(view, "state", "values", block, block, *path)
