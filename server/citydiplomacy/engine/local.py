"""The engine of this machine, asked over its Unix socket."""

import io
import os
import socket
import time
from pathlib import Path

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

    def run(self, query: Query, media_type: str, lane: Lane = "public") -> Result:
        """Return the finished result.

        Raises:
            RequestError: the query is refused, or ran into a limit, or cannot be answered now.
        """
        if lane == "public":  # our own pages may ask about long lists
            guard.check(query.text, self._settings)
        with self._connect() as connection:
            try:
                connection.sendall(wire.pack_request(wire.Request(query, media_type, lane)))
                return _receive(connection)
            except (ConnectionError, TimeoutError) as error:
                raise EngineUnavailableError(
                    "The query engine stopped while it worked on this query.",
                    "Ask again; it is restarted within seconds.",
                ) from error

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


def _receive(connection: socket.socket) -> Result:
    """Return the result that a reply carries, or raise the error that it carries."""
    received = bytearray()
    descriptors: list[int] = []
    while (unpacked := wire.unpack(received)) is None:
        chunk, found, _, _ = socket.recv_fds(connection, _CHUNK, 1)
        descriptors += found
        if not chunk:
            raise ConnectionResetError
        received += chunk
    head, start = unpacked
    if "error" in head:
        raise wire.unpack_error(head)
    if descriptors:
        return Result(os.fdopen(descriptors[0], "rb"), head["length"])
    return Result(_body(connection, received[start:], head["length"]), head["length"])


def _body(connection: socket.socket, received: bytearray, length: int) -> io.BytesIO:
    while len(received) < length:
        chunk = connection.recv(_CHUNK)
        if not chunk:
            raise ConnectionResetError
        received += chunk
    return io.BytesIO(bytes(received))
