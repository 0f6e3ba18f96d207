"""The documents say what is so: examples run, references lead to files, nothing is left out."""

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
from citydiplomacy.settings import PREFIX, default_in_words, public

ROOT = paths.root()
README = (ROOT / "README.md").read_text("utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LOCAL = "http://127.0.0.1:8000"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


CURLS = [line for line in "".join(blocks("sh")).splitlines() if line.startswith("curl ")]


def test_the_python_example_prints_what_the_readme_shows(service: str) -> None:
    (program,) = blocks("python")
    (shown,) = blocks("text")
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
    assert (rdflib.URIRef(f"{BASE}city/taipei"), None, None) in found


def test_the_citation_of_the_readme_is_the_one_of_the_page(app: Flask) -> None:
    (quoted,) = re.findall(r"^> (.+)$", README, re.MULTILINE)
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
    rules = {re.sub(r"<\w+:", "<", rule.rule) for rule in app.url_map.iter_rules()}
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
