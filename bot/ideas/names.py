"""What buttons, forms and fields of ideas are called on the wire: one place for writers and listeners.

A button's `value` is the idea's number, or "number:seq" where it answers a certain line of its history.
"""

from __future__ import annotations

import re
from typing import Final

# Buttons on cards and in messages; each opens a form or a page, or does it at once.
ME_TOO: Final = "idea_me_too"
ACKNOWLEDGE: Final = "idea_acknowledge"
DECIDE: Final = "idea_decide"
ASK: Final = "idea_ask"
MORE: Final = "idea_more"  # the idea's own page: its whole story, and all that one may do with it
NOTE: Final = "idea_note"
IMPLEMENT: Final = "idea_implement"
STUDY: Final = "idea_study"
ASSIGN: Final = "idea_assign"
MERGE: Final = "idea_merge"
MOVE: Final = "idea_move"
REMOVE: Final = "idea_remove_details"
REOPEN: Final = "idea_reopen"
ADD_DETAIL: Final = "idea_add_detail"
WITHDRAW: Final = "idea_withdraw"
ANSWER: Final = "idea_answer"
VERIFY: Final = "idea_verify"
DISPUTE: Final = "idea_dispute"
APPROVE: Final = "idea_approve"
SEND_BACK: Final = "idea_send_back"
ADOPT: Final = "idea_adopt"
CHART: Final = "idea_chart"

# The form.
NEW: Final = "idea_new"  # the button that opens it, on the Home and elsewhere
UNFOLD: Final = "idea_unfold"  # "More choices" in the form
FORM_ME_TOO: Final = "idea_form_me_too"  # "Me too" beside a similar idea in the form
FORM: Final = "idea_form"  # callback_id
CONCERN: Final = "idea_concern"  # callback_id of the page about a concern
TEXT: Final = "idea_text"
UNIT: Final = "idea_unit"
NAMED: Final = "idea_named"
MEASURE: Final = "idea_measure"
TICKS: Final = "idea_ticks"
PICTURE: Final = "idea_picture"
PICTURE_OK: Final = "idea_picture_ok"

# A message that became an idea: its author is asked first.
YES_MAKE: Final = "idea_from_message_yes"
NO_MAKE: Final = "idea_from_message_no"
MESSAGE_SHORTCUT: Final = "idea_from_message"  # callback_ids of the shortcuts, as in manifest.yml
GLOBAL_SHORTCUT: Final = "idea_anywhere"

# Lists.
LIST: Final = "ideas_list"  # a button that opens a list; value: what is listed
LIST_PAGE: Final = "ideas_page"  # an older or newer page; value: "what:first"
BOARD_FILTER: Final = "ideas_board_filter"
BOARD_UNIT: Final = "ideas_board_unit"

# Forms of the card's buttons: callback_id is "<button>_form"; the text field is WORDS, a second MORE_WORDS.
WORDS: Final = "idea_words"
MORE_WORDS: Final = "idea_more_words"
CHOICE: Final = "idea_choice"
ON: Final = "idea_on"
WHOM: Final = "idea_whom"
WHICH: Final = "idea_which"
WHICH_OTHER: Final = "idea_which_other"  # another idea's number, typed
SMALLER: Final = "idea_smaller"  # the coach's second question, before a "no"
CARE: Final = "idea_care"  # "this touches a medicine, a device or a clinical pathway"
SHARE: Final = "idea_share"


def form_of(button: str) -> str:
    """The callback_id of the form that a button opens."""
    return f"{button}_form"


def beside(action: str, number: int) -> str:
    """The action_id of a button that stands several times in one message: beside one idea each."""
    return f"{action}-{number}"


def anywhere(action: str) -> re.Pattern[str]:
    """Matches an action_id alone and beside an idea: what listeners of list buttons are registered for."""
    return re.compile(rf"^{re.escape(action)}(-\d+)?$")
