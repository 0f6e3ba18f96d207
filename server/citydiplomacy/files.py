"""The Turtle files of a tree: found, read, and pointed at by line."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from citydiplomacy.errors import CheckFailedError, Problem
from citydiplomacy.namespaces import BASE, CURATED, IMPORTED, shorten

_DATASET = "dataset.ttl"
_IMPORTED = Path("data/imported")
_PLACE = re.compile(r"^Parser error at [^:]*: ")


@dataclass(frozen=True, eq=False)
class Document:
    """One Turtle file: where it lies below the root, its text and what it states."""

    file: Path
    text: str
    triples: tuple[ox.Triple, ...]
    prefixes: Mapping[str, str]

    @cached_property
    def folder(self) -> Path:
        """The folder whose folders are kinds: `data`, or that of an import below it."""
        parts = self.file.parts
        is_imported = self.file.is_relative_to(_IMPORTED) and len(parts) > len(_IMPORTED.parts) + 1
        return _IMPORTED / parts[len(_IMPORTED.parts)] if is_imported else Path(parts[0])

    @property
    def graph(self) -> str:
        """The named graph of a release in which the statements of a data file stand."""
        return CURATED if self.folder.parent == Path() else f"{IMPORTED}{self.folder.name}"

    @property
    def many(self) -> str:
        """The kind of the entities of which the file has many; empty where it has one.

        What a machine writes by the thousand stands in few files: `city.japan.ttl` of an import.
        """
        is_within = self.folder != Path("data") and self.file.parent == self.folder
        return self.file.name.partition(".")[0] if is_within else ""

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text."""
        return self.text.splitlines()

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """The IRIs that stand as subjects, in the order of the file."""
        subjects = (triple.subject for triple in self.triples)
        return tuple(dict.fromkeys(s.value for s in subjects if isinstance(s, ox.NamedNode)))

    def about(self, subject: str) -> list[ox.Triple]:
        """Return the statements about an IRI, in the order of the file."""
        return self._stated.get(subject, [])

    def objects(self, subject: str, predicate: str) -> list[str]:
        """Return the values that the file states for a property of one node."""
        wanted = ox.NamedNode(predicate)
        return [
            triple.object.value
            for triple in self.about(subject)
            if triple.predicate == wanted and not isinstance(triple.object, ox.Triple)
        ]

    @cached_property
    def _stated(self) -> Mapping[str, list[ox.Triple]]:
        """The statements about each IRI."""
        found: dict[str, list[ox.Triple]] = {}
        for triple in self.triples:
            if isinstance(triple.subject, ox.NamedNode):
                found.setdefault(triple.subject.value, []).append(triple)
        return found

    def line_of(self, iri: str, mention: str | None = None) -> int | None:
        """Return the first line where the IRI is a subject, or mentions something below it."""
        subject = rf"^(?:{self._forms(iri)})"
        start = line = self._search(subject, 0)
        while mention and line:
            # The statements about a subject end where the next one begins in the first column.
            following = self._search(r"^[^\s#.;,\])]", line)
            found = self._search(self._forms(mention), line - 1, following)
            if found:
                return found
            line = self._search(subject, line)
        return start or self._search(self._forms(mention or iri), 0)

    def problem(
        self, message: str, repair: str, at: str | None = None, mention: str | None = None
    ) -> Problem:
        """Return a problem of this file, on the line of a subject or of what it mentions."""
        return Problem(self.file, self.line_of(at, mention) if at else None, message, repair)

    def _forms(self, iri: str) -> str:
        names = [
            f"{prefix}:{iri.removeprefix(namespace)}"
            for prefix, namespace in self.prefixes.items()
            if iri.startswith(namespace)
        ]
        prefixed = "|".join(re.escape(name) for name in names) or r"(?!)"
        return rf"<{re.escape(iri)}>|(?<![\w:-])(?:{prefixed})(?![\w:-]|\.\w)"

    def _search(self, pattern: str, start: int, stop: int | None = None) -> int | None:
        wanted = re.compile(pattern)
        lines = enumerate(self.lines[start : stop and stop - 1], start + 1)
        return next((number for number, line in lines if wanted.search(line)), None)


@dataclass(frozen=True, eq=False)
class Tree:
    """All Turtle files below one root, by the part they play."""

    root: Path
    ontology: tuple[Document, ...] = ()
    vocabularies: tuple[Document, ...] = ()
    examples: tuple[Document, ...] = ()
    shapes: tuple[Document, ...] = ()
    data: tuple[Document, ...] = ()
    dataset: tuple[Document, ...] = ()
    problems: tuple[Problem, ...] = ()
    whole: "Tree | None" = None
    """The tree that this one is a part of."""

    def part(self, data: Iterable[Document]) -> "Tree":
        """Return the tree with some of its data, which knows where all the others stand."""
        return replace(self, data=tuple(data), whole=self.whole or self)

    @property
    def model(self) -> tuple[Document, ...]:
        """The files that define terms: the ontology and its vocabularies."""
        return self.ontology + self.vocabularies

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """Every file that could be read."""
        return self.model + self.examples + self.shapes + self.data + self.dataset

    @cached_property
    def homes(self) -> Mapping[str, Document]:
        """For each node the file that describes it; data goes before everything else."""
        if self.whole:
            return self.whole.homes
        described: dict[str, Document] = {}
        for document in (*self.data, *self.model, *self.examples, *self.shapes):
            for triple in document.triples:
                if not isinstance(triple.subject, ox.Triple):
                    described.setdefault(triple.subject.value, document)
        return described

    @cached_property
    def graphs(self) -> frozenset[str]:
        """The named graphs in which the data is published."""
        return frozenset(document.graph for document in (self.whole or self).data)

    def problem_of(
        self, node: str, message: str, repair: str, mention: str | None = None
    ) -> Problem:
        """Return a problem of a node, placed in the file that describes it."""
        if node in self.homes:
            return self.homes[node].problem(message, repair, node, mention)
        return Problem(Path("data"), None, f"{display(node)}: {message}", repair)


def read(root: Path) -> Tree:
    """Return the tree below the root; files that cannot be read become its `problems`."""
    problems: list[Problem] = []

    def documents(pattern: str) -> tuple[Document, ...]:
        found = []
        for file in sorted(root.glob(pattern)):
            try:
                found.append(parse(root, file))
            except CheckFailedError as error:
                problems.extend(error.problems)
        return tuple(found)

    data = documents("data/**/*.ttl")
    return Tree(
        root=root,
        ontology=documents("ontology/*.ttl"),
        vocabularies=documents("ontology/vocab/*.ttl"),
        examples=documents("ontology/examples/*.ttl"),
        shapes=documents("shapes/*.ttl"),
        data=tuple(document for document in data if not _is_about_graphs(document.file)),
        dataset=tuple(document for document in data if _is_about_graphs(document.file)),
        problems=tuple(problems),
    )


def parse(root: Path, file: Path) -> Document:
    """Return one Turtle file, read.

    Raises:
        CheckFailedError: it is not Turtle as we keep it; the problem says where and why.
    """
    place = file.relative_to(root) if file.is_relative_to(root) else file
    text = _text(place, file.read_bytes())
    # Labels of blank nodes are local to their file, so each gets a label of its own.
    parser = ox.parse(text, format=ox.RdfFormat.TURTLE, rename_blank_nodes=True)
    try:
        triples = tuple(quad.triple for quad in parser)
    except SyntaxError as error:
        reason = _PLACE.sub("", error.msg)
        repair = f"Mend the Turtle at column {error.offset}."
        raise _refusal(place, error.lineno, f"{reason}.", repair) from error
    if not triples:
        raise _refusal(place, None, "the file states nothing.", "Fill it or delete it.")
    return Document(place, text, triples, dict(parser.prefixes))


def _is_about_graphs(file: Path) -> bool:
    """Tell whether a file says something about the dataset: as a whole, or about an import."""
    return file.name == _DATASET and file.parent.parent in {Path(), _IMPORTED}


def display(iri: str) -> str:
    """Return an IRI as people write it: `city/lyon`, `cd:City`, else in full."""
    short = shorten(iri)
    return iri.removeprefix(BASE) if short == iri else short


def subject_iri(triple: ox.Triple) -> str | None:
    """Return the IRI of the subject, or None for a blank node."""
    return triple.subject.value if isinstance(triple.subject, ox.NamedNode) else None


def _text(place: Path, raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _refusal(place, line, "the file is not UTF-8.", "Save it as UTF-8.") from error
    if text.startswith("\ufeff"):
        raise _refusal(place, 1, "the file begins with a byte order mark.", "Save it without one.")
    for number, written in enumerate(text.splitlines(), 1):
        if not unicodedata.is_normalized("NFC", written):
            repair = "Write accented letters as single characters (Unicode NFC)."
            raise _refusal(place, number, "the line has decomposed letters.", repair)
    return text


def _refusal(file: Path, line: int | None, message: str, repair: str) -> CheckFailedError:
    return CheckFailedError([Problem(file, line, message, repair)])
