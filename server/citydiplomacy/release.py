"""Releases: immutable folders, built once, hashed, switched atomically.

Nothing here imports the check-time libraries until a release is built, so that serving starts fast.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

from citydiplomacy import __version__, durable, paths
from citydiplomacy.errors import CheckFailedError
from citydiplomacy.paths import DUMP
from citydiplomacy.settings import Settings

MANIFEST = "manifest.json"

_TITLE = "N-Quads: everything, canonical, as the service loads it"

_CURRENT = "current"
_SCRATCH = ".building-"
_KEPT = 3
_ID_LENGTH = 16
_INPUTS = ("ontology", "shapes", "data", "queries")


class FileFacts(TypedDict):
    """What the manifest says of one file."""

    bytes: int
    sha256: str


class Manifest(TypedDict):
    """The manifest of a release."""

    release: str
    version: str
    inputs: str
    """SHA-256 of everything that the release was made from."""
    graphs: dict[str, int]
    """Triples of each named graph."""
    files: dict[str, FileFacts]


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
    with suppress(OSError, ValueError, TypeError):
        manifest: Manifest = json.loads((folder / MANIFEST).read_bytes())
        if set(manifest) >= Manifest.__required_keys__:  # another version may write others
            return Release(folder, manifest["release"], manifest)
    return None


def is_fresh(settings: Settings, root: Path | None = None) -> bool:
    """Tell whether the current release is whole and made from what lies below the root now."""
    release = current(settings.release_dir)
    return (
        release is not None
        and release.manifest["inputs"] == _digest(root or paths.root())
        and is_whole(release)
    )


def is_whole(release: Release) -> bool:
    """Tell whether the files of a release are what its manifest says."""
    for name, facts in release.manifest["files"].items():
        file = release.folder / name
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != facts["sha256"]:
            return False
    return True


def build(
    settings: Settings,
    root: Path | None = None,
    progress: Callable[[str], None] = lambda _step: None,
) -> Release:
    """Check what lies below the root, make a release of it and let it be the current one.

    Raises:
        CheckFailedError: something is wrong with the files; what was current stays so.
    """
    # rdflib and pySHACL take half a second to import, and serving needs neither.
    from citydiplomacy import catalogue, checks, dumps, evaluation, exports  # noqa: PLC0415

    root = root or paths.root()
    inputs = _digest(root)
    report = checks.run(root, reason=False, progress=progress)
    if report.problems:
        raise CheckFailedError(report.problems)
    progress("Writing the release")
    data = evaluation.store(report.graphs)
    parts = exports.of(root, data)
    wholes = {DUMP: _TITLE} | {dump.file: dump.title for dump in dumps.DUMPS}
    others = {part.file: part.title for part in parts}
    graphs = catalogue.with_meta(report.tree, report.graphs, data, wholes, others)
    dump = catalogue.canonical(graphs)
    contents = {DUMP: dump, **dumps.of(dump)} | {part.file: part.content for part in parts}
    counts = {name: len(triples) for name, triples in sorted(graphs.items())}
    return _publish(settings.release_dir, contents, inputs, counts)


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
    manifest = _manifest({DUMP: content}, hashlib.sha256(content).hexdigest(), graphs)
    return _write(folder, {DUMP: content}, manifest)


def _publish(
    release_dir: Path, contents: dict[str, bytes], inputs: str, graphs: dict[str, int]
) -> Release:
    manifest = _manifest(contents, inputs, graphs)
    release = Release(release_dir / manifest["release"], manifest["release"], manifest)
    with durable.scratch(release_dir, _SCRATCH) as scratch:
        folder = scratch / release.id
        folder.mkdir()
        _write(folder, contents, manifest)
        durable.place(folder, release.folder)
        (scratch / _CURRENT).symlink_to(release.id)
        (scratch / _CURRENT).replace(release_dir / _CURRENT)
        durable.sync(release_dir)
        _forget_old(release_dir, release.id)
    return release


def _manifest(contents: Mapping[str, bytes], inputs: str, graphs: Mapping[str, int]) -> Manifest:
    files: dict[str, FileFacts] = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    }
    return {
        "release": files[DUMP]["sha256"][:_ID_LENGTH],
        "version": __version__,
        "inputs": inputs,
        "graphs": dict(sorted(graphs.items())),
        "files": files,
    }


def _write(folder: Path, contents: Mapping[str, bytes], manifest: Manifest) -> Release:
    for name, content in contents.items():
        durable.write(folder / name, content)
    durable.write(folder / MANIFEST, f"{json.dumps(manifest, indent=2)}\n".encode())
    durable.sync(folder)
    return Release(folder, manifest["release"], manifest)


def _forget_old(release_dir: Path, served: str) -> None:
    manifests = release_dir.glob(f"[!.]*/{MANIFEST}")
    folders = {manifest.parent for manifest in manifests} - {release_dir / _CURRENT}
    newest = sorted(folders, key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in newest[_KEPT:]:
        if folder.name != served:
            durable.remove(folder)


def _digest(root: Path) -> str:
    """Return the SHA-256 of everything a release is made from, and of our version."""
    whole = hashlib.sha256(__version__.encode())
    for part in _INPUTS:
        for file in sorted((root / part).rglob("*.*")):
            if file.suffix in {".ttl", ".rq", ".toml"}:
                whole.update(file.relative_to(root).as_posix().encode() + b"\0")
                whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()
