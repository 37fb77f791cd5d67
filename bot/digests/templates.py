"""The sentences of a digest, by type: one colleague to another, read aloud before they are changed."""

from __future__ import annotations

from collections.abc import Mapping

from bot.digests.facts import MessageType
from bot.language.language import noted

HEADLINES: Mapping[MessageType, tuple[str, ...]] = {
    MessageType.TOP: (
        noted("{title}: colleagues could learn from how you do this."),
        noted("{title}: here colleagues can learn from you."),
    ),
    MessageType.GAIN: (
        noted("{title}: a gain that has held since {since}."),
        noted("{title}: a lasting gain since {since}."),
    ),
    MessageType.LOSS: (
        noted("{title}: something has changed since {since}."),
        noted("{title}: a change since {since}."),
    ),
    MessageType.GAP: (noted("{title}: {most} of your colleagues {do}."),),
    MessageType.NEAR: (
        noted("{title}: you are close to what some colleagues have reached."),
        noted("{title}: not far from what some colleagues have reached."),
    ),
    MessageType.STEADY: (noted("{title}: steady."), noted("{title}: nothing stands out.")),
    MessageType.FIGURES: (noted("{title}: your own figures."),),
    MessageType.CASES: (noted("{title}: {cases}."),),
    MessageType.STORY: (noted("{title}: a case to think back on."), noted("{title}: one case, in words.")),
}
# Where the headline's own words would not be true or would lack a number.
LEVEL_HEADLINES = (
    noted("{title}: you have got there; others could learn from it."),
    noted("{title}: you have got there, and it is worth passing on."),
)
APART_HEADLINE = noted("{title}: your figure differs from your colleagues'.")
GAINED_HEADLINE = noted("{title}: you have gained, and it has lasted.")
CHANGED_HEADLINE = noted("{title}: something has changed.")
AHEAD_HEADLINE = noted("{title}: ahead of most of your colleagues.")
AMONG_HEADLINE = noted("{title}: in the middle of your group.")
BELOW_HEADLINE = noted("{title}: no lasting change; {most} of your colleagues are {side}.")
DRIFTED_BELOW_HEADLINE = noted("{title}: slowly {way}, and {most} of your colleagues are {side}.")
DRIFTED_HEADLINE = noted("{title}: slowly {way} over the {periods} shown.")
# The change is one beside colleagues; one's own line went less far, or the other way.
OTHERS_MOVED_HEADLINE = noted("{title}: most of your colleagues have moved since {since}, you less so.")
LISTED_HEADLINE = noted("{title}: {cases}, to read one by one.")
SHORT_SERIES_HEADLINE = noted("{title}: where you are now.")

QUESTIONS: Mapping[MessageType, tuple[str, ...]] = {
    MessageType.TOP: (
        noted("What could a colleague copy from you next week?"),
        noted("Who else in the team makes this work?"),
        noted("What would you tell a new colleague about this?"),
        noted("What took you longest to learn here?"),
    ),
    MessageType.GAIN: (
        noted("What did you change?"),
        noted("What would keep it that way?"),
        noted("Who would like to know how you did it?"),
        noted("Is it getting easier?"),
    ),
    MessageType.LOSS: (
        noted("What was different in your work at that time?"),
        noted("Did something around you change then?"),
        noted("Does this match what you have seen?"),
        noted("Are these the patients you would expect?"),
    ),
    MessageType.GAP: (
        noted("What gets in the way most often?"),
        noted("What do you think colleagues do differently?"),
        noted("For which patients is this figure unfair?"),
        noted("Who could you ask how they do it?"),
    ),
    MessageType.NEAR: (
        noted("What would it take for the next one?"),
        noted("What made it work the last time?"),
        noted("Which step would be the easiest to try first?"),
        noted("Who in the team could help with this?"),
    ),
    MessageType.STEADY: (
        noted("Is this where you would like it to be?"),
        noted("Does this match how these {periods} felt?"),
        noted("Which one step would you change here?"),
        noted("What does this figure not show?"),
    ),
    MessageType.FIGURES: (
        noted("Do these counts match what you remember?"),
        noted("Is anybody missing from these counts?"),
        noted("What would you like to know about these patients?"),
    ),
    MessageType.CASES: (
        noted("What would you tell a colleague about these cases?"),
        noted("What do these counts not show?"),
        noted("Which of them would you tell a colleague about?"),
    ),
    MessageType.STORY: (
        noted("What would you tell a colleague about it?"),
        noted("What did you notice first, and what later?"),
        noted("Who else was there, and how do they see it?"),
        noted("What would you do the same way again?"),
    ),
}
CASE_QUESTIONS = (
    noted("Which of these patients would you like to talk through with a colleague?"),
    noted("Which of these cases stays with you, and why?"),
)
ONE_CASE_QUESTIONS = (
    noted("What would you tell a colleague about this one?"),
    noted("What does this count not show?"),
    noted("Is there a part of it that you would like to talk through?"),
)
NO_CASE_QUESTIONS = (
    noted("What does this count not show?"),
    noted("What would you like a colleague to know about this time?"),
)
# The same in other words for a colleague who is where others want to be.
SHARE = noted("Tell one colleague how you do it.")

AGAIN = noted("Here it is again, as it was sent.")

# Why a measure leads: "This one leads because …".
WHY: Mapping[MessageType, str] = {
    MessageType.TOP: noted("you are among the colleagues who set what can be reached here"),
    MessageType.GAIN: noted(
        "compared with your colleagues, your figure has moved the right way and stayed there"
    ),
    MessageType.LOSS: noted("compared with your colleagues, your figure has moved and stayed there"),
    MessageType.GAP: noted(
        "your figure differs from your colleagues' by more than chance explains, twice running"
    ),
    MessageType.NEAR: noted("you are close to what some of your colleagues have reached"),
    MessageType.STEADY: noted("nothing new stands out, and this one has not led lately"),
    MessageType.FIGURES: noted("there is no comparison for you yet, so these are your own counts"),
    MessageType.CASES: noted("single cases have their turn now and then, to be read and not compared"),
    MessageType.STORY: noted("a case of yours was written down and has not been told here yet"),
}
WHY_LEVEL = noted("you have got as far as some of your colleagues who set what can be reached here")
