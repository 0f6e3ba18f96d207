"""How to cite a page: in words, and in BibTeX."""

import re
from dataclasses import dataclass

TITLE = "City Diplomacy Graph"
_BIBTEX_SPECIAL = str.maketrans(
    {mark: f"\\{mark}" for mark in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
)


@dataclass(frozen=True)
class Citation:
    """A citation of one page of one version."""

    title: str
    version: str
    iri: str

    @property
    def plain(self) -> str:
        """The citation in words."""
        stop = "" if self.title.endswith(("?", "!", ".")) else "."
        return f"“{self.title}{stop}” {TITLE}, version {self.version}. {self.iri}"

    @property
    def bibtex(self) -> str:
        """The citation as a BibTeX entry."""
        last = self.iri.rstrip("/").rpartition("/")[2]
        # Of an address with parameters, letters that every reader of BibTeX takes.
        key = "citydiplomacy:" + re.sub(r"[^A-Za-z0-9._:-]+", "-", last)
        title = self.title.translate(_BIBTEX_SPECIAL)
        return (
            f"@misc{{{key},\n"
            f"  title        = {{{{{title}}}}},\n"
            f"  howpublished = {{{TITLE}, version {self.version}}},\n"
            f"  url          = {{{self.iri}}}\n"
            "}"
        )
