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


class IdeaState(StrEnum):
    """Where an idea is. The ways between them are one table: `bot.ideas.lifecycle`."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    PLANNED = "planned"
    TESTING = "testing"
    IMPLEMENTED = "implemented"
    VERIFIED = "verified"
    DISPUTED = "disputed"
    NOT_NOW = "not_now"
    DECLINED = "declined"
    TRIED = "tried"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


class IdeaEventKind(StrEnum):
    """What can happen to an idea: a line of its history."""

    HANDED_IN = "handed_in"
    STARTED = "started"  # the fast lane: within the team's own control, nobody had to be asked
    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    PLANNED = "planned"
    TEST_STARTED = "test_started"
    TEST_ADOPTED = "test_adopted"
    TEST_ADAPTED = "test_adapted"
    TEST_ABANDONED = "test_abandoned"
    PUT_OFF = "put_off"
    DECLINED = "declined"
    CAME_BACK = "came_back"  # a "not now" on its date
    REOPENED = "reopened"
    IMPLEMENTED = "implemented"
    VERIFIED = "verified"
    DISPUTED = "disputed"
    REMINDED = "reminded"
    UNVERIFIED = "unverified"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    ASKED = "asked"
    ANSWERED = "answered"
    NOTED = "noted"
    DETAIL_ADDED = "detail_added"
    ASSIGNED = "assigned"
    MOVED = "moved"
    TOOK_IN = "took_in"  # another idea was merged into this one
    APPROVAL_ASKED = "approval_asked"
    APPROVED = "approved"
    SENT_BACK = "sent_back"
    DETAILS_REMOVED = "details_removed"
    SHARED = "shared"
    ADOPTED = "adopted"  # another unit made it an idea of its own


class Part(StrEnum):
    """In which part somebody did something to an idea. It is kept even where the person is not."""

    SUBMITTER = "submitter"
    LEADER = "leader"
    APPROVER = "approver"
    OWNER = "owner"
    COLLEAGUE = "colleague"
    ROUNDS = "rounds"


class IdeaMessageKind(StrEnum):
    """What a message about an idea is."""

    CARD = "card"
    THREAD = "thread"
    RECEIPT = "receipt"
    DIRECT = "direct"
    SHARED = "shared"


class HiddenAct(StrEnum):
    """What the sender of an anonymous idea can do; each waits for the next batch."""

    HAND_IN = "hand_in"
    ANSWER = "answer"
    ADD_DETAIL = "add_detail"
    WITHDRAW = "withdraw"
    VERIFY = "verify"
    DISPUTE = "dispute"


class Rung(StrEnum):
    """How far up the ladder of reminders an unanswered idea is."""

    DAILY = "daily"
    BOLD = "bold"
    OTHERS = "others"
    ABOVE = "above"


class Which(StrEnum):
    """Which of an idea's clocks runs: until the first words, or past the day the decision was due."""

    FIRST = "first"
    DECISION = "decision"


class Posted(StrEnum):
    """What a leader put to the channel."""

    QUESTION = "question"
    LESSON = "lesson"  # something learned from a mistake of their own


class GoalState(StrEnum):
    """Where a goal is. It is one only while it is adopted."""

    PROPOSED = "proposed"  # the peers are being asked
    JUDGED = "judged"  # they have said what they think: the leadership can adopt it
    ADOPTED = "adopted"
    UNATTAINABLE = "unattainable"  # most of those who voted call it so
    UNHEARD = "unheard"  # too few voted
    NOT_ADOPTED = "not_adopted"  # by the leadership, with a reason
    WITHDRAWN = "withdrawn"  # by whoever proposed it
    ENDED = "ended"  # it was adopted, and another followed or the leadership ended it


class Vote(StrEnum):
    """What one of the peers thinks of a goal."""

    ATTAINABLE = "attainable"
    STRETCH = "stretch"
    NOT_ATTAINABLE = "not_attainable"


class TalkState(StrEnum):
    """Where a request for a talk is."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class AnswerKind(StrEnum):
    """What a clinician says of a figure of theirs (D18)."""

    WARRANTED = "warranted"
    DATA_WRONG = "data_wrong"
    NOT_MY_PATIENT = "not_my_patient"
    WRONG_GROUP = "wrong_group"


class AnswerState(StrEnum):
    """Where a clinician's answer is: with the analyst, or closed with words."""

    OPEN = "open"
    AGREED = "agreed"
    NOT_AGREED = "not_agreed"
    WITHDRAWN = "withdrawn"
