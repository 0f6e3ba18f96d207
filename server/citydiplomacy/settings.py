"""Every setting: its name, default and meaning, in one table.

A setting is read from the environment as `CITYDIPLOMACY_<NAME>`; the command line and the
documentation are made from the same table.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from citydiplomacy import paths

PREFIX = "CITYDIPLOMACY_"

_ON, _OFF = ("true", "1", "yes", "on"), ("false", "0", "no", "off")
_SWITCH = dict.fromkeys(_ON, True) | dict.fromkeys(_OFF, False)


def _told(
    meaning: str,
    numbers: range = range(1, sys.maxsize),
    shown: str | None = None,
    internal: bool = False,
) -> dict[str, Any]:
    """Return what is said of a setting; `shown` is a default that depends on the machine."""
    return {"help": meaning, "numbers": numbers, "shown": shown, "internal": internal}


def _setting(default: Any, meaning: str, *args: Any, **kwargs: Any) -> Any:
    return field(default=default, metadata=_told(meaning, *args, **kwargs))


_CORES = max(2, os.cpu_count() or 1)
_ANY_NUMBER = range(sys.maxsize)


@dataclass(frozen=True)
class Settings:
    """The settings of one running service."""

    host: str = _setting("127.0.0.1", "Address the web server listens on.")
    port: int = _setting(8000, "Port the web server listens on.", range(65_536))
    public_url: str = _setting(
        "",
        "Absolute address of the service for catalogues, search engines and crawlers; "
        "empty: made of host and port.",
    )
    proxies: int = _setting(
        0,
        "Reverse proxies in front of the service, whose word is taken for who the client is.",
        range(10),
    )
    contact: str = _setting(
        "",
        "Where readers report errors: a mail address, or a web address that takes title and body "
        "as parameters; on /about and on every entity.",
    )
    release_dir: Path = field(
        default_factory=paths.releases,
        metadata=_told(
            "Folder that holds the releases.",
            shown="`.release` in a checkout, else the user's cache",
        ),
    )
    web_processes: int = _setting(2, "Web server processes.")
    web_threads: int = _setting(64, "Blocking threads of each web server process.")
    cache_bytes: int = _setting(
        64 * 1024 * 1024, "Bytes of answers each web process keeps; 0 keeps none.", _ANY_NUMBER
    )
    access_log: str = _setting(
        "", "File that gets a line of JSON for each request; - is standard error, empty is none."
    )
    access_log_clients: bool = _setting(
        False, "Write the address of the client into the access log."
    )
    served: Path = field(
        default_factory=Path,
        metadata=_told(
            "Folder that names the release served and its engine; set by the supervisor.",
            internal=True,
        ),
    )
    versions: Path = field(
        default_factory=paths.versions,
        metadata=_told("Folder that holds the published versions of the data.", internal=True),
    )
    past_versions: int = _setting(
        2,
        "Published versions, beside the release, that are served at the same time; 0: none.",
        range(1000),
    )
    store: str = _setting(
        "", "Address of a SPARQL 1.1 service that answers /sparql; empty: our own engine does."
    )
    union_default_graph: bool = _setting(
        True, "Load the default graph as the union of all named graphs."
    )
    query_workers: int = _setting(
        _CORES,
        "Queries of visitors evaluated at the same time.",
        shown="the number of cores, at least 2",
    )
    slow_queries: int = _setting(
        4 * _CORES,
        "Queries of visitors that may run on, at low priority, when they are not done at once.",
        _ANY_NUMBER,
        shown="4 times query_workers' default",
    )
    page_workers: int = _setting(4, "Queries of our own pages evaluated at the same time.")
    query_queue: int = _setting(4, "Waiting queries of visitors allowed per worker.")
    client_queries: int = _setting(
        5,
        "Queries of one client that may run or wait at the same time; 0: no limit.",
        _ANY_NUMBER,
    )
    client_seconds: int = _setting(
        30, "Seconds of the engine's time one client may use a minute; 0: no limit.", _ANY_NUMBER
    )
    query_seconds: int = _setting(10, "Seconds a query may run.")
    query_length: int = _setting(64_000, "Bytes of text a query may have.")
    query_depth: int = _setting(100, "Brackets a query may nest.")
    query_patterns: int = _setting(100, "Triple patterns a query may have.")
    query_optionals: int = _setting(100, "OPTIONAL clauses a query may have.")
    query_operators: int = _setting(500, "Operators and clauses a query may have.")
    query_memory: int = _setting(1024 * 1024 * 1024, "Bytes of memory one query may add.")
    result_bytes: int = _setting(64 * 1024 * 1024, "Bytes a result may have.")
    validations: int = _setting(1, "Uploads each web process validates at the same time.")
    validation_bytes: int = _setting(250_000, "Bytes an upload to be validated may have.")
    validation_seconds: int = _setting(20, "Seconds the validation of an upload may take.")
    validation_memory: int = _setting(
        512 * 1024 * 1024, "Bytes of memory the validation of an upload may add."
    )

    @property
    def address(self) -> str:
        """The absolute address of the service, without a slash at the end."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"


def public() -> list[Field[Any]]:
    """Return the settings that an operator may change, in their order."""
    return [entry for entry in fields(Settings) if not entry.metadata["internal"]]


def default_in_words(entry: Field[Any]) -> str:
    """Return the default of a setting, as it is told to people."""
    shown: str | None = entry.metadata["shown"]
    return str(getattr(Settings(), entry.name)) if shown is None else shown


def from_environment(environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Return the defaults, changed by the environment, changed by the overrides given.

    Raises:
        ValueError: the environment has a value that its setting does not accept.
    """
    environment = os.environ if environment is None else environment
    found = {
        entry.name: _convert(entry, environment[variable], variable)
        for entry in fields(Settings)
        if (variable := PREFIX + entry.name.upper()) in environment
    }
    given = {name: value for name, value in overrides.items() if value is not None}
    return replace(Settings(), **found | given)


def checked(**given: Any) -> Settings:
    """Return the defaults, changed by the settings given by name, as values or as text.

    Raises:
        TypeError: there is no setting of such a name.
        ValueError: a setting does not accept the value given.
    """
    known = {entry.name: entry for entry in fields(Settings)}
    for name in given.keys() - known.keys():
        raise TypeError(f"There is no setting {name}. Choose from: {', '.join(known)}.")
    return Settings(**{name: _convert(known[name], given[name], name) for name in given})


def to_environment(settings: Settings) -> dict[str, str]:
    """Return the settings as environment variables, for processes that we start."""
    return {
        PREFIX + entry.name.upper(): str(getattr(settings, entry.name))
        for entry in fields(Settings)
    }


def _convert(entry: Field[Any], given: Any, shown: str) -> Any:
    """Return what was given as a value of its setting, which errors call as shown."""
    kind = type(getattr(Settings(), entry.name))
    text = str(given)
    try:
        value = _SWITCH[text.strip().lower()] if kind is bool else kind(text)
    except (KeyError, ValueError) as error:
        raise _refusal(entry, f"{shown}={given!r} is not {kind.__name__}", kind) from error
    if kind is int and value not in entry.metadata["numbers"]:
        raise _refusal(entry, f"{shown}={given!r} is out of range", kind)
    if kind is str and not isinstance(given, str):
        raise ValueError(f"{shown}={given!r} is not text.")
    return value


def _refusal(entry: Field[Any], fault: str, kind: type) -> ValueError:
    numbers = entry.metadata["numbers"]
    if kind is bool:
        accepted = f"one of {', '.join(_SWITCH)}"
    elif numbers.stop == sys.maxsize:
        accepted = f"a whole number of at least {numbers.start}"
    else:
        accepted = f"a whole number from {numbers.start} to {numbers.stop - 1}"
    return ValueError(f"{fault}. Give {accepted}.")
