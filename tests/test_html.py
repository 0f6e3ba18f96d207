"""The Nu HTML checker finds nothing wrong with any page, stylesheet or picture of ours."""

import shutil
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

import citydiplomacy
import nu_checker
from common import BROWSER
from page_types import ALL, ERRORS

STATIC = Path(citydiplomacy.__file__).parent / "web" / "static"
OURS = [*STATIC.glob("*.css"), *STATIC.glob("*.svg"), *STATIC.glob("pictures/*.svg")]
# Its list of properties ends before SVG 2 and CSS Overflow 4, which define these.
UNKNOWN_TO_IT = {
    f"CSS: “{name}”: Property “{name}” doesn't exist."
    for name in ("line-clamp", "paint-order", "vector-effect")
}


@pytest.fixture(scope="module")
def checker() -> Path:
    try:
        return nu_checker.fetch()
    except OSError as error:
        pytest.skip(str(error))


@pytest.mark.drill
def test_pages_styles_and_pictures_are_as_the_standards_say(
    checker: Path, client: FlaskClient, retired: str, tmp_path: Path
) -> None:
    for address in ALL:
        answer = client.get(address, headers=BROWSER, follow_redirects=True)
        assert answer.status_code == ERRORS.get(address, 200), address
        (tmp_path / f"{quote(address, safe='')}.html").write_bytes(answer.data)
    (tmp_path / "retired.html").write_text(retired, "utf-8")
    for file in OURS:
        shutil.copy(file, tmp_path / file.name)
    messages = nu_checker.check(checker, tmp_path)
    wrong = {each.text: each for each in messages if each.text not in UNKNOWN_TO_IT}
    assert list(wrong.values()) == []
    # It reads the stylesheet at all, and knows no more of it than is said above.
    assert {each.text for each in messages} == UNKNOWN_TO_IT


@pytest.mark.drill
def test_the_checker_notices_what_is_wrong(checker: Path, tmp_path: Path) -> None:
    page = '<!doctype html><html lang="en"><title>A page</title><p style="x">{}</div>'
    (tmp_path / "page.html").write_text(page, "utf-8")
    (tmp_path / "style.css").write_text("p { colour: red }", "utf-8")
    (tmp_path / "picture.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><p/></svg>')
    wrong = {each.file for each in nu_checker.check(checker, tmp_path)}
    assert wrong == {"page.html", "style.css", "picture.svg"}
