"""What she shares and says of her figures, the names in her group, talks and goals."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from bot.answers import names as answers
from bot.goals import names as goals
from bot.ideas.names import form_of
from bot.names import wire as peers
from bot.sharing import wire as sharing
from bot.talks import names as talks
from storage.answers import DigestShare, FigureAnswer, NameConsent
from storage.goals import Goal, GoalVote
from storage.talks import Offer, Talk
from storage.terms import AnswerKind, Vote
from tests.scenarios.conftest import WEEK
from tests.scenarios.matrix.house import (
    ASH,
    CLINICIANS,
    HERS,
    KNOWN,
    NOBODY,
    PHYSICIANS,
    ROLES,
    House,
    rows,
)
from tests.scenarios.matrix.planted import REASON
from tests.scenarios.matrix.table import (
    Row,
    all_of,
    both,
    does_at_once,
    in_messages,
    opens,
    picked,
    row_of,
    submits,
    typed,
)


def _shares(house: House, role: str) -> bool:
    """Only her own digest can be shared by sending her form: others send it as well."""
    house.press("subject", sharing.WITHDRAW, str(house.numbers["shared"]))
    unit = picked(sharing.UNIT, house.unit("Ash Ward"))
    return submits(
        form_of(sharing.SHARE), lambda _: str(WEEK), lambda _: unit, all_of(DigestShare, "subject")
    )(house, role)


def _shares_elsewhere(house: House, role: str) -> bool:
    """With the leaders of a ward in which nobody here works."""
    unit = picked(sharing.UNIT, house.unit("Hazel Ward"))
    return submits(form_of(sharing.SHARE), lambda _: str(WEEK), lambda _: unit, all_of(DigestShare))(
        house, role
    )


def _takes_back(house: House, role: str) -> bool:
    return does_at_once(sharing.WITHDRAW, "shared", row_of(DigestShare, "shared"))(house, role)


def _agrees(house: House, role: str) -> bool:
    group = str(house.numbers["group"])
    said = house.send(role, form_of(peers.NAMES), group, {})
    house.restore()
    done = "nothing was saved" not in said and "Saved." in said
    assert done == (form_of(peers.NAMES) in house.press(role, peers.NAMES, group))
    return done


def _votes(vote: Vote) -> Any:
    def looked(role: str) -> Any:
        def votes(session: Session) -> set[int]:
            person = house_of[0].known(session, role)
            return {row.vote for row in rows(session, GoalVote) if row.person_id == person}

        return votes

    house_of: list[House] = []

    def tried(house: House, role: str) -> bool:
        house_of[:] = [house]
        goal = str(house.numbers["goal"])
        return house.changes(looked(role), lambda: house.press(role, goals.VOTES[vote], goal))

    return tried


def _how_she_voted(house: House, role: str) -> bool:
    """Her name anywhere beside the group's goals, after she voted."""
    house.press("subject", goals.VOTES[Vote.STRETCH], str(house.numbers["goal"]))
    seen = ROLES["subject"] in house.press(role, goals.HISTORY, "goals")
    house.restore()
    return seen


def _why(_house: House) -> dict[str, Any]:
    return typed(goals.WORDS, "Not before the spring.")


def _decided(action: str, number: str) -> Any:
    return both(
        opens(action, number, form_of(action)),
        submits(form_of(action), lambda h: {"goal": h.numbers[number]}, _why, row_of(Goal, number)),
    )


def _proposed(house: House) -> dict[str, Any]:
    chosen = f"{house.numbers['group']}:{house.numbers['his measure']}"
    return {**picked(goals.MEASURE, chosen), **typed(goals.VALUE, "25"), **typed(goals.WORDS, "We can.")}


def _said(house: House) -> dict[str, Any]:
    return typed(answers.WORDS, "The list was not mine that week.")


def _wrong(house: House) -> dict[str, Any]:
    return {**_said(house), **picked(answers.KIND, AnswerKind.WRONG_GROUP.value)}


def _about(house: House) -> dict[str, Any]:
    return {"week": str(WEEK), "measure": house.marks["key"]}


def _verdict(house: House) -> dict[str, Any]:
    return {**typed(answers.WORDS, "Seen, and put right."), **picked(answers.VERDICT, answers.AGREE)}


def _about_her_measure(house: House, role: str) -> bool:
    """Others send her form about the measure that led her digest: what they say is of their own figures."""
    return both(
        submits(form_of(answers.WARRANTED), _about, _said, all_of(FigureAnswer, "subject")),
        submits(form_of(answers.WRONG), _about, _wrong, all_of(FigureAnswer, "subject")),
    )(house, role)


def _mine(house: House, role: str) -> bool:
    pages = house.press(role, answers.LOOK, str(house.numbers["answer"])) + house.press(
        role, answers.MINE, "0"
    )
    house.restore()
    return REASON in pages


def _seconds(house: House, role: str) -> bool:
    value = f"{house.numbers['reason']}:clot-risk"
    looked = row_of(FigureAnswer, "reason")
    return house.changes(
        lambda s: looked(s, house), lambda: house.press(role, answers.SECOND, value, over={})
    )


def _reasons(house: House, role: str) -> bool:
    return "Reason number 0." in house.press(role, answers.VARIED, "clot-risk")


def _listens(house: House, role: str) -> bool:
    """The coach's offer is over; everybody sends the form for a new one."""
    house.press("coach", talks.END, str(house.numbers["offer"]))
    looked = all_of(Offer)
    done = house.changes_now(
        lambda s: looked(s, house),
        lambda: house.send(role, form_of(talks.LISTEN), "", typed(talks.WORDS, "Over tea.")),
    )
    house.restore()
    assert done == (form_of(talks.LISTEN) in house.press(role, talks.LISTEN))
    return done


def _about_key(mark: str) -> Any:
    return lambda house: {"measure": house.marks[mark]}


def _of_measure(action: str, mark: str, looked: Any) -> Any:
    def opened(house: House, role: str) -> bool:
        return form_of(action) in house.press(role, action, f"{WEEK}:{house.marks[mark]}")

    return both(opened, submits(form_of(action), _about_key(mark), lambda _: {}, looked))


ROWS = (
    Row(
        "what she shared with the leaders of Ash Ward",
        ASH,
        (sharing.LOOK,),
        opens(sharing.LOOK, "shared", "figures"),
    ),
    Row(
        "what the deputy had shared there and took back",
        NOBODY,
        (sharing.LOOK,),
        opens(sharing.LOOK, "ended", "his figures"),
    ),
    Row("the preview of what she can share", HERS, (sharing.SHARE,), opens(sharing.SHARE, "week", "figures")),
    Row("sharing her digest", HERS, (form_of(sharing.SHARE),), _shares),
    Row("sharing with the leaders of a ward elsewhere", NOBODY, (form_of(sharing.SHARE),), _shares_elsewhere),
    Row("taking back what she shared", HERS, (sharing.WITHDRAW,), _takes_back),
    Row(
        "the figures of her peer group", PHYSICIANS, (peers.PEERS,), opens(peers.PEERS, "week", "a colleague")
    ),
    Row("the peer's name beside a figure", HERS, (peers.PEERS,), opens(peers.PEERS, "week", ROLES["peer"])),
    Row("agreeing to names in her group", PHYSICIANS, (peers.NAMES, form_of(peers.NAMES)), _agrees),
    Row(
        "taking her name back",
        HERS,
        (peers.WITHDRAW,),
        does_at_once(peers.WITHDRAW, "group", all_of(NameConsent, "subject")),
    ),
    Row(
        "the form to propose a goal to one's own group",
        PHYSICIANS,
        (goals.PROPOSE,),
        opens(goals.PROPOSE, "", form_of(goals.PROPOSE)),
    ),
    Row(
        "proposing a goal to her group",
        PHYSICIANS,
        (form_of(goals.PROPOSE),),
        submits(form_of(goals.PROPOSE), lambda _: "", _proposed, all_of(Goal)),
    ),
    Row("voting on a goal of her group", PHYSICIANS, tuple(goals.VOTES.values()), both(*map(_votes, Vote))),
    Row("how she voted", NOBODY, (goals.HISTORY,), _how_she_voted),
    Row(
        "adopting a goal of her group",
        frozenset({"leader above"}),
        (goals.ADOPT,),
        does_at_once(goals.ADOPT, "judged goal", row_of(Goal, "judged goal")),
    ),
    Row(
        "putting off a goal of her group",
        frozenset({"leader above"}),
        (goals.NOT_NOW, form_of(goals.NOT_NOW)),
        _decided(goals.NOT_NOW, "judged goal"),
    ),
    Row(
        "ending a goal of her group",
        frozenset({"leader above"}),
        (goals.END, form_of(goals.END)),
        _decided(goals.END, "adopted goal"),
    ),
    Row(
        "withdrawing the peer's goal",
        frozenset({"peer"}),
        (goals.WITHDRAW,),
        does_at_once(goals.WITHDRAW, "goal", row_of(Goal, "goal")),
    ),
    Row(
        "her request for a talk",
        frozenset({"coach"}),
        (),
        in_messages(f"{ROLES['subject']} would like to talk"),
    ),
    Row(
        "answering that request",
        frozenset({"coach"}),
        (talks.GLADLY, talks.NOT_NOW),
        both(
            does_at_once(talks.GLADLY, "talk", row_of(Talk, "talk")),
            does_at_once(talks.NOT_NOW, "talk", row_of(Talk, "talk")),
        ),
    ),
    Row(
        "taking that request back",
        HERS,
        (talks.TAKE_BACK,),
        does_at_once(talks.TAKE_BACK, "talk", row_of(Talk, "talk")),
    ),
    Row(
        "ending the coach's offer",
        frozenset({"coach"}),
        (talks.END,),
        does_at_once(talks.END, "offer", row_of(Offer, "offer")),
    ),
    Row("offering to listen", frozenset({"coach"}), (talks.LISTEN, form_of(talks.LISTEN)), _listens),
    Row(
        "asking the coach for a talk",
        KNOWN - {"subject", "coach"},
        (talks.TALK, form_of(talks.TALK)),
        both(
            opens(talks.TALK, "", form_of(talks.TALK)),
            submits(
                form_of(talks.TALK),
                lambda _: "",
                lambda h: picked(talks.WHO, h.numbers["offer"]),
                all_of(Talk),
            ),
        ),
    ),
    Row(
        "asking who has reached it, how",
        PHYSICIANS - {"deputy"},
        (talks.ASK, form_of(talks.ASK)),
        _of_measure(talks.ASK, "his key", all_of(Talk)),
    ),
    Row(
        "offering to tell how she reached it",
        frozenset({"subject", "peer"}),
        (talks.TELL, form_of(talks.TELL)),
        _of_measure(talks.TELL, "key", all_of(Offer)),
    ),
    Row(
        "what she said of her figures", frozenset({"subject", "analyst"}), (answers.LOOK, answers.MINE), _mine
    ),
    Row(
        "saying something of her figures",
        HERS,
        (form_of(answers.WARRANTED), form_of(answers.WRONG)),
        _about_her_measure,
    ),
    Row(
        "the figures about which she says it",
        HERS,
        (answers.WARRANTED, answers.WRONG),
        both(opens(answers.WARRANTED, "week", "450 of 539"), opens(answers.WRONG, "week", "450 of 539")),
    ),
    Row(
        "the form about any of one's own measures",
        CLINICIANS,
        (answers.OTHERS,),
        opens(answers.OTHERS, "week", form_of(answers.WRONG)),
    ),
    Row(
        "withdrawing what she said",
        HERS,
        (answers.WITHDRAW,),
        does_at_once(answers.WITHDRAW, "answer", row_of(FigureAnswer, "answer")),
    ),
    Row("why colleagues varied", PHYSICIANS, (answers.VARIED,), _reasons),
    Row("agreeing with a colleague's reason", PHYSICIANS, (answers.SECOND,), _seconds),
    Row(
        "the analyst's queue",
        frozenset({"analyst"}),
        (answers.QUEUE,),
        opens(answers.QUEUE, "0", "answer_look"),
    ),
    Row(
        "closing what she said",
        frozenset({"analyst"}),
        (form_of(answers.LOOK),),
        submits(
            form_of(answers.LOOK),
            lambda h: {"answer": h.numbers["answer"]},
            _verdict,
            row_of(FigureAnswer, "answer"),
        ),
    ),
)
