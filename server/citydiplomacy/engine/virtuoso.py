"""What Virtuoso does otherwise than SPARQL 1.1 says, as far as an answer could be wrong by it.

It cuts results at its own limits and answers 200; for rows it says so in headers, for graphs it
says nothing. It names blank nodes as if they were IRIs.
"""

import re
from email.message import Message

from citydiplomacy.errors import EngineUnavailableError, QueryTimeoutError, ResultTooLargeError

LIMIT_PROBE = """
SELECT ?a {
    { SELECT ?a { ?a ?b ?c } LIMIT 150 }
    { SELECT ?d { ?d ?e ?f } LIMIT 150 }
} LIMIT 20001
"""
"""Has more rows than the default limit of Virtuoso, over whatever data: it has some of its own."""

TRUSTED_TRIPLES = 20_000
"""A graph with more may have been cut at a limit that the probe does not reach."""

_MAX_ROWS = "X-SPARQL-MaxRows"
_STATES = ("X-SQL-State", "X-SQL-Message")
# Virtuoso writes type and value in this order. No literal holds these bytes: in there, quotation
# marks have a backslash before them.
_NODE = re.compile(rb'("bnode"\s*,\s*"value"\s*:\s*")nodeID://')
_NODE_LENGTH = 64


def is_sender(headers: Message) -> bool:
    """Tell whether Virtuoso wrote the answer."""
    return "Virtuoso" in headers.get("Server", "")


def cuts(headers: Message) -> bool:
    """Tell whether the result was cut at a number of rows."""
    return _MAX_ROWS in headers


def check_is_whole(headers: Message) -> None:
    """Refuse a result that the headers call a part of one.

    Raises:
        QueryTimeoutError: it was cut at a time limit of the store.
        ResultTooLargeError: it was cut at a row limit of the store.
    """
    if cuts(headers):
        raise ResultTooLargeError(
            f"The store behind this endpoint cuts results at {_number(headers[_MAX_ROWS])} rows.",
            "Add LIMIT with less than that, and ask with OFFSET for the rest.",
        )
    if any(name in headers for name in _STATES):
        raise QueryTimeoutError(
            "The store behind this endpoint stopped before the result was complete.",
            "Ask about fewer nodes at once, or share a variable between all patterns.",
        )


def untrusted_graph() -> EngineUnavailableError:
    """Return the error of a store that may cut graphs without a word."""
    return EngineUnavailableError(
        "The store behind this endpoint cuts graphs without saying so.",
        "Ask with SELECT, whose results are whole or refused.",
    )


def too_many_triples() -> ResultTooLargeError:
    """Return the error of a graph so large that it may have been cut without a word."""
    return ResultTooLargeError(
        f"The result has more than {TRUSTED_TRIPLES} triples, which the store may have cut.",
        "Ask for fewer triples at once, or with SELECT.",
    )


def relabelled(text: bytes) -> bytes:
    """Return rows in JSON with blank nodes named as SPARQL names them."""
    return _NODE.sub(rb"\1", text)


def divided(text: bytes) -> tuple[bytes, bytes]:
    """Return what can be relabelled now, and what may be the beginning of a blank node."""
    begun = text.rfind(b"{", max(0, len(text) - _NODE_LENGTH))
    cut = len(text) if begun < 0 else begun
    return text[:cut], text[cut:]


def _number(text: str) -> str:
    return text if text.isascii() and text.isdigit() else "some number of"
