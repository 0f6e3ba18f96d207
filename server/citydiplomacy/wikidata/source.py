"""A public SPARQL endpoint, asked as its operators wish: one query at a time, and in no hurry.

What passes (it has too much to do, it breaks off, it sends a page of its own in the place of an
answer) is tried again, each time after a longer pause, and never before the time that it asks us
to wait. What does not pass is told at once.
"""

import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse

from citydiplomacy import __version__
from citydiplomacy.engine import Query, refusals, rows
from citydiplomacy.engine.credentials import Credentials
from citydiplomacy.engine.exchange import Deadline, answered
from citydiplomacy.engine.inquiry import Inquiry, address
from citydiplomacy.engine.rows import Solutions
from citydiplomacy.errors import CityDiplomacyError
from citydiplomacy.namespaces import BASE

AGENT = f"CityDiplomacyGraph/{__version__} ({BASE}about) SPARQLWrapper"
"""Who asks, and where to complain: operators of public endpoints want to know both."""

_SHOWN = 200
_REDIRECTION = 3
_BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
_SLOW = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT}


class HarvestError(CityDiplomacyError):
    """The endpoint does not answer as it has to, and trying again at once would not help."""


class TooHeavyError(HarvestError):
    """A query is too much for the endpoint: half of it may not be."""


@dataclass(frozen=True)
class Manners:
    """How the endpoint is asked; the defaults keep to the limits of the Wikidata Query Service."""

    pause: float = 1.0
    """Seconds between an answer and the next request."""
    patience: float = 65.0
    """Seconds for one request: the service stops a query after 60."""
    tries: int = 6
    heavy_tries: int = 2
    """How often a query is sent that takes too long, before it counts as too heavy."""
    first_wait: float = 2.0
    """Seconds before the second try, which double with every other one."""
    longest_wait: float = 300.0
    """Seconds to wait at most; whoever asks for more is asked again another time."""
    most_bytes: int = 64 * 1024 * 1024
    """Bytes that one answer may have."""


class _TransientError(Exception):
    """Something that may be over when it is tried again."""

    def __init__(self, what: str, wanted: float = 0.0, *, is_heavy: bool = False) -> None:
        super().__init__(what)
        self.wanted = wanted
        """Seconds that the endpoint asks us to wait."""
        self.is_heavy = is_heavy


class Endpoint:
    """Asks one endpoint; not to be shared between threads, which would be two at a time."""

    def __init__(self, store: str, manners: Manners | None = None) -> None:
        """Take note of the endpoint; nothing is sent yet.

        Raises:
            HarvestError: its address cannot be used.
        """
        try:
            address(store)
        except ValueError as error:
            raise HarvestError(
                f"{store!r} is no address of a SPARQL endpoint. "
                "Give one that begins with http:// or https://."
            ) from error
        self.address = store
        self._manners = manners or Manners()
        self._not_before = 0.0

    def ask(self, text: str) -> Solutions:
        """Return what a SELECT query finds, all of it.

        Raises:
            TooHeavyError: the query takes too long, or its answer is too large.
            HarvestError: it is refused, or cannot be answered now.
        """
        heavy = 0
        for attempt in range(self._manners.tries):
            try:
                return self._asked(text)
            except _TransientError as trouble:
                heavy += trouble.is_heavy
                if heavy >= self._manners.heavy_tries:
                    raise TooHeavyError(f"{self.address} {trouble}.") from trouble
                self._stand_back(attempt, trouble)
        raise HarvestError(
            f"{self.address} could not be asked in {self._manners.tries} tries. "
            "What was brought is kept: the same command goes on from there."
        )

    def _asked(self, text: str) -> Solutions:
        time.sleep(max(0.0, self._not_before - time.monotonic()))
        try:
            return self._exchange(text)
        except TimeoutError as error:
            raise _TransientError("did not answer in time", is_heavy=True) from error
        except (OSError, HTTPException) as error:
            raise _TransientError(f"broke off ({type(error).__name__})") from error
        finally:
            self._not_before = time.monotonic() + self._manners.pause

    def _exchange(self, text: str) -> Solutions:
        request = Inquiry(self.address, Query(text), "select", Credentials(), AGENT).request()
        with answered(request, Deadline(self._manners.patience)) as response:
            if response.status != HTTPStatus.OK:
                raise self._refusal(response)
            return self._whole(response)

    def _whole(self, response: HTTPResponse) -> Solutions:
        """Return the solutions, if the response is an answer from its beginning to its end."""
        body = response.read(self._manners.most_bytes + 1)
        if len(body) > self._manners.most_bytes:
            raise TooHeavyError(f"{self.address} sends more than {self._manners.most_bytes} bytes.")
        if "json" not in response.headers.get("Content-Type", ""):
            raise _TransientError("sent something else in the place of an answer")
        try:
            found = rows.read(body)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            # The service writes why it stopped behind the rows that it had sent by then.
            is_late = b"TimeoutException" in body
            raise _TransientError("sent a part of an answer", is_heavy=is_late) from error
        if isinstance(found, bool):
            raise _TransientError("said yes or no where rows were asked for")
        return found

    def _refusal(self, response: HTTPResponse) -> Exception:
        """Return what another status than 200 amounts to."""
        status, words = response.status, refusals.words(response)[:_SHOWN]
        if status in _BUSY:
            return _TransientError("has too much to do", _seconds(response))
        if status in _SLOW or "Timeout" in words:
            return _TransientError("takes too long", is_heavy=True)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return _TransientError(f"answers with status {status}")
        if status // 100 == _REDIRECTION:
            place = response.headers.get("Location", "somewhere else")
            return HarvestError(f"{self.address} sends on to {place}. Give the address it means.")
        return HarvestError(f"{self.address} refuses with status {status}: {words}")

    def _stand_back(self, attempt: int, trouble: _TransientError) -> None:
        """Let the next request wait, as long as the endpoint wants or else longer each time.

        Raises:
            HarvestError: it wants longer than anybody waits for a command.
        """
        if trouble.wanted > self._manners.longest_wait:
            raise HarvestError(
                f"{self.address} asks to wait for {trouble.wanted:.0f} seconds. "
                "What was brought is kept: the same command goes on from there."
            ) from trouble
        grown = min(self._manners.longest_wait, self._manners.first_wait * 2**attempt)
        # Not all who were turned away together are to come back together.
        wait = max(trouble.wanted, grown * random.uniform(0.5, 1))  # noqa: S311  # no secret
        self._not_before = max(self._not_before, time.monotonic() + wait)


def _seconds(response: HTTPResponse) -> float:
    """Return how long the endpoint asks us to wait: a number of seconds, or until a time."""
    told = response.headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdecimal():
        return float(told)
    try:
        until = parsedate_to_datetime(told)
    except ValueError:
        return 0.0
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
