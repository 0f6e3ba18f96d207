"""What follows from the stated triples by the rules in `queries/rules`.

Rules run until none finds anything new; those whose header says `first` run once, before all
others, so that they see what is stated and nothing else. They may ask what is not there. Those
whose header says `last` run once, after all others, and count what is there.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyoxigraph as ox

from citydiplomacy import evaluation
from citydiplomacy.errors import CheckFailedError, Problem
from citydiplomacy.evaluation import QueryFile

_ROUNDS = 10


def derive(root: Path, stated: Iterable[ox.Triple]) -> frozenset[ox.Triple]:
    """Return the triples that the rules add to those stated.

    Raises:
        CheckFailedError: a rule is no CONSTRUCT that can be read, or the rules never rest.
    """
    data = ox.Store()
    data.extend(evaluation.quads(stated))
    return complete(root, data)


def complete(root: Path, data: ox.Store) -> frozenset[ox.Triple]:
    """Add to a store what the rules find in it, and return what was added.

    Raises:
        CheckFailedError: as `derive`.
    """
    rules = evaluation.load("rules", root)
    first = [rule for rule in rules if "first" in rule.query.header]
    last = [rule for rule in rules if "last" in rule.query.header]
    others = [rule for rule in rules if rule not in first and rule not in last]
    derived = _add(data, first)
    for _ in range(_ROUNDS):
        new = _add(data, others)
        if not new:
            return frozenset(derived | _add(data, last))
        derived |= new
    message = f"the rules still find something new after {_ROUNDS} rounds: {min(map(str, new))}."
    repair = "Let no rule make blank nodes, or ever new values."
    raise CheckFailedError([Problem(Path("queries/rules"), None, message, repair)])


def counts(root: Path, data: ox.Store) -> frozenset[ox.Triple]:
    """Return what the rules count in a store in which everything else is derived already."""
    rules = [rule for rule in evaluation.load("rules", root) if "last" in rule.query.header]
    return frozenset(triple for rule in rules for triple in evaluation.triples(data, rule))


def _add(data: ox.Store, rules: Sequence[QueryFile]) -> set[ox.Triple]:
    """Add what the rules find and the store has not yet, and return it."""
    found = {triple for rule in rules for triple in evaluation.triples(data, rule)}
    new = {quad for quad in evaluation.quads(found) if quad not in data}
    data.extend(new)
    return {quad.triple for quad in new}
