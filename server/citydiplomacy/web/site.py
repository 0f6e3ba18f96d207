"""What every route needs, made once per application and handed on with it."""

from dataclasses import dataclass, replace
from threading import BoundedSemaphore
from typing import Any, cast

from flask import current_app

from citydiplomacy import model, positions, published, queries, search
from citydiplomacy.choice import Offer
from citydiplomacy.citation import Citation, publication
from citydiplomacy.engine import Engine
from citydiplomacy.entities import Entities
from citydiplomacy.fragments import Fragments
from citydiplomacy.history import History
from citydiplomacy.judging import Judging
from citydiplomacy.model import Model
from citydiplomacy.oai.repository import Repository
from citydiplomacy.once import once
from citydiplomacy.positions import Positions
from citydiplomacy.published import Published
from citydiplomacy.queries import NamedQuery
from citydiplomacy.questions import Questions
from citydiplomacy.reconciliation.matching import Matcher
from citydiplomacy.reconciliation.register import Register
from citydiplomacy.release import Release
from citydiplomacy.search import Hit, Names
from citydiplomacy.settings import Settings
from citydiplomacy.ties import Ties
from citydiplomacy.web import within
from citydiplomacy.web.past import Past, Pinned

EXTENSION = "citydiplomacy"
_MATCHED_AT_ONCE = 2
_FOUND = 50


@dataclass(frozen=True)
class Site:
    """One release, served: the engines that answer, and what is asked of them."""

    settings: Settings
    engine: Engine
    public: Engine
    """Answers the queries of visitors; the same as `engine`, or a service somewhere else."""
    release: Release
    past: Past
    """The versions before it that can be asked."""
    pages: dict[str, NamedQuery]
    entities: Entities
    questions: Questions
    judging: Judging
    """Holds data of visitors to the shapes."""
    bodies: BoundedSemaphore
    """How many bodies may be read at once: some threads are always left for those who read."""
    matching: BoundedSemaphore
    """How many batches may be matched at once: each computes, and pages want the processor too."""

    @once
    def names(self) -> Names:
        """The index of all names; made when it is first asked for."""
        return Names(search.known(self.engine, self.pages["names"]))

    @once
    def register(self) -> Register:
        """All that can be matched with the records of others; read when it is first asked for."""
        names = search.known(self.engine, self.pages["names"])
        return Register(self.engine, queries.load("reconciliation"), names)

    @once
    def matcher(self) -> Matcher:
        """What finds the entities that others mean."""
        return Matcher(self.register, self.names)

    @once
    def ties(self) -> Ties:
        """All ties of the release; asked for when they are first needed."""
        return Ties(self.engine, self.pages)

    @once
    def offer(self) -> Offer:
        """What can be chosen of the ties."""
        return Offer(self.ties)

    @once
    def positions(self) -> Positions:
        """Where everybody stands in the picture of the network."""
        return positions.positions(self.ties)

    @once
    def fragments(self) -> Fragments:
        """The triples by patterns, a page at a time."""
        return Fragments(self.engine, self.pages)

    @once
    def repository(self) -> Repository:
        """The records for harvesters; their headers are read when they are first asked for."""
        return Repository(self.engine, self.pages, self.release.id, self.release.made)

    @once
    def model(self) -> Model:
        """The whole ontology with its examples; read when it is first asked for."""
        return model.read(self.engine, self.pages)

    @once
    def versions(self) -> dict[str, Published]:
        """The published versions of the data, by name, the oldest first."""
        return published.readable(self.settings.versions)

    @once
    def history(self) -> History:
        """What became of each entity in those versions."""
        return History(self.versions)

    def called(self, text: str) -> list[Hit]:
        """Return the entities with such a name, those that fit best first."""
        return self.names.find(text, limit=_FOUND)

    @once
    def edition(self) -> Citation:
        """The citation of the whole release; read when it is first asked for."""
        return publication.read(self.engine, self.pages, self.version)

    def citation(self, title: str, iri: str, **known: Any) -> Citation:
        """Return the citation of a part of the release.

        What else is known of that part stands in place of what is known of the whole: `kind`,
        `language`, `version` with `date` and `kept_in`, `licence` with `licence_name`.
        """
        told: dict[str, Any] = {"title": title, "iri": iri, **known}
        return replace(self.edition, **told)

    def at(self, path: str) -> str:
        """Return the absolute address of a path, in the version that was asked for if one was."""
        kept = within.address(path, self.version) if self.is_pinned else path
        return f"{self.settings.address}{kept}"

    @property
    def is_pinned(self) -> bool:
        """Whether a version is shown because it was asked for by name."""
        return isinstance(self.past, Pinned)

    @property
    def version(self) -> str:
        """The version of the release, as it is cited."""
        return self.release.manifest["version"]

    @property
    def frozen_in(self) -> str:
        """The published version that answers are frozen in: the one served, or else the newest.

        Empty where none was published.
        """
        return self.version if self.version in self.versions else next(reversed(self.versions), "")


def build(settings: Settings, engine: Engine, release: Release, public: Engine, past: Past) -> Site:
    """Return the site of a release, with the query files read."""
    pages = queries.load("pages")
    entities = Entities(engine, pages)
    questions = Questions(engine, queries.load("questions"), entities, pages)
    bodies = BoundedSemaphore(max(1, settings.web_threads // 2))
    matching = BoundedSemaphore(_MATCHED_AT_ONCE)
    judging = Judging(settings, engine, pages)
    return Site(
        settings,
        engine,
        public,
        release,
        past,
        pages,
        entities,
        questions,
        judging,
        bodies,
        matching,
    )


def site() -> Site:
    """Return the site of the application that answers this request."""
    return cast(Site, current_app.extensions[EXTENSION])
