"""Evaluating a query: pyoxigraph's answer, written by pyoxigraph, its faults put into words."""

import io
import json
import os
from collections.abc import Iterator, Sequence
from typing import IO, Any, cast

from pyoxigraph import (
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
)

from citydiplomacy.engine import Query, faults, wire
from citydiplomacy.engine.wellformed import XmlReader
from citydiplomacy.errors import (
    BadParameterError,
    NotAcceptableError,
    QueryError,
    QueryRefusedError,
)
from citydiplomacy.formats import GRAPH_FORMATS, JSON_ROWS, ROW_FORMATS, Format
from citydiplomacy.settings import Settings

_Answer = QuerySolutions | QueryBoolean | QueryTriples

_CHUNK = 256 * 1024


def evaluate(store: Store, request: wire.Request, settings: Settings, output: int) -> None:
    """Write the answer to a request into a descriptor, in frames.

    Raises:
        RequestError: the query is wrong, or its answer does not fit the format or the limits.
    """
    kind = _XmlFrames if request.media_type.endswith("+xml") else _Frames
    try:
        with kind(output, settings.result_bytes) as frames:
            if request.media_type == wire.SEVERAL:
                _answer_several(store, json.loads(request.query.text), cast(IO[bytes], frames))
            else:
                found = _query(store, request.query)
                _serialise(found, request.media_type, cast(IO[bytes], frames))
            frames.finish()
    except MemoryError as error:
        raise faults.out_of_memory(settings) from error
    except SyntaxError as error:
        raise faults.syntax(str(error)) from error
    except RuntimeError as error:
        raise QueryError(f"{error}.", "Use a function that SPARQL 1.1 defines.") from error
    except OSError as error:
        raise QueryRefusedError(
            "The query asks for something outside this dataset.", "Leave SERVICE out."
        ) from error


def _answer_several(store: Store, texts: Sequence[str], output: IO[bytes]) -> None:
    """Write a JSON array with the result of each query."""
    before = b"["
    for text in texts:
        output.write(before)
        _serialise(store.query(text), JSON_ROWS.media_type, output)
        before = b","
    output.write(b"]" if texts else b"[]")


def _query(store: Store, query: Query) -> _Answer:
    if query.default_graphs is None and query.named_graphs is None:
        return store.query(query.text)
    # A request that names one of the two has an empty other, as the protocol says.
    return store.query(
        query.text,
        default_graph=list(_nodes(query.default_graphs)),
        named_graphs=list(_nodes(query.named_graphs)),
    )


def _nodes(iris: Sequence[str] | None) -> Iterator[NamedNode]:
    try:
        yield from map(NamedNode, iris or ())
    except ValueError as error:
        raise BadParameterError(
            f"A graph of the dataset is not an IRI: {error}.", "Give absolute IRIs."
        ) from error


def _serialise(found: _Answer, media_type: str, output: IO[bytes]) -> None:
    if isinstance(found, QueryTriples):
        _require(media_type, GRAPH_FORMATS, "a graph")
        found.serialize(output, RdfFormat.from_media_type(media_type))
    else:
        _require(media_type, ROW_FORMATS, "rows, or yes or no")
        found.serialize(output, QueryResultsFormat.from_media_type(media_type))


def _require(media_type: str, formats: Sequence[Format], what: str) -> None:
    offered = [format_.media_type for format_ in formats]
    if media_type not in offered:
        raise NotAcceptableError(
            f"The answer to this query is {what}, which {media_type} cannot carry.",
            f"Ask for one of {', '.join(offered)}.",
        )


class _Frames(io.RawIOBase):
    """A descriptor that takes so many bytes and no more, a frame at a time."""

    def __init__(self, descriptor: int, limit: int) -> None:
        self._descriptor = descriptor
        self._limit = limit
        self._written = 0
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # a buffer, whose type has no name before Python 3.12
        length = memoryview(data).nbytes
        self._written += length
        if self._written > self._limit:
            raise faults.too_large(self._limit)
        self._held += data
        # pyoxigraph writes in small pieces; the pipe wants large ones.
        if len(self._held) >= _CHUNK:
            self._send(wire.PART)
        return length

    def finish(self) -> None:
        """Send what is left, and say that it is the last."""
        self._send(wire.LAST)

    def _send(self, kind: bytes) -> None:
        message = memoryview(wire.frame_head(kind, len(self._held)) + self._held)
        self._held.clear()
        while message:
            message = message[os.write(self._descriptor, message) :]


class _XmlFrames(_Frames):
    """The same for XML, which is read back while it is written."""

    def __init__(self, descriptor: int, limit: int) -> None:
        super().__init__(descriptor, limit)
        self._reader = XmlReader()

    def _send(self, kind: bytes) -> None:
        self._reader.read(bytes(self._held), is_last=kind == wire.LAST)
        super()._send(kind)
