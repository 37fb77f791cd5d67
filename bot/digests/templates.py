"""The sentences of a digest, by type: one colleague to another, read aloud before they are changed."""

from __future__ import annotations

from collections.abc import Mapping

from bot.digests.facts import MessageType

HEADLINES: Mapping[MessageType, tuple[str, ...]] = {
    MessageType.TOP: (
        "{title}: you are one of those whom colleagues can learn from.",
        "{title}: here colleagues can learn from you.",
    ),
    MessageType.GAIN: (
        "{title}: a gain that has held since {since}.",
        "{title}: a lasting gain since {since}.",
    ),
    MessageType.LOSS: (
        "{title}: something has changed since {since}.",
        "{title}: a change since {since}.",
    ),
    MessageType.GAP: ("{title}: most of your colleagues {do}.",),
    MessageType.NEAR: (
        "{title}: you are {count} from what colleagues have reached.",
        "{title}: what colleagues have reached is {count} away.",
    ),
    MessageType.STEADY: ("{title}: steady.", "{title}: nothing stands out."),
    MessageType.FIGURES: ("{title}: your own figures.",),
    MessageType.CASES: ("{title}: {cases}, each with its story.",),
    MessageType.STORY: ("{title}: a case to think back on.", "{title}: one case, in words."),
}
# Where the headline's own words would not be true or would lack a number.
LEVEL_HEADLINE = "{title}: you are level with what colleagues have reached."
REACH_HEADLINE = "{title}: what colleagues have reached is within your reach."
APART_HEADLINE = "{title}: your figure differs from your colleagues'."
GAINED_HEADLINE = "{title}: you have gained, and it has lasted."
CHANGED_HEADLINE = "{title}: something has changed."
AHEAD_HEADLINE = "{title}: ahead of most of your colleagues."
AMONG_HEADLINE = "{title}: in the middle of your group."
BELOW_HEADLINE = "{title}: nothing new; more than half of your colleagues are {side}."
# The change is one beside colleagues; one's own line went less far, or the other way.
OTHERS_MOVED_HEADLINE = "{title}: most of your colleagues have moved since {since}, you less so."
LISTED_HEADLINE = "{title}: {cases}, to read one by one."
NONE_HEADLINE = "{title}: {cases}."
SHORT_SERIES_HEADLINE = "{title}: where you are now."

QUESTIONS: Mapping[MessageType, tuple[str, ...]] = {
    MessageType.TOP: (
        "What could a colleague copy from you next week?",
        "Who else in the team makes this work?",
        "What would you tell a new colleague about this?",
        "What took you longest to learn here?",
    ),
    MessageType.GAIN: (
        "What did you change?",
        "What would keep it that way?",
        "Who would like to know how you did it?",
        "Is it getting easier?",
    ),
    MessageType.LOSS: (
        "What was different in your work at that time?",
        "Did something around you change then?",
        "Does this match what you have seen?",
        "Are these the patients you would expect?",
    ),
    MessageType.GAP: (
        "What gets in the way most often?",
        "What do you think colleagues do differently?",
        "For which patients is this figure unfair?",
        "Who could you ask how they do it?",
    ),
    MessageType.NEAR: (
        "What would it take for the next one?",
        "What made it work the last time?",
        "Which step would be the easiest to try first?",
        "Who in the team could help with this?",
    ),
    MessageType.STEADY: (
        "Is this where you would like it to be?",
        "Does this match how these {periods} felt?",
        "Which one step would you change here?",
        "What does this figure not show?",
    ),
    MessageType.FIGURES: (
        "Do these counts match what you remember?",
        "Is anybody missing from these counts?",
        "What would you like to know about these patients?",
    ),
    MessageType.CASES: (
        "What would you tell a colleague about these cases?",
        "What do these counts not show?",
        "Which of them would you tell a colleague about?",
    ),
    MessageType.STORY: (
        "What would you tell a colleague about it?",
        "What did you notice first, and what later?",
        "Who else was there, and how do they see it?",
        "What would you do the same way again?",
    ),
}
CASE_QUESTIONS = (
    "Which of these patients would you like to talk through with a colleague?",
    "Which of these cases stays with you, and why?",
)
# The same in other words for a colleague who is where others want to be.
SHARE = "Tell one colleague how you do it."

AGAIN = "Here it is again, as it was sent."
