"""Releases: immutable folders, built once, hashed, switched atomically.

Nothing here imports the check-time libraries until a release is built, so that serving starts fast.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from citydiplomacy import __version__, durable, manifests, paths, published
from citydiplomacy.errors import DamagedReleaseError
from citydiplomacy.manifests import MANIFEST, Manifest
from citydiplomacy.paths import DUMP
from citydiplomacy.settings import Settings

PUBLISHED = "published"
"""The folder below that of releases in which published versions are unpacked."""

_CURRENT = "current"
_SCRATCH, _UNPACKING = ".building-", ".unpacking-"
_COMPRESSED = f"{DUMP}.gz"
_KEPT = 3
_INPUTS = ("ontology", "shapes", "data", "queries")
_UNVERSIONED = "0.0.0-unversioned"
"""What is called data of which nobody says what version it is."""


@dataclass(frozen=True)
class Release:
    """One release: its folder, its id and what its manifest says."""

    folder: Path
    id: str
    manifest: Manifest

    @property
    def dump(self) -> Path:
        """The canonical N-Quads file."""
        return self.folder / DUMP

    @property
    def made(self) -> str:
        """When it was made, to the second; it says so nowhere, so that the same files make it."""
        seconds = (self.folder / MANIFEST).stat().st_mtime
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def current(release_dir: Path) -> Release | None:
    """Return the release that is to be served, or None when there is none."""
    return at(current_folder(release_dir))


def current_folder(release_dir: Path) -> Path:
    """Return the folder of the release that is to be served; whether it holds one, `at` tells."""
    return (release_dir / _CURRENT).resolve()


def at(folder: Path) -> Release | None:
    """Return the release in a folder, or None when there is none."""
    manifest = manifests.read(folder)
    return Release(folder, manifest["release"], manifest) if manifest else None


def is_fresh(settings: Settings, root: Path | None = None) -> bool:
    """Tell whether the current release is whole, and what a build would make of the root now."""
    root = root or paths.root()
    release = current(settings.release_dir)
    if release is None or release.manifest["inputs"] != inputs(root) or not is_whole(release):
        return False
    versions = published.load(paths.versions(root))
    named = published.name_of(versions, release.manifest["content"])
    return release.manifest["version"] == named


def is_whole(release: Release) -> bool:
    """Tell whether the folder of a release holds what its manifest says, and nothing else."""
    return next(manifests.faults(release.folder), None) is None


def refuse_unless_servable(folder: Path) -> None:
    """Refuse a folder that cannot be served; that is found out without reading all of it.

    Raises:
        DamagedReleaseError: it is not what its manifest says.
    """
    if fault := manifests.fault_in_brief(folder):
        raise DamagedReleaseError(f"{folder} is not a whole release: {fault}")


def build(
    settings: Settings,
    root: Path | None = None,
    progress: Callable[[str], None] = lambda _step: None,
) -> Release:
    """Check what lies below the root, make a release of it and let it be the current one.

    Raises:
        CheckFailedError: something is wrong with the files; what was current stays so.
        DamagedReleaseError: a published version is not what it was.
    """
    # rdflib and pySHACL take half a second to import, and serving needs neither.
    from citydiplomacy import building  # noqa: PLC0415

    root = root or paths.root()
    made = building.make(root, inputs(root), progress)
    return put(settings.release_dir, made.contents, made.manifest)


def unpacked(release_dir: Path, versions_dir: Path, version: str) -> Release:
    """Return a published version as a release that can be served.

    It holds the N-Quads as they were published, plain and compressed, and a manifest of those. It
    is unpacked when it is first asked for, below the folder of releases, and kept there.

    Args:
        release_dir: The folder that holds the releases.
        versions_dir: The folder that holds the published versions.
        version: The version, such as `0.1.0`.

    Raises:
        DamagedReleaseError: what is kept of the version is not what was published.
        VersionError: there is no such version.
        OSError: it cannot be unpacked.
    """
    wanted = published.find(versions_dir, version)
    manifest = manifests.part(wanted.manifest, (DUMP, _COMPRESSED))
    release = Release(release_dir / PUBLISHED / version, manifest["release"], manifest)
    if at(release.folder) == release and not manifests.fault_in_brief(release.folder):
        return release
    contents = {DUMP: wanted.nquads(), _COMPRESSED: wanted.file(published.NQUADS).read_bytes()}
    with durable.scratch(release_dir, _UNPACKING) as scratch:
        _write(scratch / version, contents, manifest)
        release.folder.parent.mkdir(exist_ok=True)
        durable.supplant(scratch / version, release.folder)
    return release


def of_file(nquads: Path, folder: Path) -> Release:
    """Make a release of any N-Quads file, unchecked, in an empty folder.

    Raises:
        OSError: the file cannot be read.
        SyntaxError: it is not N-Quads; the message names the line.
    """
    import pyoxigraph as ox  # noqa: PLC0415  # serving what is built already needs none of it

    content = nquads.read_bytes()
    graphs = Counter(
        quad.graph_name.value
        for quad in ox.parse(content, format=ox.RdfFormat.N_QUADS)
        if isinstance(quad.graph_name, ox.NamedNode)  # no other can be asked for by name
    )
    manifest = manifests.made({DUMP: content}, graphs, version=_UNVERSIONED)
    return _write(folder, {DUMP: content}, manifest)


def put(release_dir: Path, contents: Mapping[str, bytes], manifest: Manifest) -> Release:
    """Put a release in its place among the others, and let it be the current one."""
    release = Release(release_dir / manifest["release"], manifest["release"], manifest)
    with durable.scratch(release_dir, _SCRATCH) as scratch:
        folder = scratch / release.id
        _write(folder, contents, manifest)
        durable.place(folder, release.folder)
        (scratch / _CURRENT).symlink_to(release.id)
        (scratch / _CURRENT).replace(release_dir / _CURRENT)
        durable.sync(release_dir)
        _forget_old(release_dir, release.id)
    return release


def inputs(root: Path) -> str:
    """Return the SHA-256 of everything a release is made from, and of our version.

    What was published before is none of it: a version may not depend on being published.
    """
    whole = hashlib.sha256(__version__.encode())
    for part in _INPUTS:
        for file in sorted((root / part).rglob("*.*")):
            if file.suffix in {".ttl", ".rq", ".toml"}:
                whole.update(file.relative_to(root).as_posix().encode() + b"\0")
                whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()


def _write(folder: Path, contents: Mapping[str, bytes], manifest: Manifest) -> Release:
    folder.mkdir(exist_ok=True)
    for name, content in contents.items():
        durable.write(folder / name, content)
    durable.write(folder / MANIFEST, manifests.written(manifest))
    durable.sync(folder)
    return Release(folder, manifest["release"], manifest)


def _forget_old(release_dir: Path, served: str) -> None:
    manifests_ = release_dir.glob(f"[!.]*/{MANIFEST}")
    folders = {manifest.parent for manifest in manifests_} - {release_dir / _CURRENT}
    newest = sorted(folders, key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in newest[_KEPT:]:
        if folder.name != served:
            durable.remove(folder)
