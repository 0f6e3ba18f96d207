"""XML that is read back while it is written, because not every result fits into XML.

pyoxigraph writes control characters, and predicates that no XML name can stand for, as they are;
what comes of it is no XML.
"""

from xml.parsers import expat

from citydiplomacy.errors import NotAcceptableError


class XmlReader:
    """Reads a document piece by piece, only to see whether it is one."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate(namespace_separator=" ")

    def read(self, piece: bytes, *, is_last: bool = False) -> None:
        """Read on.

        Raises:
            NotAcceptableError: this is no XML.
        """
        try:
            self._parser.Parse(piece, is_last)
        except expat.ExpatError as error:
            raise NotAcceptableError(
                "XML cannot carry this result: it has control characters, or predicates that "
                "are no XML names.",
                "Ask for JSON (rows) or Turtle (graphs).",
            ) from error
