"""A wheel carries everything: it checks and serves from an environment that holds nothing else."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from citydiplomacy import paths
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings, to_environment

pytestmark = pytest.mark.wheel

ROOT = paths.root()
RESOURCES = ["data", "ontology", "queries", "shapes"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    places = ["--outdir", str(folder), str(ROOT)]
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", *places]
    subprocess.run(build, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command `citydiplomacy` in an environment of its own."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python")]
    told = subprocess.run(
        [*pip, "install", "--quiet", "-c", ROOT / "constraints.txt", wheel],
        capture_output=True,
        check=False,
        text=True,
    )
    if told.returncode:
        pytest.skip(f"the dependencies cannot be installed here: {told.stderr[-300:]}")
    return folder / "bin/citydiplomacy"


@pytest.mark.parametrize("folder", RESOURCES)
def test_the_wheel_carries_every_file(folder: str, wheel: Path) -> None:
    carried = zipfile.ZipFile(wheel).namelist()
    ours = [file for file in (ROOT / folder).rglob("*") if file.is_file()]
    missing = [
        file for file in ours if f"citydiplomacy/resources/{file.relative_to(ROOT)}" not in carried
    ]
    assert ours
    assert missing == []


def test_the_wheel_carries_what_pages_load(wheel: Path) -> None:
    carried = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "server"
    loaded = [file for file in (package / "citydiplomacy/web/static").rglob("*") if file.is_file()]
    assert any(file.suffix == ".js" for file in loaded)
    assert {file.relative_to(package).as_posix() for file in loaded} <= carried


def test_the_wheel_carries_no_tests(wheel: Path) -> None:
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if "test" in name]


@pytest.mark.drill
def test_an_installed_copy_serves_what_was_made_of_the_same_files(
    command: Path, tmp_path: Path, settings: Settings, release: Release
) -> None:
    environment = os.environ | to_environment(settings) | {"CITYDIPLOMACY_PORT": "0"}
    built = (release.folder / "manifest.json").stat().st_mtime_ns
    with subprocess.Popen(
        [command, "serve"], env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            address = process.stdout.readline().split()[-1]
            turtle = Request(f"{address}city/taipei", headers={"Accept": "text/turtle"})  # noqa: S310 - our own
            with urlopen(turtle) as answer:  # noqa: S310
                assert "Houston" in answer.read().decode()
        finally:
            process.terminate()
    assert process.returncode == 0
    # Nothing was built anew: the wheel carries what the release was made from.
    assert (release.folder / "manifest.json").stat().st_mtime_ns == built


@pytest.mark.drill
def test_an_installed_copy_checks_its_data_and_says_that_hermit_is_missing(
    command: Path, tmp_path: Path
) -> None:
    told = subprocess.run(
        [command, "check"], capture_output=True, check=True, cwd=tmp_path, text=True
    )
    assert "pip install 'citydiplomacy[reasoning]'" in told.stdout
