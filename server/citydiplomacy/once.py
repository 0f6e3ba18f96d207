"""Properties that are made once, however many threads ask for them first."""

from collections.abc import Callable
from threading import RLock
from typing import Any, Generic, TypeVar, overload

Owner = TypeVar("Owner")
Made = TypeVar("Made")


class once(Generic[Owner, Made]):  # noqa: N801  # it is used as a decorator
    """A property whose value is made when it is first asked for, and kept.

    That of `functools` lets each thread make a value of its own, from Python 3.12 on.
    """

    def __init__(self, make: Callable[[Owner], Made]) -> None:
        self._make = make
        self._lock = RLock()
        self.__doc__ = make.__doc__

    def __set_name__(self, _owner: type[Owner], name: str) -> None:
        """Learn under which name it is kept."""
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type[Owner]) -> "once[Owner, Made]": ...

    @overload
    def __get__(self, instance: Owner, owner: type[Owner]) -> Made: ...

    def __get__(self, instance: Owner | None, owner: type[Owner]) -> "Made | once[Owner, Made]":
        """Return the value; it is found in the instance itself from then on."""
        if instance is None:
            return self
        with self._lock:
            kept: dict[str, Any] = instance.__dict__
            if self._name not in kept:
                kept[self._name] = self._make(instance)
            found: Made = kept[self._name]
            return found
