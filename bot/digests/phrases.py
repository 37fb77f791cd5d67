"""A measure's own words and figures, woven into sentences; everything returned is ready for mrkdwn."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from bot.comparison.types import FloatArray, Shift
from bot.digests.facts import Compared, MeasureFacts, MeasureView
from bot.digests.framing import currency, in_plain_use
from bot.digests.select import compares
from bot.digests.values import (
    NO_BREAK,
    direction_words,
    format_count,
    format_day,
    format_difference,
    format_goal,
    format_number,
    format_span,
    format_value,
)
from bot.digests.weeks import last_day
from bot.slack_text import inert, shorten
from storage.terms import Counts, Direction, Kind, PeriodLength

WEEKS_A_MONTH = 365.25 / 12 / 7
# Three phrases stand in one section of 3,000 characters, and "&" grows to five when it is made inert.
_MOST_CHARACTERS = 160
# Below this share of a change seen beside the colleagues, one's own line tells another story.
OWN_SHARE = 0.5
# A steady figure that went this far over the periods shown, first four against last four, is worth a word.
_ENDS, _MUCH = 4, 0.25
# A pace that a person could keep, so that the whole way takes about half a year.
_HALF_A_YEAR = 26

_NUMBERS = tuple(re.findall(r"\w+", "none one two three four five six seven eight nine ten eleven twelve"))
_COUNTED = frozenset(
    re.findall(
        r"\w+",
        """patients people women men children babies adults admissions attendances stays discharges visits
        consultations referrals letters items courses prescriptions scans tests falls operations procedures
        answers calls appointments births deaths infections episodes requests assessments reviews wounds
        lines minutes hours days weeks years""",
    )
)
_TIMES = frozenset({"minutes", "hours", "days", "weeks", "years"})
# "Bed days" are not days.
_OF_TIMES = frozenset({"bed", "patient", "person", "device", "line", "catheter", "ventilator", "nursing"})
_IRREGULAR = {"people": "person", "women": "woman", "men": "man", "children": "child", "babies": "baby"}
# Words that open a phrase with a capital only because a list did.
_OPENERS = re.compile(
    r"(all|the|number of|any|high|higher|low|lower|total|new|patients|people|items|courses|cases)\b",
    re.IGNORECASE,
)


# A cut text does not end in one of these.
_DANGLING = frozenset(
    re.findall(
        r"\w+",
        """a an the and or but nor in on at of to for from with without by as than that which who what
        where when your their its his her our is are was be can may not so if greater less more fewer""",
    )
)
_UNIT = re.compile(r"\s*\(([£€$¥])\)")


@dataclass(frozen=True, slots=True)
class Room:
    """How many words a measure's own texts may take; less where a message would grow too long."""

    title: int = 40
    phrase: int = 30
    why: int = 60
    action: int = 60
    pace: bool = True
    in_counts: bool = True
    peers_phrase: bool = True
    reached: bool = True
    drift: bool = True
    goal: bool = True
    story: int = 70


def clip(text: str, words: int, limit: int = 400) -> str:
    """Cut a text to so many words: at a sentence's end where one is near, else with an ellipsis."""
    parts = text.split()
    if len(parts) > words:
        kept = parts[:words]
        late = [i for i in range(len(kept), 0, -1) if 2 * i > words]
        sentence = next((i for i in late if kept[i - 1][-1] in ".!?" and len(kept[i - 1]) > 2), None)
        clause = next((i for i in late if kept[i - 1][-1] in ",;:"), len(kept))
        kept = kept[: sentence or clause]
        quoted = [i for i, word in enumerate(kept) if "“" in word]
        if quoted and "”" not in "".join(kept[quoted[-1] :]):
            kept = kept[: max(1, quoted[-1])]
        while len(kept) > 1 and not sentence and kept[-1].lower() in _DANGLING:
            kept.pop()
        text = " ".join(kept) if sentence else " ".join(kept).rstrip(" ,;:.(-–") + "…"
    return shorten(" ".join(text.split()), limit)


def own_words(text: str, words: int, limit: int = 400) -> str:
    """A measure's own text, inert, in so many words; money is told as use (D17)."""
    return inert(clip(in_plain_use(text), words, limit))


def title(measure: MeasureFacts, room: Room) -> str:
    """The measure's title."""
    return own_words(measure.title.strip().rstrip(" .:"), room.title, 250)


def number_word(count: int) -> str:
    """Small numbers in words, as a sentence has them."""
    return _NUMBERS[count] if 0 < count < len(_NUMBERS) else format_count(count)


def periods(count: int, length: PeriodLength) -> str:
    """`12 weeks`, `a month`."""
    return f"a {length.value}" if count == 1 else f"{count} {length.value}s"


def when(view: MeasureView) -> str:
    """The days that the figures are of (D24): a panel's is one day."""
    if view.measure.counts is Counts.PANEL:
        return f"on {format_day(view.last_day)}"
    return format_span(view.first_day, view.last_day)


def own_figures(view: MeasureView, room: Room) -> str:
    """Numerator, denominator, value and interval in one clause (D6), without its end.

    Where the reader set something aside: what was imported, and the figure without it beside (D19).
    """
    reported, result, measure = view.reported, view.result, view.measure
    if reported is None:
        return _own_figures(view, room)
    imported = replace(
        result,
        numerator=reported.numerator,
        denominator=reported.denominator,
        value=reported.value,
        expected=None,
        interval=(None, None),
    )
    told = _own_figures(replace(view, result=imported), room)
    if result.value is None:
        return f"{told}; you set all of it aside"
    count = f"the {format_count(reported.set_aside)}" if measure.kind is Kind.PROPORTION else "what"
    joint = "of" if measure.kind is Kind.PROPORTION else "in"
    counts = f"{_amount(measure, result.numerator)} {joint} {format_count(result.denominator)}"
    value = format_value(measure, result.value)
    return f"{told}; without {count} you set aside {value} ({counts}{_interval(view)})"


def _own_figures(view: MeasureView, room: Room) -> str:
    measure, result = view.measure, view.result
    x, n = _amount(measure, result.numerator), format_count(result.denominator)
    if result.value is None:
        return "No figures yet"
    value, range_ = format_value(measure, result.value), _interval(view)
    counted, among = _numerator(measure, room), _denominator(measure, room)
    if measure.kind is Kind.PROPORTION:
        return f"{x} of your {n} {among} ({value}{range_})"
    if measure.kind is Kind.RATE:
        return f"Yours is {value} ({x} {counted} in {n} {among}{range_})"
    if measure.kind is Kind.MEAN:
        return f"Yours is {_with_time(measure, value)} on average ({x} {counted} over {n} {among}{range_})"
    expected = "" if result.expected is None else f" where {format_count(result.expected)} were expected"
    return f"{x} {counted}{expected}, from {n} {among} (ratio {value}{range_})"


def counts_only(view: MeasureView, room: Room) -> str:
    """Numerator and denominator without a value."""
    x, n = _amount(view.measure, view.result.numerator), format_count(view.result.denominator)
    return f"{x} {_numerator(view.measure, room)}, among {n} {_denominator(view.measure, room)}"


def peers_figures(view: MeasureView, room: Room) -> str:
    """Where colleagues are, and what they have reached with its patient count (D6, D15); "" without them.

    Whoever is among those who set it is told so: their own figure may lie on either side of it.
    """
    measure, comparison = view.measure, view.comparison
    if not compares(view) or comparison.median is None:
        return ""
    # A rate's "per 1,000" has just been said.
    told = format_number if measure.kind is Kind.RATE else format_value
    median = told(measure, comparison.median)
    middle = f"half your colleagues are {_beyond(view)} {median}"
    if comparison.benchmark is None or not room.reached:
        return middle
    value = told(measure, comparison.benchmark.value)
    count = format_count(comparison.benchmark.denominator)
    joint = "of" if measure.kind is Kind.PROPORTION else "over"
    among = _denominator(measure, room) if room.peers_phrase else _noun(measure.denominator)
    who = "you and others" if view.result.in_benchmark_set else "colleagues"
    return f"{middle}, and {who} have reached {value} ({joint} {f'{count} {among}'.strip()})"


def figures(view: MeasureView, room: Room) -> str:
    """Own and colleagues' figures, their days and the direction, as sentences."""
    peers = peers_figures(view, room)
    own = f"{own_figures(view, room)}, {when(view)}"
    return (
        f"{own}; {peers}. {direction_words(view.measure)}"
        if peers
        else f"{own}. {direction_words(view.measure)}"
    )


def goal(view: MeasureView) -> str:
    """The goal that the group adopted, as a sentence; "" without one."""
    if view.goal is None:
        return ""
    return f"Your group's goal is {format_goal(view.measure, view.goal.value)}."


def no_comparison(view: MeasureView) -> str:
    """Why there is no comparison, in plain words (D3, D7–D9, D16, D29); "" where there is one."""
    match view.compared:
        case Compared.TOO_FEW_PEERS:
            return "No comparison: it needs five colleagues with enough cases."
        case Compared.TOO_FEW_CASES:
            least = format_count(view.measure.min_denominator)
            return f"Not enough cases yet for a comparison: it begins at {least}."
        case Compared.HALF_WINDOW:
            return "No comparison yet: you were here for less than half of that time."
        case Compared.OTHER_MODE:
            return "No comparison: read the cases, not the rate."
        case Compared.NO_GROUP:
            return "No comparison: you are in no peer group here yet."
        case Compared.NO_DATA:
            return "" if view.reported is not None else "No figures yet."
        case Compared.YES:
            if not compares(view):
                return "No comparison: it is not adjusted for patient mix."
    return ""


def still_coming_in(view: MeasureView) -> str:
    """Why the figures end where they do, where younger ones are there and may still change; else ""."""
    young = ~view.settled & np.isfinite(view.result.trend.values)
    if not young.any():
        return ""
    unit = f"{view.measure.period.value}{'' if young.sum() == 1 else 's'}"
    return f"The {unit} since may still change."


def counted_anew(view: MeasureView) -> str:
    """From when on it is counted in a new way, where the periods shown reach back before that; else ""."""
    changed = view.measure.changed
    if changed is None or not view.periods or not view.periods[0] < changed <= view.last_day:
        return ""
    return f"Counted in a new way since {format_day(changed, year=changed.year != view.last_day.year)}."


def since(view: MeasureView) -> str:
    """When the change began: `the week of 2 June`, `May`; `then` where it is not known."""
    index = view.result.trend.since
    if index is None or not 0 <= index < len(view.periods):
        return "then"
    start = view.periods[index]
    if view.measure.period is PeriodLength.MONTH:
        return _month(start, view.last_day)
    return f"the week of {format_day(start, year=start.year != view.last_day.year)}"


def before_and_since(view: MeasureView) -> tuple[float, float] | None:
    """The person's own mean before a sustained change and since; None where either is not known."""
    trend = view.result.trend
    if trend.shifted_by is None or trend.since is None or trend.shift is Shift.NONE:
        return None
    settled = _told_values(view)
    before, since = settled[: trend.since], settled[trend.since :]
    if not np.isfinite(before).any() or not np.isfinite(since).any():
        return None
    return float(np.nanmean(before)), float(np.nanmean(since))


def went_along(view: MeasureView) -> bool:
    """Whether the person's own figure moved the way that the comparison says it did.

    A change is judged beside the colleagues: where these moved more, one's own line may have gone the other
    way, or hardly at all, and saying "you gained" would contradict what the reader sees.
    """
    means = before_and_since(view)
    if means is None or view.result.trend.shifted_by is None:
        return True
    return (means[1] - means[0]) / view.result.trend.shifted_by >= OWN_SHARE


def change(view: MeasureView, room: Room) -> str:
    """A sustained change in the reader's own figures, with its direction and in counts (D17, D20)."""
    trend = view.result.trend
    if trend.shifted_by is None or trend.shift is Shift.NONE:
        return ""
    size = _with_time(view.measure, format_difference(view.measure, trend.shifted_by))
    side = "up" if trend.shift is Shift.UP else "down"
    means = before_and_since(view)
    if means is None:
        return f"Compared with your colleagues it moved {side} {size}."
    told = tuple(format_value(view.measure, mean) for mean in means)
    went = f"It went from {told[0]} to {told[1]}" if told[0] != told[1] else f"It stayed at {told[0]}"
    if not went_along(view):
        return f"{went}; compared with your colleagues that is {size} {side}."
    return f"{went}{_size_in_counts(view) if room.in_counts else ''}."


def drift(view: MeasureView) -> str:
    """What a figure without a sustained change did over the periods shown, where that is a lot; else ""."""
    values = _told_values(view)
    values = values[np.isfinite(values)]
    if len(values) < 2 * _ENDS:
        return ""
    first, last = float(values[:_ENDS].mean()), float(values[-_ENDS:].mean())
    if abs(last - first) < _MUCH * max(abs(first), abs(last)):
        return ""
    start, end = (format_value(view.measure, value) for value in (first, last))
    return f"Over the {view.measure.period.value}s shown it went from {start} to {end}."


def _told_values(view: MeasureView) -> FloatArray:
    """One's own values, NaN where they have not settled or are of an earlier way of counting."""
    changed = view.measure.changed
    same = [changed is None or view.last_day < changed or start >= changed for start in view.periods]
    return np.where(view.settled & np.array(same, bool), view.result.trend.values, np.nan)


def gap(view: MeasureView) -> tuple[float, str]:
    """The distance to what colleagues have reached, in counts, and what is counted.

    Against the benchmark; for a ratio against what was expected; else against the middle of the colleagues.
    A mean's is in its own hours or days. (0, "") where a count makes no sense or nothing is left.
    """
    measure, result, comparison = view.measure, view.result, view.comparison
    sign = {Direction.HIGHER: 1, Direction.LOWER: -1, Direction.NEUTRAL: 0}[measure.direction]
    target = comparison.benchmark.value if comparison.benchmark else comparison.median
    if measure.kind is Kind.RATIO:
        target = 1.0
    if target is None or result.value is None or sign == 0 or not compares(view):
        return 0.0, ""
    if measure.kind is Kind.MEAN and (measure.counts is Counts.PANEL or not _in_time(measure)):
        return 0.0, ""
    left = (target - result.value) * sign * _base(view)
    return (left, counted_noun(measure)) if left > 0 else (0.0, "")


def way_to_go(view: MeasureView, room: Room, *, gap_told: bool = False) -> str:
    """The gap in patients and in time (D20, D26), as a sentence; "" without one.

    A panel's gap is closed patient by patient, so it has a pace; a gap in events comes again every period.
    `gap_told`: the headline has said its size.
    """
    left, noun = gap(view)
    if left <= 0:
        return ""
    if round(left) < 1:
        return f"The gap is less than one {_singular(noun) or 'case'}."
    count, sign = round(left), currency(view.measure)
    told = f"The gap is {sign}{counted(count, noun)}"
    if view.measure.counts is Counts.PANEL:
        time = _pace(count, view.measure) if count > 1 and room.pace else ""
        if gap_told:
            return f"{time[:1].upper()}{time[1:]}." if time else ""
        return f"{told}: {time}." if time else f"{told}."
    length, unit = _own_periods(view), view.measure.period
    a_period = f"{_sum_about(sign, count / length)} {noun}".strip()
    if length == 1 or count < length:
        return f"{told} in {periods(length, unit)}."
    if gap_told or not room.pace:
        return f"The gap is about {a_period} a {unit.value}."
    return f"{told} in {periods(length, unit)}, about {_sum_about(sign, count / length)} a {unit.value}."


def gap_in_headline(view: MeasureView) -> bool:
    """Say whether the gap is a number of something that a headline can name."""
    left, noun = gap(view)
    return round(left) >= 1 and bool(noun)


def _own_periods(view: MeasureView) -> int:
    """In how many of the compared periods the reader has figures: a starter's are fewer than colleagues'."""
    own = view.result.trend.values
    return sum(bool(np.isfinite(own[i])) for i in view.comparison.window if i < len(own)) or 1


def _size_in_counts(view: MeasureView) -> str:
    """`, about ten fewer patients a week`; "" for a panel, a mean, or less than one."""
    trend = view.result.trend
    mean = view.measure.kind is Kind.MEAN and not _in_time(view.measure)
    if trend.shifted_by is None or view.measure.counts is Counts.PANEL or mean:
        return ""
    a_period = abs(trend.shifted_by) * _base(view) / _own_periods(view)
    if a_period < 1:
        return ""
    sign = currency(view.measure)
    more = "more" if trend.shift is Shift.UP else "less" if sign else "fewer"
    count = f"{_sum_about(sign, a_period)} {more} {counted_noun(view.measure)}".strip()
    return f", about {count} a {view.measure.period.value}"


def counted_noun(measure: MeasureFacts) -> str:
    """What a gap is counted in: `patients`, `courses`; "" where the measure's words do not say."""
    return _noun(measure.denominator if measure.kind is Kind.PROPORTION else measure.numerator)


def counted(count: int, noun: str) -> str:
    """`86 patients`, `1 patient`, `86`."""
    return f"{format_count(count)} {_singular(noun) if count == 1 else noun}".strip()


def _base(view: MeasureView) -> float:
    """What a difference of one unit of the value is in counts."""
    result, measure = view.result, view.measure
    match measure.kind:
        case Kind.PROPORTION:
            return result.denominator
        case Kind.RATE:
            return result.denominator / measure.per
        case Kind.RATIO:
            return result.expected or 0.0
        case Kind.MEAN:
            return result.denominator


def _pace(count: int, measure: MeasureFacts) -> str:
    weekly = measure.period is PeriodLength.WEEK
    half = _HALF_A_YEAR if weekly else 6
    pace = max(1, round(count / half))
    steps = count / pace
    weeks = steps if weekly else steps * WEEKS_A_MONTH
    more = "more" if measure.direction is Direction.HIGHER else "fewer"
    return f"at {_about(pace)} {more} a {measure.period.value}, about {duration(weeks)}"


def duration(weeks: float) -> str:
    """`six weeks`, `seven months`, `two years`."""
    if weeks < 9:
        count, unit = max(1, round(weeks)), "week"
    elif weeks < 4 * _HALF_A_YEAR:
        count, unit = round(weeks / WEEKS_A_MONTH), "month"
    else:
        count, unit = round(weeks / (2 * _HALF_A_YEAR)), "year"
    return f"{number_word(count)} {unit}{'' if count == 1 else 's'}"


def _interval(view: MeasureView) -> str:
    low, high = view.result.interval
    if high is None or not math.isfinite(high):
        return ""
    measure = view.measure
    end = format_value(measure, high) if measure.kind is Kind.PROPORTION else format_number(measure, high)
    start = "up to " if low is None else f"{format_number(measure, low)}–"
    shown = {format_number(measure, edge) for edge in (low, view.result.value, high) if edge is not None}
    if len(shown) > 1 or low is None or low == high:
        return f", likely {start}{end}"
    return f", likely {_finely(measure, low, high)}"


def _finely(measure: MeasureFacts, low: float, high: float) -> str:
    """A range narrower than what is usually shown, with as many decimals as tell its ends apart (D6)."""
    scale, unit = (100.0, f"{NO_BREAK}%") if measure.kind is Kind.PROPORTION else (1.0, "")
    for decimals in range(1, 7):
        ends = [f"{edge * scale:,.{decimals}f}" for edge in (low, high)]
        if ends[0] != ends[1]:
            break
    return f"{ends[0]}–{ends[1]}{unit}"


def _beyond(view: MeasureView) -> str:
    """The side of the median that is better, or `at` where nobody can be beyond it."""
    median, measure = view.comparison.median, view.measure
    lower = measure.direction is Direction.LOWER
    most = 1.0 if measure.kind is Kind.PROPORTION else math.inf
    if median is not None and (median <= 0 if lower else median >= most):
        return "at"
    return "below" if lower else "above"


def _numerator(measure: MeasureFacts, room: Room) -> str:
    money = in_plain_use(measure.numerator)
    phrase = own_words(_inside(_UNIT.sub("", money)), room.phrase, _MOST_CHARACTERS)
    return f"of {phrase}" if _UNIT.search(measure.numerator) else phrase


def _amount(measure: MeasureFacts, number: float) -> str:
    """A numerator's count, with the currency that its phrase names."""
    unit = _UNIT.search(measure.numerator)
    return f"{unit[1] if unit else ''}{format_count(number)}"


def _with_time(measure: MeasureFacts, value: str) -> str:
    """A mean of hours or days has its unit."""
    noun = _noun(measure.numerator) if measure.kind is Kind.MEAN else ""
    return f"{value} {noun}" if noun in _TIMES else value


def _about(number: float) -> str:
    """An estimate: in words when small, else to two digits."""
    whole = max(1, round(number))
    digits = len(str(whole)) - 2
    return number_word(round(whole, -digits) if digits > 0 else whole)


def _sum_about(sign: str, number: float) -> str:
    """An estimate, of money in figures: `£1,400`."""
    if not sign:
        return _about(number)
    digits = len(str(max(1, round(number)))) - 2
    return f"{sign}{format_count(round(number, -digits) if digits > 0 else round(number))}"


def _in_time(measure: MeasureFacts) -> bool:
    """Whether what is averaged is time, so that a difference adds up to hours or days."""
    return _noun(measure.numerator) in _TIMES


def _denominator(measure: MeasureFacts, room: Room) -> str:
    phrase = own_words(_inside(measure.denominator), room.phrase, _MOST_CHARACTERS)
    return f"× {phrase}" if phrase[:1].isdigit() else phrase


def _inside(phrase: str) -> str:
    """Fit a phrase behind a number: no list's capital, and no "all"."""
    phrase = phrase.strip().rstrip(".")
    if _OPENERS.match(phrase) and phrase[1:2].islower():
        phrase = phrase[0].lower() + phrase[1:]
    return re.sub(r"^(all|the|number of)\s+", "", phrase)


def _noun(phrase: str) -> str:
    """The plain plural in a phrase that its things can be counted in; "" without, and for "1000 patients"."""
    if phrase.strip()[:1].isdigit():
        return ""
    found = re.findall(r"[a-z]+", phrase.lower())
    at = next((i for i, word in enumerate(found) if word in _COUNTED), None)
    if at is None:
        return ""
    pair = found[at] in _TIMES and at > 0 and found[at - 1] in _OF_TIMES
    return f"{found[at - 1]} {found[at]}" if pair else found[at]


def _singular(noun: str) -> str:
    return _IRREGULAR.get(noun, noun.removesuffix("s"))


def _month(start: date, last: date) -> str:
    return format_span(start, last_day(start, PeriodLength.MONTH), year=start.year != last.year)
