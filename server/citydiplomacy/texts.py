"""The texts of sources, divided into the sentences that locators name.

How a text is divided is data: `data/source/<slug>.toml` beside the source. The texts themselves are
not ours to publish; whoever holds one can verify every digest.
"""

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from citydiplomacy.errors import CityDiplomacyError
from citydiplomacy.namespaces import EntityName

_SERIES = re.compile(r"(?P<place>.+?)(?P<first>\d+)\.\.(?P<last>\d+)")
_HEADING = " heading"
_PLACE = re.compile(r"(?P<place>.+?)(?: s(?P<sentence>\d+))?")
# More than a paragraph has sentences: positions leave room for them between two pieces.
_ROOM = 1000
# A sentence ends at a mark and the closing quotes behind it, where a capital follows; but not after
# an initial (nor the last letter of U.S.), and not after St.
_SENTENCE_END = re.compile(
    r"(?<!\bSt)(?<!\b[A-Z])[.?!][\u201d\u2019\"')]*(?= [\u201c\u2018\"'(]?[A-Z])"
)


class LayoutError(CityDiplomacyError):
    """A layout cannot be read, or a text is not divided as its layout says."""


@dataclass(frozen=True)
class Layout:
    """How the text of a source is divided: into which pieces, and the place of each in order."""

    source: str
    file: Path
    pieces: Literal["lines", "paragraphs"]
    places: Sequence[str]

    def located(self, text: str) -> Mapping[str, str]:
        """Return the sentence at each locator of the text.

        Raises:
            LayoutError: the text has other pieces or headings than the layout says.
        """
        pieces = list(_pieces(text, self.pieces))
        if len(pieces) != len(self.places):
            message = f"{len(pieces)} pieces found, {len(self.places)} expected"
            raise LayoutError(f"{message} by {self.file}.")
        found: dict[str, str] = {}
        for place, piece in zip(self.places, pieces, strict=True):
            if place.endswith(_HEADING) and place != f"{piece}{_HEADING}":
                raise LayoutError(f"the heading {piece!r} stands where {self.file} says {place!r}.")
            found |= _sentences(place, piece) if "¶" in place else {place: piece}
        return found

    def position(self, locator: str) -> int | None:
        """Return a number that grows from place to place through the text, if it has the place."""
        found = _PLACE.fullmatch(locator)
        if found is None or found["place"] not in self._order:
            return None
        return self._order[found["place"]] * _ROOM + int(found["sentence"] or 0)

    @cached_property
    def _order(self) -> Mapping[str, int]:
        return {place: number for number, place in enumerate(self.places, start=1)}


def layouts(root: Path) -> list[Layout]:
    """Return the layouts below the root.

    Raises:
        LayoutError: one of them is not as it has to be.
    """
    return [_layout(root, file) for file in sorted((root / "data" / "source").glob("*.toml"))]


def digest(sentence: str) -> str:
    """Return the digest of a sentence, as evidence records it."""
    return f"sha256:{hashlib.sha256(fold(sentence).encode()).hexdigest()}"


def fold(text: str) -> str:
    """Return a text in Unicode NFC, each run of white space as one space, both ends stripped."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _layout(root: Path, file: Path) -> Layout:
    place = file.relative_to(root)
    try:
        found = tomllib.loads(file.read_text("utf-8"))
        pieces, places = found["pieces"], list(found["places"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise LayoutError(f"{place}: {error}. It needs `pieces` and `places`.") from error
    if pieces not in {"lines", "paragraphs"}:
        raise LayoutError(f"{place}: pieces is {pieces!r}. Write lines or paragraphs.")
    source = EntityName("source", file.stem).iri
    return Layout(source, place, pieces, [each for entry in places for each in _series(entry)])


def _series(entry: str) -> Iterator[str]:
    found = _SERIES.fullmatch(entry)
    if found is None:
        yield entry
        return
    for number in range(int(found["first"]), int(found["last"]) + 1):
        yield f"{found['place']}{number}"


def _pieces(text: str, kind: Literal["lines", "paragraphs"]) -> Iterator[str]:
    """Yield the folded pieces; where lines are wrapped, the first block is one of titles."""
    if kind == "lines":
        parts = text.split("\n")
    else:
        titles, *paragraphs = re.split(r"\n\s*\n", text.strip("\n"))
        parts = [*titles.split("\n"), *paragraphs]
    yield from filter(None, map(fold, parts))


def _sentences(place: str, paragraph: str) -> dict[str, str]:
    ends = [end.end() for end in _SENTENCE_END.finditer(paragraph)]
    bounds = zip([0, *ends], [*ends, len(paragraph)], strict=True)
    sentences = (paragraph[start:end].strip() for start, end in bounds)
    return {f"{place} s{number}": sentence for number, sentence in enumerate(sentences, 1)}
