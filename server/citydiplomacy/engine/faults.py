"""What went wrong with a query, in words: what the parser said, how a child died."""

import re
import signal

from citydiplomacy.errors import (
    EngineBusyError,
    EngineError,
    QuerySyntaxError,
    QueryTimeoutError,
    QueryTooComplexError,
    RequestError,
    ResultTooLargeError,
)
from citydiplomacy.settings import Settings

_PLACE = re.compile(r"error at (?P<line>\d+):(?P<column>\d+): (?P<reason>.*)", re.DOTALL)
# The parser lists whole classes of characters among what it expected; nobody reads those.
_CHARACTER_CLASS = re.compile(r"\['.*?'\](?=,|$)|\[_\]", re.DOTALL)
# A fault that it knows by name stands among them too, as words: "SELECT * is not authorized …".
_FAULT = re.compile(r"(?:^expected|,|of) (?P<words>[A-Z][\w*]* [^,]*[a-z][^,]*)")
_COMMAS = re.compile(r"(?:,\s*)+")
_REASON_LENGTH = 300


def syntax(message: str) -> QuerySyntaxError:
    """Return the error that the parser's message describes."""
    found = _PLACE.fullmatch(message)
    if found is None:
        return QuerySyntaxError(message[:_REASON_LENGTH])
    line, column = int(found["line"]), int(found["column"])
    reason = _COMMAS.sub(", ", _CHARACTER_CLASS.sub("", found["reason"])).strip(", ")
    fault = _FAULT.search(reason)
    if fault:
        reason = fault["words"]
    elif reason in {"expected", "expected one of"}:
        reason = "this cannot stand here"
    detail = f"Line {line}, column {column}: {reason[:_REASON_LENGTH]}."
    return QuerySyntaxError(detail, line, column)


def overdue(settings: Settings) -> QueryTimeoutError:
    """Return the error of a query that ran for too long."""
    return QueryTimeoutError(
        f"The query ran for longer than {settings.query_seconds} seconds.",
        "Ask about fewer nodes at once, or share a variable between all patterns.",
        "query_seconds",
        settings.query_seconds,
    )


def out_of_memory(settings: Settings) -> ResultTooLargeError:
    """Return the error of a query that needs more memory than it may have."""
    return ResultTooLargeError(
        f"The query needs more memory than {settings.query_memory // 2**20} MiB.",
        "Sort and group fewer rows, or share a variable between all patterns.",
        "query_memory",
        settings.query_memory,
    )


def too_large(limit: int) -> ResultTooLargeError:
    """Return the error of a result with too many bytes."""
    return ResultTooLargeError(
        f"The result is larger than {limit} bytes.",
        "Add LIMIT, ask for fewer columns, or download the whole dataset.",
        "result_bytes",
        limit,
    )


def too_many(settings: Settings) -> EngineBusyError:
    """Return the error of a client that asks for too much at the same time."""
    return EngineBusyError(
        f"You have {settings.client_queries} queries here already (client_queries).",
        "Wait for their answers before you ask the next.",
    )


def died(code: int, settings: Settings) -> RequestError:
    """Return the error of a child that died before it could say why."""
    if code == -signal.SIGXCPU:
        return overdue(settings)
    # Rust aborts where the child's memory ends; the kernel kills where the machine's ends.
    if code in {-signal.SIGABRT, -signal.SIGKILL}:
        return out_of_memory(settings)
    if code == -signal.SIGSEGV:
        return QueryTooComplexError(
            "The query nests too deeply to be evaluated.", "Break it into smaller queries."
        )
    return unexpected(f"with code {code}")


def unexpected(end: str) -> EngineError:
    """Return the error of a query that ended as none should; nothing in it is the query's."""
    return EngineError(f"The query ended unexpectedly {end}.", "Please tell us about the query.")
