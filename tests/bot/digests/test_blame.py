"""No blame and no money in anything people read (D17): every golden file, and every sentence in the code.

What each feature's own test reads as it is made, this reads as it is kept: a new room is read without a test
of its own.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.digests.blame import blame_words

ROOT = Path(__file__).parents[3]
GOLDEN = sorted(
    path
    for path in (ROOT / "tests").rglob("*")
    if path.suffix in (".json", ".md", ".txt") and any("golden" in part for part in path.parts)
)
# Where strings are for whoever runs Rounds, not for whoever reads a message.
BEHIND = ("comparison", "courier", "demo", "doctor", "intake", "sandbox")
# Lists of words to look for, or to leave out.
LISTS = ("digests/blame.py", "ideas/checking/concerns.py", "ideas/finding/similar.py")


def texts(found: Any) -> Iterator[str]:
    """Every text in a golden file: what stands under `text` or `alt_text`, and plain strings of a list."""
    if isinstance(found, dict):
        for name, value in found.items():
            if name in ("text", "alt_text", "headline", "fallback", "title") and isinstance(value, str):
                yield value
            else:
                yield from texts(value)
    elif isinstance(found, list):
        for value in found:
            if isinstance(value, str):
                yield value
            else:
                yield from texts(value)


def test_no_golden_file_blames_or_shouts() -> None:
    found = {}
    for path in GOLDEN:
        written = path.read_text(encoding="utf-8")
        read = list(texts(json.loads(written))) if path.suffix == ".json" else [written]
        assert read, path
        wrong = [text for text in read if blame_words(text) or "!" in text.replace("<!date", "")]
        if wrong:
            found[path.name] = wrong
    assert len(GOLDEN) > 100
    assert found == {}


def sentences(path: Path) -> Iterator[str]:
    """The strings of a file with a space in them, without its docstrings and what is raised or logged."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    left_out: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise | ast.Assert):
            left_out.update(id(inner) for inner in ast.walk(node))
        if isinstance(node, ast.Expr):
            left_out.add(id(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:
            yield from [node.value] if " " in node.value else []


def test_no_sentence_in_the_code_blames() -> None:
    found = {}
    for path in sorted((ROOT / "bot").rglob("*.py")):
        name = path.relative_to(ROOT / "bot").as_posix()
        if name in LISTS or path.relative_to(ROOT / "bot").parts[0] in BEHIND:
            continue
        suspicious = blame_words(path.read_text(encoding="utf-8"))
        wrong = [text for text in sentences(path) if blame_words(text)] if suspicious else []
        if wrong:
            found[name] = wrong
    assert found == {}
