"""Where the suites come from: the source distribution of rdflib, kept in the user's cache."""

import re
import subprocess
import sys
import tarfile
from pathlib import Path

from benchmarks import kept
from citydiplomacy import paths
from w3c.suites import Suites

_CONSTRAINTS = paths.root() / "constraints.txt"
_SUITES = "test/data/suites/w3c"


def fetch() -> Suites:
    """Return the suites, downloaded with pip when they are not yet in the user's cache.

    Raises:
        OSError: they cannot be downloaded.
    """
    (version,) = re.findall(r"^rdflib==(.+)$", _CONSTRAINTS.read_text("utf-8"), re.MULTILINE)
    folder = kept.once(
        paths.cache() / "w3c" / f"rdflib-{version}",
        lambda scratch: _unpack(_download(f"rdflib=={version}", scratch)),
    )
    return Suites(folder / _SUITES)


def _download(requirement: str, folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    told = subprocess.run(
        [*pip, "--no-deps", "--no-binary", ":all:", "--dest", folder, requirement],
        capture_output=True,
        check=False,
        text=True,
    )
    archive = next(folder.glob("*.tar.gz"), None)
    if archive is None:
        raise OSError(f"The source distribution of {requirement} cannot be had: {told.stderr}")
    return archive


def _unpack(archive: Path) -> Path:
    """Return the folder into which the suites have been unpacked, beside the archive."""
    with tarfile.open(archive) as opened:
        members = [each for each in opened if f"/{_SUITES}/" in each.name]
        opened.extractall(archive.parent, members, filter="data")
    (folder,) = (each for each in archive.parent.iterdir() if each.is_dir())
    return folder
