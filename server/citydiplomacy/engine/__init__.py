"""The query engine: a query, its dataset, a format and limits go in; a finished result comes out.

Nothing in here is specific to city diplomacy. `LocalEngine` asks the engine process of this
machine; other implementations of `Engine` may ask any SPARQL 1.1 service.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol, runtime_checkable

Form = Literal["select", "ask", "construct", "describe"]
Lane = Literal["public", "pages"]
"""Queries of our own pages have workers of their own: no visitor can hold them up."""


@dataclass(frozen=True)
class Query:
    """A SPARQL query with its protocol dataset; None in both lists means: as the text says."""

    text: str
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Result:
    """A finished result: `body` stands at its start and holds exactly `length` bytes."""

    body: BinaryIO
    length: int

    def read(self) -> bytes:
        """Return the whole result and close it."""
        with self.body:
            return self.body.read()


class Engine(Protocol):
    """Whatever answers queries; raises `errors.QueryError` or `errors.EngineError`."""

    def run(self, query: Query, media_type: str, lane: Lane = "public", client: str = "") -> Result:
        """Return the finished result in the format of that media type.

        `client` is whose budget pays for it; nobody's when it is empty.
        """


@runtime_checkable
class Batching(Protocol):
    """An engine that answers several queries in one go, for the price of one way there and back."""

    def run_all(self, texts: Sequence[str]) -> Result:
        """Return what each of the queries of a page finds: a JSON array of SPARQL JSON results."""


@runtime_checkable
class Measured(Protocol):
    """An engine that counts what it does, and what others tell it."""

    def measures(self, counts: Mapping[str, int]) -> bytes:
        """Return all that was counted, in the words of Prometheus; take note of the counts."""
