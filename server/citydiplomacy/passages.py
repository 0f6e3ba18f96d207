"""The order of passages: where evidence stands in its text, if the layout of the text is known."""

from collections.abc import Iterator

import pyoxigraph as ox

from citydiplomacy import texts
from citydiplomacy.files import Tree
from citydiplomacy.namespaces import CD

_IN_SOURCE, _LOCATOR = f"{CD}inSource", f"{CD}locator"
_POSITION = ox.NamedNode(f"{CD}position")


def positions(tree: Tree) -> Iterator[ox.Triple]:
    """Yield the position of each piece of evidence whose locator the layout of its source knows.

    Raises:
        LayoutError: a layout cannot be read.
    """
    layouts = {layout.source: layout for layout in texts.layouts(tree.root)}
    for document in tree.data:
        for evidence in document.subjects:
            for source in document.objects(evidence, _IN_SOURCE):
                for locator in document.objects(evidence, _LOCATOR):
                    position = layouts[source].position(locator) if source in layouts else None
                    if position is not None:
                        yield ox.Triple(ox.NamedNode(evidence), _POSITION, ox.Literal(position))
