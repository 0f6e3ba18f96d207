"""Keeping to a version: addresses of ours as a version has them, in pages and in headers."""

import re
from html import escape, unescape

from citydiplomacy.versions import PARAMETER, pinned

# What is the same in every version, or about all of them, or about the service.
_TIMELESS = re.compile(
    r"/((static|timegate|timemap|activity|frozen|metrics|healthz|readyz)\b"
    r"|unapi$|dataset/\d|[^?#]*/history(\.json)?$)"
)
# Every attribute that holds an address of ours, in full or by its parameters alone, but where the
# present one is meant.
_ADDRESS = re.compile(
    r"(?<!data-now )(?<!canonical\" )"
    r"\b(?P<name>href|action|src|data-[a-z]+)=\"(?P<address>[/?][^\"]*)\""
)
_FORM = re.compile(r"<form\b[^>]*>")
_TARGET = re.compile(r"<(/[^>]*)>")


def is_timeless(path: str) -> bool:
    """Tell whether versions make no difference to what a path leads to."""
    return _TIMELESS.match(path) is not None


def address(path: str, version: str) -> str:
    """Return an address of ours, which may have parameters, as a version has it."""
    return path if is_timeless(path) else pinned(path, version)


def links(header: str, version: str) -> str:
    """Return a `Link` header whose targets are those of a version."""
    return _TARGET.sub(lambda found: f"<{address(found[1], version)}>", header)


def page(text: str, version: str) -> str:
    """Return a page, or a picture, whose links and forms lead to the same version."""

    def attribute(found: re.Match[str]) -> str:
        return f'{found["name"]}="{escape(address(unescape(found["address"]), version))}"'

    def form(found: re.Match[str]) -> str:
        if 'method="post"' in found[0]:  # its address says it
            return found[0]
        return f'{found[0]}<input type="hidden" name="{PARAMETER}" value="{version}">'

    return _FORM.sub(form, _ADDRESS.sub(attribute, text))
