"""The pages in a real browser: nothing blocked, nothing foreign, nothing to scroll sideways."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

PATHS = [
    "/",
    "/city/",
    "/city/taipei",
    "/agreement/odesa--yokohama-mou-2023",
    "/network/c40-cities",
    "/source/maturing-city-diplomacy",
    "/evidence/f0240",
    "/compare",
    "/compare?city=yokohama&city=taipei&city=odesa&city=houston",
    "/discrepancies",
    "/search?q=yokohama",
    "/claim/what-city-diplomacy-is",
    "/programme/y-port-program",
    "/query/source-of-a-tie",
    "/query/?topic=aid",
    "/query/ties-suspended-or-ended?country=ukraine&country=china",
    "/sparql?query=SELECT%20*%20%7B%20%3Fs%20a%20%3Fc%20%7D%20LIMIT%2050",
    "/ontology",
    "/vocab/confidence",
    "/shapes",
    "/dataset",
    "/wikidata",
    "/about",
    "/city/atlantis",
]

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("path", PATHS)
def test_a_page_needs_no_sideways_scroll_and_no_other_host(
    service: str, page: Page, path: str
) -> None:
    """At the width at which most goes wrong; all pages at all widths are a drill."""
    hosts: set[str] = set()
    messages: list[str] = []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.on("console", lambda message: messages.append(message.text))
    page.set_viewport_size({"width": 320, "height": 900})
    page.goto(service + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert hosts == {urlsplit(service).netloc}
    # A page that is not found is a message of the browser's own; a blocked script or style is not.
    assert [message for message in messages if "404" not in message] == []


@pytest.mark.parametrize("path", PATHS)
def test_what_is_to_be_clicked_is_large_enough(service: str, page: Page, path: str) -> None:
    page.goto(service + path)
    small = page.evaluate(
        """() => [...document.querySelectorAll("nav a, button, .downloads a, .mark, summary")]
            .filter(element => element.offsetParent)
            .map(element => [element.textContent, element.getBoundingClientRect()])
            .filter(([, box]) => box.width < 24 || box.height < 24)
            .map(([text, box]) => `${text}: ${box.width} x ${box.height}`)"""
    )
    assert small == []


def test_a_reader_follows_a_mark_to_its_source(service: str, page: Page) -> None:
    page.goto(f"{service}/city/taipei")
    page.get_by_label("Ties with other cities").get_by_role("link", name="Note").first.click()
    page.locator("li:target .locator").click()
    assert page.locator("h1").inner_text().startswith("Evidence ")
    assert "Houston" in page.get_by_label("What rests on it").inner_text()


def test_a_reader_goes_from_city_to_agreement_to_partner(service: str, page: Page) -> None:
    page.goto(f"{service}/")
    page.get_by_role("navigation").get_by_role("link", name="Cities").click()
    page.get_by_label("Name holds").fill("taipei")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("table").get_by_role("link", name="Taipei", exact=True).click()
    page.get_by_role("link", name="sister city agreement").first.click()
    page.get_by_role("group", name="Parties", exact=True).get_by_role(
        "link", name="Houston"
    ).click()
    assert page.locator("h1").inner_text() == "Houston"


def test_a_query_runs_from_the_form_without_script(service: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{service}/sparql")
    page.get_by_label("Query", exact=True).fill("SELECT (1 + 1 AS ?sum) WHERE {}")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("cell")).to_have_text(["2"])
    context.close()


def test_the_first_tab_leads_past_the_header(service: str, page: Page) -> None:
    page.goto(f"{service}/city/taipei")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_the_permanent_address_can_be_copied(service: str, browser: Browser) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{service}/city/taipei")
    page.locator("button[data-copy=iri]").click()
    page.get_by_role("button", name="Copied permanent address").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "https://w3id.org/citydiplomacy/city/taipei"
    context.close()


TIE = "/agreement/houston--taipei.html"


def test_a_style_takes_the_place_of_the_citation_that_is_shown(page: Page, service: str) -> None:
    page.goto(f"{service}{TIE}")
    box = page.locator("section[aria-labelledby=cite]")
    box.get_by_role("link", name="APA").click()
    expect(page.locator("#citation")).to_contain_text("Taipei [Dataset]. In City Diplomacy Graph (")
    expect(box.locator("[aria-current]")).to_have_text("APA")
    box.get_by_role("link", name="BibTeX").click()
    expect(page.locator("#citation")).to_contain_text("@dataset{citydiplomacy:agreement-houston")
    expect(box.locator("[aria-current]")).to_have_text("BibTeX")
    assert page.url.endswith(TIE)


@pytest.mark.drill
def test_without_script_a_style_is_a_document(browser: Browser, service: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{service}{TIE}")
    page.get_by_role("link", name="Chicago").click()
    expect(page.locator("body")).to_contain_text("“Sister City Agreement of Houston and Taipei”")
    assert page.url.endswith("/agreement/houston--taipei.chicago.txt")
    context.close()
