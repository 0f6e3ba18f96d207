"""Citations for LaTeX: BibTeX, in the entry type that biblatex and reference managers know."""

import re

from citydiplomacy.citation import TITLE, Citation

_NAMED = {"\\": "textbackslash", "~": "textasciitilde", "^": "textasciicircum"}
_SPECIAL = {mark: f"\\{mark}" for mark in "&%$#_"} | {
    mark: f"{{\\{name}}}" for mark, name in _NAMED.items()
}
_BRACES = {"{": r"\{", "}": r"\}"}
# BibTeX counts braces even behind a backslash: one without its other is called by name.
_LONE_BRACES = {"{": r"{\textbraceleft}", "}": r"{\textbraceright}"}
_WRITTEN = str.maketrans(_SPECIAL | _BRACES)
_WRITTEN_LONE = str.maketrans(_SPECIAL | _LONE_BRACES)
# TeX joins these to dashes and quotation marks.
_JOINED = re.compile(r"(?<=-)(?=-)|(?<=')(?=')|(?<=`)(?=`)")


def written(citation: Citation) -> str:
    """Return the citation as an entry of BibTeX."""
    edition = f"version {citation.version}"
    fields = {
        "author": " and ".join(_group(author) for author in citation.authors),
        "title": _group(citation.title),
        "howpublished": _escaped(edition if citation.is_of_all else f"{TITLE}, {edition}"),
        "publisher": _group(citation.publisher) if citation.publisher else "",
        "version": _escaped(citation.version),
        **dict(zip(("year", "month", "day"), map(str, citation.day), strict=False)),
        # No part of an address is escaped: it stands in it as it is typed.
        "url": citation.address,
        "copyright": _escaped(citation.licence_name),
    }
    width = len("howpublished")
    lines = (f"  {name:{width}} = {{{value}}}" for name, value in fields.items() if value)
    return f"@dataset{{{citation.key},\n" + ",\n".join(lines) + "\n}\n"


def _group(text: str) -> str:
    """Return a text that keeps its capitals, and that is no list of people's names."""
    return f"{{{_escaped(text)}}}"


def _escaped(text: str) -> str:
    return _JOINED.sub("{}", text.translate(_WRITTEN if _is_balanced(text) else _WRITTEN_LONE))


def _is_balanced(text: str) -> bool:
    """Tell whether every brace has its other."""
    open_ = 0
    for mark in text:
        open_ += {"{": 1, "}": -1}.get(mark, 0)
        if open_ < 0:
            return False
    return open_ == 0
