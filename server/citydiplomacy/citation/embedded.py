"""What a page says of its citation to reference managers: metadata, a context object, unAPI.

Zotero asks in this order: unAPI, the context object (COinS), the metadata. That names of bodies are
no names of people only the first of them can say; all say that it is a dataset.
"""

from urllib.parse import urlencode

from citydiplomacy.citation import Citation
from citydiplomacy.formats import BIBTEX, CSL_JSON, DATACITE_XML, RIS

UNAPI_FORMATS = {
    "ris": RIS,
    "bibtex": BIBTEX,
    "csl": CSL_JSON,
    "datacite": DATACITE_XML,
}
"""The formats of unAPI, by the names that programs look for."""

_NOT_AS_TYPED = frozenset("&%+#")


def metadata(citation: Citation) -> list[tuple[str, str]]:
    """Return names and contents of the meta elements: Dublin Core, and those of `citation_`."""
    date = citation.date
    told = [
        ("DC.type", "Dataset"),
        ("DC.title", citation.title),
        *(("DC.creator", author) for author in citation.authors),
        ("DC.publisher", citation.publisher),
        ("DC.date", date),
        ("DC.identifier", citation.address),
        ("DC.language", citation.language),
        ("DC.rights", citation.licence),
        ("citation_title", citation.title),
        *(("citation_author", author) for author in citation.authors),
        ("citation_publication_date", date.replace("-", "/")),
    ]
    return [(name, content) for name, content in told if content]


def context_object(citation: Citation) -> str:
    """Return the citation as a context object, as it stands in a span (COinS)."""
    told = [
        ("ctx_ver", "Z39.88-2004"),
        ("rft_val_fmt", "info:ofi/fmt:kev:mtx:dc"),
        ("rft.type", "dataset"),
        ("rft.title", citation.title),
        *(("rft.creator", author) for author in citation.authors),
        ("rft.date", citation.date),
        ("rft.identifier", citation.address),
    ]
    return urlencode([(name, value) for name, value in told if value])


def unapi_id(citation: Citation) -> str:
    """Return what unAPI is asked for; nothing where clients would ask for something else.

    They put it into an address as it stands.
    """
    return "" if _NOT_AS_TYPED & set(citation.address) else citation.address
