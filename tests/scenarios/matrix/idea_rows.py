"""Ideas: hers, others', one without a name, one for somebody above; and all that can be done to one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlmodel import Session, select

from bot.ideas import names as ideas
from bot.ideas.names import form_of
from bot.ideas.words.replies import block_of
from bot.leading import names as leading
from storage.ideas import Idea, IdeaEvent, IdeaSupport
from storage.leading import IdeaSnooze, NotMine
from storage.terms import IdeaEventKind as Event
from tests.scenarios.matrix.house import ASH, EVERYBODY, HERS, KNOWN, NOBODY, ROLES, House
from tests.scenarios.matrix.planted import NAMED, NAMELESS, TYPED, UPWARDS
from tests.scenarios.matrix.table import Row, Tried, all_of, both, opens, picked, submits, typed

DOERS = ASH | {"colleague"}
Values = Any


def _history(number: str) -> Any:
    """All that is kept of an idea."""

    def looked(session: Session, house: House) -> Any:
        at = house.numbers[number]
        lines = session.exec(select(IdeaEvent).where(IdeaEvent.idea_id == at)).all()
        return session.get_one(Idea, at).model_dump(), len(lines)

    return looked


def _held(number: str, line: str = "") -> Any:
    def metadata(house: House) -> Any:
        with house.session() as session:
            version = session.get_one(Idea, house.numbers[number]).version
        return {"idea": house.numbers[number], "version": version, "seq": house.numbers.get(line, 0)}

    return metadata


def _form(button: str, number: str, values: Values, *, line: str = "", looked: Any = None) -> Tried:
    """The button opens its form for whom the form is kept from when they send it, and nobody else."""

    def tried(house: House, role: str) -> bool:
        value = f"{house.numbers[number]}:{house.numbers.get(line, 0)}"
        opened = form_of(button) in house.press(role, button, value)
        filled = values(house) if callable(values) else values
        sent = submits(form_of(button), _held(number, line), lambda _: filled, looked or _history(number))
        assert opened == sent(house, role), (button, role, opened)
        return opened

    return tried


def _words(text: str = "A sentence of my own.") -> dict[str, Any]:
    return typed(ideas.WORDS, text)


def _no(_house: House) -> dict[str, Any]:
    kind = Event.DECLINED
    block = block_of(ideas.MORE_WORDS, kind)
    return {
        **picked(ideas.CHOICE, kind.value),
        **_words(),
        block: {block: {"value": "It is a long way."}, ideas.MORE_WORDS: {"value": "It is a long way."}},
    }


def _studied(_house: House) -> dict[str, Any]:
    return {**picked(ideas.CHOICE, "test_adopted"), **_words(), **typed(ideas.MORE_WORDS, "Nine of ten.")}


def _in_place(house: House) -> dict[str, Any]:
    day = (house.story.today - timedelta(days=1)).isoformat()
    return {**_words(), **typed(ideas.MORE_WORDS, "See the hook."), **typed(ideas.ON, day, "selected_date")}


def _unit(name: str) -> Any:
    return lambda house: picked(ideas.UNIT, house.unit(name))


def _whom(house: House) -> dict[str, Any]:
    return typed(ideas.WHOM, house.user("peer"), "selected_user")


def _nameless(house: House) -> str:
    with house.session() as session:
        return str(session.exec(select(Idea.id).where(Idea.text == NAMELESS)).one())


def _without_a_name(text: str) -> Tried:
    return lambda house, role: text in house.press(role, ideas.MORE, _nameless(house))


def _found(text: str) -> Tried:
    """In the lists, and by `/ideas` with words of it."""

    def tried(house: House, role: str) -> bool:
        words = "all:" + " ".join(text.split()[-3:]).rstrip(".")
        said = house.command(role, "/ideas", words.partition(":")[2])
        pages = house.press(role, ideas.LIST, words) + house.press(role, f"{ideas.LIST_PAGE}-1", f"{words}:0")
        found = [text.rstrip(".") in one for one in (said, pages)]
        assert found[0] == found[1], (role, found)
        return found[0]

    return tried


def _hands_in(form: str) -> Tried:
    def tried(house: House, role: str) -> bool:
        with house.session() as session:
            known = house.known(session, role)
        unit = house.unit("Ash Ward")
        text = "A quieter door for the linen room."
        values = {**typed(ideas.TEXT, text), **picked(ideas.UNIT, unit), **picked(ideas.NAMED, "named")}

        def looked(session: Session) -> Any:
            return [one.submitter_id for one in session.exec(select(Idea).where(Idea.text == text))]

        before: list[Any] = []
        house.send(role, form, "{}", values)
        with house.session() as session:
            before = looked(session)
        house.restore()
        assert before in ([], [known]), (role, before)
        return bool(before)

    return tried


def _opens_form(house: House, role: str) -> bool:
    pages = [
        house.press(role, ideas.NEW),
        house.shortcut(role, ideas.GLOBAL_SHORTCUT),
        house.command(role, "/idea", "Words of mine"),
        house.press(role, ideas.UNFOLD, over={"callback_id": ideas.FORM, "private_metadata": "{}"}),
        house.press(role, ideas.UNIT, over={"callback_id": ideas.FORM, "private_metadata": "{}"}),
    ]
    opened = {ideas.TEXT in page for page in pages}
    assert len(opened) == 1
    return opened == {True}


def _supports(button: str) -> Tried:
    def tried(house: House, role: str) -> bool:
        number = str(house.numbers["new"])
        looked = all_of(IdeaSupport)
        return house.changes(
            lambda s: looked(s, house),
            lambda: house.press(role, button, number, over={"private_metadata": "{}"}),
        )

    return tried


def _her_words(house: House, role: str) -> bool:
    """Somebody says yes for her: the page holds what she wrote only if she is the one."""
    place, ts = house.marks["channel"], house.marks["reply"]
    value = f"{place}:{ts}:{house.user('peer')}:{house.marks['posted']}"
    page = house.press(role, ideas.YES_MAKE, value)
    house.restore()
    return TYPED in page


def _made_of_hers(house: House, role: str) -> bool:
    """The shortcut on her message: the form with her words opens for her alone, and others have her asked."""
    message = {"user": house.user("subject"), "text": TYPED, "ts": house.marks["reply"]}
    page = house.shortcut(role, ideas.MESSAGE_SHORTCUT, message, house.marks["channel"])
    house.restore()
    return TYPED in page


def _says_no_for_her(house: House, role: str) -> bool:
    """A no in her name takes nothing from her: nothing is kept of it but a word to whoever asked."""
    place, ts = house.marks["channel"], house.marks["reply"]
    value = f"{place}:{ts}:{house.user('peer')}:{house.marks['posted']}"
    looked = all_of(Idea)
    changed = house.changes(lambda s: looked(s, house), lambda: house.press(role, ideas.NO_MAKE, value))
    return changed


def _effect(house: House, role: str) -> bool:
    number = str(house.numbers["confirmed"])
    came = house.delivered("effects", lambda one: house.press(one, ideas.CHART, number))[role]
    return bool(came)


def _choices(house: House, role: str) -> bool:
    view = {
        "callback_id": form_of(ideas.DECIDE),
        "private_metadata": f'{{"idea": {house.numbers["upwards"]}}}',
        "state": {"values": picked(ideas.CHOICE, Event.DECLINED.value)},
    }
    return UPWARDS.rstrip(".") in house.press(role, ideas.CHOICE, over=view)


def _snoozes(house: House, role: str) -> bool:
    chosen = {"value": f"{house.numbers['new']}:3"}
    looked = all_of(IdeaSnooze)
    return house.changes(
        lambda s: looked(s, house), lambda: house.press(role, leading.SNOOZE, selected_option=chosen)
    )


def _leads(
    what: str, button: str, number: str, values: Values, expected: frozenset[str] = ASH, **more: Any
) -> Row:
    return Row(
        f"her idea: {what}", expected, (button, form_of(button)), _form(button, number, values, **more)
    )


ROWS = (
    Row("an idea with a name", EVERYBODY, (ideas.MORE,), opens(ideas.MORE, "named", NAMED.rstrip("."))),
    Row("an idea without a name", EVERYBODY, (ideas.MORE,), _without_a_name(NAMELESS.rstrip("."))),
    Row("who handed that in", NOBODY, (ideas.MORE,), _without_a_name(ROLES["silent peer"])),
    Row(
        "her idea for somebody above",
        HERS | {"leader above"},
        (ideas.MORE,),
        opens(ideas.MORE, "upwards", UPWARDS.rstrip(".")),
    ),
    Row(
        "that idea in lists",
        HERS | {"leader above"},
        ("/ideas", ideas.LIST, ideas.LIST_PAGE),
        _found(UPWARDS),
    ),
    Row("the choices of a decision on that idea", HERS | {"leader above"}, (ideas.CHOICE,), _choices),
    Row("an idea in lists", EVERYBODY, ("/ideas", ideas.LIST, ideas.LIST_PAGE), _found(NAMED)),
    Row(
        "the form for an idea of one's own",
        EVERYBODY,
        ("/idea", ideas.NEW, ideas.GLOBAL_SHORTCUT, ideas.UNFOLD, ideas.UNIT),
        _opens_form,
    ),
    Row(
        "handing in with one's name",
        KNOWN,
        (ideas.FORM, ideas.CONCERN),
        both(_hands_in(ideas.FORM), _hands_in(ideas.CONCERN)),
    ),
    Row(
        "supporting her idea",
        KNOWN - HERS,
        (ideas.ME_TOO, ideas.FORM_ME_TOO),
        both(_supports(ideas.ME_TOO), _supports(ideas.FORM_ME_TOO)),
    ),
    Row(
        "her words in a thread, to make an idea of",
        HERS,
        (ideas.YES_MAKE, ideas.MESSAGE_SHORTCUT),
        both(_her_words, _made_of_hers),
    ),
    Row("taking an idea from her by a no", NOBODY, (ideas.NO_MAKE,), _says_no_for_her),
    Row("what an idea in place has done to a measure", KNOWN, (ideas.CHART,), _effect),
    _leads("acknowledging it", ideas.ACKNOWLEDGE, "new", _words()),
    _leads("deciding on it", ideas.DECIDE, "new", _no),
    _leads("asking about it", ideas.ASK, "new", _words("Which hook?")),
    _leads("assigning it", ideas.ASSIGN, "new", _whom),
    _leads(
        "joining it with another",
        ideas.MERGE,
        "new",
        lambda h: typed(ideas.WHICH_OTHER, str(h.numbers["named"])),
    ),
    _leads("moving it", ideas.MOVE, "new", _unit("Beech Ward")),
    _leads("opening it again", ideas.REOPEN, "put off", _words()),
    _leads("saying that it is not one's own", leading.NOT_MINE, "new", {}, looked=all_of(NotMine)),
    Row("her idea: putting it aside for three days", ASH, (leading.SNOOZE,), _snoozes),
    _leads("approving it", ideas.APPROVE, "care", _words(), frozenset({"approver"}), line="line of care"),
    _leads(
        "sending it back", ideas.SEND_BACK, "care", _words(), frozenset({"approver"}), line="line of care"
    ),
    _leads("a note on it", ideas.NOTE, "accepted", _words(), DOERS),
    _leads("ending its test", ideas.STUDY, "testing", _studied, DOERS),
    _leads("putting it in place", ideas.IMPLEMENT, "accepted", _in_place, DOERS),
    _leads("answering a question about it", ideas.ANSWER, "asked", _words(), HERS, line="line of asked"),
    _leads("adding to it", ideas.ADD_DETAIL, "new", _words(), HERS),
    _leads("withdrawing it", ideas.WITHDRAW, "new", _words(), HERS),
    _leads("confirming it", ideas.VERIFY, "in place", {}, HERS),
    _leads("saying what is missing", ideas.DISPUTE, "in place", _words(), HERS),
    _leads("taking patient details out", ideas.REMOVE, "accepted", {}, DOERS | HERS | {"administrator"}),
    Row(
        "the form to adopt her idea elsewhere",
        KNOWN - HERS - ASH - {"colleague"},
        (ideas.ADOPT,),
        opens(ideas.ADOPT, "confirmed", form_of(ideas.ADOPT)),
    ),
    Row(
        "adopting it for Beech Ward",
        frozenset({"peer", "silent peer", "other leader"}),
        (form_of(ideas.ADOPT),),
        submits(form_of(ideas.ADOPT), _held("confirmed"), _unit("Beech Ward"), _history("confirmed")),
    ),
)
