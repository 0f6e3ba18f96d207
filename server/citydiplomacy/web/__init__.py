"""The web: an application that serves one release through an engine."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from citydiplomacy.engine import Engine
from citydiplomacy.namespaces import SLUG
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings
from citydiplomacy.web import (
    dataset,
    entities,
    errors,
    exploration,
    headers,
    home,
    queries,
    rendering,
    site,
    sparql,
    vocabulary,
)

_GROUPS = (home, dataset, exploration, entities, queries, sparql, vocabulary)


class NameConverter(BaseConverter):
    """Kinds, slugs and the other readable parts of our IRIs."""

    regex = SLUG.pattern


def create_app(settings: Settings, engine: Engine, release: Release) -> Flask:
    """Return the application that serves the release."""
    app = Flask(__name__)
    # A form carries its query percent-encoded, at worst three bytes for one.
    app.config["MAX_CONTENT_LENGTH"] = 3 * settings.query_length + 10_000
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    app.url_map.converters["name"] = NameConverter
    # Werkzeug's own slash redirects would name the host that the client claims.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    if settings.proxies:
        # Whatever stands before the last of our own proxies is the client's word, and not taken.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]
    app.extensions[site.EXTENSION] = site.build(settings, engine, release)
    for group in _GROUPS:
        app.register_blueprint(group.blueprint)
    errors.register(app)
    headers.register(app)
    rendering.register(app)
    return app
