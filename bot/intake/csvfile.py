"""A CSV file as people have it, read in chunks of bounded size; what is wrong is said with its line."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate, islice
from pathlib import Path
from typing import Protocol

from bot.intake.problems import Findings, quoted

CHUNK = 5_000
_BLOCK = 1 << 20
_LINE_END = re.compile(r"\r\n|\r|\n")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SAVE_AS_UTF8 = 'save the file as "CSV UTF-8" and import again'


class _Reader(Protocol):
    """What `csv.reader` gives."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


@dataclass(frozen=True)
class Chunk:
    """Rows with as many fields as the header, not yet stripped, and the lines they start on."""

    lines: list[int]
    rows: list[list[str]]


@dataclass(frozen=True)
class Columns:
    """Where each known column is in a row; `width` is the number of fields in the header."""

    place: dict[str, int]
    width: int


@dataclass(frozen=True)
class Record:
    """One row of a small file: its line, and its fields by column, stripped."""

    line: int
    fields: dict[str, str]

    def get(self, column: str) -> str | None:
        """The field; None where the file does not have this column."""
        return self.fields.get(column)


class CsvFile:
    """One CSV file. Use `read` once; problems and warnings go to `findings`."""

    def __init__(
        self, path: Path, required: tuple[str, ...], optional: tuple[str, ...], findings: Findings
    ) -> None:
        self.path = path
        self.name = path.name
        self._required = required
        self._optional = optional
        self._findings = findings

    def read(self, progress: Callable[[int, int], None] | None = None) -> Iterator[tuple[Columns, Chunk]]:
        """Yield chunks of rows with their columns; nothing where the file cannot be read as a table.

        `progress` is told bytes read and bytes in all.
        """
        try:
            with self.path.open("rb") as binary:
                if not readable_text(self.name, binary, self._findings):
                    return
                total = binary.seek(0, io.SEEK_END)
                binary.seek(0)
                text = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")
                for columns, chunk in self._tables(text):
                    yield columns, chunk
                    if progress is not None:
                        progress(min(binary.tell(), total), total)
        except OSError as error:
            self._findings.problem(self.name, 0, cannot_open(error))
        except UnicodeDecodeError:
            self._findings.problem(self.name, 0, "the file changed while it was being read; import again")

    def records(self) -> Iterator[Record]:
        """Yield the rows one by one, for files of moderate size."""
        for columns, chunk in self.read():
            for line, row in zip(chunk.lines, chunk.rows, strict=True):
                yield Record(line, {name: row[place].strip() for name, place in columns.place.items()})

    def _tables(self, text: io.TextIOWrapper) -> Iterator[tuple[Columns, Chunk]]:
        reader = csv.reader(text, strict=True)
        columns = self._header(reader)
        if columns is None:
            return
        rows_seen = False
        while True:
            first = reader.line_num + 1
            rows: list[list[str]] = []
            trouble = _extend(rows, reader)
            chunk = self._even(_lines(first, rows, reader.line_num), rows, columns)
            if chunk.rows:
                rows_seen = True
                yield columns, chunk
            if trouble is not None:
                started = sum(_height(row) for row in rows) + first
                self._findings.problem(self.name, min(started, reader.line_num), _csv_trouble(trouble))
                return
            if not rows:
                break
        if not rows_seen and not self._findings.wrong(self.name):
            self._findings.warn(f"{self.name} has a header and no rows below it")

    def _header(self, reader: _Reader) -> Columns | None:
        fields: list[str] = []
        line = 1
        try:
            for row in reader:
                line = reader.line_num
                if any(field.strip() for field in row):
                    fields = row
                    break
        except csv.Error as error:
            self._findings.problem(self.name, reader.line_num, _csv_trouble(error))
            return None
        names = [field.strip().lower() for field in fields]
        if not any(names):
            self._findings.problem(
                self.name, 1, f"the file is empty; its first line names the columns: {self._wanted()}"
            )
            return None
        if self._other_separator(fields, line):
            return None
        known = (*self._required, *self._optional)
        for name in sorted({name for name in names if name in known and names.count(name) > 1}):
            self._findings.problem(self.name, line, f"the column {name} is there twice; keep one of them")
        missing = [name for name in self._required if name not in names]
        if missing:
            what = f"column {missing[0]} is" if len(missing) == 1 else f"columns {', '.join(missing)} are"
            self._findings.problem(
                self.name, line, f"the {what} missing; the first line must name {self._wanted()}"
            )
        unknown = [
            quoted(field.strip())
            for field, name in zip(fields, names, strict=True)
            if name and name not in known
        ]
        if unknown:
            word, verb = ("column", "is") if len(unknown) == 1 else ("columns", "are")
            self._findings.warn(
                f"{self.name}: the {word} {', '.join(unknown[:20])} {verb} not known and not used"
            )
        if self._findings.wrong(self.name):
            return None
        return Columns({name: names.index(name) for name in known if name in names}, len(names))

    def _wanted(self) -> str:
        return ",".join(self._required)

    def _other_separator(self, fields: list[str], line: int) -> bool:
        whole = ",".join(fields)
        if whole.lower().startswith("sep="):
            self._findings.problem(
                self.name, line, 'remove this first line ("sep=…"); it belongs to Excel alone'
            )
            return True
        for separator, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            names = [part.strip().strip('"').lower() for part in whole.split(separator)]
            if len(names) > 1 and self._required[0] in names:
                self._findings.problem(
                    self.name,
                    line,
                    f"the columns are separated by {word}; save the file with commas between them",
                )
                return True
        return False

    def _even(self, lines: list[int], rows: list[list[str]], columns: Columns) -> Chunk:
        width = columns.width
        if all(len(row) == width for row in rows):
            blank = [index for index, row in enumerate(rows) if not row[0] and not any(map(str.strip, row))]
            if not blank:
                return Chunk(lines, rows)
        kept_lines: list[int] = []
        kept: list[list[str]] = []
        for line, row in zip(lines, rows, strict=True):
            if not any(map(str.strip, row)):
                continue
            if len(row) > width and not any(map(str.strip, row[width:])):
                row = row[:width]
            if len(row) != width:
                many = "too many" if len(row) > width else "too few"
                advice = "; put quotes around a text with a comma in it" if len(row) > width else ""
                self._findings.problem(
                    self.name, line, f"{many} fields: {len(row)} here, {width} in the header{advice}"
                )
                continue
            kept_lines.append(line)
            kept.append(row)
        return Chunk(kept_lines, kept)


def readable_text(name: str, binary: io.BufferedReader, findings: Findings) -> bool:
    """Whether a file is UTF-8 text with lines of a bearable length; if not, says why and where."""
    start = binary.read(4)
    binary.seek(0)
    if not start:
        findings.problem(name, 1, "the file is empty; remove it, or fill it")
        return False
    if start.startswith(_UTF16):
        findings.problem(name, 1, f"the file is in UTF-16; {SAVE_AS_UTF8}")
        return False
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = 0
    while block := binary.read(_BLOCK):
        nul = block.find(b"\0")
        if nul >= 0:
            hint = (
                f"it may be in UTF-16; {SAVE_AS_UTF8}" if block[nul + 2 : nul + 3] == b"\0" else SAVE_AS_UTF8
            )
            findings.problem(
                name, _line_at(binary, offset + nul), f"there is a NUL byte in this line; {hint}"
            )
            return False
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            _not_utf8(name, binary, offset + error.start - held, findings)
            return False
        if len(block) == _BLOCK and b"\n" not in block and b"\r" not in block:
            findings.problem(
                name, _line_at(binary, offset), "this line is over a million characters long; check the file"
            )
            return False
        offset += len(block)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        _not_utf8(name, binary, offset - 1, findings)
        return False
    return True


def _not_utf8(name: str, binary: io.BufferedReader, offset: int, findings: Findings) -> None:
    binary.seek(offset)
    byte = binary.read(1)
    findings.problem(
        name,
        _line_at(binary, offset),
        f"this line is not in UTF-8 (byte 0x{byte.hex().upper()}); {SAVE_AS_UTF8}",
    )


def cannot_open(error: OSError) -> str:
    """A sentence for a file that the operating system does not let us read."""
    if isinstance(error, PermissionError):
        return "you may not read this file; ask for permission to read it"
    if isinstance(error, IsADirectoryError):
        return "this is a folder; a file is expected here"
    return f"the file cannot be read ({error.strerror or 'unknown reason'})"


def _line_at(binary: io.BufferedReader, offset: int) -> int:
    binary.seek(0)
    line, left, last = 1, offset, b""
    while left > 0 and (block := binary.read(min(_BLOCK, left))):
        line += block.count(b"\n") + block.count(b"\r") - block.count(b"\r\n")
        line -= last == b"\r" and block.startswith(b"\n")
        last = block[-1:]
        left -= len(block)
    return line


def _extend(rows: list[list[str]], reader: _Reader) -> csv.Error | None:
    try:
        rows.extend(islice(reader, CHUNK))
    except csv.Error as error:
        return error
    return None


def _lines(first: int, rows: list[list[str]], last: int) -> list[int]:
    if last - first + 1 == len(rows):
        return list(range(first, last + 1))
    heights = [_height(row) for row in rows]
    return list(accumulate(heights[:-1], initial=first)) if rows else []


def _height(row: list[str]) -> int:
    return 1 + sum(len(_LINE_END.findall(field)) for field in row)


def _csv_trouble(error: csv.Error) -> str:
    said = str(error)
    if "field larger" in said:
        return "a field is far too long; most likely a quote is opened here and never closed"
    if "unexpected end" in said:
        return "a quote is opened here and never closed; close it, or remove it"
    return 'a quoted text goes on after its closing quote; write a quote inside a text twice ("")'
