"""What the teams know against what is drawn: nodes whose running needs a skill that nobody lists, with their hours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from models.design.elements import Boundary, Id, Node
from models.design.kinds import kinds, value_of
from models.evaluation.result import Evaluation
from models.formatting import format_value
from models.frameworks.cloud_selection.requirements import kind_noun
from models.report import Finding, Message
from models.words import Number, Text, counted, joined


def skills_missing(evaluation: Evaluation, nodes: Iterable[Id]) -> tuple[Id, ...]:
    """Return the nodes that the responsible team lists no skill for; none while no team lists any.

    Responsible is the node's own team where it lists skills, else all teams together. A skill fits by the id, the label
    or another name of the kind, the name of its service at a provider, or the technology of the node.
    """
    design = evaluation.design
    teams = {key: _listed(each) for key, each in design.boundaries.items() if each.kind == "team"}
    everybody = frozenset().union(*teams.values()) if teams else frozenset()
    if not everybody:
        return ()
    found = []
    for key in nodes:
        node = design.nodes[key]
        known = teams.get(node.context or "") or everybody
        if not known & (_names(node.kind) | {node.technology.strip().lower()}):
            found.append(key)
    return tuple(found)


def _listed(team: Boundary) -> frozenset[str]:
    words = str(value_of(team, "skills") or "").split(",")
    return frozenset(word.strip().lower() for word in words if word.strip())


@lru_cache(maxsize=128)
def _names(kind: str) -> frozenset[str]:
    known = kinds().nodes.get(kind)
    names = {kind, kind.replace("_", " ")}
    if known is not None:
        names |= {known.label, *known.synonyms, *known.equivalents.values()}
    return frozenset(name.lower() for name in names)


def hours_to_run(node: Node) -> float:
    """Return the hours a month that people spend on running a node, managed or not."""
    managed = value_of(node, "managed") is not False
    return float(value_of(node, "ops_hours_managed" if managed else "ops_hours_self_run") or 0.0)


def skill_findings(evaluation: Evaluation, nodes: Iterable[Id]) -> Iterator[Finding]:
    """Yield what nobody knows how to run, with the hours a month and what they cost."""
    missing = skills_missing(evaluation, nodes)
    if not missing:
        return
    design = evaluation.design
    names = tuple(dict.fromkeys(design.nodes[key].kind for key in missing))
    hours = sum(hours_to_run(design.nodes[key]) for key in missing)
    brief = design.brief
    hourly = float(value_of(brief, "people_usd_month") or 0.0) / float(value_of(brief, "people_hours_month") or 140.0)
    shown = joined(kind_noun(kind) for kind in names[:5])
    args = {
        "number": counted("{count} drawn kind", "{count} drawn kinds", len(names)),
        "names": Text("{names} and others", names=shown) if len(names) > 5 else shown,
        "hours": Number(f"{hours:.0f}"),
        "usd": format_value(hours * hourly, "USD/month"),
    }
    title = Message("No team lists skills for {number}", args)
    why = Message(
        "{names}: {hours} hours a month of running them ({usd} a month at the rate of the brief) have nobody who knows "
        "how. Add skills to a team, buy it managed, or plan training.",
        args,
    )
    yield Finding("skills", "note", title, why, missing)
