"""Seeded synthetic data of any size, as the release that a service serves.

It has the terms of our ontology and the graphs of our releases: cities with names in several
languages, countries, agreements with dates and status, memberships, visits, suspensions and ends,
figures, sources, and evidence for all of it; and in the derived graph what `queries/rules` derive
from that, line for line (`tests/test_benchmarks.py` runs the rules and compares). Few cities have
many ties and many have few; so it is with countries and networks.

    python -m benchmarks.synthetic 46000 1000000 10000000

The same size gives the same bytes, whoever writes them and with however many processes.
"""

import argparse
import hashlib
import multiprocessing
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

from benchmarks import names, world, writer
from benchmarks.writer import Part, Writer
from citydiplomacy import derivation, files, manifests, paths
from citydiplomacy.manifests import FileFacts
from citydiplomacy.namespaces import CD, CURATED, DERIVED, ONTOLOGY_GRAPH, PREFIXES

_PER_CITY = 153.4
"""Triples of a city with all that belongs to it, on average."""

_PER_COUNTRY = 7
_CHUNK = 500
"""Cities that one task writes: some fifteen megabytes."""

_RDFS = PREFIXES["rdfs"]
_UPWARDS = ox.NamedNode(f"{_RDFS}subClassOf"), ox.NamedNode(f"{_RDFS}subPropertyOf")


class Model(NamedTuple):
    """What stands above each term of our ontology; and the ontology's own lines."""

    above: Mapping[str, Sequence[str]]
    stated: Sequence[str]
    derived: Sequence[str]


def release(triples: int, folder: Path | None = None) -> Path:
    """Return a release folder with about that many triples; it is written once and kept."""
    kept = folder or cache_folder()
    place = kept / f"{triples}-{_version()}"
    if not place.exists():
        kept.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept, prefix=".writing-") as scratch:
            written = Path(scratch) / place.name
            written.mkdir()
            _write(written, triples)
            if not place.exists():  # whoever was faster wrote the same
                written.rename(place)
    return place


def cache_folder() -> Path:
    """Return the folder in which the data is kept unless another is named."""
    return paths.cache() / "benchmarks"


def cities(triples: int) -> list[str]:
    """Return the cities in data of that size, as they end their IRIs; the first have most ties."""
    return [names.slug(city) for city in range(_count(triples))]


def _count(triples: int) -> int:
    known = model()
    fixed = len(known.stated) + len(known.derived) + _PER_COUNTRY * world.COUNTRIES
    return max(2, round((triples - fixed) / _PER_CITY))


def _write(folder: Path, triples: int) -> None:
    stated = derived = 0
    with (folder / paths.DUMP).open("wb") as dump:
        for part in _parts(triples):
            dump.write(part.text)
            stated += part.stated
            derived += part.derived
    counted = _counted(folder / paths.DUMP)
    with (folder / paths.DUMP).open("a", encoding="utf-8") as dump:
        dump.writelines(counted)
    derived += len(counted)
    of_ontology = len(model().stated)
    graphs = {CURATED: stated - of_ontology, DERIVED: derived, ONTOLOGY_GRAPH: of_ontology}
    with (folder / paths.DUMP).open("rb") as dump:
        digest = hashlib.file_digest(dump, "sha256").hexdigest()
    size = (folder / paths.DUMP).stat().st_size
    facts: FileFacts = {"bytes": size, "sha256": digest}
    manifest = manifests.of_files({paths.DUMP: facts}, graphs, version="0")
    (folder / manifests.MANIFEST).write_bytes(manifests.written(manifest))


def _counted(dump: Path) -> Sequence[str]:
    """Return what a release counts of its own, as the rules do: no part knows the whole."""
    store = ox.Store()
    store.bulk_load(path=str(dump), format=ox.RdfFormat.N_QUADS)
    return _lines(derivation.counts(paths.root(), store), DERIVED)


def _parts(triples: int) -> Iterator[Part]:
    """Yield the lines in their order, made by as many processes as there are cores."""
    known, count = model(), _count(triples)
    lines = "".join((*known.stated, *known.derived))
    yield Part(lines.encode(), len(known.stated), len(known.derived))
    rest = Writer(known.above)
    world.countries_and_networks(rest, count)
    yield rest.part()
    chunks = [(start, min(start + _CHUNK, count), count) for start in range(0, count, _CHUNK)]
    with multiprocessing.get_context("spawn").Pool(min(len(chunks), os.cpu_count() or 1)) as pool:
        yield from pool.imap(_chunk, chunks)


def _chunk(bounds: tuple[int, int, int]) -> Part:
    first, end, count = bounds
    cities = Writer(model().above)
    for city in range(first, end):
        world.city(cities, city, count)
    return cities.part()


@cache
def model() -> Model:
    """Return the ontology as it stands in the repository, without its blank nodes.

    Their names would differ from run to run, and no question here asks for what they mean.
    """
    root = paths.root()
    known = {triple for document in files.read(root).model for triple in document.triples}
    stated = {triple for triple in known if not _has_blank(triple)}
    derived = derivation.derive(root, stated)
    return Model(_above(stated), _lines(stated, ONTOLOGY_GRAPH), _lines(derived, DERIVED))


def _has_blank(triple: ox.Triple) -> bool:
    return any(isinstance(each, ox.BlankNode) for each in (triple.subject, triple.object))


def _lines(triples: Iterable[ox.Triple], graph: str) -> Sequence[str]:
    return sorted(f"{triple} <{graph}> .\n" for triple in triples)


def _above(stated: Iterable[ox.Triple]) -> dict[str, list[str]]:
    """Return the terms of ours above each term of ours, however far."""
    direct: defaultdict[str, set[str]] = defaultdict(set)
    for triple in stated:
        if triple.predicate in _UPWARDS and str(triple.subject).startswith(f"<{CD}"):
            direct[str(triple.subject)].add(str(triple.object))
    return {term: _reached(direct, term) for term in direct}


def _reached(direct: Mapping[str, set[str]], term: str) -> list[str]:
    reached: set[str] = set()
    new = direct[term]
    while new:
        reached |= new
        new = set().union(*(direct.get(each, set()) for each in new)) - reached
    return sorted(each for each in reached if each.startswith(f"<{CD}"))


@cache
def _version() -> str:
    """Return a name for what is written, which changes when that changes."""
    known = model()
    whole = hashlib.sha256("".join((*known.stated, *known.derived)).encode())
    for module in (__file__, names.__file__, world.__file__, writer.__file__):
        whole.update(Path(module).read_bytes())
    return whole.hexdigest()[:8]


def main() -> None:
    """Write the data of the sizes asked for, and print where it lies."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("triples", nargs="+", type=int, help="size, in triples")
    parser.add_argument("--folder", type=Path, help="where to keep it (default: user's cache)")
    arguments = parser.parse_args()
    for triples in arguments.triples:
        print(release(triples, arguments.folder))


if __name__ == "__main__":
    main()
