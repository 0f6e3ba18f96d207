"""Answers that are complete in memory: their bytes, their ETag, and 304 for who has them."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

from werkzeug.http import parse_etags
from werkzeug.wsgi import FileWrapper

from citydiplomacy.web import negotiation
from citydiplomacy.web.trace import Trace

Headers = list[tuple[str, str]]

_OF_THE_BODY = {"Content-Length", "Content-Type"}
_OVERHEAD = 2500
"""Bytes that an answer costs beside its characters: objects, tuples, its place in the cache."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A 200 whose body is at hand, and what it depends on beside its address."""

    headers: Headers
    body: bytes
    etag: str
    told: Trace
    """Of the request that it was made for: its choices of format, its query."""
    is_shareable: bool
    """Whether address and choices of format are all it depends on."""

    @property
    def cost(self) -> int:
        """The bytes of memory it takes, and a little more."""
        return len(self.body) + sum(map(len, chain.from_iterable(self.headers))) + _OVERHEAD

    def suits(self, accept: str) -> bool:
        """Tell whether a request with that Accept header would have got the same answer."""
        return all(
            negotiation.best(accept, formats) is chosen for formats, chosen in self.told.choices
        )

    def is_known(self, if_none_match: str) -> bool:
        """Tell whether the header says that the client has these bytes (RFC 9110, 13.1.2)."""
        if not if_none_match or if_none_match == self.etag:
            return bool(if_none_match)
        return parse_etags(if_none_match).contains_weak(self.etag[1:-1])

    def not_modified(self) -> Headers:
        """Return the headers of a 304: those that are not about the body itself."""
        return [header for header in self.headers if header[0] not in _OF_THE_BODY]


def complete(status: str, headers: Headers, body: Iterable[bytes], told: Trace) -> Answer | None:
    """Return what the application answered with its ETag, when all of it is at hand.

    None, and the body is untouched, for anything but a 200; for what is sent from a file or as it
    is made; for what has an ETag already, or must not be stored.
    """
    fields = {name.lower(): value for name, value in headers}
    is_at_hand = "content-length" in fields and not isinstance(body, FileWrapper)
    must_pass = "etag" in fields or "no-store" in fields.get("cache-control", "")
    if not status.startswith("200") or not is_at_hand or must_pass:
        return None
    try:
        content = b"".join(body)
    finally:
        getattr(body, "close", lambda: None)()
    etag = f'"{_digest(fields.get("content-type", ""), content)}"'
    return Answer([*headers, ("ETag", etag)], content, etag, told, _is_shareable(fields, told))


def _digest(content_type: str, content: bytes) -> str:
    # One set of bytes can be two documents: plain text, and the Turtle it is.
    digest = hashlib.blake2b(content_type.encode() + b"\0", digest_size=16)
    digest.update(content)
    return digest.hexdigest()


def _is_shareable(fields: Mapping[str, str], told: Trace) -> bool:
    # What varies with a header of which no choice was told is for this one client.
    varies = {name.strip() for name in fields.get("vary", "").lower().split(",")} - {""}
    return varies <= ({"accept"} if told.choices else set()) and "set-cookie" not in fields
