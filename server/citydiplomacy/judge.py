"""The process that holds data of strangers to the shapes; it can open nothing, and soon ends.

`python -m citydiplomacy.judge` reads one line of JSON from its standard input (limits, shapes,
model, data), confines itself, and only then reads the data in it. It writes the IRIs that the data
mentions, is told what is known of them, and writes its verdict; or, at any time, a fault.
"""

import json
import os
import re
import resource
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from citydiplomacy import prefixes, validation
from citydiplomacy.namespaces import ONTOLOGY, VOCAB, is_ours

_DEPTH = 100
_MENTIONED = 2_000
_PLACE = re.compile(r"^Parser error at [^:]*: | \(line \d+\)$")
_SIZE = Path("/proc/self/statm")
# What may hold a bracket that opens nothing.
_IN_TURTLE = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""'
    r"|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*\'\'\'"
    r'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|<[^<>\s]*>|#[^\n]*',
    re.DOTALL,
)
_IN_JSON = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(r"[\[({]|<<|[\])}]|>>")


class FaultError(Exception):
    """Why the data is not judged, in the members of a problem."""

    def __init__(self, detail: str, repair: str, **place: int | None) -> None:
        super().__init__(detail)
        self.told = {"detail": detail, "repair": repair, **place}


def main() -> None:
    """Judge what comes from the standard input."""
    try:
        told = _judge(_receive())
    except FaultError as fault:
        _send(fault=fault.told)
    except MemoryError:
        _send(fault={"limit": "memory"})
    except RecursionError:
        _send(fault=_nested().told)
    else:
        _send(verdict=told)


def _judge(task: dict[str, Any]) -> dict[str, Any]:
    rules, model = (tuple(_trusted(task[part])) for part in ("shapes", "model"))
    # Whatever is loaded at first use is loaded now.
    validation.verdict(model[:1], (), model[:1], rules)
    _confine(task["seconds"], task["memory"])
    told = _read(task["data"], task["media_type"])
    _send(mentioned=_mentioned(told))
    known = _trusted(_receive()["known"])
    try:
        verdict = validation.verdict(told, known, model, rules)
    except TypeError as error:
        raise FaultError(
            "There is a triple in the place of a node.", "Leave triple terms out."
        ) from error
    return {**asdict(verdict), "report": _laid_out(verdict.report, task["format"])}


def _read(text: str, media_type: str) -> tuple[ox.Triple, ...]:
    """Return what the data states.

    Raises:
        FaultError: it cannot be read.
    """
    format_ = ox.RdfFormat.from_media_type(media_type)
    _check_depth(text, _IN_JSON if format_ is ox.RdfFormat.JSON_LD else _IN_TURTLE)
    try:
        parsed = ox.parse(text, format=format_, rename_blank_nodes=True)
        told = tuple(dict.fromkeys(quad.triple for quad in parsed))
    except SyntaxError as error:
        raise _unreadable(error) from error
    if not told:
        raise FaultError(
            "The data states nothing.",
            "Give triples; in JSON-LD, what has no absolute IRI is none.",
        )
    return told


def _unreadable(error: SyntaxError) -> FaultError:
    if "LoadDocumentCallback" in error.msg:
        return FaultError(
            "A context of other addresses is not fetched.", "Put it into the document."
        )
    repair = "Give absolute IRIs, or a base." if "No scheme" in error.msg else "Mend the syntax."
    return FaultError(
        f"{_PLACE.sub('', error.msg)}.", repair, line=error.lineno, column=error.offset
    )


def _check_depth(text: str, skipped: re.Pattern[str]) -> None:
    depth = 0
    for found in _BRACKET.finditer(skipped.sub('""', text)):
        depth += 1 if found[0] in {"[", "(", "{", "<<"} else -1
        if depth > _DEPTH:
            raise _nested()


def _nested() -> FaultError:
    return FaultError(f"The data nests more than {_DEPTH} deep.", "Give its nodes names.")


def _mentioned(told: Iterable[ox.Triple]) -> list[str]:
    """Return the entities of ours that are named but not described, sorted."""
    described = {triple.subject for triple in told}
    named = {
        triple.object.value
        for triple in told
        if isinstance(triple.object, ox.NamedNode) and triple.object not in described
    }
    ours = (iri for iri in named if is_ours(iri) and not iri.startswith((f"{ONTOLOGY}#", VOCAB)))
    return sorted(ours)[:_MENTIONED]


def _trusted(ntriples: str) -> Iterable[ox.Triple]:
    return (quad.triple for quad in ox.parse(ntriples, format=ox.RdfFormat.N_TRIPLES))


def _laid_out(ntriples: str, media_type: str) -> str:
    format_ = ox.RdfFormat.from_media_type(media_type)
    short = prefixes.needed(ntriples)
    written = ox.serialize(sorted(_trusted(ntriples), key=str), format=format_, prefixes=short)
    return prefixes.sorted_in((written or b"").decode())


def _confine(seconds: int, memory: int) -> None:
    """Give up files, connections and other processes; bound time and memory."""
    with suppress(OSError):  # Linux only; elsewhere memory is not bounded
        pages = int(_SIZE.read_text().split()[0])
        _limit(resource.RLIMIT_AS, pages * resource.getpagesize() + memory)
        Path("/proc/self/oom_score_adj").write_text("1000")
    used = resource.getrusage(resource.RUSAGE_SELF)
    # Beyond the lower limit the process is told so, at the higher one it is killed and cannot say.
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + seconds + 1, slack=5)
    for kind in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC):
        _limit(kind, 0)
    # Last: with no number left for a descriptor there is no file and no connection to be opened.
    _limit(resource.RLIMIT_NOFILE, 0)


def _limit(kind: int, value: int, slack: int = 0) -> None:
    highest = resource.getrlimit(kind)[1]
    bounds = (value, value + slack)
    if highest != resource.RLIM_INFINITY:
        bounds = (min(value, highest), min(value + slack, highest))
    resource.setrlimit(kind, bounds)


def _receive() -> dict[str, Any]:
    message: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    return message


def _send(**message: object) -> None:
    sys.stdout.buffer.write(json.dumps(message).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
    # Nothing is left to be tidied up that would be worth the time.
    os._exit(0)
