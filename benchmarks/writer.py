"""Lines of N-Quads: what is stated of nodes, and what our rules derive from that.

Terms are strings as N-Quads spells them; joining strings is what makes ten million lines a matter
of minutes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from citydiplomacy.namespaces import BASE, CD, CURATED, DERIVED, PREFIXES, VOCAB

Statement = tuple[str, str]
"""A predicate and a value."""

_DECIMALS = 6


class Part(NamedTuple):
    """Some lines, and how many of them are stated and derived."""

    text: bytes
    stated: int
    derived: int


@cache
def cd(term: str) -> str:
    """Return a term of our ontology."""
    return f"<{CD}{term}>"


def entity(kind: str, slug: str) -> str:
    """Return one of our entities."""
    return f"<{BASE}{kind}/{slug}>"


def concept(scheme: str, name: str) -> str:
    """Return a concept of one of our vocabularies."""
    return f"<{VOCAB}{scheme}#{name}>"


def text(words: str, language: str = "") -> str:
    """Return a literal; the words need no escape."""
    return f'"{words}"@{language}' if language else f'"{words}"'


def number(value: int) -> str:
    """Return an integer."""
    return f'"{value}"^^<{PREFIXES["xsd"]}integer>'


def decimal(millionths: int) -> str:
    """Return a decimal in its canonical form."""
    value = f"{millionths / 10**_DECIMALS:.{_DECIMALS}f}".rstrip("0").rstrip(".")
    return f'"{value}"^^<{PREFIXES["xsd"]}decimal>'


RDF_TYPE = f"<{PREFIXES['rdf']}type>"
EVIDENCE, SUPPORTS, SUPPORTS_VALUE = cd("evidence"), cd("supportsProperty"), cd("supportsValue")
_YEARS = {
    cd("startDate"): cd("startYear"),
    cd("endDate"): cd("endYear"),
    cd("date"): cd("year"),
}


@dataclass
class Writer:
    """Collects lines; `above` names the classes and properties of ours above each of ours."""

    above: Mapping[str, Sequence[str]]
    _lines: list[str] = field(default_factory=list)
    _stated: int = 0

    def state(self, subject: str, predicate: str, value: str) -> None:
        """Write what somebody states."""
        self._lines.append(f"{subject} {predicate} {value} <{CURATED}> .\n")
        self._stated += 1

    def derive(self, subject: str, predicate: str, value: str) -> None:
        """Write what a rule derives, and what follows from it by the properties above."""
        self._lines.append(f"{subject} {predicate} {value} <{DERIVED}> .\n")
        for above in self.above.get(predicate, ()):
            self._lines.append(f"{subject} {above} {value} <{DERIVED}> .\n")

    def node(self, subject: str, kind: str, statements: Sequence[Statement]) -> None:
        """Write a node with its statements, the classes and properties above, and years."""
        self.state(subject, RDF_TYPE, kind)
        for above in self.above.get(kind, ()):
            self.derive(subject, RDF_TYPE, above)
        for predicate, value in statements:
            self.state(subject, predicate, value)
            for above in self.above.get(predicate, ()):
                self.derive(subject, above, value)
            if predicate in _YEARS and value[1:5].isdigit() and value[5] in {"-", '"'}:
                self.derive(subject, _YEARS[predicate], number(int(value[1:5])))

    def evidence(
        self, of: str, passage: str, about: Sequence[Statement], backed: Sequence[Statement]
    ) -> None:
        """Write the evidence of a node: what is said about it, and the statements it backs."""
        self.state(of, EVIDENCE, passage)
        supports = [
            (SUPPORTS, each) for each in dict.fromkeys(predicate for predicate, _ in backed)
        ]
        self.node(passage, cd("Evidence"), [*about, *supports])
        for value in dict.fromkeys(value for _, value in backed):
            self.derive(passage, SUPPORTS_VALUE, value)

    def part(self) -> Part:
        """Return what was written."""
        written = "".join(self._lines).encode()
        return Part(written, self._stated, len(self._lines) - self._stated)
