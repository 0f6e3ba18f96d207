"""Frozen results: an address that holds query, version and digest, and says what became of it."""

import json
import re
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, request

from citydiplomacy import frozen, queries, tables
from citydiplomacy.citation import Citation
from citydiplomacy.engine import Engine, canonical
from citydiplomacy.engine.canonical import Canonical, Row
from citydiplomacy.errors import (
    BadParameterError,
    QueryLimitError,
    QueryRefusedError,
    UnknownEntityError,
)
from citydiplomacy.formats import (
    BESIDE_FORMATS,
    GRAPH_FORMATS,
    HTML,
    JSON,
    NTRIPLES,
    ROW_FORMATS,
    Format,
)
from citydiplomacy.frozen import Frozen, Report
from citydiplomacy.published import Published
from citydiplomacy.tables import Table
from citydiplomacy.versions import PARAMETER
from citydiplomacy.web import bodies, documents, negotiation, results, trace, versions
from citydiplomacy.web.clients import client_of
from citydiplomacy.web.signposting import Signposts
from citydiplomacy.web.site import site

blueprint = Blueprint("frozen", __name__, url_prefix="/frozen")

_SHOWN = 50
"""Rows of a table on the page; the report in JSON has those that came and went in full."""

_QUERY = "query"
_DATASET = ("default-graph-uri", "named-graph-uri")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@blueprint.get("")
def freeze() -> Response:
    """Freeze what a version answers: send the client to the address that says so."""
    given = bodies.parameters()
    # Forms send lines that end as those of nobody's file do; and an address shall be short.
    text = queries.bare(_text(given).replace("\r\n", "\n")).strip()
    version = versions.published(given.get(PARAMETER) or site().frozen_in or site().version)
    made = frozen.frozen(text, version.name, _answer(_engine(version), text))
    return Response(status=303, headers={"Location": made.path + made.parameters})


@blueprint.get("/<version>/<digest>")
def result(version: str, digest: str) -> Response:
    """Say what became of a frozen result, as a page or as JSON; cite it."""
    digest, mark, suffix = digest.partition(".")
    format_ = documents.format_of(suffix, (JSON, *BESIDE_FORMATS)) if mark else HTML
    found = versions.published(version)
    given = bodies.parameters()
    asked = Frozen(_text(given), found.name, _checked(digest))
    if set(given) != {_QUERY}:
        return _sent_to(asked, mark + suffix)
    accepted = request.headers.get("Accept", "")
    wanted = HTML if mark else negotiation.preferred(accepted, (HTML, JSON, *BESIDE_FORMATS))
    if wanted and wanted is not HTML:
        return _sent_to(asked, f".{wanted.suffix}")
    return _document(asked, found, format_)


def _sent_to(asked: Frozen, ending: str) -> Response:
    location = f"{asked.path}{ending}{asked.parameters}"
    return Response(status=303, headers={"Location": location})


def _document(asked: Frozen, version: Published, format_: Format) -> Response:
    then = _answer(_engine(version), asked.query)
    holds = then.digest == asked.digest
    if not holds and format_ not in (HTML, JSON):
        raise UnknownEntityError(
            f"Version {asked.version} does not answer this query with {asked.digest}.",
            f"What it answers has the digest {then.digest}.",
        )
    citation = site().citation(
        asked.title(then),
        asked.iri,
        kind="frozen query result",
        version=version.name,
        date=version.modified,
        kept_in="",
    )
    page = asked.path + asked.parameters
    make = _page if format_ is HTML else _json
    return documents.document(
        format_,
        Signposts(citation, (JSON,), page=page, is_cited=holds),
        lambda: make(_report(asked, then), version, citation),
    )


def _page(report: Report, version: Published, citation: Citation) -> Response:
    then, now = report.then, report.now
    return documents.page(
        "frozen.html",
        report=report,
        frozen=report.frozen,
        published=version,
        found=frozen.in_words(then),
        found_now=frozen.in_words(now) if now else "",
        table=_table(then, then.rows),
        changes=[
            (f"{frozen.counted(then, len(rows))} {became}", len(rows), _table(then, rows))
            for became, rows in zip(("came", "went"), _changes(report), strict=True)
            if rows and then.form != "ask"
        ],
        formats=GRAPH_FORMATS if _is_graph(then) else ROW_FORMATS,
        citation=citation,
    )


def _json(report: Report, version: Published, _citation: Citation) -> Response:
    asked, then = report.frozen, report.then
    told = {
        "address": asked.iri,
        "query": asked.query,
        "version": asked.version,
        "modified": version.modified,
        "digest": asked.digest,
        "holds": report.holds,
        "form": then.form,
        "columns": then.columns,
        "then": {"version": asked.version, **_counted(then)},
        "now": _now(report),
    }
    body = json.dumps(told, ensure_ascii=False, indent=2)
    return Response(f"{body}\n", content_type=JSON.content_type)


def _now(report: Report) -> dict[str, Any] | None:
    if report.now is None:
        return None
    came, went = _changes(report)
    return {
        "version": site().version,
        **_counted(report.now),
        "same": report.is_same,
        "came": [row.binding for row in came],
        "went": [row.binding for row in went],
    }


def _counted(found: Canonical) -> dict[str, Any]:
    return {"digest": found.digest, "rows": len(found.rows)}


def _changes(report: Report) -> tuple[Sequence[Row], Sequence[Row]]:
    """Return the rows that came, and those that went."""
    if report.now is None or report.is_same:
        return (), ()
    return report.now.without(report.then), report.then.without(report.now)


def _table(found: Canonical, rows: Sequence[Row]) -> Table:
    """Return the first of some rows as they are shown, under the names of today."""
    shown = {"bindings": [row.binding for row in rows[:_SHOWN]]}
    told = {"head": {"vars": found.columns}, "results": shown}
    return results.labelled(tables.plain(json.dumps(told).encode()))


def _report(asked: Frozen, then: Canonical) -> Report:
    holds = then.digest == asked.digest
    return Report(asked, then, _today(asked, then) if holds else None)


def _today(asked: Frozen, then: Canonical) -> Canonical | None:
    """Return what is answered today; None where a limit or its kind keeps it from being compared.

    What was frozen holds whatever became of the data since.
    """
    if asked.version == site().version:
        return then
    try:
        return _answer(site().engine, asked.query)
    except (QueryLimitError, QueryRefusedError):
        return None


def _answer(engine: Engine, text: str) -> Canonical:
    trace.here().query = trace.digest(text)
    form = frozen.form_of(text, site().settings)
    return frozen.answer(engine, text, form, client_of(request))


def _engine(version: Published) -> Engine:
    is_served = version.name == site().version
    return site().engine if is_served else site().past.recalled(version.name).engine


def _is_graph(found: Canonical) -> bool:
    return canonical.format_of(found.form) is NTRIPLES


def _text(given: dict[str, str]) -> str:
    """Return the query that is asked about.

    Raises:
        BadParameterError: there is none, or a dataset beside it.
    """
    for name in _DATASET:
        if name in given:
            raise BadParameterError(
                f"The address of a frozen result has no {name}.",
                "Write FROM or FROM NAMED into the query instead.",
            )
    if not given.get(_QUERY, "").strip():
        raise BadParameterError("There is no query.", f"Send it as the parameter “{_QUERY}”.")
    return given[_QUERY]


def _checked(digest: str) -> str:
    if not _DIGEST.fullmatch(digest):
        raise UnknownEntityError(
            f"{digest} is no digest of a result, which has 64 hexadecimal digits.",
            "Look whether the address was cut, or freeze the query anew at /frozen?query=….",
        )
    return digest
