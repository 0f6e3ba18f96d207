"""Whether evidence leads to the sentence it says, for whoever holds the texts of the sources."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from citydiplomacy import texts
from citydiplomacy.errors import Problem
from citydiplomacy.files import Document, Tree, display
from citydiplomacy.namespaces import CD
from citydiplomacy.texts import Layout, LayoutError

_IN_SOURCE, _LOCATOR, _DIGEST = f"{CD}inSource", f"{CD}locator", f"{CD}sentenceDigest"


@dataclass(frozen=True)
class Verification:
    """How many digests agree, which do not, and what could not be looked up."""

    verified: int
    problems: tuple[Problem, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class _Claim:
    """One piece of evidence with a digest, and the file that it stands in."""

    document: Document
    evidence: str
    source: str
    locator: str
    digest: str


def verify(tree: Tree, folder: Path) -> Verification:
    """Return what the texts in a folder say of the evidence in a tree.

    Each text is a file `<slug of its source>.txt`, or a `.txt` of any name that is divided as the
    layout of the source says.

    Raises:
        LayoutError: a layout cannot be read, or the text with the name of a source does not fit it.
    """
    claims = list(_claims(tree))
    found = {
        layout.source: sentences
        for layout in texts.layouts(tree.root)
        if (sentences := _located(layout, folder)) is not None
    }
    told = [claim for claim in claims if claim.source in found]
    problems = [problem for claim in told for problem in _faults(claim, found[claim.source])]
    return Verification(len(told) - len(problems), tuple(problems), tuple(_missing(claims, found)))


def _claims(tree: Tree) -> Iterator[_Claim]:
    for document in tree.data:
        for evidence in document.subjects:
            values = [document.objects(evidence, each) for each in (_IN_SOURCE, _LOCATOR, _DIGEST)]
            if all(values):
                yield _Claim(document, evidence, *(value[0] for value in values))


def _located(layout: Layout, folder: Path) -> Mapping[str, str] | None:
    """Return the sentences of the text of a source, or None when the folder does not hold it."""
    own = folder / f"{layout.file.stem}.txt"
    if own.is_file():
        return layout.located(own.read_text("utf-8"))
    for file in sorted(folder.glob("*.txt")):
        with suppress(LayoutError, UnicodeDecodeError):
            return layout.located(file.read_text("utf-8"))
    return None


def _faults(claim: _Claim, sentences: Mapping[str, str]) -> Iterator[Problem]:
    sentence = sentences.get(claim.locator)
    if sentence is None:
        message = f"there is no sentence at {claim.locator!r}."
        repair = f"Count again in the text of {display(claim.source)}."
        yield claim.document.problem(message, repair, claim.evidence, _LOCATOR)
    elif texts.digest(sentence) != claim.digest:
        message = f"the sentence at {claim.locator!r} has another digest."
        repair = "Correct the locator, or the digest if the sentence is the one that is meant."
        yield claim.document.problem(message, repair, claim.evidence, _DIGEST)


def _missing(claims: Iterable[_Claim], found: Mapping[str, object]) -> Iterator[str]:
    counts: dict[str, int] = {}
    for claim in claims:
        if claim.source not in found:
            counts[claim.source] = counts.get(claim.source, 0) + 1
    for source, count in sorted(counts.items()):
        yield f"{display(source)}: no text of it here; digests not verified: {count}."
