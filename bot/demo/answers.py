"""What clinicians of the demo said of their digests: an answer that waits, and one digest that is shared."""

from __future__ import annotations

from typing import Final

from bot.answers.acts import report
from bot.demo.leading import Past, done
from bot.sharing.acts import share
from bot.sharing.gather import sharable
from storage.terms import AnswerKind

# For the analyst's queue; and who shows their gain to their leaders.
ANSWER: Final = (
    "Rebecca Thornton",
    AnswerKind.DATA_WRONG,
    "Reviews that I write in the microbiology round are not in here, I think. Could you look at one week?",
)
SHARES: Final = "Amara Okafor"


def plant_answers(past: Past, week: str) -> None:
    """Both, as of now. The digests of that ISO week must have been sent."""
    who, kind, words = ANSWER
    with past.database.write() as session:
        # "": the measure that led.
        done(report(session, past.doing(session, who, past.now), week, "", kind, words))
    with past.database.write() as session:
        doing = past.doing(session, SHARES, past.now)
        found = sharable(session, doing, week)
        # Small counts are not shared (D5): in a week that has them the demo goes without.
        if found is not None and not found.small:
            done(share(session, doing, week, found.audiences[0].unit_id))
