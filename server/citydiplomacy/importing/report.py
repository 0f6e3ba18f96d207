"""What became of each row, for the person who made the table."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from citydiplomacy.importing.decisions import Decision, Outcome
from citydiplomacy.importing.mentions import Mention
from citydiplomacy.importing.ties import Tie
from citydiplomacy.namespaces import EntityName
from citydiplomacy.spreadsheets import harmless

_OF_PLACE = ("name", "country", "outcome", "city", "score", "reason")
HEADER = (
    "line",
    *(f"{side}_{column}" for side in "ab" for column in _OF_PLACE),
    "tie_outcome",
    "tie",
    "tie_reason",
)
_FEW = 8
_PARTICULAR = re.compile(r"“[^”]*”|\b[a-z]+/[a-z0-9-]+|\bQ\d+|\b\d[\d.]*\b")


@dataclass
class Counts:
    """How many ties and places came to which end, and why most were left out."""

    ties: Counter[Outcome] = field(default_factory=Counter)
    places: Counter[Outcome] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def left_out(self, reason: str) -> None:
        """Count a reason, without what is particular in it."""
        self.reasons[_PARTICULAR.sub("…", reason)] += 1

    def often(self) -> list[tuple[str, int]]:
        """Return the reasons for which most rows were left out, with how many."""
        return self.reasons.most_common(_FEW)


class Report:
    """A CSV file with a line for each row of a table, harmless in a spreadsheet."""

    def __init__(self, out: TextIO, mentions: Sequence[Mention]) -> None:
        self._writer = csv.writer(out)
        self._mentions = mentions
        self._writer.writerow(HEADER)

    def add(self, tie: Tie) -> None:
        """Write what became of a row."""
        cells = [
            *self._place(tie.one, tie.row.one),
            *self._place(tie.other, tie.row.other),
            str(tie.outcome),
            _id(tie.agreement),
            tie.reason,
        ]
        self._writer.writerow([tie.row.line, *map(harmless, cells)])

    def _place(self, decision: Decision | None, number: int) -> Iterable[str]:
        if decision is None:
            return [""] * len(_OF_PLACE)
        mention = self._mentions[number]
        is_known = decision.outcome in {Outcome.MERGED, Outcome.CREATED}
        return (
            mention.name,
            mention.country or mention.code,
            str(decision.outcome),
            _id(decision.city) if is_known else "",
            "" if decision.score is None else f"{decision.score:g}",
            decision.reason,
        )


def _id(entity: EntityName | None) -> str:
    return f"{entity.kind}/{entity.slug}" if entity else ""
