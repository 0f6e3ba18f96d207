"""What several tests say in the same words."""

from pathlib import Path

from citydiplomacy.engine import Engine, Lane, rows
from citydiplomacy.engine.rows import Row, Solutions

SMALL = Path(__file__).parent / "small"
"""A tiny complete tree; the fixture `root` is a copy of it to be spoilt."""

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def select(engine: Engine, text: str, lane: Lane = "pages") -> list[Row]:
    """Return the solutions of a SELECT query."""
    found = rows.answer(engine, text, lane)
    assert isinstance(found, Solutions)
    return found.rows


def spoil(file: Path, old: str, new: str) -> None:
    """Replace something that has to be in a file."""
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
