"""City diplomacy as a citable knowledge graph, and the service that publishes it."""

from importlib.metadata import version

__version__ = version("citydiplomacy")
