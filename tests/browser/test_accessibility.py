"""axe finds nothing on any page: all its rules, all types of pages, in every state of a screen."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Route

from citydiplomacy.formats import HTML
from page_types import ALL, ERRORS, OTHERS, RICH

pytestmark = pytest.mark.browser

# Every rule of axe for WCAG 2.2 at level AA and below and every best practice, those too that it
# leaves out by itself; without its trials, and the contrast and link texts of level AAA.
RUN = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const rules = Object.fromEntries(axe.getRules(tags)
    .filter(({tags}) => !tags.includes("deprecated") && !tags.includes("experimental"))
    .map(rule => [rule.ruleId, {enabled: true}]));
  const found = await axe.run(document, {resultTypes: ["violations"], rules});
  return found.violations.flatMap(rule =>
    rule.nodes.map(node => `${rule.id}: ${node.target}: ${node.html.slice(0, 200)}`));
}"""


@dataclass(frozen=True)
class State:
    """How a page is looked at: its width in pixels, its colours, and whether its scripts run."""

    width: int
    colours: Any
    has_scripts: bool


# Every width; and each two of colours and scripts meet.
STATES = (
    State(320, "light", True),
    State(320, "dark", False),
    State(768, "dark", True),
    State(1280, "light", False),
)
FEW = (STATES[0], State(1280, "dark", False))
PAPER = State(1280, "light", True)
THOROUGH = {*OTHERS, *ERRORS, *RICH}
PRINTED = ("/", "/city/taipei", "/explore/map", "/source/maturing-city-diplomacy")
PAST = ("/city/yokohama.html?version=0.1.0", "/sparql?version=0.1.0", "/explore/map?version=0.1.0")
SAMPLE = ("/agreement/odesa--yokohama-mou-2023", "/search?q=kyiv")

Look = Callable[..., list[str]]


def without_scripts(route: Route) -> None:
    route.abort() if route.request.resource_type == "script" else route.continue_()


@pytest.fixture(scope="module")
def contexts(browser: Browser) -> Iterator[dict[bool, BrowserContext]]:
    """Two windows: in one the scripts of pages run, in the other they do not; axe does in both."""
    made = {True: browser.new_context(bypass_csp=True), False: browser.new_context(bypass_csp=True)}
    made[False].route("**/*", without_scripts)
    yield made
    for context in made.values():
        context.close()


@pytest.fixture
def look(service: str, contexts: dict[bool, BrowserContext]) -> Look:
    """What axe finds on a page, in each of some states."""

    def faults(
        path: str, states: Iterable[State], html: str = "", media: Any = "screen"
    ) -> list[str]:
        found = []
        for has_scripts in {state.has_scripts for state in states}:
            page = contexts[has_scripts].new_page()
            if html:
                page.route(
                    service + path,
                    lambda route: route.fulfill(body=html, content_type=HTML.content_type),
                )
            page.goto(service + path)
            page.evaluate(AXE_SCRIPT)
            for state in states:
                if state.has_scripts == has_scripts:
                    page.set_viewport_size({"width": state.width, "height": 900})
                    page.emulate_media(color_scheme=state.colours, media=media)
                    found += [f"{state}: {fault}" for fault in page.evaluate(RUN)]
            page.close()
        return found

    return faults


@pytest.mark.parametrize("path", SAMPLE)
def test_axe_finds_nothing_at_a_glance(look: Look, path: str) -> None:
    assert look(path, FEW) == []


@pytest.mark.drill
@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", ALL)
def test_axe_finds_nothing(look: Look, path: str) -> None:
    assert look(path, STATES if path in THOROUGH else FEW) == []


@pytest.mark.drill
@pytest.mark.parametrize("path", PRINTED)
def test_axe_finds_nothing_on_paper(look: Look, path: str) -> None:
    assert look(path, [PAPER], media="print") == []


@pytest.mark.drill
@pytest.mark.parametrize("path", PAST)
def test_axe_finds_nothing_in_the_past(look: Look, path: str) -> None:
    assert look(path, STATES) == []


@pytest.mark.drill
def test_axe_finds_nothing_where_something_was_retired(look: Look, retired: str) -> None:
    assert look("/city/gone", STATES, html=retired) == []


@pytest.mark.parametrize("has_scripts", [True, False])
def test_axe_would_find_something(look: Look, has_scripts: bool) -> None:
    states = [state for state in FEW if state.has_scripts == has_scripts]
    page = '<!doctype html><html lang="en"><title>A</title><main><h1>A</h1><img src="a"></main>'
    (fault,) = look("/city/wrong", states, html=page)
    assert "image-alt" in fault
