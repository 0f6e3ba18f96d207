"""The whole of a release in other formats: the same statements, readable by others."""

import gzip
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic

from citydiplomacy import release
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings
from common import SMALL

WITH_GRAPHS = {
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "jsonld": ox.RdfFormat.JSON_LD,
}
AS_ONE_GRAPH = {"nt": ox.RdfFormat.N_TRIPLES, "ttl": ox.RdfFormat.TURTLE}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of the small world."""
    return release.build(Settings(release_dir=tmp_path_factory.mktemp("releases")), SMALL)


def content(built: Release, suffix: str) -> bytes:
    return gzip.decompress((built.folder / f"citydiplomacy.{suffix}.gz").read_bytes())


def canonical(quads: ox.Dataset) -> set[str]:
    quads.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in quads}


@pytest.mark.parametrize("suffix", WITH_GRAPHS)
def test_a_dump_of_the_named_graphs_says_what_the_canonical_one_says(
    built: Release, suffix: str
) -> None:
    found = ox.Dataset(ox.parse(content(built, suffix), format=WITH_GRAPHS[suffix]))
    assert canonical(found) == {
        str(quad) for quad in ox.parse(built.dump.read_bytes(), format=ox.RdfFormat.N_QUADS)
    }


@pytest.mark.parametrize("suffix", AS_ONE_GRAPH)
def test_a_dump_of_one_graph_says_what_all_graphs_say(built: Release, suffix: str) -> None:
    found = ox.Dataset(ox.parse(content(built, suffix), format=AS_ONE_GRAPH[suffix]))
    quads = ox.parse(built.dump.read_bytes(), format=ox.RdfFormat.N_QUADS)
    union = ox.Dataset(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    assert canonical(found) == canonical(union)


def test_another_library_reads_them_alike(built: Release) -> None:
    graphs = [
        rdflib.Graph().parse(data=content(built, suffix), format=format_)
        for suffix, format_ in (("nt", "nt"), ("ttl", "turtle"))
    ]
    assert isomorphic(*graphs)
    assert len(graphs[0]) == sum(built.manifest["graphs"].values())


def test_what_is_compressed_names_no_file_and_no_time(built: Release) -> None:
    head = (built.folder / "citydiplomacy.ttl.gz").read_bytes()[:10]
    assert head == b"\x1f\x8b\x08\x00" + bytes(4) + b"\x00\xff"


def test_prefixes_stand_in_their_order(built: Release) -> None:
    for suffix in ("ttl", "trig"):
        lines = content(built, suffix).decode().split("\n")
        declared = [line for line in lines if line.startswith("@prefix")]
        assert declared == sorted(declared)
        assert lines[: len(declared)] == declared


def test_no_file_of_a_release_can_be_told_from_that_of_another_build(
    built: Release, tmp_path: Path
) -> None:
    again = release.build(Settings(release_dir=tmp_path), SMALL)
    assert again.manifest["files"] == built.manifest["files"]
