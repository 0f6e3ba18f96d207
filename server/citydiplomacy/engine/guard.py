"""What a query's text must not be, found before any engine sees it.

The guard gives early and readable answers; safety rests on the process that evaluates, not here.
Its time is proportional to the text.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from citydiplomacy import namespaces
from citydiplomacy.engine import Form
from citydiplomacy.engine.reading import Reading
from citydiplomacy.engine.tokens import Shape, shape, tokens
from citydiplomacy.errors import QuerySyntaxError, QueryTooLongError
from citydiplomacy.settings import Settings

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_FORMS = "SELECT, ASK, CONSTRUCT or DESCRIBE, after its prefixes"


_REMEMBERED, _MEMORABLE = 300, 200
"""Shapes of good queries remembered, and how many tokens they have at most."""


class Kind(NamedTuple):
    """What a good query is like."""

    form: Form
    is_new_each_time: bool
    """Whether it asks for the time, or for chance: its answer is good only once."""


def check(text: str, settings: Settings) -> Form:
    """Return the form of the query.

    Raises:
        QueryError: the query is too long or too complex, or no query that is answered here.
    """
    return kind(text, settings).form


# The endpoint needs the form to choose a format, and the engine's client checks again.
@lru_cache(maxsize=64)
def kind(text: str, settings: Settings) -> Kind:
    """Return what the query is like.

    Raises:
        QueryError: the query is too long or too complex, or no query that is answered here.
    """
    if len(text.encode("utf-8", "surrogatepass")) > settings.query_length:
        raise QueryTooLongError(
            f"The query is longer than {settings.query_length} bytes.",
            "Put values into several queries, or shorten it with prefixes.",
            "query_length",
            settings.query_length,
        )
    unprintable = _UNPRINTABLE.search(text)
    if unprintable:
        code = f"U+{ord(unprintable.group()):04X}"
        raise _syntax_error(f"the character {code} cannot stand here", text, unprintable.start())
    # Programs send the same query with other constants; to read each anew costs as much as its
    # answer.
    known = _known(settings)
    its_shape = shape(text)
    if its_shape in known:
        return known[its_shape]
    found = _read(text, settings)
    if len(its_shape) <= _MEMORABLE:
        if len(known) >= _REMEMBERED:
            known.clear()
        known[its_shape] = found
    return found


@lru_cache(maxsize=8)
def _known(_settings: Settings) -> dict[Shape, Kind]:
    return {}


def _read(text: str, settings: Settings) -> Kind:
    reading = Reading(settings)
    for token in tokens(text):
        reading.take(token)
    if reading.form is None:
        raise _syntax_error(f"a query begins with {_FORMS}", text, reading.place)
    if reading.undeclared:
        prefix, place = next(iter(reading.undeclared.items()))
        raise _syntax_error(_missing_prefix(prefix), text, place)
    return Kind(reading.form, reading.is_new_each_time)


def _missing_prefix(prefix: str) -> str:
    iri = namespaces.PREFIXES.get(prefix, "…")
    return f"the prefix {prefix}: is not declared; begin with PREFIX {prefix}: <{iri}>"


def _syntax_error(reason: str, text: str, place: int) -> QuerySyntaxError:
    line = text.count("\n", 0, place) + 1
    column = place - text.rfind("\n", 0, place)
    return QuerySyntaxError(f"Line {line}, column {column}: {reason}.", line, column)
