"""What the search boxes propose while somebody types, in a real browser."""

import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect

pytestmark = pytest.mark.browser


def opened(page: Page, service: str, path: str = "/about") -> Locator:
    """Return the search box of a page that has just been opened."""
    page.goto(service + path)
    box = page.get_by_role("combobox").first
    box.wait_for()
    return box


def asked(route: Route) -> str:
    return parse_qs(urlsplit(route.request.url).query)["q"][0]


def answering(found: Callable[[str], list[str]]) -> Callable[[Route], None]:
    """Return what answers with names made of what was typed."""

    def answer(route: Route) -> None:
        names = found(asked(route))
        detail = {"path": "/city/taipei", "kind": "city", "kinds": "cities", "label": "Taipei"}
        details = [{**detail, "language": "", "place": "<b>Taiwan</b>"} for _ in names]
        body = [asked(route), names, names, names, {"citydiplomacy:found": details}]
        route.fulfill(status=200, content_type="application/json", body=json.dumps(body))

    return answer


def test_a_city_is_chosen_with_the_keyboard(service: str, page: Page) -> None:
    box = opened(page, service)
    box.press_sequentially("横浜")
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("横浜市")
    expect(options.first.locator("[lang]")).to_have_attribute("lang", "ja")
    expect(page.get_by_role("group", name="cities").get_by_role("option").first).to_be_visible()
    expect(page.locator("[aria-live=polite][role=status]")).to_contain_text("proposal")
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    box.press("Enter")
    page.wait_for_url("**/city/yokohama*")


def test_who_looks_at_a_version_finds_what_it_has(service: str, page: Page) -> None:
    box = opened(page, service, "/about?version=0.1.0")
    box.press_sequentially("yokoh")
    page.get_by_role("option").first.click()
    page.wait_for_url("**/city/yokohama*version=0.1.0")
    expect(page.get_by_role("complementary", name="Version")).to_contain_text("version 0.1.0")


@pytest.mark.drill
def test_a_city_is_chosen_with_the_mouse(service: str, page: Page) -> None:
    box = opened(page, service, "/search")
    box.press_sequentially("kyi")
    page.get_by_role("option", name="Kyiv").first.click()
    page.wait_for_url("**/city/kyiv*")


@pytest.mark.drill
def test_nothing_is_chosen_for_who_only_types(service: str, page: Page) -> None:
    box = opened(page, service)
    box.press_sequentially("taipe")
    page.get_by_role("option").first.wait_for()
    box.press("ArrowUp")
    box.press("Home")
    box.press("Enter")
    page.wait_for_url("**/search?q=taipe")


@pytest.mark.drill
def test_escape_closes_the_list_and_keeps_what_was_typed(service: str, page: Page) -> None:
    box = opened(page, service)
    box.press_sequentially("taipei")
    page.get_by_role("option").first.wait_for()
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_value("taipei")
    box.press("ArrowDown")
    expect(page.get_by_role("option").first).to_be_visible()


@pytest.mark.drill
def test_an_answer_that_comes_too_late_is_dropped(service: str, page: Page) -> None:
    held: list[Route] = []
    answer = answering(lambda text: [f"about {text}"])
    page.route("**/suggest?*", lambda route: held.append(route) if not held else answer(route))
    box = opened(page, service)
    box.press_sequentially("a")
    page.wait_for_timeout(200)
    assert len(held) == 1
    box.press_sequentially("b")
    expect(page.get_by_role("option")).to_contain_text(["about ab"])
    answer(held[0])
    page.wait_for_timeout(100)
    expect(page.get_by_role("option")).to_contain_text(["about ab"])
    expect(box).to_have_value("ab")


def test_names_are_shown_as_text_whatever_they_hold(service: str, page: Page) -> None:
    name = "<img src=x onerror=alert(1)>"
    page.route("**/suggest?*", answering(lambda _: [name]))
    opened(page, service).press_sequentially("x")
    expect(page.get_by_role("option")).to_contain_text([f"{name}Taipei<b>Taiwan</b>"])
    assert page.locator(".found img, .found b").count() == 0


@pytest.mark.drill
def test_what_an_input_method_composes_is_not_asked_about(service: str, page: Page) -> None:
    texts: list[str] = []
    answer = answering(lambda text: [text])
    page.on(
        "request", lambda request: texts.extend(parse_qs(urlsplit(request.url).query).get("q", ()))
    )
    page.route("**/suggest?*", answer)
    box = opened(page, service)
    box.focus()
    keyboard = page.context.new_cdp_session(page)
    for composed in ("よ", "よこ", "横浜"):
        start = {"selectionStart": len(composed), "selectionEnd": len(composed)}
        keyboard.send("Input.imeSetComposition", {"text": composed, **start})
        page.wait_for_timeout(150)
    assert texts == []
    keyboard.send("Input.insertText", {"text": "横浜"})
    expect(page.get_by_role("option")).to_contain_text(["横浜"])
    assert texts == ["横浜"]


@pytest.mark.drill
def test_many_letters_typed_at_once_are_one_question(service: str, page: Page) -> None:
    texts: list[str] = []
    answer = answering(lambda text: [text])
    page.on(
        "request", lambda request: texts.extend(parse_qs(urlsplit(request.url).query).get("q", ()))
    )
    page.route("**/suggest?*", answer)
    # In one go, so that a slow machine makes no pause between two letters.
    opened(page, service).evaluate(
        """(box, letters) => { box.focus(); for (const letter of letters) {
            box.value += letter;
            box.dispatchEvent(new InputEvent("input", { bubbles: true }));
        } }""",
        "yokohama",
    )
    expect(page.get_by_role("option")).to_contain_text(["yokohama"])
    assert texts == ["yokohama"]
