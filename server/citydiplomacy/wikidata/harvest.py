"""Bringing what Wikidata says about the places of the graph, batch by batch.

Each batch that was answered is a file in a folder of its own, so that whatever ends a harvest, the
next one goes on from there; when all are there, the records are written, all of them or none.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from citydiplomacy import durable, files, queries
from citydiplomacy.engine.rows import Row, Term
from citydiplomacy.namespaces import CD, entity_name
from citydiplomacy.queries import NamedQuery
from citydiplomacy.wikidata import ENTITY, identifier, statements, turtle
from citydiplomacy.wikidata.source import Endpoint, HarvestError, TooHeavyError
from citydiplomacy.wikidata.statements import Item, Statement

ORIGIN = "wikidata"
"""The folder of the import, which names its graph."""

_PLAN = "plan.json"
_DONE = "records"
_PROPERTIES = {"twinning": f"{ENTITY}P190", "memberships": f"{ENTITY}P463"}
_KINDS = {"city", "region"}
_SIZE = 100
"""Items that one query asks about."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Harvest:
    """What is asked, of whom, and where what it brings is kept until it is whole."""

    endpoint: Endpoint
    work: Path
    into: Path
    root: Path
    size: int = _SIZE


@dataclass
class Report:
    """What a harvest brought, and what somebody has to look at."""

    items: int = 0
    statements: dict[str, int] = field(default_factory=dict)
    """By query, how many there are."""
    deprecated: int = 0
    vague: int = 0
    """Statements with a date that EDTF as we write it cannot hold."""
    resumed: int = 0
    """Batches that an earlier harvest had brought."""
    unknown: list[str] = field(default_factory=list)
    """Identifiers under which Wikidata has nothing."""
    merged: dict[str, str] = field(default_factory=dict)
    """Identifiers of items that were merged into others, with those of the others."""


def run(harvest: Harvest, *, anew: bool = False, progress: Progress = lambda _step: None) -> Report:
    """Bring what is missing, write the records, and tell what came.

    Raises:
        HarvestError: the endpoint cannot be asked now, or another harvest is under way, or nothing
            of the graph is linked to it.
    """
    try:
        with durable.alone(harvest.work.parent):
            return _run(harvest, anew, progress)
    except BlockingIOError as error:
        raise HarvestError("Another harvest is under way: two would ask twice as much.") from error


def _run(harvest: Harvest, anew: bool, progress: Progress) -> Report:
    items = linked_items(harvest.root)
    if not items:
        raise HarvestError("No city or region has an identifier of Wikidata: nothing can be asked.")
    asked = queries.load("wikidata", harvest.root)
    _begin(harvest, items, asked, anew=anew)
    report = Report(resumed=len(list(harvest.work.glob("*-*.json"))))
    found: dict[str, list[_Batch]] = {}
    for name in ("items", *_PROPERTIES):
        found[name] = list(_brought(harvest, asked[name], items, progress))
    told = {
        name: statements.read(_rows(found[name]), property_)
        for name, property_ in _PROPERTIES.items()
    }
    known = statements.items(_rows(found["items"]))
    values = {each.value for kind in told.values() for each in kind.values()} - {""}
    others = list(_brought(harvest, asked["names"], sorted(values - set(items)), progress))
    progress("Writing the records")
    _write(harvest, known, told, known | statements.items(_rows(others)), _days(found))
    _tell(report, items, known, told)
    shutil.rmtree(harvest.work)
    return report


def is_under_way(work: Path) -> bool:
    """Tell whether an earlier harvest was broken off."""
    return (work / _PLAN).is_file()


def linked_items(root: Path) -> list[str]:
    """Return the IRIs of the items that cities and regions are linked with, in order of number."""
    found = set()
    for document in files.read(root).data:
        for subject in document.subjects:
            name = entity_name(subject)
            if name and name.kind in _KINDS:
                found |= set(document.objects(subject, f"{CD}wikidataId"))
    return [f"{ENTITY}{each}" for each in sorted(found, key=lambda each: (len(each), each))]


@dataclass(frozen=True)
class _Batch:
    """What one query brought: the rows, what it asked about, and the day."""

    items: Sequence[str]
    rows: Sequence[Row]
    retrieved: str


def _begin(
    harvest: Harvest, items: Sequence[str], asked: Mapping[str, NamedQuery], *, anew: bool
) -> None:
    """Make ready to go on with an earlier harvest that asks the same, or to begin one."""
    texts = "".join(asked[name].text for name in sorted(asked))
    plan = {
        "endpoint": harvest.endpoint.address,
        "items": list(items),
        "size": harvest.size,
        "queries": hashlib.sha256(texts.encode()).hexdigest(),
    }
    file = harvest.work / _PLAN
    if file.is_file() and not anew and json.loads(file.read_bytes()) == plan:
        return
    if harvest.work.exists():
        shutil.rmtree(harvest.work)
    harvest.work.mkdir(parents=True)
    durable.replace(file, json.dumps(plan).encode())


def _brought(
    harvest: Harvest, query: NamedQuery, items: Sequence[str], progress: Progress
) -> Iterator[_Batch]:
    """Yield the answers to a query about all items, those that are missing brought now."""
    batches = range(0, len(items), harvest.size)
    for number, start in enumerate(batches, start=1):
        batch = items[start : start + harvest.size]
        # What the batch asks about is in its name: values differ from harvest to harvest.
        digest = hashlib.sha256(" ".join(batch).encode()).hexdigest()[:16]
        file = harvest.work / f"{query.slug}-{digest}.json"
        if not file.is_file():
            progress(f"{query.title}: {number} of {len(batches)}")
            rows = [
                {name: asdict(term) for name, term in row.items()}
                for row in _asked(harvest.endpoint, query, batch)
            ]
            today = datetime.now(UTC).date().isoformat()
            durable.replace(file, json.dumps({"retrieved": today, "rows": rows}).encode())
        kept = json.loads(file.read_bytes())
        rows_ = [{name: Term(**term) for name, term in row.items()} for row in kept["rows"]]
        yield _Batch(batch, rows_, kept["retrieved"])


def _asked(endpoint: Endpoint, query: NamedQuery, items: Sequence[str]) -> list[Row]:
    """Return what a query finds about items; where all are too many at once, about each half."""
    try:
        return endpoint.ask(query.about(item=items)).rows
    except TooHeavyError:
        if len(items) == 1:
            raise
        middle = len(items) // 2
        halves = items[:middle], items[middle:]
        return [row for half in halves for row in _asked(endpoint, query, half)]


def _rows(batches: Iterable[_Batch]) -> Iterator[Row]:
    return (row for batch in batches for row in batch.rows)


def _days(found: Mapping[str, Iterable[_Batch]]) -> dict[str, str]:
    """Return for each item the earliest day on which it was asked about."""
    days: dict[str, str] = {}
    for batch in (batch for batches in found.values() for batch in batches):
        for item in batch.items:
            days[item] = min(batch.retrieved, days.get(item, batch.retrieved))
    return days


def _write(
    harvest: Harvest,
    known: Mapping[str, Item],
    told: Mapping[str, Mapping[str, Statement]],
    names: Mapping[str, Item],
    days: Mapping[str, str],
) -> None:
    """Write all records, and put them in the place of those of the harvest before."""
    records = harvest.work / _DONE
    if records.exists():
        shutil.rmtree(records)
    folder = records / turtle.KIND
    folder.mkdir(parents=True)
    by_item: dict[str, list[Statement]] = {iri: [] for iri in known}
    for statement in (each for kind in told.values() for each in kind.values()):
        by_item.setdefault(statement.item, []).append(statement)
    for iri, stated in by_item.items():
        item = known.get(iri, Item(iri))
        record = turtle.Record(item, stated, names, days[iri], harvest.endpoint.address)
        durable.write(folder / turtle.file_name(iri), turtle.written(record).encode())
    durable.sync(folder)
    _put(records, harvest.into, harvest.work / "before")


def _put(records: Path, into: Path, before: Path) -> None:
    """Put a folder in the place of another; where this is broken off, the next harvest ends it."""
    into.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(before, ignore_errors=True)
    if into.exists():
        shutil.move(into, before)
    shutil.move(records, into)
    durable.sync(into.parent)


def _tell(
    report: Report,
    items: Sequence[str],
    known: Mapping[str, Item],
    told: Mapping[str, Mapping[str, Statement]],
) -> None:
    stated = [each for kind in told.values() for each in kind.values()]
    report.items = len(known)
    report.statements = {name: len(each) for name, each in told.items()}
    report.deprecated = sum(each.rank == "deprecated" for each in stated)
    report.vague = sum(each.vague for each in stated)
    report.unknown = [identifier(iri) for iri in items if iri not in known]
    report.merged = {
        identifier(iri): identifier(item.merged) for iri, item in known.items() if item.merged
    }
