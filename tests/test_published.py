"""Versions of the data: published once, compared with what was, and never changed."""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from citydiplomacy import manifests, paths, publication, published, release
from citydiplomacy.errors import CheckFailedError, DamagedReleaseError, VersionError
from citydiplomacy.namespaces import BASE, CD, META
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings
from common import SMALL, spoil

ALBY, DATASET = "data/city/alby.ttl", "data/dataset.ttl"
STATUS = "ontology/vocab/agreement-status.ttl"
COMMAND = [sys.executable, "-c", "from citydiplomacy.cli import main; main()"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(release_dir=tmp_path / "releases")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small world of which version 0.1.0 is published, with a city that nobody refers to."""
    root = shutil.copytree(SMALL, tmp_path_factory.mktemp("published") / "root")
    add(root, "cromby")
    settings = Settings(release_dir=root / ".release")
    publication.publish(settings, "0.1.0", root)
    return root


@pytest.fixture
def root(first: Path, tmp_path: Path) -> Path:
    """A copy of that world, to be changed."""
    return shutil.copytree(first, tmp_path / "root", symlinks=True)


def add(root: Path, name: str) -> None:
    """Add a city that nobody refers to."""
    text = (SMALL / ALBY).read_text("utf-8")
    written = text.replace("city:alby", f"city:{name}").replace("Alby", name.title())
    (root / "data" / "city" / f"{name}.ttl").write_text(written)


def retire(root: Path, name: str) -> None:
    file = root / "data" / "city" / f"{name}.ttl"
    owl = "PREFIX owl: <http://www.w3.org/2002/07/owl#>\n"
    file.write_text(owl + file.read_text().replace("@en .", "@en ; owl:deprecated true ."))


def says(root: Path, name: str) -> None:
    spoil(root / ALBY, '"Alby"', f'"{name}"')


def publish(root: Path, version: str) -> published.Published:
    return publication.publish(Settings(release_dir=root / ".release"), version, root)


def versions(root: Path) -> dict[str, published.Published]:
    return published.load(paths.versions(root))


def version_of(built: Release) -> str:
    """Return the version that a release says it is, in its manifest and in its graph alike."""
    dump = built.dump.read_text("utf-8")
    version = built.manifest["version"]
    stated = re.findall(r'<http://www.w3.org/ns/dcat#version> "([^"]+)" <' + META, dump)
    assert stated == [version]
    return version


def problems(root: Path, version: str) -> list[str]:
    """Return why a version is refused; what was published stays as it was."""
    before = content(paths.versions(root))
    with pytest.raises(CheckFailedError) as refused:
        publish(root, version)
    assert content(paths.versions(root)) == before
    return [str(problem) for problem in refused.value.problems]


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()} if folder.exists() else {}


def test_what_stands_before_the_first_version_is_none(settings: Settings) -> None:
    assert version_of(release.build(settings, SMALL)) == "0.1.0-dev"


def test_what_is_the_same_is_the_version_to_the_byte_and_what_is_not_is_none(
    root: Path, settings: Settings
) -> None:
    built = release.build(settings, root)
    assert version_of(built) == "0.1.0"
    with (root / ALBY).open("a") as changed:
        changed.write("# a remark\n")
    assert not release.is_fresh(settings, root)
    again = release.build(settings, root)
    assert version_of(again) == "0.1.0"
    assert again.dump.read_bytes() == built.dump.read_bytes()
    says(root, "Albi")
    other = release.build(settings, root)
    assert version_of(other) == "0.1.1-dev"
    says_again = (root / ALBY).read_text().replace("Albi", "Alby")
    (root / ALBY).write_text(says_again)
    assert version_of(release.build(settings, root)) == "0.1.0"


def test_what_is_built_is_renewed_when_it_is_published(root: Path, settings: Settings) -> None:
    says(root, "Albi")
    spoil(root / DATASET, "2026-01-31", "2026-02-28")
    release.build(settings, root)
    assert release.is_fresh(settings, root)
    publish(root, "0.2.0")
    assert not release.is_fresh(settings, root)
    current = release.current(root / ".release")
    assert current is not None
    assert version_of(current) == "0.2.0"
    assert release.is_fresh(Settings(release_dir=root / ".release"), root)


def test_a_version_is_kept_with_what_is_known_of_it(root: Path) -> None:
    says(root, "Albi")
    spoil(root / DATASET, "2026-01-31", "2026-02-28")
    add(root, "elmsworth")
    retire(root, "cromby")
    new = publish(root, "0.2.0")
    assert {file.name for file in paths.versions(root).iterdir()} == {
        *("0.1.0.nq.gz", "0.1.0.json"),
        *("0.2.0.nq.gz", "0.2.0.json", "0.2.0.rdfp.gz"),
        "CHANGES.md",
    }
    assert (new.told["previous"], new.modified) == ("0.1.0", "2026-02-28")
    assert new.told["changes"] == {
        "added": {"city": [f"{BASE}city/elmsworth"]},
        "changed": {"city": [f"{BASE}city/alby"]},
        "retired": {"city": [f"{BASE}city/cromby"]},
    }
    assert new.told["entities"] == {"agreement": 1, "city": 3, "evidence": 1, "source": 1}
    assert new.told["terms"]["vocab/agreement-status"] == 1
    assert new.nquads().count(b"\n") == sum(new.manifest["graphs"].values())
    changes = (paths.versions(root) / "CHANGES.md").read_text("utf-8")
    assert changes.index("## 0.2.0 (2026-02-28)") < changes.index("## 0.1.0 (2026-01-31)")
    assert "| city | 3 | 1 | 1 | 1 |" in changes
    assert "Added: `city/elmsworth`." in changes


def test_the_patch_makes_the_one_version_of_the_other(root: Path) -> None:
    says(root, "Albi")
    new = publish(root, "0.2.0")
    patch = gzip.decompress(new.file(published.PATCH).read_bytes()).decode().splitlines()
    assert patch[:3] == [
        f"H id <{BASE}dataset/0.2.0> .",
        f"H prev <{BASE}dataset/0.1.0> .",
        "TX .",
    ]
    lines = set(versions(root)["0.1.0"].nquads().decode().splitlines())
    for line in patch[3:-1]:
        (lines.add if line.startswith("A ") else lines.remove)(line[2:])
    assert patch[-1] == "TC ."
    assert sorted(lines) == new.nquads().decode().splitlines()


@pytest.mark.parametrize(
    "version",
    ["", "1", "1.0", "v1.0.0", "01.0.0", "1.0.0-dev", "1.0.0+1", "../1.0.0", "\uff11.0.0"],
)
def test_what_is_no_version_is_refused(root: Path, version: str) -> None:
    with pytest.raises(VersionError, match="three numbers, such as"):
        publish(root, version)


def test_versions_only_grow(root: Path) -> None:
    says(root, "Albi")
    publish(root, "0.10.0")
    spoil(root / ALBY, "Albi", "Alba")
    with pytest.raises(VersionError, match=r"0\.9\.0 does not come after 0\.10\.0"):
        publish(root, "0.9.0")
    assert list(versions(root)) == ["0.1.0", "0.10.0"]


def test_a_published_version_never_changes(root: Path) -> None:
    before = content(paths.versions(root))
    assert publish(root, "0.1.0").name == "0.1.0"
    says(root, "Albi")
    with pytest.raises(VersionError, match="is published, and what stands here is not the same"):
        publish(root, "0.1.0")
    assert content(paths.versions(root)) == before


def test_what_has_not_changed_is_no_new_version(root: Path) -> None:
    assert problems(root, "0.2.0") == [
        "data: nothing has changed since 0.1.0. There is nothing to publish."
    ]


@pytest.mark.parametrize(
    ("date", "reason"),
    [
        ('"2026-01-30"^^xsd:date', "2026-01-30 is before 2026-01-31, the date of 0.1.0."),
        ('"2026-13-01"', "2026-13-01 is no day."),
        ('"2026"', "2026 is no day."),
    ],
)
def test_a_version_has_a_date_that_is_not_before_the_last(
    root: Path, date: str, reason: str
) -> None:
    says(root, "Albi")
    spoil(root / DATASET, '"2026-01-31"^^xsd:date', date)
    (problem,) = problems(root, "0.2.0")
    assert problem.startswith(f"{DATASET}:5: {reason} Let dcterms:modified")


def test_a_version_without_a_date_is_refused(root: Path) -> None:
    says(root, "Albi")
    spoil(root / DATASET, 'dcterms:modified "2026-01-31"^^xsd:date', 'dcterms:issued "2026"')
    (problem,) = problems(root, "0.2.0")
    assert "it is not said when the data changed" in problem


def test_what_was_published_may_be_retired_and_not_vanish(root: Path) -> None:
    add(root, "elmsworth")
    publish(root, "0.2.0")
    (root / "data/city/cromby.ttl").unlink()
    (root / "data/city/elmsworth.ttl").unlink()
    spoil(root / STATUS, ":in-force a", ":inForce a")
    for file in (root / "data").rglob("*.ttl"):
        file.write_text(file.read_text().replace("status:in-force", "status:inForce"))
    told = problems(root, "0.3.0")
    assert [line.partition(" Put it back")[0] for line in told] == [
        "data/city/cromby.ttl: city/cromby was published in 0.2.0 and is gone.",
        "data/city/elmsworth.ttl: city/elmsworth was published in 0.2.0 and is gone.",
        "ontology/vocab/agreement-status.ttl: vocab/agreement-status#in-force was published "
        "in 0.2.0 and is gone.",
    ]
    assert "owl:deprecated" in told[0]


def test_a_problem_of_the_data_is_told_and_nothing_is_published(root: Path) -> None:
    (root / ALBY).write_text("zzz")
    (problem,) = problems(root, "0.2.0")
    assert problem.startswith(f"{ALBY}:1: ")


def test_a_version_is_unpacked_once_and_mended_when_it_is_damaged(
    root: Path, settings: Settings
) -> None:
    says(root, "Albi")
    publish(root, "0.2.0")
    folder = paths.versions(root)
    old = release.unpacked(settings.release_dir, folder, "0.1.0")
    assert version_of(old) == "0.1.0"
    assert b"Alby" in old.dump.read_bytes()
    assert release.is_whole(old)
    made = old.dump.stat().st_ino
    assert release.unpacked(settings.release_dir, folder, "0.1.0").dump.stat().st_ino == made
    old.dump.write_bytes(old.dump.read_bytes().replace(b"Alby", b"Elby"))
    mended = release.unpacked(settings.release_dir, folder, "0.1.0")
    assert mended == old
    assert release.is_whole(mended)


def test_a_version_that_was_not_published_is_told_from_those_that_were(root: Path) -> None:
    with pytest.raises(VersionError, match=r"0\.3\.0 was not published\. There are: 0\.1\.0\."):
        release.unpacked(root / ".release", paths.versions(root), "0.3.0")


@pytest.mark.parametrize("ending", [".json", ".nq.gz"])
def test_a_version_that_was_tampered_with_is_neither_served_nor_built_upon(
    root: Path, settings: Settings, ending: str
) -> None:
    file = paths.versions(root) / f"0.1.0{ending}"
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)
    with pytest.raises(DamagedReleaseError, match=re.escape(file.name)):
        release.unpacked(settings.release_dir, paths.versions(root), "0.1.0")
    with pytest.raises(DamagedReleaseError, match=re.escape(file.name)):
        release.build(settings, root)
    assert [each.file.name for each in published.folder_faults(paths.versions(root))] == [file.name]


def test_every_file_of_a_release_with_one_bit_flipped_is_named(
    root: Path, settings: Settings
) -> None:
    built = release.build(settings, root)
    for file in sorted(built.folder.iterdir()):
        whole = file.read_bytes()
        for place in {0, len(whole) // 2, len(whole) - 1}:
            flipped = bytearray(whole)
            flipped[place] ^= 1
            file.write_bytes(flipped)
            assert file in {problem.file for problem in manifests.faults(built.folder)}, place
        file.write_bytes(whole)
    assert list(manifests.faults(built.folder)) == []


def test_a_file_that_is_missing_cut_or_added_is_named(root: Path, settings: Settings) -> None:
    built = release.build(settings, root)
    (built.folder / "citydiplomacy.ttl.gz").unlink()
    (built.folder / "shacl-report.nt").write_text("")
    (built.folder / "notes.txt").write_text("")
    told = {problem.file.name: problem.message for problem in manifests.faults(built.folder)}
    assert told == {
        "citydiplomacy.ttl.gz": "the file is missing.",
        "shacl-report.nt": "the file has 0 bytes instead of 205.",
        "notes.txt": "no release has this file.",
    }
    assert release.is_whole(release.build(settings, root))


def test_the_report_of_the_shapes_is_a_file_of_the_release(root: Path, settings: Settings) -> None:
    built = release.build(settings, root)
    report = (built.folder / "shacl-report.nt").read_text("utf-8")
    shacl = "http://www.w3.org/ns/shacl#"
    assert f"<{shacl}ValidationReport>" in report
    assert f'<{shacl}conforms> "true"' in report
    ox.parse(report, format=ox.RdfFormat.N_TRIPLES)


def test_the_release_says_how_it_was_made_and_asks_no_clock(root: Path, settings: Settings) -> None:
    says(root, "Albi")
    built = release.build(settings, root)
    meta = [line for line in built.dump.read_text("utf-8").splitlines() if META in line]
    (build,) = {line.split()[0] for line in meta if "prov#Activity" in line}
    assert build == f"<{BASE}dataset#build>"
    assert any(f'"{built.manifest["inputs"]}"' in line for line in meta)
    assert any("SoftwareAgent" in line for line in meta)
    assert re.findall(r"\d{4}-\d\d-\d\d", "".join(meta)) == ["2026-01-31"]
    assert built.manifest["modified"] == "2026-01-31"
    assert any(f"<{CD}" in line for line in built.dump.read_text("utf-8").splitlines())


def run(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout / "server"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands_publish_and_verify(root: Path) -> None:
    (root / "server").symlink_to(paths.root() / "server")
    says(root, "Albi")
    told = run(root, "release", "0.1.1")
    assert told.stdout.startswith("Version 0.1.1 of 2026-01-31 is published. Since 0.1.0: 0 added")
    kept = root / "data" / "releases" / "0.1.0.nq.gz"
    kept.write_bytes(b"")
    told = run(root, "verify", "--all")
    assert told.returncode == 1
    size = json.loads(kept.with_name("0.1.0.json").read_text())["kept"][kept.name]["bytes"]
    assert f"0.1.0.nq.gz: the file has 0 bytes instead of {size}." in told.stdout
    assert told.stdout.endswith("1 problem.\n")
