"""`rounds group`: whether names may be shown in a peer group."""

from __future__ import annotations

import typer

from bot.clock import SystemClock
from bot.settings import Settings
from handlers.cli.common import WrongInput, console, opened
from storage.consent_rows import group_named, policies, set_blinding
from storage.terms import Blinding

_STARTS = {
    Blinding.BLINDED: "No names are shown in {group}.",
    Blinding.UNBLINDED: (
        "In {group} each member is asked once, beneath a digest, after {after} digests. Names are shown "
        "only among those who agree."
    ),
}


def register(app: typer.Typer) -> None:
    """Add the subcommand to the command."""
    app.command("group")(group)


def group(
    name: str = typer.Argument("", help="The peer group's name; without one all are listed."),
    unblinded: bool | None = typer.Option(
        None, "--unblinded/--blinded", help="Let members agree to names, or end that for everybody."
    ),
) -> None:
    """Show or set whether members of a peer group may agree to see one another's names."""
    settings = Settings()
    with opened(settings) as database, database.write() as session:
        if not name:
            if unblinded is not None:
                raise WrongInput("Say which peer group. `rounds group` lists them.")
            for one in policies(session):
                console().print(f"{one.blinding.value:9}  {one.name}")
            return
        found = group_named(session, name)
        if found is None:
            raise WrongInput(f"There is no peer group called {name!r}. `rounds group` lists them.")
        ended = 0
        if unblinded is not None:
            wanted = Blinding.UNBLINDED if unblinded else Blinding.BLINDED
            if wanted is not found.blinding:
                ended = set_blinding(session, found, wanted, SystemClock().now())
        said = _STARTS[found.blinding].format(group=found.name, after=settings.rounds_names_after)
        console().print(said + (f" {ended} who had agreed were ended." if ended else ""))
