"""Citations as journals want them: formatted by citeproc-py in the styles that lie in `styles/`.

A style is read once, when it is first asked for. A citation takes 5 to 20 ms, far more than any
other format, so that no page shows one before somebody asks.
"""

from functools import cache
from pathlib import Path
from threading import Lock

from citydiplomacy.citation import Citation, csl

_STYLES = Path(__file__).parent / "styles"


def written(citation: Citation, style: str) -> str:
    """Return the citation as a line in a style, named as its file is."""
    return _style(style).line(citation)


class _Style:
    """A style that was read; one citation at a time."""

    def __init__(self, name: str) -> None:
        # Not before it is asked for: most processes never format a citation.
        from citeproc import CitationStylesStyle  # noqa: PLC0415

        # The file is ours, and was held to the schema when it was published.
        self._style = CitationStylesStyle(str(_STYLES / f"{name}.csl"), validate=False)
        self._lock = Lock()

    def line(self, citation: Citation) -> str:
        """Return the citation in this style, without the number that a list would give it."""
        from citeproc import Citation as Cited  # noqa: PLC0415
        from citeproc import CitationItem, CitationStylesBibliography, formatter  # noqa: PLC0415
        from citeproc.source.json import CiteProcJSON  # noqa: PLC0415

        told = csl.item(citation)
        if citation.publisher in citation.authors:  # no style names them twice
            told.pop("publisher", None)
        with self._lock:  # lxml keeps what it read per thread, and the styles are not made for more
            list_ = CitationStylesBibliography(self._style, CiteProcJSON([told]), formatter.plain)
            list_.register(Cited([CitationItem(told["id"])]))
            (line,) = list_.bibliography()
        return f"{str(line).removeprefix('[1]').strip()}\n"


_style = cache(_Style)
