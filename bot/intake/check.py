"""Do the files fit one another, and what is stored already?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from bot.intake.contents import Contents, MembershipRow
from bot.intake.known import Known, whole_time
from bot.intake.people import ABSENCES, MEMBERSHIPS, PEOPLE, ROLES, UNITS
from bot.intake.problems import Findings, quoted
from storage.terms import ALWAYS, FOREVER

_Span = tuple[date, date]


def check_contents(contents: Contents, known: Known, findings: Findings) -> None:
    """Note everything that does not fit, in `findings`."""
    people = known.people.keys() | {row.email for row in contents.people}
    units = known.units.keys() | {row.name for row in contents.units}
    _people_exist(contents, people, findings)
    _units_exist(contents, units, findings)
    _no_circles(contents, known, findings)
    _memberships_apart(contents, known, findings)
    _absences_apart(contents, known, findings)


def _people_exist(contents: Contents, people: set[str], findings: Findings) -> None:
    def check(file: str, line: int, what: str, email: str | None) -> None:
        if email and email not in people:
            findings.problem(file, line, f"{what} {quoted(email)} is not known; add the person to {PEOPLE}")

    for unit in contents.units:
        check(UNITS, unit.line, "leader_email", unit.leader)
        check(UNITS, unit.line, "deputy_email", unit.deputy)
        check(UNITS, unit.line, "manager_email", unit.manager)
    for role in contents.roles:
        check(ROLES, role.line, "email", role.email)
    for membership in contents.memberships:
        check(MEMBERSHIPS, membership.line, "email", membership.email)
    for absence in contents.absences:
        check(ABSENCES, absence.line, "email", absence.email)


def _units_exist(contents: Contents, units: set[str], findings: Findings) -> None:
    places: list[tuple[str, int, str, str | None]] = []
    places += [(PEOPLE, row.line, "unit", row.unit) for row in contents.people]
    places += [(UNITS, row.line, "parent", row.parent) for row in contents.units]
    places += [(ROLES, row.line, "unit", row.unit) for row in contents.roles]
    places += [(MEMBERSHIPS, row.line, "unit", row.unit) for row in contents.memberships]
    for file, line, what, unit in places:
        if unit and unit not in units:
            findings.problem(file, line, f"{what} {quoted(unit)} is not known; add it to {UNITS}")


def _no_circles(contents: Contents, known: Known, findings: Findings) -> None:
    parents = dict(known.units)
    lines = {}
    for row in contents.units:
        lines[row.name] = row.line
        parents[row.name] = known.units.get(row.name, "") if row.parent is None else row.parent
    seen: set[str] = set()
    for start in lines:
        path: dict[str, None] = {}
        unit = start
        while unit and unit not in path and unit not in seen:
            path[unit] = None
            unit = parents.get(unit, "")
        if unit in path:
            circle = list(path)[list(path).index(unit) :]
            where = next((name for name in circle if name in lines), start)
            shown = " → ".join(quoted(name) for name in (*circle[:10], circle[0]))
            findings.problem(
                UNITS, lines[where], f"the units stand in a circle: {shown}; leave one unit's parent empty"
            )
        seen |= path.keys()


def _memberships_apart(contents: Contents, known: Known, findings: Findings) -> None:
    by_place: dict[tuple[str, str], list[MembershipRow]] = {}
    for row in contents.memberships:
        by_place.setdefault((row.email, row.unit), []).append(row)
    for (email, unit), rows in by_place.items():
        stored = known.memberships.get(email, [])
        # The membership that came from people.csv gives way to dated ones.
        replaced = len(stored) == 1 and whole_time(stored[0][1:])
        others = [] if replaced else [(starts, ends) for name, starts, ends in stored if name == unit]
        spans = [(row.line, (row.starts, row.ends)) for row in rows]
        _apart(MEMBERSHIPS, f"{email} in {quoted(unit)}", spans, others, findings)


def _absences_apart(contents: Contents, known: Known, findings: Findings) -> None:
    by_person: dict[str, list[tuple[int, _Span]]] = {}
    for row in contents.absences:
        by_person.setdefault(row.email, []).append((row.line, (row.starts, row.ends)))
    for email, spans in by_person.items():
        _apart(ABSENCES, email, spans, known.absences.get(email, []), findings)


def _apart(
    file: str, whose: str, spans: list[tuple[int, _Span]], stored: Iterable[_Span], findings: Findings
) -> None:
    # A stored span with the same start is the same row, which the file may correct.
    starts = {span[0] for _, span in spans}
    everything = [(span, line) for line, span in spans]
    everything += [(span, 0) for span in stored if span[0] not in starts]
    everything.sort()
    # Of several that reach into one another, each is compared with the one that ends last so far.
    furthest: tuple[_Span, int] | None = None
    for span, line in everything:
        if furthest is not None and span[0] <= furthest[0][1] and (line or furthest[1]):
            _overlap(file, whose, (span, line), furthest, findings)
        if furthest is None or span[1] > furthest[0][1]:
            furthest = (span, line)


def _overlap(
    file: str, whose: str, one: tuple[_Span, int], other: tuple[_Span, int], findings: Findings
) -> None:
    if one[1] < other[1]:
        one, other = other, one
    there = f"line {other[1]}" if other[1] else "an earlier import"
    same = (
        "; keep one of the two rows" if one[0] == other[0] else "; they must not overlap, correct the dates"
    )
    findings.problem(
        file, one[1], f"{whose}, {shown_span(one[0])}: overlaps {shown_span(other[0])} in {there}{same}"
    )


def shown_span(span: _Span) -> str:
    """From when to when, in words."""
    starts = "always" if span[0] == ALWAYS else str(span[0])
    ends = "open" if span[1] == FOREVER else str(span[1])
    return f"{starts} to {ends}"
