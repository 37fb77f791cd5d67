"""What buttons, forms and letters about goals are called on the wire. A button's `value` is the goal's id."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from storage.terms import Vote

VOTES: Final[Mapping[Vote, str]] = MappingProxyType(
    {
        Vote.ATTAINABLE: "goal_attainable",
        Vote.STRETCH: "goal_stretch",
        Vote.NOT_ATTAINABLE: "goal_not_attainable",
    }
)
PROPOSE: Final = "goal_propose"
HISTORY: Final = "goal_history"
ADOPT: Final = "goal_adopt"
NOT_NOW: Final = "goal_not_now"
END: Final = "goal_end"
WITHDRAW: Final = "goal_withdraw"

# Forms (callback_id is "<button>_form") and their fields.
MEASURE: Final = "goal_measure"
VALUE: Final = "goal_value"
WORDS: Final = "goal_words"

# Letters: how they are rendered and what kind they are.
ASK: Final = "goal_ask"
ASK_UPDATE: Final = "goal_ask_update"
OUTCOME: Final = "goal_outcome"
