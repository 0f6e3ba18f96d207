"""Manifests: what a folder of a release holds, and whether it holds that and nothing else."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypedDict, cast

from citydiplomacy import __version__
from citydiplomacy.errors import Problem
from citydiplomacy.paths import DUMP

MANIFEST = "manifest.json"
_ID_LENGTH = 16
_REPAIR = "Build it anew: citydiplomacy build."


class FileFacts(TypedDict):
    """What a manifest says of one file."""

    bytes: int
    sha256: str


class Manifest(TypedDict):
    """The manifest of a release: the same for the same inputs, and it vouches for itself."""

    release: str
    """The beginning of the SHA-256 of all that follows."""
    version: str
    """A published version if this is one, else what comes after the newest, with `-dev`."""
    modified: str
    """When the data was last changed, as it says itself: `2026-11-22`; empty when it does not."""
    inputs: str
    """SHA-256 of everything that the release was made from."""
    content: str
    """SHA-256 of the canonical N-Quads without what they say of their version and their build."""
    software: str
    """The version of the software that made it."""
    graphs: dict[str, int]
    """Triples of each named graph."""
    files: dict[str, FileFacts]


def made(contents: Mapping[str, bytes], graphs: Mapping[str, int], **told: str) -> Manifest:
    """Return the manifest of files, given by name; the rest as in `of_files`."""
    return of_files({name: facts(each) for name, each in contents.items()}, graphs, **told)


def of_files(files: Mapping[str, FileFacts], graphs: Mapping[str, int], **told: str) -> Manifest:
    """Return the manifest of files of which the facts are known.

    Args:
        files: What is known of each, by name.
        graphs: How many triples each named graph has.
        told: `version`, `modified`, `inputs` and `content`; what is not told is empty.
    """
    manifest = {
        **{name: told.get(name, "") for name in ("version", "modified", "inputs", "content")},
        "software": __version__,
        "graphs": dict(sorted(graphs.items())),
        "files": dict(files),
    }
    return cast(Manifest, {"release": _id(manifest), **manifest})


def part(manifest: Manifest, files: Iterable[str]) -> Manifest:
    """Return the manifest of some files of a release."""
    rest = {name: value for name, value in manifest.items() if name != "release"}
    rest["files"] = {name: manifest["files"][name] for name in files}
    return cast(Manifest, {"release": _id(rest), **rest})


def facts(content: bytes) -> FileFacts:
    """Return what a manifest says of a file."""
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def written(manifest: Mapping[str, Any]) -> bytes:
    """Return a manifest as it is kept."""
    return f"{json.dumps(manifest, indent=2)}\n".encode()


def read(folder: Path) -> Manifest | None:
    """Return the manifest in a folder, or None when there is none that is whole."""
    with suppress(OSError, ValueError, TypeError):
        manifest: Manifest = json.loads((folder / MANIFEST).read_bytes())
        if set(manifest) >= Manifest.__required_keys__:  # another version may write others
            return manifest
    return None


def faults(folder: Path) -> Iterator[Problem]:
    """Yield what is wrong with a folder of a release: each file that is not what it should be."""
    manifest = read(folder)
    if manifest is None or not _vouches(folder, manifest):
        fault = "is not as it was written" if (folder / MANIFEST).exists() else "is missing"
        yield Problem(folder / MANIFEST, None, f"the manifest {fault}.", _REPAIR)
    if manifest is not None:
        yield from _faults_of_files(folder, manifest)


def _faults_of_files(folder: Path, manifest: Manifest) -> Iterator[Problem]:
    for name, told in manifest["files"].items():
        if fault := fault_of(folder / name, told):
            yield Problem(folder / name, None, fault, _REPAIR)
    for file in sorted(folder.iterdir()):
        if file.name not in {*manifest["files"], MANIFEST}:
            yield Problem(file, None, "no release has this file.", "Remove it.")


def fault_of(file: Path, told: FileFacts) -> str:
    """Return in words how a file is not what is told of it; nothing where it is."""
    if fault := _fault_of_size(file, told):
        return fault
    with file.open("rb") as content:
        is_same = hashlib.file_digest(content, "sha256").hexdigest() == told["sha256"]
    return "" if is_same else "the file has another SHA-256 than the manifest says."


def fault_in_brief(folder: Path) -> str:
    """Return in words why a folder cannot be served, at the price of what is loaded of it.

    The manifest and what the engine loads are read, of all other files the sizes are asked.
    """
    manifest = read(folder)
    if manifest is None:
        return f"{MANIFEST} is missing or not to be understood."
    if not _vouches(folder, manifest):
        return f"{MANIFEST} is not as it was written."
    if DUMP not in manifest["files"]:
        return f"{MANIFEST} says nothing of {DUMP}."
    for name, told in manifest["files"].items():
        look = fault_of if name == DUMP else _fault_of_size
        if fault := look(folder / name, told):
            return f"{name}: {fault}"
    return ""


def _fault_of_size(file: Path, told: FileFacts) -> str:
    if not file.is_file():
        return "the file is missing."
    size = file.stat().st_size
    return "" if size == told["bytes"] else f"the file has {size} bytes instead of {told['bytes']}."


def _vouches(folder: Path, manifest: Manifest) -> bool:
    rest = {name: value for name, value in manifest.items() if name != "release"}
    is_untouched = (folder / MANIFEST).read_bytes() == written(manifest)
    return is_untouched and manifest["release"] == _id(rest)


def _id(manifest: Mapping[str, Any]) -> str:
    return hashlib.sha256(written(manifest)).hexdigest()[:_ID_LENGTH]
