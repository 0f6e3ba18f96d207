"""The child process that evaluates one query and ends.

It can open nothing: the result leaves through one descriptor, an error through another, and there
are no others. The kernel bounds its memory and time, so nothing that a stranger's query makes the
library do reaches beyond it.
"""

import os
import resource
from pathlib import Path
from typing import NoReturn

from pyoxigraph import Store

from citydiplomacy.engine import evaluation, faults, wire
from citydiplomacy.errors import RequestError
from citydiplomacy.settings import Settings

_FAULT, _OUTPUT = 0, 1
"""The only two descriptors of the child."""

# Linux only; elsewhere a child's memory is not bounded.
_SIZE = Path("/proc/self/statm")
_KILL_ME_FIRST = Path("/proc/self/oom_score_adj")


def answer(
    store: Store, request: wire.Request, settings: Settings, output: int, fault: int
) -> NoReturn:
    """Write the result or the error to the descriptors, and end this process."""
    status = 1
    try:
        _confine(settings, output, fault)
        evaluation.evaluate(store, request, settings, _OUTPUT)
        status = 0
    except RequestError as error:
        os.write(_FAULT, wire.pack_error(error))
    except BaseException as error:  # whatever it is (Rust's panics are no Exception): say so
        os.write(_FAULT, wire.pack_error(faults.unexpected(f"with {type(error).__name__}")))
    finally:
        os._exit(status)


def _confine(settings: Settings, output: int, fault: int) -> None:
    """Give up every descriptor but two, and everything that costs others."""
    # First of all: from here on an error finds its way out, and there are descriptors to spare.
    os.dup2(fault, _FAULT)
    os.dup2(output, _OUTPUT)
    os.closerange(2, os.sysconf("SC_OPEN_MAX"))
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CPU, settings.query_seconds + 1)
    if _SIZE.exists():
        pages = int(_SIZE.read_text().split()[0])
        _limit(resource.RLIMIT_AS, pages * resource.getpagesize() + settings.query_memory)
        # Many queries together may still want more than the machine has: let one of them go, not
        # the engine or the web server.
        _KILL_ME_FIRST.write_text("1000")
    # With no number left for a new descriptor there is no file and no connection to be opened,
    # whatever SERVICE or LOAD may say.
    _limit(resource.RLIMIT_NOFILE, 0)


def _limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (bound, bound))
