"""Messages between the web processes, the engine process and its workers.

A message is a length, a JSON head and a body. A connection carries one request and its reply after
the other; a large body travels as the descriptor of an unlinked file beside the head. A worker
answers in frames: what it writes is not known to be whole before the last one.
"""

import inspect
import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from citydiplomacy import errors
from citydiplomacy.engine import Lane, Query

_LENGTH = struct.Struct("!I")
_FRAME = struct.Struct("!cI")
PART, LAST, FAULT = b"p", b"l", b"f"
"""The kinds of frames: a part of the result, its end, or the error in the place of it."""

_DETAIL_LENGTH = 500
"""Characters of an error's detail: whoever reads it wants a sentence, not a query."""

# Whatever the engine process may answer with instead of a result.
_ERRORS: dict[str, type[errors.RequestError]] = {
    kind.__name__: kind
    for kind in (
        errors.BadParameterError,
        errors.BudgetSpentError,
        errors.EngineBusyError,
        errors.EngineError,
        errors.NotAcceptableError,
        errors.QueryError,
        errors.QueryRefusedError,
        errors.QuerySyntaxError,
        errors.QueryTimeoutError,
        errors.QueryTooComplexError,
        errors.ResultTooLargeError,
    )
}


@dataclass(frozen=True)
class Request:
    """What a web process asks of the engine process: the answer to a query."""

    query: Query
    media_type: str
    lane: Lane
    client: str = ""
    """Whose budget pays for it; nobody's when it is empty."""

    kind: Literal["query"] = "query"


@dataclass(frozen=True)
class Measuring:
    """What a web process tells of itself, and asks of the engine: what has been counted."""

    counts: Mapping[str, int]
    kind: Literal["measuring"] = "measuring"


def pack(head: Mapping[str, Any]) -> bytes:
    """Return the head as bytes, with its length before it."""
    text = json.dumps(head).encode()
    return _LENGTH.pack(len(text)) + text


def unpack(received: bytes | bytearray) -> tuple[dict[str, Any], int] | None:
    """Return the head and where the body begins, or None while the head is incomplete."""
    if len(received) < _LENGTH.size:
        return None
    end = _LENGTH.size + _LENGTH.unpack_from(received)[0]
    if len(received) < end:
        return None
    return json.loads(received[_LENGTH.size : end]), end


def pack_request(request: Request | Measuring) -> bytes:
    """Return the request as bytes."""
    return pack(asdict(request))


def unpack_request(received: bytes | bytearray) -> Request | Measuring | None:
    """Return the request, or None while it is incomplete."""
    unpacked = unpack(received)
    if unpacked is None:
        return None
    head = unpacked[0]
    if head["kind"] == "measuring":
        return Measuring(head["counts"])
    asked = head["query"]
    query = Query(asked["text"], _graphs(asked["default_graphs"]), _graphs(asked["named_graphs"]))
    return Request(query, head["media_type"], head["lane"], head["client"])


def pack_error(error: errors.RequestError) -> bytes:
    """Return the error as bytes, a long detail cut; errors keep their arguments as attributes."""
    arguments = {name: getattr(error, name) for name in inspect.signature(type(error)).parameters}
    if len(error.detail) > _DETAIL_LENGTH:
        arguments["detail"] = f"{error.detail[: _DETAIL_LENGTH - 1]}…"
    return pack({"error": type(error).__name__, "arguments": arguments})


def unpack_error(head: Mapping[str, Any]) -> errors.RequestError:
    """Return the error that the head of a reply describes."""
    return _ERRORS[head["error"]](**head["arguments"])


def frame_head(kind: bytes, length: int) -> bytes:
    """Return what stands before the bytes of a frame."""
    return _FRAME.pack(kind, length)


def take_frames(received: bytearray) -> list[tuple[bytes, bytes]]:
    """Take the complete frames from what was received; return their kinds and contents."""
    frames = []
    start = 0
    while len(received) >= start + _FRAME.size:
        kind, length = _FRAME.unpack_from(received, start)
        begin = start + _FRAME.size
        if len(received) < begin + length:
            break
        start = begin + length
        frames.append((kind, bytes(received[begin:start])))
    del received[:start]
    return frames


def _graphs(names: list[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)
