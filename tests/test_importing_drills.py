"""Imports that are large, or that something ends: nothing half-imported stays."""

import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import imported
from citydiplomacy import checks, paths
from citydiplomacy.namespaces import IMPORTED
from common import started

pytestmark = pytest.mark.drill

LICENCE = "https://creativecommons.org/licenses/by-sa/4.0/"
MEGABYTE = 1024
"""In the units in which the kernel tells how much memory a process had."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return made(tmp_path / "checkout")


def made(folder: Path) -> Path:
    """Return a checkout of the project with a small world in place of the real one."""
    folder.mkdir()
    root = imported.world(folder)
    (root / "server").symlink_to(paths.root() / "server")
    return root


def start(checkout: Path, table: Path, *more: str, most_bytes: int = 0) -> subprocess.Popen[str]:
    command = ["import", "towns", str(table), "--into", "towns", "--licence", LICENCE]
    return started(checkout, *command, *more, most_bytes=most_bytes)


ROWS = [
    ("", "", "", "", "", "", "Ash", "Eastland", "XE", "1", "1", "Q999999999"),
    ("", "", "", "", "", "", "Elm (Old Town)", "Eastland", "XE", "2.0", "-2", ""),
]


def run(checkout: Path, table: Path, *more: str) -> str:
    process = start(checkout, table, *more)
    told, faults = process.communicate()
    assert process.returncode == 0, faults
    return told


def memory(process: subprocess.Popen[str]) -> int:
    """Return how much memory a process had at most, when it has ended well."""
    # What `wait4` tells counts the memory of ours from which it was forked.
    status, most = Path(f"/proc/{process.pid}/status"), 0
    while process.poll() is None:
        told = [line.split() for line in status.read_text().splitlines()]
        most = next((int(line[1]) for line in told if line[0] == "VmHWM:"), most)
        time.sleep(0.05)
    _, faults = process.communicate()
    assert process.returncode == 0, faults
    return most


def content(checkout: Path) -> dict[str, bytes]:
    folder = checkout / "data" / "imported" / "towns"
    return {file.name: file.read_bytes() for file in folder.iterdir()} if folder.exists() else {}


def pairs(rows: int, towns: int, ties: int) -> Iterator[Sequence[str]]:
    """Yield rows that name so many towns and, again and again, so many ties between them."""
    dice = random.Random(7)  # noqa: S311  # the same rows each time
    places = [
        (
            f"Town {number:06}",
            "Northland",
            "NL",
            f"{number % 120 - 60}.5",
            f"{number % 340 - 170}.5",
        )
        for number in range(towns)
    ]
    joined = [dice.sample(places, 2) for _ in range(ties)]
    for _ in range(rows):
        one, other = dice.choice(joined)
        yield (*one, "", *other, "")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_an_import_that_is_ended_leaves_what_was_there_or_is_whole(
    checkout: Path, tmp_path: Path, end: signal.Signals
) -> None:
    run(checkout, imported.table(tmp_path / "towns.csv", pairs(20, 10, 20)))
    before = content(checkout)
    larger = imported.table(tmp_path / "towns.csv", pairs(4000, 1500, 4000))
    undisturbed = made(tmp_path / "undisturbed")
    run(undisturbed, larger)
    after = content(undisturbed)
    for delay in (0.5, 1.5, 2.5, 3.5, 4.5):
        process = start(checkout, larger)
        time.sleep(delay)
        process.send_signal(end)
        process.communicate()
        left = content(checkout)
        assert left in (before, after), "neither what was there nor what was to come"
        # Also where the signal met a process that had done all and was about to leave.
        if left == after:
            break
    run(checkout, larger)
    assert content(checkout) == after, "another table than that of the undisturbed import"
    assert [file.name for file in (checkout / ".importing").iterdir()] == [".lock"]


@pytest.mark.timeout(300)
def test_a_full_disk_leaves_what_was_there(checkout: Path, tmp_path: Path) -> None:
    table = imported.table(tmp_path / "towns.csv", pairs(2000, 1000, 2000))
    process = start(checkout, table, "--report", str(tmp_path / "r.csv"), most_bytes=100_000)
    _, faults = process.communicate()
    assert process.returncode == 1
    assert "File too large" in faults
    assert "Traceback" not in faults
    assert content(checkout) == {}
    assert not list(tmp_path.glob("*r.csv*"))
    assert [file.name for file in (checkout / ".importing").iterdir()] == [".lock"]


@pytest.mark.timeout(900)
def test_a_million_rows_are_imported_in_memory_that_does_not_grow_with_them(
    checkout: Path, tmp_path: Path
) -> None:
    few, many = (
        imported.table(tmp_path / f"{rows}.csv", pairs(rows, 10_000, 50_000))
        for rows in (100_000, 1_000_000)
    )
    assert memory(start(checkout, many)) < memory(start(checkout, few)) + 64 * MEGABYTE


@pytest.mark.timeout(300)
def test_what_is_imported_beside_the_data_of_the_project_keeps_all_rules(
    checkout: Path, tmp_path: Path
) -> None:
    shutil.rmtree(checkout / "data")
    shutil.copytree(paths.root() / "data", checkout / "data")
    rows = [("Taipei", "Taiwan", "TW", "25.04", "121.57", "Q1867", *row[6:]) for row in ROWS]
    run(checkout, imported.table(tmp_path / "towns.csv", [*rows, *pairs(200, 50, 200)]))
    report = checks.run(checkout, reason=False)
    assert report.problems == ()
    assert len(report.graphs[f"{IMPORTED}towns"]) > 1000
