"""An engine inside this process: for our own queries over triples that nobody else asks about."""

import io
from collections.abc import Iterable

from pyoxigraph import Quad, QueryResultsFormat, QuerySolutions, Store

from citydiplomacy.engine import Lane, Query, Result
from citydiplomacy.errors import QueryRefusedError


class InnerEngine:
    """Answers SELECT queries over quads; it stops none and limits none."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self._store = Store()
        self._store.extend(quads)

    def run(self, query: Query, media_type: str, lane: Lane = "public", client: str = "") -> Result:
        """Return the finished result; whose query it is makes no difference here.

        Raises:
            QueryRefusedError: it is no SELECT.
        """
        found = self._store.query(query.text)
        if not isinstance(found, QuerySolutions):
            raise QueryRefusedError("Only SELECT queries are answered here.")
        body = io.BytesIO()
        found.serialize(body, QueryResultsFormat.from_media_type(media_type))
        length = body.tell()
        body.seek(0)
        return Result(body, length)
