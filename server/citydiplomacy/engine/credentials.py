"""What opens the remote store: from the environment only, and never shown."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

USER, PASSWORD, TOKEN = (f"CITYDIPLOMACY_STORE_{name}" for name in ("USER", "PASSWORD", "TOKEN"))
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


@dataclass(frozen=True)
class Credentials:
    """A user with a password, or a bearer token, or nothing."""

    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    def are_in(self, text: str) -> bool:
        """Tell whether a text would give any of them away."""
        return any(secret in text for secret in (self.password, self.token) if secret)


def from_environment(environment: Mapping[str, str] | None = None) -> Credentials:
    """Return the credentials that the environment holds.

    Raises:
        ValueError: they are not whole, or cannot be sent; the message shows none of them.
    """
    environment = os.environ if environment is None else environment
    user, password, token = (environment.get(name, "") for name in (USER, PASSWORD, TOKEN))
    if bool(user) != bool(password):
        raise ValueError(f"{USER} and {PASSWORD} belong together. Give both or neither.")
    if user and token:
        raise ValueError(f"{USER} and {TOKEN} exclude each other. Give one of them.")
    if ":" in user:
        raise ValueError(f"{USER} has a colon, which no user name can have in HTTP.")
    if token and not _TOKEN.fullmatch(token):
        raise ValueError(f"{TOKEN} is no bearer token. Give it without “Bearer” and spaces.")
    return Credentials(user, password, token)


def withheld(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without the credentials, for processes that need none."""
    return {
        name: value for name, value in environment.items() if name not in {USER, PASSWORD, TOKEN}
    }
