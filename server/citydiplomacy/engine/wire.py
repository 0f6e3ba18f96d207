"""Messages between the web processes and the engine process.

A message is a length, a JSON head and a body. One connection carries one request and its reply;
a large body travels as the descriptor of an unlinked file beside the head.
"""

import inspect
import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from citydiplomacy import errors
from citydiplomacy.engine import Lane, Query

_LENGTH = struct.Struct("!I")

_DETAIL_LENGTH = 500
"""Characters of an error's detail: a child writes it into a pipe that nobody reads yet."""

# Whatever the engine process may answer with instead of a result.
_ERRORS: dict[str, type[errors.RequestError]] = {
    kind.__name__: kind
    for kind in (
        errors.BadParameterError,
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
    """What a web process asks of the engine process."""

    query: Query
    media_type: str
    lane: Lane


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


def pack_request(request: Request) -> bytes:
    """Return the request as bytes."""
    return pack(asdict(request))


def unpack_request(received: bytes | bytearray) -> Request | None:
    """Return the request, or None while it is incomplete."""
    unpacked = unpack(received)
    if unpacked is None:
        return None
    head = unpacked[0]
    asked = head["query"]
    query = Query(asked["text"], _graphs(asked["default_graphs"]), _graphs(asked["named_graphs"]))
    return Request(query, head["media_type"], head["lane"])


def pack_error(error: errors.RequestError) -> bytes:
    """Return the error as bytes, a long detail cut; errors keep their arguments as attributes."""
    arguments = {name: getattr(error, name) for name in inspect.signature(type(error)).parameters}
    if len(error.detail) > _DETAIL_LENGTH:
        arguments["detail"] = f"{error.detail[: _DETAIL_LENGTH - 1]}…"
    return pack({"error": type(error).__name__, "arguments": arguments})


def unpack_error(head: Mapping[str, Any]) -> errors.RequestError:
    """Return the error that the head of a reply describes."""
    return _ERRORS[head["error"]](**head["arguments"])


def _graphs(names: list[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)
