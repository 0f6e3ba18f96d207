"""The published versions of the past, as they are asked: each through an engine of its own."""

from typing import Protocol

from citydiplomacy.engine import Engine
from citydiplomacy.errors import EngineUnavailableError


class Past(Protocol):
    """What knows the engines of published versions."""

    def engine(self, version: str) -> Engine:
        """Return the engine of a version that was published.

        Raises:
            EngineUnavailableError: it cannot be asked now, or not here.
        """


class NoPast:
    """The past of a service that serves one release only."""

    def engine(self, version: str) -> Engine:
        """Refuse: there is none."""
        raise EngineUnavailableError(
            f"Version {version} is not served here.",
            f"Its files are at /dataset/{version}.",
        )
