"""What templates need to write values for people: links, numbers, dates, plurals."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import groupby
from pathlib import Path
from urllib.parse import quote, urlsplit

from flask import Flask

from citydiplomacy.citation import TITLE, embedded
from citydiplomacy.formats import (
    BIBTEX,
    ENTITY_FORMATS,
    GRAPH_FORMATS,
    REFERENCE_FORMATS,
    ROW_FORMATS,
    STYLES,
)
from citydiplomacy.namespaces import BASE, LICENCE, local_path, shorten
from citydiplomacy.panels import Note
from citydiplomacy.tables import Table, TableRow, Value
from citydiplomacy.web.pictures.bars import bars
from citydiplomacy.web.pictures.chronicle import chronicle
from citydiplomacy.web.pictures.diagram import diagram
from citydiplomacy.web.pictures.worldmap import spot, world_map
from citydiplomacy.web.site import EXTENSION

_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_DAY = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})(-(?P<day>\d{2}))?", re.ASCII)
# What EDTF leaves open: a decade, a century, the year of a day.
_PERIOD = re.compile(r"(?P<known>\d{2,3})X{1,2}", re.ASCII)
_YEARLESS = re.compile(r"XXXX-(?P<month>\d{2})(-(?P<day>\d{2}))?", re.ASCII)
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_IRREGULAR = {"evidence": "pieces of evidence", "person": "people", "set of ties": "sets of ties"}
# Where the name of a kind, turned into words, is not what a reader calls it.
_WORDS = {"tie-set": "set of ties", "question": "research question"}
_NAVIGATION = (
    ("/city/", "Cities"),
    ("/agreement/", "Agreements"),
    ("/explore/", "Explore"),
    ("/query/", "Questions"),
    ("/sparql", "SPARQL"),
    ("/ontology", "Model"),
    ("/dataset", "Data"),
    ("/about", "About"),
)
_LISTED_CHOICES = 250
"""What one picks from a menu; of more, one writes the name."""
_PROPOSED_CHOICES = 2_000
"""Names that a page proposes at most while somebody writes one."""
_LETTERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
# Five digits and more: a year keeps its four as they are.
_LONG = 10_000


def register(app: Flask) -> None:
    """Give the application's templates their filters and globals."""
    app.jinja_env.filters.update(
        cited_as=embedded.metadata,
        context_object=embedded.context_object,
        unapi_id=embedded.unapi_id,
    )
    app.jinja_env.filters.update({filter_.__name__: filter_ for filter_ in _FILTERS})
    app.jinja_env.globals.update(
        site=app.extensions[EXTENSION],
        site_title=TITLE,
        base=BASE,
        licence=LICENCE,
        entity_formats=ENTITY_FORMATS,
        graph_formats=GRAPH_FORMATS,
        row_formats=ROW_FORMATS,
        # BibTeX is copied as often as it is downloaded.
        shown_citations=(*STYLES, BIBTEX),
        downloaded_citations=REFERENCE_FORMATS[1:],
        navigation=_NAVIGATION,
        asset=asset,
        listed_choices=_LISTED_CHOICES,
        proposed_choices=_PROPOSED_CHOICES,
    )


def href(iri: str) -> str:
    """Return where a link to the IRI leads, or nothing when it is no address of the web."""
    return local_path(iri) or (iri if _WEB_ADDRESS.fullmatch(iri) else "")


def number(text: str) -> str:
    """Return a number with its thousands set apart: 3500000 reads 3,500,000."""
    # Decimal, because int reads no more than some thousand digits, and float drops them.
    if not _NUMBER.fullmatch(text) or abs(Decimal(text)) < _LONG:
        return text
    return f"{Decimal(text):,}"


def is_day(text: str) -> bool:
    """Tell whether the text is a date with month, and perhaps day."""
    return _read_day(text) is not None


def day(text: str) -> str:
    """Return a date in words: 2023-03 reads March 2023."""
    written = _read_day(text)
    if written is None:
        return text
    return f"{written:%B %Y}" if text.count("-") == 1 else f"{written.day} {written:%B %Y}"


def period(text: str) -> str:
    """Return in words a date that leaves something open: 199X reads 1990s; nothing for others."""
    if _PERIOD.fullmatch(text) and len(text) == len("199X"):
        return f"{text[:3]}0s" if text[2].isdigit() else _century(int(text[:2]) + 1)
    # A leap year, so that every day of the year can be written.
    known = _read_day(text.replace("XXXX", "2000")) if _YEARLESS.fullmatch(text) else None
    if known is None:
        return ""
    day_ = f"{known.day} {known:%B}" if text.count("-") > 1 else f"{known:%B}"
    return f"{day_}, of a year not stated"


def _century(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number // 10 != 1 else "th"
    return f"{number}{ending} century"


def plural(word: str) -> str:
    """Return the plural of a kind's name: city reads cities."""
    regular = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return _IRREGULAR.get(word, regular)


def words(name: str) -> str:
    """Return the name of a kind as a reader writes it: context-event reads context event."""
    return _WORDS.get(name, name.replace("-", " "))


def last_part(iri: str) -> str:
    """Return the last part of an IRI: its name among its siblings."""
    return re.split(r"[/#]", iri)[-1]


def elsewhere(iri: str) -> str:
    """Return what a term of others is called: a prefixed name, or its own name and its host."""
    short = shorten(iri)
    return short if short != iri else f"{last_part(iri)} ({urlsplit(iri).netloc})"


def note_number(evidence: str, notes: Mapping[str, Note]) -> int:
    """Return the number of the note on a page for a piece of evidence, 0 when it has none."""
    return notes[evidence].number if evidence in notes else 0


def by_source(notes: Mapping[str, Note]) -> list[tuple[Value | None, list[Note]]]:
    """Return the notes of a page by the source they lie in, in the order of their numbers."""
    gathered: dict[Value | None, list[Note]] = {}
    for note in dict.fromkeys(notes.values()):
        gathered.setdefault(note.passage.source, []).append(note)
    return list(gathered.items())


def first_row(table: Table) -> dict[str, Value | None]:
    """Return the first row of a table by its columns, of which a missing one is None."""
    return dict(zip(table.columns, table.rows[0].values, strict=True))


def in_words(count: int) -> str:
    """Return a number as it is written in a sentence: up to ten in letters."""
    return _LETTERS[count] if count < len(_LETTERS) else number(str(count))


def runs(rows: Iterable[TableRow], column: int) -> list[tuple[Value | None, list[TableRow]]]:
    """Return the rows in runs that agree in a column: what a query put together stays together."""
    grouped = groupby(rows, key=lambda row: row.values[column])
    return [(value, list(members)) for value, members in grouped]


def in_address(text: str) -> str:
    """Return the text percent-encoded for use in an address."""
    return quote(text, safe="")


@cache
def asset(name: str) -> str:
    """Return the address of a static file, which changes when the file does."""
    content = (Path(__file__).parent / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


def _read_day(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"] or 1))
    except ValueError:  # the 99th month
        return None


_FILTERS: tuple[Callable[..., object], ...] = (
    bars,
    by_source,
    chronicle,
    day,
    diagram,
    elsewhere,
    first_row,
    href,
    in_address,
    in_words,
    is_day,
    last_part,
    note_number,
    number,
    period,
    plural,
    runs,
    shorten,
    spot,
    words,
    world_map,
)
