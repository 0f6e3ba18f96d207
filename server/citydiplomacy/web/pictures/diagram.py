"""The classes of a module as boxes, and the properties that lead from them to others.

Three columns by rule, so that nothing meets: on the left the classes of the module, each below the
class it is a kind of and with its values listed in the box; in the middle, beside its class, the
name of each property; on the right the classes that the properties lead to.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from citydiplomacy import terms
from citydiplomacy.model import Module
from citydiplomacy.namespaces import CD
from citydiplomacy.tables import Value
from citydiplomacy.terms import Term
from citydiplomacy.web.pictures.worldmap import Box

# All in pixels. A line is as high as a finger needs it; letters are measured generously.
_LINE, _PADDING, _BETWEEN, _INDENT = 24, 10, 16, 26
_LETTER, _BOLD_LETTER = 7.6, 8.8
_STUB = 22
# As wide as the text where the names leave room, and never too narrow for the lines.
_WIDTH, _NARROWEST, _WIDEST = 826, 80, 140
# A property that more classes have, or that leads to more, is drawn once and not from each.
_MOST_DOMAINS, _MOST_RANGES = 3, 2
_SEVERAL = Value("several classes")
_ARROW, _TRIANGLE = (8, 4), (7, 11)


@dataclass(frozen=True)
class Attribute:
    """A property with a value, written in the box of its class."""

    name: Value
    type: str
    y: float


@dataclass(frozen=True)
class ClassBox:
    """A class: where its box lies, and what is written in it."""

    name: Value
    frame: Box
    attributes: tuple[Attribute, ...]
    is_outside: bool
    """Whether another module defines it."""


@dataclass(frozen=True)
class Relation:
    """A property between classes: where its name stands, and the lines to and from it."""

    name: Value
    frame: Box
    lines: str
    arrows: str


@dataclass(frozen=True)
class Diagram:
    """The picture of one module."""

    width: float
    height: float
    classes: tuple[ClassBox, ...]
    targets: tuple[ClassBox, ...]
    relations: tuple[Relation, ...]
    kinds: str
    """The lines from classes to those that they are kinds of, in one path."""
    triangles: str

    @property
    def padding(self) -> int:
        """How far a text begins from the edge of its box."""
        return _PADDING


@dataclass(frozen=True)
class _Class:
    """A class before it has a place: how deep it lies below others, and what it has."""

    name: Value
    depth: int
    parent: str
    attributes: tuple[Term, ...]
    relations: tuple[Term, ...]
    is_outside: bool

    @property
    def height(self) -> int:
        lines = max(1 + len(self.attributes), len(self.relations))
        return lines * _LINE + _PADDING

    @property
    def width(self) -> float:
        values = _width([_said(term) for term in self.attributes])
        return self.depth * _INDENT + max(_width([self.name.text], _BOLD_LETTER), values)


def diagram(module: Module) -> Diagram | None:
    """Return the picture of a module, or nothing where no class has anything to show."""
    classes = list(_classes(module))
    if not classes:
        return None
    edge = max(each.width for each in classes)
    boxes, top = [], 0.0
    for each in classes:
        frame = Box(each.depth * _INDENT, top, edge - each.depth * _INDENT, each.height)
        boxes.append(_box(each, frame))
        top += each.height + _BETWEEN
    labels = list(_labels(classes, boxes))
    targets = _targets(labels)
    start = max((frame.x + frame.width for _, frame in labels), default=edge)
    relations = [_relation(term, frame, targets, edge, start) for term, frame in labels]
    last = max(box.frame.y + box.frame.height for box in (*boxes, *targets.values()))
    right = max(box.frame.x + box.frame.width for box in (*boxes, *targets.values()))
    kinds, triangles = _kinds(classes, boxes)
    return Diagram(
        right, last, tuple(boxes), tuple(targets.values()), tuple(relations), kinds, triangles
    )


def _classes(module: Module) -> Iterator[_Class]:
    """Yield the classes of a module from the top down, then those of others that have a term."""
    own = {term.name.iri: term for term in module.terms if term.section == terms.CLASSES}
    having = _by_domain(module)
    above = {term.name: _parent(term, own) for term in own.values()}
    below: dict[Value | None, list[Value]] = {}
    for each, parent in above.items():
        below.setdefault(parent, []).append(each)
    named = dict.fromkeys(value for value in (*above.values(), *having) if value)
    outside = [value for value in named if value.iri not in own]
    # The greatest families first; classes of others last, unless something is a kind of them.
    roots = below.get(None, []) + [value for value in outside if value in below]
    roots.sort(key=lambda value: -len(below.get(value, ())))
    for root in (*roots, *(value for value in outside if value not in below)):
        for name, depth, over in _family(root, below):
            has = having.get(name, ())
            attributes = tuple(term for term in has if term.section != terms.PROPERTIES)
            relations = tuple(term for term in has if term.section == terms.PROPERTIES)
            yield _Class(name, depth, over, attributes, relations, name.iri not in own)


def _family(
    name: Value, below: Mapping[Value | None, Sequence[Value]], depth: int = 0, parent: str = ""
) -> Iterator[tuple[Value, int, str]]:
    """Yield a class and all below it, each with its depth and the class it stands below."""
    yield name, depth, parent
    for child in below.get(name, ()):
        yield from _family(child, below, depth + 1, name.iri)


def _parent(term: Term, own: Mapping[str, Term]) -> Value | None:
    """Return the class of ours that a class is a kind of, rather one of the same module."""
    above = [value for value in term.said(terms.KIND_OF) if value.iri.startswith(CD)]
    return next((v for v in above if v.iri in own), above[0] if above else None)


def _by_domain(module: Module) -> dict[Value, tuple[Term, ...]]:
    """Return for each class the properties of the module that it has; several are one."""
    found: dict[Value, tuple[Term, ...]] = {}
    ours = {term.name.iri for term in module.terms}
    for term in (*module.terms, *module.borrowed):
        # What is borrowed is drawn wherever a class has it, and only there.
        is_own = term.name.iri in ours
        said = [value for value in term.said(terms.DOMAIN) if value.iri.startswith(CD)]
        domains = [value for value in said if is_own or value.iri in ours]
        for domain in domains if len(domains) <= _MOST_DOMAINS else [_SEVERAL]:
            found[domain] = (*found.get(domain, ()), term)
    return found


def _box(each: _Class, frame: Box) -> ClassBox:
    attributes = tuple(
        Attribute(term.name, _type(term), frame.y + (number + 1) * _LINE)
        for number, term in enumerate(each.attributes)
    )
    return ClassBox(each.name, frame, attributes, each.is_outside)


def _labels(classes: Sequence[_Class], boxes: Sequence[ClassBox]) -> Iterator[tuple[Term, Box]]:
    """Yield each property with the place of its name, to the right of the class that has it."""
    for each, box in zip(classes, boxes, strict=True):
        x = box.frame.x + box.frame.width + _STUB
        for number, term in enumerate(each.relations):
            y = box.frame.y + _PADDING / 2 + number * _LINE
            yield term, Box(x, y, _width([term.name.text]), _LINE)


def _targets(labels: Sequence[tuple[Term, Box]]) -> dict[Value, ClassBox]:
    """Return the classes that properties lead to, each as near as can be to their middle."""
    if not labels:
        return {}
    heights: dict[Value, list[float]] = {}
    for term, frame in labels:
        for value in _ranges(term):
            heights.setdefault(value, []).append(frame.y)
    end = max(frame.x + frame.width for _, frame in labels)
    width = _width([value.text for value in heights])
    x = end + min(_WIDEST, max(_NARROWEST, _WIDTH - end - width))
    ordered = sorted(heights, key=lambda value: sum(heights[value]) / len(heights[value]))
    found, free = {}, 0.0
    for value in ordered:
        y = max(free, sum(heights[value]) / len(heights[value]))
        frame = Box(x, y, width, _LINE + _PADDING)
        found[value] = ClassBox(value, frame, (), is_outside=False)
        free = y + frame.height + _BETWEEN / 2
    return found


def _relation(
    term: Term, frame: Box, targets: Mapping[Value, ClassBox], edge: float, start: float
) -> Relation:
    y = frame.y + frame.height / 2
    lines = [f"M{edge:.0f} {y:.0f}H{frame.x:.0f}M{frame.x + frame.width:.0f} {y:.0f}H{start:.0f}"]
    arrows = []
    for value in _ranges(term):
        to = targets[value].frame
        end, middle = to.y + to.height / 2, (start + to.x) / 2
        lines.append(
            f"M{start:.0f} {y:.0f}"
            f"C{middle:.0f} {y:.0f} {middle:.0f} {end:.0f} {to.x - _ARROW[0]:.0f} {end:.0f}"
        )
        arrows.append(f"M{to.x:.0f} {end:.0f}l-{_ARROW[0]}-{_ARROW[1]}v{2 * _ARROW[1]}z")
    return Relation(term.name, frame, "".join(lines), "".join(arrows))


def _kinds(classes: Sequence[_Class], boxes: Sequence[ClassBox]) -> tuple[str, str]:
    """Return the lines to the classes above, and the open triangles at their ends."""
    frames = {box.name.iri: box.frame for box in boxes}
    half, high = _TRIANGLE
    lines: list[str] = []
    # The line down from a class is drawn once, to the last of those below it.
    stems: dict[str, str] = {}
    for each, box in zip(classes, boxes, strict=True):
        if each.parent:
            above = frames[each.parent]
            x, bottom = above.x + _INDENT / 2, above.y + above.height
            y = box.frame.y + (_LINE + _PADDING) / 2
            lines.append(f"M{box.frame.x:.0f} {y:.0f}H{x:.0f}")
            stems[each.parent] = f"M{x:.0f} {bottom + high:.0f}V{y:.0f}"
    ends = [
        f"{stem.partition('V')[0]}h-{half}l{half}-{high}l{half} {high}z" for stem in stems.values()
    ]
    return "".join([*lines, *stems.values()]), "".join(ends)


def _ranges(term: Term) -> list[Value]:
    ranges = term.said(terms.RANGE)
    return ranges if 0 < len(ranges) <= _MOST_RANGES else [_SEVERAL]


def _type(term: Term) -> str:
    """Return the type of the values in one word, where there is one."""
    name = next((value.iri.rpartition("#")[2] for value in term.said(terms.RANGE)), "")
    return "text" if name == "langString" else name


def _said(term: Term) -> str:
    return f"{term.name.text}: {_type(term)}"


def _width(texts: Iterable[str], letter: float = _LETTER) -> float:
    """Return how wide a box is in which the longest of the texts has room."""
    return max((len(text) for text in texts), default=0) * letter + 2 * _PADDING
