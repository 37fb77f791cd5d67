"""The left of the picture: the peers as a distribution, and the person among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.digests import chart_pen as colours
from bot.digests import chart_words as say
from bot.digests.chart_layout import (
    Placed,
    Scale,
    Span,
    Stacks,
    centred,
    place_below,
    stack_dots,
    tick_values,
    value_range,
)
from bot.digests.chart_pen import Pen, Ruler
from bot.digests.facts import PeerPicture, PeersDrawn, PersonPicture
from bot.digests.values import format_value
from storage.terms import Kind

SMALL, HEADING, YOU_SIZE = 26.0, 27.0, 32.0
ROW = 38.0
_GOAL_ROW = 40.0
_GAP = 16.0
# A pointer that runs through a number would strike it out.
_STRIKE = 8.0
# A number this near to the colleagues' middle tells where they are.
_BULK = 110.0
# Above the highest stack there is room for one who has no dot in it.
_ONE_MORE = 22.0
# A likely range narrower than this would hide behind its own dot.
_LEAST_LIKELY = 34.0
_SAMPLE = 60.0
_BAND_ABOVE, _BAND_HEIGHT = 40.0, 96.0


@dataclass(frozen=True, slots=True)
class Frame:
    """The pixels of a panel: its plot from left to right, room for text around it, and lines of text.

    `heading` and `foot` are baselines; `axis` is the line on which the dots stand.
    """

    left: float
    right: float
    text: Span
    heading: float
    top: float
    axis: float
    foot: float


@dataclass(frozen=True, slots=True)
class PeersPlan:
    """Everything about the left panel that does not depend on who looks. `goal`: its pixel and its words."""

    frame: Frame
    scale: Scale
    stacks: Stacks | None
    marks: tuple[tuple[float, str, str, Placed], ...]
    mark_size: float
    goal: tuple[float, str] | None = None


def plan_peers(ruler: Ruler, picture: PeerPicture, frame: Frame, also: Sequence[float] = ()) -> PeersPlan:
    """Lay the panel out. `also` are values that the axis must hold besides the peers'."""
    measure = picture.measure
    low, high = _axis_range(picture, also)
    scale = Scale(low, high, frame.left, frame.right)
    goal = None
    if picture.goal is not None:
        # Its label has a row of its own above the dots: below the axis two have their places.
        frame = replace(frame, top=frame.top - _GOAL_ROW)
        goal = scale.at(picture.goal), say.goal_words(measure, picture.goal, picture.language)
    marks: list[tuple[float, str, str]] = []
    if picture.benchmark is not None:
        either = [say.reached_label(picture, with_you=with_you) for with_you in (False, True)]
        words = max(either, key=lambda said: ruler.width(said, SMALL))
        marks.append((scale.at(picture.benchmark), words, colours.REACHED))
    if picture.median is not None:
        marks.append((scale.at(picture.median), say.middle_label(picture), colours.INK))
    size = SMALL
    room = frame.text.end - frame.text.start - 2 * _GAP
    total = sum(ruler.width(words, size) for _, words, _ in marks)
    if total > room:
        size *= room / total * 0.99
    placed = place_below([(x, ruler.width(words, size)) for x, words, _ in marks], frame.text, _GAP)
    if all(p.row == 0 for p in placed):
        frame = replace(frame, axis=frame.axis - ROW)
    stacks = None
    if picture.drawn is PeersDrawn.DOTS:
        anchor = picture.benchmark if picture.benchmark is not None else picture.median
        stacks = stack_dots(
            scale.all_at(np.asarray(picture.values, float)),
            base=frame.axis + 2,
            height=frame.top - frame.axis - YOU_SIZE - 34 - _ONE_MORE,
            anchor=scale.at(anchor) if anchor is not None else frame.left,
        )
    return PeersPlan(
        frame=frame,
        scale=scale,
        stacks=stacks,
        marks=tuple((x, words, colour, p) for (x, words, colour), p in zip(marks, placed, strict=True)),
        mark_size=size,
        goal=goal,
    )


def draw_peers(pen: Pen, picture: PeerPicture, plan: PeersPlan) -> None:
    """Draw what all members of the group share."""
    frame = plan.frame
    axis = frame.axis
    if plan.stacks is not None:
        pen.dots(plan.stacks.x, plan.stacks.y, plan.stacks.diameter - 2, colours.PEERS)
    elif picture.quartiles is not None:
        start, end = (plan.scale.at(q) for q in picture.quartiles)
        middle = (start + end) / 2
        start, end = min(start, middle - 3), max(end, middle + 3)
        bottom, top = axis + _BAND_ABOVE, axis + _BAND_ABOVE + _BAND_HEIGHT
        pen.area([(start, bottom), (end, bottom), (end, top), (start, top)], colours.PEERS)
    pen.line([frame.left - 10, frame.right + 10], [axis, axis], colours.AXIS, 2)
    _draw_ticks(pen, picture, plan)
    for x, words, colour, placed in plan.marks:
        baseline = axis - 72 - placed.row * ROW
        reaches = frame.top - YOU_SIZE - 16 if colour == colours.REACHED else axis + 18
        if colour != colours.REACHED and plan.stacks is None:
            reaches = axis + _BAND_ABOVE + _BAND_HEIGHT
        pen.line([x, x], [baseline + SMALL * 0.8 + 4, reaches], colour, 4)
        if colour != colours.REACHED:
            pen.text(placed.span.start, baseline, words, plan.mark_size, colour)
    if plan.goal is not None:
        _draw_goal(pen, frame, *plan.goal)


def _draw_goal(pen: Pen, frame: Frame, x: float, words: str) -> None:
    """A dashed line up to its words: nobody stands on it, it is what the group has agreed on."""
    baseline = frame.top + 14
    size = pen.fitting(words, SMALL, frame.text.end - frame.text.start)
    span = centred(x, pen.width(words, size), frame.text)
    pen.line([x, x], [frame.axis, baseline - 10], colours.GOAL, 4, dashed=True)
    pen.text(span.start, baseline, words, size, colours.GOAL)


def draw_you(pen: Pen, picture: PeerPicture, plan: PeersPlan, person: PersonPicture) -> None:
    """Draw the person's own mark over the peers, and the lines of text that hold the person's numbers."""
    frame, measure = plan.frame, picture.measure
    room = frame.text.end - frame.text.start
    company = say.company(picture, person)
    size = pen.fitting(company, HEADING, room)
    pen.text(frame.text.start, frame.heading, company, size, colours.INK)
    _draw_reached(pen, picture, plan, person)
    if person.value is None:
        return
    value = format_value(measure, person.value, picture.language)
    words = picture.language.say("you {value}", value=value)
    label = frame.top - YOU_SIZE * 0.75
    x, y, diameter = _own_place(plan, person.drawn, plan.scale.at(person.value))
    size = pen.fitting(words, YOU_SIZE, frame.text.end - frame.text.start, bold=True)
    span = centred(x, pen.width(words, size, bold=True), frame.text)
    _draw_likely(pen, plan, person)
    pen.line([x, x], [y, label - 13], colours.YOU, 4)
    pen.dots([x], [y], diameter, colours.YOU, edge_width=3.0)
    if plan.goal is not None and span.start - 6 < plan.goal[0] < span.end + 6:
        # The dashes would run through the words.
        low, high, at = label - 9, label + 27, plan.goal[0]
        pen.area([(at - 4, low), (at + 4, low), (at + 4, high), (at - 4, high)], colours.WHITE)
    pen.text(span.start, label, words, size, colours.YOU, bold=True)


def _own_place(plan: PeersPlan, drawn: bool, x: float) -> tuple[float, float, float]:
    """The own dot's centre and diameter: over its own grey one, else on top of its stack; it hides nobody."""
    axis = plan.frame.axis
    if plan.stacks is None:
        return x, axis + _BAND_ABOVE + _BAND_HEIGHT / 2, 26.0
    stacks = plan.stacks
    top = stacks.top_of(x)
    lowest = axis + 2 + stacks.diameter / 2
    y = lowest if top is None else top if drawn else top + stacks.diameter
    return stacks.centre_of(x), y, max(stacks.diameter + 2, 14.0)


def _draw_reached(pen: Pen, picture: PeerPicture, plan: PeersPlan, person: PersonPicture) -> None:
    """The benchmark's label: whoever is among those who reached it reads so."""
    for _, _, colour, placed in plan.marks:
        if colour == colours.REACHED:
            words = say.reached_label(picture, with_you=person.sets_benchmark)
            span = centred(placed.span.middle, pen.width(words, plan.mark_size), placed.span)
            baseline = plan.frame.axis - 72 - placed.row * ROW
            pen.text(span.start, baseline, words, plan.mark_size, colour)


def _likely_ends(plan: PeersPlan, person: PersonPicture) -> tuple[float, float] | None:
    """The pixels of the interval; None where there is none that could be seen."""
    if person.interval is None:
        return None
    low, high = (plan.scale.at(limit) for limit in person.interval)
    return (low, high) if high - low >= _LEAST_LIKELY else None


def _draw_likely(pen: Pen, plan: PeersPlan, person: PersonPicture) -> None:
    """The likely range along the axis, with a bar at either end; its sample stands in the last line."""
    ends = _likely_ends(plan, person)
    if ends is None:
        return
    frame = plan.frame
    low, high = np.clip(ends, frame.left - 10, frame.right + 10).tolist()
    pen.line([low, high], [frame.axis, frame.axis], colours.YOU, 6)
    for end, goes_on, inwards in ((low, ends[0] < low, 1), (high, ends[1] > high, -1)):
        if goes_on:  # an open end: the interval reaches beyond the axis
            tip = [end + 10 * inwards, end, end + 10 * inwards]
            pen.line(tip, [frame.axis + 9, frame.axis, frame.axis - 9], colours.YOU, 3)
        else:
            pen.line([end, end], [frame.axis - 8, frame.axis + 8], colours.YOU, 4)


def draw_cases(
    pen: Pen,
    picture: PeerPicture,
    person: PersonPicture,
    room: Span,
    baseline: float,
    plan: PeersPlan | None = None,
) -> None:
    """Write n of N, the likely range (with a sample where `plan` draws it) and the days that are compared."""
    measure, language, when = picture.measure, picture.language, say.window_words(picture)
    if person.value is None:
        words = language.say("no cases of yours, {when}", when=when)
        pen.text(room.start, baseline, words, SMALL, colours.TEXT)
        return
    start = ""
    if picture.drawn is PeersDrawn.NOTHING:
        start = language.say("you {value}: ", value=format_value(measure, person.value, language))
    likely = say.interval_words(measure, person, language)
    sample = bool(likely) and plan is not None and _likely_ends(plan, person) is not None
    tail = f"{likely}, {when}" if likely else when
    gap = _SAMPLE if sample else 0.0
    words = f"{start}{say.cases(measure, person, language)}, "
    if pen.width(words + tail, SMALL) + gap > room.end - room.start:
        words = f"{start}{say.bare_cases(person, language)}, "
    if not sample:
        pen.text(room.start, baseline, words + tail, SMALL, colours.TEXT)
        return
    pen.text(room.start, baseline, words.rstrip(), SMALL, colours.TEXT)
    x = room.start + pen.width(words, SMALL) + 8
    left, right, y = x, x + _SAMPLE - 20, baseline + 9
    pen.line([left, right], [y, y], colours.YOU, 6)
    for end in (left, right):
        pen.line([end, end], [y - 8, y + 8], colours.YOU, 4)
    pen.text(x + _SAMPLE - 8, baseline, tail, SMALL, colours.TEXT)


def _draw_ticks(pen: Pen, picture: PeerPicture, plan: PeersPlan) -> None:
    measure, frame = picture.measure, plan.frame
    unit = 100.0 if measure.kind is Kind.PROPORTION else 1.0
    for most in (5, 4, 3, 2, 1):
        ticks, decimals = tick_values(plan.scale.low * unit, plan.scale.high * unit, most)
        places = [plan.scale.at(tick / unit) for tick in ticks]
        labels = [say.tick_label(measure, tick, decimals, picture.language) for tick in ticks]
        widest = max((pen.width(words, SMALL) for words in labels), default=0.0)
        if len(places) < 2 or widest + _GAP <= places[1] - places[0]:
            break
    pointers = [mark for mark, _, _, _ in plan.marks]
    taken: list[Span] = []

    def draw(x: float, words: str) -> bool:
        span = _beside(x, pen.width(words, SMALL), pointers, taken, frame.text)
        if span is not None:
            taken.append(span)
            pen.text(span.start, frame.axis - 34, words, SMALL, colours.TEXT)
        return span is not None

    for x, words in zip(places, labels, strict=True):
        pen.line([x, x], [frame.axis, frame.axis - 7], colours.AXIS, 2)
        draw(x, words)
    if picture.median is None:
        return
    # Where none is near the colleagues' middle, the nearest round value that has room for its number.
    middle = plan.scale.at(picture.median)
    if any(abs(span.middle - middle) < _BULK for span in taken):
        return
    low, high = plan.scale.low * unit, plan.scale.high * unit
    finer = {tick for most in (10, 20, 40) for tick in tick_values(low, high, most)[0]}.difference(ticks)
    at = {plan.scale.at(tick / unit): tick for tick in finer if round(tick, decimals) == tick}
    for x in sorted(at, key=lambda x: abs(x - middle)):
        if draw(x, say.tick_label(measure, at[x], decimals, picture.language)):
            pen.line([x, x], [frame.axis, frame.axis - 7], colours.AXIS, 2)
            return


def _beside(
    x: float, width: float, pointers: Sequence[float], taken: Sequence[Span], bounds: Span
) -> Span | None:
    """Where a tick's number stands: under it or next to a pointer that would strike it out, if at all."""
    starts = [x - width / 2]
    for pointer in pointers:
        starts += [pointer - _STRIKE - width, pointer + _STRIKE]
    for start in sorted(starts, key=lambda start: abs(start + width / 2 - x)):
        span = Span(start, start + width)
        free = not any(span.start - _STRIKE < pointer < span.end + _STRIKE for pointer in pointers)
        inside = span.start <= x <= span.end and bounds.start <= span.start and span.end <= bounds.end
        if free and inside and not any(span.overlaps(other, _GAP) for other in taken):
            return span
    return None


def missing_on(plan: PeersPlan, person: PersonPicture) -> tuple[float, ...]:
    """What the person's picture has to show and the group's axis does not hold.

    The likely range only as long as the colleagues keep half of the width.
    """
    if person.value is None:
        return ()
    scale = plan.scale
    own = [person.value] if person.interval is None else [person.value, *person.interval]
    wide = max(scale.high, *own) - min(scale.low, *own) if len(own) > 1 else np.inf
    wanted = own if 2 * (scale.high - scale.low) >= wide else own[:1]
    return tuple(wanted) if not all(scale.holds(value) for value in wanted) else ()


def _axis_range(picture: PeerPicture, also: Sequence[float]) -> tuple[float, float]:
    proportion = picture.measure.kind is Kind.PROPORTION
    ceiling = 1.0 if proportion else None
    shown = [v for v in (picture.benchmark, picture.median, picture.goal, *also) if v is not None]
    if picture.drawn is PeersDrawn.DOTS:
        shown += picture.values
    elif picture.quartiles is not None:
        # No peer's value may be read from a band's picture (D3): its axis reaches as far as Tukey's fences.
        low, high = picture.quartiles
        reach = 1.5 * (high - low)
        shown += np.clip([low - reach, high + reach], 0.0, ceiling).tolist()
    shown = shown or [0.0]
    return value_range(shown, least=least_span(shown, proportion), floor=0.0, ceiling=ceiling)


def least_span(values: list[float], proportion: bool) -> float:
    """The narrowest honest axis: a tenth of the level that it shows, so that no trifle looks large."""
    level = max((abs(v) for v in values), default=0.0)
    if level == 0.0:
        return 0.05 if proportion else 1.0
    return max(0.1 * level, 1e-4 if proportion else 1e-3)
