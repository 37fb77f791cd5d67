"""Answering, setting aside, closing, agreeing, taking back; what the figures are then. On both databases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from sqlmodel import select

from bot.answers import acts, gather, letters, names, queue, words
from bot.answers.rules import LEAST_REASONS
from bot.courier.desk import Cancel, Go
from bot.digests.facts import Compared
from bot.digests.measure_nouns import Room
from bot.digests.phrases import own_figures
from bot.digests.select import candidates
from bot.language.language import british
from bot.people.rights import erase_person
from storage import answer_rows
from storage.answers import FigureAnswer, SetAside
from storage.cases import CaseRow
from storage.digest_queries import data_version
from storage.digests import Look
from storage.engine import Database
from storage.measures import Observation
from storage.outbox import OutboxRow
from storage.people import Unit
from storage.terms import AnswerKind, AnswerState, Counts
from tests.bot.answers.ward import CODES, KEY, LAST, MONDAYS, NOW, WEEK, WHY, Ward

WEEK_47 = str(WEEK)


@pytest.fixture
def ward(database: Database) -> Ward:
    """Seven clinicians with figures, and an analyst for all of them."""
    made = Ward(database)
    made.analyst("YUSUF")
    return made


# -- what is set aside ----


def test_ones_own_figure_changes_at_once_and_the_groups_only_when_somebody_agrees(ward: Ward) -> None:
    before, plain = ward.group(), ward.view("ANN")
    assert plain.reported is None
    answer = ward.warrants("ANN")
    own = ward.view("ANN")
    assert own.reported is not None
    assert (own.reported.numerator, own.reported.denominator) == (732, 1200)
    assert (own.result.denominator, own.reported.set_aside) == (1100, 100)
    assert not own.reported.for_the_measure
    assert ward.group() == before
    assert ward.view("BEN").result.percentile == pytest.approx(ward.view("BEN").result.percentile)
    told = own_figures(own, Room(), british())
    assert told.startswith(
        "732 of your 1,200 patients eligible (61\u00a0%); without the 100 you set aside 61"
    )
    assert "(670 of 1,100, likely 58–64\u00a0%)" in told
    ward.closes(answer, agreed=True)
    agreed = ward.group()
    assert agreed != before
    assert ward.view("ANN").reported == own.reported
    # What was imported stays, for what earlier digests said of it.
    assert float(ward.figures().denominator[0].sum()) == 1200
    ward.done(acts.withdraw, "ANN", answer)
    assert ward.group() == before
    assert ward.view("ANN").reported is None
    assert ward.refused(acts.withdraw, "ANN", answer) == acts.ENDED


def test_an_analysts_no_leaves_the_group_as_it_is_and_ones_own_figure_beside(ward: Ward) -> None:
    before = ward.group()
    answer = ward.warrants("ANN", shown=True)
    with ward.database.write() as session:
        session.get_one(FigureAnswer, answer).seconded_by = ward.ids["BEN"]
    assert ward.group() != before
    ward.closes(answer, agreed=False)
    assert ward.group() == before
    assert ward.view("ANN").reported is not None


def test_every_change_makes_the_planner_compare_again(ward: Ward) -> None:
    marks = []

    def mark() -> None:
        with ward.database.read() as session:
            marks.append(data_version(session))

    mark()
    answer = ward.warrants("ANN")
    mark()
    ward.closes(answer, agreed=True)
    mark()
    ward.done(acts.withdraw, "ANN", answer)
    mark()
    assert len(set(marks)) == 4


def test_above_a_tenth_the_measure_is_looked_at_and_does_not_lead(ward: Ward) -> None:
    assert candidates([ward.view("ANN")])
    answer = ward.warrants("ANN", periods=2)
    own = ward.view("ANN")
    assert own.reported is not None
    assert own.reported.for_the_measure
    assert not candidates([own])
    item = ward.do(queue.look, "YUSUF", answer)
    assert item.for_the_measure
    assert "at the measure, not at the person" in str(words.item_form(item))
    note = ward.done(acts.warrant, "ANN", WEEK_47, KEY, [], WHY, shown=False)
    assert acts.NOBODY_JUDGED not in note


def test_when_all_is_set_aside_the_original_still_stands(ward: Ward) -> None:
    ward.warrants("ANN", periods=12)
    own = ward.view("ANN")
    assert (own.result.value, own.compared) == (None, Compared.NO_DATA)
    assert own_figures(own, Room(), british()).endswith("; you set all of it aside")


def test_an_import_with_other_counts_is_clipped_and_the_analyst_is_told(ward: Ward) -> None:
    answer = ward.warrants("ANN")
    assert not ward.do(queue.look, "YUSUF", answer).changed
    batch = ward.world.batch()
    ward.world.observe(ward.measure, "ANN", [(LAST, 10, 30)], batch=batch)
    own = ward.view("ANN")
    assert own.reported is not None
    assert (own.reported.denominator, own.result.denominator) == (1130, 1100)
    item = ward.do(queue.look, "YUSUF", answer)
    assert item.changed
    assert "An import has changed these counts since" in str(words.item_form(item))


def test_a_panels_latest_look_set_aside_leaves_the_one_before(database: Database) -> None:
    class Panel(Ward):
        def definition(self) -> dict[str, object]:
            return {"counts": Counts.PANEL}

    ward = Panel(database)
    ward.warrants("ANN")
    own = ward.view("ANN")
    assert own.reported is not None
    assert not own.reported.same_days
    assert own.last_day == LAST - timedelta(days=1)


def plant_cases(ward: Ward, refs: Mapping[date, str]) -> None:
    """Half a case of ANN's on each of these days; the first of them was not met."""
    with ward.database.write() as session:
        observed = session.exec(select(Observation).where(Observation.period_start == LAST)).first()
        assert observed is not None
        session.add_all(
            CaseRow(
                measure_id=ward.measure,
                clinician_id=observed.clinician_id,
                day=day,
                case_ref=ref,
                batch_id=1,
                met=number > 0,
                weight=0.5,
            )
            for number, (day, ref) in enumerate(refs.items())
        )


def test_single_cases_are_set_aside_once_within_the_period_that_counts_them(ward: Ward) -> None:
    plant_cases(ward, {LAST + timedelta(days=number): f"R{number}" for number in range(3)})
    values = [acts.case_value(LAST + timedelta(days=number), f"R{number}") for number in range(3)]
    kind = AnswerKind.NOT_MY_PATIENT
    note = ward.done(acts.set_aside_cases, "ANN", ward.measure, [values[0], values[1]], kind, WHY)
    assert acts.BOTH in note
    own = ward.view("ANN")
    assert (own.result.numerator, own.result.denominator) == (731.5, 1199)
    with ward.database.read() as session:
        aside = answer_rows.cases_aside(session, ward.ids["ANN"], ward.measure)
        assert {(start, ref): answer for (_, start, ref), answer in aside.items()} == {
            (LAST, "R0"): 1,
            (LAST, "R1"): 1,
        }
    again = ward.refused(acts.set_aside_cases, "ANN", ward.measure, [values[1]], kind, WHY)
    assert again == acts.NO_CASES
    # Somebody else's case is none of one's own.
    assert ward.refused(acts.set_aside_cases, "BEN", ward.measure, [values[2]], kind, WHY) == acts.NO_CASES
    ward.done(acts.withdraw, "ANN", 1)
    ward.done(acts.set_aside_cases, "ANN", ward.measure, [values[1]], kind, WHY)
    assert ward.view("ANN").result.denominator == 1199.5


def test_a_reference_that_comes_in_two_weeks_is_set_aside_in_one(ward: Ward) -> None:
    days = [LAST, LAST + timedelta(days=1), LAST - timedelta(days=7)]
    plant_cases(ward, dict.fromkeys(days, "R0"))
    kind = AnswerKind.NOT_MY_PATIENT
    earlier = [acts.case_value(days[2], "R0")]
    ward.done(acts.set_aside_cases, "ANN", ward.measure, earlier, kind, WHY)
    assert ward.view("ANN").result.denominator == 1199.5
    again = ward.refused(acts.set_aside_cases, "ANN", ward.measure, earlier, kind, WHY)
    assert again == acts.NO_CASES
    # Two days of one week are one case.
    ward.done(acts.set_aside_cases, "ANN", ward.measure, [acts.case_value(days[1], "R0")], kind, WHY)
    assert ward.view("ANN").result.denominator == 1198.5
    unknown = [acts.case_value(days[0] - timedelta(days=70), "R0"), "R0", ""]
    ward.refused(acts.set_aside_cases, "ANN", ward.measure, unknown, kind, WHY)


# -- words, and who may ----


@pytest.mark.parametrize("typed", ["", "  ", "a" * 601, "NHS 943 476 5919", "Ask Dr BEN"])
def test_words_that_cannot_be_kept_are_given_back(ward: Ward, typed: str) -> None:
    ward.refused(acts.warrant, "ANN", WEEK_47, "", [], typed, shown=True)
    ward.refused(acts.report, "ANN", WEEK_47, "", AnswerKind.DATA_WRONG, typed)
    assert ward.answers() == []
    answer = ward.warrants("ANN")
    ward.refused(queue.close, "YUSUF", answer, typed, agreed=True)
    assert ward.answers()[-1].state is AnswerState.OPEN


def test_a_period_of_somebody_else_or_of_another_time_is_not_set_aside(ward: Ward) -> None:
    foreign = [f"2:{LAST.isoformat()}", f"1:{(LAST + timedelta(weeks=1)).isoformat()}", "x"]
    ward.done(acts.warrant, "ANN", WEEK_47, "", foreign, WHY, shown=False)
    with ward.database.read() as session:
        assert session.exec(select(SetAside)).all() == []
    assert ward.refused(acts.warrant, "ANN", "2026-W01", "", [], WHY, shown=False) == acts.NOT_THERE
    assert ward.refused(acts.report, "ANN", WEEK_47, "nothing", AnswerKind.DATA_WRONG, WHY) == acts.NOT_THERE


def test_only_an_analyst_of_the_place_closes_and_never_their_own(ward: Ward) -> None:
    with ward.database.write() as session:
        session.add(Unit(name="Ward 9"))
    ward.analyst("ELSEWHERE", unit_id=2)
    ward.analyst("HERE", unit_id=1)
    ward.analyst("", known="ANN")
    answer = ward.warrants("ANN")
    for code in ("BEN", "ELSEWHERE", "ANN"):
        assert ward.do(queue.look, code, answer) is None
        assert ward.refused(queue.close, code, answer, "No", agreed=False) == queue.GONE
        found = ward.do(gather.waiting, code)
        assert found is None or found == ((), 0), code
    assert ward.refused(acts.withdraw, "BEN", answer) == acts.ENDED
    with ward.database.read() as session:
        assert session.exec(select(Look)).all() == []
        assert gather.readers(session, ward.ids["ANN"], NOW.date()) == ("Here", "Yusuf")
    assert ward.do(gather.waiting, "HERE")[1] == 1
    item = ward.do(queue.look, "HERE", answer)
    assert (item.who, item.words, len(item.lines)) == ("Dr ANN", WHY, 12)
    with ward.database.read() as session:
        (look,) = session.exec(select(Look)).all()
    assert (look.person_id, look.looker) == (ward.ids["ANN"], "Here (analyst)")
    ward.done(queue.close, "HERE", answer, "I see.", agreed=True)
    assert ward.refused(queue.close, "YUSUF", answer, "No", agreed=False) == queue.GONE


def test_the_queue_is_oldest_first_and_paged_and_names_nobody(ward: Ward) -> None:
    answers = []
    for code in CODES:
        answers.append(ward.warrants(code))
        ward.clock.set(ward.clock.now() + timedelta(hours=1))
    found, in_all = ward.do(gather.waiting, "YUSUF", offset=5, limit=5)
    assert ([one.answer_id for one in found], in_all) == (answers[5:], 7)
    home = ward.do(gather.at_home, "YUSUF")
    assert ([one.answer_id for one in home.waiting], home.mine) == (answers[:5], ())
    page = str(words.home_blocks(home)) + str(words.queue_page(*[found, 5, in_all]))
    assert not any(f"Dr {code}" in page for code in CODES)
    assert WHY not in page
    assert "7 wait for you" in page
    mine = ward.do(gather.at_home, "CAT")
    assert (mine.waiting, [one.words for one in mine.mine]) == (None, [WHY])


def test_the_outcome_is_told_unless_it_was_withdrawn(ward: Ward) -> None:
    answer = ward.warrants("ANN")
    ward.closes(answer, agreed=True, words="You <!channel> are right.")
    with ward.database.read() as session:
        row = session.exec(select(OutboxRow).where(OutboxRow.kind == names.OUTCOME)).one()
        assert row.recipient_id == ward.ids["ANN"]
        assert WHY not in str(row.payload)
        message = letters.renderers(ward.settings)[names.OUTCOME](session, row.payload)
        assert message is not None
        assert "Yusuf agrees" in str(message)
        assert "<!channel>" not in str(message)
        assert "Clot" not in message["text"]
        assert isinstance(letters.guards()[names.OUTCOME](session, row, row.guard or {}), Go)
    ward.done(acts.withdraw, "ANN", answer)
    with ward.database.read() as session:
        assert isinstance(letters.guards()[names.OUTCOME](session, row, row.guard or {}), Cancel)
        assert letters.renderers(ward.settings)[names.OUTCOME](session, row.payload) is None


def test_whoever_is_erased_takes_their_answers_along_and_their_name_off_others(ward: Ward) -> None:
    before = ward.group()
    mine, other = ward.warrants("ANN"), ward.warrants("BEN")
    ward.closes(mine, agreed=True)
    ward.closes(other, agreed=True)
    erase_person(ward.database, "yusuf@example.org", clock=ward.clock)
    erase_person(ward.database, "ann@example.org", clock=ward.clock)
    (left,) = ward.answers()
    assert (left.id, left.answered_by, left.reply) == (other, None, "I have looked at the plans.")
    ward.done(acts.withdraw, "BEN", other)
    assert ward.group() == before


# -- why colleagues varied ----


def reasons(ward: Ward, code: str) -> tuple[str, ...]:
    found = ward.do(lambda session, doing: gather.reasons_for(session, doing.actor, KEY, doing.today), code)
    return tuple(one.words for one in found)


def told_to(ward: Ward, code: str) -> frozenset[str]:
    with ward.database.read() as session:
        return gather.varied(session, NOW.date()).keys_for(ward.ids[code])


def test_reasons_are_told_without_names_once_five_others_have_given_theirs(ward: Ward) -> None:
    givers = CODES[:LEAST_REASONS]
    for number, code in enumerate(givers[:-1]):
        ward.warrants(code, words=f"Reason {9 - number}", shown=True)
    # The same person twice, and one who did not tick, are not a fifth.
    ward.warrants("ANN", words="Another one", shown=True)
    ward.warrants("FAY", words="For the analyst alone")
    assert reasons(ward, "GUS") == ()
    assert told_to(ward, "GUS") == frozenset()
    last = ward.warrants(givers[-1], words="Reason 1", shown=True)
    assert reasons(ward, "GUS") == ("Another one", "Reason 1", "Reason 6", "Reason 7", "Reason 8", "Reason 9")
    assert told_to(ward, "GUS") == {KEY}
    # Whoever gave one has four others.
    assert reasons(ward, "ANN") == ()
    page = str(
        words.varied_page(
            "Clot risk",
            KEY,
            ward.do(lambda session, doing: gather.reasons_for(session, doing.actor, KEY, doing.today), "GUS"),
        )
    )
    assert not any(f"Dr {code}" in page for code in CODES)
    ward.done(acts.withdraw, givers[-1], last)
    assert reasons(ward, "GUS") == ()


def test_another_group_reads_nothing(ward: Ward) -> None:
    for code in CODES[:6]:
        ward.warrants(code, words=f"Reason of {code.lower()}", shown=True)
    ward.ids["PIA"] = ward.world.person("PIA", "Palliative")
    assert reasons(ward, "PIA") == ()
    assert told_to(ward, "PIA") == frozenset()
    assert ward.refused(acts.second, "PIA", KEY, 1) == acts.NOT_SHOWN


def test_i_would_have_done_the_same_lets_it_count_for_the_group(ward: Ward) -> None:
    before = ward.group()
    first = ward.warrants("ANN", words="Reason 0", shown=True)
    assert ward.refused(acts.second, "GUS", KEY, first) == acts.NOT_SHOWN
    for code in CODES[1:6]:
        ward.done(acts.warrant, code, WEEK_47, "", [], f"Reason of {code.lower()}", shown=True)
    assert ward.group() == before
    assert ward.refused(acts.second, "ANN", KEY, first) == acts.NOT_SHOWN
    ward.done(acts.second, "GUS", KEY, first)
    agreed = ward.group()
    assert agreed != before
    ward.done(acts.second, "FAY", KEY, first)
    assert ward.answers()[0].seconded_by == ward.ids["GUS"]
    assert ward.do(queue.look, "YUSUF", first).seconded
    assert "Dr GUS" not in str(words.item_form(ward.do(queue.look, "YUSUF", first)))
    ward.done(acts.withdraw, "ANN", first)
    assert ward.group() == before


def test_forms_stay_within_slacks_limits(ward: Ward) -> None:
    with ward.database.read() as session:
        found = gather.window(session, ward.ids["ANN"], WEEK_47, "", ward.settings)
    assert found is not None
    form = words.warranted_form(found, ["Yusuf"], cases=True)
    boxes = [
        b["element"]["options"] for b in form["blocks"] if b.get("block_id", "").startswith(names.PERIODS)
    ]
    assert [len(one) for one in boxes] == [10, 2]
    assert all(len(option["text"]["text"]) <= 75 for group in boxes for option in group)
    assert boxes[0][0]["text"]["text"].endswith("60 of 100")
    assert "My cases" in str(form)
    assert found.first_day == MONDAYS[0]
