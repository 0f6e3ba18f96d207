"""`python -m citydiplomacy.engine`: the engine process, started by the supervisor.

Its standard input is its lifeline: when it closes, the process ends. It writes one line, `ready`,
when it answers.
"""

import argparse
import gc
import logging
import os
import resource
import signal
import socket
import sys
from functools import partial
from pathlib import Path

from citydiplomacy import settings as configuration
from citydiplomacy.engine import process, store, worker
from citydiplomacy.paths import DUMP

_STACK = 512 * 1024 * 1024
"""Bytes of stack: pyoxigraph's parser calls itself once for each level of nesting."""

_DESCRIPTORS = 8192
"""Open files: more than the web threads can make us need, few enough for a child to close."""


def main() -> None:
    """Load the release and answer queries until the lifeline closes."""
    arguments = _arguments()
    _ensure_stack()
    _raise_limit(resource.RLIMIT_NOFILE, _DESCRIPTORS)
    logging.basicConfig(format="%(levelname)s %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    settings = configuration.from_environment()
    try:
        release = store.load(arguments.release, settings.union_default_graph)
    except (OSError, SyntaxError) as error:
        sys.exit(f"{arguments.release / DUMP}: {error}")
    start = partial(worker.fork, release, settings)
    with _listen(arguments.socket) as listener:
        # What is loaded stays: the collector would only make children copy its pages.
        gc.freeze()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        process.EngineProcess(start, settings, listener).serve(sys.stdin.fileno())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m citydiplomacy.engine", description=main.__doc__)
    parser.add_argument("--release", type=Path, required=True, help="folder of the release")
    parser.add_argument("--socket", type=Path, required=True, help="socket to listen on")
    return parser.parse_args()


def _ensure_stack() -> None:
    """Start this process anew if its stack is small: the limit counts from the start."""
    if _raise_limit(resource.RLIMIT_STACK, _STACK):
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606  # ourselves


def _raise_limit(kind: int, wanted: int) -> bool:
    """Raise a limit to what is wanted, or as far as we may; return whether it was too low."""
    soft, hard = resource.getrlimit(kind)
    unlimited = resource.RLIM_INFINITY
    bound = wanted if hard == unlimited else min(wanted, hard)
    if soft == unlimited or soft >= bound:
        return False
    resource.setrlimit(kind, (bound, hard))
    return True


def _listen(path: Path) -> socket.socket:
    """Return a socket listening at the path, in the place of one that was there before."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(fresh))
    listener.listen(128)
    listener.setblocking(False)
    fresh.replace(path)
    return listener


if __name__ == "__main__":
    main()
