"""What a release says of itself: how much there is of everything, which files, which services."""

import hashlib
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from rdflib import DCTERMS, RDF, Graph, Literal, Namespace, URIRef
from rdflib.namespace import VOID
from rdflib.term import Node

from citydiplomacy import release as releases
from citydiplomacy.namespaces import BASE, CD, CURATED, META, PREFIXES, RDF_TYPE
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings, to_environment
from common import BROWSER, SMALL

DATASET = URIRef(f"{BASE}dataset")
YEAR = URIRef(f"{PREFIXES['xsd']}gYear")
DCAT, SPDX = Namespace(PREFIXES["dcat"]), Namespace(PREFIXES["spdx"])
Statistics = dict[tuple[str, str], tuple[int, ...]]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> list[ox.Quad]:
    """The quads of a release of the small world."""
    settings = Settings(release_dir=tmp_path_factory.mktemp("releases"))
    built = releases.build(settings, SMALL)
    return list(ox.parse(built.dump.read_bytes(), format=ox.RdfFormat.N_QUADS))


@pytest.fixture(scope="module")
def told(small: list[ox.Quad]) -> Graph:
    """What that release says of itself."""
    lines = "".join(f"{quad.triple} .\n" for quad in small if graph_of(quad) == META)
    return Graph().parse(data=lines, format="nt")


@pytest.fixture
def described(client: FlaskClient) -> Graph:
    return Graph().parse(data=client.get("/dataset.ttl").data, format="turtle")


def graph_of(quad: ox.Quad) -> str:
    assert isinstance(quad.graph_name, ox.NamedNode)
    return quad.graph_name.value


def parts(quads: list[ox.Quad]) -> dict[str, list[ox.Quad]]:
    """Return the quads of each named graph, and all of them, but for what tells of the rest."""
    found: defaultdict[str, list[ox.Quad]] = defaultdict(list)
    for quad in quads:
        if graph_of(quad) != META:
            found[graph_of(quad)].append(quad)
            found[str(DATASET)].append(quad)
    return found


def integers(told: Graph, about: Node, *properties: URIRef) -> tuple[int, ...]:
    return tuple(int(str(told.value(about, each))) for each in properties)


def test_each_graph_is_counted_as_it_is(small: list[ox.Quad], told: Graph) -> None:
    for name, quads in parts(small).items():
        assert integers(
            told,
            URIRef(name),
            VOID.triples,
            VOID.distinctSubjects,
            VOID.distinctObjects,
            VOID.properties,
            VOID.classes,
        ) == (
            len(quads),
            len({quad.subject for quad in quads}),
            len({quad.object for quad in quads}),
            len({quad.predicate for quad in quads}),
            len({quad.object for quad in quads if quad.predicate.value == RDF_TYPE}),
        )
    # Two cities, an agreement, a source and a piece of evidence.
    assert integers(told, DATASET, VOID.entities) == (5,)


def test_each_property_is_counted_in_all_and_in_each_graph(
    small: list[ox.Quad], told: Graph
) -> None:
    counted: Statistics = {
        (str(part), str(told.value(partition, VOID.property))): integers(
            told, partition, VOID.triples, VOID.distinctSubjects, VOID.distinctObjects
        )
        for part, partition in told.subject_objects(VOID.propertyPartition)
    }
    expected: Statistics = {}
    for name, quads in parts(small).items():
        for property_ in {quad.predicate for quad in quads}:
            own = [quad for quad in quads if quad.predicate == property_]
            subjects, objects = {quad.subject for quad in own}, {quad.object for quad in own}
            expected[name, property_.value] = len(own), len(subjects), len(objects)
    assert counted == expected
    assert counted[CURATED, f"{CD}hasParty"] == (2, 1, 2)


def test_each_class_is_counted_in_all_and_in_each_graph(small: list[ox.Quad], told: Graph) -> None:
    counted: Statistics = {
        (str(part), str(told.value(partition, VOID["class"]))): integers(
            told, partition, VOID.entities
        )
        for part, partition in told.subject_objects(VOID.classPartition)
    }
    expected: defaultdict[tuple[str, str], set[object]] = defaultdict(set)
    for name, quads in parts(small).items():
        for quad in quads:
            if quad.predicate.value == RDF_TYPE and isinstance(quad.object, ox.NamedNode):
                expected[name, quad.object.value].add(quad.subject)
    assert counted == {key: (len(instances),) for key, instances in expected.items()}
    assert counted[CURATED, f"{CD}City"] == (2,)


def test_every_file_is_described_with_its_size_and_checksum(
    described: Graph, release: Release
) -> None:
    files = {}
    for file in described.objects(DATASET, DCAT.distribution):
        checksum = described.value(file, SPDX.checksum)
        assert described.value(checksum, SPDX.algorithm) == SPDX.checksumAlgorithm_sha256
        address = str(described.value(file, DCAT.downloadURL))
        size, digest = (
            described.value(file, DCAT.byteSize),
            described.value(checksum, SPDX.checksumValue),
        )
        files[address.removeprefix(f"{DATASET}/")] = {
            "bytes": int(str(size)),
            "sha256": str(digest),
        }
        assert described.value(file, DCAT.mediaType) is not None
    assert files == release.manifest["files"]
    some = release.folder / "city.csv"
    assert hashlib.sha256(some.read_bytes()).hexdigest() == files["city.csv"]["sha256"]


def test_the_dataset_says_what_a_catalogue_asks_for(described: Graph) -> None:
    wanted = (
        DCTERMS.title,
        DCTERMS.description,
        DCTERMS.publisher,
        DCTERMS.license,
        DCTERMS.temporal,
        DCAT.keyword,
        DCAT.version,
        VOID.sparqlEndpoint,
    )
    assert [each for each in wanted if (DATASET, each, None) not in described] == []
    service = URIRef(f"{DATASET}#sparql")
    assert (service, RDF.type, DCAT.DataService) in described
    assert (service, DCAT.endpointURL, URIRef("http://127.0.0.1:8000/sparql")) in described
    period = described.value(DATASET, DCTERMS.temporal)
    assert described.value(period, DCAT.startDate) == Literal("1954", datatype=YEAR)


@pytest.mark.parametrize("path", ["/void", "/.well-known/void"])
def test_the_description_is_found_where_programs_look_for_it(
    client: FlaskClient, path: str
) -> None:
    assert client.get(path).headers["Location"] == "/void.ttl"
    asked = client.get(path, headers={"Accept": "application/ld+json"})
    assert (asked.status_code, asked.headers["Location"]) == (303, "/void.jsonld")
    assert client.get(path, headers=BROWSER).headers["Location"] == "/dataset.html"
    assert client.get(path, headers={"Accept": "image/png"}).status_code == 406


def test_the_description_has_all_counts_and_the_short_one_none(
    client: FlaskClient, described: Graph
) -> None:
    void = Graph().parse(data=client.get("/void.nt").data, format="nt")
    assert set(described) <= set(void)
    classes = {
        void.value(each, VOID["class"]) for each in void.objects(DATASET, VOID.classPartition)
    }
    assert URIRef(f"{CD}City") in classes
    assert set(described.objects(None, VOID.classPartition)) == set()
    assert set(described.subjects(VOID.property)) == set()


def test_the_links_to_each_other_dataset_are_counted(described: Graph) -> None:
    linksets = set(described.subjects(RDF.type, VOID.Linkset))
    counts = {
        (
            str(described.value(each, VOID.objectsTarget)),
            str(described.value(each, VOID.linkPredicate)).rpartition("/")[2],
        ): int(str(described.value(each, VOID.triples)))
        for each in linksets
    }
    assert len(counts) == len(linksets)
    assert counts["http://www.wikidata.org/entity/", "sameAs"] > 700
    assert counts["https://sws.geonames.org/", "ontology#geonamesId"] > 600
    assert counts["https://schema.org/", "rdf-schema#subClassOf"] > 10
    for linkset in linksets:
        assert described.value(linkset, VOID.dataDump) is not None


@pytest.mark.drill
def test_the_whole_release_is_the_same_wherever_it_is_built(tmp_path: Path) -> None:
    here = releases.build(Settings(release_dir=tmp_path / "here"))
    settings = to_environment(Settings(release_dir=tmp_path / "there"))
    around = {"PYTHONHASHSEED": "77", "TZ": "Asia/Kathmandu", "LC_ALL": "C"}
    command = [sys.executable, "-c", "from citydiplomacy.cli import main; main()", "build"]
    subprocess.run(command, env=os.environ | settings | around, umask=0o077, check=True)
    there = releases.current(tmp_path / "there")
    assert there is not None
    assert there.manifest == here.manifest  # which has the digest of every file
    assert there.dump.read_bytes() == here.dump.read_bytes()
