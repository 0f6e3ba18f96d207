"""The engine process's end of a connection: a request comes in, a reply goes out, and again."""

import socket
from typing import IO

from citydiplomacy.engine import wire
from citydiplomacy.errors import RequestError

_CHUNK = 64 * 1024


class Connection:
    """A client's socket that never blocks."""

    def __init__(self, client: socket.socket) -> None:
        client.setblocking(False)
        self.client = client
        self.is_listened_to = True
        """Whether its client may ask; else it is sent what it has asked for."""

        self._received = bytearray()
        self._outgoing = memoryview(b"")
        self._body: IO[bytes] | None = None
        self._descriptors: list[int] = []

    def receive(self) -> wire.Message | None:
        """Return the request once it is complete, None before.

        Raises:
            ConnectionError: the client is gone.
        """
        chunk = self.client.recv(_CHUNK)
        if not chunk:
            raise ConnectionResetError
        self._received += chunk
        message = wire.unpack(self._received)
        if message is not None:
            self._received.clear()  # the next one comes when this one is answered
        return message

    def refuse(self, error: RequestError) -> None:
        """Make the error the reply."""
        self._outgoing = memoryview(wire.pack_error(error))

    def tell(self, text: bytes) -> None:
        """Make a text the reply."""
        self._outgoing = memoryview(wire.pack(wire.RESULT, text))

    def answer(self, length: int, body: bytes | IO[bytes]) -> None:
        """Make a result the reply; a long one is in a file, and travels as such."""
        if isinstance(body, bytes):
            self.tell(body)
        else:
            self._body = body
            self._outgoing = memoryview(wire.pack_length(length))
            self._descriptors = [body.fileno()]

    def send(self) -> bool:
        """Send what can be sent; return whether the reply is complete.

        Raises:
            ConnectionError: the client is gone.
        """
        try:
            if self._descriptors:
                sent = socket.send_fds(self.client, [self._outgoing], self._descriptors)
            else:
                sent = self.client.send(self._outgoing)
        except BlockingIOError:
            return False
        self._outgoing = self._outgoing[sent:]
        self._descriptors = []
        if self._outgoing:
            return False
        self._let_go()
        return True

    def close(self) -> None:
        """End the connection."""
        self.client.close()
        self._let_go()

    def _let_go(self) -> None:
        if self._body:
            self._body.close()
            self._body = None
