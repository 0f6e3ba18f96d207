"""Versions of the data: how they are written, ordered, and what comes between two of them."""

import re
from typing import NamedTuple, Self

from citydiplomacy.errors import VersionError

PATTERN = r"(?:0|[1-9]\d{0,5})\.(?:0|[1-9]\d{0,5})\.(?:0|[1-9]\d{0,5})"
_WRITTEN = re.compile(PATTERN, re.ASCII)
_UNPUBLISHED = "dev"


PARAMETER = "version"
"""What in an address names the version that is asked for."""


class Version(NamedTuple):
    """A version that can be published, by semantic versioning: ordered as its numbers are."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the version that is written so.

        Raises:
            VersionError: it is none that can be published.
        """
        if not _WRITTEN.fullmatch(text):
            raise VersionError(
                f"{text!r} is no version that can be published. "
                "Write three numbers, such as 0.2.0: major, minor, patch."
            )
        return cls(*map(int, text.split(".")))

    @property
    def after(self) -> str:
        """What is called that which is newer and not published: a pre-release of the next patch."""
        return f"{self._replace(patch=self.patch + 1)}-{_UNPUBLISHED}"


FIRST = f"{Version(0, 1, 0)}-{_UNPUBLISHED}"
"""What is called that which is there before any version is published."""


def is_published(name: str) -> bool:
    """Tell whether a version is called as published ones are, and nothing else is."""
    return _WRITTEN.fullmatch(name) is not None


def pinned(address: str, version: str) -> str:
    """Return the address of what another one leads to, as a version has it."""
    whole, mark, fragment = address.partition("#")
    joined = "&" if "?" in whole else "?"
    return f"{whole}{joined}{PARAMETER}={version}{mark}{fragment}"
