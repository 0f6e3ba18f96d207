"""The editor of queries in a real browser: it asks, shows, draws, cancels and lets go."""

import csv
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

pytestmark = pytest.mark.browser

CITIES = """PREFIX cd: <https://w3id.org/citydiplomacy/ontology#>
PREFIX city: <https://w3id.org/citydiplomacy/city/>
PREFIX geo: <http://www.w3.org/2003/01/geo/wgs84_pos#>
SELECT ?city ?lat ?long ?ties {
  VALUES (?city ?ties) { (city:taipei 6) (city:yokohama 12) }
  ?city geo:lat ?lat ; geo:long ?long .
}"""
# Quotes of every kind, a dollar brace, a backslash and brackets like those of a raw string of R.
AWKWARD = (
    "SELECT ?x ?y { VALUES (?x ?y) "
    '{ ("it\'s `${here}` )\\"" \'a\\\\b\' ) (\'\'\'say """so"""\'\'\' ")---") } }'
)
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
CONTRAST = """() => {
  const light = (text) => {
    const [r, g, b] = text.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const box = document.querySelector(".CodeMirror");
  const ground = light(getComputedStyle(box).backgroundColor);
  return [...box.querySelectorAll(".CodeMirror-line span[class^=cm-]")].map((span) => {
    const ink = light(getComputedStyle(span).color);
    return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
  });
}"""


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One reader, who may copy, and whose browser keeps what may be kept."""
    opened = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    yield opened
    opened.close()


@pytest.fixture
def page(service: str, context: BrowserContext) -> Iterator[Page]:
    """A page of our own host, whose console stays empty: nothing is blocked, nothing fails."""
    opened = context.new_page()
    hosts: set[str] = set()
    messages: list[str] = []
    opened.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    opened.on("console", lambda message: messages.append(message.text))
    opened.on("pageerror", lambda error: messages.append(str(error)))
    yield opened
    opened.close()
    assert hosts == {urlsplit(service).netloc}
    # The browser itself tells of the error statuses that these tests bring about.
    assert [text for text in messages if not re.search(r"status of (400|503) ", text)] == []


def write(page: Page, query: str) -> None:
    """Replace what the editor holds, as if pasted."""
    page.locator(".CodeMirror").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(query)


def written(page: Page) -> str:
    return str(page.evaluate("document.querySelector('.CodeMirror').CodeMirror.getValue()"))


def asked(service: str, query: str) -> str:
    return f"{service}/sparql?query={quote(query)}"


# -------------------------------------------------------------------------------- asking


def test_a_query_runs_by_keyboard_and_its_rows_have_names(service: str, page: Page) -> None:
    page.goto(f"{service}/sparql")
    write(page, CITIES)
    page.keyboard.press("Control+Enter")
    row = page.get_by_role("row").nth(1)
    expect(row.get_by_role("link", name="Taipei")).to_have_attribute("href", "/city/taipei")
    assert "city/taipei" in row.inner_text()
    expect(page.locator("#elapsed")).to_have_text(re.compile(r"Answered after \d+\.\d\d s\."))
    # The address is a link to the query, and going back leads to what was there before.
    assert parse_qs(urlsplit(page.url).query) == {"query": [CITIES]}
    page.go_back()
    expect(page.get_by_role("table")).to_have_count(0)


def test_a_link_brings_query_and_result_to_somebody_else(
    service: str, page: Page, browser: Browser
) -> None:
    page.goto(f"{service}/sparql")
    write(page, CITIES)
    page.get_by_role("button", name="Link to this query").click()
    page.get_by_role("button", name="Link copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    other = browser.new_page()
    other.goto(link)
    assert written(other) == CITIES
    assert "Taipei" in other.get_by_role("table").inner_text()
    other.close()


def test_a_query_that_takes_too_long_is_cancelled(service: str, page: Page) -> None:
    page.goto(f"{service}/sparql")
    write(page, ENDLESS)
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#elapsed")).to_have_text(re.compile(r"Running: \d"))
    with page.expect_event("requestfailed") as failed:
        page.get_by_role("button", name="Cancel").click()
    assert failed.value.failure == "net::ERR_ABORTED"
    expect(page.locator("#elapsed")).to_have_text(re.compile(r"Cancelled after \d"))
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()


def test_an_error_says_where_it_is_and_leads_there(service: str, page: Page) -> None:
    page.goto(f"{service}/sparql")
    write(page, "SELECT *\nWHERE { ?s ?p }")
    page.get_by_role("button", name="Run").click()
    problem = page.get_by_role("alert")
    # The editor found it too, and says what it expects there.
    page.locator(".parseErrorIcon").hover()
    expect(page.locator(".yasqe_tooltip")).to_contain_text("Expected")
    assert "Query syntax error" in problem.inner_text()
    assert "grammar" in problem.inner_text()
    problem.get_by_role("button", name=re.compile(r"Go to line 2, column \d+")).click()
    assert page.evaluate("document.querySelector('.CodeMirror').CodeMirror.getCursor().line") == 1
    # What was wrong is mended in place, and the page of the error is gone.
    write(page, CITIES)
    page.keyboard.press("Control+Enter")
    page.get_by_role("table").wait_for()
    expect(problem).to_have_count(0)


def test_an_error_page_has_an_editor_that_mends_it(service: str, page: Page) -> None:
    page.goto(asked(service, "SELECT *\nWHERE { ?s ?p }"))
    expect(page.locator("h1")).to_have_text("Query syntax error")
    expect(page.locator(".CodeMirror .wrong").first).to_be_visible()
    write(page, CITIES)
    page.keyboard.press("Control+Enter")
    page.get_by_role("table").wait_for()
    expect(page.locator("h1")).to_have_text("SPARQL")


# ------------------------------------------------------------------------------- writing


def test_a_question_of_the_library_is_loaded_into_the_editor(service: str, page: Page) -> None:
    page.goto(f"{service}/sparql")
    title = page.locator(".questions a").first.inner_text()
    page.get_by_label("Example").select_option(label=title)
    assert f"# title: {title}" in written(page)
    page.locator(".questions a").nth(1).click()
    assert f"# title: {page.locator('.questions a').nth(1).inner_text()}" in written(page)
    assert urlsplit(page.url).query == ""


@pytest.mark.parametrize(
    ("typed", "proposed"),
    [
        ("SELECT * { ?a cd:hasSist", "cd:hasSisterCity"),
        ("SELECT * { ?a a cd:agreem", "cd:SisterCityAgreement"),
    ],
    ids=["property", "class"],
)
def test_our_terms_are_proposed_and_their_prefix_is_declared(
    service: str, page: Page, typed: str, proposed: str
) -> None:
    with page.expect_response("**/terms.json") as terms:
        page.goto(f"{service}/sparql")
    terms.value.finished()
    write(page, "")
    page.keyboard.type(typed)
    expect(page.locator(".CodeMirror")).to_contain_text("PREFIX cd:")
    page.keyboard.press("Control+Space")
    page.locator(".CodeMirror-hint", has_text=proposed).first.click()
    query = written(page)
    assert query.startswith("PREFIX cd: <https://w3id.org/citydiplomacy/ontology#>")
    assert proposed in query


def test_no_prefix_is_guessed_and_nobody_else_asked_where_our_terms_do_not_come(
    service: str, page: Page
) -> None:
    page.route("**/terms.json", lambda route: route.fulfill(status=503))
    page.goto(f"{service}/sparql")
    write(page, "")
    page.keyboard.type("SELECT * { ?a a cd:City")
    page.keyboard.press("Control+Space")
    assert "PREFIX" not in written(page)


def test_escape_and_tab_leave_the_editor(service: str, page: Page) -> None:
    inside = "document.querySelector('.CodeMirror').contains(document.activeElement)"
    page.goto(f"{service}/sparql")
    write(page, "ASK {}")
    page.keyboard.press("Tab")
    assert page.evaluate(inside), "Tab indents"
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Run"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(inside)
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+Tab")
    assert not page.evaluate(inside)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_written_can_be_read(service: str, browser: Browser, scheme: str) -> None:
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    page.goto(asked(service, f"{CITIES}\n# a remark\nORDER BY ('a' = \"a\" && ?ties > 1.5)"))
    ratios = page.evaluate(CONTRAST)
    assert len(ratios) > 20
    assert min(ratios) >= 4.5
    context.close()


# ------------------------------------------------------------------------------- results


def test_numbers_are_drawn_as_a_chart(service: str, page: Page) -> None:
    page.goto(asked(service, CITIES))
    page.get_by_role("button", name="Chart").click()
    chart = page.get_by_role("img", name="Chart of ties")
    widths = [float(bar.get_attribute("width") or 0) for bar in chart.locator("rect").all()]
    assert widths[1] == pytest.approx(2 * widths[0], rel=0.01)
    assert "Yokohama" in (chart.text_content() or "")
    page.get_by_role("button", name="Table").click()
    expect(page.get_by_role("table")).to_be_visible()


@pytest.mark.parametrize(
    "query",
    [
        CITIES,
        CITIES.replace("?lat ?long ?ties {", "?where {").replace(
            "geo:long ?long .",
            'geo:long ?long . BIND(CONCAT("POINT(", STR(?long), " ", STR(?lat), ")") AS ?where)',
        ),
    ],
    ids=["latitude-longitude", "wkt"],
)
def test_places_are_drawn_on_a_map(service: str, page: Page, query: str) -> None:
    page.goto(asked(service, query))
    page.get_by_role("button", name="Map").click()
    map_ = page.get_by_role("group", name="Map of the places")
    expect(map_.get_by_role("link", name="Taipei")).to_have_attribute("href", "/city/taipei")
    taipei, yokohama = (
        map_.get_by_role("link", name=name).locator("circle").bounding_box()
        for name in ("Taipei", "Yokohama")
    )
    assert taipei
    assert yokohama
    # Yokohama lies north-east of Taipei.
    assert yokohama["x"] > taipei["x"]
    assert yokohama["y"] < taipei["y"]
    expect(page.get_by_text("Natural Earth boundaries, no position taken.")).to_be_visible()


def test_a_result_that_looks_like_html_does_nothing(service: str, page: Page) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(urlsplit(request.url).path))
    page.on("dialog", lambda dialog: pytest.fail(f"a result opened: {dialog.message}"))
    image = "<img src=x onerror=alert(1)>"
    query = (
        "SELECT ?x ?iri ?n ?lat ?long { VALUES (?x ?iri ?n ?lat ?long) { "
        f'("{image}" <javascript:alert(1)> 1 25.0 121.5) ("<svg onload=alert(1)>" <a:b> 2 1.0 1.0)'
        " } }"
    )
    page.goto(f"{service}/sparql")
    write(page, query)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("cell", name=image)).to_be_visible()
    for view in ("Chart", "Map"):
        page.get_by_role("button", name=view).click()
        expect(page.locator("figure svg")).to_contain_text(image)
    assert page.locator("#outcome img, #outcome [onerror], #outcome [onload]").count() == 0
    assert page.locator("[href^='javascript:' i]").count() == 0
    assert not [path for path in requested if path.endswith("/x")]


# ------------------------------------------------------------------------------ programs


def snippet(service: str, page: Page, name: str) -> str:
    page.goto(asked(service, AWKWARD))
    page.get_by_text("Ask this from a program").click()
    shown = page.locator(f"#snippet-{name}")
    expect(shown).to_contain_text(f"{service}/sparql")
    return shown.text_content() or ""


def told(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def values(service: str, page: Page) -> list[str]:
    """Return the values that the awkward query really finds, row by row."""
    answer = page.request.get(asked(service, AWKWARD), headers={"Accept": "text/csv"})
    return [value for row in list(csv.reader(io.StringIO(answer.text())))[1:] for value in row]


def test_the_snippet_for_a_terminal_asks_the_same(service: str, page: Page) -> None:
    program = snippet(service, page, "curl")
    rows = list(csv.reader(io.StringIO(told(["sh", "-c", program.strip() + " --silent"]))))
    assert [value for row in rows[1:] for value in row] == values(service, page)


def test_the_snippet_for_python_asks_the_same(service: str, page: Page) -> None:
    program = snippet(service, page, "python")
    rows = map(eval, told([sys.executable, "-c", program]).splitlines())
    assert [row[name]["value"] for row in rows for name in "xy"] == values(service, page)


def test_the_snippet_for_a_page_asks_the_same(service: str, page: Page) -> None:
    program = snippet(service, page, "javascript").replace("console.log(", "return (")
    found = page.evaluate(f"async () => {{ {program} }}")
    rows = found["results"]["bindings"]
    assert [row[name]["value"] for row in rows for name in "xy"] == values(service, page)


def test_the_snippet_for_r_holds_the_query_as_it_is(service: str, page: Page) -> None:
    program = snippet(service, page, "r")
    held = re.search(r'r"(-*)\((.*?)\)\1"\n', program, re.DOTALL)
    assert held
    assert held[2] == AWKWARD
