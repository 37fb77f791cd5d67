"""Which message a clinician gets: pure, deterministic, and for what helps rather than for what is loudest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.comparison.types import Shift, Signal
from bot.digests.facts import Compared, Correction, MeasureView, MessageType, PastDigest
from bot.digests.weeks import IsoWeek
from storage.terms import Direction, Domain, Mode

# How much a message helps its reader. The two ends are measured: clinicians' surveyed preferences run from
# +1.09 for "you are approaching the benchmark" to −1.73 for "you got worse" (Display-Lab, EVIDENCE "Why").
# What lies between is our judgement, in the order that DESIGN section 4 asks for (approach and gain over
# loss). A gap stands above a loss: feedback moves most where there is most to gain (Cochrane 2012).
HELPS: dict[MessageType, float] = {
    MessageType.NEAR: 1.09,
    MessageType.GAIN: 1.0,
    MessageType.TOP: 0.7,
    MessageType.GAP: -0.5,
    MessageType.LOSS: -1.73,
    MessageType.STEADY: -2.0,
    MessageType.FIGURES: -2.0,
}
# D16: what is under the recipient's own control first.
DOMAIN_HELPS: dict[Domain, float] = {
    Domain.PROCESS: 1.0,
    Domain.EXPERIENCE: 0.5,
    Domain.RESOURCE: 0.25,
    Domain.OUTCOME: 0.0,
}
# Among measures without news the one with the most room leads: feedback moves most where it starts low
# (Cochrane 2012). Less than the distance between a process and an outcome measure.
ROOM_HELPS = 0.2
# D23: what led before steps back, most of all what led last. Judgement: so much that among plenty of good
# news a gap or a loss has its turn within about two months, and others lead before a measure leads again.
SAME_TYPE_TIRES = 3.5
SAME_MEASURE_TIRES = 3.5
FADES = 0.8
REMEMBERED_DIGESTS = 12
# The same message about the same measure is not news again before two months are over.
REPEAT_AFTER_WEEKS = 8
# Hard news does not come twice running: comparison alone cost satisfaction and gained nothing (Reiff 2022).
HARD_NEWS = frozenset({MessageType.LOSS, MessageType.GAP})
HARD_NEWS_WAITS_WEEKS = 2
# Who cannot be compared hears their own counts about once a month.
FIGURES_AFTER_WEEKS = 4
NEAR_SHARE = 0.25

_SIGN = {Direction.HIGHER: 1, Direction.LOWER: -1, Direction.NEUTRAL: 0}
_SHIFT_SIGN = {Shift.UP: 1, Shift.DOWN: -1, Shift.NONE: 0}
_SIGNAL_SIGN = {Signal.HIGHER: 1, Signal.LOWER: -1}

_WHY = {
    MessageType.TOP: "you are among the colleagues who set what can be reached here",
    MessageType.GAIN: "compared with your colleagues, your figure has moved the right way and stayed there",
    MessageType.LOSS: "compared with your colleagues, your figure has moved and stayed there",
    MessageType.GAP: "your figure differs from your colleagues' by more than chance explains, twice running",
    MessageType.NEAR: "what colleagues have reached is within your reach here",
    MessageType.STEADY: "nothing new stands out, and this one has not led lately",
    MessageType.FIGURES: "there is no comparison for you yet, so these are your own counts",
}


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
            if other is None or HELPS[candidate.message_type] > HELPS[other.message_type]:
                found[view.measure.key] = candidate
    return tuple(found.values())


def choose(
    views: Sequence[MeasureView],
    past: Sequence[PastDigest],
    *,
    week: IsoWeek,
    every_week: bool = False,
    corrections: Sequence[Correction] = (),
) -> Choice | Quiet:
    """Return the message of a week, or why there is none.

    News is a candidate other than steady, of a measure with a period that the last digest did not have yet,
    and not the same message about the same measure as in the last eight weeks. The first digest ever, a
    correction, and `every_week` need no news. `past` are earlier digests in any order; a row without a
    measure and those of this week or later are left out.
    """
    looked_at = tuple(v for v in _by_id(views) if _has_figures(v))
    if not looked_at:
        return Quiet("There are no figures for you yet.")
    history = _history(past, week)
    # A correction is told even where only measures that await their review are left to stand below it.
    open_to_lead = candidates(looked_at) or _figures(looked_at, overdue=bool(corrections))
    if not open_to_lead:
        return Quiet("Your measures wait for their review, or are told case by case.")
    ready = [c for c in open_to_lead if not _waits(c, history, week)]
    news = [c for c in ready if _is_news(c, history, week)]
    must = every_week or bool(corrections) or not history
    pool = news or ((ready or list(open_to_lead)) if must else [])
    if not pool:
        return Quiet(_why_quiet(open_to_lead, history))
    scored = sorted(((_score(c, history), c) for c in pool), key=lambda s: (-s[0], s[1].view.measure.key))
    score, best = scored[0]
    return Choice(
        view=best.view,
        message_type=best.message_type,
        why=_why(best, len(looked_at), bool(history)),
        score=score,
        looked_at=looked_at,
        corrections=tuple(sorted(corrections, key=lambda c: (c.week, c.measure.key))),
    )


def through(measure_key: str) -> str:
    """Name the fact that keeps, in a sent digest, the last day of data a measure had (a date's ordinal)."""
    return f"through:{measure_key}"


def distance_to_benchmark(view: MeasureView) -> float | None:
    """How far the value is from the benchmark, in the measure's unit; negative beyond it."""
    benchmark, value = view.comparison.benchmark, view.result.value
    if benchmark is None or value is None:
        return None
    return (benchmark.value - value) * _SIGN[view.measure.direction]


def good_rank(view: MeasureView) -> float | None:
    """The percentile counted towards the better side, 0–100; None where no comparison may be made."""
    percentile = view.result.percentile
    if percentile is None or not compares(view) or view.measure.direction is Direction.NEUTRAL:
        return None
    return percentile if view.measure.direction is Direction.HIGHER else 100 - percentile


def _by_id(views: Sequence[MeasureView]) -> list[MeasureView]:
    return sorted(views, key=lambda v: (v.measure.key, v.group, v.last_day, v.result.denominator))


def _has_figures(view: MeasureView) -> bool:
    return view.compared is not Compared.NO_DATA and view.result.value is not None


def _leads(view: MeasureView) -> bool:
    return (
        not view.past_review
        and view.measure.mode is Mode.REPETITIVE
        and view.compared is Compared.YES
        and view.result.value is not None
    )


def _figures(views: Sequence[MeasureView], *, overdue: bool = False) -> tuple[Candidate, ...]:
    """Own counts for whoever has no comparison at all (D3, D9, D29); small-number care last."""
    current = [v for v in views if overdue or not v.past_review]
    for mode in (Mode.REPETITIVE, Mode.CONSTRAINED):
        found = tuple(Candidate(v, MessageType.FIGURES) for v in current if v.measure.mode is mode)
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
            holds.add(MessageType.TOP)
        elif _is_near(view):
            holds.add(MessageType.NEAR)
        elif all(_SIGNAL_SIGN.get(s) == -good for s in (view.result.signal, view.result.previous_signal)):
            holds.add(MessageType.GAP)
    return max(holds, key=HELPS.__getitem__)


def _is_near(view: MeasureView) -> bool:
    benchmark, median, value = view.comparison.benchmark, view.comparison.median, view.result.value
    left = distance_to_benchmark(view)
    if benchmark is None or median is None or value is None or left is None:
        return False
    good = _SIGN[view.measure.direction]
    whole = (benchmark.value - median) * good
    return (value - median) * good > 0 and left <= NEAR_SHARE * whole


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
    if kind is MessageType.STEADY or not _is_fresh(view, history):
        return False
    if kind is MessageType.FIGURES:
        return not history or _weeks_since(history[0], week) >= FIGURES_AFTER_WEEKS
    recent = [p for p in history if _weeks_since(p, week) < REPEAT_AFTER_WEEKS]
    return not any(p.measure == view.measure.key and p.message_type is kind for p in recent)


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
    helps = HELPS[candidate.message_type] + DOMAIN_HELPS[candidate.view.measure.domain]
    rank = good_rank(candidate.view)
    if candidate.message_type is MessageType.STEADY and rank is not None:
        helps += ROOM_HELPS * (1 - rank / 100)
    return round(helps - tired, 6)


def _why(best: Candidate, looked_at: int, told_before: bool) -> str:
    reason = _WHY[best.message_type]
    measures = "One measure was" if looked_at == 1 else f"{looked_at} measures were"
    tail = " What led in the last weeks steps back." if told_before and looked_at > 1 else ""
    return f"{measures} looked at. This one leads because {reason}.{tail}"


def _why_quiet(open_to_lead: Sequence[Candidate], history: Sequence[PastDigest]) -> str:
    if not any(_is_fresh(c.view, history) for c in open_to_lead):
        return "There are no new figures since your last digest."
    return "Nothing is new since your last digest."
