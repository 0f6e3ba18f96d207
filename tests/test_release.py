"""Releases: made once, the same each time, and never a bad one in place of a good one."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from citydiplomacy import durable, release
from citydiplomacy.errors import CheckFailedError
from citydiplomacy.manifests import Manifest
from citydiplomacy.namespaces import BASE, CURATED, DERIVED, META, ONTOLOGY_GRAPH, SHAPES_GRAPH
from citydiplomacy.settings import Settings
from common import SMALL

ALBY = "data/city/alby.ttl"

BUILD = """
import sys
from pathlib import Path
from citydiplomacy import release
from citydiplomacy.settings import Settings

settings = Settings(release_dir=Path(sys.argv[1]))
"""
BUILD_ONCE = f"{BUILD}release.build(settings, Path(sys.argv[2]))"
BUILD_FOR_EVER = f"""{BUILD}
while True:
    for root in sys.argv[2:]:
        release.build(settings, Path(root))
        print(root, flush=True)
"""
BUILD_OFTEN = f"""{BUILD}
for _ in range(15):
    release.build(settings, Path(sys.argv[2]))
"""
BUILD_ON_A_FULL_DISK = f"""{BUILD}
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
release.build(settings, Path(sys.argv[2]))
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(release_dir=tmp_path / "releases")


def python(script: str, *arguments: Path) -> list[str]:
    return [sys.executable, "-c", script, *map(str, arguments)]


def rename_alby(root: Path, name: str) -> None:
    (root / ALBY).write_text((SMALL / ALBY).read_text("utf-8").replace('"Alby"', f'"{name}"'))


def build_with_name(root: Path, settings: Settings, name: str) -> str:
    rename_alby(root, name)
    return release.build(settings, root).id


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_a_release_is_current_once_it_is_built(root: Path, settings: Settings) -> None:
    assert release.current(settings.release_dir) is None
    built = release.build(settings, root)
    assert release.current(settings.release_dir) == built
    assert names(settings.release_dir) == {"current", built.id, ".lock"}
    assert names(built.folder) == {
        "citydiplomacy.nq",
        *(f"citydiplomacy.{suffix}.gz" for suffix in ("nq", "trig", "jsonld", "nt", "ttl")),
        "shacl-report.nt",
        "manifest.json",
    }


def test_the_manifest_tells_what_the_files_are(root: Path, settings: Settings) -> None:
    built = release.build(settings, root)
    dump = built.dump.read_bytes()
    quads = ox.parse(dump, format=ox.RdfFormat.N_QUADS)
    assert built.manifest == json.loads((built.folder / "manifest.json").read_text("utf-8"))
    files = names(built.folder) - {"manifest.json"}
    contents = {name: (built.folder / name).read_bytes() for name in files}
    assert built.manifest["files"] == {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    }
    assert built.manifest["graphs"] == Counter(quad.graph_name.value for quad in quads)
    assert built.manifest["graphs"].keys() == {
        CURATED,
        DERIVED,
        META,
        ONTOLOGY_GRAPH,
        SHAPES_GRAPH,
    }


@pytest.mark.filterwarnings("ignore:Dataset.default_context:DeprecationWarning")  # rdflib's own
def test_another_library_reads_the_dump_alike(root: Path, settings: Settings) -> None:
    built = release.build(settings, root)
    read = rdflib.Dataset()
    read.parse(built.dump, format="nquads")
    assert len(list(read.quads())) == sum(built.manifest["graphs"].values())


def test_the_dump_says_what_it_is_and_how_large(root: Path, settings: Settings) -> None:
    built = release.build(settings, root)
    dump = built.dump.read_text("utf-8").splitlines()
    dataset = f"<{BASE}dataset>"
    size = '"16"^^<http://www.w3.org/2001/XMLSchema#integer>'
    assert f'{dataset} <http://purl.org/dc/terms/title> "A small world"@en <{META}> .' in dump
    assert f"<{CURATED}> <http://rdfs.org/ns/void#triples> {size} <{META}> ." in dump
    assert dump == sorted(dump)


def test_the_same_files_make_the_same_bytes_anywhere(
    root: Path, settings: Settings, tmp_path: Path
) -> None:
    here = release.build(settings, root)
    elsewhere = shutil.copytree(root, tmp_path / "elsewhere")
    surroundings = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    subprocess.run(
        python(BUILD_ONCE, tmp_path / "other", elsewhere),
        env=os.environ | surroundings,
        umask=0o077,
        check=True,
    )
    there = release.current(tmp_path / "other")
    assert there is not None
    assert there.dump.read_bytes() == here.dump.read_bytes()
    assert there.manifest == here.manifest  # which has the digest of every file


def test_files_with_a_problem_make_no_release(root: Path, settings: Settings) -> None:
    good = release.build(settings, root)
    (root / ALBY).write_text("zzz")
    with pytest.raises(CheckFailedError, match=r"data/city/alby\.ttl:1: "):
        release.build(settings, root)
    assert release.current(settings.release_dir) == good
    assert release.is_whole(good)


@pytest.mark.parametrize(
    ("file", "fresh"),
    [
        (ALBY, False),
        ("ontology/vocab/agreement-status.ttl", False),
        ("queries/rules/has-tie.rq", False),
        ("queries/checks/same-agreement-twice.rq", False),
        ("shapes/city.ttl", False),
        ("queries/questions/sister-cities.rq", False),
        ("README.md", True),
    ],
)
def test_a_release_is_fresh_until_what_it_was_made_from_changes(
    root: Path, settings: Settings, file: str, fresh: bool
) -> None:
    release.build(settings, root)
    assert release.is_fresh(settings, root)
    with (root / file).open("a") as changed:
        changed.write("# a remark\n")
    assert release.is_fresh(settings, root) is fresh


def test_a_renamed_file_is_a_change(root: Path, settings: Settings) -> None:
    release.build(settings, root)
    (root / ALBY).rename(root / "data/city/albi.ttl")
    assert not release.is_fresh(settings, root)


def test_a_remark_in_a_file_changes_the_inputs_and_not_the_content(
    root: Path, settings: Settings
) -> None:
    before = release.build(settings, root)
    with (root / ALBY).open("a") as changed:
        changed.write("# a remark\n")
    after = release.build(settings, root)
    assert after.manifest["content"] == before.manifest["content"]
    assert after.manifest["inputs"] != before.manifest["inputs"]
    assert release.is_fresh(settings, root)


def test_a_release_without_its_dump_is_not_fresh(root: Path, settings: Settings) -> None:
    release.build(settings, root).dump.unlink()
    assert not release.is_fresh(settings, root)


def test_a_damaged_release_is_noticed_and_mended(root: Path, settings: Settings) -> None:
    built = release.build(settings, root)
    built.dump.write_bytes(built.dump.read_bytes().replace(b"Alby", b"Elby"))
    assert not release.is_fresh(settings, root)
    assert release.is_whole(release.build(settings, root))


@pytest.mark.parametrize("manifest", ["", "{}", "[", "null"])
def test_a_folder_without_a_manifest_is_no_release(
    root: Path, settings: Settings, manifest: str
) -> None:
    built = release.build(settings, root)
    (built.folder / "manifest.json").write_text(manifest)
    assert release.current(settings.release_dir) is None


@pytest.mark.parametrize("key", sorted(Manifest.__required_keys__))
def test_a_manifest_of_another_version_is_none_that_can_be_served(
    root: Path, settings: Settings, key: str
) -> None:
    built = release.build(settings, root)
    less = {name: value for name, value in built.manifest.items() if name != key}
    (built.folder / "manifest.json").write_text(json.dumps(less))
    assert release.at(built.folder) is None
    assert not release.is_fresh(settings, root)


def test_the_last_three_releases_are_kept(root: Path, settings: Settings) -> None:
    spellings = ("Alby", "Albi", "Alba", "Albo")
    built = [build_with_name(root, settings, spelling) for spelling in spellings]
    assert names(settings.release_dir) == {"current", ".lock", *built[1:]}


def test_a_release_that_is_held_outlives_the_last_three(root: Path, settings: Settings) -> None:
    served = release.build(settings, root)
    with durable.held(served.folder):
        built = [build_with_name(root, settings, name) for name in ("Albi", "Alba", "Albo")]
        assert release.is_whole(served)
    newest = build_with_name(root, settings, "Alby City")
    assert names(settings.release_dir) == {"current", ".lock", *built[1:], newest}


@pytest.mark.parametrize("delay", [0.0, 0.03, 0.07, 0.11, 0.16])
def test_a_killed_build_leaves_a_whole_release(
    root: Path, settings: Settings, tmp_path: Path, delay: float
) -> None:
    other = shutil.copytree(root, tmp_path / "other")
    rename_alby(other, "Albi")
    command = python(BUILD_FOR_EVER, settings.release_dir, root, other)
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay)
        process.kill()
    left = release.current(settings.release_dir)
    assert left is not None
    assert release.is_whole(left)
    release.build(settings, root)
    assert [name for name in names(settings.release_dir) if name.startswith(".building")] == []


def test_a_full_disk_leaves_the_release_that_was_there(root: Path, settings: Settings) -> None:
    good = release.build(settings, root)
    rename_alby(root, "Albi")
    command = python(BUILD_ON_A_FULL_DISK, settings.release_dir, root)
    failed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "File too large" in failed.stderr
    assert release.current(settings.release_dir) == good
    assert names(settings.release_dir) == {"current", ".lock", good.id}


def test_builds_that_meet_all_end_well(root: Path, settings: Settings, tmp_path: Path) -> None:
    other = shutil.copytree(root, tmp_path / "other")
    rename_alby(other, "Albi")
    here, there = (python(BUILD_OFTEN, settings.release_dir, each) for each in (root, other))
    with subprocess.Popen(here) as one, subprocess.Popen(there) as two:
        assert (one.wait(), two.wait()) == (0, 0)
    last = release.current(settings.release_dir)
    assert last is not None
    assert release.is_whole(last)


def test_asking_for_the_current_release_loads_no_check_time_library(tmp_path: Path) -> None:
    script = f"{BUILD}release.is_fresh(settings, Path(sys.argv[2]))\nprint(*sys.modules)"
    asked = subprocess.run(
        python(script, tmp_path, SMALL), capture_output=True, text=True, check=True
    )
    assert not {"rdflib", "pyshacl", "owlready2", "pyoxigraph"} & set(asked.stdout.split())
