"""How long does a suggestion take, letter by letter, among a hundred thousand names?

The index of names is made in this process, over 100,000 invented names in eleven languages: every
place has one in English and one in the language of its country. Then names drawn at random are
typed letter by letter, a part of them with a slip, and every letter asks for eight suggestions. The
ratio is the 99th percentile to fifty milliseconds. What HTTP adds is not in it; what of it is work
and not waiting for a busy machine stands beside it.
"""

import os
import random
import statistics
from collections.abc import Iterator
from time import perf_counter, thread_time

from benchmarks import harness, names, processes, world
from benchmarks.harness import Finding, Goal, Options
from citydiplomacy.namespaces import EntityName
from citydiplomacy.search import Name, Names

GOAL = Goal(1, is_least=False)
_ALLOWED_MS = 50
_LABELS, _FEW = 100_000, 4_000
_TYPED, _FEW_TYPED = 300, 30
_SHOWN = 8
_SLIPS = 0.2


def measure(options: Options) -> Iterator[Finding]:
    """Yield what the index costs, and how long a suggestion takes."""
    labels = _FEW if options.smoke else _LABELS
    before = processes.memory(os.getpid())
    begun = perf_counter()
    index = Names(_names(labels))
    seconds = perf_counter() - begun
    megabytes = (processes.memory(os.getpid()) - before) / 1_000_000
    yield Finding(
        f"typeahead: index of {labels:,} names",
        f"{seconds:.1f} s, {megabytes:.0f} MB",
        "10 s of a start",
        [seconds / 10],
    )
    typed = _FEW_TYPED if options.smoke else _TYPED
    rounds = [_milliseconds(index, labels, typed, seed) for seed in range(options.rounds)]
    half = harness.median([statistics.median(took) for took, _ in rounds])
    highest = [_p99(took) for took, _ in rounds]
    work = harness.median([_p99(worked) for _, worked in rounds])
    yield Finding(
        f"typeahead: p99 of a suggestion among {labels:,} names",
        f"{harness.median(highest):.1f} ms (p50 {half:.1f} ms; work p99 {work:.1f} ms)",
        f"{_ALLOWED_MS} ms allowed",
        [each / _ALLOWED_MS for each in highest],
        GOAL,
    )


def _names(labels: int) -> Iterator[Name]:
    for number in range(labels // 2):
        country = number % world.COUNTRIES
        entity, label = EntityName("city", names.slug(number)), names.english(number)
        place = names.english(country)
        text, language = names.local(number, country)
        yield Name(entity, label, "en", label, place, number % 50)
        yield Name(entity, text, language, label, place, number % 50)


def _milliseconds(
    index: Names, labels: int, typed: int, seed: int
) -> tuple[list[float], list[float]]:
    """Return how long each suggestion took while names were typed, and how long it worked."""
    # The same names in every run; nothing here is to be secret.
    chance = random.Random(seed)  # noqa: S311
    took, worked = [], []
    for _ in range(typed):
        text = _text(chance, labels)
        for end in range(1, len(text) + 1):
            begun, work = perf_counter(), thread_time()
            index.find(text[:end], limit=_SHOWN)
            worked.append((thread_time() - work) * 1000)
            took.append((perf_counter() - begun) * 1000)
    return took, worked


def _p99(found: list[float]) -> float:
    return statistics.quantiles(found, n=100)[98]


def _text(chance: random.Random, labels: int) -> str:
    number = chance.randrange(labels // 2)
    if chance.random() < 1 / 2:
        return names.local(number, number % world.COUNTRIES)[0]
    text = names.english(number)
    if chance.random() < _SLIPS:
        place = chance.randrange(1, len(text))
        text = text[:place] + "x" + text[place + 1 :]
    return text


if __name__ == "__main__":
    harness.main(__doc__, measure)
