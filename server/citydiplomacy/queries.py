"""The query files: each a question, a test, a page and an example at once.

A query file opens with a header of comment lines `# key: value` (`title` always; `reader`,
`about`, `answer`, `repair` … where they apply). It runs unchanged in any SPARQL 1.1 engine: what
it asks about stands in a line `VALUES ?city { city:taipei }`, which `about` replaces.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from citydiplomacy import paths
from citydiplomacy.errors import CityDiplomacyError

_HEADER = re.compile(r"# (?P<key>[a-z]+): (?P<value>.+)")
_VALUES = re.compile(r"VALUES \?(?P<variable>\w+) \{(?P<terms>[^{}]*)\}")
_PREFIX = re.compile(r"PREFIX\s+([\w-]*):\s*<([^<>]*)>", re.IGNORECASE)
# What SPARQL allows between < and >: nothing in it can end the IRI and start something else.
_IRI = re.compile(r"[^\x00-\x20<>\"{}|^`\\]+")


class UnusableQueryError(CityDiplomacyError):
    """A query file, or an IRI to put into a query, is not what it has to be."""


@dataclass(frozen=True)
class NamedQuery:
    """One query file: its name (path below `queries/` without suffix), header and text."""

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
    def parameters(self) -> dict[str, tuple[str, ...]]:
        """The variables one can ask about, each with the IRIs the file asks about."""
        return {
            found["variable"]: tuple(map(self._expanded, found["terms"].split()))
            for found in _VALUES.finditer(self.text)
        }

    def about(self, **iris: str | Iterable[str]) -> str:
        """Return the text with the `VALUES` line of each variable given replaced.

        Raises:
            UnusableQueryError: the file has no such line, or a value is not an IRI.
        """
        text = self.text
        for variable, given in iris.items():
            values = [given] if isinstance(given, str) else list(given)
            text = self._replace(text, variable, values)
        return text

    def _expanded(self, term: str) -> str:
        if term.startswith("<"):
            return term.strip("<>")
        prefix, _, local = term.partition(":")
        return self.prefixes.get(prefix, f"{prefix}:") + local

    def _replace(self, text: str, variable: str, values: list[str]) -> str:
        if variable not in self.parameters:
            raise UnusableQueryError(f"{self.name} has no line VALUES ?{variable} {{ … }}.")
        for iri in values:
            if not _IRI.fullmatch(iri):
                raise UnusableQueryError(f"{iri!r} is not an IRI.")
        line = f"VALUES ?{variable} {{ {' '.join(f'<{iri}>' for iri in values)} }}"
        return re.sub(rf"VALUES \?{variable} \{{[^{{}}]*\}}", lambda _: line, text)


def read(file: Path, folder: Path) -> NamedQuery:
    """Return the query in a file below the folder."""
    text = file.read_text("utf-8")
    header = {}
    for line in text.splitlines():
        found = _HEADER.fullmatch(line)
        if found:
            header[found["key"]] = found["value"].strip()
        elif not line.startswith("#"):
            break
    name = file.relative_to(folder).with_suffix("").as_posix()
    if "title" not in header:
        raise UnusableQueryError(f"{file}: no title. Begin the file with a line `# title: …`.")
    return NamedQuery(name, header, text)


def load(part: str = "", root: Path | None = None) -> dict[str, NamedQuery]:
    """Return the queries below `queries/<part>`, by name relative to that folder, sorted."""
    folder = (root or paths.root()) / "queries" / part
    found = (read(file, folder) for file in sorted(folder.rglob("*.rq")))
    return {query.name: query for query in found}
