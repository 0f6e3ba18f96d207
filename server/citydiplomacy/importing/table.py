"""A table as people keep it: CSV, perhaps compressed, in some encoding, with some delimiter.

Nothing is guessed that could be guessed wrongly: what is not UTF-8 and has no byte order mark needs
its encoding named, and a delimiter counts only when it parts the header into the columns needed.
"""

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from citydiplomacy.errors import TableError
from citydiplomacy.importing import columns
from citydiplomacy.importing.columns import Columns

_DELIMITERS = (",", ";", "\t", "|")
_GZIP = b"\x1f\x8b"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LONGEST_LINE = 1_000_000
"""Bytes of a line: a table of towns has none that is longer, and it is held in memory."""


@dataclass(frozen=True)
class Row:
    """A row: the number of the line on which it begins, and its cells; why it cannot be read."""

    line: int
    cells: Sequence[str]
    fault: str = ""


@dataclass(frozen=True)
class Table:
    """A file that can be read as a table, as often as is needed."""

    file: Path
    encoding: str
    delimiter: str
    columns: Columns
    size: int
    """How many bytes the file has."""

    def rows(self) -> Iterator[tuple[Row, int]]:
        """Yield each row that is not blank, and how many bytes of the file were read by then.

        Raises:
            TableError: the file is no such table from some line on; the message names it.
        """
        with _opened(self.file) as (raw, content):
            records = _records(self.file, content, self.encoding, self.delimiter)
            next(records)
            for line, cells in records:
                if any(cells):
                    yield Row(line, cells, self._fault(cells)), raw.tell()

    def _fault(self, cells: Sequence[str]) -> str:
        if len(cells) == self.columns.width:
            return ""
        return f"The row has {len(cells)} cells, the header has {self.columns.width}."


def opened(
    file: Path, mapping: Mapping[str, str], encoding: str = "", delimiter: str = ""
) -> Table:
    """Return a table of pairs of towns, with the columns that hold what is needed.

    Args:
        file: CSV, or CSV compressed by gzip.
        mapping: the column that holds a field, where its name does not tell; empty leaves it out.
        encoding: that of the file; found by its byte order mark when not given, else UTF-8.
        delimiter: what parts cells; found by the header when not given.

    Raises:
        TableError: it is no table, or columns are missing; the message says what to do.
    """
    if not file.is_file():
        raise TableError(f"{file} is no file; a table is read twice, so it cannot be a pipe.")
    encoding = encoding or _encoding(file)
    header: tuple[str, Sequence[str]] | None = None
    for each in [delimiter] if delimiter else _DELIMITERS:
        with _opened(file) as (_, content):
            _, cells = next(_records(file, content, encoding, each), (1, []))
        found = columns.fitting(cells, mapping)
        if not isinstance(found, str):
            return Table(file, encoding, each, found, file.stat().st_size)
        # The header that has the most columns is the one that a person would see.
        if header is None or len(cells) > len(header[1]):
            header = found, cells
    raise TableError(f"{file}:1: {header[0] if header else 'the file is empty.'}")


def _encoding(file: Path) -> str:
    with _opened(file) as (_, content):
        beginning = content.read(4)
    return next((name for mark, name in _MARKS if beginning.startswith(mark)), "utf-8")


@contextmanager
def _opened(file: Path) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Give the file and its content, which differ when it is compressed."""
    with file.open("rb") as raw:
        is_compressed = raw.read(2) == _GZIP
        raw.seek(0)
        try:
            if is_compressed:
                with gzip.open(raw) as content:
                    yield raw, io.BufferedReader(content)
            else:
                yield raw, raw
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            message = f"{file}: the compressed file is broken or cut short ({error})."
            raise TableError(f"{message} Copy it again.") from error


def _records(
    file: Path, content: BinaryIO, encoding: str, delimiter: str
) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield each record with the number of the line on which it begins."""
    reader = csv.reader(_lines(file, content, encoding), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            message = f"{file}:{line}: the row that begins here is no CSV ({error})."
            raise TableError(f"{message} Look for a quotation mark that is not closed.") from error
        yield line, cells


def _lines(file: Path, content: BinaryIO, encoding: str) -> Iterator[str]:
    try:
        is_line_by_line = "\n".encode(encoding) == b"\n" or encoding == "utf-8-sig"
    except LookupError as error:
        raise TableError(f"There is no encoding {encoding}.") from error
    if not is_line_by_line:
        yield from _lines_of_wide(file, content, encoding)
        return
    number = 0
    while raw := content.readline(_LONGEST_LINE + 1):
        number += 1
        if len(raw) > _LONGEST_LINE:
            raise TableError(
                f"{file}:{number}: the line has more than {_LONGEST_LINE:,} bytes. "
                "Is it a table, with a line for each row?"
            )
        try:
            yield raw.decode(encoding if number == 1 else encoding.removesuffix("-sig"))
        except UnicodeDecodeError as error:
            raise _undecodable(f"{file}:{number}", encoding) from error


def _lines_of_wide(file: Path, content: BinaryIO, encoding: str) -> Iterator[str]:
    """Yield the lines of an encoding in which the end of a line is more than a byte."""
    text = io.TextIOWrapper(content, encoding=encoding, newline="")
    number = 0
    try:
        while line := text.readline(_LONGEST_LINE):
            number += 1
            yield line
    except UnicodeError as error:
        raise _undecodable(f"{file}, after line {number}", encoding) from error
    finally:
        text.detach()  # who opened the file closes it


def _undecodable(place: str, encoding: str) -> TableError:
    name = encoding.removesuffix("-sig").upper()
    return TableError(
        f"{place}: this is not {name}. "
        "Name the encoding, for example --encoding cp1252, or save the file as UTF-8."
    )
