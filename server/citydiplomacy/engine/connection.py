"""The engine process's end of a connection: one request comes in, one reply goes out."""

import socket
from typing import IO

from citydiplomacy.engine import wire
from citydiplomacy.engine.worker import IN_MEMORY
from citydiplomacy.errors import RequestError

_CHUNK = 64 * 1024


class Connection:
    """A client's socket that never blocks."""

    def __init__(self, client: socket.socket) -> None:
        client.setblocking(False)
        self.client = client
        self._received = bytearray()
        self._outgoing = memoryview(b"")
        self._body: IO[bytes] | None = None
        self._descriptors: list[int] = []

    def receive(self) -> wire.Request | None:
        """Return the request once it is complete, None before.

        Raises:
            ConnectionError: the client is gone.
        """
        chunk = self.client.recv(_CHUNK)
        if not chunk:
            raise ConnectionResetError
        self._received += chunk
        return wire.unpack_request(self._received)

    def refuse(self, error: RequestError) -> None:
        """Make the error the reply."""
        self._outgoing = memoryview(wire.pack_error(error))

    def answer(self, length: int, body: IO[bytes]) -> None:
        """Make a result the reply; a long one travels as a file."""
        head = wire.pack({"length": length})
        body.seek(0)
        self._body = body
        if length > IN_MEMORY:
            self._outgoing = memoryview(head)
            self._descriptors = [body.fileno()]
        else:
            self._outgoing = memoryview(head + body.read())

    def send(self) -> bool:
        """Send what can be sent; return whether the reply is complete.

        Raises:
            ConnectionError: the client is gone.
        """
        sent = socket.send_fds(self.client, [self._outgoing], self._descriptors)
        self._outgoing = self._outgoing[sent:]
        self._descriptors = []
        return not self._outgoing

    def close(self) -> None:
        """End the connection."""
        self.client.close()
        if self._body:
            self._body.close()
