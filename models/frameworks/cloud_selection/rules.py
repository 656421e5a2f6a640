"""The findings of the choice of a cloud: data out of place, quotas, retiring models, what binds, and better places."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from models.design.elements import Node
from models.design.kinds import kinds, value_of
from models.evaluation.result import Evaluation
from models.formatting import format_value
from models.frameworks.cloud_selection.candidates import Candidate
from models.frameworks.cloud_selection.choice import Choice
from models.frameworks.cloud_selection.inputs import problems_of
from models.frameworks.cloud_selection.leaving import CLASS_WORDS, Binding, Exit
from models.frameworks.cloud_selection.links import links
from models.frameworks.cloud_selection.quotas import quota_findings
from models.frameworks.cloud_selection.requirements import (
    Crossing,
    Requirements,
    foreign_hands,
    kind_noun,
    residency_crossings,
)
from models.frameworks.cloud_selection.skills import skill_findings
from models.report import Finding, Message, Remedy
from models.words import NO_TEXT, Number, Text

PROPRIETARY = 3
HEAVY_SHARE = 0.15
FULL_LINE = 0.7
CLASS_NAMES = {
    "personal": Text("personal data"),
    "personal_images": Text("personal images"),
    "card_data": Text("card data"),
    "health": Text("health data"),
    "confidential": Text("confidential data"),
    "pseudonymised": Text("pseudonymised data"),
}


def find(
    evaluation: Evaluation,
    requirements: Requirements,
    leaving: Exit,
    found: tuple[Candidate, ...],
    choice: Choice | None,
) -> tuple[Finding, ...]:
    """Return the findings of the framework, errors first."""
    rules = [
        *_bad_inputs(evaluation),
        *_out_of_place(evaluation, requirements),
        *_foreign(evaluation, requirements),
        *quota_findings(evaluation),
        *_full_lines(evaluation, requirements),
        *_retiring(evaluation),
        *_unserved(evaluation, requirements),
        *_bound(evaluation, leaving),
        *skill_findings(evaluation, requirements.nodes),
        *_better(found, choice),
    ]
    order = {"error": 0, "warning": 1, "note": 2}
    return tuple(sorted(rules, key=lambda finding: order[finding.severity]))


def _bad_inputs(evaluation: Evaluation) -> Iterator[Finding]:
    for path, sentence in problems_of(evaluation.design, evaluation.catalog):
        title = Message("An input of the cloud selection is not used: {path}", {"path": path})
        yield Finding("cloud_input", "warning", title, Message("{sentence}", {"sentence": sentence}))


def _path_words(evaluation: Evaluation, crossing: Crossing) -> str:
    return " → ".join(evaluation.design.nodes[key].name for key in crossing.path)


def _out_of_place(evaluation: Evaluation, requirements: Requirements) -> Iterator[Finding]:
    for crossing in residency_crossings(evaluation, requirements):
        node = evaluation.design.nodes[crossing.path[-1]]
        args = {
            "data": CLASS_NAMES.get(crossing.data_class, crossing.data_class),
            "name": node.name,
            "place": crossing.place,
            "path": _path_words(evaluation, crossing),
            "residency": requirements.residency,
        }
        title = Message("“{name}” holds {data} outside of {residency}", args)
        why = Message(
            "The brief asks for residency in {residency}; the path {path} ends in {place}. Move the node into an "
            "allowed region, or state a lower class of data.",
            args,
        )
        yield Finding("data_out_of_place", "error", title, why, crossing.path[::-1])


def _foreign(evaluation: Evaluation, requirements: Requirements) -> Iterator[Finding]:
    for crossing in foreign_hands(evaluation, requirements.data):
        args = {
            "data": CLASS_NAMES.get(crossing.data_class, crossing.data_class),
            "name": crossing.place,
            "path": _path_words(evaluation, crossing),
        }
        strict = crossing.stated and crossing.data_class in ("confidential", "card_data", "health")
        severity = "warning" if strict else "note"
        stated = Message("“{name}” receives {data}", args)
        title = stated if crossing.stated else Message("“{name}” may receive {data}", args)
        more = (
            NO_TEXT if crossing.stated else Text(" The last flow states no class of data: state it, if less is sent.")
        )
        why = Message(
            "The path {path} hands {data} to another company. It needs a contract on processing and, for a residency, "
            "an endpoint inside it; or keep these calls in your own hands.{more}",
            {**args, "more": more},
        )
        yield Finding("data_in_other_hands", severity, title, why, crossing.path[::-1])  # type: ignore[arg-type]


def _full_lines(evaluation: Evaluation, requirements: Requirements) -> Iterator[Finding]:
    for link in links(evaluation, requirements, FULL_LINE):
        names = evaluation.design.nodes
        args = {
            "source": names[link.source].name,
            "target": names[link.target].name,
            "share": Number(f"{link.share:.0%}"),
            "line": Number(f"{link.line * 8 / 1e9:.3g}"),
            "how": {"measured": Text("measured between two machines"), "assumed": "assumed"}.get(
                link.basis, link.basis
            ),
        }
        title = Message("The flow from “{source}” to “{target}” takes {share} of its line", args)
        why = Message(
            "Between the two regions there are {line} Gbit/s ({how}). Several connections, an interconnect, or both "
            "ends in one region give more.",
            args,
        )
        yield Finding("full_line", "warning", title, why, (link.flow,))


def _retiring(evaluation: Evaluation) -> Iterator[Finding]:
    for key, node in evaluation.design.nodes.items():
        if node.kind != "llm_api":
            continue
        name = str(value_of(node, "model_api") or "")
        model = evaluation.catalog.model_api(name) if name else None
        if model is None or not model.deprecation_date:
            continue
        start = str(value_of(evaluation.design.brief, "go_live") or "")[:10] or model.date
        month = _months_between(start, model.deprecation_date)
        if month is None or month > evaluation.horizon_months:
            continue
        args = {
            "name": node.name,
            "model": name,
            "date": model.deprecation_date,
            "month": Number(f"{month:.0f}"),
            "start": start,
        }
        if month <= 0:
            title = Message("“{name}” calls {model}, which ended on {date}", args)
        else:
            title = Message("“{name}” calls {model}, which ends on {date}: month {month}", args)
        why = Message(
            "The price list names this end of life (month 0 is {start}). Choose a successor and plan its evaluation "
            "before that date: prompts and quality do not carry over by themselves.",
            args,
        )
        yield Finding("model_retires", "warning", title, why, (key,))


def _months_between(start: str, end: str) -> float | None:
    try:
        days = (date.fromisoformat(end) - date.fromisoformat(start)).days
    except ValueError:
        return None
    return float(days / (365.25 / 12.0))


def _unserved(evaluation: Evaluation, requirements: Requirements) -> Iterator[Finding]:
    """Managed nodes whose drawn provider sells no such service: the price of the machine stands in for nothing."""
    catalog = evaluation.catalog
    for kind, members in requirements.kinds.items():
        if kinds().nodes[kind].compute != "none":
            continue
        sellers = {one for one in catalog.providers if catalog.service(kind, one) is not None}
        for key in members:
            provider = requirements.nodes[key]
            if not provider or provider in sellers:
                continue
            node = evaluation.design.nodes[key]
            if value_of(node, "managed") is not False and node.params.get("price_usd_month") is None:
                seller = catalog.providers[provider].name if provider in catalog.providers else provider
                args = {"provider": seller, "kind": kind_noun(kind), "name": node.name}
                title = Message("{provider} sells no {kind} for “{name}”", args)
                why = Message(
                    "Place it at another provider, or run it yourself as a service and set its own price.", args
                )
                yield Finding("service_gap", "warning", title, why, (key,))


def _bound(evaluation: Evaluation, leaving: Exit) -> Iterator[Finding]:
    """The proprietary services that make up most of the cost of leaving, each with its open equivalent as a remedy."""
    total = leaving.cost.rework + leaving.cost.data_transfer
    for binding in leaving.bindings:
        node = evaluation.design.nodes[binding.node]
        if binding.portability < PROPRIETARY or total <= 0 or binding.usd < HEAVY_SHARE * total:
            continue
        args = {
            "name": node.name,
            "service": binding.service,
            "class": CLASS_WORDS[binding.portability],
            "days": Number(f"{binding.days:.0f}"),
            "share": Number(f"{binding.usd / total:.0%}"),
        }
        title = Message("“{name}” is {share} of the work of leaving", args)
        why = Message(
            "{service} counts as “{class}”; moving it takes about {days} person-days (0.5 to 2 times, a house "
            "estimate). An open equivalent on machines, or an interface of your own around it, makes it portable.",
            args,
        )
        yield Finding("bound", "note", title, why, (binding.node,), (), _open_equivalent(node, binding))


def _open_equivalent(node: Node, binding: Binding) -> Remedy | None:
    kind = kinds().nodes.get(node.kind)
    if kind is None or kind.compute == "none" or value_of(node, "managed") is not True:
        return None
    label = Message("Run “{name}” on machines, open source", {"name": node.name})
    return Remedy("set_parameter", {"node": binding.node, "name": "managed", "value": False}, label)


def _better(found: tuple[Candidate, ...], choice: Choice | None) -> Iterator[Finding]:
    if choice is None or len(choice.tie) > 1 or not choice.order:
        return
    first = choice.alternatives[choice.order[0]].id
    leader = next(each for each in found if each.plan.provider == first)
    drawn = next((each for each in found if each.drawn), None)
    if leader.drawn or drawn is None:
        return
    args = {
        "name": leader.label,
        "cost": format_value(leader.monthly, "USD/month"),
        "drawn": format_value(drawn.monthly, "USD/month"),
    }
    title = Message("{name} fits the drawing better than the drawn place", args)
    why = Message("There it costs {cost} instead of {drawn}, and leads beyond the band of what is known.", args)
    yield Finding("better_provider", "note", title, why, (), (), remedy_for(leader))


def remedy_for(candidate: Candidate) -> Remedy:
    """Return the move that re-places the drawing on the candidate."""
    label = Message("Re-place the drawing on {name}", {"name": candidate.label})
    return Remedy("re_place", {"provider": candidate.plan.provider}, label)
