"""Citations for reference managers: RIS."""

from collections.abc import Iterator

from citydiplomacy.citation import TITLE, Citation


def written(citation: Citation) -> str:
    """Return the citation as a record of RIS, with the line ends that it prescribes."""
    lines = [f"{tag}  - {value}" for tag, value in _fields(citation) if value]
    return "\r\n".join([*lines, "ER  - ", ""])


def _fields(citation: Citation) -> Iterator[tuple[str, str]]:
    yield "TY", "DATA"
    yield "ID", citation.key
    yield "TI", citation.title
    yield from (("AU", author) for author in citation.authors)
    yield "T2", "" if citation.is_of_all else TITLE
    yield "PB", citation.publisher
    yield "PY", citation.date[:4]
    yield "DA", citation.date.replace("-", "/")
    yield "ET", citation.version
    yield "LA", citation.language
    yield "UR", citation.address
