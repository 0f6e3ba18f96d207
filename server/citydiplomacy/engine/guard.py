"""What a query's text must not be, found before any engine sees it.

The guard gives early and readable answers; safety rests on the process that evaluates, not here.
Its time is proportional to the text.
"""

import re
from functools import lru_cache

from citydiplomacy import namespaces
from citydiplomacy.engine import Form
from citydiplomacy.engine.reading import Reading
from citydiplomacy.engine.tokens import tokens
from citydiplomacy.errors import QuerySyntaxError, QueryTooLongError
from citydiplomacy.settings import Settings

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_FORMS = "SELECT, ASK, CONSTRUCT or DESCRIBE, after its prefixes"


# The endpoint needs the form to choose a format, and the engine's client checks again.
@lru_cache(maxsize=64)
def check(text: str, settings: Settings) -> Form:
    """Return the form of the query.

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
    reading = Reading(settings)
    for token in tokens(text):
        reading.take(token)
    if reading.form is None:
        raise _syntax_error(f"a query begins with {_FORMS}", text, reading.place)
    if reading.undeclared:
        prefix, place = next(iter(reading.undeclared.items()))
        raise _syntax_error(_missing_prefix(prefix), text, place)
    return reading.form


def _missing_prefix(prefix: str) -> str:
    iri = namespaces.PREFIXES.get(prefix, "…")
    return f"the prefix {prefix}: is not declared; begin with PREFIX {prefix}: <{iri}>"


def _syntax_error(reason: str, text: str, place: int) -> QuerySyntaxError:
    line = text.count("\n", 0, place) + 1
    column = place - text.rfind("\n", 0, place)
    return QuerySyntaxError(f"Line {line}, column {column}: {reason}.", line, column)
