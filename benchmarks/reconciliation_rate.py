"""How many queries of the reconciliation service are answered a second, among 100,000 names?

A world of 50,000 invented cities, each with a name in English and one in the language of its
country, its country, its place and an identifier. Queries come as OpenRefine sends them: ten in a
batch, each with a name and a country, a part of them with a slip of the fingers or in the script of
the country; no batch comes twice. Over 8 kept connections, `wrk` sends them as fast as they are
answered. The ratio is to the queries a second that are wanted.
"""

import json
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox

from benchmarks import harness, load, names, peers, processes, world
from benchmarks.harness import Finding, Goal, Options
from benchmarks.peers import PeerError, Server
from citydiplomacy import release
from citydiplomacy.namespaces import BASE, CD, PREFIXES

GOAL = Goal(1)
_WANTED = 500
_PLACE = "/reconcile?queries="
_CITIES, _FEW = 50_000, 2_000
_BATCHES, _IN_BATCH = 400, 10
_CONNECTIONS = 8
_SLIPS, _LOCAL = 0.2, 0.2
_SEED = 1961
_SETTLED_SECONDS = 6
"""After so long, each web process has begun to make what it needs for matching."""
_LEAST_RIGHT = 0.9
"""The share of names without a slip that have to be matched, or the rate would mean nothing."""


def measure(options: Options) -> Iterator[Finding]:
    """Yield the rate of queries."""
    cities = _FEW if options.smoke else _CITIES
    # The same queries in every run; nothing here is to be secret.
    chance = random.Random(_SEED)  # noqa: S311
    batches = [_batch(chance, cities) for _ in range(_BATCHES)]
    with tempfile.TemporaryDirectory(prefix="benchmark-reconciliation-") as folder:
        file = Path(folder) / "world.nq"
        _write(file, cities)
        data = Path(folder) / "release"
        data.mkdir()
        release.of_file(file, data)
        with harness.servers(data, peers.ours) as (ours,):
            _check(ours, cities)
            time.sleep(_SETTLED_SECONDS)
            processes.wait_until_idle([ours.pid])
            # The number in a key makes each batch one that never came before.
            asked = load.Pages([f"{_PLACE}{json.dumps(batch)}" for batch in batches])
            load.run(ours, asked, _CONNECTIONS, options.seconds)
            found = [
                load.run(ours, asked, _CONNECTIONS, options.seconds) for _ in range(options.rounds)
            ]
    rates = [each.rate * _IN_BATCH for each in found]
    p99 = harness.median(each.p99 for each in found)
    yield Finding(
        f"reconciliation: queries a second among {2 * cities:,} names",
        f"{harness.median(rates):,.0f}/s (a batch of {_IN_BATCH}: p99 {p99:.0f} ms)",
        f"{_WANTED}/s wanted",
        [rate / _WANTED for rate in rates],
        GOAL,
    )


def _check(server: Server, cities: int) -> None:
    """See to it that names without a slip are matched."""
    # As above.
    chance = random.Random(_SEED + 1)  # noqa: S311
    numbers = [chance.randrange(cities) for _ in range(_IN_BATCH)]
    queries = {f"q{number}": _query(names.english(number), number) for number in numbers}
    said = json.loads(server.page(f"{_PLACE}{quote(json.dumps(queries))}"))
    right = [
        key
        for key, answer in said.items()
        for each in answer["result"]
        if each["match"] and each["id"] == f"city/{names.slug(int(key[1:]))}"
    ]
    if len(right) < _LEAST_RIGHT * len(queries):
        raise PeerError(f"Only {len(right)} of {len(queries)} names are matched.")


def _batch(chance: random.Random, cities: int) -> dict[str, object]:
    found: dict[str, object] = {}
    for key in range(_IN_BATCH):
        number = chance.randrange(cities)
        found[f"q{key}-{load.NUMBER}"] = _query(_written(chance, number), number)
    return found


def _written(chance: random.Random, number: int) -> str:
    drawn = chance.random()
    if drawn < _LOCAL:
        return names.local(number, number % world.COUNTRIES)[0]
    text = names.english(number)
    if drawn < _LOCAL + _SLIPS:
        place = chance.randrange(1, len(text))
        text = text[:place] + text[place + 1 :]
    return text


def _query(text: str, number: int) -> dict[str, object]:
    country = names.english(names.COUNT - 1 - number % world.COUNTRIES)
    return {
        "query": text,
        "type": "City",
        "type_strict": "should",
        "properties": [{"pid": "country", "v": country}],
    }


def _write(file: Path, cities: int) -> None:
    """Write the world: as much of it as is matched."""
    lines = [
        f"{_cd(name)} <{CD}kind> {json.dumps(kind)} .\n{_cd(name)} {_label(kind, 'en')} .\n"
        for name, kind in (("City", "city"), ("Country", "country"))
    ]
    for country in range(world.COUNTRIES):
        label = names.english(names.COUNT - 1 - country)
        lines.append(f"{_country(country)} a {_cd('Country')} ; {_label(label, 'en')} .\n")
    for number in range(cities):
        country = number % world.COUNTRIES
        text, language = names.local(number, country)
        latitude, longitude = number % 140 - 70, number % 359 - 179
        lines.append(
            f"<{BASE}city/{names.slug(number)}> a {_cd('City')} ; "
            f"{_label(names.english(number), 'en')} ; {_label(text, language)} ; "
            f'<{CD}inCountry> {_country(country)} ; <{CD}wikidataId> "Q{number + 1}" ; '
            f"<{PREFIXES['geo']}lat> {latitude}.5 ; <{PREFIXES['geo']}long> {longitude}.5 .\n"
        )
    turtle = ox.parse("".join(lines), ox.RdfFormat.TURTLE)
    ox.serialize(turtle, str(file), ox.RdfFormat.N_QUADS)


def _cd(name: str) -> str:
    return f"<{CD}{name}>"


def _country(number: int) -> str:
    return f"<{BASE}country/{names.slug(names.COUNT - 1 - number)}>"


def _label(text: str, language: str) -> str:
    return f"<{PREFIXES['rdfs']}label> {json.dumps(text, ensure_ascii=False)}@{language}"


if __name__ == "__main__":
    harness.main(__doc__, measure)
