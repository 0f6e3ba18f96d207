"""The published versions that visitors ask for: an engine for each, a few at a time.

The web processes say what they want by touching a file in `wanted` that is called as the version.
What is there for them stands in `past` under the same name: the folder of an engine, as for the
release of the day, or for a while a file that says that there can be none.
"""

import logging
import shutil
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from citydiplomacy import deployment, release
from citydiplomacy.engine.host import EngineHost
from citydiplomacy.errors import DamagedReleaseError, EngineUnavailableError, VersionError
from citydiplomacy.settings import Settings

WANTED, PAST, FAULT = "wanted", "past", "fault"

_log = logging.getLogger(__name__)

_WANTED_SECONDS = 2.0
"""Who waits for a version goes on saying so; a wish that is older is nobody's any more."""

_IDLE_SECONDS = 600.0
"""An engine that nobody has asked for so long ends."""

_FAULT_SECONDS = 30.0
"""How long it is believed that a version cannot be served."""


@dataclass(frozen=True)
class _Recalled:
    """A version that is served, with its engine."""

    host: EngineHost
    held: ExitStack


class Archive:
    """The versions of the past that are served now, and who comes next."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        # Few ask for the past: what is served to all others keeps its processors and its memory.
        self._settings = replace(settings, query_workers=1, slow_queries=1, page_workers=1)
        self._folder = folder
        self._wanted, self._past = folder / WANTED, folder / PAST
        for place in (self._wanted, self._past):
            place.mkdir()
        self._served: dict[str, _Recalled] = {}
        self._count = 0

    def look_after(self) -> None:
        """End what nobody asks any more, and start what is wanted, one at a time."""
        self._forget_faults()
        asked = self._asked()
        for version, recalled in list(self._served.items()):
            if version not in asked or not recalled.host.is_running:
                self._end(version)
        missing = [version for version in asked if version not in self._served]
        if missing and self._has_room(asked):
            self._start(missing[0])

    def close(self) -> None:
        """End every engine."""
        for version in list(self._served):
            self._end(version)

    def _asked(self) -> dict[str, float]:
        """Return for how many seconds nobody has asked, by version, those asked last first."""
        now, found = time.time(), {}
        for file in self._wanted.iterdir():
            with suppress(FileNotFoundError):
                quiet = now - file.stat().st_mtime
                patience = _IDLE_SECONDS if file.name in self._served else _WANTED_SECONDS
                if quiet < patience and not self._has_failed(file.name):
                    found[file.name] = quiet
                else:
                    file.unlink()
        return dict(sorted(found.items(), key=lambda each: each[1]))

    def _has_room(self, asked: dict[str, float]) -> bool:
        """Make room for one more, unless everyone that is served is being asked."""
        if len(self._served) < self._settings.past_versions:
            return True
        quietest = max(self._served, key=lambda version: asked[version], default=None)
        # Who has asked it may still be waiting for an answer.
        if quietest is None or asked[quietest] <= self._settings.query_seconds + 1:
            return False
        self._end(quietest)
        return True

    def _start(self, version: str) -> None:
        try:
            with ExitStack() as held:
                held.callback(self._forget, version)
                unpacked = release.unpacked(self._folder, self._settings.versions, version)
                self._count += 1
                name = f"{PAST}-{self._count}"
                place = deployment.place(self._folder / name, unpacked.folder)
                host = EngineHost(self._settings, unpacked.folder, place)
                held.callback(host.stop)
                host.start()
                (self._past / version).symlink_to(place)
                self._served[version] = _Recalled(host, held.pop_all())
        except (DamagedReleaseError, EngineUnavailableError, VersionError, OSError) as error:
            _log.error("Version %s is not served: %s", version, error)
            with suppress(OSError):  # there may be no room even for that
                (self._past / f"{version}.{FAULT}").touch()  # which file it is, is for the log
        else:
            _log.info("Version %s is served beside the release.", version)

    def _end(self, version: str) -> None:
        (self._past / version).unlink()
        self._served.pop(version).held.close()

    def _forget(self, version: str) -> None:
        """Remove what was unpacked; it can be again."""
        shutil.rmtree(self._folder / release.PUBLISHED / version, ignore_errors=True)

    def _has_failed(self, version: str) -> bool:
        """Tell whether a version could not be served a moment ago."""
        return (self._past / f"{version}.{FAULT}").exists()

    def _forget_faults(self) -> None:
        for fault in self._past.glob(f"*.{FAULT}"):
            if time.time() - fault.stat().st_mtime > _FAULT_SECONDS:
                fault.unlink()
