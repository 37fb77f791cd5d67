"""From storage to what one member may see of their peer group. Nothing of it is kept."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlmodel import Session

from bot.access import Actor, may_see_figures
from bot.digests.facts import MeasureView
from bot.digests.gather import GroupFigures, open_book
from bot.digests.letters import KIND
from bot.digests.plan import windows
from bot.digests.select import compares
from bot.digests.values import format_value
from bot.digests.weeks import IsoWeek
from bot.ideas.doing import Doing
from bot.ideas.leading import known, leadership, name_of
from bot.names.facts import GroupConsent, NamesAtHome, PeerPage
from bot.names.rules import Consent, Member, visible
from bot.settings import Settings
from storage import consent_rows, goal_rows, idea_rows, talk_rows
from storage.digest_queries import SETTLED, digest_of, latest_digest
from storage.digests import Digest
from storage.home_queries import shown_picture
from storage.terms import Blinding


def peer_page(session: Session, doing: Doing, week: str) -> PeerPage | None:
    """The table of the actor's own peer group, on the measure of their own digest of a week.

    It takes a comparison of the whole group, so not while Slack waits. None where there is no such digest.
    """
    person = known(doing.actor)
    digest = None if person is None else digest_of(session, person, week)
    if person is None or digest is None or digest.measure_id is None or digest.state not in SETTLED:
        return None
    if not may_see_figures(doing.actor, digest.person_id):
        return None
    found = _compared(session, person, digest, doing.settings)
    if found is None:
        return None
    figure, view = found
    table = visible(
        person,
        _members(figure, person, view) if compares(view) else (),
        consents(session, view.group, doing.today),
        leaders_of(session, view.group, doing.today),
        lambda value: format_value(view.measure, value),
    )
    people = idea_rows.people(session, table.named)
    picture = shown_picture(session, person, KIND, digest.planned_at)
    return PeerPage(
        view=view,
        table=table,
        names={one: name_of(people.get(one)) for one in table.named},
        picture=picture,
        alt_text="" if picture is None else _alt_text(digest),
    )


def _compared(
    session: Session, person: int, digest: Digest, settings: Settings
) -> tuple[GroupFigures, MeasureView] | None:
    """The group's comparison as of the digest's week, and the viewer's own part in it."""
    assert digest.measure_id is not None
    week, key = IsoWeek.parse(digest.week), talk_rows.key_of_measure(session, digest.measure_id)
    book = open_book(session, week.sunday, windows(settings), written_on=week.written_on, only=key)
    for view in book.views.get(person, ()):
        for figure in book.figures:
            if figure.group == view.group and person in figure.people:
                return figure, view
    return None


def _members(figure: GroupFigures, viewer: int, view: MeasureView) -> list[Member]:
    """Those who are compared, as in the digest's picture; the viewer's own without what they set aside."""
    rows = zip(figure.people, figure.comparison.results, figure.small.tolist(), strict=True)
    return [
        Member(person, view.result.value if person == viewer and view.result.value else result.value, small)
        for person, result, small in rows
        if result.value is not None and result.percentile is not None
    ]


def consents(session: Session, group: str, day: date) -> dict[int, Consent]:
    """What holds in a group: only of who is in it on the day, and only where names may be shown at all."""
    row = consent_rows.group_named(session, group)
    if row is None or row.id is None:
        return {}
    here = goal_rows.members_of(session, row.id, day) if row.blinding is Blinding.UNBLINDED else {}
    return {
        person: Consent(
            agreed=person in here and said.agreed_at is not None and said.withdrawn_at is None,
            ever=said.agreed_at is not None,
            leaders=said.leaders,
        )
        for person, said in consent_rows.consents_of(session, row.id).items()
    }


def leaders_of(session: Session, group: str, day: date) -> frozenset[int]:
    """Who leads where the group's members work, or above, or stands in for one of them."""
    row = consent_rows.group_named(session, group)
    if row is None or row.id is None:
        return frozenset()
    units = {unit for of in goal_rows.members_of(session, row.id, day).values() for unit in of}
    found = {
        person
        for unit in sorted(units)
        for above in idea_rows.unit_chain(session, unit)
        for person in leadership(above)
    }
    return frozenset({*found, *idea_rows.stand_ins(session, sorted(found), day)})


def may_answer_in(session: Session, person: int, day: date, settings: Settings) -> dict[int, str]:
    """The groups for which somebody may say whether their name is shown: by id, with their names."""
    groups = consent_rows.unblinded_groups(session, person, day)
    if not groups or consent_rows.told_count(session, person) < settings.rounds_names_after:
        return {}
    return {group.id: group.name for group in groups if group.id is not None}


def group_consent(session: Session, person: int, group_id: int, group: str, day: date) -> GroupConsent:
    """What somebody said for one group, and whom leaders are there."""
    said = consent_rows.consent_of(session, person, group_id)
    agreed = said is not None and said.agreed_at is not None and said.withdrawn_at is None
    leaders = leaders_of(session, group, day) - {person}
    return GroupConsent(
        group_id=group_id,
        group=group,
        agreed=agreed,
        leaders=agreed and said is not None and said.leaders,
        led_by=_names(session, leaders),
    )


def names_at_home(session: Session, actor: Actor, day: date, settings: Settings) -> NamesAtHome:
    """What stands on somebody's own Home."""
    person = known(actor)
    if person is None:
        return NamesAtHome()
    found = latest_digest(session, person)
    return NamesAtHome(
        week="" if found is None or found[0].measure_id is None else found[0].week,
        groups=tuple(
            group_consent(session, person, group_id, group, day)
            for group_id, group in may_answer_in(session, person, day, settings).items()
        ),
    )


def _names(session: Session, people: Collection[int]) -> tuple[str, ...]:
    return tuple(sorted(name_of(one) for one in idea_rows.people(session, people).values()))


def _alt_text(digest: Digest) -> str:
    blocks = (digest.message or {}).get("blocks", ())
    return next((str(block["alt_text"]) for block in blocks if block.get("type") == "image"), "")
