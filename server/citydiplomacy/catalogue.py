"""What a release says about itself, and how it is written down."""

from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from citydiplomacy import __version__, evaluation, formats, paths
from citydiplomacy.evaluation import Graphs, quads
from citydiplomacy.files import Tree
from citydiplomacy.namespaces import BASE, IMPORTED, META, PREFIXES, RDF_TYPE

_DATASET = ox.NamedNode(f"{BASE}dataset")
_DCAT, _DCTERMS, _VOID = (PREFIXES[prefix] for prefix in ("dcat", "dcterms", "void"))
_TYPE = ox.NamedNode(RDF_TYPE)
_VERSION = ox.NamedNode(f"{_DCAT}version")
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"


def with_meta(
    tree: Tree,
    graphs: Graphs,
    data: ox.Store,
    wholes: Mapping[str, str],
    others: Mapping[str, str],
) -> dict[str, frozenset[ox.Triple]]:
    """Return the graphs with one more, which tells what the release is.

    It tells what `data/dataset.ttl` tells; how much there is, by the queries in
    `queries/statistics`; and which files there are. There is no clock in it: the same files make
    the same release, byte for byte.

    Args:
        tree: The files.
        graphs: What they state, and what follows from that.
        data: The same in a store.
        wholes: The titles of the files that hold all of it, by name.
        others: Those of the files that hold a part.
    """
    told = _told({triple for document in tree.dataset for triple in document.triples}, graphs)
    told.add(ox.Triple(_DATASET, _VERSION, ox.Literal(__version__)))
    for query in evaluation.load("statistics", paths.root()):
        told.update(evaluation.triples(data, query))
    for name, title in {**wholes, **others}.items():
        told.update(_distribution(name, title))
    for name in wholes:
        told.add(ox.Triple(_DATASET, ox.NamedNode(f"{_VOID}dataDump"), _address(name)))
    return {**graphs, META: frozenset(told)}


def _told(triples: Iterable[ox.Triple], graphs: Graphs) -> set[ox.Triple]:
    """Return what is told of what is there: an import may be described before it is made."""
    return {
        triple
        for triple in triples
        if not any(
            isinstance(node, ox.NamedNode)
            and node.value.startswith(IMPORTED)
            and node.value not in graphs
            for node in (triple.subject, triple.object)
        )
    }


def canonical(graphs: Graphs) -> bytes:
    """Return the graphs as canonical N-Quads: blank nodes by RDFC-1.0, lines sorted."""
    dataset = ox.Dataset(quad for name, each in graphs.items() for quad in quads(each, name))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    lines = (str(quad) for quad in dataset)
    return "".join(sorted(f"{line} .\n" for line in lines)).encode()


def _distribution(name: str, title: str) -> Iterable[ox.Triple]:
    """Yield what is known of a file before its bytes are: the manifest has size and checksum."""
    file = ox.NamedNode(f"{_DATASET.value}#file-{name}")
    yield ox.Triple(_DATASET, ox.NamedNode(f"{_DCAT}distribution"), file)
    yield ox.Triple(file, _TYPE, ox.NamedNode(f"{_DCAT}Distribution"))
    yield ox.Triple(file, ox.NamedNode(f"{_DCTERMS}title"), ox.Literal(title, language="en"))
    yield ox.Triple(file, ox.NamedNode(f"{_DCAT}downloadURL"), _address(name))
    format_ = formats.of_file(name)
    if format_:
        type_ = ox.NamedNode(_MEDIA_TYPES + format_.media_type)
        yield ox.Triple(file, ox.NamedNode(f"{_DCAT}mediaType"), type_)
    if name.endswith(".gz"):
        type_ = ox.NamedNode(_MEDIA_TYPES + formats.GZIP)
        yield ox.Triple(file, ox.NamedNode(f"{_DCAT}compressFormat"), type_)


def _address(name: str) -> ox.NamedNode:
    return ox.NamedNode(f"{_DATASET.value}/{name}")
