"""What several tests say in the same words."""

import csv
import hashlib
import io
import json
import os
import resource
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO
from xml.etree import ElementTree

from citydiplomacy import release as releases
from citydiplomacy import supervisor
from citydiplomacy.engine import Engine, Lane, rows
from citydiplomacy.engine.rows import Row, Solutions
from citydiplomacy.formats import JSON_ROWS, XML_ROWS, Format
from citydiplomacy.namespaces import BASE
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings, to_environment
from citydiplomacy.web.past import Recalled

SMALL = Path(__file__).parent / "small"
"""A tiny complete tree; the fixture `root` is a copy of it to be spoilt."""

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


YES = hashlib.sha256(b"true\n").hexdigest()
"""The digest of a frozen result that is yes."""


class Kept:
    """The published versions in a folder, each with an engine from when it is first asked."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder
        self._engines: dict[str, Engine] = {}
        self._running = ExitStack()

    def release(self, version: str) -> Release:
        """Return a version as it can be served."""
        return releases.unpacked(self._folder, self._settings.versions, version)

    def recalled(self, version: str) -> Recalled:
        """Return a version as it can be asked."""
        return Recalled(self.release(version), self.engine(version))

    def engine(self, version: str) -> Engine:
        """Return the engine of a version."""
        if version not in self._engines:
            started_ = supervisor.running_engine(self._settings, self.release(version).folder)
            self._engines[version] = self._running.enter_context(started_)
        return self._engines[version]

    def close(self) -> None:
        """End the engines."""
        self._running.close()


def select(engine: Engine, text: str, lane: Lane = "pages") -> list[Row]:
    """Return the solutions of a SELECT query."""
    found = rows.answer(engine, text, lane)
    assert isinstance(found, Solutions)
    return found.rows


def rows_in(format_: Format, body: bytes) -> int:
    """Return how many rows the body has, read by something that did not write it."""
    if format_ is JSON_ROWS:
        return len(json.loads(body)["results"]["bindings"])
    if format_ is XML_ROWS:
        return len(ElementTree.fromstring(body).findall(".//{*}result"))  # noqa: S314  # our own
    delimiter = "\t" if format_.suffix == "tsv" else ","
    return len(list(csv.reader(io.StringIO(body.decode()), delimiter=delimiter))) - 1


# What the command line does, without building a release first.
_SERVE = """
import pathlib, sys
from citydiplomacy import settings, supervisor
sys.exit(supervisor.serve(settings.from_environment(), pathlib.Path(sys.argv[1])))
"""


def serve(settings: Settings, stderr: TextIO | int) -> subprocess.Popen[str]:
    """Start a service over the current release; it says its address when it answers."""
    return subprocess.Popen(
        [sys.executable, "-c", _SERVE, str(settings.release_dir / "current")],
        env=os.environ | to_environment(settings),
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def address_cited(iri: str, release: Release) -> str:
    """Return the address of what an IRI of ours leads to, as whoever cites it gives it."""
    version = release.manifest["version"]
    if not version.replace(".", "").isdigit():  # it was not published, and is kept nowhere
        return iri
    if iri == f"{BASE}dataset":
        return f"{iri}/{version}"
    return f"{iri}{'&' if '?' in iri else '?'}version={version}"


def spoil(file: Path, old: str, new: str) -> None:
    """Replace something that has to be in a file."""
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def started(checkout: Path, *arguments: str, most_bytes: int = 0) -> subprocess.Popen[str]:
    """Start our command in a checkout; the files it writes may not be larger, if that is said."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    return subprocess.Popen(
        [sys.executable, "-c", "from citydiplomacy.cli import main; main()", *arguments],
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout / "server"), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limit if most_bytes else None,  # noqa: PLW1509  # we have no threads
    )
