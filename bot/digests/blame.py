"""The words that a digest never uses (D17), for the test that reads every template and every message."""

from __future__ import annotations

import re

_BLAME = re.compile(
    r"""\b(
        worst | worse | worsen\w* | poor | poorer | poorest | poorly | bad | badly | fail\w* | slipped
      | slipping | bottom | under-?perform\w* | should(?:\s+not|n['’]t)?\s+have | ought\s+to\s+have
      | the\s+best | blame\w* | fault\w* | guilty | lagging | laggard\w* | outlier\w*
      | mistake\w* | careless\w*
      | inadequate\w* | unacceptable | disappoint\w* | below\s+average | deteriorat\w* | declin\w*
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
# Money is told as overuse and underuse.
_MONEY = re.compile(
    r"\b(costs?|costly|spend\w*|spent|expenditure|savings?|price\w*|expens\w*|budget\w*|cheap\w*|money)\b",
    re.IGNORECASE,
)
# An organ fails without anybody's fault.
_CLINICAL = re.compile(
    r"\b(heart|cardiac|kidney|renal|liver|hepatic|respiratory|ventilatory|organ|ovarian|treatment)\s+failures?\b"
    r"|\bcosts?\s+(older\s+|many\s+)?(people|patients|lives)\b"
    r"|\bpoor\s+(appetite|sleep|vision|mobility)\b|\bbad\s+news\b",
    re.IGNORECASE,
)


def blame_words(text: str) -> tuple[str, ...]:
    """Return the blame and money words in a text, in their order, as written."""
    text = _CLINICAL.sub(" ", text)
    found = [(m.start(), m[0]) for pattern in (_BLAME, _MONEY) for m in pattern.finditer(text)]
    return tuple(word for _, word in sorted(found))
