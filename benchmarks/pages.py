"""The pages about entities that a release has, by path, and what each of them has to say."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape

from benchmarks import harness
from benchmarks.peers import PeerError, Server
from citydiplomacy import release, settings
from citydiplomacy.namespaces import BASE, entity_name
from citydiplomacy.release import Release

_SEED = 1961
_PLACE = re.compile(r"<loc>[^<]*?//[^</]+/([^<]+)\.html</loc>")


@dataclass(frozen=True)
class Page:
    """A page about an entity: its path, without suffix, and a text that has to stand in it."""

    path: str
    says: str

    @property
    def is_of_city(self) -> bool:
        """Whether it is about a city."""
        return self.path.startswith("/city/")


def served() -> Release:
    """Return the release of the repository's data, built where there is none."""
    chosen = settings.from_environment()
    return release.current(chosen.release_dir) or release.build(chosen)


def drawn(ours: Server) -> list[Page]:
    """Return the pages about entities that our sitemap names, in an order drawn once for all."""
    labels = _labels(ours)
    names = [entity_name(f"{BASE}{path}") for path in _PLACE.findall(ours.page("/sitemap.xml"))]
    # What has no label is called by its address.
    found = [Page(name.path, labels.get(name.iri, name.path)) for name in names if name]
    if not found:
        raise PeerError("Our sitemap names no page about an entity.")
    # The same order in every run; nothing here is to be secret.
    random.Random(_SEED).shuffle(found)  # noqa: S311
    return found


def _labels(ours: Server) -> dict[str, str]:
    text = harness.load("pages")["labels"].text
    rows = harness.answer(ours, text).rows
    found = (dict(row) for row in rows)
    return {row["entity"]: row["label"] for row in found}


def check(server: Server, pages: Sequence[Page], suffix: str = "") -> list[int]:
    """Return the bytes of each page, after reading in it what it has to say.

    Raises:
        PeerError: a page cannot be had, or does not say it.
    """
    sizes = []
    for page in pages:
        body = server.page(f"{page.path}{suffix}")
        if page.says not in unescape(body):
            raise PeerError(f"{server.name} does not say “{page.says}” at {page.path}{suffix}.")
        sizes.append(len(body.encode()))
    return sizes
