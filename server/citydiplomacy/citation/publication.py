"""What all citations of a release have alike, read from what the dataset says of itself."""

import re
from collections.abc import Mapping

from citydiplomacy import tables
from citydiplomacy.citation import TITLE, Citation
from citydiplomacy.engine import Engine
from citydiplomacy.namespaces import BASE, LICENCE
from citydiplomacy.queries import NamedQuery
from citydiplomacy.tables import Value
from citydiplomacy.versions import is_published

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def read(engine: Engine, queries: Mapping[str, NamedQuery], version: str) -> Citation:
    """Return the citation of the whole dataset, of which all others are about a part.

    Of data that says nothing of itself, neither authors nor publisher nor date are known.
    """
    told: dict[str, list[Value]] = {}
    for row in tables.ask(engine, queries["publication"].text).rows:
        role, value = row.values
        if role and value:
            told.setdefault(role.text, []).append(value)
    licence = told.get("licence", [Value("", LICENCE)])[0]
    # Of a time, the day; what is no date is no date of a publication.
    days = (_DAY.match(value.text) for value in told.get("date", []))
    return Citation(
        TITLE,
        version,
        f"{BASE}dataset",
        authors=tuple(value.text for value in told.get("author", [])),
        author_iris=tuple(value.iri for value in told.get("author", []) if value.iri),
        publisher=", ".join(value.text for value in told.get("publisher", [])),
        date=max((day[0] for day in days if day), default=""),
        licence=licence.iri,
        licence_name=licence.text,
        kept_in=version if is_published(version) else "",
    )
