"""A SPARQL 1.1 service somewhere else, asked in the place of the engine of this machine.

SPARQLWrapper composes the request; the exchange has our limits, and the answer is read to its end
before it is handed on. The service is chosen by the operator; its faults are told as ours, without
its address.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from threading import BoundedSemaphore

import pyoxigraph as ox

from citydiplomacy.engine import Form, Lane, Query, Result, faults, guard, refusals, virtuoso
from citydiplomacy.engine.breaker import Breaker
from citydiplomacy.engine.credentials import Credentials
from citydiplomacy.engine.exchange import Deadline, answered
from citydiplomacy.engine.inquiry import Inquiry, address, dataset
from citydiplomacy.engine.streams import BrokenAnswerError
from citydiplomacy.engine.transcript import transcribe
from citydiplomacy.errors import (
    BadParameterError,
    EngineBusyError,
    EngineUnavailableError,
    NotAcceptableError,
)
from citydiplomacy.formats import GRAPH_FORMATS, ROW_FORMATS
from citydiplomacy.settings import Settings

_log = logging.getLogger(__name__)

_PROBE = "ASK {}"
_PROBE_SECONDS = 1.0


class RemoteEngine:
    """Asks the service at `settings.store`; safe to share between threads."""

    def __init__(self, settings: Settings, credentials: Credentials) -> None:
        """Take note of the service; nothing is sent yet.

        Raises:
            ValueError: its address cannot be used.
        """
        self._address = address(settings.store)
        self._settings = settings
        self._credentials = credentials
        self._breaker = Breaker()
        # Bodies that are being sent may hold half of the threads; pages need the rest.
        self._places = BoundedSemaphore(max(1, settings.web_threads // 4))
        self._graphs_are_whole = False

    def run(self, query: Query, media_type: str, lane: Lane = "public", client: str = "") -> Result:
        """Return the finished result.

        Raises:
            RequestError: the query is refused, or ran into a limit, or cannot be answered now.
        """
        form = guard.check(query.text, self._settings)
        # SPARQL lets any character of the text be an escape; engines differ in whether they do.
        guard.check(refusals.unescaped(query.text), self._settings)
        _check_format(form, media_type)
        _check_graphs(query)
        if self._breaker.is_open():
            raise _away()
        if not self._places.acquire(blocking=False):
            raise EngineBusyError(
                "More queries are waiting than can be answered soon.", "Try again in a few seconds."
            )
        try:
            if self._breaker.is_on_trial() and not self._lives():
                raise _away()
            return self._found(query, form, media_type)
        finally:
            self._places.release()

    def _found(self, query: Query, form: Form, media_type: str) -> Result:
        with self._response(query, form) as response:
            self._check_status(response)
            virtuoso.check_is_whole(response.headers)
            if form in {"construct", "describe"} and virtuoso.is_sender(response.headers):
                self._check_graphs_are_whole()
            return transcribe(response, form, media_type, self._settings)

    @contextmanager
    def _response(self, query: Query, form: Form) -> Iterator[HTTPResponse]:
        """Yield the answer to a query, with what goes wrong meanwhile put into our words."""
        has_begun = False
        deadline = Deadline(self._settings.query_seconds)
        try:
            with answered(self._inquiry(query, form).request(), deadline) as response:
                has_begun = True
                self._breaker.answered()
                yield response
        except TimeoutError as error:
            if has_begun or self._lives():
                raise faults.overdue(self._settings) from error
            raise _away() from error
        except BrokenAnswerError as error:
            raise self._broken(str(error)) from error
        except (OSError, HTTPException) as error:
            if has_begun:
                raise self._broken(f"it ended early ({type(error).__name__})") from error
            self._breaker.failed()
            self._warn(f"cannot be asked: {type(error).__name__}: {error}")
            raise _away() from error

    def _inquiry(self, query: Query, form: Form) -> Inquiry:
        return Inquiry(self._settings.store, query, form, self._credentials)

    def _lives(self) -> bool:
        """Tell whether the service answers anything at all: else it hangs, and nobody waits."""
        try:
            probe = self._inquiry(Query(_PROBE), "ask")
            with answered(probe.request(), Deadline(_PROBE_SECONDS)):
                self._breaker.answered()
                return True
        except (OSError, HTTPException) as error:
            self._breaker.failed()
            self._warn(f"does not answer: {type(error).__name__}")
            return False

    def _check_status(self, response: HTTPResponse) -> None:
        if response.status == HTTPStatus.OK:
            return
        words = refusals.words(response)
        if self._credentials.are_in(words):
            words = ""
        error = refusals.refusal(response.status, words, self._settings)
        if isinstance(error, EngineUnavailableError):
            # Not the words: whoever turns us away may well repeat what we sent.
            self._warn(f"answers with status {response.status}. {refusals.advice(response)}")
        raise error

    def _check_graphs_are_whole(self) -> None:
        """Ask Virtuoso once for more rows than it would send if it cuts results."""
        if self._graphs_are_whole:
            return
        probe = Query(virtuoso.LIMIT_PROBE)
        with self._response(probe, "select") as response:
            self._check_status(response)
            if virtuoso.cuts(response.headers):
                self._warn("cuts graphs without saying so; raise its ResultSetMaxRows")
                raise virtuoso.untrusted_graph()
        self._graphs_are_whole = True

    def _broken(self, what: str) -> EngineUnavailableError:
        self._warn(f"sent no whole answer: {what}")
        return EngineUnavailableError(
            "The store behind this endpoint did not send a whole answer.", "Try again in a moment."
        )

    def _warn(self, what: str) -> None:
        _log.warning("The store %s %s", self._address, what)


def _check_graphs(query: Query) -> None:
    try:
        for _, graphs in dataset(query):
            for graph in graphs:
                ox.NamedNode(graph)
    except ValueError as error:
        raise BadParameterError(
            f"A graph of the dataset is not an IRI: {error}.", "Give absolute IRIs."
        ) from error


def _check_format(form: Form, media_type: str) -> None:
    is_graph = form in {"construct", "describe"}
    offered = [each.media_type for each in (GRAPH_FORMATS if is_graph else ROW_FORMATS)]
    if media_type not in offered:
        what = "a graph" if is_graph else "rows, or yes or no"
        raise NotAcceptableError(
            f"The answer to this query is {what}, which {media_type} cannot carry.",
            f"Ask for one of {', '.join(offered)}.",
        )


def _away() -> EngineUnavailableError:
    return EngineUnavailableError(
        "The store behind this endpoint does not answer.",
        "Try again in a moment; pages and downloads do not need it.",
    )
