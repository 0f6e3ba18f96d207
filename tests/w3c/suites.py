"""The suites themselves, as their manifests describe them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import pyoxigraph as ox

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

# The folder of a family of suites in the archive, and the address under which it is published.
_FOLDERS = {"sparql10": "dawg-data-r2", "sparql11": "sparql11"}
_BASES = {
    "sparql10": "http://www.w3.org/2001/sw/DataAccess/tests/data-r2/",
    "sparql11": "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/",
}
_MANIFESTS = {
    "sparql10": ("manifest-evaluation.ttl", "manifest-syntax.ttl"),
    "sparql11": ("manifest-all.ttl",),
}
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
_QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
_UT = "http://www.w3.org/2009/sparql/tests/test-update#"
_FROM = re.compile(r"\bFROM\s+(?:NAMED\s+)?<([^>]*)>", re.IGNORECASE)
_SYNTAXES = {
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".ttl": ox.RdfFormat.TURTLE,
}


@dataclass(frozen=True)
class Document:
    """A file of a suite, and the IRI that stands for it."""

    file: Path
    iri: str

    @property
    def text(self) -> str:
        """The content, line ends as they are."""
        return self.file.read_bytes().decode()

    def quads(self, graph: ox.NamedNode | ox.DefaultGraph) -> Iterator[ox.Quad]:
        """Yield what an RDF file says, in the graph given; blank nodes are the file's own."""
        syntax = _SYNTAXES[self.file.suffix]
        content = self.file.read_bytes()
        for quad in ox.parse(content, syntax, base_iri=self.iri, rename_blank_nodes=True):
            yield ox.Quad(quad.subject, quad.predicate, quad.object, graph)


@dataclass(frozen=True)
class Dataset:
    """What a query is asked of: files of the default graph, and files that are named graphs."""

    default: tuple[Document, ...] = ()
    named: tuple[Document, ...] = ()

    def quads(self) -> Iterator[ox.Quad]:
        """Yield what the files say, in their graphs."""
        for document in self.default:
            yield from document.quads(ox.DefaultGraph())
        for document in self.named:
            yield from document.quads(ox.NamedNode(document.iri))


@dataclass(frozen=True)
class Case:
    """One test."""

    name: str
    kind: str
    """The name of its class, such as `QueryEvaluationTest`."""
    action: Document | None
    """The query or the update."""
    dataset: Dataset
    result: Document | None
    lax: bool
    """REDUCED: the answer may have any duplicate less often."""

    @property
    def is_update(self) -> bool:
        """Whether it is about SPARQL Update."""
        return self.action is not None and self.action.file.suffix == ".ru"

    @property
    def text(self) -> str:
        """The query as it is sent: its relative IRIs mean files beside it."""
        assert self.action
        return f"BASE <{self.action.iri}>\n{self.action.text}"

    @property
    def clauses(self) -> tuple[Document, ...]:
        """The graphs that the query itself names in FROM."""
        assert self.action
        found = (urljoin(self.action.iri, name) for name in _FROM.findall(self.action.text))
        here = self.action.file.parent
        graphs = (Document(here / iri.rpartition("/")[2], iri) for iri in dict.fromkeys(found))
        return tuple(graph for graph in graphs if graph.file.is_file())


def stored(quads: Iterable[ox.Quad]) -> ox.Store:
    """Return a store with the quads."""
    store = ox.Store()
    store.extend(quads)
    return store


class Suites:
    """The suites in a folder of unpacked ones."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def names(self) -> list[str]:
        """Return the name of each suite, such as `sparql11/aggregates`."""
        return sorted(
            f"{family}/{included.removeprefix(base).partition('/')[0]}"
            for family, base in _BASES.items()
            for manifest in _MANIFESTS[family]
            for included in self._included(family, f"{base}{manifest}")
        )

    def cases(self, suite: str) -> list[Case]:
        """Return the tests of a suite, in the order of their names."""
        family, _, folder = suite.partition("/")
        manifest = _Manifest(self._document(family, f"{_BASES[family]}{folder}/manifest.ttl"))
        cases = (self._case(family, manifest, case) for case in manifest.entries())
        return sorted(cases, key=lambda case: case.name)

    def _included(self, family: str, manifest: str) -> list[str]:
        return [node.value for node in _Manifest(self._document(family, manifest)).included()]

    def _case(self, family: str, manifest: "_Manifest", case: ox.NamedNode) -> Case:
        def documents(subject: Term | None, *predicates: str) -> tuple[Document, ...]:
            found = (node for each in predicates for node in manifest.objects(subject, each))
            iris = sorted(node.value for node in found if isinstance(node, ox.NamedNode))
            return tuple(self._document(family, iri) for iri in iris)

        (kind,) = manifest.objects(case, f"{_RDF}type")
        action = next(iter(manifest.objects(case, f"{_MF}action")), None)
        texts = documents(case, f"{_MF}action") or documents(action, f"{_QT}query", f"{_UT}request")
        return Case(
            re.split("[#/]", case.value)[-1],
            kind.value.rpartition("#")[2],
            next(iter(texts), None),
            Dataset(documents(action, f"{_QT}data"), documents(action, f"{_QT}graphData")),
            next(iter(documents(case, f"{_MF}result")), None),
            bool(manifest.objects(case, f"{_MF}resultCardinality")),
        )

    def _document(self, family: str, iri: str) -> Document:
        path = iri.removeprefix(_BASES[family])
        return Document(self._root / _FOLDERS[family] / path, iri)


class _Manifest:
    def __init__(self, document: Document) -> None:
        self._store = stored(document.quads(ox.DefaultGraph()))

    def objects(self, subject: Term | None, predicate: str) -> list[ox.NamedNode]:
        if not isinstance(subject, ox.NamedNode | ox.BlankNode):
            return []
        found = self._store.quads_for_pattern(subject, ox.NamedNode(predicate), None)
        return [quad.object for quad in found]  # type: ignore[misc]

    def entries(self) -> list[ox.NamedNode]:
        return self._members(f"{_MF}entries")

    def included(self) -> list[ox.NamedNode]:
        return self._members(f"{_MF}include")

    def _members(self, predicate: str) -> list[ox.NamedNode]:
        path = f"<{predicate}>/<{_RDF}rest>*/<{_RDF}first>"
        found = self._store.query(f"SELECT DISTINCT ?member {{ ?manifest {path} ?member }}")
        return [row["member"] for row in found]  # type: ignore[union-attr]
