"""What became of each entity from one published version to the next.

Which entities a version added, changed and retired stands in its JSON; what was changed of them, in
its patch. Only the entities of a version without one before have to be found in its N-Quads.
"""

import gzip
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import pyoxigraph as ox

from citydiplomacy import differences
from citydiplomacy.errors import DamagedReleaseError
from citydiplomacy.namespaces import CD, CURATED, IMPORTED, PREFIXES, entity_name
from citydiplomacy.once import once
from citydiplomacy.published import ADDED, CHANGED, PATCH, RETIRED, Published

BECAME = (ADDED, CHANGED, RETIRED)
_REMOVED, _ADDED = "D ", "A "
_BACKED = f"<{CD}supportsValue>"
"""What evidence backs is named by what states it; the evidence says it again."""

_TEXT = {f"{PREFIXES['xsd']}string", f"{PREFIXES['rdf']}langString"}

Became = dict[str, str]
"""What became of entities in a version, by IRI: the added first, and then in the order of IRIs."""


class Statement(NamedTuple):
    """What a version said of an entity: a property with an IRI, or with a literal."""

    property: str
    iri: str
    text: str = ""
    language: str = ""
    datatype: str = ""


@dataclass
class Patch:
    """What the patch of a version says of entities that were there before."""

    removed: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Lines of N-Quads, by their subject."""
    added: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    naming: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By entity, those whose statements about it came or went."""


@dataclass(frozen=True)
class Step:
    """What became of an entity in a version, and of others that name it."""

    version: Published
    became: str
    """Empty where it stayed as it was, and something became of others that name it."""
    removed: tuple[Statement, ...] = ()
    added: tuple[Statement, ...] = ()
    naming: tuple[tuple[str, str], ...] = ()
    """The entities that name it, now or before: what became of them, and their IRIs."""
    is_damaged: bool = False
    """Whether its patch cannot be read, so that nobody knows what was changed."""


class Activity(NamedTuple):
    """A version in which something became of an entity; of the version itself there is no IRI."""

    version: Published
    became: str
    iri: str = ""


class History:
    """What became of the entities in published versions, which are given the oldest first."""

    def __init__(self, versions: dict[str, Published]) -> None:
        self._versions = versions
        self._patches: dict[str, Patch] = {}

    def versions_of(self, iri: str) -> list[Published]:
        """Return the versions that have an entity, the oldest first: all since it was added.

        Raises:
            DamagedReleaseError: the first version cannot be read.
        """
        versions = list(self._versions.values())
        told = (
            place for place, version in enumerate(versions) if iri in self._became[version.name]
        )
        first = next(told, None)
        return [] if first is None else versions[first:]

    def steps(self, iri: str, naming: Collection[str] = ()) -> list[Step]:
        """Return the versions in which something became of an entity, the oldest first.

        Args:
            iri: The entity.
            naming: Those that name it in what is served. Who began or ceased to do so, the patches
                tell; who only was changed beside that, they do not.

        Raises:
            DamagedReleaseError: the first version cannot be read.
        """
        steps = (self._step(version, iri, naming) for version in self.versions_of(iri))
        return [step for step in steps if step.became or step.naming]

    @once
    def activities(self) -> list[Activity]:
        """All that became of all entities, the oldest first; after that of a version, itself."""
        return [
            activity
            for version in self._versions.values()
            for activity in (
                *(Activity(version, told, iri) for iri, told in self._became[version.name].items()),
                Activity(version, ADDED),
            )
        ]

    @once
    def _became(self) -> dict[str, Became]:
        """What became of the entities in each version."""
        found: dict[str, Became] = {}
        known: set[str] = set()
        before = ""
        for name, version in self._versions.items():
            told = _told(version)
            # Beside the first, that whose version before is lost here: what is told is not all.
            if not before or version.told["previous"] != before:
                there_are = differences.state(version.nquads()).entities
                told |= dict.fromkeys(there_are.keys() - known - told.keys(), ADDED)
            found[name] = dict(sorted(told.items(), key=_rank))
            known |= told.keys()
            before = name
        return found

    def _step(self, version: Published, iri: str, naming: Collection[str]) -> Step:
        became = self._became[version.name]
        try:
            patch = self._patch(version)
        except DamagedReleaseError:
            return Step(version, became.get(iri, ""), is_damaged=True)
        # What is new and names it does so by its patch; what was there may name it since later.
        changed = {each for each in naming if became.get(each, ADDED) != ADDED}
        others = changed | patch.naming.get(iri, set())
        removed, added = (
            set(_statements(lines.get(iri, ()))) for lines in (patch.removed, patch.added)
        )
        return Step(
            version,
            became.get(iri, ""),
            # What went and came has moved to another named graph, and is said as before.
            tuple(sorted(removed - added)),
            tuple(sorted(added - removed)),
            tuple((became[each], each) for each in sorted(others)),
        )

    def _patch(self, version: Published) -> Patch:
        if version.name not in self._patches:
            self._patches[version.name] = _read(version, self._became[version.name])
        return self._patches[version.name]


def _told(version: Published) -> Became:
    """Return what a version tells of entities; what it tells of terms is left out."""
    terms = version.told["terms"]  # of a kind of entity that is retired whole, there is no count
    return {
        iri: became
        for became, by_kind in version.told["changes"].items()
        for kind, iris in by_kind.items()
        if kind not in terms
        for iri in iris
    }


def _rank(told: tuple[str, str]) -> tuple[int, str]:
    iri, became = told
    return BECAME.index(became), iri


def _read(version: Published, became: Became) -> Patch:
    """Return what the patch of a version says; the first version has none."""
    patch = Patch()
    file = version.whole(PATCH)
    if file.name not in version.told["kept"]:
        return patch
    with gzip.open(file, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            if line.startswith((_REMOVED, _ADDED)):
                _note(patch, line, became)
    return patch


def _note(patch: Patch, line: str, became: Became) -> None:
    """Note what a line says of an entity that was there, and about which it says that."""
    subject, property_, rest = line[2:].split(" ", 2)
    value, graph, _ = rest.rsplit(" ", 2)
    iri = subject[1:-1]
    if not graph.startswith((f"<{CURATED}>", f"<{IMPORTED}")):
        return
    # All that is said of what is new would be kept for nothing: it is shown as it was then.
    if became.get(iri) != ADDED and entity_name(iri):
        (patch.removed if line.startswith(_REMOVED) else patch.added)[iri].append(line[2:])
    if iri in became and property_ != _BACKED and entity_name(value[1:-1]):
        patch.naming[value[1:-1]].add(iri)


def _statements(lines: Iterable[str]) -> Iterator[Statement]:
    """Yield what lines of N-Quads say, without their subject and graph.

    Statements with blank nodes are passed over, since the labels of those mean nothing in another
    version: what belongs to an entity has an IRI.
    """
    for quad in ox.parse("".join(lines), format=ox.RdfFormat.N_QUADS):
        value = quad.object
        if isinstance(value, ox.NamedNode):
            yield Statement(quad.predicate.value, value.value)
        elif isinstance(value, ox.Literal):
            language = value.language or ""
            datatype = value.datatype.value
            # As results of queries have it: a text is a text.
            datatype = "" if datatype in _TEXT else datatype
            yield Statement(quad.predicate.value, "", value.value, language, datatype)
