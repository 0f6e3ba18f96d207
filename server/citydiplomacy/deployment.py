"""Which release is served: an engine for it, and the switch to a newer one.

A folder tells the web processes where they are: `served` in it leads to a folder that holds the
socket of an engine and leads to the release that the engine has loaded. It is turned in one step,
so that engine and web never speak of two releases.
"""

import logging
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from citydiplomacy import durable, release
from citydiplomacy.engine.host import EngineHost
from citydiplomacy.engine.local import LocalEngine
from citydiplomacy.errors import DamagedReleaseError, EngineUnavailableError
from citydiplomacy.settings import Settings

RELEASE, SOCKET = "release", "engine"
"""What the folder of an engine holds."""

_log = logging.getLogger(__name__)


def place(folder: Path, release_folder: Path) -> Path:
    """Return a new folder for an engine, which leads to its release."""
    folder.mkdir()
    (folder / RELEASE).symlink_to(release_folder)
    return folder


@dataclass
class _Deployed:
    """A release with its engine, from when nobody asks it any more."""

    release: Path
    host: EngineHost
    held: ExitStack
    leaves_at: float = 0.0


class Deployment:
    """The release that is served now, and those whose last queries are still being answered."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.served = folder / "served"
        self._settings = settings
        self._folder = folder
        self._count = 0
        self._now: _Deployed | None = None
        self._before: list[_Deployed] = []
        # A release that is not the current one may be served on purpose; what counts is a change.
        self._seen = release.current_folder(settings.release_dir)

    def serve(self, folder: Path) -> LocalEngine:
        """Serve a release from now on, and return a client of its engine, which answers.

        Raises:
            EngineUnavailableError: it cannot be served; what was served before still is.
        """
        folder = folder.resolve()
        with ExitStack() as held:
            held.enter_context(durable.held(folder))
            self._count += 1
            host = EngineHost(
                self._settings, folder, place(self._folder / str(self._count), folder)
            )
            held.callback(host.stop)
            engine = host.start()
            self._turn(_Deployed(folder, host, held.pop_all()))
        return engine

    def look_after(self) -> None:
        """Start again what has ended, serve what is newer, end what nobody asks any more."""
        if self._now:
            self._now.host.revive()
            self._follow()
        for deployed in list(self._before):
            if time.monotonic() > deployed.leaves_at:
                self._before.remove(deployed)
                deployed.held.close()

    def close(self) -> None:
        """End every engine."""
        for deployed in (*self._before, *([self._now] if self._now else [])):
            deployed.held.close()

    def _follow(self) -> None:
        newest = release.current_folder(self._settings.release_dir)
        if newest == self._seen or release.at(newest) is None:
            return
        self._seen = newest
        try:
            release.refuse_unless_servable(newest)
            self.serve(newest)
        except (DamagedReleaseError, EngineUnavailableError, OSError) as error:
            _log.error("Release %s is not served: %s", newest.name, error)
        else:
            _log.info("Release %s is served now.", newest.name)

    def _turn(self, deployed: _Deployed) -> None:
        fresh = self.served.with_suffix(".new")
        with suppress(FileNotFoundError):
            fresh.unlink()
        fresh.symlink_to(deployed.host.socket.parent.name)
        fresh.replace(self.served)
        if self._now:
            # Whoever asked the engine before has its answer, or its error, by then.
            self._now.leaves_at = time.monotonic() + 2 * self._settings.query_seconds + 1
            self._before.append(self._now)
        self._now = deployed
