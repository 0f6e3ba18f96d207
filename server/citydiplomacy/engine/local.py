"""The engine of this machine, asked over its Unix socket."""

import io
import json
import os
import socket
import struct
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from citydiplomacy.engine import Lane, Query, Result, guard, wire
from citydiplomacy.errors import EngineUnavailableError
from citydiplomacy.settings import Settings

_RESTART_SECONDS = 2.0
"""How long a query waits for an engine that is being restarted."""

_CHUNK = 64 * 1024
_DESCRIPTOR = struct.Struct("i")
_TIME = struct.Struct("ll")
_NONE = -1


class LocalEngine:
    """Asks the engine process behind a socket; safe to share between threads."""

    def __init__(self, socket_path: Path, settings: Settings) -> None:
        self._path = socket_path
        self._settings = settings
        # A query waits for a place no longer than it may run; the rest is for the transport.
        # The kernel counts it: Python's own timeouts take two system calls more for each message,
        # and the interpreter's lock as often.
        self._patience = _TIME.pack(2 * settings.query_seconds + 5, 0)
        self._idle: deque[socket.socket] = deque()

    def run(self, query: Query, media_type: str, lane: Lane = "public", client: str = "") -> Result:
        """Return the finished result.

        Raises:
            RequestError: the query is refused, or ran into a limit, or cannot be answered now.
        """
        if lane == "public":  # our own pages may ask about long lists
            guard.check(query.text, self._settings)
        return self._ask(wire.pack_query(wire.Request(query, media_type, lane, client)))

    def run_all(self, texts: Sequence[str]) -> Result:
        """Return what each of the queries of a page finds: a JSON array of SPARQL JSON results.

        Raises:
            RequestError: one of them is refused, or all together run into a limit.
        """
        return self._ask(
            wire.pack_query(wire.Request(Query(json.dumps(texts)), wire.SEVERAL, "pages"))
        )

    def measures(self, counts: Mapping[str, int]) -> bytes:
        """Return what the engine has counted, in the words of Prometheus; tell it what we have.

        Raises:
            EngineError: it does not answer.
        """
        return self._ask(wire.pack_counts(counts)).read()

    def close(self) -> None:
        """End the connections that wait for a query."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _ask(self, message: bytes) -> Result:
        try:
            # The engine may have been started anew since it was last asked over a connection.
            with suppress(IndexError, ConnectionError):
                return self._exchange(self._idle.pop(), message)
            return self._exchange(self._connect(), message)
        except (ConnectionError, BlockingIOError) as error:  # it is gone, or takes too long
            raise EngineUnavailableError(
                "The query engine stopped while it worked on this query.",
                "Ask again; it is restarted within seconds.",
            ) from error

    def _exchange(self, connection: socket.socket, message: bytes) -> Result:
        try:
            connection.sendall(message)
            reply, descriptor = _receive(connection)
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        if reply.kind == wire.ERROR:
            raise wire.unpack_error(reply)
        if reply.kind == wire.FILE:
            return Result(os.fdopen(descriptor, "rb"), wire.unpack_length(reply))
        return Result(io.BytesIO(reply.body), len(reply.body))

    def _connect(self) -> socket.socket:
        give_up = time.monotonic() + _RESTART_SECONDS
        while True:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            for kind in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                connection.setsockopt(socket.SOL_SOCKET, kind, self._patience)
            try:
                connection.connect(str(self._path))
            except OSError as error:
                connection.close()
                if time.monotonic() > give_up:
                    raise EngineUnavailableError(
                        "The query engine is not running.", "Try again in a moment."
                    ) from error
                time.sleep(0.05)
            else:
                return connection


def _receive(connection: socket.socket) -> tuple[wire.Message, int]:
    """Return the next reply, and the descriptor that came with it, if it is a file."""
    received = b""
    descriptor = _NONE
    while (reply := wire.unpack(received)) is None:
        chunk, beside, _, _ = connection.recvmsg(_CHUNK, socket.CMSG_SPACE(_DESCRIPTOR.size))
        if not chunk:
            raise ConnectionResetError
        if beside:
            descriptor = _DESCRIPTOR.unpack(beside[0][2])[0]
        received += chunk
    return reply, descriptor
