"""The citation of a page in other styles: in place with script, as a document without."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

PAGE = "/agreement/houston--taipei.html"


def test_a_style_takes_the_place_of_the_citation_that_is_shown(page: Page, service: str) -> None:
    page.goto(f"{service}{PAGE}")
    box = page.locator("section[aria-labelledby=cite]")
    box.get_by_role("link", name="APA").click()
    expect(page.locator("#citation")).to_have_text(
        re.compile(r"^Editors of the City Diplomacy Graph\. \(.*\[Dataset\]\. In City Diplomacy")
    )
    expect(box.locator("[aria-current]")).to_have_text("APA")
    box.get_by_role("link", name="BibTeX").click()
    expect(page.locator("#citation")).to_contain_text("@dataset{citydiplomacy:agreement-houston")
    expect(box.locator("[aria-current]")).to_have_text("BibTeX")
    assert page.url.endswith(PAGE)


def test_without_script_a_style_is_a_document(browser: Browser, service: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{service}{PAGE}")
    page.get_by_role("link", name="Chicago").click()
    expect(page.locator("body")).to_contain_text("“Sister City Agreement of Houston and Taipei”")
    assert page.url.endswith("/agreement/houston--taipei.chicago.txt")
    context.close()
