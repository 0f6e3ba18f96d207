"""The engine of this machine, asked over its Unix socket."""

import io
import os
import socket
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from citydiplomacy.engine import Lane, Query, Result, guard, wire
from citydiplomacy.errors import EngineUnavailableError
from citydiplomacy.settings import Settings

_RESTART_SECONDS = 2.0
"""How long a query waits for an engine that is being restarted."""

_CHUNK = 256 * 1024


class LocalEngine:
    """Asks the engine process behind a socket; safe to share between threads."""

    def __init__(self, socket_path: Path, settings: Settings) -> None:
        self._path = socket_path
        self._settings = settings
        # A query waits for a place no longer than it may run; the rest is for the transport.
        self._patience = 2 * settings.query_seconds + 5
        self._idle: deque[socket.socket] = deque()

    def run(self, query: Query, media_type: str, lane: Lane = "public", client: str = "") -> Result:
        """Return the finished result.

        Raises:
            RequestError: the query is refused, or ran into a limit, or cannot be answered now.
        """
        if lane == "public":  # our own pages may ask about long lists
            guard.check(query.text, self._settings)
        return self._ask(wire.Request(query, media_type, lane, client))

    def measures(self, counts: Mapping[str, int]) -> bytes:
        """Return what the engine has counted, in the words of Prometheus; tell it what we have.

        Raises:
            EngineError: it does not answer.
        """
        return self._ask(wire.Measuring(counts)).read()

    def close(self) -> None:
        """End the connections that wait for a query."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _ask(self, request: wire.Request | wire.Measuring) -> Result:
        message = wire.pack_request(request)
        try:
            # The engine may have been started anew since it was last asked over a connection.
            with suppress(IndexError, ConnectionError):
                return self._exchange(self._idle.pop(), message)
            return self._exchange(self._connect(), message)
        except (ConnectionError, TimeoutError) as error:
            raise EngineUnavailableError(
                "The query engine stopped while it worked on this query.",
                "Ask again; it is restarted within seconds.",
            ) from error

    def _exchange(self, connection: socket.socket, message: bytes) -> Result:
        try:
            connection.sendall(message)
            head, body = _receive(connection)
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        if "error" in head:
            raise wire.unpack_error(head)
        return Result(body, head["length"])

    def _connect(self) -> socket.socket:
        give_up = time.monotonic() + _RESTART_SECONDS
        while True:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(self._patience)
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


def _receive(connection: socket.socket) -> tuple[dict[str, Any], BinaryIO]:
    """Return the head of a reply and its body, which is empty where the head is an error."""
    received = bytearray()
    descriptors: list[int] = []
    while (unpacked := wire.unpack(received)) is None:
        chunk, found, _, _ = socket.recv_fds(connection, _CHUNK, 1)
        descriptors += found
        if not chunk:
            raise ConnectionResetError
        received += chunk
    head, start = unpacked
    if descriptors:
        return head, os.fdopen(descriptors[0], "rb")
    return head, _body(connection, received[start:], head.get("length", 0))


def _body(connection: socket.socket, received: bytearray, length: int) -> io.BytesIO:
    while len(received) < length:
        chunk = connection.recv(_CHUNK)
        if not chunk:
            raise ConnectionResetError
        received += chunk
    return io.BytesIO(received)
