"""The words of a digest: which text for which choice, in at most 90 words (DESIGN section 4)."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, replace

from bot.digests import changes, modes_words, phrases
from bot.digests.facts import MeasureFacts, MeasureView, MessageType
from bot.digests.framing import most_colleagues
from bot.digests.measure_nouns import Room, counted_noun, own_words, title, units
from bot.digests.reach import is_there
from bot.digests.select import Choice, compares, good_rank
from bot.digests.templates import (
    AHEAD_HEADLINE,
    AMONG_HEADLINE,
    APART_HEADLINE,
    BELOW_HEADLINE,
    CASE_QUESTIONS,
    CHANGED_HEADLINE,
    DRIFTED_BELOW_HEADLINE,
    DRIFTED_HEADLINE,
    GAINED_HEADLINE,
    HEADLINES,
    LEVEL_HEADLINES,
    LISTED_HEADLINE,
    NO_CASE_QUESTIONS,
    ONE_CASE_QUESTIONS,
    OTHERS_MOVED_HEADLINE,
    QUESTIONS,
    SHARE,
    SHORT_SERIES_HEADLINE,
)
from bot.digests.weeks import IsoWeek
from bot.language.language import Language, noted
from storage.terms import Direction, Kind, Mode

MOST_WORDS = 90
# Percentiles towards the better side at which nearly all, or two thirds of the colleagues are beyond.
_NEARLY_ALL, _MOST = 15.0, 30.0
# A short message says everything; a long one gives up words in this order, each text down to so many words.
# The figures always stay.
_SQUEEZES: tuple[tuple[str, int], ...] = (
    ("peers_phrase", 0),
    ("pace", 0),
    ("drift", 0),
    ("reached", 0),
    ("why", 12),
    ("phrase", 8),
    ("action", 20),
    ("why", 9),
    ("pace", 0),
    ("title", 12),
    ("action", 14),
    ("why", 6),
    ("phrase", 4),
    ("action", 9),
    ("title", 8),
    ("phrase", 2),
    ("goal", 0),
    ("why", 3),
    ("action", 3),
    ("title", 3),
    ("in_counts", 0),
)
# A case in words gives them up in turn with what stands below it.
_STORY_SQUEEZES: tuple[tuple[str, int], ...] = (
    ("why", 12),
    ("story", 50),
    ("action", 14),
    ("title", 12),
    ("story", 35),
    ("why", 6),
    ("action", 9),
    ("title", 8),
    ("story", 20),
    ("why", 3),
    ("action", 3),
    ("title", 3),
    ("story", 8),
)


_HAVE_HIGHER = {
    Kind.PROPORTION: noted("have a higher share"),
    Kind.RATE: noted("have a higher rate"),
    Kind.MEAN: noted("have a higher average"),
    Kind.RATIO: noted("have a higher ratio"),
}
_HAVE_LOWER = {
    Kind.PROPORTION: noted("have a lower share"),
    Kind.RATE: noted("have a lower rate"),
    Kind.MEAN: noted("have a lower average"),
    Kind.RATIO: noted("have a lower ratio"),
}

# Messages that mean nothing without what colleagues have reached.
ABOUT_THE_BENCHMARK = frozenset({MessageType.GAP, MessageType.NEAR, MessageType.TOP})


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of a message, in their order."""

    headline: str
    figures: str
    why: str
    action: str
    question: str

    def over(self) -> int:
        """How many words too many; a sign that stands alone counts as one."""
        texts = (self.headline, self.figures, self.why, self.action, self.question)
        return sum(count_words(text) for text in texts) - MOST_WORDS


def words_of(choice: Choice, week: IsoWeek, language: Language) -> Words:
    """The texts of a choice, at most `MOST_WORDS` words."""
    room = Room()
    words = _draft(choice, week, room, language)
    squeezes = _STORY_SQUEEZES if choice.story is not None else _SQUEEZES
    # Once more for texts of signs and pictures: what is cut there first may have been no word.
    for name, least in (*squeezes, *squeezes):
        over = words.over()
        if over <= 0:
            break
        if name == "reached" and choice.message_type in ABOUT_THE_BENCHMARK:
            continue
        if name == "reached" and choice.message_type is MessageType.STEADY:
            # A gap without what it is a gap to would be a riddle: both stay or both go.
            room = replace(room, in_counts=False)
        length = _length(choice.view.measure, name)
        if name == "story" and choice.story is not None:
            length = len(choice.story.text.split())
        room = _squeezed(room, name, least, length, over)
        words = _draft(choice, week, room, language)
    return words


def count_words(text: str) -> int:
    """Count words as a reader does: what a no-break space joins (`69 %`) is one, a dash is none."""
    return len([word for word in re.split(r"[ \n]+", text) if any(c.isalnum() for c in word)])


def _squeezed(room: Room, name: str, least: int, length: int, over: int) -> Room:
    now = getattr(room, name)
    if isinstance(now, bool):
        return replace(room, **{name: False})
    return replace(room, **{name: min(now, max(least, min(now, length) - over))})


def _length(measure: MeasureFacts, name: str) -> int:
    """How many words a text has that may be cut."""
    texts = {
        "title": (measure.title,),
        "phrase": (measure.numerator, measure.denominator),
        "why": (measure.why,),
        "action": (measure.action,),
    }
    return max((len(text.split()) for text in texts.get(name, ())), default=0)


def _draft(choice: Choice, week: IsoWeek, room: Room, language: Language) -> Words:
    measure = choice.view.measure
    why = _sentence(own_words(measure.why, room.why))
    action = _action(choice, room, language)
    return Words(
        headline=_headline(choice, week, room, language),
        figures=_figures(choice, room, language),
        why=language.say("*Why it matters.* {why}", why=why) if why else "",
        action=language.say("*One thing to try.* {action}", action=action) if action else "",
        question=language.say("*A question.* {question}", question=_question(choice, week, language)),
    )


def _headline(choice: Choice, week: IsoWeek, room: Room, language: Language) -> str:
    view, kind = choice.view, choice.message_type
    template = _vary(HEADLINES[kind], view, week)
    if _is_level(choice):
        template = _vary(LEVEL_HEADLINES, view, week)
    elif kind is MessageType.GAP and not _most_are_beyond(view):
        template = APART_HEADLINE
    elif kind in (MessageType.GAIN, MessageType.LOSS) and not changes.went_along(view):
        template = OTHERS_MOVED_HEADLINE
    elif kind in (MessageType.GAIN, MessageType.LOSS) and view.result.trend.since is None:
        template = GAINED_HEADLINE if kind is MessageType.GAIN else CHANGED_HEADLINE
    elif kind is MessageType.STEADY:
        template = _steady_headline(view) or template
    elif kind is MessageType.CASES and _can_be_listed(view) and room.in_counts:
        template = LISTED_HEADLINE
    higher = view.measure.direction is Direction.HIGHER
    return language.say(
        template,
        title=title(view.measure, room),
        since=changes.since(view, language),
        cases=modes_words.counted_cases(view, room, language) if kind is MessageType.CASES else "",
        do=_do(view, language),
        most=_most(view, language, gap=kind is MessageType.GAP),
        way=_way(view, language),
        periods=units(view.measure.period, language),
        side=language.say("higher") if higher else language.say("lower"),
    )


def _steady_headline(view: MeasureView) -> str | None:
    """Where nothing changed, the place among colleagues is the message; None where none can be told.

    "No change" never stands over a slow drift that the picture shows.
    """
    rank, drifted = good_rank(view), changes.drifted(view) is not None
    if rank is not None and rank < 100 / 3 and _most_are_beyond(view):
        return DRIFTED_BELOW_HEADLINE if drifted else BELOW_HEADLINE
    if rank is None and drifted:
        return DRIFTED_HEADLINE
    if rank is None:
        return SHORT_SERIES_HEADLINE if view.result.trend.centre is None else None
    return AHEAD_HEADLINE if rank > 200 / 3 else AMONG_HEADLINE


def _way(view: MeasureView, language: Language) -> str:
    first, last = changes.drifted(view) or (0.0, 0.0)
    return language.say("down") if last < first else language.say("up")


def _most(view: MeasureView, language: Language, *, gap: bool) -> str:
    """How many of the colleagues are on the better side of the reader, as strong as it is."""
    rank = good_rank(view)
    if rank is not None and rank <= _NEARLY_ALL:
        return language.say("nearly all")
    most = gap or rank is None or rank <= _MOST
    return language.say("most") if most else language.say("more than half")


def _can_be_listed(view: MeasureView) -> bool:
    """Whether there are single cases, more than one, to be read one by one."""
    return view.cases is not None and modes_words.happened(view) > 1


def _do(view: MeasureView, language: Language) -> str:
    """What most colleagues do where the clinician is on the other side (D12: a fact with its direction)."""
    measure = view.measure
    higher = measure.direction is Direction.HIGHER
    if measure.kind is not Kind.MEAN and most_colleagues(measure):
        return most_colleagues(measure, language)
    if measure.kind is Kind.PROPORTION and higher and counted_noun(measure) == "patients":
        return language.say("reach more of their patients")
    return language.say((_HAVE_HIGHER if higher else _HAVE_LOWER)[measure.kind])


def _most_are_beyond(view: MeasureView) -> bool:
    median, value = view.comparison.median, view.result.value
    if median is None or value is None:
        return False
    return value < median if view.measure.direction is Direction.HIGHER else value > median


def _figures(choice: Choice, room: Room, language: Language) -> str:
    view, kind = choice.view, choice.message_type
    if choice.story is not None:
        return modes_words.story_words(choice.story, room, language)
    if kind is MessageType.CASES:
        return modes_words.cases_figures(view, room, language)
    parts = []
    if kind in (MessageType.GAIN, MessageType.LOSS):
        # First: what follows is of the whole time, before the change and after it.
        parts.append(changes.change(view, room, language))
    parts.append(phrases.figures(view, room, language))
    if kind is MessageType.STEADY and room.drift:
        parts.append(changes.drift(view, language))
    if room.goal:
        parts.append(phrases.goal(view, language))
    parts += [phrases.still_coming_in(view, language), phrases.counted_anew(view, language)]
    parts.append(phrases.no_comparison(view, language))
    return " ".join(part for part in parts if part)


def _action(choice: Choice, room: Room, language: Language) -> str:
    view, kind = choice.view, choice.message_type
    if kind is MessageType.TOP or _is_level(choice):
        return language.say(SHARE)
    if kind is MessageType.STEADY and compares(view) and is_there(view):
        return ""
    action = _sentence(own_words(view.measure.action, room.action))
    in_counts = ""
    if kind in (MessageType.GAP, MessageType.NEAR, MessageType.STEADY):
        in_counts = phrases.way_to_go(view, room, language)
    return " ".join(part for part in (action, in_counts if room.in_counts else "") if part)


def _is_level(choice: Choice) -> bool:
    """Say whether somebody outside the benchmark set stands where it does, but for what does not matter."""
    return choice.message_type is MessageType.NEAR and is_there(choice.view)


def _sentence(text: str) -> str:
    """Begin with a capital (but leave "pH" alone) and end with a full stop."""
    first = text.split(" ", 1)[0]
    if first.islower() and first.isascii():
        text = text[0].upper() + text[1:]
    return f"{text}." if text and text[-1] not in ".?!…。？！\u2069" else text


def _question(choice: Choice, week: IsoWeek, language: Language) -> str:
    view = choice.view
    if view.measure.mode is Mode.CONSTRAINED and choice.message_type is MessageType.FIGURES:
        return language.say(_vary(CASE_QUESTIONS, view, week))
    if choice.message_type is MessageType.CASES and modes_words.happened(view) <= 1:
        some = ONE_CASE_QUESTIONS if modes_words.happened(view) else NO_CASE_QUESTIONS
        return language.say(_vary(some, view, week))
    kind = MessageType.TOP if _is_level(choice) else choice.message_type
    if kind in (MessageType.GAIN, MessageType.LOSS) and not changes.went_along(view):
        kind = MessageType.STEADY
    return language.say(_vary(QUESTIONS[kind], view, week), periods=units(view.measure.period, language))


def _vary(options: tuple[str, ...], view: MeasureView, week: IsoWeek) -> str:
    """Another one each week, another start for each measure, the same for the same."""
    start = zlib.crc32(view.measure.key.encode())
    return options[(start + week.monday.toordinal() // 7) % len(options)]
