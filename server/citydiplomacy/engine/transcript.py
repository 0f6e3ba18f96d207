"""Reading what a remote store sends, and writing it anew in the format asked for.

Whatever the visitor wants, the store is asked for one format of rows and one of graphs. Each
answer is read to its end by a parser before anybody gets a byte of it, so that a part of an
answer, or something else in its place, is an error; and every store's answers look alike.
"""

import io
import json
import tempfile
from collections.abc import Iterator
from http.client import HTTPResponse
from itertools import islice
from typing import IO, Any, BinaryIO, cast

import pyoxigraph as ox

from citydiplomacy.engine import Form, Result, virtuoso
from citydiplomacy.engine.streams import (
    CHUNK,
    MARKUP,
    BrokenAnswerError,
    RelabelledSource,
    Source,
    Writer,
    XmlWriter,
)
from citydiplomacy.formats import JSON_ROWS, NTRIPLES, TURTLE, Format
from citydiplomacy.settings import Settings

IN_MEMORY = 1024 * 1024
"""Bytes of a result that are kept in memory; a longer one goes to an unlinked file."""

_JSON = ox.QueryResultsFormat.JSON


def accepted(form: Form) -> str:
    """Return the Accept header for queries of a form."""
    if form in {"construct", "describe"}:
        return f"{NTRIPLES.media_type}, {TURTLE.media_type};q=0.5"
    return JSON_ROWS.media_type


def transcribe(response: HTTPResponse, form: Form, media_type: str, settings: Settings) -> Result:
    """Return what the response says, whole, in the format of that media type.

    Raises:
        BrokenAnswerError: it is no whole answer to a query of that form.
        ResultTooLargeError: it is larger than the limit.
        NotAcceptableError: XML cannot carry it.
    """
    spool = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # it is the result
    try:
        writer = XmlWriter(spool, settings) if "xml" in media_type else Writer(spool, settings)
        source = Source(response, MARKUP * settings.result_bytes)
        _translate(source, response, form, media_type, writer)
        spool.seek(0)
        return Result(cast(BinaryIO, spool), writer.written)
    except BaseException:
        spool.close()
        raise


def _translate(
    source: Source, response: HTTPResponse, form: Form, media_type: str, writer: Writer
) -> None:
    # pyoxigraph writes in small pieces; the spool wants large ones.
    with io.BufferedWriter(writer, CHUNK) as output:
        try:
            if form in {"construct", "describe"}:
                _translate_graph(source, response, media_type, output)
            else:
                _check_type(response, JSON_ROWS)
                if virtuoso.is_sender(response.headers):
                    source = RelabelledSource(source)
                _translate_rows(source, form, media_type, output)
            source.finish()
        except (SyntaxError, ValueError) as error:
            raise BrokenAnswerError(f"it cannot be read: {error}") from error


def _translate_rows(source: Source, form: Form, media_type: str, output: IO[bytes]) -> None:
    format_ = ox.QueryResultsFormat.from_media_type(media_type)
    if form == "select":
        found = ox.parse_query_results(cast(IO[bytes], source), format=_JSON)
        try:
            if not isinstance(found, ox.QuerySolutions):
                raise BrokenAnswerError("it says yes or no where rows were asked for")
            found.serialize(output, format_)
        finally:
            # Only the thread that made it may drop it, and a traceback could end in another.
            del found
        return
    body = source.whole()
    # The parser is content once it has seen `true`; what stands after it decides, too.
    said = json.loads(body)
    if not isinstance(said, dict) or not isinstance(said.get("boolean"), bool):
        raise BrokenAnswerError("it does not say yes or no")
    ox.parse_query_results(body, format=_JSON).serialize(output, format_)


def _translate_graph(
    source: Source, response: HTTPResponse, media_type: str, output: IO[bytes]
) -> None:
    sent = _check_type(response, NTRIPLES, TURTLE)
    # Rows in JSON end with a bracket. A graph may end after any triple: only HTTP says where.
    if response.length is None and not response.chunked:
        raise BrokenAnswerError("nothing says where the graph ends")
    syntax = ox.RdfFormat.from_media_type(sent.media_type)
    triples: Iterator[Any] = iter(ox.parse(cast(IO[bytes], source), format=syntax))
    if virtuoso.is_sender(response.headers):
        triples = _trusted(triples)
    try:
        ox.serialize(triples, output, ox.RdfFormat.from_media_type(media_type))
    finally:
        del triples  # as above


def _trusted(triples: Iterator[Any]) -> Iterator[Any]:
    yield from islice(triples, virtuoso.TRUSTED_TRIPLES)
    if next(triples, None) is not None:
        raise virtuoso.too_many_triples()


def _check_type(response: HTTPResponse, *formats: Format) -> Format:
    """Return the format that the response claims to have."""
    claimed = response.headers.get("Content-Type", "nothing")
    coding = response.headers.get("Content-Encoding", "identity").lower()
    charset = (response.headers.get_content_charset() or "utf-8").lower()
    if coding != "identity" or charset not in {"utf-8", "utf8", "us-ascii"}:
        raise BrokenAnswerError(f"it is {coding} {charset}")
    media_type = claimed.partition(";")[0].strip().lower()
    for format_ in formats:
        if media_type in {format_.media_type, *format_.aliases}:
            return format_
    raise BrokenAnswerError(f"it is {claimed[:100]}")
