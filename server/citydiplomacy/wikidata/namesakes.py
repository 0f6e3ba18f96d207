"""Items of Wikidata that are called as entities of ours are: a list of candidates to be linked."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from citydiplomacy.engine.rows import Row
from citydiplomacy.queries import Literal, NamedQuery
from citydiplomacy.wikidata import identifier
from citydiplomacy.wikidata.proposals import Unlinked
from citydiplomacy.wikidata.source import Endpoint
from citydiplomacy.wikidata.statements import place

_SIZE = 50
"""Names that one query asks about."""

_EVERY = "mul"
"""The language of labels that hold for every language which has none of its own."""


@dataclass
class Namesake:
    """An item that has one of the names."""

    item: str
    labels: dict[str, str] = field(default_factory=dict)
    """By language."""
    aliases: set[str] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)
    points: set[tuple[str, str]] = field(default_factory=set)
    types: set[str] = field(default_factory=set)


def find(
    endpoint: Endpoint,
    query: NamedQuery,
    entities: Iterable[Unlinked],
    progress: Callable[[str], None] = lambda _step: None,
) -> list[Namesake]:
    """Return the items that have a name of one of the entities, in order of their identifiers.

    Raises:
        HarvestError: the endpoint cannot be asked now.
    """
    names = [name for entity in entities for name in entity.names]
    asked = list(dict.fromkeys(each for name in names for each in _written_as(name)))
    found: dict[str, Namesake] = {}
    for start in range(0, len(asked), _SIZE):
        progress(f"{query.title}: {start + 1} to {min(start + _SIZE, len(asked))} of {len(asked)}")
        for row in endpoint.ask(query.about(name=asked[start : start + _SIZE])).rows:
            item = identifier(row["item"].value)
            _take(found.setdefault(item, Namesake(item)), row)
    return sorted(found.values(), key=lambda each: (len(each.item), each.item))


def written(found: Sequence[Namesake]) -> str:
    """Return the items as lines of JSON; one without a label is called by its identifier."""
    return "".join(f"{json.dumps(_line(each), ensure_ascii=False)}\n" for each in found)


def _written_as(name: Literal) -> tuple[Literal, Literal]:
    return name, Literal(name.text, _EVERY)


def _take(namesake: Namesake, row: Row) -> None:
    if "label" in row:
        namesake.labels[row["label"].language] = row["label"].value
    for name, kept in (
        ("alias", namesake.aliases),
        ("country", namesake.countries),
        ("type", namesake.types),
    ):
        if name in row:
            kept.add(row[name].value)
    if "point" in row and (point := place(row["point"].value)):
        namesake.points.add(point)


def _line(namesake: Namesake) -> dict[str, object]:
    labels = namesake.labels
    told: dict[str, object] = {
        "item": namesake.item,
        "label": labels.get("en") or labels.get(_EVERY) or namesake.item,
        "aliases": sorted({*namesake.aliases, *labels.values()}),
        "type": ", ".join(sorted(namesake.types)),
    }
    # Of two countries, or places, nobody could tell which one is meant.
    if len(namesake.countries) == 1:
        told["country"] = next(iter(namesake.countries))
    if len(namesake.points) == 1:
        ((latitude, longitude),) = namesake.points
        told |= {"latitude": float(latitude), "longitude": float(longitude)}
    return told
