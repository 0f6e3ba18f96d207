"""Every page at every width, by keyboard, and three visitors whose browsers run no script."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from page_types import ALL, ERRORS, OTHERS, POOR, RICH

pytestmark = [pytest.mark.browser, pytest.mark.drill]

# A window of 1280 px that is enlarged to 200 % is 640 px wide.
WIDTHS = (320, 640, 768, 1280)
MOST_STOPS = 250

# What Tab has to reach, in its order, and what each stop looked like when it was reached.
STOPS = """() => {
  const all = "a[href], button, input, select, textarea, summary, [tabindex]";
  window.stops = [...document.querySelectorAll(all)].filter(each =>
    each.tabIndex >= 0 && !each.disabled && each.type !== "hidden" && each.checkVisibility());
  window.reached = [];
  window.unseen = [];
  document.addEventListener("focusin", ({target}) => {
    if (!window.stops.includes(target)) return;
    window.reached.push(window.stops.indexOf(target));
    const marked = [target, target.closest(".CodeMirror")].filter(Boolean).map(getComputedStyle);
    if (!marked.some(style => style.outlineStyle !== "none" || style.boxShadow !== "none"))
      window.unseen.push(target.outerHTML.slice(0, 200));
  });
  return window.stops.length;
}"""
IS_EDITING = "document.activeElement.closest('.CodeMirror') !== null"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", ALL)
def test_a_page_fits_every_width_and_loads_nothing_foreign(
    service: str, page: Page, path: str
) -> None:
    hosts: set[str] = set()
    told: list[str] = []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto(service + path)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
    assert hosts == {urlsplit(service).netloc}
    # The browser's own: that the page is an error, and how it draws without a graphics card.
    own = (f"status of {ERRORS.get(path)} ", "GL Driver Message (OpenGL, Performance")
    assert [message for message in told if not any(each in message for each in own)] == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", [*OTHERS, *POOR, *RICH[:3], *ERRORS])
def test_the_keyboard_reaches_everything_in_order_and_leaves(
    service: str, page: Page, path: str
) -> None:
    page.goto(service + path, wait_until="networkidle")
    count = page.evaluate(STOPS)
    walked = min(count, MOST_STOPS)
    # Some stops are the browser's own: what can be scrolled, and the parts of some fields.
    for _ in range(2 * walked + 10):
        if page.evaluate("window.reached.length") >= walked:
            break
        if page.evaluate(IS_EDITING):
            page.keyboard.press("Escape")
        page.keyboard.press("Tab")
    assert page.evaluate("window.reached") == list(range(walked))
    assert page.evaluate("window.unseen") == []
    if walked == count:
        page.keyboard.press("Tab")
        assert page.evaluate("window.stops.indexOf(document.activeElement)") in {-1, 0}


# ---------------------------------------------------------------- without script


@pytest.fixture
def plain(service: str, browser: Browser) -> Iterator[Page]:
    """A page in a browser that runs no script."""
    context = browser.new_context(java_script_enabled=False, base_url=service)
    yield context.new_page()
    context.close()


def test_a_reader_comes_from_the_front_page_to_the_passage_of_a_source(plain: Page) -> None:
    plain.goto("/")
    plain.get_by_role("search", name="Begin with a name").get_by_role("searchbox").fill("臺北")
    plain.keyboard.press("Enter")
    plain.locator(".hits a").first.click()
    expect(plain.locator("h1")).to_have_text("Taipei")
    plain.get_by_role("link", name="sister city agreement").first.click()
    plain.get_by_role("link", name="Note").first.click()
    plain.locator("li:target .evidence a, li:target a").first.click()
    plain.locator("main a[href^='/source/']").first.click()
    expect(plain).to_have_url(re.compile("/source/"))
    expect(plain.locator(".passages li").first).to_be_visible()


def test_a_researcher_asks_a_question_about_others_and_takes_its_query(plain: Page) -> None:
    plain.goto("/query/first-year-of-a-tie")
    plain.get_by_label("City", exact=True).fill("Taipei")
    plain.get_by_label("Partner", exact=True).fill("Houston")
    plain.get_by_role("button", name="Ask").click()
    plain.locator("main a[href^='/sparql?query=']").first.click()
    query = plain.get_by_label("Query", exact=True)
    expect(query).to_have_value(re.compile("city/taipei|city:taipei"))
    plain.get_by_role("button", name="Run").click()
    row = plain.get_by_role("row").nth(1)
    expect(row).to_contain_text("1961")
    answer = plain.request.get(plain.get_by_role("link", name="CSV").get_attribute("href") or "")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "1961" in answer.text()


def test_an_integrator_finds_the_data_of_a_page_and_of_a_list(plain: Page) -> None:
    plain.goto("/city/taipei")
    told = {
        name: plain.request.get(
            plain.get_by_role("link", name=name, exact=True).get_attribute("href") or ""
        )
        for name in ("Turtle", "GeoJSON")
    }
    assert "cd:hasSisterCity" in told["Turtle"].text()
    assert told["GeoJSON"].json()["type"] == "FeatureCollection"
    plain.goto("/city/?country=japan")
    rows = plain.request.get(plain.get_by_role("link", name="CSV").get_attribute("href") or "")
    assert "city/yokohama" in rows.text()
    assert "city/taipei" not in rows.text()
