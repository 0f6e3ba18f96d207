"""The supervisor: starts the query engine and the web server, watches over both, ends both.

It loads no release and answers no request.
"""

import ctypes
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType

from citydiplomacy import release
from citydiplomacy.archive import Archive
from citydiplomacy.deployment import Deployment
from citydiplomacy.engine.local import LocalEngine
from citydiplomacy.errors import DamagedReleaseError, EngineUnavailableError
from citydiplomacy.settings import Settings, to_environment

_log = logging.getLogger(__name__)

_TICK = 0.1
"""Seconds between two looks at the processes."""

_GRACE_SECONDS = 10.0
_LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG = 1
_STDERR = 2
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # compared, not listened on


def serve(settings: Settings, release_folder: Path) -> int:
    """Serve a release until SIGINT or SIGTERM; return the exit status of the command."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        settings = _with_free_port(settings)
    except OSError as error:
        _log.error(
            "Cannot listen on %s port %s: %s. Stop what listens there, or choose another port.",
            settings.host,
            settings.port,
            os.strerror(error.errno) if error.errno else error,
        )
        return 1
    if not _can_log(settings):
        return 1
    try:
        with _signals_interrupt(), ExitStack() as held:
            deployment = held.enter_context(_deployment(settings))
            release.refuse_unless_servable(release_folder)
            deployment.serve(release_folder)
            told = replace(settings, served=deployment.served)
            archive = held.enter_context(closing(Archive(settings, deployment.served.parent)))
            while _served((deployment, archive), told):
                _log.error("The web server ended; starting it again.")
            _log.error("The web server ended before it answered.")
            return 1
    except (DamagedReleaseError, EngineUnavailableError) as error:
        _log.error("%s %s", error, error.repair)
        return 1
    except KeyboardInterrupt:
        return 0


@contextmanager
def running_engine(settings: Settings, release_folder: Path) -> Iterator[LocalEngine]:
    """Yield a client of an engine that serves the release, and end the engine afterwards."""
    with _deployment(settings) as deployment, closing(deployment.serve(release_folder)) as engine:
        yield engine


@contextmanager
def _deployment(settings: Settings) -> Iterator[Deployment]:
    # Only this user can enter a folder made so, hence only this user can reach the engine.
    with tempfile.TemporaryDirectory(prefix="citydiplomacy-") as folder:
        deployment = Deployment(settings, Path(folder))
        try:
            yield deployment
        finally:
            deployment.close()


@contextmanager
def _web_server(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    options = {
        "--interface": "wsgi",
        "--host": settings.host,
        "--port": settings.port,
        "--workers": settings.web_processes,
        "--blocking-threads": settings.web_threads,
        "--workers-kill-timeout": 5,
        "--log-level": "error",
    }
    given = [str(part) for option in options.items() for part in option]
    command = [sys.executable, "-m", "granian", *given, "--respawn-failed-workers", "--no-ws"]
    process = subprocess.Popen(  # noqa: S603  # our own application
        [*command, "citydiplomacy.web.wsgi:application"],
        stdout=_STDERR,  # its log; our standard output says only where we are
        env=os.environ | to_environment(settings),
        start_new_session=True,  # Ctrl+C is for the supervisor, which ends it in order
        preexec_fn=_end_with_parent if _LINUX else None,  # noqa: PLW1509  # we have no threads
    )
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
        with suppress(ProcessLookupError):  # nobody is left of its workers
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _end_with_parent() -> None:
    """Have the kernel end this process when the supervisor is killed.

    The engine needs no such help: it reads from a pipe that closes then.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _served(engines: tuple[Deployment, Archive], settings: Settings) -> bool:
    """Keep engines and web server alive until the latter ends; tell whether it ever answered."""
    answered = False
    with _web_server(settings) as web:
        while web.poll() is None:
            for each in engines:
                each.look_after()
            if not answered and _answers(settings):
                answered = True
                sys.stdout.write(f"City Diplomacy Graph: {settings.address}/\n")
                sys.stdout.flush()
            time.sleep(_TICK)
    return answered


def _answers(settings: Settings) -> bool:
    """Tell whether the web server answers, whatever it says."""
    host = _EVERY_ADDRESS.get(settings.host, settings.host)
    with closing(HTTPConnection(host, settings.port, timeout=1)) as connection:
        try:
            connection.request("HEAD", "/healthz")
            connection.getresponse()
        except (OSError, HTTPException):
            return False
    return True


def _with_free_port(settings: Settings) -> Settings:
    """Return the settings, with a free port in the place of port 0.

    Raises:
        OSError: the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.create_server((settings.host, settings.port), family=family) as listener:
        return replace(settings, port=listener.getsockname()[1])


def _can_log(settings: Settings) -> bool:
    """Tell whether the access log can be written, before anything is started."""
    try:
        if settings.access_log not in {"", "-"}:
            Path(settings.access_log).open("ab").close()
    except OSError as error:
        _log.error(
            "The access log cannot be written to %s: %s. Choose another CITYDIPLOMACY_ACCESS_LOG.",
            settings.access_log,
            os.strerror(error.errno) if error.errno else error,
        )
        return False
    return True


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    """Let SIGINT and SIGTERM raise KeyboardInterrupt, once."""
    ending = (signal.SIGINT, signal.SIGTERM)

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        for each in ending:
            signal.signal(each, signal.SIG_IGN)  # a second one must not break the first's work
        raise KeyboardInterrupt

    before = {each: signal.signal(each, interrupt) for each in ending}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
