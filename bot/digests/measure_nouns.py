"""A measure's own words: its nouns, what is counted in them, and numbers as a sentence has them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.digests.facts import MeasureFacts
from bot.digests.framing import currency, in_plain_use
from bot.language.language import Language, british, noted
from bot.slack_text import inert, shorten
from storage.terms import Kind, PeriodLength

WEEKS_A_MONTH = 365.25 / 12 / 7
# A pace that a person could keep, so that the whole way takes about half a year.
HALF_A_YEAR = 26
# Three phrases stand in one section of 3,000 characters, and "&" grows to five when it is made inert.
_MOST_CHARACTERS = 160

_NUMBERS = (
    "",
    noted("one"),
    noted("two"),
    noted("three"),
    noted("four"),
    noted("five"),
    noted("six"),
    noted("seven"),
    noted("eight"),
    noted("nine"),
    noted("ten"),
    noted("eleven"),
    noted("twelve"),
)
_COUNTED = frozenset(
    re.findall(
        r"\w+",
        """patients people women men children babies adults admissions attendances stays discharges visits
        consultations referrals letters items courses prescriptions scans tests falls operations procedures
        answers calls appointments births deaths infections episodes requests assessments reviews wounds
        lines minutes hours days weeks years""",
    )
)
_TIMES = frozenset({"minutes", "hours", "days", "weeks", "years"})
# "Bed days" are not days.
_OF_TIMES = frozenset({"bed", "patient", "person", "device", "line", "catheter", "ventilator", "nursing"})
_IRREGULAR = {"people": "person", "women": "woman", "men": "man", "children": "child", "babies": "baby"}
# Words that open a phrase with a capital only because a list did.
_OPENERS = re.compile(
    r"(all|the|number of|any|high|higher|low|lower|total|new|patients|people|items|courses|cases)\b",
    re.IGNORECASE,
)


# A cut text does not end in one of these.
_DANGLING = frozenset(
    re.findall(
        r"\w+",
        """a an the and or but nor in on at of to for from with without by as than that which who what
        where when your their its his her our is are was be can may not so if greater less more fewer""",
    )
)
_UNIT = re.compile(r"\s*\(([£€$¥])\)")


@dataclass(frozen=True, slots=True)
class Room:
    """How many words a measure's own texts may take; less where a message would grow too long."""

    title: int = 40
    phrase: int = 30
    why: int = 60
    action: int = 60
    pace: bool = True
    in_counts: bool = True
    peers_phrase: bool = True
    reached: bool = True
    drift: bool = True
    goal: bool = True
    story: int = 70


def clip(text: str, words: int, limit: int = 400) -> str:
    """Cut a text to so many words: at a sentence's end where one is near, else with an ellipsis."""
    parts = text.split()
    if len(parts) > words:
        kept = parts[:words]
        late = [i for i in range(len(kept), 0, -1) if 2 * i > words]
        sentence = next((i for i in late if kept[i - 1][-1] in ".!?" and len(kept[i - 1]) > 2), None)
        clause = next((i for i in late if kept[i - 1][-1] in ",;:"), len(kept))
        kept = kept[: sentence or clause]
        quoted = [i for i, word in enumerate(kept) if "“" in word]
        if quoted and "”" not in "".join(kept[quoted[-1] :]):
            kept = kept[: max(1, quoted[-1])]
        while len(kept) > 1 and not sentence and kept[-1].lower() in _DANGLING:
            kept.pop()
        text = " ".join(kept) if sentence else " ".join(kept).rstrip(" ,;:.(-–") + "…"
    return shorten(" ".join(text.split()), limit)


def own_words(text: str, words: int, limit: int = 400) -> str:
    """A measure's own text, inert, in so many words; money is told as use (D17)."""
    return inert(clip(in_plain_use(text), words, limit))


def title(measure: MeasureFacts, room: Room) -> str:
    """The measure's title."""
    return own_words(measure.title.strip().rstrip(" .:"), room.title, 250)


def number_word(count: int, language: Language | None = None) -> str:
    """Small numbers in words, as a sentence has them."""
    language = language or british()
    return language.say(_NUMBERS[count]) if 0 < count < len(_NUMBERS) else language.count(count)


def periods(count: int, length: PeriodLength, language: Language) -> str:
    """`12 weeks`, `a month`."""
    if length is PeriodLength.WEEK:
        return language.say_many("a week", "{count} weeks", count)
    return language.say_many("a month", "{count} months", count)


def in_periods(count: int, length: PeriodLength, language: Language) -> str:
    """`in 12 weeks`, `in a month`."""
    if length is PeriodLength.WEEK:
        return language.say_many("in a week", "in {count} weeks", count)
    return language.say_many("in a month", "in {count} months", count)


def a_period(count: str, length: PeriodLength, language: Language) -> str:
    """So much again and again: `ten more patients a week`."""
    if length is PeriodLength.WEEK:
        return language.say("{count} a week", count=count)
    return language.say("{count} a month", count=count)


def units(length: PeriodLength, language: Language) -> str:
    """`weeks`, `months`."""
    return language.say("weeks") if length is PeriodLength.WEEK else language.say("months")


def capital(text: str) -> str:
    """A sentence's first letter."""
    return text[:1].upper() + text[1:]


def counted_noun(measure: MeasureFacts) -> str:
    """What a gap is counted in: `patients`, `courses`; "" where the measure's words do not say."""
    return noun_in(measure.denominator if measure.kind is Kind.PROPORTION else measure.numerator)


def counted(count: int, noun: str, language: Language) -> str:
    """`86 patients`, `1 patient`, `86`."""
    return f"{language.count(count)} {singular(noun) if count == 1 else noun}".strip()


def more_of(measure: MeasureFacts, count: str, *, up: bool, language: Language, one: bool = False) -> str:
    """`seven more patients`, `three fewer falls`, `two hours less`, `£40 less`; `one`: of a single one."""
    noun = counted_noun(measure)
    told = {"count": count, "noun": singular(noun) if one else noun}
    if noun in _TIMES:
        said = (
            language.say("{count} {noun} more", **told) if up else language.say("{count} {noun} less", **told)
        )
    elif up:
        said = language.say("{count} more {noun}", **told)
    elif currency(measure):
        said = language.say("{count} less {noun}", **told)
    else:
        said = language.say("{count} fewer {noun}", **told)
    return said.strip()


def duration(weeks: float, language: Language) -> str:
    """`six weeks`, `seven months`, `two years`."""
    if weeks < 9:
        count = max(1, round(weeks))
        return language.say_many(
            "{number} week", "{number} weeks", count, number=number_word(count, language)
        )
    if weeks < 4 * HALF_A_YEAR:
        count = round(weeks / WEEKS_A_MONTH)
        return language.say_many(
            "{number} month", "{number} months", count, number=number_word(count, language)
        )
    count = round(weeks / (2 * HALF_A_YEAR))
    return language.say_many("{number} year", "{number} years", count, number=number_word(count, language))


def numerator_words(measure: MeasureFacts, room: Room, language: Language) -> str:
    """The numerator's phrase behind its count; `of use` where the count is money."""
    money = in_plain_use(measure.numerator)
    phrase = own_words(_inside(_UNIT.sub("", money)), room.phrase, _MOST_CHARACTERS)
    if not _UNIT.search(measure.numerator):
        return phrase
    return language.say("of {phrase}", phrase=phrase)


def amount(measure: MeasureFacts, number: float, language: Language) -> str:
    """A numerator's count, with the currency that its phrase names."""
    unit = _UNIT.search(measure.numerator)
    return f"{unit[1] if unit else ''}{language.count(number)}"


def with_time(measure: MeasureFacts, value: str) -> str:
    """A mean of hours or days has its unit."""
    noun = noun_in(measure.numerator) if measure.kind is Kind.MEAN else ""
    return f"{value} {noun}" if noun in _TIMES else value


def about(number: float, language: Language) -> str:
    """An estimate: in words when small, else to two digits."""
    whole = max(1, round(number))
    digits = len(str(whole)) - 2
    return number_word(round(whole, -digits) if digits > 0 else whole, language)


def sum_about(sign: str, number: float, language: Language) -> str:
    """An estimate, of money in figures: `£1,400`."""
    if not sign:
        return about(number, language)
    digits = len(str(max(1, round(number)))) - 2
    return f"{sign}{language.count(round(number, -digits) if digits > 0 else round(number))}"


def in_time(measure: MeasureFacts) -> bool:
    """Whether what is averaged is time, so that a difference adds up to hours or days."""
    return noun_in(measure.numerator) in _TIMES


def denominator_words(measure: MeasureFacts, room: Room) -> str:
    """The denominator's phrase behind its count."""
    phrase = own_words(_inside(measure.denominator), room.phrase, _MOST_CHARACTERS)
    return f"× {phrase}" if phrase[:1].isdigit() else phrase


def _inside(phrase: str) -> str:
    """Fit a phrase behind a number: no list's capital, and no "all"."""
    phrase = phrase.strip().rstrip(".")
    if _OPENERS.match(phrase) and phrase[1:2].islower():
        phrase = phrase[0].lower() + phrase[1:]
    return re.sub(r"^(all|the|number of)\s+", "", phrase)


def noun_in(phrase: str) -> str:
    """The plain plural in a phrase that its things can be counted in; "" without, and for "1000 patients"."""
    if phrase.strip()[:1].isdigit():
        return ""
    found = re.findall(r"[a-z]+", phrase.lower())
    at = next((i for i, word in enumerate(found) if word in _COUNTED), None)
    if at is None:
        return ""
    pair = found[at] in _TIMES and at > 0 and found[at - 1] in _OF_TIMES
    return f"{found[at - 1]} {found[at]}" if pair else found[at]


def for_count(count: float, phrase: str) -> str:
    """A phrase behind its number: `58 stays`, `1 stay`."""
    noun = noun_in(phrase)
    if round(count, 1) != 1 or not noun:
        return phrase
    return re.sub(rf"\b{noun}\b", singular(noun), phrase, count=1, flags=re.IGNORECASE)


def singular(noun: str) -> str:
    """One of a plain plural."""
    return _IRREGULAR.get(noun, noun.removesuffix("s"))
