"""The list of page types is complete: no kind of entity and no route is without a page in it."""

import re

from flask import Flask
from flask.testing import FlaskClient

from common import BROWSER
from page_types import ENTITIES, LISTS, OTHERS, RICH

# What answers no page, or sends on to one.
FOR_PROGRAMS = {
    "activity.collection",
    "activity.page",
    "dataset.download",
    "dataset.void",
    "dataset.void_document",
    "entities.listing_as_csv",
    "entities.listing_as_json",
    "entities.listing_as_links",
    "entities.query",
    "explore.data",
    "history.data",
    "home.alive",
    "home.ready",
    "memento.timegate",
    "memento.timemap",
    "metrics.metrics",
    "nanopublications.nanopublication",
    "oai.oai",
    "openapi.description",
    "queries.answer",
    "reconcile.draft",
    "reconcile.extend",
    "reconcile.flyout",
    "reconcile.lookup",
    "reconcile.match",
    "reconcile.properties",
    "reconcile.propose",
    "reconcile.suggest",
    "reconcile.suggest_in_draft",
    "search.description",
    "search.suggest",
    "sitemap.part",
    "sitemap.robots",
    "sitemap.sitemap",
    "sparql.terms",
    "static",
    "validate.validate",
    "versions.feed",
    "versions.version_file",
    "vocabulary.ontology_version",
    "wikidata.commands",
    "unapi.unapi",
}


def endpoints(app: Flask, addresses: list[str]) -> set[str]:
    """Return what answers the addresses, and what answers where these send a browser."""
    client, routes = app.test_client(), app.url_map.bind("localhost")
    found = set()
    for address in addresses:
        answer = client.get(address, headers=BROWSER)
        ways = [address, answer.headers.get("Location", address)]
        found |= {routes.match(way.partition("?")[0])[0] for way in ways}
    return found


def test_every_kind_that_the_front_page_names_has_pages(client: FlaskClient) -> None:
    named = re.findall(r'<a href="/([a-z-]+)/">', client.get("/").text.split('class="kinds"')[1])
    assert set(ENTITIES) == set(named)


def test_every_route_has_a_page_or_is_for_programs(app: Flask) -> None:
    routes = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints(app, [*OTHERS, *LISTS[:1], *RICH[:1]]) == routes - FOR_PROGRAMS
