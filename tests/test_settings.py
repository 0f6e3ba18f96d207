"""Every setting: where its value comes from."""

from dataclasses import fields
from pathlib import Path

import pytest

from citydiplomacy.settings import PREFIX, Settings, from_environment, to_environment

NAMES = [entry.name for entry in fields(Settings)]


def test_an_empty_environment_leaves_the_defaults() -> None:
    assert from_environment({}) == Settings()


def test_the_environment_changes_a_default() -> None:
    assert from_environment({"CITYDIPLOMACY_QUERY_SECONDS": "3"}).query_seconds == 3


def test_what_is_given_changes_the_environment() -> None:
    assert from_environment({"CITYDIPLOMACY_PORT": "8001"}, port=8002).port == 8002


def test_nothing_given_leaves_the_environment_as_it_is() -> None:
    assert from_environment({"CITYDIPLOMACY_PORT": "8001"}, port=None).port == 8001


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", True), ("true", True), ("Yes", True), ("on", True), ("0", False), ("no", False)],
)
def test_a_switch_is_on_or_off(text: str, value: bool) -> None:
    settings = from_environment({"CITYDIPLOMACY_UNION_DEFAULT_GRAPH": text})
    assert settings.union_default_graph is value


def test_a_folder_is_a_path() -> None:
    settings = from_environment({"CITYDIPLOMACY_RELEASE_DIR": "/srv/releases"})
    assert settings.release_dir == Path("/srv/releases")


def test_a_value_of_the_wrong_kind_is_named_with_its_setting() -> None:
    with pytest.raises(ValueError, match="CITYDIPLOMACY_PORT='http' is not int"):
        from_environment({"CITYDIPLOMACY_PORT": "http"})


@pytest.mark.parametrize(
    ("name", "text", "accepted"),
    [
        ("QUERY_WORKERS", "0", "a whole number of at least 1"),
        ("QUERY_SECONDS", "-3", "a whole number of at least 1"),
        ("QUERY_LENGTH", "64k", "a whole number of at least 1"),
        ("SLOW_QUERIES", "-1", "a whole number of at least 0"),
        ("PORT", "65536", "a whole number from 0 to 65535"),
        ("UNION_DEFAULT_GRAPH", "treu", "one of true, 1, yes, on, false, 0, no, off"),
        ("UNION_DEFAULT_GRAPH", "", "one of true, 1, yes, on, false, 0, no, off"),
    ],
)
def test_a_value_that_is_not_accepted_is_told_what_is(name: str, text: str, accepted: str) -> None:
    with pytest.raises(
        ValueError, match=rf"^CITYDIPLOMACY_{name}='{text}' .*\. Give {accepted}\.$"
    ):
        from_environment({f"CITYDIPLOMACY_{name}": text})


@pytest.mark.parametrize(
    ("name", "number"), [("port", 0), ("port", 65_535), ("query_workers", 1), ("slow_queries", 0)]
)
def test_the_bounds_of_a_setting_belong_to_it(name: str, number: int) -> None:
    settings = from_environment({f"CITYDIPLOMACY_{name.upper()}": str(number)})
    assert getattr(settings, name) == number


def test_settings_survive_the_way_to_another_process() -> None:
    settings = Settings(port=8003, union_default_graph=False, release_dir=Path("/srv/x"))
    assert from_environment(to_environment(settings)) == settings


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_says_what_it_means(name: str) -> None:
    (entry,) = (each for each in fields(Settings) if each.name == name)
    assert entry.metadata["help"].endswith(".")
    assert PREFIX + name.upper() in to_environment(Settings())


@pytest.mark.parametrize(
    ("public_url", "address"),
    [("", "http://127.0.0.1:8000"), ("https://graph.example.org/", "https://graph.example.org")],
)
def test_the_address_has_no_slash_at_the_end(public_url: str, address: str) -> None:
    assert Settings(public_url=public_url).address == address
