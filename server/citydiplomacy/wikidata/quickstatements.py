"""What Wikidata lacks, as commands of QuickStatements, version 1: text that one may paste there.

One command is a line of parts with tabs between them: item, property, value, then qualifiers by
their properties, then the parts of one reference, whose properties begin with S. A further
reference is a command of its own, which adds it to the statement: all versions of the tool read
that, and not all read two references in one line.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from citydiplomacy.engine import Engine, rows
from citydiplomacy.engine.rows import Row
from citydiplomacy.namespaces import CD
from citydiplomacy.queries import NamedQuery
from citydiplomacy.wikidata import identifier

_TWINNED, _START, _END, _ADDRESS = "P190", "P580", "P582", "S854"
_DATE = re.compile(r"(?P<year>\d{4})(-(?P<month>\d{2})(-(?P<day>\d{2}))?)?", re.ASCII)
_DECADE = re.compile(r"(?P<decade>\d{3})X", re.ASCII)


def written(engine: Engine, query: NamedQuery) -> str:
    """Return the commands for all that the query finds, one on a line; perhaps none."""
    found = rows.answer(engine, query.text)
    solutions = rows.solutions(found)
    return "".join(f"{line}\n" for line in commands(solutions))


def commands(solutions: Iterable[Row]) -> Iterator[str]:
    """Yield the commands for rows that tell, in order, which address tells what of two items."""
    for pair, group in groupby(solutions, key=_pair):
        told = list(group)
        if any(_tells(row, "hasParty") for row in told):
            yield from _commands(*pair, told)


def time(date: str) -> str:
    """Return a date in EDTF as QuickStatements writes it, with its precision.

    Empty for one that leaves open more than a decade has years, or that is doubted.
    """
    if found := _DECADE.fullmatch(date):
        return f"+{found['decade']}0-00-00T00:00:00Z/8"
    found = _DATE.fullmatch(date)
    if found is None:
        return ""
    month, day = found["month"] or "00", found["day"] or "00"
    precision = 11 if found["day"] else 10 if found["month"] else 9
    return f"+{found['year']}-{month}-{day}T00:00:00Z/{precision}"


def _commands(subject: str, value: str, told: list[Row]) -> Iterator[str]:
    statement = (subject, _TWINNED, value)
    qualifiers = (*_qualifier(_START, "startDate", told), *_qualifier(_END, "endDate", told))
    first, *others = dict.fromkeys(row["address"].value for row in told)
    yield "\t".join((*statement, *qualifiers, _ADDRESS, f'"{first}"'))
    for address in others:
        yield "\t".join((*statement, _ADDRESS, f'"{address}"'))


def _qualifier(property_: str, name: str, told: Iterable[Row]) -> tuple[str, ...]:
    """Return the qualifier, where all agreements of the two give one date."""
    dates = {row["date"].value for row in told if _tells(row, name) and "date" in row}
    written_ = time(dates.pop()) if len(dates) == 1 else ""
    return (property_, written_) if written_ else ()


def _tells(row: Row, name: str) -> bool:
    return row["property"].value == f"{CD}{name}"


def _pair(row: Row) -> tuple[str, str]:
    return identifier(row["subject"].value), identifier(row["object"].value)
