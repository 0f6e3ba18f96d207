"""Budgets: what is spent is forgiven at the rate of the budget."""

import pytest

from citydiplomacy.engine.budgets import Budgets
from citydiplomacy.errors import BudgetSpentError
from citydiplomacy.settings import Settings


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time it shows."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def budgets(clock: Clock) -> Budgets:
    return Budgets(Settings(client_seconds=30), clock)


def is_refused(budgets: Budgets, client: str, at_work: float = 0.0) -> bool:
    try:
        budgets.check(client, at_work)
    except BudgetSpentError:
        return True
    return False


def test_a_client_may_spend_its_budget_at_once(budgets: Budgets) -> None:
    budgets.charge("a", 30)
    assert not is_refused(budgets, "a")
    budgets.charge("a", 1)
    assert is_refused(budgets, "a")
    assert not is_refused(budgets, "b")


def test_what_is_spent_is_forgiven_in_time(budgets: Budgets, clock: Clock) -> None:
    budgets.charge("a", 40)
    with pytest.raises(BudgetSpentError) as caught:
        budgets.check("a")
    clock.now = caught.value.wait
    assert not is_refused(budgets, "a")
    clock.now = 3600
    budgets.charge("a", 30)
    assert not is_refused(budgets, "a")


def test_what_still_runs_counts(budgets: Budgets) -> None:
    assert not is_refused(budgets, "a", 30)
    assert is_refused(budgets, "a", 31)


def test_nobody_and_no_limit_are_never_refused(budgets: Budgets, clock: Clock) -> None:
    budgets.charge("", 1000)
    assert not is_refused(budgets, "")
    free = Budgets(Settings(client_seconds=0), clock)
    free.charge("a", 1000)
    assert not is_refused(free, "a")


def test_a_crowd_of_clients_is_not_remembered_for_ever(budgets: Budgets) -> None:
    for number in range(20_000):
        budgets.charge(str(number), 31)
    assert is_refused(budgets, "19999")
    assert not is_refused(budgets, "0")
