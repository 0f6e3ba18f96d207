"""Triple Pattern Fragments: the triples that fit a pattern, a page at a time, and how many fit.

A pattern is read from an address: an IRI stands as it is, a literal in quotes with its language or
datatype behind it (`"Taipei"@en`, `"1961"^^http://www.w3.org/2001/XMLSchema#integer`); what is
left out, or begins with a question mark, may be anything.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from citydiplomacy.engine import Engine, Query, rows
from citydiplomacy.engine.rows import Solutions
from citydiplomacy.errors import BadParameterError, UnknownEntityError
from citydiplomacy.formats import JSON_ROWS, NTRIPLES
from citydiplomacy.namespaces import PREFIXES
from citydiplomacy.queries import Literal, NamedQuery, UnusableQueryError

Term = str | Literal
"""An IRI or a literal."""

_RESOURCES = ("subject", "predicate")
_STRING = f"{PREFIXES['xsd']}string"
_REPAIR = 'Write an IRI in full, a text as "Taipei"@en, a number as "5"^^ and the IRI of its type.'
_OFFSET = "OFFSET 0"
_SHOWN = 100
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.+", re.DOTALL)
_BEHIND = re.compile(
    r"(?:@(?P<language>[^^]+)|\^\^(?P<open><)?(?P<datatype>[A-Za-z][A-Za-z0-9+.-]*:[^<>]+)(?(open)>))?"
)
_PAGE = re.compile(r"[1-9]\d{0,6}", re.ASCII)
_REMEMBERED = 10_000
_TRIPLES, _COUNT = "fragments/triples", "fragments/count"


@dataclass(frozen=True)
class Pattern:
    """What triples have to have; None may be anything."""

    subject: str | None = None
    predicate: str | None = None
    object: Term | None = None

    @property
    def terms(self) -> dict[str, Term]:
        """What has to be there, by its place in a triple."""
        places = {place.name: getattr(self, place.name) for place in fields(self)}
        return {place: term for place, term in places.items() if term is not None}


@dataclass(frozen=True)
class Fragment:
    """A page of the triples that fit a pattern, as N-Triples in the order of the store."""

    ntriples: str
    total: int
    """How many triples fit, on all pages."""
    page: int
    size: int
    """How many triples stand on a page."""

    @property
    def pages(self) -> int:
        """How many pages there are; one when nothing fits."""
        return max(1, -(-self.total // self.size))


class Fragments:
    """The fragments of one release; what was counted once is remembered, for it does not change."""

    def __init__(self, engine: Engine, queries: Mapping[str, NamedQuery]) -> None:
        self._engine = engine
        self._triples, self._count = queries[_TRIPLES], queries[_COUNT]
        self._size = int(self._triples.header["limit"])
        self._totals: dict[bytes, int] = {}

    def page(self, pattern: Pattern, number: int, client: str = "") -> Fragment:
        """Return one page, from 1; `client` is whose budget pays for it.

        Raises:
            UnknownEntityError: there is no such page.
            QueryError: the client has asked for too much, or a term is too long.
        """
        total = self._total(_about(self._count, pattern), client)
        pages = Fragment("", total, 1, self._size).pages
        if number > pages:
            raise UnknownEntityError(
                f"There is no page {number}.", f"The last page of this pattern is {pages}."
            )
        # The last one: a literal may hold the same words.
        before, _, _ = _about(self._triples, pattern).rpartition(_OFFSET)
        text = f"{before}OFFSET {(number - 1) * self._size}"
        result = self._engine.run(Query(text), NTRIPLES.media_type, "public", client)
        return Fragment(result.read().decode(), total, number, self._size)

    def _total(self, text: str, client: str) -> int:
        # A digest, because a literal may be long.
        key = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        known = self._totals.get(key)
        if known is None:
            body = self._engine.run(Query(text), JSON_ROWS.media_type, "public", client).read()
            found = rows.read(body)
            known = int(found.rows[0]["triples"].value) if isinstance(found, Solutions) else 0
            if len(self._totals) >= _REMEMBERED:
                self._totals.clear()
            self._totals[key] = known
        return known


def read(arguments: Mapping[str, Sequence[str]]) -> tuple[Pattern, int]:
    """Return the pattern that the arguments of an address ask for, and the number of the page.

    Raises:
        BadParameterError: one of them cannot be read, or is given twice.
    """
    subject, predicate = (_iri(place, _single(arguments, place)) for place in _RESOURCES)
    given = _single(arguments, "object")
    object_: Term | None = _literal(given) if given.startswith('"') else _iri("object", given)
    page = _single(arguments, "page") or "1"
    if not _PAGE.fullmatch(page):
        raise BadParameterError(f"“{page[:_SHOWN]}” is no number of a page.", "Pages begin at 1.")
    return Pattern(subject, predicate, object_), int(page)


def written(term: Term) -> str:
    """Return a term as it stands in an address."""
    if isinstance(term, str):
        return term
    ending = f"^^{term.datatype}" if term.datatype else f"@{term.language}" if term.language else ""
    return f'"{term.text}"{ending}'


def _about(query: NamedQuery, pattern: Pattern) -> str:
    try:
        return query.about(**pattern.terms)
    except UnusableQueryError as error:
        raise BadParameterError(
            f"A term of the pattern cannot be used: {error}", _REPAIR
        ) from error


def _single(arguments: Mapping[str, Sequence[str]], name: str) -> str:
    given = arguments.get(name, ("",))
    if len(given) > 1:
        raise BadParameterError(f"There is more than one {name}.", "Give one, or none for any.")
    return given[0]


def _iri(place: str, text: str) -> str | None:
    if not text or text.startswith("?"):
        return None
    iri = text[1:-1] if text.startswith("<") and text.endswith(">") else text
    shown = iri[:_SHOWN]
    if iri.startswith("_:"):
        raise BadParameterError(
            f"{shown} is a blank node, which has no name outside of the answer it stands in.",
            f"Leave the {place} out, and look among the triples that fit.",
        )
    if not _ABSOLUTE.fullmatch(iri):
        raise BadParameterError(f"“{shown}” as {place} is not an absolute IRI.", _REPAIR)
    return iri


def _literal(text: str) -> Literal:
    # Quotes within the text are not escaped: it ends with the last one.
    value, quote, behind = text[1:].rpartition('"')
    found = _BEHIND.fullmatch(behind)
    if not quote or found is None:
        raise BadParameterError(f"“{text[:_SHOWN]}” is no literal.", _REPAIR)
    datatype = found["datatype"] or ""
    return Literal(value, found["language"] or "", "" if datatype == _STRING else datatype)
