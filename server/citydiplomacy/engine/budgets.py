"""How much of the engine's time each client may use."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from citydiplomacy.errors import BudgetSpentError
from citydiplomacy.settings import Settings

_MINUTE = 60.0

_CLIENTS = 10_000
"""Clients remembered; those who have rested for longest are forgotten first."""


@dataclass
class _Account:
    spent: float
    at: float


class Budgets:
    """Seconds of work that were done for each client and are not yet forgiven.

    A budget of n seconds a minute is forgiven at n seconds a minute, so that a client may spend it
    all at once, or go on for ever at that rate.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._limit = settings.client_seconds
        self._clock = clock
        self._accounts: dict[str, _Account] = {}

    def check(self, client: str, at_work: float = 0.0) -> None:
        """Let a client pass whose budget is not spent; `at_work` is what its queries have run.

        Raises:
            BudgetSpentError: it is; the error says when to come back.
        """
        if not client or not self._limit:
            return
        debt = self._spent(client) + at_work - self._limit
        if debt > 0:
            raise BudgetSpentError(
                f"Your queries have taken more than {self._limit} seconds within a minute.",
                "Wait, then ask fewer or lighter queries, or download the whole dataset.",
                "client_seconds",
                self._limit,
                math.ceil(debt * _MINUTE / self._limit) + 1,
            )

    def charge(self, client: str, seconds: float) -> None:
        """Note that so many seconds were spent for a client."""
        if not client or not self._limit:
            return
        spent = self._spent(client)
        self._accounts.pop(client, None)  # whoever pays goes to the end of the line
        self._accounts[client] = _Account(spent + seconds, self._clock())
        if len(self._accounts) > _CLIENTS:
            del self._accounts[next(iter(self._accounts))]

    def _spent(self, client: str) -> float:
        account = self._accounts.get(client)
        if account is None:
            return 0.0
        forgiven = (self._clock() - account.at) * self._limit / _MINUTE
        return max(0.0, account.spent - forgiven)
