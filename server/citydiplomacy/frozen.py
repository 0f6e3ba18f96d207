"""Frozen results: a query, a version of the data and the digest of what it answers, to be cited.

The address holds all three, so that nothing is kept of whoever froze it.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from citydiplomacy import queries
from citydiplomacy.engine import Engine, Form, Query, canonical, guard
from citydiplomacy.engine.canonical import Canonical
from citydiplomacy.errors import QueryRefusedError, QueryTooLongError, ResultTooLargeError
from citydiplomacy.namespaces import BASE
from citydiplomacy.settings import Settings

LONGEST = 5_000_000
"""Bytes of a result that can be frozen: two of them are held side by side."""

LONGEST_ADDRESS = 8_000
"""Characters of an address that everybody is asked to take (RFC 9110, section 4.1)."""

_UNTITLED = "Result of a query"


@dataclass(frozen=True)
class Frozen:
    """A frozen result as its address holds it."""

    query: str
    version: str
    digest: str

    @property
    def path(self) -> str:
        """The path of the address, without the query."""
        return f"/frozen/{self.version}/{self.digest}"

    @property
    def parameters(self) -> str:
        """The query as it stands in the address, with the question mark."""
        return f"?{urlencode({'query': self.query}, safe='/:?')}"

    @property
    def iri(self) -> str:
        """The permanent address."""
        return f"{BASE}{self.path.lstrip('/')}{self.parameters}"

    @property
    def name(self) -> str:
        """What the query calls itself in a line `# title: …` at its beginning, if it does."""
        return queries.header(self.query).get("title", "")

    def title(self, found: Canonical) -> str:
        """Return what a citation calls it, with how much was found."""
        told = f"{_UNTITLED}: {in_words(found)}"
        return f"{self.name} ({told[:1].lower()}{told[1:]})" if self.name else told


@dataclass(frozen=True)
class Report:
    """What became of a frozen result."""

    frozen: Frozen
    then: Canonical
    """What the version that it was frozen in answers, asked again."""
    now: Canonical | None
    """What is answered today; None where that is not compared."""

    @property
    def holds(self) -> bool:
        """Whether that version answers as it did."""
        return self.then.digest == self.frozen.digest

    @property
    def is_same(self) -> bool:
        """Whether today's answer is the same."""
        return self.now is not None and self.now.digest == self.then.digest


def form_of(text: str, settings: Settings) -> Form:
    """Return the form of a query whose result can be frozen.

    Raises:
        QueryError: it cannot be, or is no query that is answered here.
    """
    kind = guard.kind(text, settings)
    if kind.is_new_each_time:
        raise QueryRefusedError(
            "What it finds is new each time, for it asks for the time or for chance.",
            "Write the value into the query in place of NOW, RAND, UUID or STRUUID.",
        )
    return kind.form


def answer(engine: Engine, text: str, form: Form, client: str) -> Canonical:
    """Return what an engine answers to a query of that form.

    Raises:
        RequestError: it does not, or the answer is too long, or has no canonical form.
    """
    result = engine.run(Query(text), canonical.format_of(form).media_type, "public", client)
    with result.body as body:
        if result.length > LONGEST:
            raise ResultTooLargeError(
                f"The result has {result.length} bytes; up to {LONGEST} can be frozen.",
                "Ask for fewer rows or columns, or cite the version itself, which holds all.",
            )
        return canonical.read(body.read(), form)


def frozen(text: str, version: str, found: Canonical) -> Frozen:
    """Return a result frozen.

    Raises:
        QueryTooLongError: its address would be too long to travel everywhere.
    """
    made = Frozen(text, version, found.digest)
    if len(made.iri) > LONGEST_ADDRESS:
        raise QueryTooLongError(
            f"The address of the frozen result would have {len(made.iri)} characters; "
            f"up to {LONGEST_ADDRESS} are taken everywhere.",
            "Shorten the query: declare prefixes, and leave out comments and blank space.",
        )
    return made


def in_words(found: Canonical) -> str:
    """Return how much was found: 12 rows, 1 triple, yes."""
    if found.form == "ask":
        return "yes" if found.rows[0].line == "true" else "no"
    return counted(found, len(found.rows))


def counted(found: Canonical, count: int) -> str:
    """Return so many rows of a result in words, or triples where they are of a graph."""
    one, many = ("row", "rows") if found.form == "select" else ("triple", "triples")
    return f"{count:,} {one if count == 1 else many}"
