"""Everything that the table speaks of, as people and time would have made it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, Final

from sqlmodel import Session, select

from bot.answers.acts import case_value
from bot.digests.chart_small import alt_text
from bot.digests.history import FIRST_DAY, LAST_DAY
from bot.digests.looks import note_looks
from bot.digests.weeks import IsoWeek
from bot.goals.acts import Proposal, put_to_group
from bot.home.gather import stored_trends
from bot.home.wishes import stop_digest
from bot.ideas import acts
from bot.ideas.decisions import Decision, Implementation
from bot.ideas.doing import Doing, Outcome
from bot.ideas.facts import Draft
from bot.leading.asking.acts import put_to_channel
from bot.leading.asking.facts import Draft as Question
from bot.people.rights import erase_person
from bot.slack_text import plain
from bot.talks.letters import put_request
from storage import consent_rows, talk_rows
from storage.answers import DigestShare, FigureAnswer
from storage.case_queries import person_cases
from storage.digests import Digest
from storage.goals import Goal
from storage.idea_figures import remember_month
from storage.ideas import Delegation, Idea, IdeaEvent
from storage.leading import ChannelPost
from storage.measures import ImportBatch, Measure
from storage.people import PeerGroup, Person, SlackAccount, Unit
from storage.talks import Offer, Talk
from storage.terms import AnswerKind, Blinding, GoalState, IdeaEventKind, IdeaState, Posted
from tests.scenarios.conftest import WEEK, is_digest
from tests.scenarios.ideas import said
from tests.scenarios.matrix.house import CLINICIANS, ROLES, House

NAMED = "A second blanket warmer beside bay three."
NAMELESS = "Please let the night shift park near the door."
UPWARDS = "Our ward needs its own discharge lounge."
REASON = "These patients had declined it in writing."
STORY = "We looked twice at noon, and again at four."
TYPED = "Let us keep the crash trolley's key on a hook."
QUESTION = "What kept a patient waiting yesterday?"
AUDITOR = "Quentin Auditor"
GROUP = "Physicians"
EARLIER: Final = IsoWeek.of(WEEK.monday - timedelta(weeks=1))
LAST: Final = date(2026, 12, 17)
# Colleagues of her group who gave reasons, none of them in the table.
REASONERS: Final = ("Amara Okafor", "Samuel Adeniyi", "Catrin Morgan", "Fiona Galbraith", "Eleanor Blake")
# Two more wards, so that a leader has five others; who leads them is in no row of the table.
WARDS: Final = {"Hazel Ward": "Tendai Moyo", "Rowan Ward": "Ben Ashworth"}


def build(house: House) -> None:
    """Make it all, and keep it."""
    story, workspace = house.story, house.story.sandbox.workspace
    workspace.add_user(name="sam", real_name=ROLES["stranger"], email="sam@elsewhere.example")
    clinicians = [*CLINICIANS, "unconfirmed", "erased"]
    names = {ROLES[one] for one in clinicians}
    emails = [user.email for user in workspace.users.values() if user.email and user.real_name in names]
    with story.hospital.database.write() as session:
        # The month's message about ideas came before, so that the one about care is due.
        remember_month(session, "2026-10")
        _unblind(house, session)
        _stand_ins(house, session)
        _came_before(house, session)
    assert story.parts.unit_months()
    assert story.parts.planner.plan_week(WEEK, emails).planned == len(clinicians)
    story.deliver()
    with story.hospital.database.write() as session:
        stop_digest(session, house.doing(session, "deputy").actor, story.clock.now())
        _said_of_figures(house, session)
        _asked_of_peers(house, session)
    _ideas(house)
    _question(house)
    story.next_batch()
    story.go_to(story.today, time(10, 0))
    story.parts.leaders.tick()
    story.deliver()
    erased = ROLES["erased"]
    erase_person(story.hospital.database, _email(house, erased), clock=story.clock)
    with story.hospital.database.write() as session:
        unsure = house.person(session, "unconfirmed")
        account = session.exec(select(SlackAccount).where(SlackAccount.person_id == unsure)).one()
        account.email = "somebody.else@rounds.example"
    _marks(house)
    house.keep()


def _email(house: House, name: str) -> str:
    found = next(u.email for u in house.story.sandbox.workspace.users.values() if u.real_name == name)
    assert found
    return found


def _unblind(house: House, session: Session) -> None:
    group = consent_rows.group_named(session, GROUP)
    assert group is not None
    assert group.id is not None
    now = house.story.clock.now()
    consent_rows.set_blinding(session, group, Blinding.UNBLINDED, now)
    house.numbers["group"] = group.id
    for role in ("subject", "peer", "deputy", "unconfirmed", "erased"):
        consent_rows.set_agreed(session, house.person(session, role), group.id, now, leaders=role == "deputy")


def _stand_ins(house: House, session: Session) -> None:
    leader, manager = house.person(session, "leader"), house.person(session, "manager")
    for whose, role in ((leader, "stand-in"), (manager, "unconfirmed"), (manager, "erased")):
        delegate = house.person(session, role)
        row = Delegation(person_id=whose, delegate_id=delegate, starts=house.story.today, ends=LAST)
        session.add(row)
        session.flush()
        house.numbers[f"delegation of {role}"] = row.id or 0


def _came_before(house: House, session: Session) -> None:
    """Nine ideas to each unit in October; no two leaderships had as many first words in time."""
    zone = house.story.hospital.settings.zone
    for batch in session.exec(select(ImportBatch)):
        # Whenever this runs, the hospital has used Rounds for long.
        batch.published_at = datetime(2026, 1, 5, tzinfo=zone)
    for ward, leader in WARDS.items():
        person = session.exec(select(Person.id).where(Person.name == leader)).one()
        session.add(Unit(name=ward, leader_id=person))
    session.flush()
    units = sorted(session.exec(select(Unit)), key=lambda unit: (unit.name != "Ash Ward", unit.id or 0))
    for rank, unit in enumerate(units):
        for number in range(9):
            came = datetime.combine(date(2026, 10, 7), time(9), zone)
            words = came + timedelta(days=1 if number < 8 - rank else 12)
            session.add(
                Idea(
                    text=f"October idea {number} of {unit.name}",
                    unit_id=unit.id or 0,
                    answering_unit_id=unit.id or 0,
                    anonymous=True,
                    state=IdeaState.DECLINED,
                    handed_in_at=came,
                    moved_at=words,
                    first_words_at=words,
                )
            )


def _said_of_figures(house: House, session: Session) -> None:
    """What is said of figures, and shared of them."""
    now = house.story.clock.now()
    subject, deputy = house.person(session, "subject"), house.person(session, "deputy")
    note_looks(session, [subject], looker=AUDITOR, what="an export", now=now)
    own, his = (
        session.exec(select(Digest).where(Digest.person_id == one)).one() for one in (subject, deputy)
    )
    assert own.measure_id is not None
    assert own.message is not None
    ash = house.unit("Ash Ward")
    shares = [
        DigestShare(person_id=one.person_id, digest_id=one.id or 0, unit_id=ash, shared_at=now, ends_on=LAST)
        for one in (own, his)
    ]
    shares[1].withdrawn_at = now
    answer = _answer(subject, own.measure_id, AnswerKind.DATA_WRONG, REASON, now)
    answer.digest_id = own.id
    session.add_all([*shares, answer])
    # Reasons of colleagues, on another measure: what they say shows no figure.
    varied = session.exec(select(Measure).where(Measure.key == "clot-risk")).one()
    for number, name in enumerate(REASONERS):
        person = session.exec(select(Person.id).where(Person.name == name)).one()
        said_so = _answer(person or 0, varied.id or 0, AnswerKind.WARRANTED, f"Reason number {number}.", now)
        said_so.shown_to_group = True
        session.add(said_so)
        session.flush()
        house.numbers.setdefault("reason", said_so.id or 0)
    # A new dict: a change inside the old one would not be noticed.
    own.message = {**own.message, "own_words": STORY}
    # She had one in the week before as well, and nobody else had.
    earlier = Digest(**own.model_dump(exclude={"id", "week", "outbox_id"}), week=str(EARLIER))
    session.add_all([own, earlier])
    session.flush()
    house.numbers |= {
        "digest": own.id or 0,
        "his digest": his.id or 0,
        "subject": subject,
        "measure": own.measure_id,
        "his measure": his.measure_id or 0,
        "shared": shares[0].id or 0,
        "ended": shares[1].id or 0,
        "answer": answer.id or 0,
    }


def _answer(person: int, measure: int, kind: AnswerKind, words: str, now: datetime) -> FigureAnswer:
    first, last = date(2026, 8, 24), date(2026, 11, 15)
    return FigureAnswer(
        person_id=person,
        measure_id=measure,
        kind=kind,
        first_day=first,
        last_day=last,
        words=words,
        said_at=now,
    )


def _asked_of_peers(house: House, session: Session) -> None:
    """Talks, and goals of her group."""
    now, today = house.story.clock.now(), house.story.today
    offer = Offer(person_id=house.person(session, "coach"), offered_at=now)
    his = house.numbers["his measure"]
    tells = Offer(person_id=house.person(session, "deputy"), measure_id=his, offered_at=now)
    session.add_all([offer, tells])
    session.flush()
    subject = house.numbers["subject"]
    talk = talk_rows.claim_talk(session, Talk(asker_id=subject, offer_id=offer.id or 0, asked_at=now))
    assert talk is not None
    put_request(session, talk, offer.person_id, now)
    group, measure = house.numbers["group"], house.numbers["measure"]
    proposal = Proposal(group, measure, 0.9, "Half of us are there on good days.")
    goal = put_to_group(session, proposal, now, today, proposed_by=house.person(session, "peer"))
    other = session.exec(select(Measure.id).where(Measure.key == "clot-risk")).one()
    judged, adopted = (
        Goal(
            value=value,
            words="So we said.",
            state=state,
            peer_group_id=group,
            measure_id=other or 0,
            proposed_at=now,
            votes_until=today,
        )
        for value, state in ((0.91, GoalState.JUDGED), (0.9, GoalState.ADOPTED))
    )
    session.add_all([judged, adopted])
    session.flush()
    house.numbers |= {
        "offer": offer.id or 0,
        "talk": talk,
        "goal": goal.id or 0,
        "judged goal": judged.id or 0,
        "adopted goal": adopted.id or 0,
    }


def _ideas(house: House) -> None:
    """An idea of hers in each state in which somebody can do something to it."""
    story, day = house.story, house.story.today
    house.numbers["named"] = story.hands_in(ROLES["colleague"], NAMED)
    house.numbers["upwards"] = story.hands_in(ROLES["subject"], UPWARDS, ticks=("above",))
    story.hands_in(ROLES["silent peer"], NAMELESS, anonymous=True)
    owner, later = house.user("colleague"), day + timedelta(days=7)
    yes = Decision(IdeaEventKind.ACCEPTED, "Yes, gladly.", owner_user=owner)
    test = Decision(IdeaEventKind.TEST_STARTED, "For a week.", "Fewer calls.", later, owner)
    wait = Decision(IdeaEventKind.PUT_OFF, "After the move.", on=later)
    care = Decision(IdeaEventKind.ACCEPTED, "Yes, gladly.", touches_care=True)
    done = Implementation("It hangs there.", "See the hook.", day)
    led: dict[str, tuple[Any, ...]] = {
        "new": (),
        "asked": (lambda s, d, n: acts.ask(s, d, n, "Which hook?"),),
        "accepted": (lambda s, d, n: acts.decide(s, d, n, yes),),
        "testing": (lambda s, d, n: acts.decide(s, d, n, test),),
        "put off": (lambda s, d, n: acts.decide(s, d, n, wait),),
        "care": (lambda s, d, n: acts.decide(s, d, n, care),),
        "in place": (
            lambda s, d, n: acts.decide(s, d, n, yes),
            lambda s, d, n: acts.implement(s, d, n, done),
        ),
    }
    led["confirmed"] = led["in place"]
    for state, steps in led.items():
        number = house.does("subject", _hands_in(house, f"{TYPED} ({state})")).idea_id
        assert number is not None
        house.numbers[state] = number
        for step in steps:
            house.does("leader", partial(_step, step, number))
    house.does("subject", lambda s, d: acts.verify(s, d, house.numbers["confirmed"], False))
    with story.hospital.database.write() as session:
        idea = session.get_one(Idea, house.numbers["confirmed"])
        idea.measure_id, idea.implemented_on = house.numbers["measure"], date(2026, 7, 1)
    with house.session() as session:
        for state in ("asked", "care"):
            lines = select(IdeaEvent.seq).where(IdeaEvent.idea_id == house.numbers[state])
            house.numbers[f"line of {state}"] = max(session.exec(lines))
    story.deliver()


def _step(step: Any, number: int, session: Session, doing: Doing) -> Outcome:
    outcome: Outcome = step(session, doing, number)
    return outcome


def _hands_in(house: House, text: str) -> Any:
    draft = Draft(text=text, unit_id=house.unit("Ash Ward"))

    def act(session: Session, doing: Doing) -> Outcome:
        return acts.hand_in(session, doing, draft)

    return act


def _question(house: House) -> None:
    """A question of the leader in the ward's channel, and her reply beneath it."""
    story = house.story
    draft = Question(Posted.QUESTION, unit_id=house.unit("Ash Ward"), words=QUESTION)
    house.does("leader", lambda session, doing: put_to_channel(session, doing, draft))
    story.deliver()
    with house.session() as session:
        house.numbers["post"] = session.exec(select(ChannelPost.id)).one() or 0
    place = story.sandbox.workspace.channels[story.channel("ward-ash")]
    posted = next(one for one in place.messages if QUESTION in said(one))
    story.sandbox.send_message(house.user("subject"), TYPED, place.id, posted.ts)
    reply = next(one for one in reversed(place.messages) if TYPED in one.text and one.thread_ts == posted.ts)
    house.marks |= {"channel": place.id, "posted": posted.ts, "reply": reply.ts}


def _marks(house: House) -> None:
    """The words and numbers by which each piece of data is found."""
    story = house.story
    with house.session() as session:
        own = session.get_one(Digest, house.numbers["digest"])
        his = session.get_one(Digest, house.numbers["his digest"])
        peer = session.exec(select(Digest).where(Digest.person_id == house.person(session, "peer"))).one()
        other = session.exec(select(PeerGroup.id).where(PeerGroup.id != house.numbers["group"])).first()
        house.numbers["other group"] = other or 0
        assert own.message is not None
        days = [date.fromordinal(int(own.facts[name])) for name in (FIRST_DAY, LAST_DAY)]
        cases = person_cases(session, own.person_id, house.numbers["measure"], *days)
        house.numbers["peer's digest"] = peer.id or 0
        measures = own.message["measures"]
        house.marks |= {
            "figures": _figures(own),
            "his figures": _figures(his),
            "page": own.message["views"]["counted"]["blocks"][0]["text"]["text"].split("\n")[1],
            "trends": plain(alt_text(stored_trends(own)), 2000),
            "case": cases[0].case_ref,
            "case's value": case_value(cases[0].day, cases[0].case_ref),
            "case's address": f"https://records.hospital.example/case/{cases[0].case_ref}|",
            "older case": cases[25].case_ref if len(cases) > 25 else "",
            "measures": measures[0]["told"],
            "email": _email(house, ROLES["subject"]),
            "key": _key(session, house.numbers["measure"]),
            "his key": _key(session, house.numbers["his measure"]),
        }
    week = next(one for one in story.dms(ROLES["leader"]) if one.text.startswith("Your week · "))
    assert "8 of the 9 ideas that came to your units" in said(week)
    assert any(is_digest(one) for one in story.dms(ROLES["subject"]))


def _key(session: Session, measure: int) -> str:
    return session.get_one(Measure, measure).key


def _figures(digest: Digest) -> str:
    """The paragraph of a digest that says its figures."""
    assert digest.message is not None
    texts = [block["text"]["text"] for block in digest.message["blocks"] if block["type"] == "section"]
    return str(next(text for text in texts if " of your " in text))
