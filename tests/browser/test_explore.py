"""The pictures of all ties in a real browser, with script and without."""

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.drill]

PATHS = ["/explore/", "/explore/map", "/explore/timeline", "/explore/network?networks=yes"]


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_a_picture_needs_no_sideways_scroll_and_breaks_no_rule_of_ours(
    service: str, browser: Browser, path: str, width: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on(
        "console",
        lambda message: broken.append(message.text) if message.type == "error" else None,
    )
    page.goto(service + path, wait_until="networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert broken == []
    context.close()


def test_a_city_found_by_name_tells_its_ties_on_the_map(service: str, page: Page) -> None:
    page.goto(f"{service}/explore/map")
    field = page.get_by_label("Find in the picture")
    field.fill("Chicago")
    field.press("Tab")
    told = page.locator("#told")
    expect(told).to_contain_text("ties shown")
    told.get_by_role("link", name="Moscow", exact=True).click()
    expect(page.locator("h1")).to_have_text("Moscow")


def test_the_map_moves_by_keyboard(service: str, page: Page) -> None:
    page.goto(f"{service}/explore/map?city=taipei")
    place = page.get_by_role("application")
    place.focus()
    before = page.locator(".leaflet-map-pane").get_attribute("style")
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(600)
    assert page.locator(".leaflet-map-pane").get_attribute("style") != before


def test_without_script_every_picture_is_there(service: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for name in ("map", "network"):
        page.goto(f"{service}/explore/{name}?country=japan")
        expect(page.locator("svg.overview")).to_be_visible()
        assert page.get_by_role("table").get_by_role("row").count() > 5
    context.close()


def test_a_column_of_the_timeline_leads_to_its_years(service: str, page: Page) -> None:
    page.goto(f"{service}/explore/timeline")
    page.locator("svg.years a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**from=*")
    expect(page.locator("ol.timeline li").first).to_be_visible()
