"""`rounds export` and `rounds erase`."""

from __future__ import annotations

import typer

from bot.clock import SystemClock
from bot.digests.looks import record_looks
from bot.people.rights import NobodyThere, erase_person, export_person, person_by_email
from bot.settings import Settings
from handlers.cli.common import WrongInput, asker, console, opened, print_json


def register(app: typer.Typer) -> None:
    """Add the subcommands to the command."""
    app.command("export")(export)
    app.command("erase")(erase)


def export(
    email: str = typer.Argument(help="The person's email address."),
    reason: str = typer.Option("", help="Why you look; the person can read it."),
) -> None:
    """Print everything that is kept about a person, as JSON. The look is recorded."""
    settings, clock = Settings(), SystemClock()
    with opened(settings) as database:
        try:
            found = export_person(database, email)
        except NobodyThere as nobody:
            raise WrongInput(str(nobody)) from nobody
        people = [found["person"]["id"]]
        record_looks(database, people, looker=asker(), what="export", reason=reason, clock=clock)
    print_json(found)


def erase(
    email: str = typer.Argument(help="The person's email address."),
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
) -> None:
    """Erase a person: name, address, account, digests, messages. It cannot be taken back."""
    with opened(Settings()) as database:
        try:
            with database.read() as session:
                person_by_email(session, email)
            if not yes and not typer.confirm(f"Erase everything that ties Rounds' data to {email}?"):
                raise typer.Abort
            done = erase_person(database, email, clock=SystemClock())
        except NobodyThere as nobody:
            raise WrongInput(str(nobody)) from nobody
    console().print(str(done))
