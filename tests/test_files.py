"""What the check says about the files themselves: each problem names file, line and repair."""

import shutil
from pathlib import Path

import pytest

from citydiplomacy import checks, files
from citydiplomacy.errors import CheckFailedError
from citydiplomacy.namespaces import BASE
from common import SMALL, spoil

TIE = "data/agreement/alby--dunmere.ttl"
ALBY = "data/city/alby.ttl"
PREFIXES = (SMALL / TIE).read_text("utf-8").partition("\n\n")[0] + "\n"


def said(root: Path) -> list[str]:
    return [str(problem) for problem in checks.run(root, reason=False).problems]


def test_a_tree_in_order_has_no_problem(root: Path) -> None:
    assert said(root) == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(
            b"<a:a> <a:b>\n  zzz .",
            f"{ALBY}:2: zzz is not a valid RDF object. Mend the Turtle at column 3.",
            id="broken Turtle",
        ),
        pytest.param(
            b"city:alby a city:x .",
            f"{ALBY}:1: The prefix city: has not been declared. Mend the Turtle at column 1.",
            id="undeclared prefix",
        ),
        pytest.param(
            b"\xef\xbb\xbf<a:a> <a:b> <a:c> .",
            f"{ALBY}:1: the file begins with a byte order mark. Save it without one.",
            id="byte order mark",
        ),
        pytest.param(
            b'<a:a>\n<a:b> "\xff" .',
            f"{ALBY}:2: the file is not UTF-8. Save it as UTF-8.",
            id="Latin-1",
        ),
        pytest.param(
            '<a:a> <a:b>\n"Que\u0301bec" .'.encode(),
            f"{ALBY}:2: the line has decomposed letters. "
            "Write accented letters as single characters (Unicode NFC).",
            id="decomposed letters",
        ),
        pytest.param(
            b"# nothing yet\n",
            f"{ALBY}: the file states nothing. Fill it or delete it.",
            id="empty",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_named(root: Path, content: bytes, problem: str) -> None:
    (root / ALBY).write_bytes(content)
    assert said(root) == [problem]


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        pytest.param(
            TIE,
            "cd:startYear 1961",
            "cd:startYeer 1961",
            f"{TIE}:11: cd:startYeer is not defined. Do you mean cd:startYear?",
            id="property",
        ),
        pytest.param(
            TIE,
            "a cd:SisterCityAgreement",
            "a cd:SisterCityAgrement , cd:Agreement",
            f"{TIE}:8: cd:SisterCityAgrement is not defined. Do you mean cd:SisterCityAgreement?",
            id="class",
        ),
        pytest.param(
            TIE,
            "cd:supportsProperty cd:hasParty",
            "cd:supportsProperty cd:hasPart",
            f"{TIE}:16: cd:hasPart is not defined. Do you mean cd:hasParty?",
            id="supported property",
        ),
        pytest.param(
            TIE,
            "status:in-force",
            "status:enforced",
            f"{TIE}:10: vocab/agreement-status#enforced is not defined. "
            "Do you mean vocab/agreement-status#in-force?",
            id="concept",
        ),
        pytest.param(
            "shapes/agreement.ttl",
            "sh:targetClass cd:Agreement",
            "sh:targetClass cd:Agreements",
            "shapes/agreement.ttl:8: cd:Agreements is not defined. Do you mean cd:Agreement?",
            id="target of a shape",
        ),
        pytest.param(
            "ontology/core.ttl",
            "rdfs:domain cd:Agreement",
            "rdfs:domain cd:Deal",
            "ontology/core.ttl:19: cd:Deal is not defined. "
            "Define it in ontology/, or use a known term.",
            id="axiom",
        ),
        pytest.param(
            "queries/questions/sister-cities.rq",
            "?city cd:hasSisterCity",
            "?city cd:hasSisterTown",
            "queries/questions/sister-cities.rq:10: cd:hasSisterTown is not defined. "
            "Do you mean cd:hasSisterCity?",
            id="query",
        ),
    ],
)
def test_an_unknown_term_of_ours_is_named_with_the_nearest(
    root: Path, file: str, old: str, new: str, problem: str
) -> None:
    spoil(root / file, old, new)
    assert problem in said(root)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        pytest.param(
            "source:almanac ;",
            "source:gazette ;",
            f"{TIE}:15: no file describes source/gazette. "
            "Write data/source/gazette.ttl, or correct the IRI.",
            id="nobody describes it",
        ),
        pytest.param(
            "city:dunmere ;",
            "<https://w3id.org/citydiplomacy/city/Dunmere> ;",
            f"{TIE}:9: <https://w3id.org/citydiplomacy/city/Dunmere> is no IRI of an entity. "
            "Entities are <kind>/<slug>; a slug has ASCII lower-case letters, digits and single "
            "hyphens.",
            id="capital letter",
        ),
    ],
)
def test_an_iri_of_ours_leads_somewhere(root: Path, old: str, new: str, problem: str) -> None:
    spoil(root / TIE, old, new)
    assert problem in said(root)


def test_a_subject_that_differs_from_its_file_name_is_named_with_the_right_name(
    root: Path,
) -> None:
    (root / ALBY).rename(root / "data/city/albi.ttl")
    assert (
        said(root)[0] == "data/city/albi.ttl:5: subject is city/alby. Rename the file to alby.ttl."
    )


def test_a_file_in_the_folder_of_another_kind_is_sent_to_its_own(root: Path) -> None:
    (root / ALBY).rename(root / "data/source/alby.ttl")
    assert said(root) == [
        "data/source/alby.ttl:5: subject is city/alby. Move the file to data/city/alby.ttl."
    ]


def test_a_kind_is_declared_in_the_ontology(root: Path) -> None:
    shutil.copytree(root / "data/city", root / "data/cities")
    assert (
        "data/cities/alby.ttl: cities is not a kind. Is it data/city? If not, declare cd:kind "
        '"cities" on a class of the ontology.'
    ) in said(root)


@pytest.mark.parametrize("place", ["data/alby.ttl", "data/city/Alby.ttl", "data/city/x/alby.ttl"])
def test_a_data_file_is_named_by_kind_and_slug(root: Path, place: str) -> None:
    (root / place).parent.mkdir(exist_ok=True)
    (root / ALBY).rename(root / place)
    assert said(root) == [
        f"{place}: the file is not named data/<kind>/<slug>.ttl. Move it to the folder of its "
        "kind; a slug has ASCII lower-case letters, digits and single hyphens."
    ]


def imported(root: Path, place: str, licence: str = "<https://example.org/licence>") -> None:
    """Import one city of the small world, and state the licence of the graph it stands in then."""
    (root / place).parent.mkdir(parents=True)
    (root / "data/city/dunmere.ttl").rename(root / place)
    with (root / "data/dataset.ttl").open("a") as dataset:
        graph = "https://w3id.org/citydiplomacy/graph/imported/lists"
        dataset.write(f"<{graph}> dcterms:license {licence} ." if licence else "")


def test_what_is_imported_stands_in_a_graph_of_its_own(root: Path) -> None:
    imported(root, "data/imported/lists/city/dunmere.ttl")
    report = checks.run(root, reason=False)
    assert report.problems == ()
    graphs = {name.removeprefix(BASE): len(triples) for name, triples in report.graphs.items()}
    assert graphs["graph/imported/lists"] == 2
    assert graphs["graph/curated"] > 2


def test_an_imported_file_is_named_by_kind_and_slug_too(root: Path) -> None:
    imported(root, "data/imported/lists/dunmere.ttl")
    assert [each for each in said(root) if "is not named" in each] == [
        "data/imported/lists/dunmere.ttl: the file is not named "
        "data/imported/lists/<kind>/<slug>.ttl. Move it to the folder of its kind; a slug has "
        "ASCII lower-case letters, digits and single hyphens."
    ]


def test_an_imported_file_may_have_many_entities_of_one_kind(root: Path) -> None:
    imported(root, "data/imported/lists/city.north.ttl")
    with (root / "data/imported/lists/city.north.ttl").open("a") as cities:
        cities.write('city:ebury a cd:City ; rdfs:label "Ebury"@en .\n')
    assert said(root) == []


def test_an_imported_file_of_many_has_entities_of_its_kind_alone(root: Path) -> None:
    imported(root, "data/imported/lists/city.north.ttl")
    tie = (root / TIE).read_text("utf-8")
    (root / TIE).unlink()
    with (root / "data/imported/lists/city.north.ttl").open("a") as cities:
        cities.write(tie)
    assert said(root) == [
        "data/imported/lists/city.north.ttl:14: agreement/alby--dunmere is no city. "
        "Move it to data/imported/lists/agreement.ttl."
    ]


def test_an_import_may_describe_its_graph_itself(root: Path) -> None:
    imported(root, "data/imported/lists/city.ttl", licence="")
    (root / "data/imported/lists/dataset.ttl").write_text(
        "<https://w3id.org/citydiplomacy/graph/imported/lists> "
        "<http://purl.org/dc/terms/license> <https://example.org/licence> .\n"
    )
    assert said(root) == []


def test_an_imported_graph_has_a_licence(root: Path) -> None:
    imported(root, "data/imported/lists/city/dunmere.ttl", licence="")
    assert said(root) == [
        "data/dataset.ttl: nothing is said about the licence of "
        "<https://w3id.org/citydiplomacy/graph/imported/lists>. Describe the graph, with "
        "dcterms:title, dcterms:description, dcterms:license."
    ]


def test_a_node_belongs_to_the_kind_of_its_class(root: Path) -> None:
    spoil(root / ALBY, "a cd:City", "a cd:SisterCityAgreement")
    assert said(root) == [
        f"{ALBY}:5: city/alby is stated to be cd:SisterCityAgreement, which is no city. "
        "Make it cd:City or a subclass of it, or move the file to data/agreement."
    ]


def test_an_entity_is_described_in_one_file(root: Path) -> None:
    with (root / TIE).open("a") as tie:
        tie.write("city:alby a cd:City .\n")
    assert said(root) == [
        f"{TIE}:17: city/alby is described here too. Move those statements to data/city/alby.ttl.",
        f"{ALBY}:5: city/alby is described in {TIE} too. "
        "Keep one of the two, or give this one an IRI of its own.",
    ]


def test_a_file_describes_the_entity_it_is_named_after(root: Path) -> None:
    (root / ALBY).write_text(PREFIXES + "source:a a cd:Source .\nsource:b a cd:Source .\n")
    assert (
        f"{ALBY}: nothing is said about city/alby. "
        "Describe <https://w3id.org/citydiplomacy/city/alby> in it."
    ) in said(root)


def test_evidence_stands_with_what_it_supports(root: Path) -> None:
    spoil(root / TIE, "    cd:evidence evidence:almanac-1 .", "    cd:status status:in-force .")
    assert said(root) == [
        f"{TIE}:14: evidence/almanac-1 supports nothing in this file. "
        "Add `cd:evidence` to it where it belongs, or move it to the file it supports."
    ]


def test_evidence_that_was_retired_stays_where_it_stood_and_backs_nothing(root: Path) -> None:
    tie = (root / TIE).read_text("utf-8")
    retired = "evidence:lists-1 <http://www.w3.org/2002/07/owl#deprecated> "
    (root / TIE).write_text(f"{tie}{retired} true .\n", "utf-8")
    assert said(root) == []
    more = "; <http://www.w3.org/2000/01/rdf-schema#label> 'A list'"
    (root / TIE).write_text(f"{tie}{retired} true {more} .\n", "utf-8")
    assert said(root) != []
    (root / TIE).write_text(f"{tie}{retired} false .\n", "utf-8")
    assert said(root) == [
        f"{TIE}:17: evidence/lists-1 is described here too. "
        "Move those statements to data/evidence/lists-1.ttl."
    ]


def test_evidence_is_named_as_evidence(root: Path) -> None:
    spoil(root / TIE, "evidence:almanac-1", "source:almanac-1")
    assert said(root) == [
        f"{TIE}:14: source/almanac-1 is no IRI for evidence. "
        "Name it evidence/<row>, or evidence/<source>-<number>."
    ]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ('"01"^^xsd:integer', "is not in canonical form. Write"),
        ('"1961"^^xsd:int', "is not in canonical form. Write"),
        ("1.0", "is not in canonical form. Write"),
        ('"1_000"^^xsd:integer', "is not a value of its datatype. Correct the value."),
        ('"٣"^^xsd:integer', "is not a value of its datatype. Correct the value."),
        ('"19"^^xsd:gYear', "is not a value of its datatype. Correct the value."),
        ('"a b"^^xsd:anyURI', "is not a value of its datatype. Correct the value."),
        ('"x"@en-GB', "the language tag @en-GB is not lower-case. Write @en-gb."),
        ("<<( city:alby a cd:City )>>", "is not read by all our tools."),
    ],
)
def test_a_literal_stands_as_the_store_would_write_it(root: Path, value: str, message: str) -> None:
    xsd = "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
    spoil(root / TIE, "1961", value)
    (root / TIE).write_text(xsd + (root / TIE).read_text("utf-8"), "utf-8")
    (problem,) = said(root)
    assert problem.startswith(f"{TIE}:12: ")
    assert message in problem


def test_data_does_not_repeat_the_ontology(root: Path) -> None:
    with (root / TIE).open("a") as tie:
        tie.write("cd:City a <http://www.w3.org/2002/07/owl#Class> .\n")
    assert (
        f"{TIE}:17: the ontology states this triple too. "
        "Delete it here: a triple stands in one named graph."
    ) in said(root)


def test_a_tree_without_data_is_a_failure(root: Path) -> None:
    shutil.rmtree(root / "data")
    assert "data: there is no data file. Put the data back." in said(root)


@pytest.mark.parametrize("name", ["data/city/Cedarport.TTL", "data/city/notes.txt"])
def test_a_file_that_nobody_would_read_is_named(root: Path, name: str) -> None:
    (root / name).write_text("city")
    repair = "Name it <slug>.ttl, or take it out of data/."
    assert said(root) == [f"{name}: the file is no Turtle file. {repair}"]


def test_blank_nodes_of_two_files_stay_apart(root: Path) -> None:
    text = PREFIXES + "city:alby a cd:City ; cd:evidence _:same ."
    (root / "one.ttl").write_text(text)
    (root / "two.ttl").write_text(text)
    one, two = (files.parse(root, root / name) for name in ("one.ttl", "two.ttl"))
    assert one.triples[1].object != two.triples[1].object


def test_a_file_outside_the_root_is_named_in_full(root: Path, tmp_path: Path) -> None:
    stray = tmp_path / "stray.ttl"
    stray.write_text("zzz")
    with pytest.raises(CheckFailedError, match=str(stray)):
        files.parse(root, stray)


@pytest.mark.parametrize(
    ("iri", "mention", "line"),
    [
        ("agreement/alby--dunmere", None, 8),
        ("evidence/almanac-1", None, 14),
        ("agreement/alby--dunmere", "evidence/almanac-1", 12),
        ("evidence/almanac-1", "source/almanac", 15),
        ("city/alby", None, 9),
        ("city/nowhere", None, None),
    ],
)
def test_the_line_of_a_node_is_where_it_is_a_subject(
    iri: str, mention: str | None, line: int | None
) -> None:
    base = "https://w3id.org/citydiplomacy/"
    document = files.parse(SMALL, SMALL / TIE)
    assert document.line_of(base + iri, mention and base + mention) == line
