"""Every link of every page leads somewhere: the whole site is followed, from the front page on."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from citydiplomacy.engine import Engine
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings
from citydiplomacy.web import create_app
from common import BROWSER, Kept

_HERE = "http://localhost"
_MOST_REDIRECTS = 3
# Of addresses that are alike, some show that all are right: a page in another order or choice, the
# query of a panel, the formats and the history that every entity has, what it was in a version.
_ALIKE = re.compile(
    r"/(?P<part>[\w-]*)[^?]*\?.*|/[\w-]+/[\w-]+/(?P<query>query)/[\w-]+"
    r"|/[\w-]+/[\w-]+/(?P<history>history)(\.json)?"
    r"|/[\w-]+/.*\.(?P<format>ttl|nt|rdf|jsonld|json|geojson)"
)
_FEW = 60


class Reader(HTMLParser):
    """What a page leads to, and the places in it that others may lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take from an element where it leads, and what it is called."""
        told = dict(attrs)
        self.places |= {told[name] or "" for name in ("id", "name") if name in told}
        for name in ("href", "src", "action"):
            if told.get(name) and told.get("rel") != "canonical":
                self.links.append(told[name] or "")


class Crawl:
    """A visitor who follows every link, and remembers what led nowhere."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client
        self.dead: dict[str, str] = {}
        self.places: dict[str, set[str]] = {}
        self.wanted: dict[str, str] = {}
        """Each address with a fragment, and a page that leads to it."""
        self._alike: Counter[str] = Counter()
        self._ends: dict[str, str] = {}

    def follow(self, start: str) -> None:
        """Read every page that can be reached from one, breadth first."""
        waiting = deque([(start, "")])
        seen = {start}
        while waiting:
            address, leading = waiting.popleft()
            for link in self._read(address, leading):
                page, fragment = urldefrag(link)
                if fragment:
                    self.wanted.setdefault(link, address)
                if page not in seen and not self._is_enough(page):
                    seen.add(page)
                    waiting.append((page, address))

    def missing_places(self) -> dict[str, str]:
        """Return the fragments that are nowhere in their page, with a page that leads there."""
        return {
            link: leading
            for link, leading in self.wanted.items()
            if (end := self._ends.get(urldefrag(link).url)) in self.places
            and unquote(urldefrag(link).fragment) not in self.places[end]
            # Counts are named within the graph they stand in, whose page does not list its nodes.
            and not link.startswith("/graph/")
        }

    def _read(self, address: str, leading: str) -> Iterator[str]:
        end, answer = self._ask(address)
        self._ends[address] = end
        if answer.status_code != 200:
            self.dead[address] = f"{answer.status_code}, from {leading}"
        elif answer.mimetype == "text/html" and end not in self.places:
            reader = Reader()
            reader.feed(answer.text)
            self.places[end] = reader.places
            absolute = (urljoin(_HERE + end, link) for link in reader.links)
            yield from (each.removeprefix(_HERE) for each in absolute if each.startswith(_HERE))

    def _ask(self, address: str) -> tuple[str, TestResponse]:
        """Return where an address leads in the end, and the answer there."""
        for _ in range(_MOST_REDIRECTS):
            answer = self._client.get(address, headers=BROWSER, buffered=True)
            if answer.status_code not in {301, 303}:
                break
            address = urljoin(address, answer.headers["Location"])
        return address, answer

    def _is_enough(self, address: str) -> bool:
        found = _ALIKE.fullmatch(address)
        if found is None:
            return False
        sort = f"{found.lastgroup} {found[found.lastgroup or 0]}"
        self._alike[sort] += 1
        return self._alike[sort] > _FEW


@pytest.fixture
def visitor(
    settings: Settings, engine: Engine, release: Release, tmp_path: Path
) -> Iterator[FlaskClient]:
    """Whoever reads a site that shows every published version too."""
    with closing(Kept(settings, tmp_path)) as kept:
        yield create_app(settings, engine, release, past=kept).test_client()


@pytest.mark.drill
@pytest.mark.timeout(1800)
def test_no_link_of_the_site_is_dead(visitor: FlaskClient) -> None:
    crawl = Crawl(visitor)
    crawl.follow("/")
    assert len(crawl.places) > 4000
    assert len(crawl.wanted) > 1000
    assert crawl.dead == {}
    assert crawl.missing_places() == {}


@pytest.mark.drill
def test_the_front_page_leads_nowhere_dead(client: FlaskClient) -> None:
    reader = Reader()
    reader.feed(client.get("/").text)
    ours = {link for link in reader.links if re.match(r"/(?!sparql\?|/)", link)}
    answers = {each: client.get(each, follow_redirects=True, buffered=True) for each in ours}
    assert {each for each, answer in answers.items() if answer.status_code != 200} == set()
