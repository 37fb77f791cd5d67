"""Who gets to see and do what: every role, every piece of data, over the real handlers.

Buttons and forms are forged: whatever a role has on its screen, it sends what would open the subject's page,
with the subject's values. What comes back, in a page, on the Home or in messages, is searched for what only
that piece of data says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, time
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

import pytest
from slack_bolt import BoltRequest
from sqlmodel import Session, select

from bot.answers import names as answers
from bot.cases import names as cases
from bot.digests.chart_small import alt_text
from bot.digests.looks import note_looks
from bot.goals import names as goals
from bot.goals.acts import Proposal, put_to_group
from bot.home import view as home
from bot.home.gather import stored_trends
from bot.ideas import names as ideas
from bot.ideas.names import form_of
from bot.names import wire as peers
from bot.people.rights import erase_person
from bot.sandbox import TEAM_ID
from bot.sharing import wire as sharing
from bot.slack_text import plain
from bot.talks import names as talks
from bot.talks.letters import put_request
from storage import consent_rows, talk_rows
from storage.answers import DigestShare, FigureAnswer
from storage.case_queries import person_cases
from storage.digests import Digest, Look
from storage.goals import GoalVote
from storage.ideas import Delegation, Idea
from storage.people import Person, SlackAccount
from storage.talks import Offer, Talk
from storage.terms import AnswerKind, Blinding, TalkState, Vote
from tests.scenarios.conftest import WEEK, Imported, everything_in
from tests.scenarios.ideas import Story, opened_story, said

# The subject works in Ash Ward, as one of the physicians. All data below are hers, but for those that say
# otherwise. The last two had all that others have (a digest, a yes to names, a place as stand-in of a leader
# of Ash Ward) before one's account came to have another email address, and the other was erased.
ROLES: Final = MappingProxyType(
    {
        "stranger": "Sam Visitor",
        "subject": "Priya Nair",
        "peer": "Siobhan Kelly",  # same peer group, another ward; agreed to names
        "silent peer": "Rebecca Thornton",  # the same, did not say
        "other group": "Alice Penrose",  # a clinician of another peer group
        "colleague": "Maria Santos",  # of the same ward, no clinician
        "leader": "David Llewellyn",
        "manager": "Blessing Afolabi",
        "deputy": "James Hartley",  # of Ash Ward; a physician too, who agreed to names
        "stand-in": "Chloe Sanderson",  # for the clinical leader
        "other leader": "Owen Pritchard",  # of Beech Ward
        "leader above": "Ruth Adeyemi",
        "analyst": "Yusuf Rahman",
        "administrator": "Helen Whitworth",
        "coach": "Grace Mensah",
        "approver": "Isla Fraser",
        "unconfirmed": "Daniel Osei",
        "erased": "Imran Siddiqui",
    }
)
EVERYBODY: Final = frozenset(ROLES)
PHYSICIANS: Final = frozenset({"subject", "peer", "silent peer", "deputy"})
ASH: Final = frozenset({"leader", "manager", "deputy", "stand-in"})

# Who sees it, or may do it. Everybody else must not.
EXPECTED: Final = MappingProxyType(
    {
        "her digest": {"subject"},
        "the pages behind it": {"subject"},
        "her trends": {"subject"},
        "who looked at her figures": {"subject"},
        "her cases": {"subject"},
        "what she shared with the leaders of Ash Ward": ASH,
        "what the deputy had shared there and took back": set(),
        "sharing her digest": {"subject"},
        "taking back what she shared": {"subject"},
        "the figures of her peer group": PHYSICIANS,
        "the peer's name beside a figure": {"subject"},
        "agreeing to names in her group": PHYSICIANS,
        "an idea with a name": EVERYBODY,
        "an idea without a name": EVERYBODY,
        "who handed that in": set(),
        "her idea for somebody above": {"subject", "leader above"},
        "voting on a goal of her group": PHYSICIANS,
        "how she voted": set(),
        "her request for a talk": {"coach"},
        "answering that request": {"coach"},
        "the leader's week": {"leader", "manager", "other leader", "leader above"},
        "the board": {"leader", "manager", "deputy", "stand-in", "other leader", "leader above"},
        "what she said of her figures": {"subject", "analyst"},
        "the analyst's queue": {"analyst"},
    }
)

NAMED = "A second blanket warmer beside bay three."
NAMELESS = "Please let the night shift park near the door."
UPWARDS = "Our ward needs its own discharge lounge."
REASON = "These patients had declined it in writing."
AUDITOR = "Quentin Auditor"
GROUP = "Physicians"
LAST = date(2026, 12, 17)


class House:
    """The hospital in which all of it is there; each probe is kept, for it is made once for each role."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.digest = self.shared = self.ended = self.talk = self.goal = self.group = self.answer = 0
        self.marks: dict[str, str] = {}

    # -- what roles do ----

    def press(self, role: str, action: str, value: str) -> str:
        """Forge a button; what the page says that it opens."""
        user = self.story.user(ROLES[role])
        workspace = self.story.sandbox.workspace
        body = {
            "type": "block_actions",
            "user": {"id": user},
            "team": {"id": TEAM_ID},
            "trigger_id": workspace.new_trigger(user),
            "actions": [{"type": "button", "action_id": action, "block_id": "forged", "value": value}],
        }
        answer = self.story.sockets[-1].app.dispatch(BoltRequest(body=body, mode="socket_mode"))
        assert answer.status == 200, "it was refused, and did not fail"
        assert self.story.parts.worker.wait(60)
        page = self.story.page(ROLES[role])
        self.story.closes(ROLES[role])
        return page

    def send(self, role: str, button: str, metadata: str, values: dict[str, Any]) -> str:
        """Forge a form; what is said to it."""
        view = {
            "id": f"V{button}{role}".replace(" ", "").replace("-", ""),
            "type": "modal",
            "callback_id": form_of(button),
            "blocks": [],
            "private_metadata": metadata,
            "state": {"values": values},
        }
        body = {"type": "view_submission", "user": {"id": self.story.user(ROLES[role])}, "view": view}
        answer = self.story.sockets[-1].app.dispatch(BoltRequest(body=body, mode="socket_mode"))
        assert answer.status == 200
        return everything_in(answer.body)

    @cached_property
    def homes(self) -> dict[str, str]:
        """What stands on everybody's Home."""
        return {role: self.story.home(name) for role, name in ROLES.items()}

    @cached_property
    def messages(self) -> dict[str, str]:
        """All that Rounds wrote to everybody, once they asked for their digest and their trends."""
        for role, name in ROLES.items():
            self.story.sandbox.run_command(self.story.user(name), "/digest", "")
            self.press(role, home.TRENDS, str(WEEK))
            self.press(role, "home_digest_again", str(WEEK))
        self.story.deliver()
        return {role: " ".join(map(said, self.story.dms(name))) for role, name in ROLES.items()}

    def person(self, session: Session, role: str) -> int:
        found = session.exec(select(Person).where(Person.name == ROLES[role])).one()
        assert found.id is not None
        return found.id

    def session(self) -> Any:
        return self.story.hospital.database.read()


def build(house: House) -> None:
    """Everything that the table speaks of."""
    story, workspace = house.story, house.story.sandbox.workspace
    workspace.add_user(name="sam", real_name=ROLES["stranger"], email="sam@elsewhere.example")
    clinicians = ("subject", "peer", "silent peer", "other group", "deputy", "unconfirmed", "erased")
    names = {ROLES[one] for one in clinicians}
    emails = [user.email for user in workspace.users.values() if user.email and user.real_name in names]
    with story.hospital.database.write() as session:
        group = consent_rows.group_named(session, GROUP)
        assert group is not None
        assert group.id is not None
        consent_rows.set_blinding(session, group, Blinding.UNBLINDED, story.clock.now())
        house.group = group.id
        leader, manager = house.person(session, "leader"), house.person(session, "manager")
        for whose, role in ((leader, "stand-in"), (manager, "unconfirmed"), (manager, "erased")):
            session.add(
                Delegation(
                    person_id=whose,
                    delegate_id=house.person(session, role),
                    starts=story.today,
                    ends=LAST,
                )
            )
    assert story.parts.planner.plan_week(WEEK, emails).planned == len(clinicians)
    story.deliver()
    _plant(house)
    _hand_in(house)
    story.next_batch()
    story.go_to(story.today, time(10, 0))
    story.parts.leaders.tick()
    story.deliver()
    erase_person(story.hospital.database, house.marks["erased"], clock=story.clock)
    with story.hospital.database.write() as session:
        unsure = house.person(session, "unconfirmed")
        account = session.exec(select(SlackAccount).where(SlackAccount.person_id == unsure)).one()
        account.email = "somebody.else@rounds.example"


def _plant(house: House) -> None:
    """What is said, asked and shared of figures."""
    story = house.story
    now, today = story.clock.now(), story.today
    with story.hospital.database.write() as session:
        subject, deputy = house.person(session, "subject"), house.person(session, "deputy")
        for role in ("subject", "peer", "deputy", "unconfirmed", "erased"):
            person = house.person(session, role)
            consent_rows.set_agreed(session, person, house.group, now, leaders=role == "deputy")
        note_looks(session, [subject], looker=AUDITOR, what="an export", now=now)
        own, his = (
            session.exec(select(Digest).where(Digest.person_id == one)).one() for one in (subject, deputy)
        )
        assert own.id is not None
        assert own.measure_id is not None
        assert own.message is not None
        ash = _unit(house, "Ash Ward")
        shares = [
            DigestShare(
                person_id=one.person_id, digest_id=one.id or 0, unit_id=ash, shared_at=now, ends_on=LAST
            )
            for one in (own, his)
        ]
        shares[1].withdrawn_at = now
        offer = Offer(person_id=house.person(session, "coach"), offered_at=now)
        answer = FigureAnswer(
            person_id=subject,
            measure_id=own.measure_id,
            digest_id=own.id,
            kind=AnswerKind.DATA_WRONG,
            first_day=date(2026, 8, 24),
            last_day=date(2026, 11, 15),
            words=REASON,
            said_at=now,
        )
        session.add_all([*shares, offer, answer])
        session.flush()
        assert offer.id is not None
        talk = talk_rows.claim_talk(session, Talk(asker_id=subject, offer_id=offer.id, asked_at=now))
        assert talk is not None
        put_request(session, talk, offer.person_id, now)
        proposal = Proposal(house.group, own.measure_id, 0.9, "Half of us are there on good days.")
        goal = put_to_group(session, proposal, now, today, proposed_by=house.person(session, "peer"))
        session.flush()
        house.shared, house.ended = shares[0].id or 0, shares[1].id or 0
        house.talk, house.goal, house.answer = talk, goal.id or 0, answer.id or 0
        house.marks = {
            "erased": session.get_one(Person, house.person(session, "erased")).email,
            "figures": _figures(own),
            "his figures": _figures(his),
            "page": own.message["views"]["counted"]["blocks"][0]["text"]["text"].split("\n")[1],
            "trends": plain(alt_text(stored_trends(own)), 2000),
            "case": person_cases(session, subject, own.measure_id, limit=1)[0].case_ref,
        }


def _figures(digest: Digest) -> str:
    """The paragraph of a digest that says its figures."""
    assert digest.message is not None
    texts = [block["text"]["text"] for block in digest.message["blocks"] if block["type"] == "section"]
    return str(next(text for text in texts if " of your " in text))


def _hand_in(house: House) -> None:
    story = house.story
    house.marks["named"] = str(story.hands_in(ROLES["colleague"], NAMED))
    house.marks["upwards"] = str(story.hands_in(ROLES["subject"], UPWARDS, ticks=("above",)))
    story.hands_in(ROLES["silent peer"], NAMELESS, anonymous=True)


@pytest.fixture(scope="module")
def house(imported: Imported, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One hospital for the whole table."""
    with opened_story(imported, tmp_path_factory.mktemp("matrix"), rounds_names_after=0) as story:
        made = House(story)
        build(made)
        yield made


# -- how each is tried: whether this role sees it, or may do it ----


def _in_messages(mark: str) -> Callable[[House, str], bool]:
    return lambda house, role: house.marks.get(mark, mark) in house.messages[role] + house.homes[role]


def _pages(house: House, role: str) -> bool:
    return any(
        house.marks["page"] in house.press(role, one, str(WEEK)) for one in ("digest_more", "digest_counted")
    )


def _looks(house: House, role: str) -> bool:
    result = house.story.sandbox.run_command(house.story.user(ROLES[role]), "/digest", "looks")
    return AUDITOR in f"{result} {house.press(role, home.LOOKS, 'looks')} {house.homes[role]}"


def _shared(house: House, role: str) -> bool:
    return house.marks["figures"] in house.press(role, sharing.LOOK, str(house.shared))


def _ended(house: House, role: str) -> bool:
    return house.marks["his figures"] in house.press(role, sharing.LOOK, str(house.ended))


def _shares(house: House, role: str) -> bool:
    """Only the subject's own digest can be shared by sending the subject's form: others send it as well."""
    with house.session() as session:
        before = _rows(session, DigestShare)
    previewed = house.marks["figures"] in house.press(role, sharing.SHARE, str(WEEK))
    with house.session() as session:
        subject = house.person(session, "subject")
    chosen = {sharing.UNIT: {sharing.UNIT: {"selected_option": {"value": str(_unit(house, "Ash Ward"))}}}}
    house.send(role, sharing.SHARE, str(WEEK), chosen)
    with house.session() as session:
        added = [one for one in _rows(session, DigestShare) if one.id not in {row.id for row in before}]
    assert all(one.person_id != subject for one in added)
    return previewed


def _takes_back(house: House, role: str) -> bool:
    with house.story.hospital.database.write() as session:
        ash = session.get_one(DigestShare, house.shared)
        fresh = DigestShare(**ash.model_dump(exclude={"id", "unit_id"}), unit_id=_unit(house, "Cedar Ward"))
        session.add(fresh)
        session.flush()
        number = fresh.id or 0
    house.press(role, sharing.WITHDRAW, str(number))
    with house.story.hospital.database.write() as session:
        row = session.get_one(DigestShare, number)
        ended = row.withdrawn_at is not None
        session.delete(row)
    return ended


def _unit(house: House, name: str) -> int:
    return next(unit.id or 0 for unit in house.story.units() if unit.name == name)


def _table(house: House, role: str) -> str:
    return house.press(role, peers.PEERS, str(WEEK))


def _agrees(house: House, role: str) -> bool:
    said = house.send(role, peers.NAMES, str(house.group), {})
    return "nothing was saved" not in said and "Saved." in said


def _idea(mark: str, text: str) -> Callable[[House, str], bool]:
    return lambda house, role: text in house.press(role, ideas.MORE, house.marks[mark])


def _nameless(house: House, role: str) -> str:
    with house.session() as session:
        number = session.exec(select(Idea.id).where(Idea.text == NAMELESS)).one()
    return house.press(role, ideas.MORE, str(number))


def _votes(house: House, role: str) -> bool:
    house.press(role, goals.VOTES[Vote.STRETCH], str(house.goal))
    with house.session() as session:
        by_now = {row.person_id for row in _rows(session, GoalVote) if row.vote is not None}
        found = session.exec(select(Person.id).where(Person.name == ROLES[role])).first()
    return found in by_now


def _how_she_voted(house: House, role: str) -> bool:
    """Her name anywhere beside the group's goals; she has voted, if the row above was tried."""
    return ROLES["subject"] in house.press(role, goals.HISTORY, "goals")


def _settles(house: House, role: str) -> bool:
    house.press(role, talks.GLADLY, str(house.talk))
    with house.story.hospital.database.write() as session:
        talk = session.get_one(Talk, house.talk)
        settled = talk.state is not TalkState.ASKED
        talk.state, talk.answered_at = TalkState.ASKED, None
    return settled


def _said_of_figures(house: House, role: str) -> bool:
    pages = house.press(role, answers.LOOK, str(house.answer)) + house.press(role, answers.MINE, "0")
    return REASON in pages


def _rows(session: Session, table: Any) -> list[Any]:
    return list(session.exec(select(table)))


TRIED: Final[MappingProxyType[str, Callable[[House, str], bool]]] = MappingProxyType(
    {
        "her digest": _in_messages("figures"),
        "the pages behind it": _pages,
        "her trends": _in_messages("trends"),
        "who looked at her figures": _looks,
        "her cases": lambda house, role: house.marks["case"] in house.press(role, cases.SHOW, str(WEEK)),
        "what she shared with the leaders of Ash Ward": _shared,
        "what the deputy had shared there and took back": _ended,
        "sharing her digest": _shares,
        "taking back what she shared": _takes_back,
        "the figures of her peer group": lambda house, role: "a colleague" in _table(house, role),
        "the peer's name beside a figure": lambda house, role: ROLES["peer"] in _table(house, role),
        "agreeing to names in her group": _agrees,
        "an idea with a name": _idea("named", NAMED.rstrip(".")),
        "an idea without a name": lambda house, role: NAMELESS.rstrip(".") in _nameless(house, role),
        "who handed that in": lambda house, role: ROLES["silent peer"] in _nameless(house, role),
        "her idea for somebody above": _idea("upwards", UPWARDS.rstrip(".")),
        "voting on a goal of her group": _votes,
        "how she voted": _how_she_voted,
        "her request for a talk": _in_messages(f"{ROLES['subject']} would like to talk"),
        "answering that request": _settles,
        "the leader's week": _in_messages("Your week · "),
        "the board": lambda house, role: "*The board*" in house.homes[role],
        "what she said of her figures": _said_of_figures,
        "the analyst's queue": lambda house, role: "answer_look" in house.press(role, answers.QUEUE, "0"),
    }
)


@pytest.mark.parametrize("data", EXPECTED)
def test_who_sees_it_and_who_does_not(house: House, data: str) -> None:
    sees = {role for role in ROLES if TRIED[data](house, role)}
    assert sees == set(EXPECTED[data])


def test_every_look_of_a_leader_and_of_an_analyst_is_on_the_subjects_record(house: House) -> None:
    """After the tests above, or alone."""
    for role in ("leader", "stand-in"):
        assert _shared(house, role)
    house.press("analyst", answers.LOOK, str(house.answer))
    with house.session() as session:
        subject = house.person(session, "subject")
        lookers = {look.looker for look in _rows(session, Look) if look.person_id == subject}
    for role in ("leader", "stand-in", "analyst"):
        assert any(ROLES[role] in looker for looker in lookers), role
    refused = ("other leader", "leader above", "administrator", "coach", "approver", "colleague")
    assert not any(ROLES[role] in looker for role in refused for looker in lookers)
