"""The words of a digest, held to EVIDENCE (D numbers) and to Slack's limits.

Golden files stand in `golden/`, one a message type and kind. After a wanted change of words write them anew
with `ROUNDS_GOLDEN=write pytest tests/bot/digests/test_write.py`, read the difference aloud, and commit it.
"""

from __future__ import annotations

import json
import os
import re
import string
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.comparison.types import Benchmark
from bot.digests import changes
from bot.digests import templates as wording
from bot.digests.blame import blame_words
from bot.digests.counted_page import counted_view
from bot.digests.facts import PICTURE, Compared, Correction, MeasureView, MessageType
from bot.digests.pages import more_view, who_view, why_view
from bot.digests.reach import is_there
from bot.digests.select import Choice, candidates, choose
from bot.digests.weeks import IsoWeek
from bot.digests.wording import MOST_WORDS
from bot.digests.write import Message, WritingContext, again, compose, welcome
from storage.terms import Counts, Direction, Domain, Kind, Mode, PeriodLength
from tests.bot.digests.made import WEEK, view
from tests.reading import texts

GOLDEN = Path(__file__).parent / "golden"
TYPES = MessageType
CONTEXT = WritingContext(WEEK, "d_8Kx2", "A strip of dots with yours among them.")


def choice_of(*views: MeasureView, corrections: tuple[Correction, ...] = ()) -> Choice:
    choice = choose(views, [], week=WEEK, corrections=corrections)
    assert isinstance(choice, Choice), choice
    return choice


def composed(*views: MeasureView, week: IsoWeek = WEEK) -> Message:
    return compose(choice_of(*views), replace(CONTEXT, week=week))


def body(message: Message) -> str:
    """From the headline to the question: the sections."""
    return "\n".join(b["text"]["text"] for b in message.blocks if b["type"] == "section")


PROPORTION, RATE, MEAN, RATIO = Kind.PROPORTION, Kind.RATE, Kind.MEAN, Kind.RATIO
PANEL: dict[str, Any] = {
    "key": "blood-pressure",
    "title": "Blood pressure in range",
    "why": "Controlled blood pressure prevents strokes.",
    "numerator": "patients with blood pressure in range",
    "denominator": "patients",
    "action": "Repeat a high reading before the patient leaves.",
    "counts": Counts.PANEL,
    "result": {"numerator": 618.0, "denominator": 902.0, "value": 618 / 902, "interval": (0.654, 0.715)},
}
CASES: dict[str, list[MeasureView]] = {
    f"{says}-{kind}": [view(kind, says)]
    for kind, types in (
        (PROPORTION, [TYPES.TOP, TYPES.GAIN, TYPES.LOSS, TYPES.GAP, TYPES.NEAR, TYPES.STEADY]),
        (RATE, [TYPES.TOP, TYPES.GAIN, TYPES.LOSS, TYPES.GAP, TYPES.NEAR, TYPES.STEADY]),
        (MEAN, [TYPES.GAIN, TYPES.LOSS, TYPES.STEADY]),
        (RATIO, [TYPES.GAIN, TYPES.LOSS, TYPES.GAP, TYPES.STEADY]),
    )
    for says in types
} | {
    **{f"figures-{kind}": [view(kind, compared=Compared.TOO_FEW_CASES)] for kind in Kind},
    "figures-group-of-three": [view(compared=Compared.TOO_FEW_PEERS)],
    "figures-new-starter": [view(compared=Compared.HALF_WINDOW)],
    "steady-neutral": [view(direction=Direction.NEUTRAL)],
    "steady-short-series": [view(length=12)],
    "gain-outcome-unadjusted": [view(says=TYPES.GAIN, domain=Domain.OUTCOME)],
    "gap-panel": [
        view(
            says=TYPES.GAP,
            **{**PANEL, "comparison": {"median": 0.72}},
        )
    ],
    "top-month-lower": [
        view(
            says=TYPES.TOP,
            direction=Direction.LOWER,
            period=PeriodLength.MONTH,
            key="broad-spectrum",
            title="Antibiotics that were broad-spectrum",
            why="Narrower antibiotics protect patients from resistance.",
            numerator="broad-spectrum antibiotic courses",
            denominator="All antibiotic courses",
            action="Open the local guideline first for one common infection.",
            result={"numerator": 8.0, "denominator": 160.0, "value": 0.05, "interval": (0.026, 0.096)},
            comparison={"median": 0.1, "benchmark": Benchmark(0.06, ("a", "b", "me"), 820)},
        )
    ],
}


def as_json(message: Message) -> str:
    held = {"text": message.text, "blocks": message.blocks, "facts": message.facts}
    return json.dumps(held, indent=2, ensure_ascii=False) + "\n"


def check_golden(name: str, text: str) -> None:
    path = GOLDEN / f"{name}.json"
    if os.environ.get("ROUNDS_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text.encode() == path.read_bytes()


@pytest.mark.parametrize("name", CASES)
def test_each_message_reads_as_its_golden_file(name: str) -> None:
    choice = choice_of(*CASES[name])
    assert name.startswith(choice.message_type.value)
    check_golden(name, as_json(compose(choice, CONTEXT)))


def test_the_welcome_reads_as_its_golden_file() -> None:
    check_golden("welcome", as_json(welcome(CONTEXT)))


@pytest.mark.parametrize("name", ["gap-panel", "gap-rate", "steady-mean", "gap-ratio", "figures-new-starter"])
def test_each_page_reads_as_its_golden_file(name: str) -> None:
    choice = choice_of(*CASES[name])
    pages = [more_view(choice, CONTEXT), counted_view(choice.view), why_view(choice), who_view(CONTEXT)]
    check_golden(f"pages-{name}", json.dumps(pages, indent=2, ensure_ascii=False) + "\n")


def test_there_is_no_golden_file_that_nothing_is_compared_with() -> None:
    pages = {"gap-panel", "gap-rate", "steady-mean", "gap-ratio", "figures-new-starter"}
    expected = {*CASES, "welcome", *(f"pages-{name}" for name in pages)}
    assert {path.stem for path in GOLDEN.glob("*.json")} == expected


# D17, D12 -----------------------------------------------------------------------------------------------


def templates() -> Iterator[str]:
    for options in [*wording.HEADLINES.values(), *wording.QUESTIONS.values()]:
        yield from options
    yield from wording.CASE_QUESTIONS
    yield from (value for name, value in vars(wording).items() if name.isupper() and isinstance(value, str))


def test_no_template_has_a_blame_word() -> None:
    found = {template: blame_words(template) for template in templates()}
    assert len(found) > 40
    assert not {template: words for template, words in found.items() if words}


@pytest.mark.parametrize("name", CASES)
def test_no_message_or_page_has_a_blame_word_or_shouts(name: str) -> None:
    choice = choice_of(*CASES[name])
    pages = [more_view(choice, CONTEXT), counted_view(choice.view), why_view(choice), who_view(CONTEXT)]
    for text in texts([*compose(choice, CONTEXT).blocks, *welcome(CONTEXT).blocks, *pages]):
        assert blame_words(text) == ()
        assert "!" not in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Your worst week: you failed to meet it", ("worst", "failed")),
        ("You should have asked", ("should have",)),
        ("At the bottom, underperforming, the best of them", ("bottom", "underperforming", "the best")),
        ("Costs fell, spending too", ("Costs", "spending")),
        ("Prevents heart failure and kidney failure", ()),
        ("Days in bed cost older people strength", ()),
        ("Lower is better; nothing stands out", ()),
    ],
)
def test_the_blame_list_knows_blame_from_medicine(text: str, words: tuple[str, ...]) -> None:
    assert blame_words(text) == words


MONEY: dict[str, Any] = {
    "title": "Medicines of little use",
    "numerator": "cost (£)",
    "denominator": "1000 patients",
    "why": "cost (£) against 1000 patients.",
}


def test_money_is_told_as_use_and_never_as_a_bill() -> None:
    spent = body(composed(view(RATE, TYPES.GAP, **MONEY)))
    assert "£9 of use in 1,250 × 1000 patients" in spent
    assert "Medicines of little use: most of your colleagues use less for as many patients." in spent
    assert "Reaching what some have would take £5 less in 12 weeks." in spent
    assert blame_words(spent) == ()
    assert "Days in bed cost older people strength." in body(composed(view(RATIO)))


@pytest.mark.parametrize(
    ("direction", "do", "looks_for"),
    [
        (Direction.LOWER, "need fewer", "*What it looks for.* Overuse: stays over seven days that patients "),
        (Direction.HIGHER, "do more", "*What it looks for.* Underuse: stays over seven days that more "),
    ],
)
def test_means_are_told_as_overuse_or_underuse_of_something(
    direction: Direction, do: str, looks_for: str
) -> None:
    value = {"value": 1.25 if direction is Direction.LOWER else 0.5}
    made = view(RATIO, TYPES.GAP, domain=Domain.RESOURCE, direction=direction, result=value)
    assert f"against expected: most of your colleagues {do}." in body(composed(made))
    assert looks_for in "\n".join(texts(counted_view(made)))


def test_care_itself_and_neutral_means_look_for_no_overuse() -> None:
    for made in (view(RATIO), view(RATIO, domain=Domain.RESOURCE, direction=Direction.NEUTRAL)):
        assert "What it looks for" not in "\n".join(texts(counted_view(made)))


def test_a_neutral_measure_gets_no_good_or_bad_words() -> None:
    message = body(composed(view(direction=Direction.NEUTRAL)))
    assert "Neither high nor low is better." in message
    for word in ("reached", "gap", "gain", "better than", "reach"):
        assert word not in message.replace("Neither high nor low is better", "").lower()


@pytest.mark.parametrize("name", CASES)
def test_the_direction_is_always_stated(name: str) -> None:
    stated = ("Higher is better.", "Lower is better.", "Neither high nor low is better.")
    assert sum(body(composed(*CASES[name])).count(words) for words in stated) == 1


# The parts of a message ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_every_message_has_its_parts_in_order(name: str) -> None:
    message = composed(*CASES[name])
    kinds = [block["type"] for block in message.blocks]
    assert kinds == [
        "header",
        "section",
        "section",
        "image",
        "section",
        "section",
        "section",
        "actions",
        "context",
    ]
    why, action, question = (message.blocks[i]["text"]["text"] for i in (4, 5, 6))
    assert why.startswith("*Why it matters.* ")
    assert action.startswith("*One thing to try.* ")
    assert question.startswith("*A question.* ")
    assert question.endswith("?")


def test_the_notification_names_no_measure_and_no_figure() -> None:
    message = composed(*CASES["gap-panel"])
    assert message.text == "Your week in care, 14–20 July"


def test_without_a_picture_there_is_no_image() -> None:
    message = compose(choice_of(view()), replace(CONTEXT, alt_text=None))
    assert "image" not in [block["type"] for block in message.blocks]


def test_the_picture_waits_for_the_couriers_file() -> None:
    image = composed(view()).blocks[3]
    assert image["slack_file"] == {"id": PICTURE}


def test_buttons_carry_the_reference_and_nothing_else() -> None:
    buttons = composed(view()).blocks[-2]["elements"]
    assert [b["action_id"] for b in buttons] == [
        "digest_more",
        "digest_counted",
        "answer_warranted",
        "digest_why_this",
        "digest_who",
    ]
    assert {b["value"] for b in buttons} == {"d_8Kx2"}


def test_the_last_line_says_how_many_measures_and_how_old_the_data() -> None:
    (line,) = texts(composed(view(), view(RATE)).blocks[-1])
    assert line == "2 measures looked at · data to 20 July · sent only to you"
    (old,) = texts(composed(view(last=date(2025, 6, 15))).blocks[-1])
    assert old == "1 measure looked at · data to 15 June, five weeks old · sent only to you"


def test_the_mocks_message_is_reached() -> None:
    message = body(composed(*CASES["gap-panel"]))
    assert "*Blood pressure in range: most of your colleagues reach more of their patients.*" in message
    assert "618 of your 902 patients (69\u00a0%, likely 65–72\u00a0%), on 20 July" in message
    assert "half your colleagues are above 72\u00a0%" in message
    assert "some have reached 96\u00a0% (of their 1,204 patients)" not in message  # 96.0 %, near its end
    assert "some have reached 96.0\u00a0% (of their 1,204 patients)" in message


def test_a_panels_gap_is_told_in_patients_and_in_time() -> None:
    changed = {"comparison": {"median": 0.72, "benchmark": None}}
    at_the_median = body(composed(view(says=TYPES.GAP, **{**PANEL, **changed})))
    told = "Reaching the middle of your colleagues would take 31 more patients: at one a week, about seven"
    assert f"{told} months." in at_the_median


@pytest.mark.parametrize(
    ("numerator", "denominator", "words"),
    [
        (10, 100, "Reaching what some have would take about seven more patients a week (86 in 12 weeks)."),
        (14, 16, "Reaching what some have would take 1 more patient in 12 weeks."),
        (3.5, 4, "Reaching what some have would take less than one patient."),
    ],
)
def test_a_gap_in_events_comes_again_each_week(numerator: float, denominator: float, words: str) -> None:
    figures = {"numerator": numerator, "denominator": denominator, "value": numerator / denominator}
    assert words in body(composed(view(says=TYPES.GAP, title="Clots", why="Clots kill.", result=figures)))


@pytest.mark.parametrize("says", [TYPES.GAP, TYPES.LOSS, TYPES.STEADY, TYPES.FIGURES])
def test_nothing_is_called_close_that_is_not(says: MessageType) -> None:
    compared = Compared.HALF_WINDOW if says is TYPES.FIGURES else Compared.YES
    message = body(composed(view(says=says, compared=compared))).lower()
    for word in ("close", "almost", "nearly", "within reach", "within your reach"):
        assert word not in message


def test_who_stands_where_the_benchmark_does_is_told_so() -> None:
    message = body(composed(view(result={"value": 0.97, "numerator": 48.5})))
    assert "you have got there" in message
    assert "Reaching" not in message


@pytest.mark.parametrize(
    ("value", "denominator", "min_change", "there"),
    [
        (0.955, 2000, None, True),  # under a percentage point
        (0.945, 2000, None, False),
        (0.93, 100, None, True),  # three patients
        (0.945, 2000, 0.02, True),
        (0.955, 2000, 0.001, False),
    ],
)
def test_a_gap_that_does_not_matter_is_no_gap(
    value: float, denominator: int, min_change: float | None, there: bool
) -> None:
    figures = {"value": value, "numerator": value * denominator, "denominator": denominator}
    made = view(result=figures, min_change=min_change, comparison={"median": 0.6})
    assert is_there(made) == there
    message = body(composed(made))
    assert ("you have got there" in message) == there
    assert (made.measure.action in message) != there


def test_no_change_is_never_said_of_a_line_that_visibly_fell() -> None:
    behind = {"percentile": 4.0, "value": 0.6, "numerator": 30}
    steady = replace(view().result.trend, values=np.full(26, 0.6))
    fell = replace(steady, values=np.linspace(0.8, 0.6, 26))
    told = body(composed(view(result={**behind, "trend": fell})))
    assert "slowly down, and nearly all of your colleagues are higher" in told
    told = body(composed(view(result={**behind, "trend": steady})))
    assert "no lasting change; nearly all of your colleagues are higher" in told


def test_chance_ups_and_downs_are_no_drift() -> None:
    restless = np.random.default_rng(3).normal(0.6, 0.05, 26)
    made = view(result={"trend": replace(view().result.trend, values=restless)})
    assert changes.drifted(made) is None


def test_most_colleagues_is_said_only_where_it_is_so() -> None:
    message = body(composed(view(says=TYPES.GAP, comparison={"median": 0.8})))
    assert "most of your colleagues" not in message
    assert "your figure differs from your colleagues'" in message


@pytest.mark.parametrize(
    ("compared", "reason"),
    [
        (Compared.TOO_FEW_PEERS, "No comparison: it needs five colleagues with enough cases."),
        (Compared.TOO_FEW_CASES, "Not enough cases yet for a comparison: it begins at 20."),
        (Compared.HALF_WINDOW, "No comparison yet: you were here for less than half of that time."),
        (Compared.NO_GROUP, "No comparison: you are in no peer group here yet."),
    ],
)
def test_without_a_comparison_the_reason_is_stated_and_no_colleague_appears(
    compared: Compared, reason: str
) -> None:
    message = composed(view(says=TYPES.TOP, compared=compared))
    assert reason in body(message)
    assert "half your colleagues" not in body(message)
    assert "have reached" not in body(message)
    assert not {"median", "benchmark"} & set(message.facts)


def test_an_unadjusted_outcome_speaks_of_no_colleagues_level() -> None:
    message = body(composed(*CASES["gain-outcome-unadjusted"]))
    assert "half your colleagues" not in message
    assert "not adjusted for patient mix" in message


def test_fewer_than_three_in_the_benchmark_means_none_is_told() -> None:
    message = body(composed(view(says=TYPES.GAP, benchmark=False)))
    assert "have reached" not in message
    assert "half your colleagues are above 90\u00a0%" in message


@pytest.mark.parametrize(("median", "words"), [(1.0, "are at 100\u00a0%"), (0.999, "are above 99.9\u00a0%")])
def test_nobody_can_be_above_all(median: float, words: str) -> None:
    message = body(composed(view(result={"value": 0.5}, comparison={"median": median, "benchmark": None})))
    assert f"half your colleagues {words}" in message


def test_decimals_and_single_cases_read_well() -> None:
    shared = {"numerator": 0.5, "denominator": 1.0, "value": 0.5, "interval": (0.02, 0.98)}
    alone = body(composed(view(compared=Compared.TOO_FEW_CASES, result=shared)))
    assert "0.5 of your 1 admitted patient (50\u00a0%, likely 2–98\u00a0%)" in alone


def test_a_list_capital_and_all_are_left_out_of_sentences() -> None:
    message = body(composed(*CASES["top-month-lower"]))
    assert "8 of your 160 antibiotic courses (5.0\u00a0%" in message


def test_questions_vary_by_week_and_measure_and_not_otherwise() -> None:
    weeks = [IsoWeek(2025, number) for number in range(20, 32)]
    gap = view(says=TYPES.GAP)
    asked = [composed(gap, week=week).blocks[6]["text"]["text"] for week in weeks]
    assert len(set(asked)) == len(wording.QUESTIONS[TYPES.GAP])
    assert all(a != b for a, b in pairwise(asked))
    assert composed(gap) == composed(gap)


def test_every_type_has_several_questions_and_each_ends_with_a_question_mark() -> None:
    for says in MessageType:
        assert len(wording.QUESTIONS[says]) >= 3
        assert all(question.endswith("?") for question in wording.QUESTIONS[says])


# D23, D27, again ----------------------------------------------------------------------------------------


def test_corrections_are_told_first_and_only_the_first_three_at_length() -> None:
    steady = view()
    corrections = tuple(
        Correction(f"2025-W2{n}", steady.measure, (41.0, 50.0), (40.0, 51.0)) for n in range(4, 9)
    )
    message = compose(choice_of(steady, corrections=corrections), CONTEXT)
    sections = [b["text"]["text"] for b in message.blocks if b["type"] == "section"]
    assert sections[0] == (
        "*A correction first.* Clot risk assessed within 14 hours: in the week of 9–15 June we told you "
        "41 of 50. The data have changed since; it is 40 of 51."
    )
    assert sections[3] == "Two more figures changed since we told you."
    assert sections[4].startswith("*Clot risk assessed within 14 hours: ")


def test_again_is_the_same_message_with_a_line_that_says_so() -> None:
    message = composed(view())
    repeated = again(message, CONTEXT.language)
    assert repeated.blocks[1:] == message.blocks
    assert list(texts(repeated.blocks[0])) == ["Here it is again, as it was sent."]
    assert (repeated.text, repeated.facts) == (message.text, message.facts)


def test_the_welcome_tells_the_sites_purpose_and_how_to_stop() -> None:
    message = welcome(replace(CONTEXT, purpose="For learning <only> *here*. Concerns go to Dr Adeyemi."))
    told = "\n".join(texts(message.blocks))
    assert "For learning &lt;only&gt; ∗here∗. Concerns go to Dr Adeyemi." in told
    assert "/digest pause" in told
    assert "Not for appraisal, pay or discipline." in "\n".join(texts(welcome(CONTEXT).blocks))


def test_the_facts_are_the_figures_that_the_message_states() -> None:
    message = composed(*CASES["near-proportion"])
    assert message.facts["numerator"] == pytest.approx(0.948 * 2000)
    assert message.facts["benchmark"] == 0.96
    assert message.facts["through:clot-risk"] == date(2025, 7, 20).toordinal()


# Pages --------------------------------------------------------------------------------------------------


def test_more_lists_every_measure_looked_at_and_stays_within_a_view() -> None:
    views = [view(key=f"m{n:03}", title=f"Measure {n} " + "long " * 30, why="x") for n in range(300)]
    page = more_view(choice_of(*views), CONTEXT)
    assert len(page["blocks"]) <= 100
    assert len(json.dumps(page)) < 250_000
    assert next(texts(page["blocks"][-1])).endswith("more: ask your analyst for the list.")
    few = more_view(choice_of(*views[:9]), CONTEXT)
    assert len(few["blocks"]) == 10


def test_unconstrained_care_shows_counts_and_no_share() -> None:
    stories = view(mode=Mode.UNCONSTRAINED, compared=Compared.OTHER_MODE, key="z")
    page = "\n".join(texts(more_view(choice_of(view(), stories), CONTEXT)["blocks"][2]))
    assert "41 patients whose clot risk was assessed within 14 hours, among 50 admitted patients" in page
    assert "%" not in page


def test_who_could_look_tells_the_truth() -> None:
    page = "\n".join(texts(who_view(CONTEXT)["blocks"]))
    for who in ("analysts", "server", "database", "Slack", "export", "law", "manager", "recorded"):
        assert who in page


# Limits, inertness, determinism --------------------------------------------------------------------------

HARD_TEXTS = [
    "<!channel> <@U123> & *bold* _it_ ~gone~ `code` <https://x.example|y> :tada: >quote",
    "אחוז המטופלים שקיבלו הערכת סיכון",
    "在入院后十四小时内完成血栓风险评估的患者" * 8,
    "👩🏽‍⚕️🩺 patients 👨‍👩‍👧‍👦 " * 20,
    "word " * 400,
    "x" * 4000,
    "line\nbreak\ttab\x00null\u202eevil",
]


def check_limits(message: Message) -> None:
    """Slack's limits, and that nothing in a text can fire."""
    assert len(message.blocks) <= 50
    for block in message.blocks:
        match block["type"]:
            case "header":
                assert len(block["text"]["text"]) <= 150
            case "section":
                assert 0 < len(block["text"]["text"]) <= 3000
            case "image":
                assert 0 < len(block["alt_text"]) <= 2000
            case "actions":
                assert len({b["action_id"] for b in block["elements"]}) == len(block["elements"])
                assert all(len(b["text"]["text"]) <= 75 for b in block["elements"])
            case "context":
                assert len(block["elements"]) <= 10
                assert all(len(e["text"]) <= 2000 for e in block["elements"])
    check_inert(message.blocks)


def check_inert(blocks: Any) -> None:
    for block in blocks:
        if block["type"] == "section":
            text = block["text"]["text"]
            assert block["text"]["verbatim"] is True
            assert "<" not in text
            assert not re.search(r"&(?!amp;|lt;|gt;)", text)
            assert text.count("*") in (0, 2)
            # Rounds' own commands are the only code.
            assert not re.search(r"[`~\x00\u202e]", re.sub(r"`/digest \w+`", "", text))
            assert not re.search(r":[a-z]+:", text)


def words_before_more(message: Message) -> int:
    sections = [b["text"]["text"] for b in message.blocks if b["type"] == "section"]
    corrections = sum(1 for s in sections if s.startswith("*A correction") or "since we told you" in s)
    # A number and its unit, held together by a no-break space, are one word, and a dash is none.
    return sum(len(re.findall(r"[^ \n]*\w[^ \n]*", s)) for s in sections[corrections:])


@pytest.mark.parametrize("text", HARD_TEXTS)
@pytest.mark.parametrize("kind", Kind)
def test_hostile_and_foreign_texts_stay_inert_and_within_the_limits(kind: Kind, text: str) -> None:
    fields = (
        "title",
        "why",
        "numerator",
        "denominator",
        "action",
        "attribution",
        "exclusions",
        "source",
        "author",
    )
    written: dict[str, Any] = dict.fromkeys(fields, text)
    hostile = view(kind, TYPES.LOSS, **written)
    choice = choice_of(hostile, corrections=(Correction("2025-W28", hostile.measure, (1, 2), (3, 4)),))
    message = compose(choice, replace(CONTEXT, alt_text=text, purpose=text))
    check_limits(message)
    check_limits(welcome(replace(CONTEXT, purpose=text)))
    assert words_before_more(message) <= MOST_WORDS
    for page in (more_view(choice, CONTEXT), counted_view(hostile), why_view(choice), who_view(CONTEXT)):
        assert len(page["title"]["text"]) <= 24
        assert all(len(block["text"]["text"]) <= 3000 for block in page["blocks"])
        check_inert(page["blocks"])


@pytest.mark.parametrize("name", CASES)
def test_no_message_is_longer_than_ninety_words(name: str) -> None:
    assert words_before_more(composed(*CASES[name])) <= MOST_WORDS


PHRASES = st.lists(
    st.text(string.ascii_letters + "éß*_<&>:;,.", min_size=1, max_size=12), min_size=1, max_size=25
)
LARGE = st.floats(0, 1e9, allow_nan=False)


@settings(deadline=None)
@given(
    kind=st.sampled_from(Kind),
    says=st.sampled_from([t for t in MessageType if t is not TYPES.FIGURES]),
    direction=st.sampled_from(Direction),
    counts=st.sampled_from(Counts),
    period=st.sampled_from(PeriodLength),
    compared=st.sampled_from([c for c in Compared if c is not Compared.NO_DATA]),
    phrases=st.tuples(PHRASES, PHRASES, PHRASES, PHRASES, PHRASES).map(lambda p: [" ".join(w) for w in p]),
    share=st.floats(0, 1),
    denominator=LARGE.map(lambda n: n + 1),
    week=st.integers(1, 52),
)
def test_whatever_the_measure_the_message_is_short_kind_and_the_same_again(
    kind: Kind,
    says: MessageType,
    direction: Direction,
    counts: Counts,
    period: PeriodLength,
    compared: Compared,
    phrases: list[str],
    share: float,
    denominator: float,
    week: int,
) -> None:
    title, why, numerator, among, action = phrases
    figures = {"numerator": share * denominator, "denominator": denominator, "value": share}
    made = view(
        kind,
        says,
        direction=direction,
        counts=counts,
        period=period,
        compared=compared,
        title=title,
        why=why,
        numerator=numerator,
        denominator=among,
        action=action,
        result=figures,
    )
    choice = choice_of(made)
    context = replace(CONTEXT, week=IsoWeek(2025, week))
    message = compose(choice, context)
    assert as_json(message) == as_json(compose(choice, context))
    check_limits(message)
    assert words_before_more(message) <= MOST_WORDS
    own = " ".join(phrases)
    if not blame_words(own):
        assert all(blame_words(text) == () for text in texts(message.blocks))


def test_candidates_and_words_agree_for_every_case() -> None:
    for name, views in CASES.items():
        found = {c.message_type.value for c in candidates(views)} or {"figures"}
        assert name.split("-")[0] in found
