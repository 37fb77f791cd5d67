"""Nothing of the digest is said outside of the catalogue: in a language of brackets no word stands bare."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

import bot
from bot.answers.words import counted_doors, more_doors
from bot.comparison.types import Shift
from bot.digests import changes
from bot.digests.chart import compose as draw
from bot.digests.chart_alt import alt_text
from bot.digests.chart_pen import DPI
from bot.digests.counted_page import counted_view
from bot.digests.facts import (
    CaseSums,
    Compared,
    Correction,
    GroupGoal,
    MeasureView,
    MessageType,
    PastDigest,
    PeerPicture,
    PeersDrawn,
    PersonPicture,
    Reported,
    Spread,
)
from bot.digests.own_measures import own_measures
from bot.digests.pages import more_view, who_view, why_view
from bot.digests.pictures import person_picture
from bot.digests.select import Choice, choose
from bot.digests.weeks import IsoWeek
from bot.digests.write import Message, WritingContext, again, compose, welcome
from bot.language.extract import extracted
from bot.language.language import Language
from bot.talks.rules import Talking
from storage.terms import Counts, Direction, Domain, Kind, Mode, PeriodLength
from tests.bot.digests import chart_samples, test_modes, test_write
from tests.bot.digests.made import WEEK, measure, view
from tests.bot.language.pseudo import Bracketed, outside, pseudo
from tests.reading import texts

DIGESTS = Path(bot.__path__[0]) / "digests"
# Where sentences of the digest are made.
SPOKEN = (
    "changes",
    "chart",
    "chart_alt",
    "chart_peers",
    "chart_trend",
    "chart_words",
    "counted_page",
    "framing",
    "measure_nouns",
    "modes_words",
    "own_measures",
    "pages",
    "phrases",
    "pictures",
    "render",
    "select",
    "templates",
    "values",
    "wording",
    "write",
)
PANEL: dict[str, Any] = {"counts": Counts.PANEL}
MONTHS: dict[str, Any] = {"period": PeriodLength.MONTH}
GOAL = GroupGoal(0.95, date(2025, 3, 9), attainable=4, stretch=2, not_attainable=1)


def views() -> Iterator[MeasureView]:
    """Every way in which a message can speak that there is a sample of, with weeks and with months."""
    for made in (*test_write.CASES.values(), *([one] for one in test_modes.GOLDEN.values())):
        yield from made
    for kind in Kind:
        for says in MessageType:
            if says in (MessageType.FIGURES, MessageType.CASES, MessageType.STORY):
                continue
            for changed in (MONTHS, PANEL, {"direction": Direction.LOWER}, {"direction": Direction.HIGHER}):
                yield view(kind, says, **changed)
        for compared in Compared:
            yield view(kind, compared=compared)
            yield view(kind, compared=compared, mode=Mode.CONSTRAINED, **MONTHS)
        aside = Reported(50, 60, 0.83, 4, for_the_measure=True)
        yield replace(view(kind), reported=aside, goal=GOAL, cases=CaseSums(50, 41, 50))
    yield from special()


def special() -> Iterator[MeasureView]:
    """What few views have: a change of definition, a review, texts about money, drifts, odd ends."""
    facts: dict[str, Any] = {
        "changed": date(2025, 5, 5),
        "settles_after": 30,
        "author": "№ 7",
        "reviewed": date(2025, 1, 5),
        "next_review": date(2026, 1, 5),
        "attribution": "№ 8",
    }
    made = view(**facts)
    young = made.settled.copy()
    young[-2:] = False
    yield replace(made, settled=young, past_review=True, goal=GOAL)
    yield view(domain=Domain.OUTCOME)
    for direction in (Direction.LOWER, Direction.HIGHER):
        money: dict[str, Any] = {"numerator": "cost (£)"}
        for words in (money, {}):
            for kind in (Kind.RATE, Kind.RATIO):
                yield view(kind, MessageType.GAP, domain=Domain.RESOURCE, direction=direction, **words)
    for values in ((0.2, 0.9), (0.9, 0.2)):
        drifting = view(result={"percentile": 20.0})
        trend = replace(drifting.result.trend, values=drifting.result.trend.values * 0 + values[0])
        trend.values[13:] = values[1]
        yield replace(drifting, result=replace(drifting.result, trend=trend))
    for percentile in (5.0, 20.0, 32.0, 50.0, 90.0):
        yield view(result={"percentile": percentile})
    few: dict[str, Any] = {"result": {"numerator": 3.0, "denominator": 5.0, "percentile": None}}
    for kind in Kind:
        for changed in ({}, MONTHS, {"domain": Domain.OUTCOME}):
            made = view(kind, compared=Compared.OTHER_MODE, mode=Mode.CONSTRAINED, **few, **changed)
            yield made
            yield replace(made, group="")
            yield replace(made, result=replace(made.result, denominator=50.0))
            yield replace(made, comparison=replace(made.comparison, window=(25,)))
    yield view(compared=Compared.OTHER_MODE, mode=Mode.CONSTRAINED, domain=Domain.PROCESS)
    yield view(exclusions="№ 8", **PANEL, **MONTHS)
    yield replace(view(result={"value": None}), reported=Reported(50, 60, 0.83, 4))
    yield replace(view(), cases=CaseSums(50, 41, 50))
    yield view(says=MessageType.STEADY, length=12)
    for shift in (Shift.UP, Shift.DOWN):
        moved = view(says=MessageType.GAIN)
        trend = replace(moved.result.trend, shift=shift, since=None)
        yield replace(moved, result=replace(moved.result, trend=trend))


def in_signs(made: MeasureView) -> MeasureView:
    """The same view with texts of its own that have no letters, so that every letter is Rounds' own."""
    words: dict[str, Any] = {
        name: f"№ {number}" for number, name in enumerate(("title", "why", "action", "source"), start=1)
    }
    return replace(made, measure=replace(made.measure, **words), group="№ 9" if made.group else "")


def spoken(text: str, made: MeasureView) -> str:
    """What a text says outside of brackets, without what is the measure's own."""
    bare = outside(text)
    own = [story.text for story in made.stories]
    for word in sorted({made.measure.numerator, made.measure.denominator, *own}, key=len, reverse=True):
        bare = bare.replace(word, "")
    return "".join(re.findall(r"[^\W\d_]+", bare.replace("№", "")))


def told(made: MeasureView, language: Language) -> Iterator[str]:
    """All that a digest led by this view says."""
    talking = Talking(coach=True, may_ask=frozenset({made.measure.key}))
    context = WritingContext(WEEK, "2025-W29", purpose="№ 0", talking=talking, language=language)
    corrections = tuple(
        Correction(f"2025-W{week}", measure(kind, title="№ 5"), (1.0, 3.0), (2.0, 3.0))
        for week, kind in enumerate(Kind, start=20)
    )
    for extra in ((), corrections):
        choice = choose([made], [], week=WEEK, every_week=True, corrections=extra, language=language)
        if not isinstance(choice, Choice):
            continue
        for week in (WEEK, IsoWeek.parse("2025-W30"), IsoWeek.parse("2025-W31"), IsoWeek.parse("2025-W32")):
            # The questions and headlines take turns.
            yield from texts(compose(choice, replace(context, week=week)).blocks)
        message = compose(choice, context)
        pages = [
            more_view(choice, context),
            counted_view(made, language),
            why_view(choice, language),
            who_view(context),
            {"blocks": [*more_doors([("key", "№ 6")], language), *counted_doors("week", "key", language)]},
        ]
        yield message.text
        yield from texts(message.blocks)
        yield from texts(pages)
        offers = replace(context, talking=Talking(may_offer=frozenset({made.measure.key})))
        yield from texts([*compose(choice, offers).blocks, more_view(choice, offers)])
        for one in own_measures(choice, WEEK, language):
            yield from (one.told, one.trend, one.why)


def reasons(language: Language) -> Iterator[str]:
    """Why one of two measures stands before the other, after digests of several kinds."""
    types = [t for t in MessageType if t not in (MessageType.FIGURES, MessageType.CASES, MessageType.STORY)]
    domains = (Domain.PROCESS, Domain.OUTCOME)
    for one, two, before in itertools.product(types, types, (None, *types)):
        for led in ("a", "b") if before else ("",):
            pair = [
                in_signs(view(says=says, key=key, domain=domain, adjusted_for="№ 8"))
                for says, key, domain in ((one, "a", domains[0]), (two, "b", domains[1]))
            ]
            past = [PastDigest("2025-W28", led, before)] if before else []
            found = choose(pair, past, week=WEEK, every_week=True, language=language)
            if isinstance(found, Choice):
                yield found.why


def pictures(language: Language) -> Iterator[tuple[PeerPicture, PersonPicture]]:
    """Pictures of each kind."""
    measures = [
        replace(chart_samples.MEASURE, title="№ 1", kind=kind, direction=direction, period=period)
        for kind in Kind
        for direction, period in (
            (Direction.LOWER, PeriodLength.MONTH),
            (Direction.HIGHER, PeriodLength.WEEK),
            (Direction.NEUTRAL, PeriodLength.MONTH),
        )
    ]
    person = replace(chart_samples.person(), interval=(0.07, 0.09))
    for facts in measures:
        made = chart_samples.peers(measure=facts)
        yield replace(made, goal=0.06), person
        yield replace(made, changed_at=5), replace(person, sets_benchmark=True, drawn=False)
    facts = replace(chart_samples.MEASURE, title="№ 1")
    yield chart_samples.peers(7, facts), person
    yield replace(chart_samples.band(), measure=facts), person
    yield replace(chart_samples.peers(measure=facts), drawn=PeersDrawn.DOTS, peers=110), person
    alone = replace(chart_samples.alone(), measure=facts)
    for compared in Compared:
        yield alone, replace(person, why_alone=person_picture(view(compared=compared), language).why_alone)
    yield alone, chart_samples.person(None)
    yield alone, replace(person, values=person.values * float("nan"))
    settled = person.settled.copy()
    settled[-1] = False
    yield chart_samples.peers(measure=facts), replace(person, settled=settled)
    one = person.values.copy()
    one[:-1] = float("nan")
    yield alone, replace(person, values=one)
    for middle in (False, True):
        yield replace(alone, spread=Spread(0.05, 0.3, middle)), person
        panel = replace(alone.measure, counts=Counts.PANEL)
        yield replace(alone, measure=panel, spread=Spread(0.05, 0.3, middle)), person


def drawn(picture: PeerPicture, person: PersonPicture) -> Iterator[str]:
    """The texts in a picture and the words about it."""
    figure = Figure(dpi=DPI)
    draw(figure, picture, person)
    yield from (text.get_text() for text in figure.texts)
    yield alt_text(picture, person)


@pytest.fixture(scope="module")
def everything() -> Bracketed:
    """All that was said in the samples, in which no word stands bare."""
    language, sentences = pseudo()
    for number, made in enumerate(views()):
        made = in_signs(made)
        for text in told(made, language):
            assert spoken(text, made) == "", (number, made.measure.key, text)
    for text in texts(welcome(WritingContext(WEEK, "2025-W29", purpose="№ 0", language=language)).blocks):
        assert outside(text).strip() == "", text
    for why in reasons(language):
        assert outside(why).strip() == "", why
    (line,) = texts(again(Message("", ()), language).blocks)
    assert outside(line) == ""
    facts = view()
    for picture, person in pictures(language):
        for text in drawn(replace(picture, language=language), person):
            own = replace(facts, measure=picture.measure)
            assert spoken(text, own) == "", text
    return sentences


def test_no_word_of_a_digest_stands_outside_of_the_catalogue(everything: Bracketed) -> None:
    assert len(everything.said) > 200


def test_nearly_all_sentences_of_the_digest_were_said_in_that(everything: Bracketed) -> None:
    """Otherwise the samples would prove too little."""
    rooms = [f"bot/digests/{name}.py" for name in SPOKEN]
    wanted = set()
    for message in extracted():
        if message.id and any(name in rooms for name, _ in message.locations):
            wanted.add(message.id[0] if isinstance(message.id, tuple) else str(message.id))
    unsaid = wanted - everything.said
    assert len(unsaid) < 0.1 * len(wanted), sorted(unsaid)


# Words that the source itself may hold: what is matched, never said.
_MATCHED = {"_COUNTED", "_DANGLING", "_OPENERS", "_AMOUNTS", "_TIMES", "_OF_TIMES", "_IRREGULAR"}


# Facts' names, and why there was no digest: for the record, told to nobody.
_RECORDED = {"through", "_why_quiet"}


def bare_sentences(path: Path) -> Iterator[str]:
    """Texts of two words or more, and texts with words inside of f-strings, that no catalogue knows."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    known: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("say", "say_many", "noted", "Quiet", "sub"):
                known |= {id(part) for arg in node.args for part in ast.walk(arg) if not is_f(arg)}
        elif isinstance(node, ast.Raise) or getattr(node, "name", "") in _RECORDED:
            known |= {id(part) for part in ast.walk(node)}
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            known.add(id(node.value))
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in _MATCHED:
            known |= {id(part) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if is_f(node):
            assert isinstance(node, ast.JoinedStr)
            parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
            bare = [str(part) for part in parts if re.search(r"[^\W\d_]{2,}", str(part))]
            if id(node) not in known:
                yield from bare
        elif isinstance(node, ast.Constant) and id(node) not in known:
            yield from re.findall(r"[^\W\d_]{2,} [^\W\d_]{2,}.*", str(node.value))


def is_f(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr)


@pytest.mark.parametrize("name", SPOKEN)
def test_the_source_of_the_digest_holds_no_sentence_outside_of_the_catalogue(name: str) -> None:
    assert list(bare_sentences(DIGESTS / f"{name}.py")) == []


def test_a_bracketed_language_fills_what_stands_inside() -> None:
    language, _ = pseudo()
    assert language.day(date(2025, 7, 14)) == "⟦14 July⟧"
    assert changes.since(view(says=MessageType.GAIN), language).startswith("⟦the week of ⟦")
    assert outside("a ⟦b ⟦c⟧ d⟧ e ⟦f…") == "a  e "
