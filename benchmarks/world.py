"""An invented world of city diplomacy: what there is, and what is stated of it.

A city and what belongs to it depend on its number and the seed alone.
"""

from random import Random
from typing import NamedTuple

from benchmarks import names
from benchmarks.writer import (
    RDF_TYPE,
    Statement,
    Writer,
    cd,
    concept,
    decimal,
    entity,
    number,
    text,
)
from citydiplomacy.namespaces import PREFIXES

COUNTRIES = 190
_SEED = 1961
_SEED_STEP = 1_000_003
_CITIES_PER_NETWORK = 300
_SMALLEST_WORLD_OF_NETWORKS = 14
_MULTIPLIER, _RANGE = 2_654_435_761, 2**32

_KINDS = {
    "SisterCityAgreement": ("Sister city agreement", "hasSisterCity", 70),
    "FriendshipCityAgreement": ("Friendship city agreement", "hasFriendshipCity", 12),
    "PartnerCityAgreement": ("Partner city agreement", "hasPartnerCity", 8),
    "MemorandumOfUnderstanding": ("Memorandum of understanding", "", 10),
}
"""Kinds of agreement: what they are called, how they join two cities, how many in a hundred."""

_STATUSES = {
    "listed": 70,
    "in-force": 14,
    "dormant": 4,
    "proposed": 4,
    "suspended": 4,
    "terminated": 4,
}
_NOT_JOINING = {
    "proposed": "hasProposedPartnership",
    "suspended": "hasSuspendedPartnership",
    "terminated": "",
}
_ENDS = {
    "suspended": ("AgreementSuspension", "Suspension"),
    "terminated": ("AgreementTermination", "End"),
}
_MODES = {"member": 88, "executive-member": 8, "participant": 4}
_CONFIDENCES = {"stated": 60, "reported": 15, "single-list": 25}
_SOURCE_KINDS = {"web-page": 40, "news-item": 30, "report": 15, "dataset": 5, "press-release": 10}
_WORDS = ["the", "list", "of", "city", "and", "a", "page", "its", "partner", "gives", "year", "day"]

_GEO = "http://www.w3.org/2003/01/geo/wgs84_pos#"
_LABEL = f"<{PREFIXES['rdfs']}label>"
_ALTERNATIVE = f"<{PREFIXES['skos']}altLabel>"
_NOTE = f"<{PREFIXES['skos']}editorialNote>"
_ISSUED = f"<{PREFIXES['dcterms']}issued>"
_URL = f"<{PREFIXES['schema']}url>"
_SAME = f"<{PREFIXES['schema']}sameAs>"
_LATITUDE, _LONGITUDE = f"<{_GEO}lat>", f"<{_GEO}long>"
_MEMBER, _MEMBER_OF = f"<{PREFIXES['org']}member>", f"<{PREFIXES['org']}memberOf>"
_ORGANISATION = f"<{PREFIXES['org']}organization>"


def countries_and_networks(writer: Writer, count: int) -> None:
    """Write what is not a city's, in a world of so many cities."""
    for country in range(COUNTRIES):
        spelt = names.COUNT - 1 - country
        code = chr(ord("A") + country // 26) + chr(ord("A") + country % 26)
        about = [
            (_LABEL, text(names.english(spelt), "en")),
            (_LABEL, text(*names.local(spelt, country))),
            (cd("isoCode"), text(code)),
            *_wikidata(country + 1),
        ]
        writer.node(_country(country), cd("Country"), about)
    for network in range(_networks(count)):
        about = [(_LABEL, text(f"Network of {names.english(network)} Cities", "en"))]
        writer.node(_network(network), cd("CityNetwork"), about)


def city(writer: Writer, this: int, count: int) -> None:
    """Write a city, and what belongs to it rather than to a city of a greater number."""
    of = Random(_SEED * _SEED_STEP + this)  # noqa: S311  # repeatable is what is wanted
    desk = _Desk(writer, this, count, of)
    if this % 3 == 0:
        desk.source()
    desk.city()
    for partner in _partners(this, of):
        desk.agreement(partner)
    for network in _joined(_networks(count), of):
        desk.membership(network)
    if this and _happens(of, 0.5):
        desk.visit(of.randrange(this))
    if _happens(of, 0.4):
        desk.population()


class _Tie(NamedTuple):
    """An agreement of two cities, in the order of their names."""

    one: int
    other: int
    kind: str
    status: str

    @property
    def slug(self) -> str:
        return f"{names.slug(self.one)}--{names.slug(self.other)}"

    @property
    def shortcut(self) -> str:
        """The property that joins the two directly, or nothing."""
        _, shortcut, _ = _KINDS[self.kind]
        return _NOT_JOINING.get(self.status, shortcut) if shortcut else ""


class _Desk:
    """Where all that belongs to one city is written."""

    def __init__(self, writer: Writer, this: int, count: int, of: Random) -> None:
        self._writer = writer
        self._this = this
        self._count = count
        self._of = of
        self._passages = 0

    def source(self) -> None:
        of, name = self._of, names.english(self._this)
        issued = f"{of.randint(2000, 2025)}-{of.randint(1, 12):02}"
        about = [
            (_LABEL, text(f"Report of {name} on its partners", "en")),
            (cd("sourceKind"), concept("source-kind", _one_of(of, _SOURCE_KINDS))),
            (_ISSUED, text(issued)),
            (_URL, f"<https://example.org/{names.slug(self._this)}/{issued}>"),
        ]
        self._writer.node(_source(self._this), cd("Source"), about)

    def city(self) -> None:
        of, name, country = self._of, names.english(self._this), country_of(self._this)
        latitude, longitude = of.randint(-55, 70) * 10**6, of.randint(-180, 179) * 10**6
        placed = [(cd("inCountry"), _country(country))]
        about = [
            (_LABEL, text(name, "en")),
            (_LABEL, text(*names.local(self._this, country))),
            *placed,
            *_perhaps(of, 0.3, (_ALTERNATIVE, text(f"City of {name}", "en"))),
            *_perhaps(of, 0.9, *_wikidata(self._this + 1000)),
            *_perhaps(of, 0.9, (cd("geonamesId"), text(str(1_000_000 + self._this)))),
            *_perhaps(
                of,
                0.8,
                (_LATITUDE, decimal(latitude + of.randrange(10**6))),
                (_LONGITUDE, decimal(longitude + of.randrange(10**6))),
            ),
        ]
        self._writer.node(_city(self._this), cd("City"), about)
        self._back(_city(self._this), placed)

    def agreement(self, partner: int) -> None:
        of = self._of
        kind = _one_of(of, {name: weight for name, (_, _, weight) in _KINDS.items()})
        one, other = sorted((self._this, partner), key=names.slug)
        tie = _Tie(one, other, kind, _one_of(of, _STATUSES))
        ended = [(cd("endDate"), text(f"{of.randint(2014, 2025)}-03"))]
        stated = [
            (cd("hasParty"), _city(one)),
            (cd("hasParty"), _city(other)),
            (cd("status"), concept("agreement-status", tie.status)),
            *_perhaps(of, 0.6, (cd("startDate"), text(_date(of)))),
            *_perhaps(of, 0.7, (cd("statusAsOf"), text(f"{of.randint(2012, 2025)}"))),
            *(ended if tie.status == "terminated" else ()),
        ]
        node = entity("agreement", tie.slug)
        label = f"{_KINDS[kind][0]} of {names.english(one)} and {names.english(other)}"
        self._writer.node(node, cd(kind), [(_LABEL, text(label, "en")), *stated])
        self._back(node, [(RDF_TYPE, cd(kind)), *stated])
        if _happens(of, 0.3):
            self._back(node, stated[:2])
        if tie.shortcut:
            self._writer.derive(_city(one), cd(tie.shortcut), _city(other))
            self._writer.derive(_city(other), cd(tie.shortcut), _city(one))
        if tie.status in _ENDS:
            self._end(tie)

    def _end(self, tie: _Tie) -> None:
        kind, called = _ENDS[tie.status]
        ends = names.english(tie.one), names.english(tie.other)
        stated = [
            (cd("actsOn"), entity("agreement", tie.slug)),
            (cd("initiator"), _city(tie.one)),
            (cd("counterpart"), _city(tie.other)),
            (cd("date"), text(f"2022-{self._of.randint(1, 12):02}")),
            (cd("realisation"), concept("realisation", "carried-out")),
        ]
        label = f"{called} of the tie of {ends[0]} and {ends[1]}"
        self._backed_node(entity("action", f"{tie.slug}-ended"), kind, label, stated)

    def membership(self, network: int) -> None:
        mode = _one_of(self._of, _MODES)
        stated = [
            (_MEMBER, _city(self._this)),
            (_ORGANISATION, _network(network)),
            (cd("participationMode"), concept("participation-mode", mode)),
            (cd("statusAsOf"), text(f"{self._of.randint(2015, 2025)}")),
        ]
        node = entity("membership", f"{names.slug(self._this)}--network-{network}")
        name = names.english(self._this)
        label = f"Membership of {name} in the Network of {names.english(network)} Cities"
        self._backed_node(node, "NetworkMembership", label, stated)
        if mode != "participant":
            self._writer.derive(_city(self._this), _MEMBER_OF, _network(network))

    def visit(self, host: int) -> None:
        stated = [
            (cd("visitor"), _city(self._this)),
            (cd("host"), _city(host)),
            (cd("date"), text(_date(self._of))),
            (cd("realisation"), concept("realisation", "carried-out")),
        ]
        node = entity("action", f"{names.slug(self._this)}-visits-{names.slug(host)}")
        label = f"Visit of {names.english(self._this)} to {names.english(host)}"
        self._backed_node(node, "OfficialVisit", label, stated)

    def population(self) -> None:
        people = int(20_000 * self._of.paretovariate(1.1))
        stated = [
            (cd("figureAbout"), _city(self._this)),
            (cd("figureMeasure"), concept("figure-measure", "population")),
            (cd("value"), number(people)),
            (cd("valueQualifier"), concept("value-qualifier", "about")),
        ]
        node = entity("figure", f"{names.slug(self._this)}-population")
        label = f"Population of {names.english(self._this)}: about {people}"
        self._backed_node(node, "Figure", label, stated)

    def _backed_node(self, node: str, kind: str, label: str, stated: list[Statement]) -> None:
        self._writer.node(node, cd(kind), [(_LABEL, text(label, "en")), *stated])
        self._back(node, stated)

    def _back(self, node: str, stated: list[Statement]) -> None:
        """Write evidence for what is stated of a node, from some source."""
        of = self._of
        self._passages += 1
        source = of.randrange(self._count) // 3 * 3
        passage = f"report-{source}-{self._this}-{self._passages}"
        place = f"Body ¶{self._passages} s1" if _happens(of, 0.4) else f"List, entry {source}"
        note = " ".join(of.choices(_WORDS, k=10)).capitalize()
        about = [
            (cd("inSource"), _source(source)),
            (cd("locator"), text(place)),
            (cd("confidence"), concept("confidence", _one_of(of, _CONFIDENCES))),
            *_perhaps(of, 0.4, (cd("sentenceDigest"), text(f"sha256:{of.getrandbits(256):064x}"))),
            *_perhaps(of, 0.3, (_NOTE, text(f"{note}.", "en"))),
        ]
        self._writer.evidence(node, entity("evidence", passage), about, stated)


def country_of(this: int) -> int:
    """Return the country of a city: a few countries have most of the cities."""
    return int(COUNTRIES * (this * _MULTIPLIER % _RANGE / _RANGE) ** 2)


def _partners(this: int, of: Random) -> list[int]:
    """Return the partners abroad among the cities of smaller numbers, the smallest most often."""
    wanted = min(this, int(of.expovariate(1 / 3.2) + 0.5))
    drawn = {int(this * of.random() ** 1.5) for _ in range(wanted)}
    home = country_of(this)
    return sorted(partner for partner in drawn if country_of(partner) != home)


def _joined(networks: int, of: Random) -> list[int]:
    """Return the networks that a city is in: the first have most members."""
    wanted = int(of.expovariate(1 / 1.2))
    return sorted({int(networks * of.random() ** 2) for _ in range(wanted)})


def _networks(count: int) -> int:
    return _SMALLEST_WORLD_OF_NETWORKS + count // _CITIES_PER_NETWORK


def _date(of: Random) -> str:
    """Return a date as exact as sources are: half give the year, few the decade or the day."""
    year = min(2024, 1950 + int(of.triangular(0, 75, 45)))
    month, day = of.randint(1, 12), of.randint(1, 28)
    forms = [f"{year // 10}X", f"{year}", f"{year}-{month:02}", f"{year}-{month:02}-{day:02}"]
    return of.choices(forms, (5, 50, 15, 30))[0]


def _happens(of: Random, share: float) -> bool:
    return of.random() < share


def _perhaps(of: Random, share: float, *statements: Statement) -> tuple[Statement, ...]:
    """Return the statements, or nothing: so large a share of the nodes has them."""
    return statements if _happens(of, share) else ()


def _one_of(of: Random, weights: dict[str, int]) -> str:
    return of.choices(list(weights), list(weights.values()))[0]


def _wikidata(item: int) -> tuple[Statement, Statement]:
    identifier = (cd("wikidataId"), text(f"Q{item}"))
    return identifier, (_SAME, f"<http://www.wikidata.org/entity/Q{item}>")


def _city(this: int) -> str:
    return entity("city", names.slug(this))


def _country(country: int) -> str:
    return entity("country", names.slug(names.COUNT - 1 - country))


def _network(network: int) -> str:
    return entity("network", f"network-{network}")


def _source(this: int) -> str:
    return entity("source", f"report-{this}")
