"""A list of items of Wikidata, as somebody brought it: CSV with a header, or JSON lines.

Each line names an `item` (Q and digits) and its `label`; `aliases` (in CSV with a bar between
them), `country` (ISO 3166), `latitude`, `longitude` and `type` may be left out.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citydiplomacy.errors import CheckFailedError, Problem
from citydiplomacy.reconciliation.geography import Point
from citydiplomacy.wikidata.matching import Description

ITEM = re.compile(r"Q[1-9][0-9]*", re.ASCII)

_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_REPAIR = "Correct the line, or take it out."


@dataclass(frozen=True)
class Candidate:
    """An item that may be one of ours."""

    item: str
    label: str
    type: str
    description: Description


def read(file: Path) -> list[Candidate]:
    """Return the candidates that a file lists, each item once.

    Raises:
        CheckFailedError: a line cannot be used; the problems say which, and why.
    """
    found: dict[str, Candidate] = {}
    problems = []
    for number, line in _lines(file):
        try:
            candidate = _candidate(line)
        except ValueError as error:
            problems.append(Problem(file, number, f"{error}.", _REPAIR))
            continue
        if candidate.item in found:
            problems.append(Problem(file, number, f"{candidate.item} stands here twice.", _REPAIR))
        found[candidate.item] = candidate
    if problems or not found:
        empty = Problem(file, None, "the file lists no item.", "Give one with `item` and `label`.")
        raise CheckFailedError(problems or [empty])
    return list(found.values())


def _lines(file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield each line with its number.

    Raises:
        CheckFailedError: the file is not text, or its lines are no lines of such a list.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unusable(file, None, "the file is not UTF-8.", "Save it as UTF-8.") from error
    if not text.lstrip().startswith("{"):
        yield from _csv_lines(file, text)
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, _json_line(file, number, line)


def _csv_lines(file: Path, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    missing = {"item", "label"} - set(reader.fieldnames or ())
    if missing:
        names = " and ".join(sorted(missing))
        raise _unusable(file, 1, f"there is no column {names}.", "Name the columns in line 1.")
    try:
        for line in reader:
            yield reader.line_num, line
    except csv.Error as error:
        raise _unusable(file, reader.line_num, f"{error}.", _REPAIR) from error


def _json_line(file: Path, number: int, line: str) -> Mapping[str, Any]:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _unusable(file, number, "the line is no JSON.", _REPAIR) from error
    if not isinstance(told, dict):
        raise _unusable(file, number, "the line is no JSON object.", _REPAIR)
    return told


def _candidate(line: Mapping[str, Any]) -> Candidate:
    """Return what a line says.

    Raises:
        ValueError: it says something else.
    """
    item, label, country, type_ = (_text(line, key) for key in ("item", "label", "country", "type"))
    if not ITEM.fullmatch(item):
        raise ValueError(f"{item!r} is no identifier of Wikidata")
    if not label:
        raise ValueError(f"{item} has no label")
    if country and not _COUNTRY.fullmatch(country):
        raise ValueError(f"{country!r} is no code of a country")
    names = tuple(dict.fromkeys((label, *_aliases(line))))
    return Candidate(item, label, type_, Description(names, country, _place(line)))


def _text(line: Mapping[str, Any], key: str) -> str:
    value = line.get(key) or ""
    if not isinstance(value, str):
        raise ValueError(f"{key} is no text")
    return " ".join(value.split())


def _aliases(line: Mapping[str, Any]) -> Iterator[str]:
    told = line.get("aliases") or []
    several = told.split("|") if isinstance(told, str) else told
    if not isinstance(several, list) or not all(isinstance(each, str) for each in several):
        raise ValueError("aliases are no list of names")
    yield from filter(None, (" ".join(each.split()) for each in several))


def _place(line: Mapping[str, Any]) -> Point | None:
    told = [line.get(key) for key in ("latitude", "longitude")]
    if all(value in {None, ""} for value in told):
        return None
    try:
        latitude, longitude = (float(value or "") for value in told)
    except (TypeError, ValueError):
        raise ValueError("latitude and longitude are no two numbers") from None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # noqa: PLR2004  # degrees
        raise ValueError("latitude and longitude are no place on the globe")
    return Point(latitude, longitude)


def _unusable(file: Path, line: int | None, message: str, repair: str) -> CheckFailedError:
    return CheckFailedError([Problem(file, line, message, repair)])
