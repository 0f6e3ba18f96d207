"""The child process that evaluates queries, one after the other, until it is sent away.

It can open nothing: requests come in through one descriptor, answers leave through another, and
there are no others. The kernel bounds its memory and time, so nothing that a stranger's query makes
the library do reaches beyond it.
"""

import math
import os
import resource
import time
from pathlib import Path
from typing import NoReturn

from pyoxigraph import Store

from citydiplomacy.engine import evaluation, faults, warming, wire
from citydiplomacy.errors import RequestError
from citydiplomacy.settings import Settings

_REQUESTS, _OUTPUT = 0, 1
"""The only two descriptors of the child."""

_CHUNK = 64 * 1024

# Linux only; elsewhere a child's memory is not bounded.
_SIZE = Path("/proc/self/statm")
_KILL_ME_FIRST = Path("/proc/self/oom_score_adj")


def work(
    store: Store, settings: Settings, requests: int, output: int, *, is_early: bool
) -> NoReturn:
    """Answer what comes from the one descriptor on the other; end this process when it closes.

    Who is early, because no query waits yet, warms up and then says so.
    """
    status = 1
    try:
        _confine(settings, requests, output)
        if is_early:
            warming.warm_up()
            os.write(_OUTPUT, wire.frame_head(wire.WARM, 0))
        # With no number left for a new descriptor there is no file and no connection to be opened,
        # whatever SERVICE or LOAD may say.
        _limit(resource.RLIMIT_NOFILE, 0)
        while request := _next_request():
            _answer(store, request, settings)
        status = 0
    except BaseException as error:  # whatever it is (Rust's panics are no Exception): say so
        _fail(faults.unexpected(f"with {type(error).__name__}"))
    finally:
        os._exit(status)


def _next_request() -> wire.Request | None:
    received = bytearray()
    while chunk := os.read(_REQUESTS, _CHUNK):
        received += chunk
        message = wire.unpack(received)
        if message:
            return wire.unpack_query(message)
    return None


def _answer(store: Store, request: wire.Request, settings: Settings) -> None:
    # The limit counts from the start of the process, this query from now.
    _limit(resource.RLIMIT_CPU, math.ceil(time.process_time()) + settings.query_seconds, hard=False)
    try:
        evaluation.evaluate(store, request, settings, _OUTPUT)
    except RequestError as error:
        _fail(error)


def _fail(error: RequestError) -> None:
    said = wire.pack_error(error)
    os.write(_OUTPUT, wire.frame_head(wire.FAULT, len(said)) + said)


def _confine(settings: Settings, requests: int, output: int) -> None:
    """Give up every descriptor but two, and everything that costs others; files come later."""
    # First of all: from here on an error finds its way out, and there are descriptors to spare.
    os.dup2(requests, _REQUESTS)
    os.dup2(output, _OUTPUT)
    os.closerange(2, os.sysconf("SC_OPEN_MAX"))
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    if _SIZE.exists():
        pages = int(_SIZE.read_text().split()[0])
        _limit(resource.RLIMIT_AS, pages * resource.getpagesize() + settings.query_memory)
        # Many queries together may still want more than the machine has: let one of them go, not
        # the engine or the web server.
        _KILL_ME_FIRST.write_text("1000")


def _limit(kind: int, value: int, *, hard: bool = True) -> None:
    highest = resource.getrlimit(kind)[1]
    bound = value if highest == resource.RLIM_INFINITY else min(value, highest)
    resource.setrlimit(kind, (bound, bound if hard else highest))
