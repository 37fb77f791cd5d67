"""The words of the domain that are stored: each is a closed list, held by a CHECK in the schema."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

# A dated row without a start or an end holds these, so that "is it valid on that day?" is one comparison
# and unique constraints see equal values (NULLs would all be different).
ALWAYS = date.min
FOREVER = date.max


class Kind(StrEnum):
    """How a measure's value comes from its counts."""

    PROPORTION = "proportion"
    RATE = "rate"
    MEAN = "mean"
    RATIO = "ratio"


class Direction(StrEnum):
    """Which way is better, if any."""

    HIGHER = "higher"
    LOWER = "lower"
    NEUTRAL = "neutral"


class Mode(StrEnum):
    """The mode of care (Bohmer 2012): what kind of data can inform it."""

    REPETITIVE = "repetitive"
    CONSTRAINED = "constrained"
    UNCONSTRAINED = "unconstrained"


class Domain(StrEnum):
    """What a measure is about."""

    PROCESS = "process"
    OUTCOME = "outcome"
    EXPERIENCE = "experience"
    RESOURCE = "resource"


class PeriodLength(StrEnum):
    """How long one observation lasts."""

    WEEK = "week"
    MONTH = "month"


class Counts(StrEnum):
    """Whether periods add up, or look at the same patients again."""

    EVENTS = "events"
    PANEL = "panel"


class Blinding(StrEnum):
    """Whether members of a peer group may see one another's names."""

    BLINDED = "blinded"
    UNBLINDED = "unblinded"


class RoleName(StrEnum):
    """What somebody may do beyond their own work."""

    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"
    COACH = "coach"
    APPROVER = "approver"


class BatchState(StrEnum):
    """An import is invisible while loading, counts while live, and can be taken back."""

    LOADING = "loading"
    LIVE = "live"
    UNDONE = "undone"


class DigestState(StrEnum):
    """What became of one clinician's digest of one week."""

    PLANNED = "planned"
    SENT = "sent"
    QUIET = "quiet"
    HELD = "held"
    SKIPPED = "skipped"
    FAILED = "failed"


class Op(StrEnum):
    """What the courier does with an outbox row."""

    POST = "post"
    UPDATE = "update"
    RESPOND = "respond"
    PUBLISH = "publish"


class OutboxState(StrEnum):
    """Where an outbox row is. Everything but `waiting` and `leased` is final."""

    WAITING = "waiting"
    LEASED = "leased"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Priority:
    """Answers before bulk; lower goes first."""

    ANSWER = 0
    NOTICE = 10
    BULK = 20


class Frequency(StrEnum):
    """How often a clinician wants a digest."""

    WHEN_NEW = "when_new"
    EVERY_WEEK = "every_week"


class Weekday(StrEnum):
    """Weekdays by name only: a bare number means different days to different libraries."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"
