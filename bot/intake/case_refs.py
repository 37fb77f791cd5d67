"""A case's reference must be the hospital's own and say nothing of the patient (I15). Pure.

Stricter than for free text: here a number stands alone, and letters beside it hide nothing. What it cannot
know is a bare record number: which numbers are a patient's, only the hospital can say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Final

from stdnum.gb import nhs

from bot.ideas.checking.checks import find_identifiers
from bot.ideas.checking.identifiers import BIRTH_DATE, EMAIL, NAME, PHONE, SSN, normalise
from bot.intake.problems import quoted

LONGEST: Final = 64
_ADVICE: Final = "write the hospital's own number of the case, such as R-1024"

# What cannot hide an identifier: few digits in a row, nothing that announces one, and no blanks.
_PLAIN = re.compile(r"[A-Za-z0-9._/:#-]*")
_PLAIN_LINES = re.compile(r"[A-Za-z0-9._/:#\n-]*")
_ANNOUNCED = re.compile(
    r"(?<![a-z])(?:mrn|crn|pid|ssn|nhs|chi|dob|born|hosp(?:ital)?|patient|pt)[^a-z0-9]{0,3}(?:no|num|id|number)?"
    r"[^a-z0-9]{0,3}(?P<number>\d{4,})",
    re.IGNORECASE,
)
_MANY_DIGITS = re.compile(r"\d(?:[ ._/:-]{0,3}\d){7}")
_SLASHED = re.compile(
    r"(?<!\d)(?:(?P<y>(?:19|20)\d\d)([-/. _])(?P<m>\d{1,2})\2(?P<d>\d{1,2})"
    r"|(?P<d2>\d{1,2})([-/. _])(?P<m2>\d{1,2})\6(?P<y2>(?:19|20)\d\d))(?!\d)"
)
# Initials and a day, or a day alone, written as one: JS12031948, 19480312.
_RUN_TOGETHER = re.compile(
    r"[A-Za-z]{0,4}(?:(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)|(?P<d2>\d\d)(?P<m2>\d\d)(?P<y2>(?:19|20)\d\d))"
    r"[A-Za-z]{0,4}"
)
_SHORT_NUMBER = re.compile(r"[A-Za-z]{0,3}\d{0,9}")
_TEN = re.compile(r"(?<!\d)(?:\d{10}|\d{3}([ ._/-])\d{3}\1\d{4}|\d{6}[ ._/-]\d{4})(?!\d)")
_BY_NAME = re.compile(r"[^\W\d_]{2,}(?:[-'’.][^\W\d_]+)*,?(?: [^\W\d_]+\.?(?:[-'’][^\W\d_]+)*)+")
_WHAT: Final = {
    BIRTH_DATE: "a date of birth",
    EMAIL: "an email address",
    NAME: "somebody's name",
    PHONE: "a telephone number",
    SSN: "a social security number",
}


def may_tell(refs: Sequence[str]) -> bool:
    """Whether any of these references needs a look of its own."""
    whole = "\n".join(refs)
    return (
        _PLAIN_LINES.fullmatch(whole) is None
        or whole.count("\n") >= len(refs)
        or "" in refs
        or max(map(len, refs), default=0) > LONGEST
        or _MANY_DIGITS.search(whole) is not None
        or _ANNOUNCED.search(whole) is not None
    )


def refuse_reference(ref: str, day: date | None = None) -> str | None:
    """Why a reference cannot be kept, and what to write instead; None where it can.

    `day` is the day of the case itself: that may stand in the reference.
    """
    if not ref:
        return "case_ref is empty; write the hospital's own number of the case, or remove the row"
    if len(ref) > LONGEST:
        return f"case_ref {quoted(ref)} is too long; use at most {LONGEST} characters"
    if any(unicodedata.category(character)[0] in "CZ" and character != " " for character in ref):
        return f"case_ref {quoted(ref)} has an invisible character in it; remove it"
    plain, _ = normalise(ref)
    if _MANY_DIGITS.search(plain) or not _PLAIN.fullmatch(plain) or _ANNOUNCED.search(plain):
        return _identifies(plain, day)
    return None


def _identifies(ref: str, day: date | None) -> str | None:
    # What it is stands in the sentence, itself it does not: this is printed.
    for ten in _TEN.finditer(ref):
        digits = re.sub(r"\D", "", ten[0])
        if nhs.is_valid(digits) and not _is_day(digits[:8], day):
            return f"case_ref (…{digits[-3:]}) holds a valid NHS or CHI number; {_ADVICE}"
    if announced := _ANNOUNCED.search(ref):
        return f"case_ref (…{announced['number'][-3:]}) holds a patient's number; {_ADVICE}"
    for found in (*_SLASHED.finditer(ref), *filter(None, [_RUN_TOGETHER.fullmatch(ref)])):
        if (seen := _day(found)) is not None and seen != day:
            return (
                "case_ref holds a date that may be a date of birth; write the hospital's own number of the"
                " case without a date (a running number that reads like one is fine as R-…)"
            )
    if _BY_NAME.fullmatch(ref):
        return f"case_ref reads like somebody's name; {_ADVICE}"
    # A short number alone holds nothing else; looking closer at a million of them would take a minute.
    if _SHORT_NUMBER.fullmatch(ref):
        return None
    for one in find_identifiers(ref):
        return f"case_ref holds {_WHAT.get(one.kind, 'a patient number')}; {_ADVICE}"
    return None


def _is_day(digits: str, day: date | None) -> bool:
    return day is not None and digits == f"{day:%Y%m%d}"


def _day(found: re.Match[str]) -> date | None:
    year, month, day = (int(found[part] or found[f"{part}2"]) for part in "ymd")
    for one, other in ((month, day), (day, month)):
        try:
            return date(year, one, other)
        except ValueError:
            continue
    return None
