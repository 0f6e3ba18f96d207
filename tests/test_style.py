"""The stylesheet keeps the rules that docs/design.md writes down."""

import re
from itertools import product
from pathlib import Path

import pytest

import citydiplomacy

STATIC = Path(citydiplomacy.__file__).parent / "web" / "static"
SHEET = (STATIC / "style.css").read_text("utf-8")
ENOUGH = 4.5
"""The contrast that WCAG 2.2 AA asks of text."""

TEXT = ("ink", "soft", "accent")
GROUNDS = ("paper", "raised", "accent-soft")
PAIRS = [*product(TEXT, GROUNDS), ("warn", "warn-soft"), ("ink", "warn-soft"), ("warn", "paper")]
# Grey is for words beside others, which no coloured ground is behind.
PAIRS.remove(("soft", "accent-soft"))


def colours(scheme: str) -> dict[str, str]:
    light, dark = SHEET.split("@media (prefers-color-scheme: dark)")[:2]
    block = light if scheme == "light" else dark.partition("}")[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, as WCAG defines it."""
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_stands_out_from_its_ground(scheme: str, text: str, ground: str) -> None:
    known = colours(scheme)
    assert contrast(known[text], known[ground]) >= ENOUGH


def test_the_dark_scheme_changes_every_colour() -> None:
    assert colours("dark").keys() == colours("light").keys()


def test_colours_have_names() -> None:
    rules = SHEET.partition("*, ::before")[2].partition("@media print")[0]
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|rgba?\(|hsl", rules) == []


def test_the_stylesheet_loads_nothing() -> None:
    assert "url(" not in SHEET
    assert "@import" not in SHEET
