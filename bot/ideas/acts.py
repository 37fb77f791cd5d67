"""Everything that can be done to an idea, by name.

Each act takes the caller's transaction, checks access and state again, keeps what happened as one line of
history, and puts the letters that tell of it: `Done`, or `Refused` with a kind sentence and nothing kept.
"""

from bot.ideas.answering import acknowledge, approve, ask, decide, reopen, send_back
from bot.ideas.confirming import adopt, dispute, remove_details, verify
from bot.ideas.handing_in import add_detail, answer, hand_in, support, withdraw
from bot.ideas.working_on import assign, implement, merge, move, note, study

__all__ = [
    "acknowledge",
    "add_detail",
    "adopt",
    "answer",
    "approve",
    "ask",
    "assign",
    "decide",
    "dispute",
    "hand_in",
    "implement",
    "merge",
    "move",
    "note",
    "remove_details",
    "reopen",
    "send_back",
    "study",
    "support",
    "verify",
    "withdraw",
]
