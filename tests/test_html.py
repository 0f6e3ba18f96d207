"""The HTML of every type of page: as the standards say, quick to paint, and small."""

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

import citydiplomacy
import nu_checker
from citydiplomacy.namespaces import BASE
from common import BROWSER
from page_types import ALL, ERRORS

STATIC = Path(citydiplomacy.__file__).parent / "web" / "static"
OURS = [*STATIC.glob("*.css"), *STATIC.glob("*.svg"), *STATIC.glob("pictures/*.svg")]
# Its lists end before SVG 2 and CSS Overflow 4, which define these properties.
UNKNOWN_TO_IT = {
    "Attribute “vector-effect” not allowed on element “path” at this point.",
    "CSS: “line-clamp”: Property “line-clamp” doesn't exist.",
    "CSS: “paint-order”: Property “paint-order” doesn't exist.",
    "CSS: “vector-effect”: Property “vector-effect” doesn't exist.",
}
_MOST_BYTES = 60_000


@pytest.fixture(scope="module")
def checker() -> Path:
    try:
        return nu_checker.fetch()
    except OSError as error:
        pytest.skip(str(error))


class Head(HTMLParser):
    """What a browser loads before it paints, and what only a policy without teeth would let run."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.stylesheets = 0
        self.blocking: list[str] = []
        self.inline: list[str] = []
        self._is_head = True
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count a stylesheet of the head; note what holds up the page, and what stands inline."""
        told = dict(attrs)
        self._is_head &= tag != "body"
        self.stylesheets += self._is_head and told.get("rel") == "stylesheet"
        waits = "defer" in told or told.get("type") in {"module", "application/ld+json"}
        if tag == "style" or (tag == "script" and not waits):
            self.blocking.append(f"{tag} {told}")
        self.inline += [name for name in told if name == "style" or name.startswith("on")]


@pytest.fixture(scope="module")
def pages(app: Flask, retired: str) -> dict[str, str]:
    """The HTML of all types of pages, by address."""
    client, found = app.test_client(), {"/city/gone": retired}
    for address in ALL:
        answer = client.get(address, headers=BROWSER, follow_redirects=True)
        assert answer.status_code == ERRORS.get(address, 200), address
        found[address] = answer.text
    return found


@pytest.mark.drill
@pytest.mark.timeout(600)
def test_pages_styles_and_pictures_are_as_the_standards_say(
    checker: Path, pages: dict[str, str], tmp_path: Path
) -> None:
    for address, html in pages.items():
        (tmp_path / f"{quote(address, safe='')}.html").write_text(html, "utf-8")
    for file in OURS:
        shutil.copy(file, tmp_path / file.name)
    messages = nu_checker.check(checker, tmp_path)
    wrong = {each.text: each for each in messages if each.text not in UNKNOWN_TO_IT}
    assert list(wrong.values()) == []
    # It reads them at all, and knows no more of them than is said above.
    assert {each.text for each in messages} == UNKNOWN_TO_IT


@pytest.mark.drill
def test_the_checker_notices_what_is_wrong(checker: Path, tmp_path: Path) -> None:
    page = '<!doctype html><html lang="en"><title>A page</title><p style="x">{}</div>'
    (tmp_path / "page.html").write_text(page, "utf-8")
    (tmp_path / "style.css").write_text("p { colour: red }", "utf-8")
    (tmp_path / "picture.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><p/></svg>')
    wrong = {each.file for each in nu_checker.check(checker, tmp_path)}
    assert wrong == {"page.html", "style.css", "picture.svg"}


@pytest.mark.drill
@pytest.mark.timeout(600)
def test_the_first_paint_needs_one_stylesheet_and_no_script(pages: dict[str, str]) -> None:
    heads = {address: Head(html) for address, html in pages.items()}
    assert {address: head.stylesheets for address, head in heads.items()} == dict.fromkeys(heads, 1)
    assert {address: head.blocking for address, head in heads.items() if head.blocking} == {}
    assert {address: head.inline for address, head in heads.items() if head.inline} == {}


@pytest.mark.drill
@pytest.mark.timeout(600)
def test_the_page_of_a_city_is_small(client: FlaskClient) -> None:
    rows = client.get("/city.csv", buffered=True).text.splitlines()[1:]
    addresses = {row.partition(",")[0].removeprefix(BASE) for row in rows}
    sizes = sorted(len(client.get(f"/{address}.html").data) for address in addresses)
    assert len(sizes) > 500
    assert sizes[len(sizes) // 2] < _MOST_BYTES // 4
    assert sizes[len(sizes) * 95 // 100] < _MOST_BYTES


def test_nothing_moves_by_itself() -> None:
    styles = [file.read_text("utf-8") for file in STATIC.glob("*.css")]
    assert styles
    # No style has a motion that somebody would have to switch off.
    moving = re.compile(r"\b(transition|animation|scroll-behavior)\b", re.IGNORECASE)
    assert [found for style in styles for found in moving.findall(style)] == []
