"""The answers that a cache keeps: as many bytes as it may hold, the least used go first."""

from collections import OrderedDict
from typing import NamedTuple

from citydiplomacy.web.answers import Answer

_LARGEST_SHARE = 16
"""An answer may fill one part in so many: no single one drives out the rest."""


class Address(NamedTuple):
    """What is asked for: the path as the server decoded it, mount point and query as they came."""

    mount: str
    path: str
    query: str


class Kept:
    """Answers by address, and of one address by the formats that were chosen; one thread only."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.filled = 0
        self.evicted = 0
        self._answers: OrderedDict[Address, list[Answer]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._answers)

    def find(self, address: Address, accept: str) -> Answer | None:
        """Return the answer for an Accept header, which is now the last that would go."""
        for answer in self._answers.get(address, ()):
            if answer.suits(accept):
                self._answers.move_to_end(address)
                return answer
        return None

    def keep(self, address: Address, answer: Answer) -> bool:
        """Keep an answer if it is small enough and nobody else's; tell whether it is kept."""
        if not answer.is_shareable or _cost(address, answer) > self.size // _LARGEST_SHARE:
            return False
        answers = self._answers.setdefault(address, [])
        # Two that asked at the same time bring the same.
        if all(other.told.choices != answer.told.choices for other in answers):
            answers.append(answer)
            self.filled += _cost(address, answer)
            self._make_room()
        return True

    def _make_room(self) -> None:
        while self.filled > self.size:
            address, answers = self._answers.popitem(last=False)
            self.filled -= sum(_cost(address, answer) for answer in answers)
            self.evicted += 1


def _cost(address: Address, answer: Answer) -> int:
    return answer.cost + sum(map(len, address))
