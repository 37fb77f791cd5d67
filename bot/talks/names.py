"""What buttons, forms and letters of talks are called on the wire.

The `value` of `TALK` says nothing; of `ASK` and `TELL` it is "week", for the measure that leads the presser's
own digest of that week, or "week:measure key"; of the others the id of the request or of the offer.
"""

from __future__ import annotations

from typing import Final

TALK: Final = "talk_through"  # opens the page on which a coach is chosen
ASK: Final = "talk_ask"  # a colleague who has reached it, how
TELL: Final = "talk_tell"  # offer to tell how
LISTEN: Final = "talk_listen"  # a coach's offer
END: Final = "talk_end"  # an offer of one's own
TAKE_BACK: Final = "talk_take_back"  # a request of one's own
GLADLY: Final = "talk_gladly"
NOT_NOW: Final = "talk_not_now"

# Fields of forms; a form's callback_id is `bot.ideas.names.form_of` of its button.
WORDS: Final = "talk_words"
WHO: Final = "talk_who"

# How letters are rendered and what kind they are; an update has a kind of its own.
REQUEST: Final = "talk_request"
UPDATE: Final = "talk_request_update"
ANSWER: Final = "talk_answer"


def read_measure(value: str) -> tuple[str, str]:
    """The week and the measure's key that a button carries; either may be ""."""
    week, _, key = value.partition(":")
    return week, key


def measure_value(week: str, key: str) -> str:
    """What a button carries for a measure that is not the one its digest leads with."""
    return f"{week}:{key}"
