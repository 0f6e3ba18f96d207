"""How to cite what has an address here: what a citation says; `written` writes it in every format.

A citation is about one page of one version. What all citations of a release have alike (editors,
publisher, date, licence) is read from what the dataset says of itself.
"""

import hashlib
import re
from dataclasses import dataclass

from citydiplomacy.formats import Format
from citydiplomacy.namespaces import BASE, LICENCE, local_path
from citydiplomacy.versions import pinned

TITLE = "City Diplomacy Graph"

_CREATIVE_COMMONS = re.compile(
    r"https?://creativecommons\.org/(?:licenses|publicdomain)/(?P<name>[a-z-]+)/(?P<version>\d\.\d)/?"
)
# What no XML may hold, and no reader sees.
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1b\x7f\ud800-\udfff\ufffe\uffff]")
_LONGEST_KEY = 120
_NOT_OF_A_KEY = re.compile(r"[^A-Za-z0-9._:-]+")


@dataclass(frozen=True)
class Citation:
    """A citation of one page of one version; what is empty is not known."""

    title: str
    version: str
    iri: str
    kind: str = "dataset"
    """What it is about, in words: city, claim, dataset."""
    authors: tuple[str, ...] = ()
    author_iris: tuple[str, ...] = ()
    publisher: str = ""
    date: str = ""
    """When the version was published: YYYY-MM-DD."""
    language: str = "en"
    """That of the title."""
    licence: str = LICENCE
    licence_name: str = ""
    kept_in: str = ""
    """The published version in which it is found for good; empty where the IRI alone says that."""

    def __post_init__(self) -> None:
        # A label may hold line ends; no line of any format may end where a label does.
        object.__setattr__(self, "title", " ".join(_UNSEEN.sub("", self.title).split()))

    @property
    def address(self) -> str:
        """The permanent address that a reader is given; every format asks for it here.

        It leads to what was cited for good, where that is of a published version.
        """
        if not self.kept_in:
            return self.iri
        return f"{BASE}dataset/{self.kept_in}" if self.is_of_all else pinned(self.iri, self.kept_in)

    @property
    def is_of_all(self) -> bool:
        """Whether the whole dataset is cited, and not a part of it."""
        return self.title == TITLE

    @property
    def plain(self) -> str:
        """The citation in words."""
        stop = "" if self.title.endswith(("?", "!", ".")) else "."
        return f"“{self.title}{stop}” {TITLE}, version {self.version}. {self.address}"

    @property
    def key(self) -> str:
        """What a bibliography calls it, in letters that every reader of BibTeX takes."""
        name = _NOT_OF_A_KEY.sub("-", self.iri.removeprefix(BASE)).strip("-")
        if len(name) > _LONGEST_KEY:  # it holds a whole query
            digest = hashlib.sha256(self.iri.encode()).hexdigest()
            name = f"{name[:_LONGEST_KEY].rpartition('-')[0]}-{digest[:12]}"
        return f"citydiplomacy:{name}"

    @property
    def day(self) -> tuple[int, ...]:
        """Year, month and day of the version, as far as they are known."""
        return tuple(int(part) for part in self.date.split("-")) if self.date else ()

    def document(self, format_: Format) -> str:
        """Return the path under which it is sent in one of the formats of citations."""
        path, mark, asked = self.iri.partition("?")
        return f"{local_path(path) or path}.{format_.suffix}{mark}{asked}"

    @property
    def spdx(self) -> str:
        """The licence as SPDX calls it, where it is one of Creative Commons; else nothing."""
        found = _CREATIVE_COMMONS.fullmatch(self.licence)
        if not found:
            return ""
        name = "cc0" if found["name"] == "zero" else f"cc-{found['name']}"
        return f"{name}-{found['version']}".upper()
