"""The application that a web server imports, over whatever release is served at the moment."""

import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask

from citydiplomacy import deployment, release, settings
from citydiplomacy.engine import credentials
from citydiplomacy.engine.local import LocalEngine
from citydiplomacy.engine.remote import RemoteEngine
from citydiplomacy.errors import NoReleaseError, RequestError
from citydiplomacy.settings import Settings
from citydiplomacy.web import create_app, metrics, site
from citydiplomacy.web.past import ServedPast

_EVERY_SECONDS = 5.0
_LOOK_SECONDS = 0.05


class Served:
    """Hands each request to an application of the release that is served when it comes.

    A request that is being answered ends in the application, and with the engine, in which it
    began: a switch drops none.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._next_look = 0.0
        self._store = (
            RemoteEngine(settings, credentials.from_environment()) if settings.store else None
        )
        self._past = ServedPast(settings)
        self._place, self._app = self._made()
        threading.Thread(target=self._look_after, name="aside", daemon=True).start()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if time.monotonic() > self._next_look:
            self._look()
        return self._app(environ, start_response)

    def _look(self) -> None:
        """See whether another release is served now; the engine before it works on for seconds."""
        with self._lock:
            if self._settings.served.readlink() != self._place:
                self._place, self._app = self._made()
            self._next_look = time.monotonic() + _LOOK_SECONDS

    def _look_after(self) -> None:
        """Do now and then what no request shall wait for, and the start neither.

        The engine is told what this process has counted; the index of names is made before
        somebody searches, the register before somebody matches, the ties are asked for before
        somebody explores them, and so are long lists before somebody reads them.
        """
        while True:
            time.sleep(_EVERY_SECONDS)
            with suppress(RequestError):  # it is being started anew: the next time will do
                metrics.tell(self._app)
                here = self._app.extensions[site.EXTENSION]
                here.entities.ask_for_long_lists()
                _ = here.names, here.offer, here.positions, here.matcher

    def _made(self) -> tuple[Path, Flask]:
        place = self._settings.served.readlink()
        folder = self._settings.served.parent / place
        found = release.at((folder / deployment.RELEASE).resolve())
        if found is None:
            raise NoReleaseError(f"{folder} holds no release. Start with `citydiplomacy serve`.")
        own = LocalEngine(folder / deployment.SOCKET, self._settings)
        return place, create_app(self._settings, own, found, self._store or own, self._past)


application = Served(settings.from_environment())
