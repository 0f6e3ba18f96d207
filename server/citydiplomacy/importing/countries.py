"""In which country a place lies: one of ours, one that the table brings, or none that is known."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from citydiplomacy import naming
from citydiplomacy.importing import slugs
from citydiplomacy.importing.mentions import Mention
from citydiplomacy.importing.world import World
from citydiplomacy.namespaces import EntityName
from citydiplomacy.reconciliation.register import Record


@dataclass(frozen=True)
class Country:
    """A country: its name in the graph, and what it is called."""

    entity: EntityName
    label: str
    code: str = ""
    """Its code where the table brings it: it is no country of ours then."""
    line: int = 0
    """The line of the row that names it first, in that case."""


class Countries:
    """The countries of ours and of a table, as far as its mentions tell which are meant.

    A country is known by its name; where that is none of ours, by its code. What the code of a
    country of ours is says the country itself, or most of the rows that name it.
    """

    def __init__(self, world: World, mentions: Iterable[tuple[Mention, int]]) -> None:
        self._world = world
        named: defaultdict[Record, Counter[str]] = defaultdict(Counter)
        told: defaultdict[str, Counter[str]] = defaultdict(Counter)
        lines: dict[str, int] = {}
        for mention, line in mentions:
            if mention.code:
                told[mention.code][mention.country] += 1
                lines.setdefault(mention.code, line)
                if known := self._named(mention.country):
                    named[known][mention.code] += 1
        self._codes = {record: _most(codes) for record, codes in named.items()}
        self._codes |= {record: world.code(record) for record in named if world.code(record)}
        self._coded = {code: record for record, code in self._codes.items()}
        self._new = dict(self._made(told, lines))

    @property
    def new(self) -> Mapping[str, Country]:
        """The countries that the table brings, by their codes."""
        return self._new

    def of(self, mention: Mention) -> Country | str:
        """Return the country of a mention, or why there is none, in words."""
        named, coded = self._named(mention.country), self._known(mention.code)
        if named and mention.code and self._codes.get(named) != mention.code:
            return f"{named.label} and the code {mention.code} are not the same country."
        if found := named or coded:
            return Country(found.entity, found.label)
        if regions := self._world.called(mention.country, "region"):
            return f"“{mention.country}” is {regions[0].id}, a part of a country."
        if mention.code in self._new:
            return self._new[mention.code]
        what = f"“{mention.country}”" if mention.country else f"The code {mention.code}"
        return f"{what} is no country that is known, and nothing else in the row says which it is."

    def _known(self, code: str) -> Record | None:
        return self._coded.get(code) or self._world.coded(code)

    def _named(self, text: str) -> Record | None:
        """Return the country of ours that a text names: "Georgia (country)", "Wales, UK"."""
        before, _ = naming.apart(text) if "(" in text else ("", "")
        for form in (text, before, text.rpartition(",")[2]):
            found = self._world.called(form, "country")
            if len(found) == 1:
                return found[0]
        return None

    def _made(
        self, told: Mapping[str, Counter[str]], lines: Mapping[str, int]
    ) -> Iterator[tuple[str, Country]]:
        """Yield a country for each code that is none of ours, called as most rows call it."""
        taken: set[str] = set()
        for code, texts in sorted(told.items()):
            named = [text for text in texts if slugs.slug(text)]
            if not named or self._known(code):
                continue
            label = _most({text: texts[text] for text in named})
            if self._world.called(label, "region"):
                continue
            slug = slugs.slug(label)
            if slug in taken or self._world.is_taken(EntityName("country", slug)):
                label, slug = f"{label} ({code})", f"{slug}-{code.casefold()}"
            taken.add(slug)
            yield code, Country(EntityName("country", slug), label, code, lines[code])


def _most(counts: Mapping[str, int]) -> str:
    """Return what is counted most often; of several the first in the alphabet."""
    return min(counts, key=lambda each: (-counts[each], each))
