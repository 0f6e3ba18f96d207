"""Handing a request that names a version to an application over that version.

`version` among the parameters of an address asks for a version. The application over it does not
see the parameter, and shows nothing else.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from urllib.parse import unquote_plus
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, request

from citydiplomacy.errors import BadParameterError, RequestError
from citydiplomacy.versions import PARAMETER
from citydiplomacy.web import past, within
from citydiplomacy.web.past import Recalled
from citydiplomacy.web.site import EXTENSION, Site

ASKED = "citydiplomacy.asked"
"""Where in the WSGI environment of an application over a version its whole query string stands."""

_FAULT = "citydiplomacy.fault"
"""Where in the WSGI environment the application finds why a version cannot be asked."""


def register(app: Flask, make: Callable[[Recalled], Flask]) -> None:
    """Let an application over a version answer what is asked of that version.

    Args:
        app: The application that answers everything else, and says why a version cannot be asked.
        make: Makes an application that shows nothing but one version.
    """
    app.before_request(_refuse)
    app.wsgi_app = Dispatcher(app, make)  # type: ignore[method-assign]  # how Flask wants it


class Dispatcher:
    """A WSGI application that hands each request to that of the version it names."""

    def __init__(self, app: Flask, make: Callable[[Recalled], Flask]) -> None:
        self._present = app.wsgi_app
        self._site: Site = app.extensions[EXTENSION]
        self._make = make
        self._lock = Lock()
        self._made: OrderedDict[str, tuple[Recalled, Flask]] = OrderedDict()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        asked = environ.get("QUERY_STRING", "")
        named, others = parted(asked) if asked else ([], "")
        if not named or within.is_timeless(environ["PATH_INFO"]):
            return self._present(environ, start_response)
        try:
            app = self._over(named)
        except RequestError as error:  # the application has words for it
            return self._present({**environ, _FAULT: error}, start_response)
        # The cache in front has the whole address, and goes on with it.
        return app.wsgi_app({**environ, "QUERY_STRING": others, ASKED: asked}, start_response)

    def _over(self, named: Sequence[str]) -> Flask:
        """Return the application over a version.

        Raises:
            RequestError: there is no such version, or it cannot be asked now.
        """
        here = self._site
        if len(named) > 1:
            raise BadParameterError("More than one version is named.", f"Give one “{PARAMETER}”.")
        version = past.found(named[0], here.versions, here.version).name
        is_shown = version == here.version
        recalled = Recalled(here.release, here.engine) if is_shown else here.past.recalled(version)
        with self._lock:
            known, app = self._made.get(version, (None, None))
            if app is None or known != recalled:
                app = self._make(recalled)
            self._made[version] = recalled, app
            self._made.move_to_end(version)
            while len(self._made) > here.settings.past_versions + 1:
                self._made.popitem(last=False)
        return app


def parted(parameters: str) -> tuple[list[str], str]:
    """Return the versions that a query string names, and what else stands in it, as it stands."""
    named, others = [], []
    for parameter in parameters.split("&"):
        name, _, value = parameter.partition("=")
        if unquote_plus(name) == PARAMETER:
            named.append(unquote_plus(value))
        else:
            others.append(parameter)
    return named, "&".join(others)


def _refuse() -> None:
    fault = request.environ.get(_FAULT)
    if isinstance(fault, RequestError):
        raise fault
