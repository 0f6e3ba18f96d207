"""What crawlers are told: every page that stands for itself, and no other."""

from collections.abc import Iterable
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from citydiplomacy.release import Release
from citydiplomacy.settings import Settings
from citydiplomacy.web import sitemap


def entries(client: FlaskClient, path: str = "/sitemap.xml") -> list[tuple[str, str]]:
    """Return the addresses and dates that a sitemap names."""
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    root = ElementTree.fromstring(answer.data)  # noqa: S314  # our own
    return [(each[0].text or "", each[1].text or "") for each in root]


def paths(client: FlaskClient, settings: Settings, path: str = "/sitemap.xml") -> list[str]:
    return [address.removeprefix(settings.address) for address, _ in entries(client, path)]


def refused(client: FlaskClient, asked: Iterable[str]) -> dict[str, int]:
    """Return those of the paths that do not answer with a page at once."""
    answers = {path: client.get(path).status_code for path in asked}
    return {path: status for path, status in answers.items() if status != 200}


def test_crawlers_are_led_to_the_sitemap(client: FlaskClient, settings: Settings) -> None:
    robots = client.get("/robots.txt").text.splitlines()
    assert f"Sitemap: {settings.address}/sitemap.xml" in robots
    assert "Disallow: /search" in robots


def test_the_sitemap_names_pages_of_every_sort_once(
    client: FlaskClient, settings: Settings
) -> None:
    found = paths(client, settings)
    assert len(set(found)) == len(found) > 4000
    wanted = {"/", "/city/", "/city/taipei.html", "/vocab/confidence.html", "/query/populations"}
    assert wanted | {"/evidence/f0240.html", "/graph/curated.html"} <= set(found)


def test_pages_are_as_old_as_the_release(client: FlaskClient, release: Release) -> None:
    assert {made for _, made in entries(client)} == {release.made}


def test_pages_of_many_kinds_are_where_the_sitemap_says(
    client: FlaskClient, settings: Settings
) -> None:
    found = paths(client, settings)
    one_of_each = {path.split("/")[1]: path for path in found if path.endswith(".html")}
    assert len(one_of_each) > 20
    few = list(one_of_each.values())[::5]  # the drill asks for all
    assert refused(client, few) == {}


@pytest.mark.drill
@pytest.mark.timeout(1200)
def test_every_page_is_where_the_sitemap_says(client: FlaskClient, settings: Settings) -> None:
    assert refused(client, paths(client, settings)) == {}


def test_a_long_sitemap_comes_in_parts(
    client: FlaskClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = paths(client, settings)
    monkeypatch.setattr(sitemap, "_MOST", 3000)
    # The address without a query is kept by the cache already.
    parts = paths(client, settings, "/sitemap.xml?anew")
    assert parts == [f"/sitemap/{number}.xml" for number in range(1, len(parts) + 1)]
    assert [path for part in parts for path in paths(client, settings, part)] == whole
    assert client.get(f"/sitemap/{len(parts) + 1}.xml").status_code == 404
    assert client.get("/sitemap/0.xml").status_code == 404
