"""How good are the matches, on names that nobody tuned for?

    python -m benchmarks.reconciliation_quality twin_towns_world.csv.gz

The file is a table of twin towns of the world, two places a line, each with name, country,
coordinates and, for about half of them, an item of Wikidata. Each different place that has an item
is one query; right is the city of ours with that item, and none where we have no such city: most
of the places are not ours, and many have the names of cities that are, such as Birmingham,
Vladimir or Portland. The places are drawn into two halves by a seed: the matcher was made while
looking at the one, `--half tuned`; counted is the other.

Cities of ours without an item in Wikidata are left out, since nobody can say whether they are
meant; and so are rows that contradict themselves: the country that they name is not that of the
city that has their item, because a geocoder took one London for the other.

Precision is how many of the matches are right, recall how many of the cities of ours were matched.
What is compared with is a match of equal names, and nothing else.
"""

import argparse
import csv
import gzip
import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks import harness, pages
from citydiplomacy import naming, settings, supervisor
from citydiplomacy.reconciliation.agreement import HALF, agreement
from citydiplomacy.reconciliation.matching import Matcher
from citydiplomacy.reconciliation.register import Register
from citydiplomacy.reconciliation.sought import Condition, Sought
from citydiplomacy.web import create_app
from citydiplomacy.web.site import EXTENSION, Site

_SEED = 7
_TYPES = ("City",)
_SHOWN = 10


class Place(NamedTuple):
    """A place of the table."""

    name: str
    country: str
    latitude: str
    longitude: str
    wikidata: str


class Judged(NamedTuple):
    """What came of all queries: right and wrong matches, and those of our cities not matched."""

    right: int
    wrong: list[tuple[Place, str]]
    missed: int

    @property
    def precision(self) -> float:
        """The share of the matches that are right."""
        return self.right / max(1, self.right + len(self.wrong))

    @property
    def recall(self) -> float:
        """The share of our cities that were matched."""
        return self.right / max(1, self.right + self.missed)


Match = Callable[[Place], str]
"""Returns the id of the city that a place is matched with, or nothing."""


def main() -> None:
    """Print precision and recall of each way to match."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path, help="the table, compressed or not")
    parser.add_argument("--half", choices=("counted", "tuned"), default="counted")
    parser.add_argument("--wrong", action="store_true", help="show some of the wrong matches")
    given = parser.parse_args()
    drawn = _half(sorted(set(_places(given.table))), given.half)
    chosen = settings.from_environment()
    served = pages.served()
    with harness.ending_in_order(), supervisor.running_engine(chosen, served.folder) as engine:
        site: Site = create_app(chosen, engine, served).extensions[EXTENSION]
        _print(drawn, site, shows_wrong=given.wrong)


def _print(drawn: Sequence[Place], site: Site, *, shows_wrong: bool) -> None:
    register = site.register
    items = {
        values[0].text: record.id
        for iri, values in register.values("wikidata").items()
        if (record := register.record(iri)) and set(_TYPES) & set(record.types)
    }
    whole, drawn = drawn, [place for place in drawn if not _contradicts(register, items, place)]
    left_out = len(whole) - len(drawn)
    ours = sum(place.wikidata in items for place in drawn)
    digest = hashlib.sha256("\n".join(map("\t".join, drawn)).encode()).hexdigest()[:16]
    print(
        f"{len(drawn):,} places, {ours} of them ours, {left_out} left out because they contradict "
        f"themselves; sample {digest}, release {site.release.id}"
    )
    print("\n| matched by | precision | recall | wrong | missed |\n|---|---|---|---|---|")
    for name, match in _ways(register, site.matcher):
        judged = _judged(drawn, items, match)
        shares = f"{judged.precision:.3f} | {judged.recall:.3f}"
        print(f"| {name} | {shares} | {len(judged.wrong)} | {judged.missed} |")
        for place, found in judged.wrong[:_SHOWN] if shows_wrong else ():
            print(f"    {place} is not {found}")


def _contradicts(register: Register, items: dict[str, str], place: Place) -> bool:
    """Tell whether a row names another country than the city of ours that has its item lies in."""
    record = register.record(items.get(place.wikidata, ""))
    if record is None:
        return False
    known = agreement(register, record, Condition("country", (place.country,)))
    return known is not None and known.share < HALF


def _ways(register: Register, matcher: Matcher) -> Iterator[tuple[str, Match]]:
    """Yield the ways to match, each with what it is called."""

    def equal(place: Place) -> str:
        named = register.named(naming.folded(place.name))
        return next((each.id for each in named if set(_TYPES) & set(each.types)), "")

    def matched(*told: Callable[[Place], Condition]) -> Match:
        def match(place: Place) -> str:
            conditions = tuple(each(place) for each in told)
            found = matcher.candidates(Sought(place.name, types=_TYPES, conditions=conditions))
            return next((each.record.id for each in found if each.match), "")

        return match

    def country(place: Place) -> Condition:
        return Condition("country", (place.country,))

    def coordinates(place: Place) -> Condition:
        return Condition("coordinates", (f"{place.latitude},{place.longitude}",))

    yield "equal names alone (compared with)", equal
    yield "name", matched()
    yield "name and country", matched(country)
    yield "name and coordinates", matched(coordinates)
    yield "name, country and coordinates", matched(country, coordinates)


def _judged(drawn: Sequence[Place], items: dict[str, str], match: Match) -> Judged:
    known = set(items.values())
    right, missed = 0, 0
    wrong = []
    for place in drawn:
        expected, found = items.get(place.wikidata, ""), match(place)
        if found and found not in known:
            continue  # of ours, but nobody can say whether it is meant
        right += bool(found) and found == expected
        missed += bool(expected) and found != expected
        if found and found != expected:
            wrong.append((place, found))
    return Judged(right, wrong, missed)


def _half(places: list[Place], which: str) -> list[Place]:
    # The same halves in every run; nothing here is to be secret.
    random.Random(_SEED).shuffle(places)  # noqa: S311
    return places[1::2] if which == "counted" else places[::2]


def _places(table: Path) -> Iterator[Place]:
    written = table.read_bytes()
    text = (gzip.decompress(written) if table.suffix == ".gz" else written).decode()
    columns = ("name", "country", "lat", "lon", "wikidata")
    for row in csv.DictReader(text.splitlines()):
        for side in "ab":
            place = Place(*(row[f"{side}_{column}"] for column in columns))
            if place.wikidata:
                yield place


if __name__ == "__main__":
    main()
