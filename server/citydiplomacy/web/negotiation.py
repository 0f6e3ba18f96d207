"""Which format a client wants: HTTP content negotiation over the tables of `formats`."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_list_header, parse_options_header

from citydiplomacy.errors import NotAcceptableError
from citydiplomacy.formats import BIBLIOGRAPHY, Format
from citydiplomacy.web import trace

_LONG_HEADER = 1000
"""Characters of a header that is not worth being remembered; browsers send some hundred."""

_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")


def choose(header: str, formats: Sequence[Format]) -> Format:
    """Return the format that suits an Accept header best; the first of equals.

    Raises:
        NotAcceptableError: the header excludes them all.
    """
    chosen = preferred(header, formats)
    if chosen is None:
        offered = ", ".join(format_.media_type for format_ in formats)
        raise NotAcceptableError(
            f"None of the formats in “Accept: {header}” is offered here.",
            f"Ask for one of: {offered}.",
        )
    return chosen


def preferred(header: str, formats: Sequence[Format]) -> Format | None:
    """Return the format that suits an Accept header best, or None when none does.

    The trace of the request is told, so that a cache knows what the answer depends on.
    """
    offered = tuple(formats)
    chosen = best(header, offered)
    trace.here().choices.append((offered, chosen))
    return chosen


def best(header: str, formats: tuple[Format, ...]) -> Format | None:
    """Return the format that suits an Accept header best, or None, and tell nobody."""
    return (_best if len(header) > _LONG_HEADER else _remembered)(header, formats)


def _best(header: str, formats: tuple[Format, ...]) -> Format | None:
    wanted = accepted(header)
    named = {media_type.lower() for media_type in wanted.values()}
    offers: dict[str, Format] = {}
    for format_ in formats:
        offers[format_.media_type] = format_
        for alias in format_.aliases:
            # An alias counts where the client names it: a wildcard means our own media types.
            if alias in named:
                offers.setdefault(alias, format_)
    found = wanted.best_match(offers)
    return offers[found] if found else None


_remembered = lru_cache(maxsize=1000)(_best)


def accepted(header: str) -> MIMEAccept:
    """Return what an Accept header accepts; none, or an empty one, accepts everything.

    Parameters other than q are dropped, because `text/turtle;charset=utf-8` means `text/turtle`,
    but for the style of a citation; a malformed q counts as 1, because the client named the type.
    """
    entries = (parse_options_header(entry) for entry in parse_list_header(header))
    found = [
        (_with_style(media_type, options), _quality(options.get("q", "1")))
        for media_type, options in entries
    ]
    return MIMEAccept(found or [("*/*", 1.0)])


def _with_style(media_type: str, options: Mapping[str, str]) -> str:
    style = options.get("style")
    return f"{media_type}; style={style}" if style and media_type == BIBLIOGRAPHY else media_type


def _quality(text: str) -> float:
    return float(text) if _QUALITY.fullmatch(text.strip()) else 1.0
