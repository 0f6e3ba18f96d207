"""How to cite a page: in words, and in BibTeX."""

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
        key = "citydiplomacy:" + self.iri.rstrip("/").rpartition("/")[2]
        title = self.title.translate(_BIBTEX_SPECIAL)
        return (
            f"@misc{{{key},\n"
            f"  title        = {{{{{title}}}}},\n"
            f"  howpublished = {{{TITLE}, version {self.version}}},\n"
            f"  url          = {{{self.iri}}}\n"
            "}"
        )
