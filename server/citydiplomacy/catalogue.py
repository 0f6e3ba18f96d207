"""What a release says about itself, and how it is written down."""

from collections.abc import Iterable

import pyoxigraph as ox

from citydiplomacy import __version__
from citydiplomacy.evaluation import Graphs, quads
from citydiplomacy.exports import Export
from citydiplomacy.files import Tree
from citydiplomacy.namespaces import BASE, META, PREFIXES, RDF_TYPE

_DATASET = ox.NamedNode(f"{BASE}dataset")
_VOID = PREFIXES["void"]
_TYPE = ox.NamedNode(RDF_TYPE)
_TRIPLES = ox.NamedNode(f"{_VOID}triples")
_SUBSET = ox.NamedNode(f"{_VOID}subset")
_VERSION = ox.NamedNode("http://www.w3.org/ns/dcat#version")


def with_meta(
    tree: Tree, graphs: Graphs, exports: Iterable[Export] = ()
) -> dict[str, frozenset[ox.Triple]]:
    """Return the graphs with one more, which tells what `data/dataset.ttl` tells, and the sizes.

    There is no clock in it: the same files make the same release, byte for byte.
    """
    told = {triple for document in tree.dataset for triple in document.triples}
    told |= _size(_DATASET, len(frozenset().union(*graphs.values())))
    told.add(ox.Triple(_DATASET, _VERSION, ox.Literal(__version__)))
    for name, triples in graphs.items():
        told |= _size(ox.NamedNode(name), len(triples))
        told.add(ox.Triple(_DATASET, _SUBSET, ox.NamedNode(name)))
    for export in exports:
        told |= _linkset(export)
    return {**graphs, META: frozenset(told)}


def canonical(graphs: Graphs) -> bytes:
    """Return the graphs as canonical N-Quads: blank nodes by RDFC-1.0, lines sorted."""
    dataset = ox.Dataset(quad for name, each in graphs.items() for quad in quads(each, name))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    lines = (str(quad) for quad in dataset)
    return "".join(sorted(f"{line} .\n" for line in lines)).encode()


def _linkset(export: Export) -> set[ox.Triple]:
    linkset = ox.NamedNode(f"{_DATASET.value}#{export.name}")
    file = ox.NamedNode(f"{_DATASET.value}/{export.file}")
    return {
        ox.Triple(linkset, _TYPE, ox.NamedNode(f"{_VOID}Linkset")),
        ox.Triple(linkset, _TRIPLES, ox.Literal(export.links)),
        ox.Triple(linkset, ox.NamedNode(f"{_VOID}dataDump"), file),
        ox.Triple(_DATASET, _SUBSET, linkset),
    }


def _size(about: ox.NamedNode, triples: int) -> set[ox.Triple]:
    number = ox.Literal(triples)
    return {
        ox.Triple(about, _TYPE, ox.NamedNode(f"{_VOID}Dataset")),
        ox.Triple(about, _TRIPLES, number),
    }
