"""Data of strangers held to the shapes of the release, in a process of its own for each.

The data is never read here: `citydiplomacy.judge` does that, where it can reach nothing. What is
known of the nodes that the data mentions comes from the release.
"""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from citydiplomacy.engine import Engine, Query
from citydiplomacy.errors import (
    DataLimitError,
    RequestError,
    UnreadableDataError,
    ValidatorBusyError,
    ValidatorFailedError,
)
from citydiplomacy.formats import NTRIPLES, Format
from citydiplomacy.namespaces import ONTOLOGY_GRAPH, SHAPES_GRAPH
from citydiplomacy.queries import NamedQuery
from citydiplomacy.settings import Settings

_REPLY_BYTES = 32 * 1024 * 1024
_START_SECONDS = 10
"""Beside the time for the data: what a loaded machine may take to begin."""

_BATCH = 500
_LIMITS = {"validation_seconds": ("seconds", 504), "validation_memory": ("bytes of memory", 507)}


@dataclass(frozen=True)
class Finding:
    """What a shape says of one node of the data; what is not known is empty."""

    severity: str
    focus: str
    path: str
    value: str
    message: str
    repair: str
    shape: str


@dataclass(frozen=True)
class Judgement:
    """What the shapes say of the data."""

    conforms: bool
    nodes: int
    """How many nodes are described in the data."""
    judged: int
    """How many of them a shape is for."""
    results: tuple[Finding, ...]
    report: str
    """The SHACL report in the format asked for."""


class Judging:
    """Judges data by the shapes and the ontology of one release."""

    def __init__(
        self, settings: Settings, engine: Engine, queries: Mapping[str, NamedQuery]
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._queries = queries
        self._places = threading.BoundedSemaphore(settings.validations)

    def judge(self, data: str, sent: Format, wanted: Format) -> Judgement:
        """Return what the shapes say, with the report in a format.

        Raises:
            UnreadableDataError: the data is not what its format says, or nests too deeply.
            DataLimitError: it is too long, or takes too much time or memory.
            ValidatorBusyError: as much as may be is being judged already.
            ValidatorFailedError: the process could not be started, or broke.
        """
        longest = self._settings.validation_bytes
        if len(data.encode()) > longest:
            raise too_long(longest)
        task = {
            "seconds": self._settings.validation_seconds,
            "memory": self._settings.validation_memory,
            **self._trusted,
            "data": data,
            "media_type": sent.media_type,
            "format": wanted.media_type,
        }
        if not self._places.acquire(blocking=False):
            raise ValidatorBusyError(
                "Other data is being validated.", "Try again in a few seconds."
            )
        try:
            return self._exchanged(task)
        finally:
            self._places.release()

    @cached_property
    def _trusted(self) -> dict[str, str]:
        """The shapes and the ontology, as N-Triples."""
        graphs = {"shapes": SHAPES_GRAPH, "model": ONTOLOGY_GRAPH}
        return {part: self._asked("graph", graph=iri) for part, iri in graphs.items()}

    def _exchanged(self, task: Mapping[str, Any]) -> Judgement:
        with _Judge(self._settings) as judge:
            reply = judge.told(task)
            if "mentioned" in reply:
                reply = judge.told({"known": self._known(reply["mentioned"])})
        told = reply["verdict"]
        findings = tuple(Finding(**each) for each in told.pop("results"))
        return Judgement(results=findings, **told)

    def _known(self, iris: list[str]) -> str:
        """Return what the release says of entities, as N-Triples."""
        batches = (iris[start : start + _BATCH] for start in range(0, len(iris), _BATCH))
        return "".join(self._asked("mentioned", entity=batch) for batch in batches)

    def _asked(self, query: str, **values: Any) -> str:
        text = self._queries[query].about(**values)
        return self._engine.run(Query(text), NTRIPLES.media_type, "pages").read().decode()


class _Judge:
    """The process that judges, which is told things and replies; it ends with the `with` block."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process = subprocess.Popen(  # our own module
            [sys.executable, "-I", "-m", "citydiplomacy.judge"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
        )
        seconds = settings.validation_seconds + _START_SECONDS
        self._timer = threading.Timer(seconds, self._process.kill)
        self._timer.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._process.kill()
        with suppress(OSError):
            self._process.communicate()

    def told(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the process replies to a message.

        Raises:
            RequestError: it says why there is no verdict, or it was stopped.
        """
        process = self._process
        assert process.stdin and process.stdout  # noqa: S101  # both are pipes
        with suppress(BrokenPipeError):  # why it has ended, its reply or its status says
            process.stdin.write(json.dumps(message).encode() + b"\n")
            process.stdin.flush()
        line = process.stdout.readline(_REPLY_BYTES)
        if not line.endswith(b"\n"):
            raise self._broken(is_too_long=bool(line))
        reply: dict[str, Any] = json.loads(line)
        fault = reply.get("fault")
        if fault and "limit" in fault:
            raise self._limit("validation_memory")
        if fault:
            raise UnreadableDataError(**fault)
        return reply

    def _broken(self, *, is_too_long: bool) -> RequestError:
        """Return what the end of the process without a whole reply means."""
        if is_too_long:
            return DataLimitError(
                "The report would be too long.", "Send less.", "", _REPLY_BYTES, status=507
            )
        is_late = not self._timer.is_alive()
        match -self._process.wait():
            case signal.SIGXCPU:
                return self._limit("validation_seconds")
            case signal.SIGKILL:  # by us, or by a machine without memory
                return self._limit("validation_seconds" if is_late else "validation_memory")
            case signal.SIGABRT:
                return self._limit("validation_memory")
            case signal.SIGSEGV | signal.SIGBUS:
                return UnreadableDataError("The data nests too deeply.", "Give its nodes names.")
        return ValidatorFailedError("Validating broke off.", "Try again, or send less.")

    def _limit(self, setting: str) -> DataLimitError:
        limit: int = getattr(self._settings, setting)
        what, status = _LIMITS[setting]
        return DataLimitError(
            f"Validating needed more than {limit} {what}.",
            "Send less at once.",
            setting,
            limit,
            status=status,
        )


def too_long(limit: int) -> DataLimitError:
    """Return the error for data that is longer than may be sent."""
    return DataLimitError(
        f"The data is longer than {limit} bytes.",
        "Send it in parts.",
        "validation_bytes",
        limit,
        status=413,
    )
