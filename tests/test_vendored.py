"""What others made and we serve: each file is the one that was published, with its licence."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

import citydiplomacy

VENDOR = Path(citydiplomacy.__file__).parent / "web" / "static" / "vendor"
LIST = VENDOR / "vendored.json"
PACKAGES: list[dict[str, Any]] = json.loads(LIST.read_text("utf-8"))
LISTED = {name: file["sha256"] for package in PACKAGES for name, file in package["files"].items()}


@pytest.mark.parametrize("name", LISTED)
def test_a_file_is_the_one_that_is_listed(name: str) -> None:
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == LISTED[name]


def test_every_file_is_listed() -> None:
    there = {file.relative_to(VENDOR).as_posix() for file in VENDOR.rglob("*") if file.is_file()}
    assert there - {LIST.name} == set(LISTED)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["package"])
def test_a_package_brings_the_text_of_its_licence(package: dict[str, Any]) -> None:
    texts = [(VENDOR / name).read_text("utf-8") for name in package["files"] if "LICENSE" in name]
    grants = ("Permission", "Redistribution")
    assert any(grant in text for text in texts for grant in grants)
    assert package["licence"] in {"BSD-2-Clause", "ISC", "MIT"}
    assert all(package["version"] in name for name in package["files"])


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/static/vendor/yasqe-4.6.2/yasqe.min.js", True),
        ("/static/style.css?v=1", True),
        ("/static/editor/run.js", False),
    ],
)
def test_a_static_file_is_kept_when_its_address_changes_with_it(
    client: FlaskClient, path: str, kept: bool
) -> None:
    answer = client.get(path)
    assert answer.cache_control.immutable is kept
    # What may change under its address is asked about again, which costs no body.
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert bool(again.cache_control.no_cache) is not kept
