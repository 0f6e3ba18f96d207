"""Starting, watching and ending the engine process."""

import logging
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from citydiplomacy.engine import credentials
from citydiplomacy.engine.local import LocalEngine
from citydiplomacy.errors import EngineUnavailableError
from citydiplomacy.settings import Settings, to_environment

_log = logging.getLogger(__name__)

_STEADY_SECONDS = 60.0
"""An engine that lived for so long is restarted without a pause."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0

_TUNABLES = "GLIBC_TUNABLES"
_ALLOCATION = "glibc.malloc.tcache_count=512"
"""How many freed pieces of one size are kept at hand. Loading leaves so many small gaps behind that
to find one takes as long as the rest of a small query, where there are only the usual 7."""
_GRACE_SECONDS = 5.0


class EngineHost:
    """An engine process that serves one release on a socket in the folder given."""

    def __init__(self, settings: Settings, release_folder: Path, folder: Path) -> None:
        self.socket = folder / "engine"
        self._settings = settings
        self._release_folder = release_folder
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._pause = 0.0

    @property
    def pid(self) -> int | None:
        """The id of the process, or None while there is none."""
        return self._process.pid if self._process else None

    @property
    def is_running(self) -> bool:
        """Whether there is a process, and it has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> LocalEngine:
        """Start the process and return its client once it answers.

        Raises:
            EngineUnavailableError: it ended instead; it has said why on standard error.
        """
        self._started = time.monotonic()
        self._process = process = subprocess.Popen(  # noqa: S603  # our own module
            self._command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(self._settings),
            start_new_session=True,  # Ctrl+C is for the supervisor, which ends us in order
        )
        if not (process.stdout and process.stdout.readline()):
            self.stop()
            raise EngineUnavailableError(
                f"The query engine cannot serve {self._release_folder}.",
                "Build the release anew: citydiplomacy build.",
            )
        return LocalEngine(self.socket, self._settings)

    def _command(self) -> list[str]:
        module = [sys.executable, "-m", "citydiplomacy.engine"]
        return [*module, "--release", str(self._release_folder), "--socket", str(self.socket)]

    def revive(self) -> None:
        """Start the process again if it has ended, after a pause if it ends often."""
        if self.is_running:
            return
        _log.warning("The query engine ended; starting it again.")
        if time.monotonic() - self._started > _STEADY_SECONDS:
            self._pause = 0.0
        self.stop()
        time.sleep(self._pause)
        self._pause = min(_LONGEST_PAUSE, 2 * self._pause or _FIRST_PAUSE)
        try:
            self.start()
        except EngineUnavailableError as error:
            _log.error("%s %s", error.detail, error.repair)

    def stop(self) -> None:
        """End the process, if it runs, and every query that it has left behind."""
        process = self._process
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
        with suppress(ProcessLookupError):  # nobody is left
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self._process = None


def _environment(settings: Settings) -> dict[str, str]:
    kept = credentials.withheld(os.environ)
    # What the operator has chosen stands last, and counts.
    tunables = ":".join(filter(None, (_ALLOCATION, kept.get(_TUNABLES))))
    return kept | to_environment(settings) | {_TUNABLES: tunables}
