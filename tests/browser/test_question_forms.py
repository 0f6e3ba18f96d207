"""Questions in a real browser without script: chosen in the gallery, asked about something else."""

import pytest
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser


def test_a_reader_chooses_a_question_and_asks_it_about_others(
    service: str, browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{service}/query/")
    page.get_by_role("navigation", name="By reader").get_by_role("link", name="Journalists").click()
    page.get_by_role("navigation", name="By topic").get_by_role("link", name="How ties").click()
    page.get_by_role("link", name="Since when are two cities tied").click()
    page.get_by_label("City", exact=True).fill("Taipei")
    page.get_by_label("Partner", exact=True).fill("houston")
    page.get_by_role("button", name="Ask").click()
    expect(page).to_have_url(f"{service}/query/first-year-of-a-tie?city=taipei&partner=houston")
    expect(page.get_by_label("Partner", exact=True)).to_have_value("Houston")
    expect(page.get_by_role("table")).to_contain_text("Sister city agreement of Houston and Taipei")
    context.close()
