"""Builds and publications that something ends, on disks that are full, of files that are wrong."""

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

import pytest

from citydiplomacy import manifests, paths, publication, published, release
from citydiplomacy.errors import CityDiplomacyError
from citydiplomacy.settings import Settings, to_environment
from common import SMALL, spoil, started

pytestmark = pytest.mark.drill

ALBY, TIE, DATASET = "data/city/alby.ttl", "data/agreement/alby--dunmere.ttl", "data/dataset.ttl"
CORE, SHAPE = "ontology/core.ttl", "shapes/city.ttl"
SERVE = """
import pathlib, sys
from citydiplomacy import settings, supervisor
sys.exit(supervisor.serve(settings.from_environment(), pathlib.Path(sys.argv[1])))
"""
# Starting Python with its libraries takes longer than a build of the small world: so one process
# does that once, and for each line that it reads a child of it builds and publishes until killed.
FORGE = """
import os, sys
from itertools import count
from pathlib import Path
from citydiplomacy import building, paths, publication, published, release
from citydiplomacy.settings import Settings

root, releases = map(Path, sys.argv[1:])
settings = Settings(release_dir=releases)
text = (root / "data/city/alby.ttl").read_text()

def forge():
    while True:
        newest = [each.version for each in published.load(paths.versions(root)).values()][-1]
        name = str(newest._replace(patch=newest.patch + 1))
        file = root / "data/city/alby.ttl"
        file.with_suffix(".new").write_text(text.replace("Alby 0.0.1", f"Alby {name}"))
        file.with_suffix(".new").rename(root / "data/city/alby.ttl")
        release.build(settings, root)
        publication.publish(settings, name, root)

for line in sys.stdin:
    child = os.fork()
    if not child:
        try:
            forge()
        finally:
            os._exit(1)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
BUILD = """
import sys
from pathlib import Path
from citydiplomacy import publication, release
from citydiplomacy.settings import Settings
settings = Settings(release_dir=Path(sys.argv[2]))
publication.publish(settings, "0.2.0", Path(sys.argv[1]))
"""


# What pySHACL would tell of these in its own words has sets and blank nodes in it.
NOTICES = """
shape:Notices a sh:NodeShape ; sh:targetClass cd:City ;
    sh:property [ sh:path rdfs:label ; sh:in ( "x"@en "y"@en "z"@en ) ; sh:severity sh:Warning ] ,
        [ sh:path rdfs:label ; sh:or ( [ sh:maxLength 1 ] [ sh:minLength 99 ] ) ;
          sh:severity sh:Warning ] .
"""


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A small world of which the version 0.0.1 is published; its city is called after that."""
    root = shutil.copytree(SMALL, tmp_path / "root")
    spoil(root / ALBY, '"Alby"', '"Alby 0.0.1"')
    publication.publish(settings_of(root), "0.0.1", root)
    return root


def settings_of(root: Path) -> Settings:
    return Settings(release_dir=root.parent / "releases")


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()} if folder.exists() else {}


@contextmanager
def serving(settings: Settings, log: Path) -> Iterator[str]:
    """Give the address of a service of the current release, which follows newer ones."""
    chosen = replace(settings, port=0, web_processes=1, web_threads=4)
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            [sys.executable, "-c", SERVE, str(settings.release_dir / "current")],
            env=os.environ | to_environment(chosen),
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as process,
    ):
        assert process.stdout
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


class Reader:
    """Asks a service again and again who its city is and which version it is of."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._ends = threading.Event()
        self.seen: dict[tuple[str, str], int] = {}

    def read(self) -> None:
        """Ask until told to stop; a request that fails ends it with its error."""
        while not self._ends.is_set():
            with urlopen(f"{self._address}city/alby.json", timeout=30) as answer:  # noqa: S310
                told = json.load(answer)
            key = told["label"], told["version"]
            self.seen[key] = self.seen.get(key, 0) + 1

    def stop(self) -> None:
        """Ask no more."""
        self._ends.set()


@contextmanager
def reading(address: str, number: int = 1) -> Iterator[list[Reader]]:
    """Have readers ask a service for as long as the block lasts; all that they ask is answered."""
    readers = [Reader(address) for _ in range(number)]
    with ThreadPoolExecutor(number) as pool:
        under_way = [pool.submit(reader.read) for reader in readers]
        try:
            yield readers
        finally:
            for reader in readers:
                reader.stop()
        assert [each.result() for each in under_way] == [None] * number


@pytest.mark.timeout(300)
def test_fifty_builds_and_publications_are_killed_and_readers_never_notice(
    world: Path, tmp_path: Path
) -> None:
    settings = settings_of(world)
    dice = random.Random(11)  # noqa: S311  # the same moments each time
    forge = subprocess.Popen(
        [sys.executable, "-c", FORGE, str(world), str(settings.release_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with forge, serving(settings, tmp_path / "log") as address, reading(address, 2) as readers:
        assert forge.stdin
        assert forge.stdout
        for _ in range(50):
            forge.stdin.write("\n")
            forge.stdin.flush()
            child = int(forge.stdout.readline())
            time.sleep(dice.uniform(0.02, 0.6))
            os.kill(child, signal.SIGKILL)
            assert int(forge.stdout.readline()) == -signal.SIGKILL, "it had ended by itself"
            current = release.current(settings.release_dir)
            assert current is not None
            assert list(manifests.faults(current.folder)) == []
            assert list(published.folder_faults(paths.versions(world))) == []
        forge.stdin.close()
        publication.publish(settings, "0.1.0", world)
        give_up = time.monotonic() + 20
        while not any(version == "0.1.0" for reader in readers for _, version in reader.seen):
            assert time.monotonic() < give_up, "the last version is not served"
            time.sleep(0.1)
    seen = {pair for reader in readers for pair in reader.seen}
    assert len(seen) > 3
    # Who is published last was renamed for a version that was killed, or not.
    mixed = {
        (label, version)
        for label, version in seen
        if label != f"Alby {version.removesuffix('-dev')}" and version != "0.1.0"
    }
    assert mixed == set()
    for version in list(published.load(paths.versions(world)).values())[:-1]:
        assert f'"Alby {version.name}"@en'.encode() in version.nquads()
    left = {entry.name for entry in settings.release_dir.iterdir() if entry.name.startswith(".")}
    assert left == {".lock"}
    assert [entry.name for entry in (world / ".releasing").iterdir()] == [".lock"]
    assert "is not served" not in (tmp_path / "log").read_text()


def holds(root: Path, releases: Path) -> None:
    """Hold a world to it that all its versions and the release served are whole."""
    assert list(published.folder_faults(paths.versions(root))) == []
    current = release.current(releases)
    assert current is not None
    assert release.is_whole(current)


@pytest.mark.parametrize("most_bytes", [300, 1_000, 2_000, 8_000, 27_000])
def test_a_full_disk_leaves_what_was_published(world: Path, most_bytes: int) -> None:
    (world / "server").symlink_to(paths.root() / "server")
    spoil(world / ALBY, "0.0.1", "0.0.2")
    before = content(paths.versions(world))
    process = started(world, "release", "0.0.2", most_bytes=most_bytes)
    _, faults = process.communicate()
    assert process.returncode == 1
    assert "File too large" in faults
    assert "Traceback" not in faults
    # The version is there in full, or not at all; what it was made into may not fit any more.
    after = content(paths.versions(world))
    assert after == before or after.keys() >= {"0.0.2.json", "0.0.2.nq.gz", "0.0.2.rdfp.gz"}
    holds(world, settings_of(world).release_dir)
    told, _ = started(world, "release", "0.0.2").communicate()
    assert "Version 0.0.2 of 2026-01-31 is published." in told


class Failing:
    """Calls of the operating system of which one fails, as on a disk that is full."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = 0
        for name in ("fsync", "rename", "replace", "link", "symlink"):
            monkeypatch.setattr(os, name, self._wrapped(getattr(os, name)))

    def _wrapped(self, call: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*args: object, **kwargs: object) -> object:
            self.left -= 1
            if self.left == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(args[0]))
            return call(*args, **kwargs)

        return wrapped


def test_any_write_may_fail_and_the_next_attempt_succeeds(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(world / ALBY, "0.0.1", "0.0.2")
    failing = Failing(monkeypatch)
    for number in range(1, 100):
        root = shutil.copytree(world, tmp_path / str(number) / "root")
        served = settings_of(world).release_dir
        releases = shutil.copytree(served, root.parent / "releases", symlinks=True)
        failing.left = number
        with suppress(OSError):
            publication.publish(Settings(release_dir=releases), "0.0.2", root)
        is_through, failing.left = failing.left > 0, 0
        holds(root, releases)
        publication.publish(Settings(release_dir=releases), "0.0.2", root)
        holds(root, releases)
        assert list(published.load(paths.versions(root))) == ["0.0.1", "0.0.2"]
        if is_through:
            break
    assert 20 < number < 99


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def add(file: Path, text: str) -> None:
    file.write_text(f"{file.read_text()}\n{text}\n")


POISONS: dict[str, Callable[[Path], object]] = {
    "a file is cut": lambda root: cut(root / ALBY),
    "a file is empty": lambda root: (root / ALBY).write_text(""),
    "a file is binary": lambda root: (root / ALBY).write_bytes(bytes(range(256))),
    "a file is latin-1": lambda root: (root / ALBY).write_bytes('"Älby"'.encode("latin-1")),
    "a file has a byte order mark": lambda root: spoil(root / ALBY, "PREFIX cd", "\ufeffPREFIX cd"),
    "letters are decomposed": lambda root: spoil(root / ALBY, "Alby", "A\u0308lby"),
    "a file is about another": lambda root: spoil(root / ALBY, "city:alby", "city:elby"),
    "a file has another name": lambda root: (root / ALBY).rename(root / "data/city/elby.ttl"),
    "a file is no Turtle file": lambda root: (root / ALBY).rename(root / "data/city/alby.txt"),
    "a file is missing": lambda root: (root / ALBY).unlink(),
    "a class is misspelt": lambda root: spoil(root / ALBY, "cd:City", "cd:Citty"),
    "a property is misspelt": lambda root: spoil(root / TIE, "cd:hasParty city", "cd:hasPart city"),
    "a party is nobody": lambda root: spoil(root / TIE, "city:dunmere", "city:dunmore"),
    "a party is missing": lambda root: spoil(root / TIE, "city:alby , city:dunmere", "city:alby"),
    "a status is none": lambda root: spoil(root / TIE, "status:in-force", "status:enforced"),
    "a source is none": lambda root: spoil(root / TIE, "source:almanac", "source:alma"),
    "evidence is missing": lambda root: spoil(root / TIE, "cd:evidence evidence:almanac-1", ""),
    "a year is no number": lambda root: spoil(root / TIE, "1961", '"then"'),
    "a class is another one's": lambda root: spoil(root / ALBY, "a cd:City", "a cd:Source"),
    "a triple is there twice": lambda root: shutil.copy(root / TIE, root / "data/agreement/b.ttl"),
    "a source is gone": lambda root: (root / "data/source/almanac.ttl").unlink(),
    "all data is gone": lambda root: shutil.rmtree(root / "data"),
    "the ontology is cut": lambda root: cut(root / CORE),
    "the ontology is gone": lambda root: shutil.rmtree(root / "ontology"),
    "a shape is cut": lambda root: cut(root / SHAPE),
    "a shape is misspelt": lambda root: spoil(root / SHAPE, "sh:property", "sh:propperty"),
    "all shapes are gone": lambda root: shutil.rmtree(root / "shapes"),
    "a rule is no query": lambda root: (root / "queries/rules/has-tie.rq").write_text("WHERE"),
    "a check is no query": lambda root: cut(root / "queries/checks/same-agreement-twice.rq"),
    "the date is before the last": lambda root: spoil(root / DATASET, "2026-01-31", "2025-01-31"),
    "a version is cut": lambda root: cut(paths.versions(root) / "0.0.1.nq.gz"),
    "what is said of a version is cut": lambda root: cut(paths.versions(root) / "0.0.1.json"),
}


def test_thirty_poisons_are_refused_and_what_is_served_stays(world: Path, tmp_path: Path) -> None:
    assert len(POISONS) >= 30
    with (
        serving(settings_of(world), tmp_path / "log") as address,
        reading(address) as (reader,),
    ):
        for number, (what, poison) in enumerate(POISONS.items()):
            root = shutil.copytree(world, tmp_path / str(number))
            # So that there is something to publish.
            spoil(root / "data/city/dunmere.ttl", "Dunmere", "Dunmere by the Sea")
            poison(root)
            before = content(paths.versions(root))
            with pytest.raises((CityDiplomacyError, OSError)):
                publication.publish(settings_of(world), "0.0.2", root)
                pytest.fail(what)
            assert content(paths.versions(root)) == before, what
    assert set(reader.seen) == {("Alby 0.0.1", "0.0.1")}


def flip(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "the dump is cut": lambda folder: cut(folder / "citydiplomacy.nq"),
    "a bit of the dump is flipped": lambda folder: flip(folder / "citydiplomacy.nq"),
    "the dump is gone": lambda folder: (folder / "citydiplomacy.nq").unlink(),
    "a table is cut": lambda folder: cut(folder / "citydiplomacy.ttl.gz"),
    "a table is gone": lambda folder: (folder / "citydiplomacy.ttl.gz").unlink(),
    "a bit of the manifest is flipped": lambda folder: flip(folder / "manifest.json"),
    "the manifest is cut": lambda folder: cut(folder / "manifest.json"),
    "the manifest names no file": lambda folder: (folder / "manifest.json").write_bytes(
        manifests.written(manifests.of_files({}, {}, version="9.9.9"))
    ),
}


def test_a_server_never_turns_to_a_release_that_is_damaged(world: Path, tmp_path: Path) -> None:
    settings = settings_of(world)
    whole = release.current(settings.release_dir)
    assert whole is not None
    with serving(settings, tmp_path / "log") as address, reading(address) as (reader,):
        for number, damage in enumerate(DAMAGES.values()):
            folder = shutil.copytree(whole.folder, settings.release_dir / f"damaged-{number}")
            damage(folder)
            (settings.release_dir / "next").symlink_to(folder.name)
            (settings.release_dir / "next").rename(settings.release_dir / "current")
            time.sleep(0.3)
    assert set(reader.seen) == {("Alby 0.0.1", "0.0.1")}
    log = (tmp_path / "log").read_text()
    assert log.count("is not served") >= 5
    assert "is served now" not in log
    # Nor does one start on it.
    for number in range(len(DAMAGES)):
        with pytest.raises(CityDiplomacyError, match=r"is not a whole release"):
            release.refuse_unless_servable(settings.release_dir / f"damaged-{number}")


def test_a_version_is_the_same_wherever_it_is_published(world: Path, tmp_path: Path) -> None:
    spoil(world / ALBY, "0.0.1", "0.0.2")
    add(world / SHAPE, NOTICES)
    surroundings = (
        {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "77", "TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8", "LANG": "tr_TR"},
    )
    folders = []
    for name, umask, around in zip(("here", "there"), (0o022, 0o077), surroundings, strict=True):
        root = shutil.copytree(world, tmp_path / name / "root")
        command = [sys.executable, "-c", BUILD, str(root), str(tmp_path / name / "releases")]
        subprocess.run(command, env=os.environ | around, umask=umask, check=True)
        current = (tmp_path / name / "releases" / "current").resolve()
        folders.append((content(paths.versions(root)), current.name, content(current)))
    assert folders[0] == folders[1]
    assert "0.2.0.rdfp.gz" in folders[0][0]
    report = folders[0][2]["shacl-report.nt"].decode()
    assert report.count("/ns/shacl#ValidationResult>") == 4


def test_of_two_publications_at_the_same_time_one_waits(world: Path) -> None:
    (world / "server").symlink_to(paths.root() / "server")
    spoil(world / ALBY, "0.0.1", "0.0.2")
    processes = [started(world, "release", version) for version in ("0.0.2", "0.0.2", "0.0.3")]
    told = [(*process.communicate(), process.returncode) for process in processes]
    versions = published.load(paths.versions(world))
    assert list(published.folder_faults(paths.versions(world))) == []
    # Whichever number came first is published, and there is nothing new for the other.
    assert list(versions) in (["0.0.1", "0.0.2"], ["0.0.1", "0.0.3"])
    assert "Traceback" not in "".join(err for _, err, _ in told)
    assert {status for _, _, status in told} == {0, 1}
