"""What buttons, forms, fields and letters of asking are called on the wire.

The value of ASK and LESSON is the id of the unit that is to be chosen in the form ("0": any); of REPLIES and
MENU that of the post; of REPLY where the reply stands (`bot.ideas.from_message.Borrowed.reference`, with its
author in the place of whoever asks).
"""

from __future__ import annotations

from typing import Final

ASK: Final = "leading_ask"
LESSON: Final = "leading_lesson"
ANOTHER: Final = "leading_ask_another"  # another question, chosen in the form
REPLIES: Final = "leading_replies"  # beneath a post: its replies, to make one an idea
REPLY: Final = "leading_reply"  # beside a reply
MENU: Final = "leading_post_menu"
TAKE_BACK: Final = "take_back"
DETAILS: Final = "details"

FORM: Final = "leading_ask_form"  # callback_id
WORDS: Final = "leading_ask_words"
UNIT: Final = "leading_ask_unit"

# How letters are rendered, and what kind they are.
POST: Final = "channel_post"
ERASED: Final = "channel_post_erased"
NOT_POSTED: Final = "channel_post_failed"
STAYS: Final = "channel_post_stays"
