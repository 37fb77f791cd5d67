"""What identifies a patient, found in text before it is stored (I15). Pure; the patterns are one table.

Precision counts as much as recall: whoever writes about doses, times, wards and bleeps must never be stopped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from stdnum.gb import nhs
from stdnum.us import ssn

from bot.ideas.checking.first_names import FIRST_NAMES

NHS_NUMBER: Final = "nhs_number"
CHI_NUMBER: Final = "chi_number"
SSN: Final = "ssn"
RECORD_NUMBER: Final = "record_number"
BIRTH_DATE: Final = "birth_date"
PHONE: Final = "phone"
EMAIL: Final = "email"
NAME: Final = "name"


@dataclass(frozen=True, slots=True)
class Found:
    """Something that identifies somebody: `text[start:end]` of what was typed."""

    kind: str
    start: int
    end: int


def find_identifiers(text: str) -> list[Found]:
    """All that looks like a patient's identifier, in the order of the text; none overlaps another."""
    plain, places = normalise(text)
    found: list[Found] = []
    taken: list[tuple[int, int]] = []
    for kind, spans in _FINDERS:
        for start, end in spans(plain):
            if all(end <= first or start >= last for first, last in taken):
                taken.append((start, end))
                found.append(Found(kind, places[start], places[end - 1] + 1))
    return sorted(found, key=lambda one: one.start)


def normalise(text: str) -> tuple[str, list[int]]:
    """The text as it reads, and for each character of it where it stood in what was typed.

    Full-width and other scripts' digits become 0-9, all kinds of blanks and dashes one, and what cannot be
    seen goes, so that no such trick, nor a copy from another program, hides a number.
    """
    if text.isascii():
        return text.replace("\t", " "), list(range(len(text)))
    plain: list[str] = []
    places: list[int] = []
    for place, typed in enumerate(text):
        for character in unicodedata.normalize("NFKC", typed):
            seen = _as_seen(character)
            if seen:
                plain.append(seen)
                places.append(place)
    return "".join(plain), places


@cache
def _as_seen(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.digit(character))
    if category in ("Pd", "Sm") and unicodedata.name(character, "").endswith(
        ("DASH", "HYPHEN", "MINUS SIGN")
    ):
        return "-"
    if category == "Zs" or character == "\t":
        return " "
    if character == "’":
        return "'"
    return "" if category in ("Cf", "Mn") and not character.isalpha() else character


Spans = Iterator[tuple[int, int]]

# --- numbers with a check digit ------------------------------------------------------------------------

# Digits with at most three signs between two of them, and no letter or further digit beside.
_DIGITS = re.compile(
    r"(?:(?<!\w)|(?<=nhs)|(?<=chi)|(?<=no)|(?<=number)|(?<=_))\d+(?:[ \-._/]{1,3}\d+)*(?!\w)", re.IGNORECASE
)
_GROUP = re.compile(r"\d+")
_STANDARD_GROUPS = ([10], [3, 3, 4])


def _nhs_numbers(text: str) -> Spans:
    """Ten digits in a row of groups, with a right check digit (NHS Data Dictionary, modulus 11).

    Issued are numbers that begin with 32-39 and 4, 6 and 7 (9 in tests); Scotland's begin with a date of
    birth and are `_chi_numbers`. Others count only as they are usually written.
    """
    for start, end, digits, groups in _ten_digits(text):
        issued = digits[0] in "4679" or (digits[0] == "3" and digits[1] >= "2")
        if (issued or groups in _STANDARD_GROUPS) and nhs.is_valid(digits):
            yield start, end


def _chi_numbers(text: str) -> Spans:
    """Scotland's: ten digits of which the first six are a date of birth, as one or as 6 and 4."""
    for start, end, digits, groups in _ten_digits(text):
        day, month = int(digits[:2]), int(digits[2:4])
        if groups in ([10], [6, 4]) and 1 <= day <= 31 and 1 <= month <= 12 and nhs.is_valid(digits):
            yield start, end


def _ten_digits(text: str) -> Iterator[tuple[int, int, str, list[int]]]:
    """Wherever neighbouring groups of digits make ten: start, end, the digits, and how long each group is."""
    for run in _DIGITS.finditer(text):
        if text[run.start() - 1 : run.start()] == "+":
            continue  # a telephone number
        groups = [(m.start(), m.end()) for m in _GROUP.finditer(text, run.start(), run.end())]
        for first in range(len(groups)):
            digits, lengths = "", []
            for start, end in groups[first:]:
                digits += text[start:end]
                lengths.append(end - start)
                if len(digits) >= 10:
                    break
            if len(digits) == 10:
                last = groups[first + len(lengths) - 1][1]
                if not _is_date_and_more(text[groups[first][0] : last]):
                    yield groups[first][0], last, digits, lengths


_DATE_AND_MORE = re.compile(
    r"(?:\d{1,2}([-/.])\d{1,2}\1(?:19|20)\d\d|(?:19|20)\d\d([-/.])\d{1,2}\2\d{1,2})\D"
)


def _is_date_and_more(text: str) -> bool:
    return _DATE_AND_MORE.match(text) is not None


_SSN = re.compile(
    r"(?<![\w-])(?:(?:ssn|ss ?#|social security(?: (?:no|num|number))?)\W{0,3}(?:is )?"
    r"(?P<announced>\d{3}[ -]?\d{2}[ -]?\d{4})|(?P<dashed>\d{3}-\d{2}-\d{4}))(?![\w-])",
    re.IGNORECASE,
)


def _social_security_numbers(text: str) -> Spans:
    """Of the United States: with dashes, or announced as one. Areas that are never issued are none."""
    for found in _SSN.finditer(text):
        which = "dashed" if found["dashed"] else "announced"
        if ssn.is_valid("".join(_GROUP.findall(found[which]))):
            yield found.span(which)


# --- what is announced by a word -----------------------------------------------------------------------

_NUMBER_WORD = r"(?:no|num|number|nr|id|#)"
_RECORD = re.compile(
    rf"(?<!\w)(?:(?:mrn|crn|pid)(?: {_NUMBER_WORD})?"
    rf"|(?:medical )?records? ?{_NUMBER_WORD}"
    rf"|(?:hospital|hosp|patient|pt|unit|case ?notes?|chart|nhs|chi)\.? ?{_NUMBER_WORD})"
    r"(?!\w)\W{0,3}(?:(?:is|was|of)\W{1,2})?"
    r"(?P<number>[a-z]{0,3}[ -]?\d(?:[ -]?\d){4,}[a-z]?)(?!\w)",
    re.IGNORECASE,
)

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DATE = (
    rf"(?:\d{{1,2}} ?[-/. ] ?\d{{1,2}} ?[-/. ] ?(?:\d{{4}}|\d{{2}})"
    r"|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)?[ -]?{_MONTH}\.?,?[ -]?(?:\d{{4}}|'?\d{{2}})"
    rf"|{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})"
)
_BORN = re.compile(
    rf"(?<!\w)(?:d\.? ?o\.? ?b\.?|dates? of birth|birth ?date|birthday|born)(?!\w)\W{{0,3}}"
    rf"(?:(?:is|was|on|in)\W{{1,2}}){{0,2}}(?P<date>{_DATE})(?!\w)",
    re.IGNORECASE,
)


def _announced(pattern: re.Pattern[str], group: str) -> Callable[[str], Spans]:
    def spans(text: str) -> Spans:
        for found in pattern.finditer(text):
            yield found.span(group)

    return spans


# --- telephone and email -------------------------------------------------------------------------------

# Mobiles and geographic numbers as Ofcom groups them. 03, 08 and 111 are nobody's own: helplines may stand.
_UK_PHONE = (
    r"(?:(?:\+|00)44[ -]?(?:\(0\)[ -]?)?\(?|\(?0)"
    r"(?:7\d{3}\)?[ -]?\d{3}[ -]?\d{3}|7\d{2}[ -]\d{3}[ -]\d{4}|2\d\)?[ -]?\d{4}[ -]?\d{4}"
    r"|1\d{3}\)?[ -]?\d{3}[ -]?\d{3}|1\d{2}\)?[ -]?\d{3}[ -]?\d{4}|1\d{3}\)?[ -]?\d{2}[ -]?\d{3})"
)
_US_PHONE = r"(?:\+?1[ .-]?)?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[.-])[2-9]\d{2}[ .-]\d{4}"
_ANY_PHONE = r"\+[1-9]\d{0,2}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){2,4}"
_PHONE = re.compile(rf"(?<![\w+.-])(?P<number>{_UK_PHONE}|{_US_PHONE}|{_ANY_PHONE})(?![\w-])(?!\.\d)")
_ANNOUNCED_PHONE = re.compile(
    r"(?<!\w)(?:phone|telephone|tel|mobile|mob|cell|ring|call|text)(?: (?:no|number|him|her|them|me|us))?\.?"
    r"\W{0,3}(?:(?:is|on|at)\W{1,2})?(?P<number>\(?\d{3}\)?[ -]?\d{3}[ -]?\d{4})(?!\w)",
    re.IGNORECASE,
)
_EMAIL = re.compile(
    r"(?<![\w.+-])(?P<address>[\w.+'-]+ ?@ ?[a-z0-9](?:[a-z0-9-]*\.)+[a-z]{2,24})(?!\w)", re.IGNORECASE
)


# --- names ---------------------------------------------------------------------------------------------

_SURNAME = r"(?:(?:Mc|Mac|O'|D'|[Dd]e |[Vv]an |[Vv]on |Al-|El-)?[^\W\d_a-z][^\W\d_]+(?:[-'][^\W\d_]+)*)"
# "MR" in capitals is magnetic resonance.
_TITLED = re.compile(rf"(?<![\w'])(?:Mr|Mrs|Ms|Miss|Mx|Master|MRS)\.? +(?P<name>{_SURNAME})(?!\w)")
_TITLED_SMALL = re.compile(r"(?<![\w'])(?:mr|mrs)\.? +(?P<name>[a-z]{2,}(?:[-'][a-z]+)*)(?!\w)")
_NO_SURNAME = frozenset(
    [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "christmas",
        "easter",
        "scan",
        "scans",
        "scanner",
        "scanning",
        "scanners",
        "imaging",
        "image",
        "images",
        "angiogram",
        "angiography",
        "spectroscopy",
        "conditional",
        "safe",
        "safety",
        "mri",
        "and",
        "or",
        "is",
        "was",
        "who",
        "has",
        "had",
        "in",
        "on",
        "for",
        "a",
        "an",
        "the",
        "of",
        "to",
        "at",
        "key",
        "copy",
        "patient",
        "patients",
        "medication",
        "doses",
        "lead",
        "bag",
        "rotas",
        "rota",
        "list",
        "lists",
        "file",
    ]
)
_PLACE = r"(?:beds?|bay|room|rm|side ?room|sr|cubicle|chair|trolley|bedspace)"
_IN_A_BED = re.compile(
    rf"(?<![\w'])(?P<name>[^\W\d_a-z][^\W\d_]+(?: {_SURNAME})?),? \(?(?:(?:who is|is|was|from|in|at|on) )?"
    rf"(?:the )?(?i:{_PLACE}) ?[a-z]?\d+[a-z]?(?!\w)"
)
_BED_OF = re.compile(
    rf"(?<!\w)(?i:{_PLACE}) ?[a-zA-Z]?\d+[a-zA-Z]?\W{{1,3}}"
    rf"(?P<name>[^\W\d_a-z][^\W\d_]+(?: {_SURNAME})?)(?!\w)"
)
_CALLED = re.compile(
    r"(?<!\w)(?i:patients?|pt|resident|lady|gentleman|woman|man|boy|girl|child|baby|mother|father|relative)"
    r"'?s?,? (?i:called|named|name is|name was|surname|surname is) "
    rf"(?P<name>{_SURNAME}(?: {_SURNAME})?)(?!\w)"
)


def _titled(text: str) -> Spans:
    for pattern in (_TITLED, _TITLED_SMALL):
        for found in pattern.finditer(text):
            if found["name"].removesuffix("'s").casefold() not in _NO_SURNAME:
                yield found.start(), found.end()


def _beside_a_bed(text: str) -> Spans:
    """A first name next to a bed, bay or room: a bare capital is not enough ("Monitor in bed 12")."""
    for pattern in (_IN_A_BED, _BED_OF):
        for found in pattern.finditer(text):
            if found["name"].split()[0].casefold() in FIRST_NAMES:
                yield found.span("name")


# The most telling first: where two kinds are in the same place, the earlier one is told.
_FINDERS: Final[tuple[tuple[str, Callable[[str], Spans]], ...]] = (
    (EMAIL, _announced(_EMAIL, "address")),
    (BIRTH_DATE, _announced(_BORN, "date")),
    (CHI_NUMBER, _chi_numbers),
    (NHS_NUMBER, _nhs_numbers),
    (SSN, _social_security_numbers),
    (RECORD_NUMBER, _announced(_RECORD, "number")),
    (PHONE, _announced(_PHONE, "number")),
    (PHONE, _announced(_ANNOUNCED_PHONE, "number")),
    (NAME, _titled),
    (NAME, _beside_a_bed),
    (NAME, _announced(_CALLED, "name")),
)
