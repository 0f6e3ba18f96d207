"""Messages between the web processes, the engine process and its workers.

A message is its kind, two lengths, a head and a body; what is read for each query is split, not
parsed. A connection carries one request and its reply after the other; a large result travels as
the descriptor of an unlinked file. The engine process reads the head of a query only, and hands the
message to a worker as it came. A worker answers in frames: what it writes is not known to be whole
before the last one.
"""

import inspect
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

from citydiplomacy import errors
from citydiplomacy.engine import Lane, Query

_START = struct.Struct("!cII")
_LENGTH = struct.Struct("!Q")
_FRAME = struct.Struct("!cI")
PART, LAST, FAULT, WARM = b"p", b"l", b"f", b"w"
"""The kinds of frames: a part of the result, its end, or the error in the place of it; and before
the first query, that a worker is ready for it."""

QUERY, MEASURING = b"q", b"m"
"""The kinds of requests."""

RESULT, FILE, ERROR = b"r", b"f", b"e"
"""The kinds of replies: a result, the length of one that comes as a file, or an error."""

SEVERAL = "several"
"""What stands in the place of a media type where the text is a JSON array of queries, and the
answer a JSON array of results."""

_BETWEEN = "\0"
"""What stands between the parts of a head: no lane, address or media type contains it."""

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


class Message(NamedTuple):
    """A message: what it is, the parts of its head, its body, and all of it as it came."""

    kind: bytes
    head: list[str]
    body: bytes
    packed: bytes

    @property
    def lane(self) -> Lane:
        """The lane of a query."""
        return cast(Lane, self.head[0])

    @property
    def client(self) -> str:
        """Whose budget pays for a query."""
        return self.head[1]


def pack(kind: bytes, body: bytes, head: Sequence[str] = ()) -> bytes:
    """Return the message as bytes."""
    parts = _BETWEEN.join(head).encode()
    return _START.pack(kind, len(parts), len(body)) + parts + body


def unpack(received: bytes | bytearray) -> Message | None:
    """Return the message that was received, or None while it is incomplete."""
    if len(received) < _START.size:
        return None
    kind, head_length, body_length = _START.unpack_from(received)
    start = _START.size + head_length
    end = start + body_length
    if len(received) < end:
        return None
    packed = bytes(received[:end])
    head = packed[_START.size : start].decode().split(_BETWEEN)
    return Message(kind, head, packed[start:], packed)


def pack_query(request: Request) -> bytes:
    """Return the request as bytes."""
    query = request.query
    dataset = ""
    if query.default_graphs is not None or query.named_graphs is not None:
        dataset = json.dumps([query.default_graphs, query.named_graphs])
    head = request.lane, request.client, request.media_type, dataset
    return pack(QUERY, query.text.encode("utf-8", "surrogatepass"), head)


def unpack_query(message: Message) -> Request:
    """Return the request that a message is."""
    lane, client, media_type, dataset = message.head
    text = message.body.decode("utf-8", "surrogatepass")
    graphs = [_graphs(names) for names in json.loads(dataset)] if dataset else []
    return Request(Query(text, *graphs), media_type, cast(Lane, lane), client)


def pack_counts(counts: Mapping[str, int]) -> bytes:
    """Return what a web process has counted as bytes: it wants to know the counts of all."""
    return pack(MEASURING, json.dumps(dict(counts)).encode())


def unpack_counts(message: Message) -> Mapping[str, int]:
    """Return what a web process has counted."""
    return cast(Mapping[str, int], json.loads(message.body))


def pack_length(length: int) -> bytes:
    """Return the reply whose result, of that length, comes as a file."""
    return pack(FILE, _LENGTH.pack(length))


def unpack_length(message: Message) -> int:
    """Return the length of the result in a file."""
    return int(_LENGTH.unpack(message.body)[0])


def pack_error(error: errors.RequestError) -> bytes:
    """Return the error as bytes, a long detail cut; errors keep their arguments as attributes."""
    arguments = {name: getattr(error, name) for name in inspect.signature(type(error)).parameters}
    if len(error.detail) > _DETAIL_LENGTH:
        arguments["detail"] = f"{error.detail[: _DETAIL_LENGTH - 1]}…"
    said = {"error": type(error).__name__, "arguments": arguments}
    return pack(ERROR, json.dumps(said).encode())


def unpack_error(message: Message) -> errors.RequestError:
    """Return the error that a reply describes."""
    said = json.loads(message.body)
    return _ERRORS[said["error"]](**said["arguments"])


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
