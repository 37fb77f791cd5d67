"""The `rounds` command. Exit codes: 0 done, 1 a check failed, 2 the input is wrong."""

from __future__ import annotations

import sys

import typer
from pydantic import ValidationError
from rich.console import Console
from sqlalchemy.exc import OperationalError, ProgrammingError
from typer.exceptions import TyperException

from handlers.cli import (
    comparing,
    databases,
    digests,
    doctor,
    groups,
    ideas,
    importing,
    metrics,
    rights,
    running,
)
from handlers.cli.common import Failed, WrongInput

HELP = "Rounds: private peer comparison for clinicians, and ideas that get an answer."


def build() -> typer.Typer:
    """The command with all its subcommands."""
    app = typer.Typer(
        help=HELP,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode=None,
    )

    @app.callback()
    def options(
        debug: bool = typer.Option(False, "--debug", help="Show where an error came from."),
    ) -> None:
        """Options that stand before the subcommand."""

    importing.register(app)
    comparing.register(app)
    digests.register(app)
    ideas.register(app)
    metrics.register(app)
    databases.register(app)
    groups.register(app)
    rights.register(app)
    running.register(app)
    doctor.register(app)
    return app


def main() -> None:
    """Run the command. No traceback reaches a person unless they ask for it with --debug."""
    debug = "--debug" in sys.argv[1:]
    errors = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    try:
        code = build()(standalone_mode=False)
    except typer.Exit as leave:
        code = leave.exit_code
    except typer.Abort:
        errors.print("Stopped.")
        code = 130
    except TyperException as wrong:
        errors.print(f"{wrong.format_message()} `rounds --help` lists the commands.")
        code = 2
    except WrongInput as wrong:
        errors.print(str(wrong))
        code = 2
    except Failed as failed:
        errors.print(str(failed))
        code = 1
    except ValidationError as wrong:
        errors.print(_about_settings(wrong))
        code = 2
    except KeyboardInterrupt:
        errors.print("Stopped.")
        code = 130
    except Exception as error:
        if debug:
            raise
        errors.print(_about(error))
        code = 1
    sys.exit(code or 0)


def _about(error: Exception) -> str:
    if isinstance(error, OperationalError | ProgrammingError):
        return (
            "The database could not be used. Check DATABASE_URL, that the server is running, and run "
            "`rounds db upgrade`. (`rounds --debug …` shows the error itself.)"
        )
    return f"Something went wrong inside Rounds ({type(error).__name__}). `rounds --debug …` shows where."


def _about_settings(wrong: ValidationError) -> str:
    lines = ["A setting is wrong:"]
    for error in wrong.errors(include_url=False, include_input=False):
        name = "_".join(str(part) for part in error["loc"]).upper()
        lines.append(f"  {name}: {error['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
