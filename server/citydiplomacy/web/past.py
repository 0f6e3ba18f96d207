"""The published versions, as they are asked: each through an engine of its own."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Protocol

from citydiplomacy import archive, deployment
from citydiplomacy import release as releases
from citydiplomacy.engine import Engine
from citydiplomacy.engine.local import LocalEngine
from citydiplomacy.errors import (
    EngineBusyError,
    EngineUnavailableError,
    UnknownEntityError,
)
from citydiplomacy.published import Published
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings

_PATIENCE = 15.0
"""Seconds to wait for an engine to be started."""

_PAUSE = 0.05


@dataclass(frozen=True)
class Recalled:
    """A version that can be asked: its release, and an engine that has loaded it."""

    release: Release
    engine: Engine


class Past(Protocol):
    """What knows the engines of published versions."""

    def recalled(self, version: str) -> Recalled:
        """Return a version that was published; who asks first waits until its engine is there.

        Raises:
            EngineUnavailableError: it cannot be asked now, or not here.
            EngineBusyError: too many wait for an engine.
        """


class NoPast:
    """The past of a service that serves one release only."""

    def recalled(self, version: str) -> Recalled:
        """Refuse: there is none."""
        raise _not_here(version)


class Pinned(NoPast):
    """The past as an application over one version sees it, which shows nothing but that version."""


class ServedPast:
    """The past of a running service, whose supervisor starts an engine for what is wanted here."""

    def __init__(self, settings: Settings) -> None:
        folder = settings.served.parent
        self._settings = settings
        self._wanted, self._past = folder / archive.WANTED, folder / archive.PAST
        self._known: dict[str, tuple[Path, Recalled]] = {}
        self._lock = Lock()
        # Those who read what is served now shall not stand behind those who wait.
        self._waiting = BoundedSemaphore(max(1, settings.web_threads // 4))

    def recalled(self, version: str) -> Recalled:
        """Return a version that was published; who asks first waits until its engine is there."""
        if not self._settings.past_versions:
            raise _not_here(version)
        self._want(version)
        place = self._place(version)
        if place is None:
            with self._one_who_waits():
                place = self._awaited(version)
        with self._lock:
            # Another engine serves it when it was ended meanwhile, and started again.
            known_at, known = self._known.get(version, (None, None))
            if known is None or known_at != place:
                known = self._at(place, version)
                self._known[version] = place, known
        return known

    def _awaited(self, version: str) -> Path:
        give_up = time.monotonic() + _PATIENCE
        while (place := self._place(version)) is None:
            if (self._past / f"{version}.{archive.FAULT}").exists():
                raise EngineUnavailableError(
                    f"Version {version} cannot be served: it is damaged here, or has no room.",
                    "Report it. The repository has all files of every version.",
                )
            if time.monotonic() > give_up:
                raise EngineUnavailableError(
                    f"Version {version} is not there yet, or others are being asked.",
                    f"Ask again in a moment. Its files are at /dataset/{version}.",
                )
            time.sleep(_PAUSE)
            self._want(version)
        return place

    def _want(self, version: str) -> None:
        try:
            (self._wanted / version).touch()
        except OSError as error:
            raise EngineUnavailableError(
                f"Version {version} cannot be asked for: {error.strerror}.", "Try again later."
            ) from error

    def _place(self, version: str) -> Path | None:
        try:
            return (self._past / version).readlink()
        except FileNotFoundError:
            return None

    def _at(self, place: Path, version: str) -> Recalled:
        release = releases.at((place / deployment.RELEASE).resolve())
        if release is None:  # it ended just now
            raise EngineUnavailableError(f"Version {version} is being started.", "Ask again.")
        return Recalled(release, LocalEngine(place / deployment.SOCKET, self._settings))

    @contextmanager
    def _one_who_waits(self) -> Iterator[None]:
        if not self._waiting.acquire(blocking=False):
            raise EngineBusyError("Too many wait for versions of the past.", "Ask again later.")
        try:
            yield
        finally:
            self._waiting.release()


def found(name: str, versions: Mapping[str, Published], served: str) -> Published:
    """Return the published version of a name; what is served may be one of them.

    Raises:
        UnknownEntityError: there is none; the message says which there are.
    """
    if name in versions:
        return versions[name]
    there_are = f"There are: {', '.join(versions)}." if versions else "None was published yet."
    told = f"Version {name} of the data was not published."
    if name == served:
        told = f"{name} is what is served now, and was not published."
    raise UnknownEntityError(told, f"{there_are} See /dataset.")


def _not_here(version: str) -> EngineUnavailableError:
    return EngineUnavailableError(
        f"Version {version} is not served here.",
        f"Its files are at /dataset/{version}.",
    )
