"""Which message a clinician gets: pure, deterministic, and for what helps rather than for what is loudest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.comparison.types import Shift, Signal
from bot.digests.facts import Compared, Correction, MeasureView, MessageType, PastDigest, Told
from bot.digests.framing import in_plain_use
from bot.digests.modes import BY_CASES, by_cases, cases_rest, leads_by_cases, untold
from bot.digests.reach import SIGN as _SIGN
from bot.digests.reach import distance_to_benchmark, is_there
from bot.digests.templates import WHY, WHY_LEVEL
from bot.digests.weeks import IsoWeek
from bot.digests.weights import (
    DOMAIN_HELPS,
    FADES,
    FIGURES_AFTER_WEEKS,
    HARD_NEWS_WAITS_WEEKS,
    HELPS,
    LEVEL_HELPS,
    LONG_QUIET_WEEKS,
    NEAR_SHARE,
    REMEMBERED_DIGESTS,
    REPEAT_AFTER_WEEKS,
    ROOM_HELPS,
    SAME_MEASURE_TIRES,
    SAME_TYPE_TIRES,
)
from bot.language.language import Language, british, noted
from bot.slack_text import plain
from storage.terms import Counts, Direction, Domain, Mode

# Hard news does not come twice running: comparison alone cost satisfaction and gained nothing (Reiff 2022).
HARD_NEWS = frozenset({MessageType.LOSS, MessageType.GAP})

_SHIFT_SIGN = {Shift.UP: 1, Shift.DOWN: -1, Shift.NONE: 0}
_SIGNAL_SIGN = {Signal.HIGHER: 1, Signal.LOWER: -1}


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """What one measure could say to this clinician."""

    view: MeasureView
    message_type: MessageType


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The message of the week. `looked_at` are all measures with figures, by id; `why` a full sentence."""

    view: MeasureView
    message_type: MessageType
    why: str
    score: float
    looked_at: tuple[MeasureView, ...]
    corrections: tuple[Correction, ...] = ()
    story: Told | None = None


@dataclass(frozen=True, slots=True)
class Quiet:
    """No message this week, and why."""

    reason: str


def compares(view: MeasureView) -> bool:
    """Say whether a message led by this measure may speak of colleagues (D7–D9, D16).

    Only repetitive care with enough peers and cases; an outcome only where it is adjusted for differences
    between patients. Its picture draws peers under the same condition.
    """
    measure = view.measure
    adjusted = view.result.expected is not None or bool(measure.adjusted_for)
    return (
        view.compared is Compared.YES
        and measure.mode is Mode.REPETITIVE
        and (measure.domain is not Domain.OUTCOME or adjusted)
    )


def candidates(views: Sequence[MeasureView]) -> tuple[Candidate, ...]:
    """Return at most one candidate a measure, by measure id (DESIGN section 4).

    Measures past their review, without figures, or of constrained and unconstrained care give none. An
    unadjusted outcome can only have moved against its own past (gain, loss) or be steady: change is judged
    with the peers' median taken off, which is no comparison of one person's level with another's.
    A `neutral` measure is only ever steady. Where several types hold, the most helpful one is taken, so
    that a measure never says two things (D13).
    """
    found: dict[str, Candidate] = {}
    for view in _by_id(views):
        if _leads(view):
            candidate = Candidate(view, _type_of(view))
            # In two peer groups a measure has two views; it still says one thing.
            other = found.get(view.measure.key)
            if other is None or _type_helps(view, candidate.message_type) > _type_helps(
                other.view, other.message_type
            ):
                found[view.measure.key] = candidate
    return tuple(found.values())


def choose(
    views: Sequence[MeasureView],
    past: Sequence[PastDigest],
    *,
    week: IsoWeek,
    every_week: bool = False,
    corrections: Sequence[Correction] = (),
    language: Language | None = None,
) -> Choice | Quiet:
    """Return the message of a week, or why there is none.

    News is a candidate other than steady, of a measure with a period that the last digest did not have yet,
    and not the same message about the same measure as in the last eight weeks. The first digest ever, a
    correction, and `every_week` need no news; and after eight quiet weeks new figures are enough, also steady
    ones, for feedback works by coming again. No digest repeats the last one's message while there is another.
    `past` are earlier digests in any order; a row without a measure and those of this week or later are left
    out.
    """
    looked_at = tuple(v for v in _by_id(views) if _has_figures(v))
    if not looked_at:
        return Quiet("There are no figures for you yet.")
    history = _history(past, week)
    # A correction is told even where only measures that await their review are left to stand below it.
    open_to_lead = candidates(looked_at) or _figures(looked_at, overdue=bool(corrections))
    told = by_cases(looked_at, history, counted=bool(open_to_lead))
    open_to_lead += tuple(Candidate(view, kind) for view, kind in told)
    if not open_to_lead:
        return Quiet("Your measures wait for their review, or are told case by case.")
    ready = [c for c in open_to_lead if not _waits(c, history, week)]
    news = [c for c in ready if _is_news(c, history, week)]
    must = every_week or bool(corrections) or not history
    if must:
        pool = _others(news, history) or _others(ready or open_to_lead, history) or open_to_lead
    else:
        pool = _others(news, history) or _others(_after_a_long_quiet(ready, history, week), history) or news
    if not pool:
        return Quiet(_why_quiet(open_to_lead, history))
    scored = sorted(((_score(c, history), c) for c in pool), key=lambda s: (-s[0], s[1].view.measure.key))
    score, best = scored[0]
    return Choice(
        view=best.view,
        message_type=best.message_type,
        why=_why(best, open_to_lead, len(looked_at), history, week, language or british()),
        score=score,
        looked_at=looked_at,
        corrections=tuple(sorted(corrections, key=lambda c: (c.week, c.measure.key))),
        story=untold(best.view, history) if best.message_type is MessageType.STORY else None,
    )


def through(measure_key: str) -> str:
    """Name the fact that keeps, in a sent digest, the last day of data a measure had (a date's ordinal)."""
    return f"through:{measure_key}"


def good_rank(view: MeasureView) -> float | None:
    """The percentile counted towards the better side, 0–100; None where no comparison may be made."""
    percentile = view.result.percentile
    if percentile is None or not compares(view) or view.measure.direction is Direction.NEUTRAL:
        return None
    return percentile if view.measure.direction is Direction.HIGHER else 100 - percentile


def _by_id(views: Sequence[MeasureView]) -> list[MeasureView]:
    return sorted(views, key=lambda v: (v.measure.key, v.group, v.last_day, v.result.denominator))


def _has_figures(view: MeasureView) -> bool:
    if view.reported is not None:
        return True
    return bool(view.stories) or (view.compared is not Compared.NO_DATA and view.result.value is not None)


def _leads(view: MeasureView) -> bool:
    return (
        not view.past_review
        # D19: where so much is set aside, the measure is looked at and not the person.
        and not (view.reported is not None and view.reported.for_the_measure)
        and view.measure.mode is Mode.REPETITIVE
        and view.compared is Compared.YES
        and view.result.value is not None
    )


def _figures(views: Sequence[MeasureView], *, overdue: bool = False) -> tuple[Candidate, ...]:
    """Own counts for whoever has no comparison at all (D3, D9, D29); small-number care last."""
    current = [v for v in views if overdue or not v.past_review]
    for mode in (Mode.REPETITIVE, Mode.CONSTRAINED):
        there = (v for v in current if v.measure.mode is mode and v.result.value is not None)
        found = tuple(Candidate(v, MessageType.FIGURES) for v in there if not leads_by_cases(v))
        if found:
            return found
    return ()


def _type_of(view: MeasureView) -> MessageType:
    good = _SIGN[view.measure.direction]
    if good == 0:
        return MessageType.STEADY
    holds = {MessageType.STEADY}
    moved = _SHIFT_SIGN[view.result.trend.shift] * good
    if moved:
        holds.add(MessageType.GAIN if moved > 0 else MessageType.LOSS)
    if compares(view):
        if view.result.in_benchmark_set:
            if _held(view):
                holds.add(MessageType.TOP)
        elif _is_near(view):
            if _held(view):
                holds.add(MessageType.NEAR)
        elif all(_SIGNAL_SIGN.get(s) == -good for s in (view.result.signal, view.result.previous_signal)):
            holds.add(MessageType.GAP)
    return max(sorted(holds), key=lambda kind: _type_helps(view, kind))


def _type_helps(view: MeasureView, kind: MessageType) -> float:
    """What a type is worth; whoever has got there has good news, and nothing new to do."""
    return LEVEL_HELPS if kind is MessageType.NEAR and is_there(view) else HELPS[kind]


def _is_near(view: MeasureView) -> bool:
    benchmark, median, value = view.comparison.benchmark, view.comparison.median, view.result.value
    left = distance_to_benchmark(view)
    if benchmark is None or median is None or value is None or left is None:
        return False
    good = _SIGN[view.measure.direction]
    whole = (benchmark.value - median) * good
    return (value - median) * good > 0 and left <= NEAR_SHARE * whole


def _held(view: MeasureView) -> bool:
    """Say whether good news rests on more than one period (D11).

    A sum of periods does. A panel is one period, so the look before it, at least four weeks earlier, must
    also have been on the better side of the median.
    """
    if view.measure.counts is Counts.EVENTS:
        return True
    median, before = view.comparison.median, view.result.previous_value
    if median is None or before is None:
        return False
    good = _SIGN[view.measure.direction]
    return (before - median) * good > 0


def _history(past: Sequence[PastDigest], week: IsoWeek) -> list[PastDigest]:
    """Earlier digests that led with a measure, newest first."""
    told = [p for p in past if p.measure is not None and IsoWeek.parse(p.week) < week]
    return sorted(told, key=lambda p: IsoWeek.parse(p.week), reverse=True)


def _weeks_since(digest: PastDigest, week: IsoWeek) -> int:
    return (week.monday - IsoWeek.parse(digest.week).monday).days // 7


def _is_fresh(view: MeasureView, history: Sequence[PastDigest]) -> bool:
    if not history:
        return True
    known = history[0].facts.get(through(view.measure.key))
    return known is None or view.last_day.toordinal() > known


def _is_news(candidate: Candidate, history: Sequence[PastDigest], week: IsoWeek) -> bool:
    view, kind = candidate.view, candidate.message_type
    if kind is MessageType.STORY:
        return True
    if kind is MessageType.CASES and cases_rest(history, week):
        return False
    if kind is MessageType.STEADY or not _is_fresh(view, history):
        return False
    if kind is MessageType.FIGURES:
        return not history or _weeks_since(history[0], week) >= FIGURES_AFTER_WEEKS
    recent = [p for p in history if _weeks_since(p, week) < REPEAT_AFTER_WEEKS]
    return not any(p.measure == view.measure.key and p.message_type is kind for p in recent)


def _after_a_long_quiet(
    ready: Sequence[Candidate], history: Sequence[PastDigest], week: IsoWeek
) -> list[Candidate]:
    if not history or _weeks_since(history[0], week) < LONG_QUIET_WEEKS:
        return []
    return [c for c in ready if _is_fresh(c.view, history)]


def _others(found: Sequence[Candidate], history: Sequence[PastDigest]) -> Sequence[Candidate]:
    """What the last digest did not say already."""
    last = (history[0].measure, history[0].message_type) if history else None
    return [c for c in found if (c.view.measure.key, c.message_type) != last]


def _waits(candidate: Candidate, history: Sequence[PastDigest], week: IsoWeek) -> bool:
    if candidate.message_type not in HARD_NEWS or not history:
        return False
    return history[0].message_type in HARD_NEWS and _weeks_since(history[0], week) < HARD_NEWS_WAITS_WEEKS


def _score(candidate: Candidate, history: Sequence[PastDigest]) -> float:
    tired = 0.0
    for ago, digest in enumerate(history[:REMEMBERED_DIGESTS]):
        weight = FADES**ago
        tired += SAME_TYPE_TIRES * weight * (digest.message_type is candidate.message_type)
        tired += SAME_MEASURE_TIRES * weight * (digest.measure == candidate.view.measure.key)
    return round(_helps(candidate) - tired, 6)


def _helps(candidate: Candidate) -> float:
    """How much a message helps its reader, before what tires is taken off."""
    helps = _type_helps(candidate.view, candidate.message_type) + DOMAIN_HELPS[candidate.view.measure.domain]
    rank = good_rank(candidate.view)
    if candidate.message_type is MessageType.STEADY and rank is not None:
        helps += ROOM_HELPS * (1 - rank / 100)
    return helps


def _why(
    best: Candidate,
    open_to_lead: Sequence[Candidate],
    looked_at: int,
    history: Sequence[PastDigest],
    week: IsoWeek,
    language: Language,
) -> str:
    measures = language.say_many("One measure was looked at.", "{count} measures were looked at.", looked_at)
    rather = _rather(best, open_to_lead, history, week, language)
    level = best.message_type is MessageType.NEAR and is_there(best.view)
    reason = WHY_LEVEL if level else WHY[best.message_type]
    if best.message_type is MessageType.STEADY and not history:
        reason = noted("nothing stands out yet, and it is a place to begin")
    because = language.say(reason)
    leads = language.say("This one leads because {reason}{rather}.", reason=because, rather=rather)
    if rather or not history or looked_at == 1:
        return f"{measures} {leads}"
    return f"{measures} {leads} {language.say('What led in the last weeks steps back.')}"


def _rather(
    best: Candidate,
    open_to_lead: Sequence[Candidate],
    history: Sequence[PastDigest],
    week: IsoWeek,
    language: Language,
) -> str:
    """`, rather than Falls, because …`: the message that weighs most of the others; "" where none is news."""
    others = [
        c
        for c in open_to_lead
        if c.view.measure.key != best.view.measure.key
        and c.message_type not in (MessageType.STEADY, MessageType.FIGURES, *BY_CASES)
        and _is_fresh(c.view, history)
    ]
    if not others or best.message_type in BY_CASES:
        return ""
    other = max(others, key=lambda c: (_helps(c), _score(c, history), c.view.measure.key))
    reason = _why_not(other, best, history, week)
    name = plain(in_plain_use(other.view.measure.title.strip().rstrip(" .:")), 120)
    if not reason:
        return ""
    because = language.say(reason)
    return language.say("; it stands before “{title}” because {reason}", title=name, reason=because)


def _why_not(other: Candidate, best: Candidate, history: Sequence[PastDigest], week: IsoWeek) -> str:
    """Why another message does not lead, in words; "" where only the order of the names decides."""
    if _waits(other, history, week):
        return noted("that one is harder to read, and such news does not come twice running")
    if not _is_news(other, history, week):
        return noted("that was told in the last two months")
    if _helps(other) > _helps(best):
        if any(p.measure == other.view.measure.key for p in history[:REMEMBERED_DIGESTS]):
            return noted("that one has led lately")
        return noted("the last digests said much the same as that one would")
    if _type_helps(best.view, best.message_type) > _type_helps(other.view, other.message_type):
        if other.message_type in HARD_NEWS:
            return noted("what helps comes first; that one is among “More measures”")
        gained = best.message_type is MessageType.GAIN
        return noted("this is the rarer news") if gained else noted("it is nearer at hand")
    if DOMAIN_HELPS[best.view.measure.domain] > DOMAIN_HELPS[other.view.measure.domain]:
        return noted("it is more in your own hands")
    return ""


def _why_quiet(open_to_lead: Sequence[Candidate], history: Sequence[PastDigest]) -> str:
    if not any(_is_fresh(c.view, history) for c in open_to_lead):
        return "There are no new figures since your last digest."
    return "Nothing is new since your last digest."
