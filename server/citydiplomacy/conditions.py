"""Conditions of a query that can be left out, each a line of its own.

A line that ends in `# if country` holds only where a country is chosen. The file is a good query
as it stands, with all its conditions at once.
"""

import re
from collections.abc import Mapping

_CONDITION = re.compile(r"(?P<line>.*?)\s+# if (?P<name>[a-z]+)")
_VALUES = re.compile(r"(?<=\{ )[^{}]*(?= \})")
_TEXT = re.compile(r'"\d{4}"')


def without_any(text: str) -> str:
    """Return a query without all its conditions."""
    return narrowed(text, {})


def narrowed(text: str, chosen: Mapping[str, str]) -> str:
    """Return a query with the conditions that are chosen, each with what is chosen.

    What is chosen stands for what the line has between the brackets of VALUES, or for the year
    that it compares with; it is put in as it is, so that it has to be a term of SPARQL.
    """
    lines = (_line(line, chosen) for line in text.split("\n"))
    return "\n".join(line for line in lines if line is not None)


def _line(line: str, chosen: Mapping[str, str]) -> str | None:
    found = _CONDITION.fullmatch(line)
    if found is None:
        return line
    if found["name"] not in chosen:
        return None
    value, written = chosen[found["name"]], found["line"]
    if "VALUES" in written:
        head, _, tail = written.partition("VALUES")
        return f"{head}VALUES{_VALUES.sub(lambda _: value, tail, count=1)}"
    return _TEXT.sub(lambda _: value, written)
