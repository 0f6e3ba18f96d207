"""What HermiT finds contradictory."""

import sys
from pathlib import Path

import pytest

from citydiplomacy import checks, files, reasoning
from citydiplomacy.errors import CheckFailedError
from citydiplomacy.namespaces import BASE

ALBY = "data/city/alby.ttl"


@pytest.fixture
def hermit() -> None:
    pytest.importorskip("owlready2", reason="the extra `reasoning` is not installed")


def add(file: Path, text: str) -> None:
    with file.open("a", encoding="utf-8") as end:
        end.write(text + "\n")


@pytest.mark.usefixtures("hermit")
def test_dates_and_geometries_do_not_stop_the_reasoner(root: Path) -> None:
    add(
        root / ALBY,
        'city:alby cd:startYear "1961-02-03"^^<http://www.w3.org/2001/XMLSchema#date> , '
        '"POINT(1 2)"^^<http://www.opengis.net/ont/geosparql#wktLiteral> .',
    )
    add(root / "ontology/core.ttl", "cd:date rdfs:range xsd:gYear ; a owl:DatatypeProperty .")
    assert reasoning.problems(files.read(root)) == ()


@pytest.mark.usefixtures("hermit")
@pytest.mark.drill
def test_the_node_that_completes_a_contradiction_is_named(root: Path) -> None:
    add(root / "data/city/dunmere.ttl", "city:dunmere a cd:Source .")
    (problem,) = checks.run(root).problems
    assert str(problem) == (
        "data/city/dunmere.ttl:5: city/dunmere contradicts the ontology, with what is said "
        "before it. Correct its classes and properties, or the axiom in ontology/axioms.ttl."
    )


@pytest.mark.usefixtures("hermit")
@pytest.mark.drill
def test_what_the_rules_add_may_contradict_too(root: Path) -> None:
    rule = root / "queries/rules/has-sister-city.rq"
    rule.write_text(rule.read_text("utf-8").replace("?city != ?other", "?city = ?other"))
    (problem,) = checks.run(root).problems
    assert str(problem) == (
        "queries/rules: what is derived contradicts. Correct the rule or the data it starts from."
    )


@pytest.mark.usefixtures("hermit")
def test_a_class_that_can_have_no_instance_is_named(root: Path) -> None:
    add(root / "ontology/core.ttl", "cd:Town a owl:Class ; rdfs:subClassOf cd:City , cd:Source .")
    (problem,) = reasoning.problems(files.read(root))
    assert str(problem).startswith("ontology/core.ttl:28: cd:Town can have no instance.")


@pytest.mark.usefixtures("hermit")
def test_an_ontology_that_contradicts_itself_is_named(root: Path) -> None:
    add(root / "ontology/core.ttl", "cd:thing a cd:City , cd:Agreement .")
    (problem,) = reasoning.problems(files.read(root))
    assert str(problem).startswith("ontology: the ontology contradicts itself.")


def test_an_import_is_refused_before_anything_is_fetched(root: Path) -> None:
    about = f"<{BASE}ontology> owl:imports <http://127.0.0.1:9/> ."
    add(root / "ontology/core.ttl", about)
    with pytest.raises(CheckFailedError, match=r"core\.ttl:28: owl:imports is not followed"):
        reasoning.problems(files.read(root))


def test_without_the_extra_the_check_says_what_was_left_out(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "owlready2", None)
    report = checks.run(root)
    assert report.problems == ()
    assert report.left_out == (
        "HermiT is not installed. Get it with: pip install 'citydiplomacy[reasoning]'",
    )


@pytest.mark.usefixtures("hermit")
def test_the_reasoner_works_from_the_top_of_the_file_system(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    assert checks.run(root).problems == ()


@pytest.mark.usefixtures("hermit")
def test_the_reasoner_keeps_quiet(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    checks.run(root)
    assert capfd.readouterr() == ("", "")
