"""The words and blocks of a digest: one headline, one picture, one question (DESIGN section 4)."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field, replace

from bot.answers import names as answer_names
from bot.cases import names as case_names
from bot.comparison.types import Shift
from bot.digests import modes_words, phrases
from bot.digests.facts import PICTURE, Correction, MeasureFacts, MeasureView, MessageType
from bot.digests.framing import most_colleagues
from bot.digests.modes import BY_CASES
from bot.digests.phrases import Room
from bot.digests.select import Choice, compares, distance_to_benchmark, good_rank, through
from bot.digests.templates import (
    AGAIN,
    AHEAD_HEADLINE,
    AMONG_HEADLINE,
    APART_HEADLINE,
    BELOW_HEADLINE,
    CASE_QUESTIONS,
    CHANGED_HEADLINE,
    GAINED_HEADLINE,
    HEADLINES,
    LEVEL_HEADLINE,
    LISTED_HEADLINE,
    NONE_HEADLINE,
    OTHERS_MOVED_HEADLINE,
    QUESTIONS,
    REACH_HEADLINE,
    SHARE,
    SHORT_SERIES_HEADLINE,
)
from bot.digests.values import format_count, format_day, format_span
from bot.digests.weeks import IsoWeek
from bot.settings import DEFAULT_PURPOSE
from bot.slack_blocks import Block, actions, button, header, section
from bot.slack_blocks import context as small_print
from bot.slack_text import inert, plain, shorten
from bot.talks import names as talk_names
from bot.talks.rules import Talking
from storage.terms import Direction, Kind, Mode

MORE = "digest_more"
COUNTED = "digest_counted"
WHY_THIS = "digest_why_this"
WHO = "digest_who"
# L7: nobody is named here, and nothing says how many offer.
TELLS_HOW = "A colleague who has reached it offers to tell how."
ASK_A_COLLEAGUE = "Ask a colleague"
OFFER_TO_TELL = "Offer to tell how"
THIS_IS_WARRANTED = "This is warranted"

# Slack would draw more in one row, as clutter.
_IN_ROW = 5
_BEHIND_MORE = (WHY_THIS, COUNTED, talk_names.TELL)

MOST_WORDS = 90
CORRECTIONS_SHOWN = 3
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


# Messages that mean nothing without what colleagues have reached.
ABOUT_THE_BENCHMARK = frozenset({MessageType.GAP, MessageType.NEAR, MessageType.TOP})


@dataclass(frozen=True, slots=True)
class WritingContext:
    """What a message needs beyond its choice.

    `reference` is the digest's opaque id, the only thing that its buttons carry. `alt_text` describes the
    picture; None sends no picture. `purpose` is the site's text (D27). `talking` says what colleagues offer.
    """

    week: IsoWeek
    reference: str
    alt_text: str | None = None
    purpose: str = DEFAULT_PURPOSE
    talking: Talking = field(default_factory=Talking)


@dataclass(frozen=True, slots=True)
class Message:
    """A message ready to send.

    `text` shows on lock screens; `facts` are the figures that it states; `headline` (mrkdwn) is for the Home.
    """

    text: str
    blocks: tuple[Block, ...]
    facts: dict[str, float] = field(default_factory=dict)
    headline: str = ""


@dataclass(frozen=True, slots=True)
class _Words:
    headline: str
    figures: str
    why: str
    action: str
    question: str

    def over(self) -> int:
        """How many words too many; a sign that stands alone counts as one."""
        texts = (self.headline, self.figures, self.why, self.action, self.question)
        return sum(count_words(text) for text in texts) - MOST_WORDS


def compose(choice: Choice, context: WritingContext) -> Message:
    """Return the week's message: at most 90 words from headline to question, within Slack's limits."""
    words = _words(choice, context.week)
    blocks: list[Block] = [header(f"Your week in care · {_week(context.week)}")]
    blocks += [section(text) for text in _corrections(choice.corrections)]
    blocks += [section(f"*{words.headline}*"), _with_cases(section(words.figures), choice, context)]
    if context.alt_text is not None:
        alt_text = plain(context.alt_text, 2000) or "A picture of the figures above."
        blocks.append({"type": "image", "slack_file": {"id": PICTURE}, "alt_text": alt_text})
    blocks += [section(text) for text in (words.why, words.action) if text]
    blocks.append(_with_story(section(words.question), choice, context))
    key = choice.view.measure.key
    if key in context.talking.may_ask:
        ask = button(talk_names.ASK, ASK_A_COLLEAGUE, context.reference)
        blocks.append({**section(TELLS_HOW), "accessory": ask})
    # D8: single cases are told, not judged.
    warranted = choice.view.measure.mode is not Mode.UNCONSTRAINED
    offers = key in context.talking.may_offer
    blocks.append(_buttons(context, offers=offers, warranted=warranted))
    blocks.append(small_print(_footer(choice, context.week)))
    text = f"Your week in care, {_week(context.week)}"
    return Message(text, tuple(blocks), _facts(choice), words.headline)


def again(message: Message, intro: str = AGAIN) -> Message:
    """The same message for `/digest`, with a line that says so."""
    line = small_print(inert(intro))
    return replace(message, blocks=(line, *message.blocks))


def welcome(context: WritingContext) -> Message:
    """What comes before anyone's first digest (D27): what comes, who sees it, how to stop, what it is for."""
    blocks: tuple[Block, ...] = (
        header("Welcome to Rounds"),
        section(
            "From now on you get a short message about your care, at most once a week: one headline, "
            "one picture, one question. Weeks with nothing new are quiet."
        ),
        section(
            "*Who sees it.* It is sent only to you. No manager gets it from Rounds. Who else could look is "
            "behind the button below."
        ),
        section(f"*What it is for.* {purpose(context)}"),
        section(
            "*To pause or stop it.* `/digest pause` makes it wait, `/digest stop` ends it, and "
            "`/digest resume` brings it back."
        ),
        section("*When it comes.* `/digest settings` sets the day and time, and how often."),
        actions(button(WHO, "Who else could look?", context.reference)),
    )
    return Message("Welcome to Rounds", blocks)


def purpose(context: WritingContext) -> str:
    """The site's purpose text, made safe."""
    return inert(shorten(context.purpose, 550))


def count_words(text: str) -> int:
    """Count words as a reader does: what a no-break space joins (`69 %`) is one, a dash is none."""
    return len([word for word in re.split(r"[ \n]+", text) if any(c.isalnum() for c in word)])


def _words(choice: Choice, week: IsoWeek) -> _Words:
    room = Room()
    words = _draft(choice, week, room)
    for name, least in _STORY_SQUEEZES if choice.story is not None else _SQUEEZES:
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
        words = _draft(choice, week, room)
    return words


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


def _draft(choice: Choice, week: IsoWeek, room: Room) -> _Words:
    measure = choice.view.measure
    why = _sentence(phrases.own_words(measure.why, room.why))
    action = _action(choice, room)
    return _Words(
        headline=_headline(choice, week, room),
        figures=_figures(choice, room),
        why=f"*Why it matters.* {why}" if why else "",
        action=f"*One thing to try.* {action}" if action else "",
        question=f"*A question.* {_question(choice, week)}",
    )


def _headline(choice: Choice, week: IsoWeek, room: Room) -> str:
    view, kind = choice.view, choice.message_type
    template = _vary(HEADLINES[kind], view, week)
    count, noun = phrases.gap(view)
    whole = round(count)
    if _is_level(choice):
        template = LEVEL_HEADLINE
    elif kind is MessageType.NEAR and not phrases.gap_in_headline(view):
        template = REACH_HEADLINE
    elif kind is MessageType.GAP and not _most_are_beyond(view):
        template = APART_HEADLINE
    elif kind in (MessageType.GAIN, MessageType.LOSS) and not phrases.went_along(view):
        template = OTHERS_MOVED_HEADLINE
    elif kind in (MessageType.GAIN, MessageType.LOSS) and view.result.trend.since is None:
        template = GAINED_HEADLINE if kind is MessageType.GAIN else CHANGED_HEADLINE
    elif kind is MessageType.STEADY:
        template = _steady_headline(view) or template
    elif kind is MessageType.CASES and (modes_words.had_none(view) or not room.in_counts):
        template = NONE_HEADLINE
    elif kind is MessageType.CASES and view.cases is not None:
        template = LISTED_HEADLINE
    return template.format(
        title=phrases.title(view.measure, room),
        since=phrases.since(view),
        count=phrases.counted(whole, noun),
        cases=modes_words.counted_cases(view, room) if kind is MessageType.CASES else "",
        do=_do(view),
        side="higher" if view.measure.direction is Direction.HIGHER else "lower",
    )


def _steady_headline(view: MeasureView) -> str | None:
    """Where nothing changed, the place among colleagues is the message; None where none can be told."""
    rank = good_rank(view)
    if rank is None:
        return SHORT_SERIES_HEADLINE if view.result.trend.centre is None else None
    if rank < 100 / 3:
        return BELOW_HEADLINE if _most_are_beyond(view) else AMONG_HEADLINE
    return AHEAD_HEADLINE if rank > 200 / 3 else AMONG_HEADLINE


def _do(view: MeasureView) -> str:
    """What most colleagues do where the clinician is on the other side (D12: a fact with its direction)."""
    measure = view.measure
    higher = measure.direction is Direction.HIGHER
    if measure.kind is not Kind.MEAN and most_colleagues(measure):
        return most_colleagues(measure)
    if measure.kind is Kind.PROPORTION and higher and phrases.counted_noun(measure) == "patients":
        return "reach more of their patients"
    name = {Kind.PROPORTION: "share", Kind.RATE: "rate", Kind.MEAN: "average", Kind.RATIO: "ratio"}[
        measure.kind
    ]
    return f"have a {'higher' if higher else 'lower'} {name}"


def _most_are_beyond(view: MeasureView) -> bool:
    median, value = view.comparison.median, view.result.value
    if median is None or value is None:
        return False
    return value < median if view.measure.direction is Direction.HIGHER else value > median


def _figures(choice: Choice, room: Room) -> str:
    view, kind = choice.view, choice.message_type
    if choice.story is not None:
        return modes_words.story_words(choice.story, room)
    if kind is MessageType.CASES:
        return modes_words.cases_figures(view, room)
    parts = [phrases.figures(view, room)]
    if kind in (MessageType.GAIN, MessageType.LOSS):
        parts.append(phrases.change(view, room))
    if kind is MessageType.STEADY and room.drift:
        parts.append(phrases.drift(view))
    if room.goal:
        parts.append(phrases.goal(view))
    parts += [phrases.still_coming_in(view), phrases.counted_anew(view)]
    parts.append(phrases.no_comparison(view))
    return " ".join(part for part in parts if part)


def _action(choice: Choice, room: Room) -> str:
    view, kind = choice.view, choice.message_type
    if kind is MessageType.TOP or _is_level(choice):
        return SHARE
    action = _sentence(phrases.own_words(view.measure.action, room.action))
    in_counts = ""
    if kind in (MessageType.GAP, MessageType.NEAR, MessageType.STEADY):
        told = kind is MessageType.NEAR and phrases.gap_in_headline(view)
        in_counts = phrases.way_to_go(view, room, gap_told=told)
    return " ".join(part for part in (action, in_counts if room.in_counts else "") if part)


def _is_level(choice: Choice) -> bool:
    """Say whether somebody outside the benchmark set stands where it does."""
    left = distance_to_benchmark(choice.view)
    return choice.message_type is MessageType.NEAR and left is not None and left <= 0


def _sentence(text: str) -> str:
    """Begin with a capital (but leave "pH" alone) and end with a full stop."""
    first = text.split(" ", 1)[0]
    if first.islower() and first.isascii():
        text = text[0].upper() + text[1:]
    return f"{text}." if text and text[-1] not in ".?!…。？！\u2069" else text


def _question(choice: Choice, week: IsoWeek) -> str:
    view = choice.view
    if view.measure.mode is Mode.CONSTRAINED and choice.message_type is MessageType.FIGURES:
        return _vary(CASE_QUESTIONS, view, week)
    kind = MessageType.TOP if _is_level(choice) else choice.message_type
    if kind in (MessageType.GAIN, MessageType.LOSS) and not phrases.went_along(view):
        kind = MessageType.STEADY
    return _vary(QUESTIONS[kind], view, week).format(periods=f"{view.measure.period.value}s")


def _vary(options: tuple[str, ...], view: MeasureView, week: IsoWeek) -> str:
    """Another one each week, another start for each measure, the same for the same."""
    start = zlib.crc32(view.measure.key.encode())
    return options[(start + week.monday.toordinal() // 7) % len(options)]


def _corrections(corrections: tuple[Correction, ...]) -> list[str]:
    """What was said and what is so (D23), first of all."""
    told = [_correction(c) for c in corrections[:CORRECTIONS_SHOWN]]
    left = len(corrections) - CORRECTIONS_SHOWN
    if left > 0:
        more = "figure" if left == 1 else "figures"
        told.append(f"{phrases.number_word(left).capitalize()} more {more} changed since we told you.")
    return told


def _correction(correction: Correction) -> str:
    joint = "of" if correction.measure.kind is Kind.PROPORTION else "over"
    said, now = (f"{format_count(x)} {joint} {format_count(n)}" for x, n in (correction.said, correction.now))
    name = phrases.title(correction.measure, Room(title=18))
    week = IsoWeek.parse(correction.week)
    return (
        f"*A correction first.* {name}: in the week of {_week(week)} we told you {said}. "
        f"The data have changed since; it is {now}."
    )


def _with_cases(block: Block, choice: Choice, context: WritingContext) -> Block:
    """Beside the figure the way to the cases behind it; beside a story the way to read it whole."""
    if choice.view.cases is None and choice.story is None:
        return block
    return {**block, "accessory": button(case_names.SHOW, case_names.SHOW_LABEL, context.reference)}


def _with_story(block: Block, choice: Choice, context: WritingContext) -> Block:
    """Beside the question, where nobody is compared, a place for the answer (D7)."""
    if choice.message_type not in BY_CASES:
        return block
    return {**block, "accessory": button(case_names.TELL, case_names.TELL_LABEL, context.reference)}


def _buttons(context: WritingContext, *, offers: bool, warranted: bool) -> Block:
    labels = {
        MORE: "More measures",
        COUNTED: "How is this counted?",
        **({talk_names.TALK: "Talk it through"} if context.talking.coach else {}),
        **({talk_names.TELL: OFFER_TO_TELL} if offers else {}),
        **({answer_names.WARRANTED: THIS_IS_WARRANTED} if warranted else {}),
        WHY_THIS: "Why this one?",
        WHO: "Who else could look?",
    }
    # What does not find room stands behind "More measures".
    for action in _BEHIND_MORE:
        if len(labels) > _IN_ROW:
            labels.pop(action, None)
    return actions(*(button(action, label, context.reference) for action, label in labels.items()))


def _footer(choice: Choice, week: IsoWeek) -> str:
    """How many measures, how old the data, who gets it (D21, D24, D28)."""
    number = len(choice.looked_at)
    measures = "1 measure" if number == 1 else f"{number} measures"
    if choice.story is not None:
        return f"{measures} looked at · one case told · sent only to you"
    return f"{measures} looked at · data to {data_age(choice.view, week)} · sent only to you"


def data_age(view: MeasureView, week: IsoWeek) -> str:
    """The last day of the data, with its age where that is over two weeks on the Monday after the week."""
    days = (week.written_on - view.last_day).days
    day = format_day(view.last_day, year=view.last_day.year != week.sunday.year)
    return day if days <= 14 else f"{day}, {phrases.duration(days / 7)} old"


def _facts(choice: Choice) -> dict[str, float]:
    """The figures stated, for corrections, and the last day of each measure's data, for what is news."""
    view, comparison = choice.view, choice.view.comparison
    if choice.story is not None:
        facts = {choice.story.key: float(choice.story.day.toordinal())}
        return facts | {through(v.measure.key): float(v.last_day.toordinal()) for v in choice.looked_at}
    # As imported: what somebody set aside themselves is no correction of the data.
    reported = view.reported
    counts = view.result if reported is None or not reported.same_days else reported
    facts = {"numerator": counts.numerator, "denominator": counts.denominator}
    if view.result.value is not None:
        facts["value"] = view.result.value
    if compares(view) and comparison.median is not None:
        facts["median"] = comparison.median
    if compares(view) and comparison.benchmark is not None:
        facts["benchmark"] = comparison.benchmark.value
        facts["benchmark_denominator"] = comparison.benchmark.denominator
    if view.result.trend.shift is not Shift.NONE and view.result.trend.shifted_by is not None:
        facts["shifted_by"] = view.result.trend.shifted_by
    for looked_at in choice.looked_at:
        facts[through(looked_at.measure.key)] = float(looked_at.last_day.toordinal())
    return facts


def _week(week: IsoWeek) -> str:
    return format_span(week.monday, week.sunday)
