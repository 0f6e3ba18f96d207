"""What a visitor chooses of the ties: by kind, status, country, city and period.

A choice is read from the parameters of an address and written as parameters again, in one order
and each thing in one way: the same choice always has the same address.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from citydiplomacy import conditions
from citydiplomacy.errors import BadParameterError
from citydiplomacy.queries import NamedQuery
from citydiplomacy.ties import Actor, Concept, Dated, Tie, Ties, began

_NAMED = 12
"""Values that an error names before it says how many more there are."""

_EARLIEST, _LATEST = 1, 9999
_YES = "yes"
Parameters = Mapping[str, Sequence[str]]
D = TypeVar("D", bound=Dated)


@dataclass(frozen=True)
class Choice:
    """What is chosen; what is empty leaves everything."""

    kinds: tuple[Concept, ...] = ()
    statuses: tuple[Concept, ...] = ()
    country: Concept | None = None
    partner: Concept | None = None
    """A country of the other party: with it, only ties of the two countries are left."""
    city: Actor | None = None
    first: int | None = None
    last: int | None = None
    with_undated: bool = False
    """Whether what has no year stays although a period is chosen."""

    @property
    def has_period(self) -> bool:
        """Whether a first or last year is chosen."""
        return self.first is not None or self.last is not None

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The choice as parameters of an address."""
        single = {
            "country": self.country.slug if self.country else "",
            "with": self.partner.slug if self.partner else "",
            "city": self.city.slug if self.city else "",
            "from": "" if self.first is None else str(self.first),
            "to": "" if self.last is None else str(self.last),
            "undated": _YES if self.with_undated and self.has_period else "",
        }
        return [
            *(("kind", kind.slug) for kind in self.kinds),
            *(("status", status.slug) for status in self.statuses),
            *((name, value) for name, value in single.items() if value),
        ]

    def of_ties(self, ties: Iterable[Tie]) -> list[Tie]:
        """Return the ties that are chosen, in their order."""
        kinds, statuses = set(self.kinds), set(self.statuses)
        left = (tie for tie in ties if not kinds or tie.kind in kinds)
        return self.of([tie for tie in left if not statuses or tie.status in statuses])

    def of(self, found: Iterable[D]) -> list[D]:
        """Return what is of the places and the period that are chosen, of whatever kind."""
        return [each for each in found if self._is_here(each) and self._is_then(each)]

    def narrowed(self, query: NamedQuery) -> str:
        """Return a query that finds what is chosen."""
        return conditions.narrowed(query.text, dict(self._conditions()))

    def _is_here(self, what: Dated) -> bool:
        if self.city and self.city not in what.actors:
            return False
        there = [actor.country for actor in what.actors]
        if self.partner:
            # Two of one country are a tie with itself.
            return Counter(there) >= Counter((self.country, self.partner))
        return not self.country or self.country in there

    def _is_then(self, what: Dated) -> bool:
        if not self.has_period:
            return True
        period = began(what)
        return period.meets(self.first, self.last) if period else self.with_undated

    def _conditions(self) -> Iterator[tuple[str, str]]:
        several = {"kind": self.kinds, "status": self.statuses}
        for name, chosen in several.items():
            if chosen:
                yield name, " ".join(f"<{concept.iri}>" for concept in chosen)
        if self.city:
            yield "city", f"<{self.city.iri}>"
        if self.country:
            yield "country", f"<{self.country.iri}>"
        if self.country and self.partner:
            yield "with", _both_ways(self.country.iri, self.partner.iri)
        yield from self._conditions_on_period()

    def _conditions_on_period(self) -> Iterator[tuple[str, str]]:
        for name, year in (("from", self.first), ("to", self.last)):
            if year is not None:
                yield name, f'"{year:04}"'
        if self.has_period and not self.with_undated:
            yield "dated", _YES


Offered = dict[str, tuple[Concept, int]]
"""Values by their names in addresses, each with the number of ties that have it."""


class Offer:
    """What can be chosen of the ties of a release."""

    def __init__(self, ties: Ties) -> None:
        self.ties = ties
        self.kinds: Offered = _counted(Counter(tie.kind for tie in ties.ties))
        self.statuses: Offered = _counted(Counter(tie.status for tie in ties.ties))
        counts = Counter(country for tie in ties.ties for country in _countries(tie))
        by_name = sorted(counts.items(), key=lambda item: item[0].label.casefold())
        self.countries: Offered = {country.slug: (country, count) for country, count in by_name}

    def choice(self, given: Parameters) -> Choice:
        """Return what the parameters of an address choose; empty ones choose nothing.

        Raises:
            BadParameterError: a value is not offered; the error names what is.
        """
        country, partner = self._country(given, "country"), self._country(given, "with")
        choice = Choice(
            kinds=_several(given, "kind", self.kinds),
            statuses=_several(given, "status", self.statuses),
            country=country or partner,
            partner=partner if country else None,
            city=self._city(_only(given, "city")),
            first=_year(given, "from"),
            last=_year(given, "to"),
            with_undated=_switch(given, "undated"),
        )
        if choice.first is not None and choice.last is not None and choice.first > choice.last:
            raise BadParameterError(
                f"The period from {choice.first} to {choice.last} ends before it begins.",
                "Exchange the two years.",
            )
        return choice

    def _country(self, given: Parameters, name: str) -> Concept | None:
        slug = _only(given, name)
        return _offered(name, slug, self.countries) if slug else None

    def _city(self, given: str) -> Actor | None:
        """Return the city of that name; its name in addresses, or what people call it."""
        if not given or given.lower() in self.ties.cities:
            return self.ties.cities[given.lower()] if given else None
        named = self.ties.cities_named(given)
        if len(named) == 1:
            return named[0]
        if named:
            slugs = ", ".join(city.slug for city in named)
            raise BadParameterError(
                f"Several cities are called “{given}”.", f"Use one of: {slugs}."
            )
        raise BadParameterError(
            f"city={given} is no city of which a tie, a membership or an action is recorded.",
            "Find its name at /search, and write it as in its address: yokohama.",
        )


def _countries(tie: Tie) -> set[Concept]:
    return {actor.country for actor in tie.actors if actor.country}


def _counted(counts: Counter[Concept]) -> Offered:
    """Return the values, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0].label))
    return {concept.slug: (concept, count) for concept, count in ordered}


def _both_ways(one: str, other: str) -> str:
    ways = [f"(<{one}> <{other}>)", f"(<{other}> <{one}>)"]
    return " ".join(dict.fromkeys(ways))


def _several(given: Parameters, name: str, offered: Offered) -> tuple[Concept, ...]:
    """Return the values chosen, sorted; all of them are none."""
    chosen = {_offered(name, slug, offered) for slug in given.get(name, ()) if slug}
    ordered = tuple(sorted(chosen, key=lambda concept: concept.slug))
    return ordered if len(ordered) < len(offered) else ()


def _offered(name: str, slug: str, offered: Offered) -> Concept:
    if slug in offered:
        return offered[slug][0]
    names = list(offered)
    more = f" and {len(names) - _NAMED} more, listed on the page" if len(names) > _NAMED else ""
    raise BadParameterError(
        f"{name}={slug} is not offered here.",
        f"Use one of: {', '.join(names[:_NAMED])}{more}." if names else "There are no ties here.",
    )


def _only(given: Parameters, name: str) -> str:
    values = [value.strip() for value in given.get(name, ()) if value.strip()]
    if len(set(values)) > 1:
        raise BadParameterError(f"There are {len(values)} values of {name}.", "Give one.")
    return values[0] if values else ""


def _year(given: Parameters, name: str) -> int | None:
    text = _only(given, name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and _EARLIEST <= int(text[:5]) <= _LATEST):
        raise BadParameterError(f"{name}={text} is no year.", "Write it with digits: 1961.")
    return int(text)


def _switch(given: Parameters, name: str) -> bool:
    value = _only(given, name)
    if value not in {"", _YES}:
        raise BadParameterError(
            f"{name}={value} is not offered here.", f"Use {name}={_YES}, or leave it out."
        )
    return bool(value)


def switches(given: Parameters, name: str, offered: Sequence[str]) -> tuple[str, ...]:
    """Return which of the things to be shown are chosen, in their order; none are the first.

    Raises:
        BadParameterError: a value is not offered.
    """
    chosen = {value for value in given.get(name, ()) if value}
    for value in chosen - set(offered):
        raise BadParameterError(
            f"{name}={value} is not offered here.", f"Use one of: {', '.join(offered)}."
        )
    return tuple(each for each in offered if each in chosen)
