"""Every error a user can meet, with what to do about it.

CityDiplomacyError
├── CheckFailedError            files that must not be published
├── NoReleaseError              nothing to serve
├── DamagedReleaseError         a release that is not what its manifest says
├── VersionError                a version that cannot be published, or that there is none of
├── TableError                  a table that cannot be imported
└── RequestError                answered over HTTP with its `status`
    ├── UnknownEntityError              404
    ├── RetiredEntityError              410
    ├── NotAcceptableError              406
    ├── UnsupportedMediaTypeError       415
    ├── BadParameterError               400
    ├── TooMuchAtOnceError              413
    ├── UnreadableDataError             400, with line and column
    ├── DataLimitError                  413, 504 or 507; names the limit and its setting
    ├── QueryError
    │   ├── QuerySyntaxError            400, with line and column
    │   ├── QueryRefusedError           400: what no query may contain
    │   ├── UpdateRefusedError          403
    │   └── QueryLimitError             names the limit and its setting
    │       ├── QueryTooComplexError        400
    │       ├── QueryTooLongError           413 (414 by GET)
    │       ├── QueryTimeoutError           504
    │       ├── ResultTooLargeError         507
    │       └── BudgetSpentError            429
    ├── EngineError
    │   ├── EngineBusyError             503
    │   └── EngineUnavailableError      503
    ├── DamagedVersionError             503
    └── ValidatorError
        ├── ValidatorBusyError          503
        └── ValidatorFailedError        503
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class CityDiplomacyError(Exception):
    """An error whose message is written for the person who meets it."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a file: where it is, what it is, how to mend it."""

    file: Path
    line: int | None
    message: str
    repair: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{place}: {self.message} {self.repair}"


class CheckFailedError(CityDiplomacyError):
    """Files are wrong; nothing of them is published."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class NoReleaseError(CityDiplomacyError):
    """There is no release to serve."""


class DamagedReleaseError(CityDiplomacyError):
    """A release is not what its manifest says; it is not served."""

    repair = "`citydiplomacy verify` tells more."


class VersionError(CityDiplomacyError):
    """A version cannot be published, or was not; the message says which can, or were."""


class TableError(CityDiplomacyError):
    """A table of others cannot be read, or not be imported as was asked; nothing of it was."""


class RequestError(CityDiplomacyError):
    """A request that gets an error status; `detail` says why and `repair` what to do."""

    status = 400
    title = "Bad request"
    headers: tuple[tuple[str, str], ...] = ()

    def __init__(self, detail: str, repair: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.repair = repair

    def extras(self) -> dict[str, str | int]:
        """Return the members that a problem document carries beyond the standard ones."""
        return {}


class UnknownEntityError(RequestError):
    """No entity, term, query or page has that address."""

    status = 404
    title = "Not found"


class RetiredEntityError(RequestError):
    """The entity once existed, and nothing took its place."""

    status = 410
    title = "Retired"


class NotAcceptableError(RequestError):
    """None of the formats asked for is offered."""

    status = 406
    title = "Not acceptable"


class UnsupportedMediaTypeError(RequestError):
    """The body of the request is of a type we do not read."""

    status = 415
    title = "Unsupported media type"


class BadParameterError(RequestError):
    """A parameter is missing, given twice or has a value we cannot use."""

    title = "Bad parameter"


class TooMuchAtOnceError(RequestError):
    """The request asks for more at once than is answered; part of it would be."""

    status = 413
    title = "Too much at once"


class UnreadableDataError(RequestError):
    """Data that was sent cannot be read; line and column (from 1) say where reading stopped."""

    title = "Data not understood"

    def __init__(
        self, detail: str, repair: str = "", line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(detail, repair)
        self.line = line
        self.column = column

    def extras(self) -> dict[str, str | int]:
        """Return line and column where they are known."""
        place = {"line": self.line, "column": self.column}
        return {name: number for name, number in place.items() if number is not None}


class DataLimitError(RequestError):
    """Data that was sent runs into a limit; `setting` is what an operator would change."""

    status = 413
    title = "Data limit reached"

    def __init__(
        self, detail: str, repair: str = "", setting: str = "", limit: int = 0, status: int = 413
    ) -> None:
        super().__init__(detail, repair)
        self.setting = setting
        self.limit = limit
        self.status = status

    def extras(self) -> dict[str, str | int]:
        """Return the limit and the setting that holds it."""
        return {"setting": self.setting, "limit": self.limit} if self.setting else {}


class QueryError(RequestError):
    """A query that is not answered."""

    title = "Query not answered"


class QuerySyntaxError(QueryError):
    """The query is not SPARQL 1.1; line and column (from 1) say where reading stopped."""

    title = "Query syntax error"

    def __init__(self, detail: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(detail, "See https://www.w3.org/TR/sparql11-query/ for the grammar.")
        self.line = line
        self.column = column

    def extras(self) -> dict[str, str | int]:
        """Return line and column where they are known."""
        place = {"line": self.line, "column": self.column}
        return {name: number for name, number in place.items() if number is not None}


class QueryRefusedError(QueryError):
    """The query asks for something this endpoint never does, such as calling other services."""

    title = "Query refused"


class UpdateRefusedError(QueryError):
    """The text is a SPARQL Update, and the endpoint is read-only."""

    status = 403
    title = "Updates are refused"


class QueryLimitError(QueryError):
    """The query ran into a limit; `setting` is what an operator would change."""

    title = "Query limit reached"

    def __init__(self, detail: str, repair: str = "", setting: str = "", limit: int = 0) -> None:
        super().__init__(detail, repair)
        self.setting = setting
        self.limit = limit

    def extras(self) -> dict[str, str | int]:
        """Return the limit and the setting that holds it."""
        return {"setting": self.setting, "limit": self.limit} if self.setting else {}


class QueryTooComplexError(QueryLimitError):
    """The query nests too deeply or has too many parts."""

    title = "Query too complex"


class QueryTooLongError(QueryLimitError):
    """The text of the query is too long."""

    status = 413
    title = "Query too long"


class QueryTimeoutError(QueryLimitError):
    """The query ran for longer than the limit and was stopped."""

    status = 504
    title = "Query took too long"


class ResultTooLargeError(QueryLimitError):
    """The result, or the memory needed to find it, is larger than the limit."""

    status = 507
    title = "Result too large"


class BudgetSpentError(QueryLimitError):
    """The client's queries have taken as much of the engine's time as one client may have."""

    status = 429
    title = "Budget spent"

    def __init__(
        self, detail: str, repair: str = "", setting: str = "", limit: int = 0, wait: int = 60
    ) -> None:
        super().__init__(detail, repair, setting, limit)
        self.wait = wait
        self.headers = (("Retry-After", str(wait)),)


class EngineError(RequestError):
    """The engine cannot answer now."""

    status = 503
    title = "Query engine unavailable"
    headers = (("Retry-After", "5"),)


class EngineBusyError(EngineError):
    """Too many queries wait already."""

    title = "Query engine busy"


class EngineUnavailableError(EngineError):
    """The engine process cannot be reached; it is restarted by the supervisor."""


class DamagedVersionError(RequestError):
    """Of a published version a file is damaged here, and nothing is answered from it."""

    status = 503
    title = "Version damaged"


class ValidatorError(RequestError):
    """Data cannot be validated now."""

    status = 503
    title = "Validator unavailable"
    headers = (("Retry-After", "5"),)


class ValidatorBusyError(ValidatorError):
    """As much data is being validated as may be at once."""

    title = "Validator busy"


class ValidatorFailedError(ValidatorError):
    """The process that validates could not be started, or broke."""
