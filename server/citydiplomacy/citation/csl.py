"""Citations as data of the Citation Style Language: CSL-JSON."""

import json
from typing import Any

from citydiplomacy.citation import TITLE, Citation


def written(citation: Citation) -> str:
    """Return the citation as a bibliography of one."""
    return f"{json.dumps([item(citation)], ensure_ascii=False, indent=2)}\n"


def item(citation: Citation) -> dict[str, Any]:
    """Return the citation as an item of a bibliography."""
    told = {
        "id": citation.key,
        "type": "dataset",
        "title": citation.title,
        "author": [{"literal": author} for author in citation.authors],
        "container-title": "" if citation.is_of_all else TITLE,
        "publisher": citation.publisher,
        "version": citation.version,
        "issued": {"date-parts": [list(citation.day)]} if citation.date else "",
        "URL": citation.address,
        "language": citation.language,
    }
    return {name: value for name, value in told.items() if value}
