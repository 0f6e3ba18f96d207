"""The queries in `queries/checks`: each looks for one fault, so no rows is a pass."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox

from citydiplomacy import evaluation
from citydiplomacy.errors import Problem
from citydiplomacy.evaluation import QueryFile
from citydiplomacy.files import Tree, display

Value = ox.NamedNode | ox.BlankNode | ox.Literal


def problems(
    tree: Tree,
    checks: Sequence[QueryFile],
    graphs: evaluation.Graphs,
    focus: Collection[str] | None = None,
) -> Iterator[Problem]:
    """Yield a problem for each row that a check finds, or for each that is about a node of focus.

    Raises:
        CheckFailedError: a check is no SELECT that can be read.
    """
    if not checks:
        # A check that finds nothing to check must fail.
        repair = "Put the queries back; each is a SELECT that looks for one fault."
        yield Problem(Path("queries/checks"), None, "there is no check.", repair)
    store = evaluation.store(graphs)
    for check in checks:
        yield from _faults(tree, store, check if focus is None else _about(check, focus))


def _about(check: QueryFile, focus: Collection[str]) -> QueryFile:
    """Return the check, made to look at some nodes only.

    What a row says of its ?node is the same whether or not others are looked at: a join with the
    nodes can stand in the pattern, and in what is subtracted from it.
    """
    nodes = f" VALUES ?node {{ {' '.join(str(ox.NamedNode(iri)) for iri in sorted(focus))} }}"
    before, where, after = check.query.text.partition("WHERE {")
    if not where:
        return check
    text = before + where + nodes + after.replace("MINUS {", "MINUS {" + nodes)
    return check._replace(query=replace(check.query, text=text))


def _faults(tree: Tree, store: ox.Store, check: QueryFile) -> Iterator[Problem]:
    rows = evaluation.rows(store, check)
    variables = [variable.value for variable in rows.variables]
    if "node" not in variables:
        yield Problem(
            check.file, None, "it selects no ?node.", "Select the node at fault as ?node."
        )
        return
    if "repair" not in check.query.header:
        yield Problem(check.file, None, "it has no repair.", "Add a line `# repair: …` at the top.")
        return
    for row in rows:
        values = [row[name] for name in variables if name != "node"]
        yield _fault(tree, check, row["node"], [value for value in values if value is not None])


def _fault(tree: Tree, check: QueryFile, node: Value, values: Sequence[Value]) -> Problem:
    """Return the problem that a row stands for; the title of a check says what should be so."""
    told = ", ".join(display(value.value) for value in values)
    iri = next((value.value for value in values if isinstance(value, ox.NamedNode)), None)
    return tree.problem_of(
        node.value,
        f"{check.query.title.rstrip('.')}; not so {display(node.value)}{told and f' ({told})'}.",
        check.query.header["repair"],
        mention=iri,
    )
