"""Bodies of requests: they are read while threads are left for others, and as what they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs

from flask import request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from citydiplomacy.errors import (
    BadParameterError,
    EngineBusyError,
    RequestError,
    TooMuchAtOnceError,
    UnsupportedMediaTypeError,
)
from citydiplomacy.web import protocol
from citydiplomacy.web.site import site

_FIELDS = 20


@contextmanager
def reading() -> Iterator[None]:
    """Let a body be read; bodies that never end must not hold every thread.

    Raises:
        EngineBusyError: half of the threads wait for bodies already.
    """
    if not site().bodies.acquire(blocking=False):
        raise EngineBusyError("Too many queries are being sent.", "Try again in a few seconds.")
    try:
        yield
    except (HTTPException, RequestError):
        # Who is cut off while sending never gets to read why.
        protocol.drain(request)
        raise
    finally:
        site().bodies.release()


def text(media_type: str, longest: int) -> str:
    """Return the body of a type.

    Raises:
        BadParameterError: it is not UTF-8.
        TooMuchAtOnceError: it has more bytes than the longest may have.
        UnsupportedMediaTypeError: it is of another type.
    """
    request.max_content_length = longest
    try:
        with reading():
            if request.mimetype != media_type:
                told = request.mimetype or "unknown"
                raise UnsupportedMediaTypeError(
                    f"A body of type {told} is not read here.", f"Send it as {media_type}."
                )
            return _decoded(request.get_data())
    except RequestEntityTooLarge as error:
        raise TooMuchAtOnceError(
            f"The body is longer than {longest} bytes.", "Send less at once."
        ) from error


def form(longest: int) -> dict[str, str]:
    """Return the fields of a body that is a form, each of which has one value.

    Raises:
        RequestError: as of `text`, or there is a field twice, or too many of them.
    """
    return fields(text(protocol.FORM, longest))


def parameters() -> dict[str, str]:
    """Return the parameters in the address, each of which has one value.

    Raises:
        BadParameterError: they are not UTF-8, or there is one twice, or too many of them.
    """
    return fields(_decoded(request.query_string))


def fields(written: str) -> dict[str, str]:
    """Return the fields of a form as it is sent.

    Raises:
        BadParameterError: there is one twice, or too many of them, or one that is not UTF-8.
    """
    try:
        found = parse_qs(written, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS)
    except UnicodeDecodeError as error:
        raise _not_utf8(error) from error
    except ValueError as error:
        raise BadParameterError(
            f"There are more than {_FIELDS} fields.", "Leave out what is not needed."
        ) from error
    twice = [name for name, values in found.items() if len(values) > 1]
    if twice:
        raise BadParameterError(f"{twice[0]} is given more than once.", "Give it once.")
    return {name: values[0] for name, values in found.items()}


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(error) from error


def _not_utf8(error: UnicodeDecodeError) -> BadParameterError:
    wrong = error.object[error.start]
    return BadParameterError(
        f"What was sent is not UTF-8: the byte 0x{wrong:02X} cannot be read.", "Send it as UTF-8."
    )
