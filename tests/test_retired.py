"""What was retired is listed, counted and offered nowhere: the release, with some of it retired."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from citydiplomacy import queries, supervisor, tables
from citydiplomacy.engine import Engine
from citydiplomacy.entities import Entities
from citydiplomacy.namespaces import CURATED, PREFIXES
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings

PAGES = queries.load("pages")
OFFERING = (
    *(name for name in PAGES if name.startswith("choices/")),
    *("home/10-cities", "home/20-agreements", "home/30-disputed", "discrepancies/10-all"),
    *("explore/actions", "explore/agreements", "explore/memberships", "explore/ties"),
)
"""Queries whose rows are each about an entity that is offered to be looked at or chosen."""
CONFLICT = "kind", "discrepancy"


class Worlds(NamedTuple):
    """The release before and after, and what was retired between."""

    before: Engine
    after: Engine
    retired: frozenset[str]


def iris(table: tables.Table) -> list[str]:
    """Return what the rows are about: a conflict stands behind its kind, all else in front."""
    column = 1 if table.columns[:2] == CONFLICT else 0
    return [value.iri for row in table.rows if (value := row.values[column])]


def offered(engine: Engine, name: str) -> list[str]:
    return iris(tables.ask(engine, PAGES[name].text))


@pytest.fixture(scope="module")
def worlds(
    engine: Engine, release: Release, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worlds]:
    folder: Path = tmp_path_factory.mktemp("aged")
    entities = Entities(engine, PAGES)
    several = [iris(entities.of_kind(kind)[1]) for kind in entities.kinds]
    several += [offered(engine, name) for name in OFFERING]
    retired = frozenset(each[0] for each in several)
    said = f'<{PREFIXES["owl"]}deprecated> "true"^^<{PREFIXES["xsd"]}boolean> <{CURATED}> .\n'
    lines = "".join(f"<{iri}> {said}" for iri in sorted(retired))
    known = (release.folder / "citydiplomacy.nq").read_text("utf-8")
    (folder / "citydiplomacy.nq").write_text(known + lines, "utf-8")
    with supervisor.running_engine(Settings(), folder) as running:
        yield Worlds(engine, running, retired)


def test_a_kind_lists_and_counts_what_is_not_retired(worlds: Worlds) -> None:
    before, after = (Entities(engine, PAGES) for engine in worlds[:2])
    for name in before.kinds:
        left = [iri for iri in iris(before.of_kind(name)[1]) if iri not in worlds.retired]
        counted = after.kinds[name].count if name in after.kinds else 0
        assert (name, counted) == (name, len(left))
        if left:
            assert iris(after.of_kind(name)[1]) == left


@pytest.mark.parametrize("name", OFFERING)
def test_what_is_retired_is_offered_nowhere(worlds: Worlds, name: str) -> None:
    assert not worlds.retired.isdisjoint(offered(worlds.before, name))
    assert worlds.retired.isdisjoint(offered(worlds.after, name))
