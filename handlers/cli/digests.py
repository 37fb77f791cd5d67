"""`rounds digest preview` and `rounds digest send`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress

from bot.clock import Clock, SystemClock
from bot.digests.gather import open_book
from bot.digests.history import corrections_for, past_digests
from bot.digests.letters import KIND, WELCOME
from bot.digests.looks import record_looks
from bot.digests.plan import windows
from bot.digests.render import Rendered, WeekRenderer, as_payload
from bot.digests.weeks import IsoWeek
from bot.language.language import Language
from bot.language.load import language_named
from bot.settings import Settings
from handlers.cli.common import Failed, WrongInput, asker, console, opened
from handlers.runtime import CannotStart, Parts, connect
from storage.digest_queries import states_of_week, told_digests
from storage.engine import Database
from storage.figures import bound_people, measure_keys
from storage.locks import AlreadyRunning, delivery_lock
from storage.outbox_queue import failures

KINDS = (WELCOME, KIND)
# How long `send` waits for Slack: a thousand messages at the pace that Slack accepts take minutes.
LONGEST = timedelta(hours=2)


def register(app: typer.Typer) -> None:
    """Add the subcommands to the command."""
    group = typer.Typer(help="The weekly digest.", no_args_is_help=True)
    app.add_typer(group, name="digest")
    group.command("preview")(preview)
    group.command("send")(send)


def preview(
    out: Path = typer.Option(..., help="The folder to write to."),
    week: str | None = typer.Option(
        None, help="The ISO week, such as 2025-W30; default: the last whole one."
    ),
    person: str | None = typer.Option(None, help="Only this person, by email."),
    reason: str = typer.Option("", help="Why you look; the people concerned can read it."),
    language: str | None = typer.Option(
        None, help="Said in this language (en_US, or the path of a .po file); default: ROUNDS_LANGUAGE."
    ),
) -> None:
    """Write each clinician's digest and its picture to files; sends nothing. Each look is recorded."""
    settings, clock = Settings(), SystemClock()
    chosen = _week(week, clock, settings)
    spoken = settings.language if language is None else _language(language)
    with opened(settings) as database:
        people = _people(database, chosen, person)
        out.mkdir(parents=True, exist_ok=True)
        record_looks(
            database,
            [person_id for person_id, _ in people],
            looker=asker(),
            what=f"digest preview {chosen}",
            reason=reason,
            clock=clock,
        )
        written, quiet = _write_previews(database, chosen, people, out, settings, spoken)
    console().print(f"{written} digests and {quiet} quiet weeks of {chosen} written to {out}.")


def _people(database: Database, week: IsoWeek, email: str | None) -> list[tuple[int, str]]:
    """(person id, code) of those who have a code at the end of the week."""
    with database.read() as session:
        people = bound_people(session, week.sunday)
    if email is not None:
        people = [(person, code) for person, code in people if person.email == email.lower()]
        if not people:
            raise WrongInput(f"Nobody with the email {email} has a clinician code in {week}.")
    return [(person.id, code) for person, code in people if person.id is not None]


def _write_previews(
    database: Database,
    week: IsoWeek,
    people: Sequence[tuple[int, str]],
    out: Path,
    settings: Settings,
    language: Language,
) -> tuple[int, int]:
    written = quiet = 0
    with database.read() as session:
        book = open_book(session, week.sunday, windows(settings), written_on=week.written_on)
        told = told_digests(session, [person_id for person_id, _ in people], str(week))
        keys = measure_keys(session)
    renderer = WeekRenderer(book, week, settings.rounds_purpose, language)
    for person_id, code in people:
        past = past_digests(told.get(person_id, []), keys)
        result = renderer.render(person_id, past, corrections_for(person_id, book, week, past))
        path = out / f"{_file_name(code)}.json"
        if isinstance(result, Rendered):
            written += 1
            _write_json(path, as_payload(result.message))
            if result.picture is not None:
                path.with_suffix(".png").write_bytes(result.picture.png)
            else:
                path.with_suffix(".png").unlink(missing_ok=True)
        else:
            quiet += 1
            _write_json(path, {"skipped": result.reason})
            path.with_suffix(".png").unlink(missing_ok=True)
    return written, quiet


def _language(name: str) -> Language:
    try:
        return language_named(name)
    except ValueError as wrong:
        raise WrongInput(f"--language: {wrong}.") from wrong


def _file_name(code: str) -> str:
    return "".join(c if c.isalnum() or c in "-_.@" else "_" for c in code)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def send(
    week: str | None = typer.Option(
        None, help="The ISO week, such as 2025-W30; default: the last whole one."
    ),
    person: str | None = typer.Option(None, help="Only this person, by email."),
) -> None:
    """Plan and deliver the week's digests; again is harmless. A running bot delivers them itself."""
    settings, clock = Settings(), SystemClock()
    chosen = _week(week, clock, settings)
    with opened(settings) as database:
        people = [person_id for person_id, _ in _people(database, chosen, person)]
        try:
            parts = connect(database, settings, clock)
        except CannotStart as stop:
            raise Failed(str(stop)) from stop
        report_directory(parts)
        began = clock.now()
        plan = parts.planner.plan_week(chosen, [person.lower()] if person else None)
        console().print(f"{chosen}: {plan}")
        try:
            with delivery_lock(database):
                if database.is_sqlite:
                    parts.courier.take_over()
                _deliver(parts)
        except AlreadyRunning:
            console().print("Rounds is running on this database and delivers them.")
            _wait(parts)
        with database.read() as session:
            states = states_of_week(session, str(chosen), people)
            failed = failures(session, began)
        console().print(", ".join(f"{count} {state.value}" for state, count in sorted(states.items())) + ".")
        for row in failed:
            console().print(f"not delivered (outbox {row.id}): {row.outcome}")
        if failed:
            raise Failed(f"{len(failed)} could not be delivered; the reasons stand above.")


def report_directory(parts: Parts) -> None:
    """Match people with Slack and say who could not be matched."""
    report = parts.sync()
    if report.error is not None:
        raise Failed(f"Slack did not say who is in the workspace: {report.error}.")
    for email in report.unmatched[:20]:
        console().print(f"nobody in Slack has the email address {email}")
    if len(report.unmatched) > 20:
        console().print(f"… and {len(report.unmatched) - 20} more")


def _deliver(parts: Parts) -> None:
    total = parts.courier.outstanding(KINDS)
    with Progress(
        console=Console(stderr=True), transient=True, disable=not Console(stderr=True).is_terminal
    ) as bar:
        task = bar.add_task("sending", total=total)
        deadline = parts.clock.now() + LONGEST
        while (left := parts.courier.outstanding(KINDS)) and parts.clock.now() < deadline:
            bar.update(task, completed=total - left)
            if parts.courier.drain(5.0, kinds=KINDS):
                break
            if parts.courier.halted:
                raise Failed(f"Nothing can be sent: {parts.courier.halted}. What is planned is kept.")


def _wait(parts: Parts) -> None:
    deadline = parts.clock.now() + LONGEST
    while parts.courier.outstanding(KINDS) and parts.clock.now() < deadline:
        parts.clock.sleep(0.5)


def _week(text: str | None, clock: Clock, settings: Settings) -> IsoWeek:
    if text is None:
        return IsoWeek.before(clock.now().astimezone(settings.zone).date())
    try:
        return IsoWeek.parse(text)
    except ValueError as wrong:
        raise WrongInput(str(wrong)) from wrong
