"""The application that a web server imports, built from the environment."""

from citydiplomacy import release, settings
from citydiplomacy.engine.local import LocalEngine
from citydiplomacy.errors import NoReleaseError
from citydiplomacy.web import create_app

_settings = settings.from_environment()
_release = release.at(_settings.release_folder)
if _release is None:
    raise NoReleaseError(
        f"{_settings.release_folder} holds no release. Start with `citydiplomacy serve`."
    )
application = create_app(_settings, LocalEngine(_settings.engine_socket, _settings), _release)
