"""Porter's stems ("An algorithm for suffix stripping", Program 14, 1980), the same for both databases.

SQLite's own `porter` cannot be asked for a stem, and PostgreSQL's 'english' is a later and different
algorithm; so words are stemmed here, before either sees them.
"""

from __future__ import annotations

import re
from functools import lru_cache

import snowballstemmer

_WORD = re.compile("[a-z]{3,}")


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The stem of a word in small letters. One of another script or under three letters stays as it is."""
    # A stemmer holds the word that it works on, so threads cannot share one.
    return snowballstemmer.stemmer("porter").stemWord(word) if _WORD.fullmatch(word) else word
