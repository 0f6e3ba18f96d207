"""One HTTP exchange that ends at its deadline, whatever the other side does.

A timeout of urllib or http.client counts from each read anew: a server that sends a byte a second
is never too late. Here every wait on the socket is cut to what is left of one deadline: looking
up the name, connecting, TLS, sending, each read of head and body.
"""

import io
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit
from urllib.request import Request

_CONNECT_SECONDS = 3.0
"""A service that takes no connection within this time is not there."""

_BUFFER = 64 * 1024


class Deadline:
    """A point in time that nothing may last beyond."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds that are left.

        Raises:
            TimeoutError: none are.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


@contextmanager
def answered(request: Request, deadline: Deadline) -> Iterator[HTTPResponse]:
    """Yield the response once its head is there; its body is read under the same deadline.

    No redirect is followed and no proxy is asked: credentials go to the host of the request only.

    Raises:
        ConnectionError: there is no connection, or it broke.
        TimeoutError: the deadline came first.
        HTTPException: what came is not HTTP.
    """
    address = urlsplit(request.full_url)
    secure = address.scheme == "https"
    host, port = address.hostname or "", address.port or (443 if secure else 80)
    connection = HTTPConnection(host, port)
    plain = _connected(host, port, secure, deadline)
    connection.sock = cast(socket.socket, _TimedSocket(plain, deadline))
    try:
        body = cast("bytes | None", request.data)
        headers = dict(request.header_items()) | {
            "Host": address.netloc,
            "Connection": "close",
            "Accept-Encoding": "identity",
        }
        connection.request(request.get_method(), request.selector, body, headers)
        with connection.getresponse() as response:
            yield response
    finally:
        connection.close()


def _connected(host: str, port: int, secure: bool, deadline: Deadline) -> socket.socket:
    """Return a connection to the first address of the host that takes one."""
    patience = min(_CONNECT_SECONDS, deadline.remaining())
    limit = Deadline(patience)
    try:
        last: OSError = ConnectionError("the name has no address")
        for address in _addresses(host, port, patience):
            try:
                found = socket.create_connection(address, limit.remaining())
                break
            except OSError as error:
                last = error
        else:
            raise last
        return _secured(found, host, limit) if secure else found
    except OSError as error:  # among them: too late, no such name, no trust
        raise ConnectionError(str(error) or f"no connection in {patience:.0f} seconds") from error


def _secured(plain: socket.socket, host: str, limit: Deadline) -> socket.socket:
    try:
        plain.settimeout(limit.remaining())
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except OSError:
        plain.close()
        raise


def _addresses(host: str, port: int, seconds: float) -> list[tuple[str, int]]:
    """Return the addresses of a host; the resolver of the system knows no deadline of ours."""
    found: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()

    def resolve() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:  # a label may be too long for a name
            found.put(OSError(str(error)))

    threading.Thread(target=resolve, daemon=True).start()
    try:
        answer = found.get(timeout=seconds)
    except queue.Empty as error:
        raise TimeoutError("the name is not resolved in time") from error
    if isinstance(answer, OSError):
        raise answer
    return [place[:2] for *_, place in answer]


class _TimedSocket:
    """What http.client needs of a socket, each wait of it cut to what is left."""

    def __init__(self, plain: socket.socket, deadline: Deadline) -> None:
        self._plain = plain
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        self._plain.settimeout(self._deadline.remaining())
        self._plain.sendall(data)

    def makefile(self, _mode: str) -> BinaryIO:
        return io.BufferedReader(_TimedReader(self._plain, self._deadline), _BUFFER)

    def close(self) -> None:
        self._plain.close()


class _TimedReader(io.RawIOBase):
    def __init__(self, plain: socket.socket, deadline: Deadline) -> None:
        self._plain = plain
        self._deadline = deadline
        self._raw = plain.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # a buffer, which has no name before 3.12
        self._plain.settimeout(self._deadline.remaining())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
