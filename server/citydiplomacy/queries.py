"""The query files: each a question, a test, a page and an example at once.

A query file opens with a header of comment lines `# key: value` (`title` always; `reader`,
`about`, `answer`, `repair` … where they apply). It runs unchanged in any SPARQL 1.1 engine: what
it asks about stands in a line `VALUES ?city { city:taipei }`, which `about` replaces. Where such a
line is a comment, the query asks about all, and `about` makes the line count.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from citydiplomacy import paths
from citydiplomacy.errors import CityDiplomacyError

_HEADER = re.compile(r"# (?P<key>[a-z]+): (?P<value>.+)")
_VALUES = re.compile(r"(?P<mark># )?VALUES \?(?P<variable>\w+) \{(?P<terms>[^{}]*)\}")
_PREFIX = re.compile(r"PREFIX\s+([\w-]*):\s*<([^<>]*)>", re.IGNORECASE)
# What SPARQL allows between < and >: nothing in it can end the IRI and start something else.
_IRI = re.compile(r"[^\x00-\x20<>\"{}|^`\\]+")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"})


class UnusableQueryError(CityDiplomacyError):
    """A query file, or an IRI to put into a query, is not what it has to be."""


class Literal(NamedTuple):
    """A literal to be asked about: its text, and its language or the IRI of its datatype."""

    text: str
    language: str = ""
    datatype: str = ""


Asked = str | int | Literal
"""What a query can be asked about: an IRI, a whole number, or a literal."""


@dataclass(frozen=True)
class NamedQuery:
    """One query file: its name (path below `queries/` without suffix), header and text.

    A key that stands in several lines of the header has them all, one below the other.
    """

    name: str
    header: Mapping[str, str]
    text: str

    @property
    def slug(self) -> str:
        """The last part of the name."""
        return self.name.rpartition("/")[2]

    @property
    def title(self) -> str:
        """The question in words."""
        return self.header["title"]

    @cached_property
    def prefixes(self) -> dict[str, str]:
        """The namespaces the text declares, by prefix without its colon."""
        return dict(_PREFIX.findall(self.text))

    @cached_property
    def needs(self) -> frozenset[str]:
        """The properties without which of any it finds nothing; empty when it says nothing of that.

        Each is an IRI; one that leads to what is asked about has a `^` before it, as in a path.
        """
        return frozenset(map(self._needed, self.header.get("needs", "").split()))

    @cached_property
    def parameters(self) -> dict[str, tuple[str, ...]]:
        """The variables one can ask about, each with the IRIs the file asks about."""
        return self._asked(is_comment=False)

    @cached_property
    def narrowings(self) -> dict[str, tuple[str, ...]]:
        """The variables one can ask about where the file asks about all, each with an example."""
        return self._asked(is_comment=True)

    def about(self, **values: Asked | Iterable[Asked]) -> str:
        """Return the text with the `VALUES` line of each variable given replaced.

        Args:
            values: By variable, one IRI, number or literal, or several.

        Raises:
            UnusableQueryError: the file has no such line, or a value is none of these.
        """
        lines = {variable: self._line(variable, given) for variable, given in values.items()}
        return "".join(lines.get(variable, text) for variable, text in self._pieces)

    def _asked(self, *, is_comment: bool) -> dict[str, tuple[str, ...]]:
        return {
            found["variable"]: tuple(map(self._expanded, found["terms"].split()))
            for found in _VALUES.finditer(self.text)
            if bool(found["mark"]) is is_comment
        }

    def _needed(self, term: str) -> str:
        inward = "^" if term.startswith("^") else ""
        return inward + self._expanded(term.removeprefix("^"))

    def _expanded(self, term: str) -> str:
        if term.startswith("<") or term.isdecimal():
            return term.strip("<>")
        prefix, _, local = term.partition(":")
        return self.prefixes.get(prefix, f"{prefix}:") + local

    @cached_property
    def _pieces(self) -> list[tuple[str, str]]:
        """The text in pieces: each `VALUES` line with its variable, what is between with none."""
        pieces, end = [], 0
        for found in _VALUES.finditer(self.text):
            pieces += [("", self.text[end : found.start()]), (found["variable"], found[0])]
            end = found.end()
        return [*pieces, ("", self.text[end:])]

    def _line(self, variable: str, given: Asked | Iterable[Asked]) -> str:
        if all(variable != known for known, _ in self._pieces):
            raise UnusableQueryError(f"{self.name} has no line VALUES ?{variable} {{ … }}.")
        values = [given] if isinstance(given, Asked) else given
        return f"VALUES ?{variable} {{ {' '.join(map(_term, values))} }}"


def _term(value: Asked) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Literal):
        return _literal(value)
    if not _IRI.fullmatch(value):
        raise UnusableQueryError(f"{value!r} is not an IRI.")
    return f"<{value}>"


def _literal(value: Literal) -> str:
    text = f'"{value.text.translate(_ESCAPED)}"'
    if value.datatype:
        return f"{text}^^{_term(value.datatype)}"
    if value.language and not _LANGUAGE.fullmatch(value.language):
        raise UnusableQueryError(f"{value.language!r} is not a language.")
    return f"{text}@{value.language}" if value.language else text


def read(file: Path, folder: Path) -> NamedQuery:
    """Return the query in a file below the folder."""
    text = file.read_text("utf-8")
    told = header(text)
    name = file.relative_to(folder).with_suffix("").as_posix()
    if "title" not in told:
        raise UnusableQueryError(f"{file}: no title. Begin the file with a line `# title: …`.")
    return NamedQuery(name, told, text)


def header(text: str) -> dict[str, str]:
    """Return what a query says of itself in the comments that it opens with, by key."""
    told: dict[str, str] = {}
    for line in text.splitlines():
        found = _HEADER.fullmatch(line)
        if found:
            key, value = found["key"], found["value"].strip()
            told[key] = f"{told[key]}\n{value}" if key in told else value
        elif not line.startswith("#"):
            break
    return told


def bare(text: str) -> str:
    """Return a query without what it says of itself in the beginning, but for its title."""
    lines = text.splitlines(keepends=True)
    told = list(takewhile(lambda line: line.startswith("#"), lines))
    kept = [line for line in told if line.startswith("# title:") or not _HEADER.match(line)]
    return "".join([*kept, *lines[len(told) :]])


def load(part: str = "", root: Path | None = None) -> dict[str, NamedQuery]:
    """Return the queries below `queries/<part>`, by name relative to that folder, sorted."""
    folder = (root or paths.root()) / "queries" / part
    found = (read(file, folder) for file in sorted(folder.rglob("*.rq")))
    return {query.name: query for query in found}
