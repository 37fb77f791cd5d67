"""What the buttons and the form of cases are called on the wire.

A button's `value` is the week of the presser's own digest, for an older or newer page "week:offset".
"""

from __future__ import annotations

from typing import Final

from bot.language.language import noted

SHOW: Final = "cases_show"  # opens the list of one's own cases
PAGE: Final = "cases_page"  # an older or newer page of it
TELL: Final = "cases_tell"  # opens the form for one's own story; its callback_id is `form_of(TELL)`
ASIDE: Final = "cases_aside"  # opens the form that sets cases of a page aside

# Fields of the forms.
WORDS: Final = "cases_words"
CASES: Final = "cases_which"
KIND: Final = "cases_kind"
SHOWN: Final = "cases_shown"

SHOW_LABEL: Final = noted("Show my cases")
TELL_LABEL: Final = noted("Tell the story")


def page_value(week: str, offset: int) -> str:
    """What a button that turns a page carries."""
    return f"{week}:{offset}"


def read_value(value: str) -> tuple[str, int]:
    """The week and the first line of the page; the first page where it is unreadable."""
    week, _, offset = value.partition(":")
    return week, int(offset) if offset.isdecimal() and len(offset) < 8 else 0
