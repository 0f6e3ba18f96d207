"""The streams between a remote store and a finished result: counted, and known to be whole."""

import io
from http.client import HTTPResponse, IncompleteRead
from typing import IO, Any

from citydiplomacy.engine import faults, virtuoso
from citydiplomacy.engine.wellformed import XmlReader
from citydiplomacy.errors import EngineError
from citydiplomacy.settings import Settings

MARKUP = 4
"""JSON spends more bytes on a row than CSV does: so many times the limit are read."""

CHUNK = 256 * 1024
"""Bytes that are moved at a time."""


class BrokenAnswerError(Exception):
    """What came is no whole answer; the message is for the log."""


class Source(io.RawIOBase):
    """The body of a response, up to a number of bytes, known to be whole at its end."""

    def __init__(self, response: HTTPResponse, limit: int) -> None:
        self._response = response
        self._limit = limit
        self._read = 0

    def readable(self) -> bool:
        """Say that this is for reading."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return what has come, at most so many bytes of it; nothing at the end."""
        chunk = self._response.read1(size)
        self._read += len(chunk)
        if self._read > self._limit:
            raise faults.too_large(self._limit // MARKUP)
        if not chunk and self._response.length:
            raise IncompleteRead(b"", self._response.length)
        return chunk

    def whole(self) -> bytes:
        """Return all of a body that is short when it is what it should be."""
        body = b""
        while len(body) < CHUNK and (chunk := self.read(CHUNK)):
            body += chunk
        return body

    def finish(self) -> None:
        """Read what the parser has left; there may be blanks, and nothing else."""
        while chunk := self.read(CHUNK):
            if chunk.strip():
                raise BrokenAnswerError("something stands after its end")


class RelabelledSource(Source):
    """The same, with the blank nodes of Virtuoso named as others name them."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._held = b""
        self._ready = b""

    def read(self, size: int = -1) -> bytes:
        """Return what has come, at most so many bytes of it; nothing at the end."""
        while not self._ready:
            chunk = self._source.read(CHUNK)
            if not chunk:
                self._ready, self._held = virtuoso.relabelled(self._held), b""
                break
            self._ready, self._held = virtuoso.divided(self._held + chunk)
            self._ready = virtuoso.relabelled(self._ready)
        end = len(self._ready) if size < 0 else size
        given, self._ready = self._ready[:end], self._ready[end:]
        return given


class Writer(io.RawIOBase):
    """A spool that takes so many bytes and no more."""

    def __init__(self, spool: IO[bytes], settings: Settings) -> None:
        self._spool = spool
        self._limit = settings.result_bytes
        self.written = 0

    def writable(self) -> bool:
        """Say that this is for writing."""
        return True

    def write(self, data: Any) -> int:  # a buffer, whose type has no name before Python 3.12
        """Keep some more bytes, or refuse them."""
        self.written += memoryview(data).nbytes
        if self.written > self._limit:
            raise faults.too_large(self._limit)
        try:
            return self._spool.write(data)
        except OSError as error:
            raise EngineError(f"The result cannot be kept: {error.strerror}.") from error


class XmlWriter(Writer):
    """The same for XML, which is read back while it is written: not everything fits into it."""

    def __init__(self, spool: IO[bytes], settings: Settings) -> None:
        super().__init__(spool, settings)
        self._reader = XmlReader()

    def write(self, data: Any) -> int:
        """Keep some more of the document, or refuse what is no XML."""
        self._reader.read(bytes(data))
        return super().write(data)
