"""What may stand in the cell of a table that a spreadsheet opens."""

# What a spreadsheet would take for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """Return the text, with an apostrophe before what would be run as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
