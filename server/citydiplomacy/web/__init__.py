"""The web: an application that serves one release through an engine."""

import os
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from citydiplomacy import release as releases
from citydiplomacy import settings as configuration
from citydiplomacy import supervisor
from citydiplomacy.engine import Engine
from citydiplomacy.namespaces import SLUG
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings
from citydiplomacy.web import (
    access,
    activity,
    cache,
    dataset,
    dispatching,
    entities,
    errors,
    exploration,
    explore,
    fragments,
    frozen,
    head,
    headers,
    history,
    home,
    memento,
    metrics,
    nanopublications,
    oai,
    openapi,
    queries,
    reconcile,
    rendering,
    report,
    search,
    shortcut,
    site,
    sitemap,
    sparql,
    unapi,
    validate,
    versions,
    vocabulary,
    wikidata,
)
from citydiplomacy.web.past import NoPast, Past, Pinned, Recalled
from citydiplomacy.web.site import Site

_GROUPS = (
    home,
    activity,
    dataset,
    exploration,
    explore,
    entities,
    fragments,
    frozen,
    history,
    memento,
    metrics,
    nanopublications,
    oai,
    openapi,
    queries,
    reconcile,
    search,
    sitemap,
    sparql,
    unapi,
    validate,
    versions,
    vocabulary,
    wikidata,
)


class NameConverter(BaseConverter):
    """Kinds, slugs and the other readable parts of our IRIs."""

    regex = SLUG.pattern


class Application(Flask):
    """The application, and what is to end with it."""

    def __init__(self) -> None:
        super().__init__(__name__)
        self.held = ExitStack()

    def close(self) -> None:
        """End what was started for this application alone; it answers no query after that."""
        self.held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()


def create_app_for(nquads_path: str | os.PathLike[str], **settings: Any) -> Application:
    """Return an application that serves any N-Quads file, with an engine of its own.

    What the file says outside all named graphs is in the default graph; unless
    `union_default_graph=False`, so is everything else. The file is copied: later changes to it are
    not seen. `close()`, or the end of a `with` block, ends the engine and removes the copy. An
    engine that dies is not started again; that is what `citydiplomacy serve` is for::

        with create_app_for("world.nq", query_seconds=2) as app:
            app.test_client().get("/sparql?query=ASK{}")

    Args:
        nquads_path: The file.
        settings: Settings by name, as in `citydiplomacy.settings.Settings`; what is not given has
            its default, whatever the environment says. Those of the web server and of releases
            have no effect.

    Raises:
        OSError: the file cannot be read.
        SyntaxError: the file is not N-Quads.
        TypeError: there is no setting of such a name.
        ValueError: a setting does not accept the value given.
    """
    checked = configuration.checked(**settings)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="citydiplomacy-"))
        release = releases.of_file(Path(nquads_path), Path(folder))
        engine = stack.enter_context(supervisor.running_engine(checked, release.folder))
        app = create_app(checked, engine, release)
        app.held = stack.pop_all()
    return app


def create_app(
    settings: Settings,
    engine: Engine,
    release: Release,
    public: Engine | None = None,
    past: Past | None = None,
) -> Application:
    """Return the application that serves the release.

    Args:
        settings: Those of the service.
        engine: Answers the queries of pages.
        release: What the engine has loaded.
        public: Answers the queries of visitors, where that is not the same engine.
        past: Knows the engines of published versions.
    """
    shown = site.build(settings, engine, release, public or engine, past or NoPast())
    app = _application(settings, shown)
    dispatching.register(app, partial(_narrow, settings))
    cache.register(app, settings)
    access.register(app, settings)
    if settings.proxies:
        # Whatever stands before the last of our own proxies is the client's word, and not taken.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]
    return app


def _application(settings: Settings, site_: Site) -> Application:
    """Return an application over a site, without what stands in front of it."""
    app = Application()
    # A form carries its query percent-encoded, at worst three bytes for one.
    app.config["MAX_CONTENT_LENGTH"] = 3 * settings.query_length + 10_000
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    app.url_map.converters["name"] = NameConverter
    app.url_map.converters["version"] = versions.VersionConverter
    # Lines that only tell the template what to do leave nothing in the page.
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    # Werkzeug's own slash redirects would name the host that the client claims.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.extensions[site.EXTENSION] = site_
    for group in _GROUPS:
        app.register_blueprint(group.blueprint)
    errors.register(app)
    headers.register(app)
    memento.register(app)
    rendering.register(app)
    report.register(app)
    nanopublications.register(app)
    head.register(app)
    shortcut.register(app)
    return app


def _narrow(settings: Settings, recalled: Recalled) -> Application:
    """Return an application that shows nothing but one version."""
    engine = recalled.engine
    return _application(settings, site.build(settings, engine, recalled.release, engine, Pinned()))
