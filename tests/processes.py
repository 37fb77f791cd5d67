"""Processes of their own, forked from one that has imported Rounds: to start one takes no time.

Importing Rounds makes nothing (tests/test_architecture.py), so a copy begins as a fresh process would.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext
from pathlib import Path

PRELOADED = ["handlers.cli", "handlers.server", "gunicorn.workers.gthread"]


def ready_processes() -> ForkServerContext:
    """What `multiprocessing` offers for such processes."""
    context = get_context("forkserver")
    # Only the first call has an effect: the others find the server running.
    context.set_forkserver_preload(PRELOADED)
    return context


class Command:
    """`rounds …` in a process of its own; as much of `subprocess.Popen` as the tests need."""

    def __init__(self, words: Sequence[str], env: Mapping[str, str], cwd: Path) -> None:
        self.args = ["rounds", *words]
        handle, self._output = tempfile.mkstemp(prefix="printed-", suffix=".txt", dir=cwd)
        os.close(handle)
        self._process = ready_processes().Process(
            target=_run, args=(self.args, dict(env), str(cwd), self._output), daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, below zero where a signal ended it; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def communicate(self, timeout: float | None = None) -> tuple[str, None]:
        """Wait for its end; what it printed. Raises subprocess.TimeoutExpired."""
        if not wait([self._process.sentinel], timeout):
            raise subprocess.TimeoutExpired(self.args, timeout or 0.0, Path(self._output).read_bytes())
        self._process.join()
        return Path(self._output).read_text(encoding="utf-8"), None


def _run(words: list[str], env: dict[str, str], cwd: str, output: str) -> None:
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    printed = os.open(output, os.O_WRONLY | os.O_APPEND)
    for standard in (1, 2):
        os.dup2(printed, standard)
    os.close(printed)
    sys.argv = words
    from handlers.cli import main

    main()
