"""What the plan assumes: every input that stands at a default, every input that was set, and the age of the prices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportlab.platypus import Flowable

from exports.pdf.blocks import value_text
from exports.pdf.context import PlanContext
from exports.pdf.links import ASSUMPTIONS
from exports.pdf.pages import Heading, Section
from exports.pdf.prose import Prose, Run, bold, muted
from exports.pdf.tables import Grid, GridColumn, GridRow
from models.design.elements import Brief, Flow, Node, Value
from models.design.kinds import Parameter, kinds, origin_of, parameters_of, value_of
from models.formatting import format_value

MOST_NAMES = 3
MOST_SET = 400
EVIDENCE = {
    "measured": "measured",
    "computed": "computed",
    "published": "published",
    "secondary": "second-hand, to be checked",
    "assumption": "assumption",
}

GENERIC = "Groundplan defaults"

_Key = tuple[str, str]


def assumptions_section(plan: PlanContext) -> Iterator[Flowable]:
    """Yield defaults by kind, then what was set, then the prices with their dates."""
    share = plan.evaluation.figure("total/default_share")
    yield Heading(Section("Assumptions", ASSUMPTIONS))
    if share.text:
        yield Prose((bold(f"{share.text}."),), 10.0, after=3.0)
    text = (
        "A default holds until someone sets, measures or confirms the value. What rests on an assumption should be "
        "checked first."
    )
    yield Prose(muted(text), 8.4, after=6.0)
    yield Heading(Section("Inputs that stand at a default", "assumptions-defaults", 1))
    yield _defaults(plan)
    yield Heading(Section("Inputs that were set", "assumptions-set", 1))
    yield from _set(plan)
    yield Heading(Section("Prices and their dates", "assumptions-prices", 1))
    yield _prices(plan)


def _elements(plan: PlanContext) -> list[tuple[str, Node | Flow | Brief]]:
    """Return what has inputs, with the name of its kind."""
    design, table = plan.design, kinds()
    found: list[tuple[str, Node | Flow | Brief]] = [("Whole plan", design.brief)]
    for node in design.nodes.values():
        kind = table.nodes.get(node.kind)
        found.append((kind.label if kind else node.kind, node))
    for flow in design.flows.values():
        found.append((f"Flow, {table.flows[flow.interaction].label.lower()}", flow))
    return found


def _defaults(plan: PlanContext) -> Flowable:
    """Return the defaults: a row per kind and evidence, with the values that all elements of the kind share."""
    found: dict[str, dict[_Key, tuple[Parameter, Value, list[str]]]] = {}
    members: dict[str, list[str]] = {}
    for label, element in _elements(plan):
        members.setdefault(label, []).append(element.name)
        for name, parameter in parameters_of(element).items():
            if parameter.default in (None, "") or origin_of(element, name) != "default":
                continue
            value = value_of(element, name)
            entry = found.setdefault(label, {}).setdefault((name, repr(value)), (parameter, value, []))
            entry[2].append(element.name)
    rows = []
    for label, entries in found.items():
        kind: tuple[Run, ...] = (bold(label), *_where(members[label]))
        for evidence, word in EVIDENCE.items():
            runs = [
                run
                for entry in entries.values()
                if entry[0].evidence == evidence
                for run in _default(*entry, members[label])
            ]
            if runs:
                rows.append(GridRow((kind, word, tuple(runs[:-1]))))
                kind = ()
    return Grid([GridColumn("Kind", share=0.2), GridColumn("Evidence", share=0.12), GridColumn("Defaults")], rows, 7.0)


def _where(names: Sequence[str]) -> tuple[Run, ...]:
    named = _named(names)
    return (muted(f" {named}"),) if named else ()


def _default(parameter: Parameter, value: Value, names: Sequence[str], all_names: Sequence[str]) -> tuple[Run, ...]:
    """Return label and value, where it does not hold for all of the kind, and a source of its own."""
    notes = []
    if len(names) < len(all_names):
        notes.append(f"{len(names)} of {len(all_names)}")
    source = parameter.source.removesuffix(", assumption")
    if source and source != GENERIC:
        notes.append(source)
    note = f" ({'; '.join(notes)})" if notes else ""
    text = value_text(value, parameter.unit)
    return muted(f"{parameter.label} "), Run(text, "semibold"), muted(note), muted(" · ")


def _named(names: Sequence[str]) -> str:
    unique = [name for name in dict.fromkeys(names) if name]
    more = len(unique) - MOST_NAMES
    return ", ".join(unique[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _set(plan: PlanContext) -> Iterator[Flowable]:
    rows = []
    for label, element in _elements(plan):
        known = parameters_of(element)
        by_origin: dict[str, list[Run]] = {}
        for name, value in element.params.items():
            parameter = known.get(name)
            if parameter is None or value is None:
                continue
            runs = by_origin.setdefault(origin_of(element, name), [])
            runs += [muted(f"{parameter.label} "), Run(value_text(value, parameter.unit), "semibold"), muted(" · ")]
        who: str | Run = bold(element.name or _ends(plan, element) or label)
        for origin, runs in by_origin.items():
            rows.append(GridRow((who, origin, tuple(runs[:-1]))))
            who = ""
    if not rows:
        yield Prose("Nothing was set yet: the whole plan stands at defaults.", 9.0)
        return
    columns = [GridColumn("Element", share=0.24), GridColumn("Known by", share=0.1), GridColumn("Values")]
    yield Grid(columns, rows[:MOST_SET], 7.0, after=4.0)
    if len(rows) > MOST_SET:
        yield Prose(muted(f"The inputs of {len(rows) - MOST_SET:,} further elements are in the project file."), 7.6)


def _ends(plan: PlanContext, element: Node | Flow | Brief) -> str:
    if not isinstance(element, Flow):
        return ""
    return f"{plan.blocks.name(element.source)} → {plan.blocks.name(element.target)}"


def _prices(plan: PlanContext) -> Flowable:
    """Return the sources of the prices with the money that rests on them, the oldest first."""
    groups: dict[tuple[str, str, str], list[float]] = {}
    for line in plan.bill:
        if line.usd_per_month is not None:
            source = line.source or "computed from the lines above"
            groups.setdefault((line.date, line.status, source), []).append(line.usd_per_month)
    rows = [
        GridRow((date or "–", status, str(len(values)), format_value(sum(values), "USD/month"), source))
        for (date, status, source), values in sorted(groups.items(), key=lambda group: group[0])
    ]
    columns = [GridColumn("Price of", share=0.11), GridColumn("Standing", share=0.11), GridColumn("Lines", "right")]
    return Grid([*columns, GridColumn("Per month", "right"), GridColumn("Source", share=0.56)], rows, 6.8)
