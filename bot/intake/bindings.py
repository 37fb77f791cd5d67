"""Whose code in the data is it? A code that moves leaves its figures with the person who had it before."""

from __future__ import annotations

from datetime import date, timedelta

from sqlmodel import Session

from bot.intake.contents import Contents
from bot.intake.people import PEOPLE
from bot.intake.problems import Findings, quoted
from bot.intake.recorder import Recorder
from storage.intake import every, has_observations
from storage.people import Clinician, ClinicianBinding, Person
from storage.terms import ALWAYS, FOREVER

_DAY = timedelta(days=1)


class Bindings:
    """Binds the codes that people.csv names, and the addresses that stand for a code."""

    def __init__(
        self,
        session: Session,
        contents: Contents,
        people: dict[str, Person],
        recorder: Recorder,
        findings: Findings,
    ) -> None:
        self._session = session
        self._contents = contents
        self._people = people
        self._recorder = recorder
        self._findings = findings
        self._clinicians = {clinician.code: clinician.id for clinician in every(session, Clinician)}
        self._codes = {ident: code for code, ident in self._clinicians.items()}
        self._of_code: dict[int | None, list[ClinicianBinding]] = {}
        for binding in every(session, ClinicianBinding):
            self._of_code.setdefault(binding.clinician_id, []).append(binding)
        self._of_person: dict[int | None, ClinicianBinding] = {
            binding.person_id: binding
            for stored in self._of_code.values()
            for binding in stored
            if binding.ends == FOREVER
        }
        self._emails = {person.id: email for email, person in people.items()}
        self._starts: dict[str, date] = {}
        for row in contents.memberships:
            self._starts[row.email] = min(row.starts, self._starts.get(row.email, FOREVER))

    def bind(self, email_codes: list[str], *, rebind: bool, today: date) -> None:
        """Bring the bindings to what the file says. What would need `--rebind` goes to the findings."""
        wanted: list[tuple[int, str, str]] = []
        for row in self._contents.people:
            if row.clinician_code and self._holder(row.clinician_code) != row.email:
                wanted.append((row.line, row.email, row.clinician_code))
        if not rebind:
            wanted = [each for each in wanted if not self._refused(*each)]
        # First every old binding ends, then the new ones start: two people may swap their codes.
        starts = [self._end_what_stands(email, code, today) for _, email, code in wanted]
        self._recorder.flush()
        for (line, email, code), start in zip(wanted, starts, strict=True):
            self._start(email, code, start, (PEOPLE, line))
        for email in email_codes:
            self._start(email, email, ALWAYS, None)

    def _current(self, code: str) -> ClinicianBinding | None:
        stored = self._of_code.get(self._clinicians.get(code), []) if code in self._clinicians else []
        return next((binding for binding in stored if binding.ends == FOREVER), None)

    def _holder(self, code: str) -> str | None:
        binding = self._current(code)
        return None if binding is None else self._emails[binding.person_id]

    def _code_of(self, email: str) -> ClinicianBinding | None:
        binding = self._of_person.get(self._people[email].id)
        return binding if binding is not None and binding.ends == FOREVER else None

    def _refused(self, line: int, email: str, code: str) -> bool:
        holder = self._holder(code)
        if holder is not None:
            said = (
                f"clinician_code {quoted(code)} belongs to {holder} so far, and this row gives it to {email}"
            )
        else:
            own = self._code_of(email)
            if own is None or self._unused(own):
                return False
            before = quoted(self._codes[own.clinician_id])
            said = f"{email} has the code {before} so far, and this row says {quoted(code)}"
        self._findings.problem(
            PEOPLE,
            line,
            f"{said}; if that is right, import again with --rebind (figures from before stay where they are)",
        )
        return True

    def _unused(self, binding: ClinicianBinding) -> bool:
        """Whether the code is an address that stood in for a code and has no figures."""
        code = self._codes[binding.clinician_id]
        mine = code == self._emails[binding.person_id]
        return mine and not has_observations(self._session, binding.clinician_id)

    def _end_what_stands(self, email: str, code: str, today: date) -> date:
        """End the bindings that are in the way. Returns the day on which the new one starts."""
        earlier = self._of_code.get(self._clinicians.get(code), []) if code in self._clinicians else []
        own = self._code_of(email)
        if own is not None and self._unused(own):
            self._forget(own)
            own = None
        start = ALWAYS
        if earlier or own is not None:
            start = today
            old_start = max((binding.starts for binding in earlier), default=ALWAYS)
            member_since = self._starts.get(email, ALWAYS)
            if earlier and member_since > old_start:
                start = member_since
        for binding in {id(each): each for each in (self._current(code), own) if each is not None}.values():
            if binding.starts >= start:
                self._forget(binding)
            else:
                self._recorder.put(ClinicianBinding, binding, {"ends": start - _DAY}, None)
        # Bindings that ended before stay as they are.
        ended = [binding.ends for binding in earlier if binding.ends != FOREVER and binding.ends >= start]
        return max(ended) + _DAY if ended else start

    def _forget(self, binding: ClinicianBinding) -> None:
        self._of_code[binding.clinician_id].remove(binding)
        self._of_person.pop(binding.person_id, None)
        self._recorder.drop(binding)

    def _start(self, email: str, code: str, start: date, place: tuple[str, int] | None) -> None:
        values = {
            # A dry run has not made the clinician yet.
            "clinician_id": self._clinicians.get(code, 0),
            "person_id": self._people[email].id,
            "starts": start,
        }
        self._recorder.put(ClinicianBinding, None, values, place, part=True)
