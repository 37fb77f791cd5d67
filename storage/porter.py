"""M. F. Porter's suffix stripping ("An algorithm for suffix stripping", Program 14, 1980): words to stems.

The same algorithm as SQLite's own `porter` tokenizer (a test holds the two together). It is written out here
so that SQLite, PostgreSQL and the comparison of ideas in Python agree on what a stem is: SQLite's cannot be
asked for a stem, and PostgreSQL's 'english' is a later and different algorithm.
"""

from __future__ import annotations

import re
from functools import lru_cache

_CONSONANTS = "[^aeiou][^aeiouy]*"
_VOWELS = "[aeiouy][aeiou]*"
# Porter's measure m: how often vowels are followed by consonants.
_M_ABOVE_0 = re.compile(f"^({_CONSONANTS})?{_VOWELS}{_CONSONANTS}")
_M_IS_1 = re.compile(f"^({_CONSONANTS})?{_VOWELS}{_CONSONANTS}({_VOWELS})?$")
_M_ABOVE_1 = re.compile(f"^({_CONSONANTS})?{_VOWELS}{_CONSONANTS}{_VOWELS}{_CONSONANTS}")
_HAS_VOWEL = re.compile(f"^({_CONSONANTS})?[aeiouy]")
_ENDS_CVC = re.compile("[^aeiou][aeiouy][^aeiouwxy]$")
_DOUBLED = re.compile(r"([^aeioulsz])\1$")
_WORD = re.compile("[a-z]{3,}")

_STEP_2 = (
    "ational:ate tional:tion enci:ence anci:ance izer:ize bli:ble alli:al entli:ent eli:e ousli:ous "
    "ization:ize ation:ate ator:ate alism:al iveness:ive fulness:ful ousness:ous aliti:al iviti:ive "
    "biliti:ble logi:log"
)
_STEP_3 = "icate:ic ative: alize:al iciti:ic ical:ic ful: ness:"
_STEP_4 = "ement ance ence able ible ment ant ent ism ate iti ous ive ize ou al er ic"


def _pairs(words: str) -> tuple[tuple[str, str], ...]:
    pairs = [pair.partition(":") for pair in words.split()]
    return tuple(sorted(((old, new) for old, _, new in pairs), key=lambda pair: -len(pair[0])))


_REPLACED = (_pairs(_STEP_2), _pairs(_STEP_3))
_DROPPED = tuple(_STEP_4.split())


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The stem of a word in small letters. One of another script or under three letters stays as it is."""
    if not _WORD.fullmatch(word):
        return word
    word = _step_1(word)
    for step in _REPLACED:
        word = _replace(word, step)
    word = _drop(word)
    return _step_5(word)


def _step_1(word: str) -> str:
    """Plurals, past tenses and participles; a final y."""
    if (word.endswith("sses") and len(word) > 4) or (word.endswith("ies") and len(word) > 3):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if word.endswith("eed"):
        if _M_ABOVE_0.match(word[:-3]):
            word = word[:-1]
    else:
        for ending in ("ed", "ing"):
            rest = word.removesuffix(ending)
            if rest != word and _HAS_VOWEL.match(rest):
                word = _mended(rest)
                break
    if word.endswith("y") and _HAS_VOWEL.match(word[:-1]):
        word = word[:-1] + "i"
    return word


def _mended(rest: str) -> str:
    if rest.endswith(("at", "bl", "iz")):
        return rest + "e"
    if _DOUBLED.search(rest):
        return rest[:-1]
    if _M_IS_1.match(rest) and _ENDS_CVC.search(rest):
        return rest + "e"
    return rest


def _replace(word: str, endings: tuple[tuple[str, str], ...]) -> str:
    for old, new in endings:
        if word.endswith(old):
            rest = word[: -len(old)]
            return rest + new if _M_ABOVE_0.match(rest) else word
    return word


def _drop(word: str) -> str:
    for ending in _DROPPED:
        if word.endswith(ending):
            rest = word[: -len(ending)]
            return rest if _M_ABOVE_1.match(rest) else word
    if word.endswith(("sion", "tion")) and _M_ABOVE_1.match(word[:-3]):
        return word[:-3]
    return word


def _step_5(word: str) -> str:
    if word.endswith("e"):
        rest = word[:-1]
        if _M_ABOVE_1.match(rest) or (_M_IS_1.match(rest) and not _ENDS_CVC.search(rest)):
            word = rest
    if word.endswith("ll") and _M_ABOVE_1.match(word):
        word = word[:-1]
    return word
