"""The published versions of the data: kept for good, each in files that nothing changes.

Of a version there are three files: `<version>.nq.gz`, its canonical N-Quads as they were published;
`<version>.json`, what is known of it; and `<version>.rdfp.gz`, what makes it of the version before,
as an RDF Patch. A version is published when it has its JSON.
"""

import gzip
import hashlib
import json
import logging
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypedDict

from citydiplomacy import manifests
from citydiplomacy.errors import DamagedReleaseError, Problem, VersionError
from citydiplomacy.manifests import FileFacts, Manifest
from citydiplomacy.paths import DUMP
from citydiplomacy.versions import FIRST, Version

_log = logging.getLogger(__name__)

NQUADS, PATCH, JSON = ".nq.gz", ".rdfp.gz", ".json"
ADDED, CHANGED, RETIRED = "added", "changed", "retired"
_REPAIR = "Put the file back as it was committed."

Counts = dict[str, int]
"""How many there are of each kind; of terms, in each document that defines them."""

Changes = dict[str, dict[str, list[str]]]
"""IRIs by what became of them (added, changed, retired), and then by kind."""


class Told(TypedDict):
    """What `<version>.json` holds."""

    digest: str
    """SHA-256 of all that follows: the file vouches for itself."""
    previous: str
    """The version before; empty for the first."""
    manifest: Manifest
    """That of the release as it was published, with all its files."""
    kept: dict[str, FileFacts]
    """The files that are kept of it, beside the one that says so."""
    entities: Counts
    terms: Counts
    changes: Changes
    """What became of entities and terms since the version before; nothing for the first."""


@dataclass(frozen=True)
class Published:
    """One published version: where its files lie, and what is known of it."""

    folder: Path
    version: Version
    told: Told

    @property
    def name(self) -> str:
        """The version, as it is written."""
        return str(self.version)

    @property
    def manifest(self) -> Manifest:
        """The manifest of the release as it was published."""
        return self.told["manifest"]

    @property
    def modified(self) -> str:
        """The date of the data, as it says itself: `2026-11-22`."""
        return self.manifest["modified"]

    def file(self, ending: str) -> Path:
        """Return where the file of this version with an ending lies."""
        return self.folder / f"{self.name}{ending}"

    def count(self, became: str) -> int:
        """Return how many entities and terms were added, changed or retired."""
        return sum(map(len, self.told["changes"].get(became, {}).values()))

    def whole(self, ending: str) -> Path:
        """Return where the file with an ending lies, if it is as it was written.

        Raises:
            DamagedReleaseError: it is not.
        """
        file = self.file(ending)
        facts = self.told["kept"].get(file.name)
        changed = file.stat().st_mtime_ns if file.exists() else 0
        if facts and (fault := _fault(file, facts["bytes"], facts["sha256"], changed)):
            raise DamagedReleaseError(f"{file}: {fault} {_REPAIR}")
        return file

    def nquads(self) -> bytes:
        """Return the canonical N-Quads of this version, byte for byte as published.

        Raises:
            DamagedReleaseError: they are not what was published.
        """
        try:
            content = gzip.decompress(self.file(NQUADS).read_bytes())
        except (OSError, EOFError, ValueError, zlib.error) as error:
            raise DamagedReleaseError(f"{self.file(NQUADS)}: {error}. {_REPAIR}") from error
        if manifests.facts(content) != self.manifest["files"][DUMP]:
            raise DamagedReleaseError(f"{self.file(NQUADS)} was changed. {_REPAIR}")
        return content

    def faults(self) -> Iterator[Problem]:
        """Yield what is wrong with the files of this version."""
        for name, facts in self.told["kept"].items():
            if fault := manifests.fault_of(self.folder / name, facts):
                yield Problem(self.folder / name, None, fault, _REPAIR)


def load(folder: Path) -> dict[str, Published]:
    """Return the published versions in a folder, by name, the oldest first.

    Raises:
        DamagedReleaseError: what is said of one cannot be read, or was changed.
        VersionError: there is a JSON that is named after no version.
    """
    versions = sorted(Version.read(file.stem) for file in folder.glob(f"*{JSON}"))
    return {str(version): _read(folder, version) for version in versions}


def readable(folder: Path) -> dict[str, Published]:
    """Return the versions of which what is said can be read, as `load` does; the log has others."""
    found = []
    for file in folder.glob(f"*{JSON}"):
        try:
            found.append(_read(folder, Version.read(file.stem)))
        except (DamagedReleaseError, VersionError) as error:
            _log.error("%s", error)
    return {each.name: each for each in sorted(found, key=lambda each: each.version)}


def find(folder: Path, version: str) -> Published:
    """Return a published version.

    Raises:
        DamagedReleaseError: what is said of one cannot be read, or was changed.
        VersionError: there is no such version; the message says which there are.
    """
    if version not in {file.stem for file in folder.glob(f"*{JSON}")}:
        versions = load(folder)
        there_are = f"There are: {', '.join(versions)}." if versions else "There is none yet."
        raise VersionError(f"Version {version} was not published. {there_are}")
    return _read(folder, Version.read(version))


def same(versions: dict[str, Published], content: str) -> Published | None:
    """Return the newest version with a content of that digest, or None."""
    found = (each for each in versions.values() if each.manifest["content"] == content)
    return next(reversed(list(found)), None)


def name_of(versions: dict[str, Published], content: str) -> str:
    """Return what data with a content of that digest is called: a version only if it is one."""
    found = same(versions, content)
    newest = next(reversed(versions.values()), None)
    return found.name if found else newest.version.after if newest else FIRST


def written(told: Mapping[str, Any]) -> bytes:
    """Return what is known of a version as it is kept, with its digest."""
    rest = {name: value for name, value in told.items() if name != "digest"}
    return manifests.written({"digest": _digest(rest), **rest})


def folder_faults(folder: Path) -> Iterator[Problem]:
    """Yield what is wrong with the files of a folder of versions: damaged, missing, additional."""
    known = {"CHANGES.md"}
    for file in sorted(folder.glob(f"*{JSON}")):
        known.add(file.name)
        try:
            published = _read(folder, Version.read(file.stem))
        except (DamagedReleaseError, VersionError) as error:
            yield Problem(file, None, f"{error}", _REPAIR)
            known |= {f"{file.stem}{ending}" for ending in (NQUADS, PATCH)}
            continue
        known |= set(published.told["kept"])
        yield from published.faults()
    for file in sorted(folder.iterdir() if folder.is_dir() else ()):
        if file.name not in known:
            yield Problem(file, None, "no version has this file.", "Remove it.")


def _read(folder: Path, version: Version) -> Published:
    file = folder / f"{version}{JSON}"
    try:
        raw = file.read_bytes()
        told: Told = json.loads(raw)
        is_whole = raw == written(told) and told["manifest"]["version"] == str(version)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedReleaseError(f"{file} cannot be read: {error}. {_REPAIR}") from error
    if not is_whole:
        raise DamagedReleaseError(f"{file} is not as it was written. {_REPAIR}")
    return Published(folder, version, told)


@lru_cache(maxsize=100)
def _fault(file: Path, size: int, sha256: str, _changed: int) -> str:
    """Return what is wrong with a file; it is read once, and again when it was changed."""
    return manifests.fault_of(file, {"bytes": size, "sha256": sha256})


def _digest(told: Mapping[str, Any]) -> str:
    return hashlib.sha256(manifests.written(told)).hexdigest()
