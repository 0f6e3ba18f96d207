"""Addresses of ours as they may stand in headers and in data: quoted, whatever was sent."""

from urllib.parse import quote

# What a query string may hold beside letters and digits: it is quoted already.
_MARKS = "!$&'()*+,;=:@/?%"


def query(asked: str | bytes) -> str:
    """Return a query string with its question mark; nothing where nothing is asked."""
    return f"?{quote(asked, safe=_MARKS)}" if asked else ""


def local(path: str, asked: str | bytes) -> str:
    """Return the address of a path on this service, with its query string."""
    return quote(path) + query(asked)
