"""What follows from the curated statements by the rules in `queries/rules`."""

from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from citydiplomacy import evaluation
from citydiplomacy.errors import CheckFailedError, Problem

_ROUNDS = 10


def derive(root: Path, stated: Iterable[ox.Triple]) -> frozenset[ox.Triple]:
    """Return the triples that the rules add to those stated, until no rule finds a new one.

    Raises:
        CheckFailedError: a rule is no CONSTRUCT that can be read, or the rules never rest.
    """
    rules = evaluation.load("rules", root)
    data = ox.Store()
    data.extend(evaluation.quads(stated))
    derived: set[ox.Triple] = set()
    for _ in range(_ROUNDS):
        found = {triple for rule in rules for triple in evaluation.triples(data, rule)}
        new = {quad.triple for quad in evaluation.quads(found) if quad not in data}
        if not new:
            return frozenset(derived)
        data.extend(evaluation.quads(new))
        derived |= new
    message = f"the rules still find something new after {_ROUNDS} rounds: {min(map(str, new))}."
    repair = "Let no rule make blank nodes, or ever new values."
    raise CheckFailedError([Problem(Path("queries/rules"), None, message, repair)])
