"""Which column of a table holds what: by the names in its header, or as somebody says."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from citydiplomacy import naming
from citydiplomacy.importing.mentions import Mention

SIDES = ("a", "b")

_SIDE_WORDS = {
    "a": ("a", "1", "one", "first", "source", "from"),
    "b": ("b", "2", "two", "second", "target", "to"),
}
_FIELD_WORDS = {
    "name": ("name", "city", "town", "place", "label", ""),
    "country": ("country", "country_name", "city_country"),
    "code": ("code", "iso2", "iso", "iso_3166", "country_code", "alpha_2"),
    "latitude": ("latitude", "lat"),
    "longitude": ("longitude", "long", "lon", "lng"),
    "wikidata": ("wikidata", "wikidata_id", "qid", "city_wikidata"),
}
FIELDS = tuple(f"{side}_{field}" for side in SIDES for field in _FIELD_WORDS)
"""What can be read of a row, for each of its two places."""


@dataclass(frozen=True)
class Columns:
    """Where each field stands in a row, and how many cells a row has."""

    places: Mapping[str, int]
    width: int
    header: Sequence[str]

    def mentions(self, cells: Sequence[str]) -> tuple[Mention, Mention]:
        """Return what a row says of its two places."""
        one, other = (
            Mention(*(self._cell(cells, f"{side}_{field}") for field in _FIELD_WORDS))
            for side in SIDES
        )
        return one, other

    def told(self) -> Iterator[tuple[str, str]]:
        """Yield each field that is read with the name of its column."""
        return ((field, self.header[place]) for field, place in self.places.items())

    def _cell(self, cells: Sequence[str], field: str) -> str:
        place = self.places.get(field)
        return "" if place is None else cells[place]


def fitting(header: Sequence[str], mapping: Mapping[str, str]) -> Columns | str:
    """Return the columns of a header that hold the fields, or what is missing, in words."""
    if senseless := _senseless(header, mapping):
        return senseless
    places: dict[str, int] = {}
    for field in FIELDS:
        found = _named(header, mapping[field]) if field in mapping else _meant(header, field)
        if isinstance(found, str):
            return found
        if found is not None:
            places[field] = found
    missing = list(_missing(places))
    if missing:
        return (
            f"no column is known to hold {' and '.join(missing)}. The header has: "
            f"{', '.join(header)}. Say which is meant, for example --map {missing[0].split()[0]}="
            f"“{header[0]}”."
        )
    return Columns(places, len(header), header)


def _senseless(header: Sequence[str], mapping: Mapping[str, str]) -> str:
    unknown = [field for field in mapping if field not in FIELDS]
    if unknown:
        return f"there is no field {unknown[0]}; the fields are {', '.join(FIELDS)}."
    if not any(header):
        return "there is no header: the file is empty, or its first line is blank."
    return ""


def _missing(places: Mapping[str, int]) -> Iterator[str]:
    for side in SIDES:
        if f"{side}_name" not in places:
            yield f"{side}_name"
        if f"{side}_country" not in places and f"{side}_code" not in places:
            yield f"{side}_country (or {side}_code)"
        if (f"{side}_latitude" in places) != (f"{side}_longitude" in places):
            yield f"{side}_latitude as well as {side}_longitude"


def _named(header: Sequence[str], column: str) -> int | str | None:
    if not column:  # the field is left out on purpose
        return None
    if header.count(column) == 1:
        return header.index(column)
    if column in header:
        return f"two columns are called {column}."
    plain = {name.casefold(): name for name in header}
    near = difflib.get_close_matches(column.casefold(), plain, 1)
    hint = f"Do you mean {plain[near[0]]}?" if near else f"There are: {', '.join(header)}."
    return f"there is no column {column}. {hint}"


def _meant(header: Sequence[str], field: str) -> int | str | None:
    side, _, what = field.partition("_")
    ways = {
        "_".join(filter(None, parts))
        for word in _SIDE_WORDS[side]
        for told in _FIELD_WORDS[what]
        for parts in ((word, told), (told, word))
    }
    ways |= {way.replace("_", "") for way in ways}
    found = [number for number, name in enumerate(header) if _plain(name) in ways]
    if len(found) > 1:
        names = " and ".join(header[number] for number in found)
        return f"{names} may both hold {field}. Say which is meant by --map {field}=…"
    return found[0] if found else None


def _plain(name: str) -> str:
    return re.sub(r"\W+", "_", naming.folded(name)).strip("_")
