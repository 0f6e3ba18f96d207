"""The documents say what is so: examples run, references lead to files, nothing is left out."""

import csv
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import rdflib
from flask import Flask

from citydiplomacy import __version__, checks, errors, paths
from citydiplomacy.namespaces import BASE
from citydiplomacy.release import Release
from citydiplomacy.settings import PREFIX, default_in_words, public

ROOT = paths.root()
README = (ROOT / "README.md").read_text("utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LOCAL = "http://127.0.0.1:8000"


def blocks(language: str, document: str = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", document, re.MULTILINE | re.DOTALL)


def document(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text("utf-8")


SHELL = "".join(blocks("sh") + blocks("sh", document("python")))
CURLS = [line for line in SHELL.splitlines() if line.startswith("curl ")]
ABOUT = {"taipei": "taipei", "Q38283": "yokohama"}
"""Which city a command is about, by what it names."""


@pytest.mark.parametrize("text", [README, document("python")], ids=["readme", "python"])
def test_a_python_example_prints_what_is_shown(service: str, text: str) -> None:
    (program,) = blocks("python", text)
    (shown,) = blocks("text", text)
    told = subprocess.run(
        [sys.executable, "-c", program.replace(LOCAL, service)],
        capture_output=True,
        check=True,
        text=True,
    )
    assert told.stdout == shown


@pytest.mark.parametrize("command", CURLS)
def test_a_curl_example_brings_data_about_its_city(command: str, service: str) -> None:
    told = subprocess.run(
        [*shlex.split(command.replace(LOCAL, service)), "--silent", "--fail"],
        capture_output=True,
        check=True,
        text=True,
    )
    format_ = "json-ld" if command.endswith(".jsonld") else "turtle"
    found = rdflib.Graph().parse(data=told.stdout, format=format_)
    (city,) = (city for name, city in ABOUT.items() if name in command)
    assert (rdflib.URIRef(f"{BASE}city/{city}"), None, None) in found


@pytest.mark.drill
@pytest.mark.parametrize("number", range(2))
def test_an_example_in_r_prints_what_is_shown(service: str, number: int, tmp_path: Path) -> None:
    if not (rscript := shutil.which("Rscript")):
        pytest.skip("R is not installed: apt-get install r-base-core r-cran-curl r-cran-jsonlite")
    programs, shown = blocks("r", document("r")), blocks("text", document("r"))
    file = tmp_path / "example.R"
    file.write_text("\n".join(programs[: number + 1]).replace(LOCAL, service), "utf-8")
    told = subprocess.run([rscript, file], capture_output=True, check=True, text=True)
    assert told.stdout == "".join(shown[: number + 1])


def test_the_tutorial_of_openrefine_shows_what_comes_of_its_table(app: Flask) -> None:
    tutorial = document("openrefine")
    rows = list(csv.DictReader(blocks("csv", tutorial)[0].splitlines()))
    queries = {
        f"q{number}": {
            "query": row["city"],
            "type": "City",
            "type_strict": "should",
            "properties": [{"pid": "country", "v": row["country"]}],
        }
        for number, row in enumerate(rows)
    }
    found = app.test_client().post("/reconcile", data={"queries": json.dumps(queries)}).json
    assert found
    told = []
    for row, key in zip(rows, queries, strict=True):
        first = next(iter(found[key]["result"]), {"name": "", "score": "", "match": False})
        matched = "yes" if first["match"] else "no"
        cells = [row["city"], row["country"], first["name"], first["score"], matched]
        told.append(re.sub(r" +", " ", f"| {' | '.join(map(str, cells))} |"))
    assert re.findall(r"^\| .*$", tutorial, re.MULTILINE)[1:] == told


def test_the_citation_of_the_readme_is_the_one_of_the_page(app: Flask, release: Release) -> None:
    (shown,) = re.findall(r"^> (.+)$", README, re.MULTILINE)
    quoted = re.sub(r"version [\d.]+(?=\. )", f"version {release.manifest['version']}", shown)
    page = app.test_client().get("/agreement/houston--taipei.html").get_data(as_text=True)
    assert quoted in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_a_document_leads_only_to_files_that_are_there(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text("utf-8"))
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_the_settings_are_documented_as_they_are() -> None:
    rows = [
        f"| `{PREFIX}{entry.name.upper()}` | {default_in_words(entry)} | {entry.metadata['help']} |"
        for entry in public()
    ]
    documented = re.findall(rf"^\| `{PREFIX}.*$", OPERATIONS, re.MULTILINE)
    assert documented == rows


def test_every_address_is_documented(app: Flask) -> None:
    api = (ROOT / "docs" / "api.md").read_text("utf-8")
    rules = {re.sub(r"<\w+(\([^)]*\))?:", "<", rule.rule) for rule in app.url_map.iter_rules()}
    assert sorted(rule for rule in rules if f"`{rule}`" not in api) == []


def test_the_version_is_the_same_everywhere() -> None:
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    ontology = (ROOT / "ontology" / "core.ttl").read_text("utf-8")
    assert f"\nversion: {__version__}\n" in citation
    assert f'owl:versionInfo "{__version__}"' in ontology
    assert f"ontology/{__version__}>" in ontology


def test_the_tree_of_errors_is_complete() -> None:
    tree = errors.__doc__ or ""
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.CityDiplomacyError)
    ]
    assert [kind.__name__ for kind in kinds if kind.__name__ not in tree] == []


def test_the_templates_are_data_that_every_rule_accepts(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for part in ("ontology", "shapes", "queries", "data"):
        shutil.copytree(ROOT / part, tree / part)
    templates = ROOT / "docs" / "templates"
    copied = [Path("data") / file.relative_to(templates) for file in templates.rglob("*.ttl")]
    assert {file.parent.name for file in copied} >= {"agreement", "city", "figure", "source"}
    shutil.copytree(templates, tree / "data", dirs_exist_ok=True)
    report = checks.run(tree, copied)
    assert report.problems == report.notices == ()
    # They are read at all: without the source, all that rests on it is wrong.
    next((tree / "data" / "source").glob("alby-*.ttl")).unlink()
    assert checks.run(tree, copied).problems


def promises(document: str) -> list[str]:
    """Return the rows of the tables of promises."""
    tables = re.findall(r"^\| promise \|.*\n\|-.*\n((?:\|.*\n)+)", document, re.MULTILINE)
    return [row for table in tables for row in table.splitlines()]


@pytest.mark.parametrize("name", ["operations", "persistence"])
def test_each_promise_names_a_test_that_there_is(name: str) -> None:
    rows = promises(document(name))
    assert len(rows) > 10
    for row in rows:
        named = re.findall(r"`(?:(tests/[\w/]+\.py)::(\w+)|python -m (benchmarks\.\w+))`", row)
        assert named, row
        for file, test, module in named:
            if module:
                assert (ROOT / f"{module.replace('.', '/')}.py").is_file()
            else:
                assert f"\ndef {test}(" in (ROOT / file).read_text("utf-8"), test
