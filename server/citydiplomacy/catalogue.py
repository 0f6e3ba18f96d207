"""What a release says about itself, and how it is written down.

What it says of its version and of its build is added last: everything else is its content, by whose
digest a published version is known again.
"""

from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from citydiplomacy import __version__, evaluation, formats, paths
from citydiplomacy.evaluation import Graphs, quads
from citydiplomacy.files import Tree
from citydiplomacy.namespaces import BASE, IMPORTED, META, PREFIXES, RDF_TYPE

_DATASET = ox.NamedNode(f"{BASE}dataset")
_DCAT, _DCTERMS, _PROV, _VOID = (PREFIXES[each] for each in ("dcat", "dcterms", "prov", "void"))
MODIFIED = f"{_DCTERMS}modified"
_TYPE = ox.NamedNode(RDF_TYPE)
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
    for query in evaluation.load("statistics", paths.root()):
        told.update(evaluation.triples(data, query))
    for name, title in {**wholes, **others}.items():
        told.update(_distribution(name, title))
    for name in wholes:
        told.add(ox.Triple(_DATASET, ox.NamedNode(f"{_VOID}dataDump"), _address(name)))
    return {**graphs, META: frozenset(told)}


def modified(tree: Tree) -> str:
    """Return when the data was last changed, as it says itself; nothing when it does not say."""
    dates = (document.objects(_DATASET.value, MODIFIED) for document in tree.dataset)
    return next((date for told in dates for date in told), "")


def of_build(version: str, inputs: str) -> list[ox.Triple]:
    """Return what a release says of its version, and of how it was made, in the words of PROV.

    Args:
        version: Under which it is known.
        inputs: The SHA-256 of everything that it was made from.
    """
    build, used, software, checksum = (
        ox.NamedNode(f"{_DATASET.value}#{name}")
        for name in ("build", "inputs", "software", "sha256-inputs")
    )

    def triple(subject: ox.NamedNode, name: str, value: ox.NamedNode | ox.Literal) -> ox.Triple:
        prefix, _, local = name.partition(":")
        return ox.Triple(subject, ox.NamedNode(PREFIXES[prefix] + local), value)

    sha256 = ox.NamedNode(f"{PREFIXES['spdx']}checksumAlgorithm_sha256")
    binary = ox.NamedNode(f"{PREFIXES['xsd']}hexBinary")
    return [
        triple(_DATASET, "dcat:version", ox.Literal(version)),
        triple(_DATASET, "prov:wasGeneratedBy", build),
        triple(build, "rdf:type", ox.NamedNode(f"{_PROV}Activity")),
        triple(build, "rdfs:label", ox.Literal("Build of the dataset", language="en")),
        triple(build, "prov:used", used),
        triple(build, "prov:wasAssociatedWith", software),
        triple(used, "rdf:type", ox.NamedNode(f"{_PROV}Entity")),
        triple(used, "rdfs:label", ox.Literal("What it was made from", language="en")),
        triple(used, "spdx:checksum", checksum),
        triple(checksum, "rdf:type", ox.NamedNode(f"{PREFIXES['spdx']}Checksum")),
        triple(checksum, "spdx:algorithm", sha256),
        triple(checksum, "spdx:checksumValue", ox.Literal(inputs, datatype=binary)),
        triple(software, "rdf:type", ox.NamedNode(f"{_PROV}SoftwareAgent")),
        triple(software, "rdfs:label", ox.Literal("citydiplomacy")),
        triple(software, "schema:softwareVersion", ox.Literal(__version__)),
    ]


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
    return _sorted(quad for name, each in graphs.items() for quad in quads(each, name))


def with_build(content: bytes, build: Iterable[ox.Triple]) -> bytes:
    """Return canonical N-Quads with what a release says of its build."""
    # Only \n ends a line. No blank node is added, so that all others keep their labels.
    lines = content.decode().split("\n")[:-1]
    lines += (f"{quad} ." for quad in quads(build, META))
    return "".join(f"{line}\n" for line in sorted(lines)).encode()


def canonical_triples(ntriples: str) -> bytes:
    """Return N-Triples canonical: blank nodes by RDFC-1.0, lines sorted."""
    return _sorted(ox.parse(ntriples, format=ox.RdfFormat.N_TRIPLES))


def _sorted(statements: Iterable[ox.Quad]) -> bytes:
    dataset = ox.Dataset(statements)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return "".join(sorted(f"{quad} .\n" for quad in dataset)).encode()


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
