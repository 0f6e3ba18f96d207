"""Texts of sources: how they are divided, and whether evidence leads to the sentence it says."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from citydiplomacy import checks, files, passages, paths, texts, verification
from citydiplomacy.texts import LayoutError
from common import SMALL

TIE = "data/agreement/alby--dunmere.ttl"
TEXT = """The Almanac

Ties of Alby
Alby met St. Olav\u2019s guild. \u201cWe\u00a0agree!\u201d  Dunmere said. So be it (all.) Then A. B.
left the U.S. delegation in 1961. Why? nobody knows.

Row one
Row two
"""
LAYOUT = """
pieces = "lines"
places = ["Title", "Ties of Alby heading", "Ties of Alby ¶1..2", "Table 1 row 1..2"]
"""
SENTENCES = {
    "Title": "The Almanac",
    "Ties of Alby heading": "Ties of Alby",
    "Ties of Alby ¶1 s1": "Alby met St. Olav\u2019s guild.",
    "Ties of Alby ¶1 s2": "\u201cWe agree!\u201d",
    "Ties of Alby ¶1 s3": "Dunmere said.",
    "Ties of Alby ¶1 s4": "So be it (all.)",
    "Ties of Alby ¶1 s5": "Then A. B.",
    "Ties of Alby ¶2 s1": "left the U.S. delegation in 1961.",
    "Ties of Alby ¶2 s2": "Why? nobody knows.",
    "Table 1 row 1": "Row one",
    "Table 1 row 2": "Row two",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The small tree, with the text's layout and evidence that leads into the text."""
    root = shutil.copytree(SMALL, tmp_path / "root")
    (root / "data/source/almanac.toml").write_text(LAYOUT, "utf-8")
    record(root, "Ties of Alby ¶1 s2", texts.digest("\u201cWe agree!\u201d"))
    return root


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds the text under some name."""
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "scan-0017.txt").write_text(TEXT, "utf-8")
    return folder


def record(root: Path, locator: str, digest: str) -> None:
    passage = f'source:almanac ; cd:locator "{locator}" ; cd:sentenceDigest "{digest}" .\n'
    head, found, _ = (root / TIE).read_text("utf-8").partition("source:almanac ;")
    assert found
    (root / TIE).write_text(head + passage, "utf-8")


def verified(root: Path, folder: Path) -> verification.Verification:
    return verification.verify(files.read(root), folder)


def test_a_text_is_divided_as_its_layout_says(root: Path) -> None:
    (layout,) = texts.layouts(root)
    assert layout.located(TEXT) == SENTENCES


def test_wrapped_lines_are_joined_into_paragraphs(root: Path) -> None:
    layout = 'pieces = "paragraphs"\nplaces = ["Title", "Subtitle", "Body ¶1..2"]'
    (root / "data/source/almanac.toml").write_text(layout, "utf-8")
    (found,) = texts.layouts(root)
    assert found.located("One\nTwo\n\nA wrapped\nline. Next.\n \nLast.\n") == {
        "Title": "One",
        "Subtitle": "Two",
        "Body ¶1 s1": "A wrapped line.",
        "Body ¶1 s2": "Next.",
        "Body ¶2 s1": "Last.",
    }


def test_evidence_that_leads_to_its_sentence_is_verified(root: Path, folder: Path) -> None:
    assert verified(root, folder) == verification.Verification(1, (), ())


@pytest.mark.parametrize(
    ("locator", "sentence", "said"),
    [
        ("Ties of Alby ¶9 s9", "Dunmere said.", "there is no sentence at 'Ties of Alby ¶9 s9'."),
        ("Ties of Alby ¶1 s4", "Dunmere said.", "has another digest."),
    ],
)
def test_evidence_that_does_not_is_named_with_file_and_line(
    root: Path, folder: Path, locator: str, sentence: str, said: str
) -> None:
    record(root, locator, texts.digest(sentence))
    (problem,) = verified(root, folder).problems
    assert problem.file == Path(TIE)
    assert problem.line is not None
    assert said in problem.message


def test_a_text_that_is_not_there_is_said_to_be_missing(root: Path, tmp_path: Path) -> None:
    found = verified(root, tmp_path)
    assert (found.verified, found.problems) == (0, ())
    assert found.left_out == ("source/almanac: no text of it here; digests not verified: 1.",)


def test_a_text_with_the_name_of_its_source_must_fit(root: Path, folder: Path) -> None:
    (folder / "almanac.txt").write_text(TEXT.replace("Ties", "Bonds"), "utf-8")
    with pytest.raises(LayoutError, match="the heading 'Bonds of Alby' stands where"):
        verified(root, folder)


@pytest.mark.parametrize(
    ("layout", "said"),
    [
        ("places = [", "needs `pieces` and `places`"),
        ('places = ["Title"]', "needs `pieces` and `places`"),
        ('pieces = "pages"\nplaces = ["Title"]', "Write lines or paragraphs."),
        ('pieces = "lines"\nplaces = ["Title"]', "6 pieces found, 1 expected"),
    ],
)
def test_a_layout_that_cannot_be_used_says_why(
    root: Path, folder: Path, layout: str, said: str
) -> None:
    (root / "data/source/almanac.toml").write_text(layout, "utf-8")
    (folder / "scan-0017.txt").rename(folder / "almanac.txt")
    with pytest.raises(LayoutError, match=said):
        verified(root, folder)


def test_every_layout_of_ours_can_be_read() -> None:
    assert texts.layouts(paths.root())


def test_a_layout_stands_beside_its_source_and_nowhere_else(tmp_path: Path) -> None:
    root = shutil.copytree(SMALL, tmp_path / "root")
    (root / "data/source/almanac.toml").write_text(LAYOUT, "utf-8")
    (root / "data/source/gazette.toml").write_text(LAYOUT, "utf-8")
    (problem,) = checks.run(root, reason=False).problems
    assert problem.file == Path("data/source/gazette.toml")


def test_the_command_fails_where_it_can_verify_nothing(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("citydiplomacy")
    command = [str(program), "evidence", "--texts", str(tmp_path)]
    told = subprocess.run(command, capture_output=True, check=False, text=True)
    assert told.returncode == 1
    assert "source/maturing-city-diplomacy: no text of it here" in told.stdout


def test_passages_stand_in_the_order_of_the_text(root: Path) -> None:
    layout = texts.layouts(root)[0]
    positions = [layout.position(place) or 0 for place in SENTENCES]
    assert positions == sorted(set(positions))


@pytest.mark.parametrize("elsewhere", ["Ties of Dunmere ¶1 s1", "Ties of Alby ¶3 s1", ""])
def test_what_is_no_place_of_the_text_has_no_position(root: Path, elsewhere: str) -> None:
    assert texts.layouts(root)[0].position(elsewhere) is None


def test_evidence_has_the_position_of_its_sentence(root: Path) -> None:
    found = [str(triple) for triple in passages.positions(files.read(root))]
    assert len(found) == 1
    assert re.search(r'ontology#position> "3002"', found[0])
