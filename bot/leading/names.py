"""What buttons and letters of the leaders' messages are called on the wire.

A button's `value` is the idea's number, and "number:days" for a choice of "Snooze".
"""

from __future__ import annotations

from typing import Final

SNOOZE: Final = "leading_snooze"  # beside each idea: a menu of days
NOT_MINE: Final = "leading_not_mine"
AIM: Final = "leading_aim"  # beside each unit: opens the form for its aim; value: the unit's id
AIM_FORM: Final = "leading_aim_form"
AIM_WORDS: Final = "leading_aim_words"
LEADERS_PICTURE: Final = "leading_compared_picture"  # a button, its day as value; and the kind of the letter
BOARD: Final = "board"  # `bot.ideas.names.LIST` of what waits for the one who presses

# How letters are rendered and what kind they are; an update has a kind of its own.
LEADER_MESSAGE: Final = "leader_message"
LEADER_UPDATE: Final = "leader_message_update"
