"""A citation in whatever format it is asked for."""

from citydiplomacy.citation import Citation, bibtex, csl, datacite, formatted, ris
from citydiplomacy.formats import (
    BIBTEX,
    CSL_JSON,
    DATACITE_JSON,
    DATACITE_XML,
    RIS,
    STYLES,
    Format,
)

_WRITERS = {
    BIBTEX: bibtex.written,
    RIS: ris.written,
    CSL_JSON: csl.written,
    DATACITE_JSON: datacite.as_json,
    DATACITE_XML: datacite.as_xml,
}


def written(citation: Citation, format_: Format) -> str:
    """Return the citation in one of the formats of citations, or in one of the styles."""
    if format_ in STYLES:
        return formatted.written(citation, STYLES[format_])
    return _WRITERS[format_](citation)
