"""What is said of a measure since an idea came into place: numbers, and never a cause (I25)."""

from __future__ import annotations

from bot.digests.values import direction_words, format_count, format_day, format_span, format_value
from bot.ideas.effects.effect_facts import Effect, Level, Standing
from storage.terms import Kind

OTHER_THINGS = "Other things may have changed too."


def effect_words(found: Effect) -> str:
    """The statement in a few sentences, plain text: what went before, what since, and how sure one can be."""
    sentences = [_statement(found)]
    if found.standing in (Standing.CHANGED, Standing.NO_CHANGE):
        sentences.append(_began(found))
    if found.standing is Standing.CHANGED:
        sentences.append(OTHER_THINGS)
    sentences += [_counts(found), _whose(found), direction_words(found.measure)]
    return " ".join(sentence for sentence in sentences if sentence)


def day_words(found: Effect) -> str:
    """The day on which it came into place, with its year where that is not the latest period's."""
    day = found.mark.day
    return format_day(day, year=day.year != _latest_year(found))


def periods_words(found: Effect) -> str:
    """How many periods there are since, `3 weeks`."""
    name = found.measure.period.value
    return f"{found.since} {name}" if found.since == 1 else f"{found.since} {name}s"


def _statement(found: Effect) -> str:
    before, after = found.before, found.after
    since = f"Since {day_words(found)}"
    if found.standing is Standing.TOO_EARLY or after is None:
        if not found.since:
            period = found.measure.period.value
            return f"Too early to say: there is no whole {period} since {day_words(found)} yet."
        return f"Too early to say: {periods_words(found)} since {day_words(found)}."
    now = format_value(found.measure, after.value)
    if before is None:
        return f"{since} it is {now}. There is nothing from before to hold it against."
    was = format_value(found.measure, before.value)
    if found.standing is Standing.CHANGED:
        return f"{since} it went from {was} to {now}; that is more than it usually moves."
    moved = (
        f"It was {was} before and is {now} since {day_words(found)}"
        if was != now
        else f"{since} it is {now}, as before"
    )
    if found.standing is Standing.TOO_LITTLE_BEFORE:
        return f"{moved}. There is too little from before to say whether that is more than it usually moves."
    return f"{moved}: no change beyond what it usually moves so far."


def _began(found: Effect) -> str:
    """Where the move began elsewhere than at the day, that is said as well."""
    if found.began is not None:
        when = format_day(found.began, year=found.began.year != _latest_year(found))
        order = "before" if found.began < found.mark.day else "after"
        return f"The move began around {when}, {order} this idea was in place."
    return "It had begun to move before that day." if found.moved_before else ""


def _counts(found: Effect) -> str:
    """The counts behind both figures, where both are told."""
    if found.standing is Standing.TOO_EARLY or found.before is None or found.after is None:
        return ""
    return f"Before: {_count(found, found.before)}. Since: {_count(found, found.after)}."


def _count(found: Effect, level: Level) -> str:
    measure = found.measure
    joint = "of" if measure.kind is Kind.PROPORTION else "over"
    if measure.kind is Kind.RATIO:
        joint = "against an expected"
    span = format_span(
        level.first_day, level.last_day, year=level.last_day.year != _latest_year(found), short=True
    )
    counted = f"{format_count(level.numerator)} {joint} {format_count(level.base)}"
    return f"{counted} ({span})"


def _whose(found: Effect) -> str:
    whose = f"All of {found.unit} together; nobody's own figures are shown."
    if found.unit == found.own_unit:
        return whose
    return f"{whose} {found.own_unit} alone is too small to show."


def _latest_year(found: Effect) -> int:
    return found.starts[-1].year
