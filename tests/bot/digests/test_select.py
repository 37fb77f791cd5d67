"""Which message a clinician gets: what helps, what is new, and nothing twice."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.comparison.types import Signal
from bot.digests.facts import Compared, Correction, MeasureView, MessageType, PastDigest
from bot.digests.select import Choice, Quiet, candidates, choose, compares, through
from bot.digests.weeks import IsoWeek
from bot.digests.weights import DOMAIN_HELPS, HELPS, WEIGHTS
from storage.terms import Counts, Direction, Domain, Kind, Mode
from tests.bot.digests.made import WEEK, measure, view

GAIN, LOSS, GAP, NEAR = MessageType.GAIN, MessageType.LOSS, MessageType.GAP, MessageType.NEAR
TOP, STEADY, FIGURES = MessageType.TOP, MessageType.STEADY, MessageType.FIGURES


def told(
    kind: MessageType, key: str, weeks_ago: int, *views: MeasureView, last: date | None = None
) -> PastDigest:
    """A digest of some weeks ago that knew the views up to `last`, by default a week before their end."""
    known = {through(v.measure.key): last or v.last_day - timedelta(days=7) for v in views}
    week = IsoWeek.of(WEEK.monday - timedelta(weeks=weeks_ago))
    facts = {name: float(day.toordinal()) for name, day in known.items()}
    return PastDigest(str(week), key, kind, facts)


def chosen(views: list[MeasureView], *past: PastDigest, every_week: bool = False) -> Choice:
    choice = choose(views, past, week=WEEK, every_week=every_week)
    assert isinstance(choice, Choice), choice
    return choice


def type_of(a_view: MeasureView) -> MessageType:
    (candidate,) = candidates([a_view])
    return candidate.message_type


@pytest.mark.parametrize("says", [TOP, GAIN, LOSS, GAP, NEAR, STEADY])
@pytest.mark.parametrize("direction", [Direction.HIGHER, Direction.LOWER])
def test_each_type_is_found_whichever_way_is_better(says: MessageType, direction: Direction) -> None:
    kind = Kind.PROPORTION if direction is Direction.HIGHER else Kind.RATE
    assert type_of(view(kind, says, direction=direction)) is says


def test_a_gap_must_have_been_there_in_the_window_before() -> None:
    assert type_of(view(says=GAP, result={"previous_signal": Signal.WITHIN})) is STEADY
    assert type_of(view(says=GAP, result={"previous_signal": Signal.HIGHER})) is STEADY


def test_outside_the_limits_on_the_good_side_is_no_gap() -> None:
    assert type_of(view(result={"signal": Signal.HIGHER, "previous_signal": Signal.HIGHER})) is STEADY


# Median 90 %, benchmark 96 %: a quarter of the way is 1.5 points.
@pytest.mark.parametrize(
    ("value", "says"), [(0.9449, STEADY), (0.9451, NEAR), (0.96, NEAR), (0.97, NEAR), (0.9, STEADY)]
)
def test_near_is_within_the_last_quarter_of_the_way_to_the_benchmark(value: float, says: MessageType) -> None:
    assert type_of(view(result={"value": value})) is says


@pytest.mark.parametrize("says", [TOP, GAIN, LOSS, GAP, NEAR])
def test_a_neutral_measure_has_no_good_or_bad_news(says: MessageType) -> None:
    made = view(says=says)
    neutral = replace(made, measure=measure(direction=Direction.NEUTRAL))
    assert type_of(neutral) is STEADY


@pytest.mark.parametrize("says", [TOP, GAP, NEAR])
def test_an_unadjusted_outcome_never_leads_with_a_comparison(says: MessageType) -> None:
    outcome = view(says=says, domain=Domain.OUTCOME)
    assert type_of(outcome) is STEADY
    assert not compares(outcome)
    assert type_of(view(says=says, domain=Domain.OUTCOME, adjusted_for="age")) is says


def test_an_unadjusted_outcome_may_have_moved_against_its_own_past() -> None:
    assert type_of(view(says=GAIN, domain=Domain.OUTCOME)) is GAIN


@pytest.mark.parametrize("mode", [Mode.CONSTRAINED, Mode.UNCONSTRAINED])
def test_care_told_by_cases_gives_no_candidate(mode: Mode) -> None:
    assert candidates([view(says=TOP, mode=mode, compared=Compared.OTHER_MODE)]) == ()
    assert candidates([view(says=TOP, mode=mode)]) == ()


def test_a_measure_past_its_review_never_leads() -> None:
    old, current = view(says=GAIN, past_review=True), view(Kind.RATE, STEADY)
    assert chosen([old, current]).view is current
    quiet = choose([old], [], week=WEEK)
    assert isinstance(quiet, Quiet)
    assert "review" in quiet.reason


def test_a_measure_in_two_groups_says_one_thing() -> None:
    found = candidates([replace(view(says=LOSS), group="A"), replace(view(says=TOP), group="B")])
    assert [c.message_type for c in found] == [TOP]


def test_approach_and_gain_come_before_loss() -> None:
    views = [
        view(says=LOSS, key="a"),
        view(says=GAP, key="b"),
        view(says=TOP, key="c"),
        view(says=GAIN, key="d"),
        view(says=NEAR, key="e"),
    ]
    order = []
    while views:
        best = chosen(views)
        order.append(best.message_type)
        views.remove(next(v for v in views if v is best.view))
    assert order == [NEAR, GAIN, TOP, GAP, LOSS]


def test_process_comes_before_an_adjusted_outcome() -> None:
    outcome = view(says=GAIN, key="a", domain=Domain.OUTCOME, adjusted_for="age")
    process = view(says=GAIN, key="b")
    assert chosen([outcome, process]).view is process


def test_ties_break_by_measure_id() -> None:
    assert chosen([view(says=GAIN, key="b"), view(says=GAIN, key="a")]).view.measure.key == "a"


def test_the_first_digest_is_sent_even_where_nothing_stands_out() -> None:
    assert chosen([view()]).message_type is STEADY


def test_without_new_periods_the_week_is_quiet() -> None:
    gain = view(says=GAIN)
    quiet = choose([gain], [told(TOP, "other", 1, gain, last=gain.last_day)], week=WEEK)
    assert quiet == Quiet("There are no new figures since your last digest.")


def test_new_periods_without_anything_to_tell_are_quiet_unless_every_week_was_asked_for() -> None:
    steady = view()
    past = told(STEADY, "clot-risk", 1, steady)
    assert choose([steady], [past], week=WEEK) == Quiet("Nothing is new since your last digest.")
    assert chosen([steady], past, every_week=True).message_type is STEADY


def test_the_same_message_is_not_news_for_two_months() -> None:
    gain = view(says=GAIN)
    for weeks_ago in (1, 4, 7):
        assert isinstance(choose([gain], [told(GAIN, "clot-risk", weeks_ago, gain)], week=WEEK), Quiet)
    assert chosen([gain], told(GAIN, "clot-risk", 8, gain)).message_type is GAIN


def test_another_message_of_the_same_measure_is_news() -> None:
    top = view(says=TOP)
    assert chosen([top], told(NEAR, "clot-risk", 1, top)).message_type is TOP


def test_what_led_last_week_steps_back() -> None:
    views = [view(says=TOP, key="a"), view(says=GAIN, key="b"), view(says=GAIN, key="c")]
    assert chosen(views).view.measure.key == "b"
    assert chosen(views, told(GAIN, "b", 1, *views)).message_type is TOP


def test_hard_news_does_not_come_two_weeks_running() -> None:
    loss = view(says=LOSS, key="b")
    assert isinstance(choose([loss], [told(GAP, "a", 1, loss)], week=WEEK), Quiet)
    assert chosen([loss], told(GAP, "a", 2, loss)).message_type is LOSS


def test_over_twelve_weeks_neither_a_measure_nor_a_type_repeats_itself_in_a_row() -> None:
    kinds = [TOP, GAIN, NEAR, GAP, LOSS, STEADY]
    history: list[PastDigest] = []
    for number in range(12):
        week = IsoWeek.of(WEEK.monday + timedelta(weeks=number))
        views = [view(says=k, key=f"{k}-{i}", last=week.sunday) for k in kinds for i in range(3)]
        choice = choose(views, history, week=week)
        if isinstance(choice, Choice):
            facts = {through(v.measure.key): float(v.last_day.toordinal()) for v in views}
            history.append(PastDigest(str(week), choice.view.measure.key, choice.message_type, facts))
    assert len(history) >= 11
    measures = [p.measure for p in history]
    assert len(set(measures)) >= 11
    assert all(a != b for a, b in pairwise(measures))
    kinds_told = [p.message_type for p in history]
    assert all(a is not b for a, b in pairwise(kinds_told))
    assert {TOP, GAIN, NEAR, GAP, LOSS} == set(kinds_told)


def test_digests_of_this_week_or_later_and_without_a_measure_are_not_the_past() -> None:
    gain = view(says=GAIN)
    later = [told(GAIN, "clot-risk", 0, gain), told(GAIN, "clot-risk", -1, gain)]
    empty = PastDigest("2025-W20", None, None)
    assert chosen([gain], *later, empty).message_type is GAIN


def test_a_correction_is_told_even_in_a_week_without_news() -> None:
    steady = view()
    correction = Correction("2025-W28", steady.measure, (41.0, 50.0), (40.0, 50.0))
    past = [told(STEADY, "clot-risk", 1, steady, last=steady.last_day)]
    choice = choose([steady], past, week=WEEK, corrections=[correction])
    assert isinstance(choice, Choice)
    assert choice.corrections == (correction,)


@pytest.mark.parametrize(
    "compared",
    [Compared.TOO_FEW_PEERS, Compared.TOO_FEW_CASES, Compared.HALF_WINDOW, Compared.NO_GROUP],
)
def test_who_cannot_be_compared_still_gets_their_own_figures(compared: Compared) -> None:
    assert chosen([view(says=TOP, compared=compared)]).message_type is FIGURES


def test_own_figures_come_about_once_a_month() -> None:
    mine = view(compared=Compared.HALF_WINDOW)
    for weeks_ago, quiet in ((1, True), (3, True), (4, False)):
        found = choose([mine], [told(FIGURES, "clot-risk", weeks_ago, mine)], week=WEEK)
        assert isinstance(found, Quiet) is quiet


def test_care_told_by_cases_leads_only_where_there_is_nothing_else() -> None:
    cases = view(Kind.RATE, mode=Mode.CONSTRAINED, compared=Compared.OTHER_MODE)
    assert chosen([cases]).message_type is MessageType.CASES
    assert chosen([cases, view(compared=Compared.TOO_FEW_CASES)]).view.measure.key == "clot-risk"
    stories = view(mode=Mode.UNCONSTRAINED, compared=Compared.OTHER_MODE)
    assert isinstance(choose([stories], [], week=WEEK), Quiet)


def test_without_any_figures_there_is_no_digest() -> None:
    nothing = view(compared=Compared.NO_DATA, result={"value": None})
    assert choose([], [], week=WEEK) == Quiet("There are no figures for you yet.")
    assert choose([nothing], [], week=WEEK, every_week=True) == Quiet("There are no figures for you yet.")


def test_the_reason_says_how_many_measures_were_looked_at() -> None:
    why = chosen([view(says=GAIN), view(Kind.RATE)]).why
    assert why.startswith(
        "2 measures were looked at. This one leads because compared with your colleagues, your figure has "
        "moved the right way"
    )


def test_the_same_message_does_not_come_twice_running_while_there_is_another() -> None:
    views = [view(says=TOP, key="a"), view(key="b")]
    again = told(TOP, "a", 8, *views)
    assert (chosen(views, again).view.measure.key, chosen(views, again).message_type) == ("b", STEADY)
    asked_for = told(TOP, "a", 1, *views)
    assert chosen(views, asked_for, every_week=True).view.measure.key == "b"
    assert chosen(views[:1], again).message_type is TOP


def test_two_quiet_months_end_with_a_steady_figure_where_there_are_new_ones() -> None:
    views = [view(key="a"), view(key="b")]
    assert isinstance(choose(views, [told(STEADY, "a", 7, *views)], week=WEEK), Quiet)
    assert chosen(views, told(STEADY, "a", 8, *views)).view.measure.key == "b"
    nothing_new = told(STEADY, "a", 8, *views, last=views[0].last_day)
    assert isinstance(choose(views, [nothing_new], week=WEEK), Quiet)


@pytest.mark.parametrize("says", [TOP, NEAR])
@pytest.mark.parametrize(("before", "found"), [(0.95, True), (0.89, False), (None, False)])
def test_one_look_at_a_panel_is_no_good_news_yet(
    says: MessageType, before: float | None, found: bool
) -> None:
    made = view(says=says, counts=Counts.PANEL, result={"previous_value": before})
    assert type_of(made) is (says if found else STEADY)


def test_what_tires_is_forgotten_after_twelve_digests() -> None:
    views = [view(says=GAIN, key="a"), view(says=GAIN, key="b")]
    past = [told(GAIN, "a", 30, *views)]
    past += [told(NEAR, f"other-{n}", 29 - n, *views) for n in range(12)]
    assert chosen(views, *past).view.measure.key == "a"
    assert chosen(views, *past[:12]).view.measure.key == "b"


@pytest.mark.parametrize(
    ("first", "second", "past", "because"),
    [
        ((NEAR, {}), (GAP, {}), (), "what helps comes first"),
        ((NEAR, {}), (GAIN, {}), (), "it is nearer at hand"),
        ((GAIN, {}), (TOP, {}), (), "this is the rarer news"),
        (
            (TOP, {}),
            (TOP, {"domain": Domain.OUTCOME, "adjusted_for": "age"}),
            (),
            "it is more in your own hands",
        ),
        ((TOP, {}), (GAP, {}), ((LOSS, "x", 1),), "such news does not come twice running"),
        ((TOP, {}), (GAIN, {}), ((GAIN, "b", 3),), "that was told in the last two months"),
        ((TOP, {}), (NEAR, {}), ((GAIN, "b", 3),), "that one has led lately"),
        ((TOP, {}), (GAIN, {}), ((GAIN, "x", 1),), "the last digests said much the same"),
    ],
)
def test_why_this_one_names_what_it_stands_before(
    first: tuple[MessageType, dict[str, Any]],
    second: tuple[MessageType, dict[str, Any]],
    past: tuple[tuple[MessageType, str, int], ...],
    because: str,
) -> None:
    views = [
        view(says=first[0], key="a", **first[1]),
        view(Kind.RATE, second[0], **{"key": "b", "title": "Second thing", **second[1]}),
    ]
    best = chosen(views, *(told(kind, key, ago, *views) for kind, key, ago in past))
    assert best.view is views[0]
    assert "; it stands before “Second thing” because" in best.why
    assert because in best.why
    assert best.why.count(".") == 2


def test_nothing_is_said_of_others_where_only_the_names_order_decides() -> None:
    assert "stands before" not in chosen([view(says=GAIN, key="b"), view(says=GAIN, key="a")]).why
    assert "stands before" not in chosen([view(says=GAIN, key="b"), view(key="a")]).why


def test_every_weight_has_a_source_and_every_type_and_domain_a_weight() -> None:
    assert all(one.does and one.source for one in WEIGHTS.values())
    assert set(HELPS) == set(MessageType)
    assert set(DOMAIN_HELPS) == set(Domain)
    assert HELPS[NEAR] > HELPS[GAIN] > HELPS[TOP] > HELPS[GAP] > HELPS[LOSS] > HELPS[STEADY]


TYPES = [TOP, GAIN, LOSS, GAP, NEAR, STEADY]
VIEWS = st.lists(
    st.builds(
        lambda says, direction, domain, mode, compared, past_review, key: view(
            says=says,
            direction=direction,
            domain=domain,
            mode=mode,
            compared=compared,
            past_review=past_review,
            key=key,
        ),
        st.sampled_from(TYPES),
        st.sampled_from(Direction),
        st.sampled_from(Domain),
        st.sampled_from(Mode),
        st.sampled_from(Compared),
        st.booleans(),
        st.sampled_from("abcdefgh"),
    ),
    max_size=6,
    unique_by=lambda v: v.measure.key,
)
PAST = st.lists(
    st.builds(
        lambda key, kind, ago: told(kind, key, ago),
        st.sampled_from("abcdefgh"),
        st.sampled_from(TYPES),
        st.integers(-1, 15),
    ),
    max_size=8,
    unique_by=lambda p: p.week,
)


@given(VIEWS, PAST, st.booleans(), st.integers())
def test_the_choice_does_not_depend_on_the_order_of_its_input(
    views: list[MeasureView], past: list[PastDigest], every_week: bool, seed: int
) -> None:
    shuffled, shuffled_past = list(views), list(past)
    random.Random(seed).shuffle(shuffled)
    random.Random(seed).shuffle(shuffled_past)
    one = choose(views, past, week=WEEK, every_week=every_week)
    two = choose(shuffled, shuffled_past, week=WEEK, every_week=every_week)
    if isinstance(one, Quiet):
        assert one == two
    else:
        assert isinstance(two, Choice)
        assert (one.view, one.message_type, one.why, one.score) == (
            two.view,
            two.message_type,
            two.why,
            two.score,
        )


@given(VIEWS, PAST, st.booleans())
def test_no_choice_breaks_the_rules(
    views: list[MeasureView], past: list[PastDigest], every_week: bool
) -> None:
    choice = choose(views, past, week=WEEK, every_week=every_week)
    if isinstance(choice, Quiet):
        assert choice.reason.endswith(".")
        return
    led = choice.view
    assert not led.past_review
    assert led.measure.mode is not Mode.UNCONSTRAINED
    if led.measure.direction is Direction.NEUTRAL or led.measure.mode is not Mode.REPETITIVE:
        assert choice.message_type in (STEADY, FIGURES, MessageType.CASES)
    if choice.message_type in (TOP, GAP, NEAR):
        assert compares(led)
