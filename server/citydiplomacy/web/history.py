"""The history of an entity: what became of it in each published version, as a page and as data."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response

from citydiplomacy import records, tables
from citydiplomacy.entities import Entity
from citydiplomacy.errors import UnknownEntityError
from citydiplomacy.formats import JSON
from citydiplomacy.history import BECAME, Statement, Step
from citydiplomacy.namespaces import VOCAB, EntityName, shorten
from citydiplomacy.records import Record
from citydiplomacy.tables import Value
from citydiplomacy.versions import pinned
from citydiplomacy.web import documents
from citydiplomacy.web.site import site

blueprint = Blueprint("history", __name__)
_SHOWN = 200
"""Statements, and entities that name this one, that a page shows of a version; data has all."""

Labels = Mapping[str, Value]


@dataclass(frozen=True)
class Replaced:
    """What was said with a property in a language, and what a version says in its place."""

    predicate: Value
    language: str
    before: tuple[Value, ...]
    after: tuple[Value, ...]

    @property
    def is_same_text(self) -> bool:
        """Whether only the datatype tells apart what is said."""
        return bool({value.text for value in self.before} & {value.text for value in self.after})


@dataclass(frozen=True)
class Shown:
    """What a page shows of a version."""

    step: Step
    replaced: list[Replaced]
    naming: dict[str, list[Value]]
    """Entities that name this one, now or before, by what became of them."""
    unshown: int


@blueprint.get("/<name:kind>/<name:slug>/history")
def page(kind: str, slug: str) -> Response:
    """Show in which versions an entity was added, changed and retired, the newest first."""
    entity, steps = _recorded(EntityName(kind, slug))
    labels = _labels(steps, _SHOWN)
    here = site()
    sent = documents.page(
        "history.html",
        entity=entity,
        versions=here.history.versions_of(entity.name.iri),
        steps=[_shown(step, labels) for step in steps],
        successor=labels.get(entity.successor) or _value(entity.successor, labels),
        newest=next(reversed(here.versions), ""),
    )
    return _kept(sent, steps)


@blueprint.get("/<name:kind>/<name:slug>/history.json")
def data(kind: str, slug: str) -> Response:
    """Send the same to programs."""
    entity, steps = _recorded(EntityName(kind, slug))
    here, labels = site(), _labels(steps)
    versions = here.history.versions_of(entity.name.iri)
    record = {
        **records.identity(entity, here.version),
        "published": here.version in here.versions,
        "versions": [version.name for version in versions],
        "history": [_record(entity.name, step, labels) for step in steps],
    }
    body = f"{json.dumps(record, ensure_ascii=False)}\n"
    return _kept(Response(body, content_type=JSON.content_type), steps)


def _recorded(name: EntityName) -> tuple[Entity, list[Step]]:
    """Return an entity, and what became of it, the newest first.

    Raises:
        UnknownEntityError: it is none, in what is served.
        DamagedReleaseError: the first version cannot be read.
    """
    if name.iri.startswith(VOCAB):
        raise UnknownEntityError(f"{name.iri} is no entity.", "Of terms no history is kept.")
    entity = site().entities.recorded(name)
    return entity, site().history.steps(name.iri, _naming(name))[::-1]


def _naming(name: EntityName) -> set[str]:
    """Return the entities that name another, in what is served."""
    here = site()
    if len(here.history.versions_of(name.iri)) < 2:  # noqa: PLR2004  # nothing can have changed
        return set()
    rows = tables.ask(here.engine, here.pages["naming"].about(entity=name.iri)).rows
    return {value.iri for row in rows for value in row.values if value}


def _kept(response: Response, steps: Iterable[Step]) -> Response:
    """Return a response that no cache keeps for longer than a file is damaged."""
    if any(step.is_damaged for step in steps):
        response.cache_control.no_store = True
    return response


def _labels(steps: Iterable[Step], most: int | None = None) -> dict[str, Value]:
    """Return the labels of what the steps name; of each step, no more than are shown."""
    iris = {
        iri
        for step in steps
        for iri in (
            *(each for said in (*step.removed, *step.added)[:most] for each in said[:2]),
            *(iri for _, iri in step.naming[:most]),
        )
    }
    return site().entities.labels({iri for iri in iris if iri})


def _shown(step: Step, labels: Labels) -> Shown:
    replaced = list(_replaced(step, labels))
    naming: dict[str, list[Value]] = {became: [] for became in BECAME}
    for became, iri in step.naming[:_SHOWN]:
        naming[became].append(_value(iri, labels))
    unshown = max(0, len(replaced) - _SHOWN) + max(0, len(step.naming) - _SHOWN)
    named = {became: values for became, values in naming.items() if values}
    return Shown(step, replaced[:_SHOWN], named, unshown)


def _replaced(step: Step, labels: Labels) -> Iterator[Replaced]:
    """Yield what was said and what is said, with what belongs together in one."""
    said: dict[tuple[str, str], tuple[list[Value], list[Value]]] = {}
    for side, statements in enumerate((step.removed, step.added)):
        for each in statements:
            pair = said.setdefault((each.property, each.language), ([], []))
            pair[side].append(_object(each, labels))
    for property_, language in sorted(said):
        before, after = said[property_, language]
        yield Replaced(_value(property_, labels), language, tuple(before), tuple(after))


def _record(name: EntityName, step: Step, labels: Labels) -> Record:
    naming = {became: [iri for told, iri in step.naming if told == became] for became in BECAME}
    return {
        "version": step.version.name,
        "date": step.version.modified,
        "became": step.became or None,
        "removed": None if step.is_damaged else _said(step.removed, labels),
        "added": None if step.is_damaged else _said(step.added, labels),
        "naming": None if step.is_damaged else naming,
        "document": pinned(f"{site().settings.address}{name.path}", step.version.name),
    }


def _said(statements: Iterable[Statement], labels: Labels) -> list[Record]:
    return [
        {
            "property": records.plain(_value(each.property, labels)),
            "value": records.plain(_object(each, labels)),
        }
        for each in statements
    ]


def _object(statement: Statement, labels: Labels) -> Value:
    if statement.iri:
        return _value(statement.iri, labels)
    return Value(statement.text, "", statement.language, statement.datatype)


def _value(iri: str, labels: Labels) -> Value:
    return labels.get(iri, Value(shorten(iri), iri))
