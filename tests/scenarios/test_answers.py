"""A clinician answers a figure, the analyst closes it, and it is withdrawn, over the local workspace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from slack_bolt import BoltRequest
from sqlmodel import col, select

from bot.answers import acts, names
from bot.comparison.types import ClinicianResult, GroupComparison
from bot.digests.facts import MeasureView
from bot.digests.gather import Book, open_book
from bot.digests.plan import windows
from bot.digests.weeks import IsoWeek
from bot.ideas.names import beside, form_of
from bot.sandbox import Message
from storage.answers import FigureAnswer, SetAside
from storage.digest_queries import set_wishes
from storage.digests import Look
from storage.measures import Measure
from storage.people import Person
from storage.terms import AnswerKind, AnswerState, Frequency
from tests.scenarios.conftest import WEEK, Imported, everything_in, is_digest
from tests.scenarios.ideas import Story, buttons_of, opened_story, said

REBECCA, ANALYST, LEADER = "Rebecca Thornton", "Yusuf Rahman", "Owen Pritchard"
NEXT_WEEK = IsoWeek.parse("2026-W47")
WHY = "Two thirds of them came from the hospice with a plan that says so."
REPLY = "I have read the plans; you are right, they should not be counted here."


@pytest.fixture
def story(imported: Imported, tmp_path: Path) -> Iterator[Story]:
    """A hospital on Tuesday 17 November 2026, before any digest."""
    with opened_story(imported, tmp_path) as made:
        yield made


def rows(story: Story, table: Any) -> list[Any]:
    with story.hospital.database.read() as session:
        return list(session.exec(select(table).order_by(table.id)))


def person_of(story: Story, who: str) -> int:
    with story.hospital.database.read() as session:
        person = session.exec(select(Person).where(Person.name == who)).one()
    assert person.id is not None
    return person.id


def digest_for(story: Story, who: str, week: IsoWeek = WEEK) -> Message:
    """Send somebody their digest of a week, whether there is news or not."""
    with story.hospital.database.write() as session:
        set_wishes(session, person_of(story, who), frequency=Frequency.EVERY_WEEK)
    workspace = story.sandbox.workspace
    emails = [user.email for user in workspace.users.values() if user.email and user.real_name == who]
    assert story.parts.planner.plan_week(week, emails).planned == 1
    story.deliver()
    return next(one for one in reversed(story.dms(who)) if is_digest(one))


def led(story: Story) -> str:
    """The key of the measure that the first digest led with."""
    with story.hospital.database.read() as session:
        answer = session.exec(select(FigureAnswer).order_by(col(FigureAnswer.id))).first()
        assert answer is not None
        return session.get_one(Measure, answer.measure_id).key


def book_of(story: Story, key: str) -> Book:
    """The comparison of one measure, as the next week's digests would have it now."""
    with story.hospital.database.read() as session:
        return open_book(session, NEXT_WEEK.sunday, windows(story.hospital.settings), only=key)


def view_of(story: Story, who: str, key: str) -> MeasureView:
    return book_of(story, key).views[person_of(story, who)][0]


def shown(story: Story, who: str, key: str) -> tuple[GroupComparison, ClinicianResult]:
    """The group as everybody sees it, and the person's part in it."""
    person = person_of(story, who)
    figure = next(one for one in book_of(story, key).figures if person in one.people)
    return figure.comparison, figure.comparison.results[figure.people.index(person)]


def answers_warranted(story: Story, who: str, message: Message, *, share: bool = False) -> str:
    """Set the first period on the form aside; what is said then."""
    assert story.presses(who, message, names.WARRANTED).acked
    box = next(b for b in story.form(who).payload["blocks"] if b.get("block_id") == f"{names.PERIODS}_0")
    first = box["element"]["options"][0]["value"]
    values: dict[str, Any] = {f"{names.PERIODS}_0": [first], names.WORDS: WHY}
    result = story.completes(who, **values, **({names.SHOWN: ["shown"]} if share else {}))
    assert result.ok, (result.error, result.errors)
    return story.told(who)


def test_what_is_set_aside_changes_ones_own_figure_then_the_groups_and_withdrawn_neither(
    story: Story,
) -> None:
    message = digest_for(story, REBECCA)
    assert names.WARRANTED in buttons_of(message)
    assert "you set aside" not in said(message)
    note = answers_warranted(story, REBECCA, message)
    assert acts.BOTH in note
    (answer,), (aside,) = rows(story, FigureAnswer), rows(story, SetAside)
    assert (answer.kind, answer.state) == (AnswerKind.WARRANTED, AnswerState.OPEN)
    key = led(story)
    # The same press once more keeps nothing more.
    story.comes_again()
    assert len(rows(story, FigureAnswer)) == 1

    # One's own figure at once, beside the original; the group's is as it was.
    own, (group, part) = view_of(story, REBECCA, key), shown(story, REBECCA, key)
    assert own.reported is not None
    assert own.reported.denominator == part.denominator
    assert own.result.denominator == part.denominator - aside.denominator
    message = digest_for(story, REBECCA, NEXT_WEEK)
    assert story.presses(REBECCA, message, "digest_more").acked
    assert "you set aside" in story.page(REBECCA)
    story.closes(REBECCA)
    assert "A correction first" not in said(message)

    # The analyst looks, which stands on the record, and agrees: now the group's as well.
    home = story.home(ANALYST)
    assert "1 waits for you" in home
    assert WHY not in home
    assert REBECCA not in home.partition("Answers from clinicians")[2].partition("Who looked")[0]
    assert story.presses_at_home(ANALYST, beside(names.LOOK, answer.id)).acked
    page = story.page(ANALYST)
    assert REBECCA in page
    assert WHY in page
    assert [(one.person_id, one.looker) for one in rows(story, Look)] == [
        (person_of(story, REBECCA), f"{ANALYST} (analyst)")
    ]
    assert ANALYST in story.home(REBECCA)
    assert story.sends(ANALYST, **{names.VERDICT: names.AGREE, names.WORDS: "Ring 07700 900123"}).errors
    assert story.completes(ANALYST, **{names.VERDICT: names.AGREE, names.WORDS: REPLY}).ok
    story.closes(ANALYST)
    told = story.last_dm(REBECCA)
    assert REPLY in said(told)
    assert "agrees" in said(told)
    assert told.text == "About something that you told Rounds"
    agreed_group, agreed = shown(story, REBECCA, key)
    assert agreed.denominator == part.denominator - aside.denominator
    assert agreed_group.centre != group.centre
    assert view_of(story, REBECCA, key).reported == own.reported
    assert "1 waits for you" not in story.home(ANALYST)

    # Withdrawn: everything is as it was.
    assert REPLY in story.home(REBECCA)
    assert story.presses_at_home(REBECCA, beside(names.WITHDRAW, answer.id)).acked
    story.deliver()
    assert "You have withdrawn it." in story.home(REBECCA)
    restored, again = shown(story, REBECCA, key)
    assert (restored.centre, again.denominator) == (group.centre, part.denominator)
    assert view_of(story, REBECCA, key).reported is None
    # Nobody but the two ever read the words.
    for user in story.sandbox.workspace.users.values():
        if user.real_name not in (REBECCA, ANALYST) and not user.is_bot:
            assert all(WHY not in said(one) for one in story.sandbox.workspace.dm(user.id)), user.real_name
    assert WHY not in story.home(LEADER)


def test_something_not_right_goes_to_the_analyst_who_sees_it_otherwise(story: Story) -> None:
    message = digest_for(story, REBECCA)
    assert story.presses(REBECCA, message, "digest_counted").acked
    assert story.presses_on_page(REBECCA, names.WRONG).acked
    page = story.page(REBECCA)
    assert f"*Who reads it.* {ANALYST}, with your name and these figures" in page
    filled = {names.KIND: AnswerKind.WRONG_GROUP.value}
    assert story.sends(REBECCA, **filled, **{names.WORDS: "NHS 943 476 5919"}).errors
    assert story.completes(REBECCA, **filled, **{names.WORDS: WHY}).ok
    assert acts.THANKS in story.told(REBECCA)
    assert rows(story, SetAside) == []
    # About any other measure as well.
    assert story.presses(REBECCA, message, "digest_more").acked
    assert story.presses_on_page(REBECCA, names.OTHERS).acked
    menu = next(b for b in story.form(REBECCA).payload["blocks"] if b.get("block_id") == names.MEASURE)
    chosen = menu["element"]["options"][-1]["value"]
    filled = {names.MEASURE: chosen, names.KIND: AnswerKind.DATA_WRONG.value, names.WORDS: WHY}
    assert story.completes(REBECCA, **filled).ok
    story.closes(REBECCA)
    first, second = rows(story, FigureAnswer)
    assert (first.kind, second.kind) == (AnswerKind.WRONG_GROUP, AnswerKind.DATA_WRONG)
    story.home(ANALYST)
    assert story.presses_at_home(ANALYST, beside(names.LOOK, first.id)).acked
    assert story.completes(ANALYST, **{names.VERDICT: names.NOT_AGREE, names.WORDS: REPLY}).ok
    story.closes(ANALYST)
    assert "sees it otherwise" in said(story.last_dm(REBECCA))
    # A leader who sends the analyst's form is refused, and nothing is kept.
    body = {
        "type": "view_submission",
        "user": {"id": story.user(LEADER)},
        "view": {
            "id": "V0FORGED",
            "type": "modal",
            "callback_id": form_of(names.LOOK),
            "private_metadata": f'{{"answer": {second.id}}}',
            "blocks": [{"type": "input", "block_id": names.WORDS, "element": {"action_id": names.WORDS}}],
            "state": {
                "values": {
                    names.VERDICT: {names.VERDICT: {"selected_option": {"value": names.AGREE}}},
                    names.WORDS: {names.WORDS: {"value": REPLY}},
                }
            },
        },
    }
    answer = story.sockets[-1].app.dispatch(BoltRequest(body=body, mode="socket_mode"))
    assert "not for you to close" in str(answer.body)
    assert rows(story, FigureAnswer)[-1].state is AnswerState.OPEN
    assert everything_in(story.home(LEADER)).count(WHY) == 0


def test_colleagues_reasons_are_read_without_names_and_one_would_have_done_the_same(story: Story) -> None:
    colleagues = (
        "Amara Okafor",
        "James Hartley",
        "Priya Nair",
        "Daniel Osei",
        "Samuel Adeniyi",
        "Imran Siddiqui",
    )
    with story.hospital.database.write() as session:
        measure = session.exec(select(Measure).where(Measure.key == "clot-risk")).one()
        assert measure.id is not None
        for number, who in enumerate(colleagues):
            person = session.exec(select(Person).where(Person.name == who)).one()
            assert person.id is not None
            session.add(
                FigureAnswer(
                    person_id=person.id,
                    measure_id=measure.id,
                    kind=AnswerKind.WARRANTED,
                    first_day=WEEK.monday,
                    last_day=WEEK.sunday,
                    words=f"Reason number {number}.",
                    shown_to_group=True,
                    said_at=story.clock.now(),
                )
            )
    message = digest_for(story, REBECCA)
    assert story.presses(REBECCA, message, "digest_more").acked
    assert story.presses_on_page(REBECCA, beside(names.VARIED, 0)).acked
    page = story.page(REBECCA)
    assert all(f"Reason number {number}." in page for number in range(6))
    assert not any(who in page or story.user(who) in page for who in colleagues)
    first = rows(story, FigureAnswer)[0].id
    assert story.presses_on_page(REBECCA, beside(names.SECOND, first)).acked
    assert page.count("I would have done the same") - 1 == story.page(REBECCA).count(
        "I would have done the same"
    )
    story.closes(REBECCA)
    assert rows(story, FigureAnswer)[0].seconded_by == person_of(story, REBECCA)
    # Six wait for the analyst: five on the Home, all on a page; nobody is named before a look.
    assert "6 wait for you" in story.home(ANALYST)
    assert story.presses_at_home(ANALYST, names.QUEUE).acked
    page = story.page(ANALYST)
    assert page.count("This is warranted") == 6
    assert not any(who in page for who in colleagues)
    assert story.presses_on_page(ANALYST, beside(names.LOOK, first)).acked
    assert "A colleague of the group would have done the same" in story.page(ANALYST)
    assert REBECCA not in story.page(ANALYST)
