"""What patches say of entities: small worlds of a few statements, in two versions."""

import gzip
from pathlib import Path
from typing import Any, cast

import pytest

from citydiplomacy import differences, manifests
from citydiplomacy.history import History, Statement
from citydiplomacy.namespaces import BASE, CD, CURATED, DERIVED, IMPORTED, ONTOLOGY_GRAPH
from citydiplomacy.paths import DUMP
from citydiplomacy.published import NQUADS, PATCH, Published, Told
from citydiplomacy.versions import Version

ALBY, COLE = f"{BASE}city/alby", f"{BASE}city/cole"
IMPORT = f"{IMPORTED}list"


def line(subject: str, name: str, value: str, graph: str = CURATED) -> str:
    return f"{subject} <{CD}{name}> {value} <{graph}> .\n"


def published(folder: Path, name: str, lines: list[str], before: list[str] | None) -> Published:
    """Return a version that holds these statements, after one that held others."""
    nquads, earlier = ("".join(sorted(each)).encode() for each in (lines, before or []))
    files = {f"{name}{NQUADS}": gzip.compress(nquads)}
    changes: dict[str, Any] = {}
    if before is not None:
        patch = differences.patch(earlier, nquads, ("0.1.0", name))
        files[f"{name}{PATCH}"] = gzip.compress(patch)
        changes = differences.between(differences.state(earlier), differences.state(nquads))
    for file, content in files.items():
        (folder / file).write_bytes(content)
    entities, terms = differences.state(nquads).counts()
    told = {
        "previous": "" if before is None else "0.1.0",
        "manifest": {"files": {DUMP: manifests.facts(nquads)}},
        "kept": {file: manifests.facts(content) for file, content in files.items()},
        "entities": entities,
        "terms": terms,
        "changes": changes,
    }
    return Published(folder, Version.read(name), cast(Told, told))


def history(folder: Path, before: list[str], after: list[str]) -> History:
    versions = (
        published(folder, "0.1.0", before, None),
        published(folder, "0.2.0", after, before),
    )
    return History({version.name: version for version in versions})


def test_what_was_said_and_what_is_said_are_told_apart(tmp_path: Path) -> None:
    known = line(f"<{ALBY}>", "size", '"a \\" b"@fr')
    before, after = ([known, line(f"<{ALBY}>", "size", value)] for value in ('"1"', f"<{COLE}>"))
    _, step = history(tmp_path, before, after).steps(ALBY)
    (removed,), (added,) = step.removed, step.added
    assert removed == Statement(f"{CD}size", "", "1")
    assert added == Statement(f"{CD}size", COLE)
    # It names what nobody has described: that has no history.
    assert history(tmp_path, before, after).steps(COLE) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([line(f"<{ALBY}>", "size", '"1"', IMPORT)], [line(f"<{ALBY}>", "size", '"1"')]),
        ([line(f"<{ALBY}>", "hasTie", f"<{COLE}>", DERIVED)], []),
        ([line(f"<{ALBY}>", "note", "_:c14n0")], [line(f"<{ALBY}>", "note", "_:c14n1")]),
    ],
    ids=["moved to another graph", "inferred", "without a name"],
)
def test_what_says_the_same_as_before_is_no_change(
    tmp_path: Path, before: list[str], after: list[str]
) -> None:
    known = line(f"<{ALBY}>", "label", '"Alby"')
    found = history(tmp_path, [known, *before], [known, *after])
    assert [(step.became, step.removed, step.added) for step in found.steps(ALBY)] == [
        ("added", (), ())
    ]


def test_evidence_for_a_statement_is_not_told_as_another_that_names_its_value(
    tmp_path: Path,
) -> None:
    known = [line(f"<{ALBY}>", "label", '"Alby"')]
    backed = line(f"<{BASE}evidence/e1>", "supportsValue", f"<{ALBY}>")
    stated = line(f"<{BASE}evidence/e2>", "about", f"<{ALBY}>")
    _, step = history(tmp_path, known, [*known, backed, stated]).steps(ALBY)
    assert step.naming == (("added", f"{BASE}evidence/e2"),)


def test_terms_have_no_history(tmp_path: Path) -> None:
    terms = [
        line(f"<{iri}>", "label", '"a term"', ONTOLOGY_GRAPH)
        for iri in (f"{CD}City", f"{BASE}vocab/status", f"{BASE}vocab/status#listed")
    ]
    found = history(tmp_path, [], terms)
    assert [activity.iri for activity in found.activities] == ["", ""]
    assert found.versions_of(f"{BASE}vocab/status") == []
