"""What buttons, forms and letters about answers are called on the wire.

The `value` of `WARRANTED` and `WRONG` is "week", for the measure that leads the presser's own digest of that
week, or "week:measure key"; of `OTHERS` the week alone; of `VARIED` the measure's key; of `QUEUE` and `MINE`
where the page begins; of the others the id of the answer. Whoever presses one gets only what is theirs.
"""

from __future__ import annotations

from typing import Final

WARRANTED: Final = "answer_warranted"  # opens the form "This is warranted"
WRONG: Final = "answer_wrong"  # "Something not right?" about one measure
OTHERS: Final = "answer_others"  # the same, about any measure of a week
VARIED: Final = "answer_varied"  # why colleagues varied
SECOND: Final = "answer_second"  # "I would have done the same"
WITHDRAW: Final = "answer_withdraw"
MINE: Final = "answer_mine"  # all that one has said
QUEUE: Final = "answer_queue"  # all that waits for an analyst
LOOK: Final = "answer_look"  # an analyst opens one answer

# Fields of forms; a form's callback_id is `bot.ideas.names.form_of` of its button.
PERIODS: Final = "answer_periods"  # with a number behind it: ten boxes each
WORDS: Final = "answer_words"
SHOWN: Final = "answer_shown"
KIND: Final = "answer_kind"
MEASURE: Final = "answer_measure"
VERDICT: Final = "answer_verdict"
AGREE: Final = "agree"
NOT_AGREE: Final = "not_agree"

# How letters are rendered and what kind they are.
OUTCOME: Final = "answer_outcome"
