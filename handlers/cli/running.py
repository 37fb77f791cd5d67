"""`rounds run` and `rounds demo`."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import typer

from bot.clock import SystemClock
from bot.settings import Settings
from handlers.cli.common import Failed, console, opened
from handlers.demo import Demo
from handlers.logs import configure_logging
from handlers.runtime import CannotStart, SocketBot, connect
from handlers.server import serve
from storage.locks import AlreadyRunning, delivery_lock


def register(app: typer.Typer) -> None:
    """Add the subcommands to the command."""
    app.command("run")(run)
    app.command("demo")(demo)


def run() -> None:
    """Run the bot on Slack until it is told to stop (Ctrl-C or SIGTERM)."""
    settings = Settings()
    configure_logging(settings.rounds_log_level)
    try:
        if settings.slack_app_token.get_secret_value():
            _run_on_socket(settings)
        elif settings.slack_signing_secret.get_secret_value():
            _run_on_http(settings)
        else:
            raise Failed(
                "Neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP mode) is set. "
                "The README says how to get one."
            )
    except AlreadyRunning:
        raise Failed(
            "Rounds already runs on this database. SQLite is for one process: stop the other one, or use "
            "PostgreSQL (DATABASE_URL) for several."
        ) from None
    except CannotStart as cannot:
        raise Failed(str(cannot)) from cannot


def _run_on_socket(settings: Settings) -> None:
    stop = stop_on_signals()
    with opened(settings) as database, delivery_lock(database):
        bot = SocketBot(connect(database, settings, SystemClock()))
        try:
            bot.start()
            stop.wait()
        finally:
            bot.stop()


def _run_on_http(settings: Settings) -> None:
    # Here only to fail with a clear sentence; the process that serves opens the database for itself, and
    # holds the lock.
    with opened(settings) as database, delivery_lock(database):
        team_id = connect(database, settings, SystemClock()).team_id
    serve(settings, team_id)


def demo(
    once: bool = typer.Option(False, "--once", help="Send the week's digests, print how many, and end."),
    port: int = typer.Option(8321, min=0, max=65535, help="The port of the page; 0 takes a free one."),
    no_browser: bool = typer.Option(False, "--no-browser", help="Do not open a browser."),
) -> None:
    """A complete local workspace: data, bot, and a page to act as any person in it."""
    configure_logging("ERROR")
    stop = stop_on_signals()
    try:
        _show(stop, once=once, port=port, browser=not no_browser)
    except CannotStart as cannot:
        raise Failed(str(cannot)) from cannot


def _show(stop: threading.Event, *, once: bool, port: int, browser: bool) -> None:
    with Demo(port=0 if once else port) as local:
        out = console()
        out.print(
            f"{local.clinicians} clinicians, {local.measures} measures, {local.weeks} weeks of made-up data."
        )
        delivered = local.send_digests()
        out.print(f"{delivered} digests of {local.week} delivered.")
        for line in local.others():
            out.print(line)
        if once:
            return
        out.print(f"{local.plant_ideas()} ideas of the last half year are in the units' channels.")
        local.start_bot()
        out.print(f"\nOpen {local.page_url} and be anybody. Nothing leaves this machine. Ctrl-C ends it.")
        if browser:
            typer.launch(local.page_url)
        stop.wait()
    out.print("\nThe demo has ended; nothing was kept.")


def stop_on_signals() -> threading.Event:
    """An event that Ctrl-C and SIGTERM set, so that whoever waits on it can end in good order."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    return stop
