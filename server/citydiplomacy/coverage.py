"""How complete the data is: what `check` prints, by the queries that /gaps shows."""

from pathlib import Path
from typing import NamedTuple

from citydiplomacy import evaluation

_COVERAGE, _EVIDENCE = "10-coverage", "20-evidence"
_SHOWN = 8


class Share(NamedTuple):
    """How many of those that could have something have it."""

    what: str
    have: int
    of: int


class Coverage(NamedTuple):
    """What there is, and from which sources the evidence comes, the most used first."""

    shares: tuple[Share, ...]
    sources: tuple[tuple[str, int], ...]
    others: int
    """How many more sources there are than those named."""
    left: int
    """How many pieces of evidence those others give."""


def of(root: Path, graphs: evaluation.Graphs) -> Coverage | None:
    """Return how complete the graphs of a checked tree are, or None where it has not the queries.

    Raises:
        CheckFailedError: one of the two queries cannot be read.
    """
    panels = {panel.query.slug: panel for panel in evaluation.load("pages/gaps", root)}
    if not {_COVERAGE, _EVIDENCE} <= panels.keys():
        return None
    data = evaluation.store(graphs)
    shares = evaluation.rows(data, panels[_COVERAGE])
    pieces = evaluation.rows(data, panels[_EVIDENCE])
    told = [(row["sourceLabel"].value, int(row["pieces"].value)) for row in pieces]
    rest = told[_SHOWN:]
    return Coverage(
        tuple(
            Share(row["what"].value, int(row["have"].value), int(row["of"].value)) for row in shares
        ),
        tuple(told[:_SHOWN]),
        len(rest),
        sum(count for _, count in rest),
    )
