"""A person's own cases from storage; nobody else's can be asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlmodel import Session

from bot.access import Actor, may_see_figures
from bot.answers.gather import aside_among
from bot.cases.facts import PAGE_CASES, PAGE_STORIES, CaseLine, CasesPage
from bot.digests.facts import MeasureFacts, Told
from bot.digests.gather import measure_facts
from bot.digests.history import FIRST_DAY, LAST_DAY
from storage.case_queries import count_person_cases, person_cases, person_narratives
from storage.digest_queries import digest_of
from storage.digests import Digest
from storage.figures import current_measures
from storage.terms import Mode

# In `Digest.message`: what its subject told of the cases, in their own words.
OWN_WORDS = "own_words"
# Stories stand above the first page's cases; more of few cases nobody reads at once.
_STORIES_ABOVE = 3
# Nobody has more stories on a measure than this that anybody pages through.
_MOST_STORIES = 200


def own_digest(session: Session, actor: Actor, week: str) -> Digest | None:
    """The actor's own digest of a week, with the measure that it led with; None without one."""
    if actor.person_id is None:
        return None
    digest = digest_of(session, actor.person_id, week)
    if digest is None or not may_see_figures(actor, digest.person_id):
        return None
    return digest if digest.measure_id is not None and digest.message is not None else None


def cases_page(
    session: Session, actor: Actor, week: str, offset: int, link: Callable[[str], str | None]
) -> CasesPage | None:
    """A page of the cases behind the figure that the actor's own digest of a week led with.

    `link` gives a case's address from its reference. A page that is not there is the last one that is.
    None where there is no such digest, or its measure is gone.
    """
    digest = own_digest(session, actor, week)
    measure = None if digest is None else measure_of(session, digest)
    if digest is None or measure is None or digest.measure_id is None:
        return None
    first, last = (date.fromordinal(int(digest.facts[name])) for name in (FIRST_DAY, LAST_DAY))
    words = str((digest.message or {}).get(OWN_WORDS, ""))
    stories = tuple(
        Told(story.day, story.text)
        for story in person_narratives(session, digest.person_id, digest.measure_id, limit=_MOST_STORIES)
    )
    if measure.mode is Mode.UNCONSTRAINED:
        start = _start(offset, len(stories), PAGE_STORIES)
        shown = stories[start : start + PAGE_STORIES]
        return CasesPage(week, measure, first, last, len(stories), start, stories=shown, own_words=words)
    total = count_person_cases(session, digest.person_id, digest.measure_id, first, last)
    start = _start(offset, total, PAGE_CASES)
    found = person_cases(
        session, digest.person_id, digest.measure_id, first, last, offset=start, limit=PAGE_CASES
    )
    aside = aside_among(session, digest.person_id, digest.measure_id, found, measure.period)
    above = () if start else tuple(one for one in stories if first <= one.day <= last)[:_STORIES_ABOVE]
    return CasesPage(
        week=week,
        measure=measure,
        first=first,
        last=last,
        total=total,
        offset=start,
        lines=tuple(
            CaseLine(
                day=case.day,
                ref=case.case_ref,
                met=case.met,
                weight=case.weight,
                link=link(case.case_ref),
                aside=case in aside,
            )
            for case in found
        ),
        stories=above,
        own_words="" if start else words,
    )


def measure_of(session: Session, digest: Digest) -> MeasureFacts | None:
    """The measure that a digest led with, as it is defined now."""
    for key, version in current_measures(session).items():
        if version.measure_id == digest.measure_id:
            return measure_facts(key, version)
    return None


def _start(offset: int, total: int, size: int) -> int:
    """Where a page begins: at a multiple of its size, and not behind the last one."""
    return min(offset, max(0, total - 1)) // size * size
