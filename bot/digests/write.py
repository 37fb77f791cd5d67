"""The words and blocks of a digest: one headline, one picture, one question (DESIGN section 4)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bot.answers import names as answer_names
from bot.cases import names as case_names
from bot.comparison.types import Shift
from bot.digests import measure_nouns as nouns
from bot.digests.facts import PICTURE, Correction, MeasureFacts, MeasureView
from bot.digests.measure_nouns import Room
from bot.digests.modes import BY_CASES
from bot.digests.select import Choice, compares, through
from bot.digests.templates import AGAIN
from bot.digests.weeks import IsoWeek
from bot.digests.wording import words_of
from bot.language.language import Language, noted
from bot.settings import DEFAULT_PURPOSE
from bot.slack_blocks import Block, actions, button, header, section
from bot.slack_blocks import context as small_print
from bot.slack_text import inert, plain, shorten
from bot.talks import names as talk_names
from bot.talks.rules import Talking
from storage.terms import Kind, Mode

MORE = "digest_more"
COUNTED = "digest_counted"
WHY_THIS = "digest_why_this"
WHO = "digest_who"
# L7: nobody is named here, and nothing says how many offer.
TELLS_HOW = noted("A colleague who has reached it offers to tell how.")
ASK_A_COLLEAGUE = noted("Ask a colleague")
OFFER_TO_TELL = noted("Offer to tell how")
THIS_IS_WARRANTED = noted("This is warranted")

# Slack would draw more in one row, as clutter.
_IN_ROW = 5
_BEHIND_MORE = (WHY_THIS, COUNTED, talk_names.TELL)

CORRECTIONS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class WritingContext:
    """What a message needs beyond its choice.

    `reference` is the digest's opaque id, the only thing that its buttons carry. `alt_text` describes the
    picture; None sends no picture. `purpose` is the site's text (D27). `talking` says what colleagues offer.
    `language` is what it is said in.
    """

    week: IsoWeek
    reference: str
    alt_text: str | None = None
    purpose: str = DEFAULT_PURPOSE
    talking: Talking = field(default_factory=Talking)
    language: Language = field(default_factory=Language)


@dataclass(frozen=True, slots=True)
class Message:
    """A message ready to send.

    `text` shows on lock screens; `facts` are the figures that it states; `headline` (mrkdwn) is for the Home.
    """

    text: str
    blocks: tuple[Block, ...]
    facts: dict[str, float] = field(default_factory=dict)
    headline: str = ""


def compose(choice: Choice, context: WritingContext) -> Message:
    """Return the week's message: at most 90 words from headline to question, within Slack's limits."""
    language = context.language
    words = words_of(choice, context.week, language)
    span = _week(context.week, language)
    blocks: list[Block] = [header(language.say("Your week in care · {week}", week=span))]
    blocks += [section(text) for text in _corrections(choice.corrections, language)]
    blocks += [section(f"*{words.headline}*"), _with_cases(section(words.figures), choice, context)]
    if context.alt_text is not None:
        alt_text = plain(context.alt_text, 2000) or language.say("A picture of the figures above.")
        blocks.append({"type": "image", "slack_file": {"id": PICTURE}, "alt_text": alt_text})
    blocks += [section(text) for text in (words.why, words.action) if text]
    blocks.append(_with_story(section(words.question), choice, context))
    key = choice.view.measure.key
    if key in context.talking.may_ask:
        ask = button(talk_names.ASK, language.say(ASK_A_COLLEAGUE), context.reference)
        blocks.append({**section(language.say(TELLS_HOW)), "accessory": ask})
    # D8: single cases are told, not judged.
    warranted = choice.view.measure.mode is not Mode.UNCONSTRAINED
    offers = key in context.talking.may_offer
    blocks.append(_buttons(context, offers=offers, warranted=warranted))
    blocks.append(small_print(_footer(choice, context.week, language)))
    text = language.say("Your week in care, {week}", week=span)
    return Message(text, tuple(blocks), _facts(choice), words.headline)


def again(message: Message, language: Language) -> Message:
    """The same message for `/digest`, with a line that says so."""
    line = small_print(inert(language.say(AGAIN)))
    return replace(message, blocks=(line, *message.blocks))


def welcome(context: WritingContext) -> Message:
    """What comes before anyone's first digest (D27): what comes, who sees it, how to stop, what it is for."""
    language = context.language
    hello = language.say("Welcome to Rounds")
    texts = (
        language.say(
            "From now on you get a short message about your care, at most once a week: one headline, "
            "one picture, one question. Weeks with nothing new are quiet."
        ),
        language.say(
            "*Who sees it.* It is sent only to you. No manager gets it from Rounds. Who else could look is "
            "behind the button below."
        ),
        language.say("*What it is for.* {purpose}", purpose=purpose(context)),
        language.say(
            "*To pause or stop it.* `/digest pause` makes it wait, `/digest stop` ends it, and "
            "`/digest resume` brings it back."
        ),
        language.say("*When it comes.* `/digest settings` sets the day and time, and how often."),
    )
    who = actions(button(WHO, language.say("Who else could look?"), context.reference))
    return Message(hello, (header(hello), *(section(text) for text in texts), who))


def purpose(context: WritingContext) -> str:
    """The site's purpose text, made safe."""
    return inert(shorten(context.purpose, 550))


def _corrections(corrections: tuple[Correction, ...], language: Language) -> list[str]:
    """What was said and what is so (D23), first of all."""
    told = [_correction(c, language) for c in corrections[:CORRECTIONS_SHOWN]]
    left = len(corrections) - CORRECTIONS_SHOWN
    if left > 0:
        told.append(
            language.say_many(
                "{number} more figure changed since we told you.",
                "{number} more figures changed since we told you.",
                left,
                number=nouns.capital(nouns.number_word(left, language)),
            )
        )
    return told


def _correction(correction: Correction, language: Language) -> str:
    return language.say(
        "*A correction first.* {title}: in the week of {week} we told you {said}. The data have changed "
        "since; it is {now}.",
        title=nouns.title(correction.measure, Room(title=18)),
        week=_week(IsoWeek.parse(correction.week), language),
        said=_counts(correction.measure, correction.said, language),
        now=_counts(correction.measure, correction.now, language),
    )


def _counts(measure: MeasureFacts, counts: tuple[float, float], language: Language) -> str:
    count, total = (language.count(number) for number in counts)
    if measure.kind is Kind.PROPORTION:
        return language.say("{count} of {total}", count=count, total=total)
    return language.say("{count} over {total}", count=count, total=total)


def _with_cases(block: Block, choice: Choice, context: WritingContext) -> Block:
    """Beside the figure the way to the cases behind it; beside a story the way to read it whole."""
    if choice.view.cases is None and choice.story is None:
        return block
    label = context.language.say(case_names.SHOW_LABEL)
    return {**block, "accessory": button(case_names.SHOW, label, context.reference)}


def _with_story(block: Block, choice: Choice, context: WritingContext) -> Block:
    """Beside the question, where nobody is compared, a place for the answer (D7)."""
    if choice.message_type not in BY_CASES:
        return block
    label = context.language.say(case_names.TELL_LABEL)
    return {**block, "accessory": button(case_names.TELL, label, context.reference)}


def _buttons(context: WritingContext, *, offers: bool, warranted: bool) -> Block:
    language = context.language
    labels = {
        MORE: language.say("More measures"),
        COUNTED: language.say("How is this counted?"),
        **({talk_names.TALK: language.say("Talk it through")} if context.talking.coach else {}),
        **({talk_names.TELL: language.say(OFFER_TO_TELL)} if offers else {}),
        **({answer_names.WARRANTED: language.say(THIS_IS_WARRANTED)} if warranted else {}),
        WHY_THIS: language.say("Why this one?"),
        WHO: language.say("Who else could look?"),
    }
    # What does not find room stands behind "More measures".
    for action in _BEHIND_MORE:
        if len(labels) > _IN_ROW:
            labels.pop(action, None)
    return actions(*(button(action, label, context.reference) for action, label in labels.items()))


def _footer(choice: Choice, week: IsoWeek, language: Language) -> str:
    """How many measures, how old the data, who gets it (D21, D24, D28)."""
    measures = language.say_many("1 measure", "{count} measures", len(choice.looked_at))
    if choice.story is not None:
        return language.say("{measures} looked at · one case told · sent only to you", measures=measures)
    return language.say(
        "{measures} looked at · data to {day} · sent only to you",
        measures=measures,
        day=data_age(choice.view, week, language),
    )


def data_age(view: MeasureView, week: IsoWeek, language: Language) -> str:
    """The last day of the data, with its age where that is over two weeks on the Monday after the week."""
    days = (week.written_on - view.last_day).days
    day = language.day(view.last_day, year=view.last_day.year != week.sunday.year)
    if days <= 14:
        return day
    return language.say("{day}, {age} old", day=day, age=nouns.duration(days / 7, language))


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


def _week(week: IsoWeek, language: Language) -> str:
    return language.span(week.monday, week.sunday)
