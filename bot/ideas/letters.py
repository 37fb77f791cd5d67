"""What the courier needs for letters about ideas.

How each is written, whether it may still be posted, and what follows where it could not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from sqlmodel import Session

from bot.clock import Clock
from bot.courier.desk import Cancel, Guard, Renderer, Verdict
from bot.courier.letters import Letter, put
from bot.ideas import channels, gather, leading, pictures, telling
from bot.ideas.anonymous import batch
from bot.ideas.facts import IdeaFacts, Line
from bot.ideas.figures import monthly
from bot.ideas.words import messages
from bot.ideas.words.card import card, left_behind
from bot.settings import Settings
from bot.slack_blocks import context, section
from bot.slack_text import inert
from storage import idea_rows, leading_queries
from storage.ideas import ChannelCheck, Idea, IdeaPicture
from storage.outbox import OutboxRow
from storage.people import Unit
from storage.terms import IdeaMessageKind, Op, OutboxState, Priority

LEFT_BEHIND: Final = "the card is elsewhere now"
PROBLEM: Final = "idea_channel_problem"
PICTURE_PROBLEM: Final = "idea_picture_problem"
STAYS: Final = "idea_details_stay"

Payload = Mapping[str, Any]
Rendered = Mapping[str, Any] | None


def renderers(settings: Settings, clock: Clock, team_id: str) -> Mapping[str, Renderer]:
    """How letters about ideas are written, by name: from the database, when they are sent."""

    def facts_of(session: Session, payload: Payload) -> IdeaFacts | None:
        return gather.idea_facts(session, int(payload["idea"]), settings, clock.now(), team_id)

    def about_idea(write: Callable[[Session, IdeaFacts, Payload], Rendered]) -> Renderer:
        def render(session: Session, payload: Payload) -> Rendered:
            facts = facts_of(session, payload)
            return None if facts is None else write(session, facts, payload)

        return render

    def about_line(write: Callable[[IdeaFacts, Line], Rendered]) -> Renderer:
        def render(session: Session, payload: Payload) -> Rendered:
            facts = facts_of(session, payload)
            line = None if facts is None else _line(facts, int(payload["seq"]))
            return None if facts is None or line is None else write(facts, line)

        return render

    def receipt(session: Session, facts: IdeaFacts, _payload: Payload) -> Rendered:
        idea = session.get_one(Idea, facts.number)
        given = gather.receipt_of(session, idea)
        after = leading_queries.others_after(session, idea.answering_unit_id, settings.rungs)
        return messages.receipt(facts, replace(given, others_after=after))

    return MappingProxyType(
        {
            telling.CARD: about_idea(_card),
            telling.RECEIPT: about_idea(receipt),
            telling.SHARED: about_idea(lambda _session, facts, _payload: messages.shared(facts)),
            telling.NOTE: about_line(messages.thread_note),
            telling.TO_SUBMITTER: about_line(messages.to_submitter),
            telling.TO_LEADER: about_line(messages.to_leader),
            telling.TO_APPROVER: about_line(messages.to_approver),
            pictures.KIND: pictures.render_picture,
            pictures.GONE: pictures.render_gone,
            PICTURE_PROBLEM: _picture_problem,
            PROBLEM: _channel_problem,
            STAYS: _render_stays,
            batch.NEWS: lambda _session, _payload: messages.hidden_news(),
            **monthly.renderers(settings),
        }
    )


def guards(settings: Settings, clock: Clock, team_id: str) -> Mapping[str, Guard]:
    """What is asked again just before posting: may the channel still have it, is the card still there?"""
    del settings, team_id  # as the other tables of the courier take them
    may_have = channels.channel_guard(clock)

    def guard(session: Session, row: OutboxRow, about: Mapping[str, Any]) -> Verdict:
        assert row.id is not None
        shown = row.depends_on if row.op is Op.UPDATE and row.depends_on is not None else row.id
        message = idea_rows.message_of_row(session, shown)
        if message is not None and not message.current:
            return Cancel(LEFT_BEHIND)
        return may_have(session, row, about)

    return MappingProxyType({channels.GUARD: guard})


def idea_finished(session: Session, row: OutboxRow, settings: Settings, team_id: str) -> None:
    """In the transaction that closes a row: what could not stand in the channel comes to who answers."""
    batch.hidden_finished(session, row)
    _details_stay(session, row, settings)
    if row.kind not in (telling.CARD, telling.NOTE):
        return
    if row.state not in (OutboxState.FAILED, OutboxState.CANCELLED) or row.finished_at is None:
        return
    idea_id = row.payload.get("idea")
    idea = idea_rows.lock_idea(session, int(idea_id)) if idea_id is not None else None
    if idea is None or idea.id is None or row.outcome == LEFT_BEHIND:
        return
    cards = idea_rows.messages_of(session, idea.id, kinds=[IdeaMessageKind.CARD], current=True)
    if row.recipient_id is not None:
        if row.kind == telling.CARD and not any(_stands(card_row) for _, card_row in cards):
            telling.put_cards_to_administrators(
                session, settings, team_id, idea, idea.version, row.finished_at
            )
        return
    if not any(card_row.id in (row.id, row.depends_on) for _, card_row in cards):
        return
    telling.leave_behind(session, idea.id, telling.TO_LEADERS, row.finished_at)
    telling.put_cards_to_leaders(session, settings, team_id, idea, idea.version, row.finished_at)
    untold = idea_rows.event_of(session, idea.id, int(row.payload.get("seq", 0)))
    if untold is not None:
        telling.put_notes(session, idea, untold, row.finished_at)


def _details_stay(session: Session, row: OutboxRow, settings: Settings) -> None:
    """Where Slack does not let a message be changed, people have to take patient details out of it."""
    if row.kind not in (telling.UPDATE, pictures.GONE) or row.state is not OutboxState.FAILED:
        return
    idea = session.get(Idea, int(row.payload.get("idea", 0)))
    if idea is None or idea.details_removed_at is None or row.finished_at is None:
        return
    if row.outcome.startswith("message_not_found"):
        return
    people = leading.administrators(session, settings, row.finished_at.astimezone(settings.zone).date())
    people += leading.leadership(leading.answering_now(session, idea))
    for person in dict.fromkeys(people):
        letter = Letter(
            kind=STAYS,
            lane=f"person:{person}",
            payload={"render": STAYS, "idea": idea.id, "lane": row.lane},
            recipient_id=person,
            priority=Priority.ANSWER,
            period=f"{idea.id}:{row.depends_on}",
        )
        put(session, letter, now=row.finished_at)


def _render_stays(_session: Session, payload: Payload) -> Rendered:
    number, lane = payload["idea"], str(payload["lane"])
    kind, _, place = lane.partition(":")
    where = f"#{inert(place)}" if kind == "channel" else "a direct message from Rounds"
    text = f"Patient details of #{number} may still be on Slack"
    said = (
        f"*{text}.* They were taken out, but Slack did not let Rounds change a message about #{number} in "
        f"{where}. Please have it deleted there, by somebody who can read it or by a workspace owner."
    )
    return {"text": text, "blocks": [section(said)]}


def _stands(card_row: OutboxRow) -> bool:
    """Whether a card is there, or still may be."""
    return card_row.state in (OutboxState.WAITING, OutboxState.LEASED, OutboxState.SENT)


def tell_channel_problem(settings: Settings, clock: Clock) -> channels.Tell:
    """Tells the leaders of a channel's units and the administrators that no idea goes there, and why."""

    def tell(session: Session, problem: channels.ChannelProblem) -> None:
        now = clock.now()
        day = now.astimezone(settings.zone).date()
        people = list(leading.administrators(session, settings, day))
        for unit_id in problem.units:
            people += leading.leadership(session.get_one(Unit, unit_id))
        for person in dict.fromkeys(people):
            letter = Letter(
                kind=PROBLEM,
                lane=f"person:{person}",
                payload={"render": PROBLEM, "channel": problem.channel},
                recipient_id=person,
                priority=Priority.NOTICE,
            )
            put(session, letter, now=now)

    return tell


def tell_picture_problem(clock: Clock, team_id: str) -> pictures.Told:
    """Tells whoever sent a picture with their named idea, or as proof, that it could not be used, and why."""

    def tell(session: Session, picture: IdeaPicture) -> None:
        event = idea_rows.event_of(session, picture.idea_id, picture.event_seq)
        person = event.actor_id if event is not None else None
        if person is None or person not in idea_rows.accounts(session, [person], team_id):
            return
        letter = Letter(
            kind=PICTURE_PROBLEM,
            lane=f"person:{person}",
            payload={"render": PICTURE_PROBLEM, "idea": picture.idea_id, "picture": picture.id},
            recipient_id=person,
            priority=Priority.ANSWER,
        )
        put(session, letter, now=clock.now())

    return tell


def _card(session: Session, facts: IdeaFacts, payload: Payload) -> Rendered:
    left = payload.get("left")
    if left is not None:
        leaders = f"the leaders of {facts.answering_unit}"
        return left_behind(facts, facts.unit if left == telling.TO_UNIT else leaders)
    written = card(facts)
    if not payload.get("direct"):
        return written
    return {**written, "blocks": [*written["blocks"], context(_why_here(session, facts))]}


def _why_here(session: Session, facts: IdeaFacts) -> str:
    """Why a card comes as a direct message."""
    if facts.above:
        return (
            f"This came to you alone: whoever handed it in asked for somebody above the leaders of "
            f"{inert(facts.unit)}. Its card stands in no channel."
        )
    unit = session.get_one(Unit, session.get_one(Idea, facts.number).unit_id)
    if not unit.channel:
        return f"This came to you because {inert(facts.unit)} has no channel in Rounds yet."
    if not leading.leadership(unit):
        return f"This came to you because nobody leads {inert(facts.unit)} itself in Rounds yet."
    return f"This came to you because ideas cannot go to the channel of {inert(facts.unit)} just now."


def _line(facts: IdeaFacts, seq: int) -> Line | None:
    return next((line for line in facts.history if line.seq == seq), None)


def _channel_problem(session: Session, payload: Payload) -> Rendered:
    check = session.get(ChannelCheck, str(payload["channel"]))
    if check is None or not check.problem:
        return None
    text = "Ideas cannot go to a channel"
    said = (
        f"*Ideas cannot go to a channel just now.* {inert(check.problem)} Until this is put right, they come "
        "to the unit's leaders as direct messages."
    )
    return {"text": text, "blocks": [section(said)]}


def _picture_problem(session: Session, payload: Payload) -> Rendered:
    picture = session.get(IdeaPicture, payload["picture"])
    if picture is None or not picture.problem:
        return None
    text = f"The picture for #{picture.idea_id} could not be used"
    said = f"*{text}.* {inert(picture.problem)} Everything else was kept."
    return {"text": text, "blocks": [section(said)]}
