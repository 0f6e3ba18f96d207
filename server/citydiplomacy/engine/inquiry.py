"""A query on its way to a remote store, composed by SPARQLWrapper."""

from collections.abc import Iterator
from urllib.parse import urlsplit
from urllib.request import Request

from SPARQLWrapper import POST, SPARQLWrapper

from citydiplomacy import __version__
from citydiplomacy.engine import Form, Query
from citydiplomacy.engine.credentials import Credentials
from citydiplomacy.engine.transcript import accepted

_AGENT = f"citydiplomacy/{__version__}"


class Inquiry(SPARQLWrapper):
    """A query as SPARQLWrapper sends it, but for two things that it leaves to chance.

    It looks for the form of a query with expressions that a text of blank lines keeps busy for
    seconds, and may take a comment for an update: the guard knows the form. And it opens addresses
    as urllib does, which sends credentials on to wherever it is redirected.
    """

    def __init__(
        self,
        store: str,
        query: Query,
        form: Form,
        credentials: Credentials,
        agent: str = _AGENT,
    ) -> None:
        self._form = form.upper()
        super().__init__(store, agent=agent)
        self.setMethod(POST)
        self.setOnlyConneg(True)
        self.addCustomHttpHeader("Accept", accepted(form))
        for name, graphs in dataset(query):
            for graph in graphs:
                self.addParameter(name, graph)
        if credentials.token:
            self.addCustomHttpHeader("Authorization", f"Bearer {credentials.token}")
        elif credentials.user:
            self.setCredentials(credentials.user, credentials.password)
        self.setQuery(query.text)

    def request(self) -> Request:
        """Return what is to be sent."""
        request: Request = self._createRequest()
        return request

    def _parseQueryType(self, _query: str) -> str:  # noqa: N802  # their name
        return self._form


def address(store: str) -> str:
    """Return the address of a service as it may be shown: without its query.

    Raises:
        ValueError: it is no address of a service, or has credentials in it.
    """
    try:
        parts = urlsplit(store)
        _ = parts.port
    except ValueError as error:
        raise ValueError(f"CITYDIPLOMACY_STORE is no address: {error}.") from error
    if parts.username is not None or parts.password is not None:
        raise ValueError(
            "CITYDIPLOMACY_STORE has credentials in it. "
            "Give them as CITYDIPLOMACY_STORE_USER and CITYDIPLOMACY_STORE_PASSWORD."
        )
    usable = store.isascii() and store.isprintable() and " " not in store
    if not usable or parts.scheme not in {"http", "https"} or not parts.hostname or parts.fragment:
        raise ValueError(
            f"CITYDIPLOMACY_STORE={store!r} is no address of a SPARQL service. "
            "Give one that begins with http:// or https://."
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def dataset(query: Query) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the parameters of the protocol with the graphs that they name."""
    yield "default-graph-uri", query.default_graphs or ()
    yield "named-graph-uri", query.named_graphs or ()
