"""What shapes and checks say about the content, and what is said of shapes and checks."""

import shutil
from pathlib import Path

import pytest

from citydiplomacy import checks, files, validation
from citydiplomacy.errors import Problem
from common import spoil

TIE = "data/agreement/alby--dunmere.ttl"
ALBY = "data/city/alby.ttl"


def said(root: Path, *only: str) -> list[str]:
    report = checks.run(root, [Path(file) for file in only], reason=False)
    return [str(problem) for problem in report.problems]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        pytest.param(
            "city:alby , city:dunmere ;",
            "city:alby ;",
            f"{TIE}:9: An agreement has at least two parties. Name at least two parties.",
            id="the repair of the shape around it",
        ),
        pytest.param(
            "city:dunmere ;",
            "city:dunmere , source:almanac ;",
            f"{TIE}:9: A party is a city (here: source/almanac). Name a city.",
            id="the repair of the property",
        ),
        pytest.param(
            "1961",
            '"long ago"',
            f"{TIE}:11: Value is not Literal with datatype xsd:integer (here: long ago). "
            "Name at least two parties.",
            id="a message of pySHACL",
        ),
    ],
)
def test_a_violation_names_the_line_the_value_and_the_repair(
    root: Path, old: str, new: str, problem: str
) -> None:
    spoil(root / TIE, old, new)
    assert said(root) == [problem]


def test_a_shape_for_a_class_judges_its_subclasses(root: Path) -> None:
    assert "cd:SisterCityAgreement" in (root / TIE).read_text()
    assert "sh:targetClass cd:Agreement " in (root / "shapes/agreement.ttl").read_text()
    spoil(root / TIE, "city:alby , city:dunmere", "city:alby")
    assert said(root) != []


def test_a_shape_judges_the_literal_as_it_is_written(root: Path) -> None:
    spoil(root / "shapes/agreement.ttl", "sh:datatype xsd:integer", "sh:in ( 1961 )")
    spoil(root / TIE, "1961", '"01961"^^<http://www.w3.org/2001/XMLSchema#integer>')
    (problem,) = validation.validate(files.read(root)).problems
    assert "(here: 01961)" in problem.message


def test_a_warning_is_a_notice_and_no_problem(root: Path) -> None:
    spoil(root / ALBY, 'rdfs:label "Alby"@en', 'rdfs:comment "Alby"@en')
    report = checks.run(root, reason=False)
    assert report.problems == ()
    assert report.notices == (
        Problem(
            Path(ALBY),
            5,
            "A city has a name.",
            "Correct it so that the shape shapes#City holds.",
        ),
    )


def test_a_violation_of_a_blank_node_names_its_file(root: Path) -> None:
    spoil(root / ALBY, '"Alby"@en', '"Alby"@en ; cd:hasTie [ a cd:Agreement ]')
    assert said(root) == [
        f"{ALBY}: An agreement has at least two parties. Name at least two parties."
    ]


def test_an_example_of_the_ontology_is_judged_as_data_is(root: Path) -> None:
    spoil(root / TIE, "city:alby , city:dunmere", "city:alby")
    (root / "ontology/examples").mkdir()
    (root / TIE).rename(root / "ontology/examples/tie.ttl")
    assert said(root, "ontology/examples") == [
        "ontology/examples/tie.ttl:9: An agreement has at least two parties. "
        "Name at least two parties."
    ]


def test_a_shape_within_a_shape_makes_no_problem_of_its_own(root: Path) -> None:
    within = "sh:node [ sh:property [ sh:path rdfs:label ; sh:minCount 1 ] ] ; sh:message"
    spoil(root / "shapes/agreement.ttl", "sh:class cd:City ;\n        sh:message", within)
    prefix = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\nPREFIX sh:"
    spoil(root / "shapes/agreement.ttl", "PREFIX sh:", prefix)
    spoil(root / ALBY, "rdfs:label", "rdfs:comment")
    assert said(root) == [f"{TIE}:9: A party is a city (here: city/alby). Name a city."]


def test_a_shape_judges_terms(root: Path) -> None:
    spoil(root / "shapes/city.ttl", "sh:targetClass cd:City", "sh:targetClass owl:Ontology")
    spoil(root / "shapes/city.ttl", "sh:severity sh:Warning ;", "")
    spoil(
        root / "shapes/city.ttl",
        "PREFIX rdfs",
        "PREFIX owl: <http://www.w3.org/2002/07/owl#>\nPREFIX rdfs",
    )
    assert said(root, "ontology/core.ttl") == [
        "ontology/core.ttl:7: A city has a name. Correct it so that the shape shapes#City holds."
    ]


def test_a_row_of_a_check_is_a_problem_of_its_node(root: Path) -> None:
    text = (root / TIE).read_text("utf-8").partition("evidence:almanac-1 a")[0]
    twin = text.replace("agreement:alby--dunmere", "agreement:dunmere--alby")
    (root / "data/agreement/dunmere--alby.ttl").write_text(twin)
    assert said(root) == [
        "data/agreement/dunmere--alby.ttl:8: Two cities have one agreement, not two; not so "
        "agreement/dunmere--alby (agreement/alby--dunmere). "
        "Merge the two files and keep the evidence of both."
    ]


@pytest.mark.parametrize("target", ["targetClass cd:Agreement", "targetSubjectsOf cd:hasParty"])
def test_only_the_files_that_are_asked_about_count(root: Path, target: str) -> None:
    spoil(root / "shapes/agreement.ttl", "targetClass cd:Agreement", target)
    spoil(root / TIE, "city:alby , city:dunmere", "city:alby")
    assert said(root, ALBY) == []
    assert said(root, "data/agreement") == said(root, TIE) == said(root) != []


def test_a_file_that_cannot_be_read_counts_whatever_is_asked_about(root: Path) -> None:
    (root / TIE).write_text("zzz")
    (problem,) = said(root, ALBY)
    assert problem.startswith(f"{TIE}:1: ")


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        pytest.param(
            "shapes/agreement.ttl",
            "sh:minCount",
            "sh:minCuont",
            "shapes/agreement.ttl:12: sh:minCuont is no SHACL. Do you mean sh:minCount?",
            id="misspelt constraint",
        ),
        pytest.param(
            "shapes/agreement.ttl",
            "sh:targetClass cd:Agreement",
            "sh:targetClass cd:hasTie",
            "shapes/agreement.ttl:8: shapes#Agreement has nothing to judge: no data for "
            "sh:targetClass cd:hasTie. Correct the target, or add an example to "
            "ontology/examples/.",
            id="target without nodes",
        ),
        pytest.param(
            "shapes/agreement.ttl",
            "sh:targetClass",
            "sh:name",
            "shapes/agreement.ttl:7: nothing leads to the shape shapes#Agreement. "
            "Give it a target, or use it in another shape.",
            id="no target",
        ),
        pytest.param(
            "queries/checks/same-agreement-twice.rq",
            "?node ?value",
            "?value",
            "queries/checks/same-agreement-twice.rq: it selects no ?node. "
            "Select the node at fault as ?node.",
            id="check without node",
        ),
        pytest.param(
            "queries/checks/same-agreement-twice.rq",
            "# repair:",
            "# mend:",
            "queries/checks/same-agreement-twice.rq: it has no repair. "
            "Add a line `# repair: …` at the top.",
            id="check without repair",
        ),
        pytest.param(
            "queries/checks/same-agreement-twice.rq",
            "SELECT DISTINCT ?node ?value",
            "ASK",
            "queries/checks/same-agreement-twice.rq: this is no SELECT. Write it as SELECT.",
            id="check that asks",
        ),
        pytest.param(
            "queries/reconciliation/properties/partner.rq",
            "# about:",
            "# says:",
            "queries/reconciliation/properties/partner.rq:1: the property has no about. "
            "Add a line `# about: …` at the top.",
            id="property that says nothing of itself",
        ),
        pytest.param(
            "queries/reconciliation/properties/partner.rq",
            "# value: City",
            "# value: Town",
            "queries/reconciliation/properties/partner.rq:1: there is no sort of values “Town”. "
            "Name a class of the ontology, or one of: coordinates, date, identifier, number, text.",
            id="property with values of an unknown sort",
        ),
        pytest.param(
            "queries/reconciliation/properties/partner.rq",
            "?value WHERE",
            "WHERE",
            "queries/reconciliation/properties/partner.rq:1: the property selects no ?value. "
            "Select it as ?value.",
            id="property without a value",
        ),
        pytest.param(
            "queries/reconciliation/properties/partner.rq",
            "# VALUES ?entity",
            "# about ?entity",
            "queries/reconciliation/properties/partner.rq:1: the property cannot be asked of some "
            "entities. Write a line `# VALUES ?entity { … }` into the query.",
            id="property that is asked of all only",
        ),
        pytest.param(
            "queries/questions/sister-cities.rq",
            "SELECT",
            "SELEC",
            "queries/questions/sister-cities.rq:9: `ty ?other` is not understood. "
            "Mend the SPARQL at column 10.",
            id="question that is no SPARQL",
        ),
        pytest.param(
            "queries/questions/sister-cities.rq",
            "# reader:",
            "# for:",
            "queries/questions/sister-cities.rq:1: the question has no reader. "
            "Add a line `# reader: …` at the top.",
            id="question without reader",
        ),
        pytest.param(
            "queries/questions/sister-cities.rq",
            "# reader: librarians",
            "# reader: librarian",
            "queries/questions/sister-cities.rq:1: there is no reader “librarian”. Use one of: "
            "researchers, integrators, librarians, journalists, officials, practitioners.",
            id="question of an unknown reader",
        ),
        pytest.param(
            "queries/questions/sister-cities.rq",
            "# article: almanac",
            "# article: gazette",
            "queries/questions/sister-cities.rq:1: there is no data/source/gazette.ttl. "
            "Name the source by its slug, or add it.",
            id="question about an unknown article",
        ),
        pytest.param(
            "queries/questions/sister-cities.rq",
            "# answer:",
            "# parameter: city, City\n# answer:",
            "queries/questions/sister-cities.rq:1: `city, City` is no parameter. Write "
            "`variable | Label | list`, or `variable | Label | number 1 to 100`.",
            id="parameter that cannot be read",
        ),
        pytest.param(
            "queries/questions/sister-cities.rq",
            "# answer:",
            "# parameter: city | City | city\n# answer:",
            "queries/questions/sister-cities.rq:1: the parameter city has nothing to replace. "
            "Write a line VALUES ?city { … } into the query.",
            id="parameter without a line to replace",
        ),
        pytest.param(
            "queries/questions/sister-cities.rq",
            "# answer:",
            "# parameter: city | City | town\n# VALUES ?city { <a:b> }\n# answer:",
            "queries/questions/sister-cities.rq:1: there is no queries/pages/choices/town.rq. "
            "Use a list that exists, or write its query.",
            id="parameter without a list",
        ),
        pytest.param(
            "queries/questions/sister-cities.rq",
            "# answer:",
            "# parameter: least | Least | number 1 to 9\n# VALUES ?least { 10 }\n# answer:",
            "queries/questions/sister-cities.rq:1: what the query asks about as least is no number "
            "between 1 and 9. Widen the bounds.",
            id="number outside its bounds",
        ),
        pytest.param(
            "queries/questions/sister-cities.rq",
            "# answer:",
            "# view: picture of city\n# answer:",
            "queries/questions/sister-cities.rq:1: `picture of city` is no view. Write "
            "`chart of number by city`, `stack of number by city`, `map of city`, "
            "`map of city to partner as status` or `timeline of tie at date`.",
            id="view that cannot be read",
        ),
        pytest.param(
            "queries/questions/sister-cities.rq",
            "# answer:",
            "# view: chart of ties by city\n# answer:",
            "queries/questions/sister-cities.rq:1: the chart shows ties, which the query does not "
            "select. Select ?ties, or show another column.",
            id="view of a column that is not selected",
        ),
    ],
)
def test_what_could_never_fail_is_a_problem_itself(
    root: Path, file: str, old: str, new: str, problem: str
) -> None:
    spoil(root / file, old, new)
    assert problem in said(root)


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        ("shapes", "shapes: there is no shape. Put the files of shapes back."),
        (
            "queries/checks",
            "queries/checks: there is no check. "
            "Put the queries back; each is a SELECT that looks for one fault.",
        ),
    ],
)
def test_finding_nothing_to_check_with_is_a_failure(root: Path, part: str, problem: str) -> None:
    shutil.rmtree(root / part)
    assert said(root) == [problem]


def test_shapes_that_pyshacl_cannot_run_are_a_problem(root: Path) -> None:
    spoil(root / "shapes/agreement.ttl", "sh:minCount 2", 'sh:minCount "two"')
    (problem,) = said(root)
    assert problem.startswith("shapes: ")
    assert problem.endswith("Mend the shape; what it asks for is no SHACL that pySHACL can run.")


def test_what_comes_after_a_problem_is_said_to_be_unchecked(root: Path) -> None:
    (root / ALBY).write_text("zzz")
    report = checks.run(root)
    assert report.left_out == ("What comes after these problems was not checked yet.",)
