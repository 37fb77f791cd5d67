"""The pages behind a digest's buttons, as modal views: more measures, how it is counted, why, and who."""

from __future__ import annotations

import json

from bot.digests import changes, phrases
from bot.digests import measure_nouns as nouns
from bot.digests.facts import MeasureView, MessageType
from bot.digests.measure_nouns import Room
from bot.digests.reach import is_there
from bot.digests.select import Choice, candidates
from bot.digests.weeks import IsoWeek
from bot.digests.write import ASK_A_COLLEAGUE, OFFER_TO_TELL, TELLS_HOW, WritingContext, data_age, purpose
from bot.ideas.names import beside
from bot.language.language import Language, british, noted
from bot.slack_blocks import Block, View, button, modal, section
from bot.slack_text import inert, shorten
from bot.talks import names as talk_names
from storage.terms import Mode

# Slack's: 100 blocks and 250 kB a view, 3,000 characters a section.
_MOST_BLOCKS = 100
_MOST_BYTES = 200_000
_SECTION = 3000
_ROOM = Room(title=25, phrase=15)

_ORDER = noted(
    "Rounds puts first what helps most: what is within your reach, what you have gained, what others can "
    "learn from you; then what differs or has changed. What you can change yourself comes before results "
    "that depend on much else. One odd week or month never leads, and the same message does not come twice "
    "in two months, unless you asked for one every week."
)
_STATUS = {
    MessageType.TOP: noted("You help to set what colleagues can reach."),
    MessageType.GAIN: noted("A gain that has lasted since {since}."),
    MessageType.LOSS: noted("It has changed since {since}."),
    MessageType.GAP: noted("It differs from your colleagues' by more than chance, twice running."),
    MessageType.NEAR: noted("You are close to what some colleagues have reached."),
}
_MODES = {
    Mode.CONSTRAINED: noted("Few cases each: read the cases, not the rate. Nobody is compared."),
    Mode.UNCONSTRAINED: noted("Told case by case. Nobody is compared."),
}


def more_view(choice: Choice, context: WritingContext) -> View:
    """Every measure looked at, with own counts and, where there is one, the comparison in words (D21)."""
    types = {c.view.measure.key: c.message_type for c in candidates(choice.looked_at)}
    language = context.language
    looked_at = language.say(
        "{measures} looked at for {week}.",
        measures=_measures(len(choice.looked_at), language),
        week=language.span(context.week.monday, context.week.sunday),
    )
    blocks: list[Block] = [section(looked_at)]
    size = len(json.dumps(blocks))
    entries = [
        measure_entry(view, types.get(view.measure.key), context.week, language) for view in choice.looked_at
    ]
    told = 0
    for view, entry in zip(choice.looked_at, entries, strict=True):
        block = _with_talk(section(shorten(entry, _SECTION)), view.measure.key, told, context)
        size += len(json.dumps(block))
        if len(blocks) >= _MOST_BLOCKS - 1 or size > _MOST_BYTES:
            break
        blocks.append(block)
        told += 1
    if told < len(entries):
        left = _measures(len(entries) - told, language)
        blocks.append(section(language.say("{measures} more: ask your analyst for the list.", measures=left)))
    return modal(language.say("More measures"), blocks, close=language.say("Close"))


def why_view(choice: Choice, language: Language | None = None) -> View:
    """Why this measure leads this week."""
    language = language or british()
    blocks = [section(inert(choice.why)), section(language.say(_ORDER))]
    return modal(language.say("Why this one?"), blocks, close=language.say("Close"))


def who_view(context: WritingContext) -> View:
    """Who else could look, as it is (D28)."""
    language = context.language
    lines = (
        language.say("*You.* The message goes to you alone."),
        language.say("*The analysts* who load the data see figures by clinician while they check them."),
        language.say("*Whoever runs the server and the database* can reach what is stored there."),
        language.say(
            "*Your Slack workspace's owners* can export messages, private ones too, under Slack's own rules."
        ),
        language.say("*The law* can require disclosure, as of any record."),
        language.say(
            "*Not your manager*, through Rounds. Leaders see the group without names, and what you share."
        ),
        language.say(
            "Every look at your figures through Rounds is recorded, with who, when and why. "
            "`/digest looks` shows you that record."
        ),
        language.say("*What it is for.* {purpose}", purpose=purpose(context)),
    )
    blocks = [section(shorten(line, _SECTION)) for line in lines]
    return modal(language.say("Who else could look?"), blocks, close=language.say("Close"))


def measure_entry(
    view: MeasureView, message_type: MessageType | None, week: IsoWeek, language: Language
) -> str:
    """One measure in words: figures, what they mean among colleagues where that may be told, how old."""
    measure = view.measure
    title = f"*{nouns.title(measure, _ROOM)}*"
    if measure.mode is Mode.UNCONSTRAINED:
        mode = language.say(_MODES[measure.mode])
        if view.result.value is None:
            return f"{title}\n{mode}"
        # D8: no figure that could be held against another's.
        counts = phrases.counts_only(view, _ROOM, language)
        return f"{title}\n{counts}, {phrases.when(view, language)}. {mode}"
    parts = [
        phrases.figures(view, _ROOM, language),
        phrases.goal(view, language),
        phrases.counted_anew(view, language),
    ]
    if message_type is MessageType.NEAR and is_there(view):
        parts.append(language.say("You have got as far as some of the colleagues who lead here."))
    elif message_type in _STATUS:
        parts.append(language.say(_STATUS[message_type], since=changes.since(view, language)))
    if measure.mode in _MODES:
        parts.append(language.say(_MODES[measure.mode]))
    else:
        parts.append(phrases.no_comparison(view, language))
    if view.reported is not None and view.reported.for_the_measure:
        parts.append(
            language.say(
                "You set aside more than a tenth: the measure is looked at, not you. It does not lead."
            )
        )
    if view.past_review:
        parts.append(language.say("Its definition is due for review, so it does not lead."))
    parts.append(language.say("Data to {day}.", day=data_age(view, week, language)))
    return f"{title}\n{' '.join(part for part in parts if part)}"


def _with_talk(block: Block, key: str, number: int, context: WritingContext) -> Block:
    """The entry with what colleagues offer for its measure, or may be offered them (L7)."""
    language = context.language
    value = talk_names.measure_value(context.reference, key)
    if key in context.talking.may_offer:
        offer = language.say(OFFER_TO_TELL)
        return {**block, "accessory": button(beside(talk_names.TELL, number), offer, value)}
    if key in context.talking.may_ask:
        how, ask = language.say(TELLS_HOW), language.say(ASK_A_COLLEAGUE)
        said = section(f"{shorten(block['text']['text'], _SECTION - len(how) - 1)}\n{how}")
        return {**said, "accessory": button(beside(talk_names.ASK, number), ask, value)}
    return block


def _measures(count: int, language: Language) -> str:
    return language.say_many("1 measure", "{count} measures", count)
