"""The blocks of the panel: figures, inputs, ranking and its checks, cost side by side, requirements, leaving."""

from __future__ import annotations

from models.evaluation.result import Evaluation
from models.formatting import format_value
from models.frameworks.cloud_selection.answer import Turn
from models.frameworks.cloud_selection.candidates import Candidate
from models.frameworks.cloud_selection.choice import Choice
from models.frameworks.cloud_selection.criteria import cost_tools, price_drift
from models.frameworks.cloud_selection.inputs import ID, INPUTS, WEIGHTS, setting
from models.frameworks.cloud_selection.leaving import CLASS_WORDS, Exit, Step
from models.frameworks.cloud_selection.links import links
from models.frameworks.cloud_selection.requirements import (
    Requirements,
    accelerator_sold,
    kind_label,
    nearest_to_users,
)
from models.report import (
    Axis,
    Block,
    Cell,
    Chart,
    Column,
    Figure,
    Figures,
    InputField,
    Message,
    Sentence,
    Series,
    Table,
)
from models.studies.provider_costs import name_of

MOST_BINDINGS = 12
METHODS = "Weighted sum on anchored bounds; TOPSIS with vector normalization; PROMETHEE II with linear preference."


def _column(title: str, unit: str = "") -> Column:
    return Column(Message(title), unit)


def fields(*paths: str) -> list[Block]:
    """Return editors for inputs of the framework."""
    return [InputField(f"in/{ID}/{path}", "value", Message(INPUTS[path].label), INPUTS[path].unit) for path in paths]


def head_figures(leaving: Exit, found: tuple[Candidate, ...], choice: Choice | None) -> Figures:
    """Return the few figures behind the answer."""
    shown: list[Figure] = []
    if choice is not None and choice.order:
        first = choice.order[0]
        name = choice.alternatives[first].name
        second = float(choice.points[choice.order[1]]) if len(choice.order) > 1 else 0.0
        shown.append(
            _figure(
                "lead",
                "Lead over the second",
                float(choice.points[first]) - second,
                "points",
                f"band {choice.band:.1f}; {name}",
            )
        )
        shown.append(
            _figure(
                "wins", "First in random trials", float(choice.win_share[first]), "fraction", "weights and values drawn"
            )
        )
        leader = next(each for each in found if each.plan.provider == choice.alternatives[first].id)
        status = "at_least" if leader.plan.unpriced else ""
        shown.append(
            Figure(
                f"{ID}/cost", f"{name} per month", leader.monthly, "USD/month", "approximate", leader.where,
                bound=status, band=(leader.monthly * 0.9, leader.monthly * 1.1),  # type: ignore[arg-type]
            )
        )  # fmt: skip
    band = (leaving.low, leaving.high)
    shown.append(
        Figure(
            f"{ID}/exit", "Leaving costs, once", leaving.cost.total, "USD", "approximate", "house estimate", band=band
        )
    )
    index = leaving.cost.lock_in_index
    if index == index:
        shown.append(_figure("lock_in", "Lock-in index", index, "×", "leaving ÷ one year of running"))
    else:
        shown.append(
            Figure(f"{ID}/lock_in", "Lock-in index", None, "×", "unknown", "", "Nothing is billed by a provider.")
        )
    return Figures(tuple(shown))


def _figure(name: str, label: str, value: float, unit: str, basis: str) -> Figure:
    return Figure(f"{ID}/{name}", label, value, unit, "approximate", basis)


# -- ranking ----------------------------------------------------------------------------------------------------------


def ranking_blocks(evaluation: Evaluation, choice: Choice, turned: tuple[Turn, ...]) -> list[Block]:
    """Return the chart of points, the ranks by method, the criteria with source, and what would turn the order."""
    return [
        _points_chart(choice),
        _methods_table(choice),
        Sentence(Message(_agreement(choice)), "muted"),
        _criteria_table(choice),
        *fields(*(f"weight/{each.id}" for each in choice.used)),
        *_judgments(evaluation, choice),
        *_tornado(choice),
        _turns_table(choice),
        *_warnings(choice, turned),
    ]


def _points_chart(choice: Choice) -> Chart:
    names = tuple(choice.alternatives[index].name for index in choice.order)
    series = tuple(
        Series(group.capitalize(), names, tuple(_group_points(choice, index, group) for index in choice.order))
        for group in ("technical", "cost", "risk")
    )
    return Chart(
        "stacked_bar", Message("Points of 100 by group of criteria"), Axis(Message("")), Axis(Message("Points")), series
    )


def _group_points(choice: Choice, index: int, group: str) -> float:
    parts = choice.parts[index]
    return 100.0 * float(sum(part for part, each in zip(parts, choice.used, strict=True) if each.group == group))


def _methods_table(choice: Choice) -> Table:
    columns = (
        _column("Provider"),
        *(_column(method) for method in choice.ranks),
        _column("First in trials", "fraction"),
    )
    rows: list[tuple[Cell, ...]] = []
    for index in choice.order:
        places = [f"{rank[index]:g}" for rank in choice.ranks.values()]
        rows.append((choice.alternatives[index].name, *places, float(choice.win_share[index])))
    return Table(Message("Rank by method"), columns, tuple(rows))


def _agreement(choice: Choice) -> str:
    first = choice.alternatives[choice.order[0]].name
    differing = [
        f"{method} ({choice.alternatives[int(rank.argmin())].name})"
        for method, rank in choice.ranks.items()
        if int(rank.argmin()) != choice.order[0]
    ]
    if not differing:
        return f"All four methods put {first} first. {METHODS}"
    return f"Not all methods agree that {first} is first: {', '.join(differing)}. {METHODS}"


def _criteria_table(choice: Choice) -> Table:
    columns = (
        _column("Criterion"),
        _column("Weight", "fraction"),
        *(_column(choice.alternatives[index].name) for index in choice.order),
        _column("From"),
    )
    rows: list[tuple[Cell, ...]] = []
    for at, each in enumerate(choice.used):
        values = [_value(choice, index, each.id, each.unit) for index in choice.order]
        source = f"{each.source} (judgment)" if each.judged else each.source
        rows.append((WEIGHTS[each.id][0], float(choice.weights[at]), *values, source))
    for each in choice.dropped:
        values = [_value(choice, index, each.id, each.unit) for index in choice.order]
        rows.append((WEIGHTS[each.id][0], "not counted", *values, "not known for all: " + _missing(choice, each.id)))
    return Table(Message("Criteria, with where each value comes from"), columns, tuple(rows))


def _value(choice: Choice, index: int, criterion: str, unit: str) -> str:
    score = choice.alternatives[index].scores[criterion]
    if score.value is None:
        return "not known"
    return f"{score.value:.3g}" if unit in ("count", "class", "of 5") else format_value(score.value, unit)


def _missing(choice: Choice, criterion: str) -> str:
    return next(
        (one.scores[criterion].note for one in choice.alternatives if one.scores[criterion].note), "a value is missing"
    )


def _judgments(evaluation: Evaluation, choice: Choice) -> list[Block]:
    known = [one.id for one in choice.alternatives if f"familiarity/{one.id}" in INPUTS]
    found: list[Block] = [*fields(*(f"familiarity/{key}" for key in known))]
    for key in known:
        reason = str(setting(evaluation.design, f"reason/{key}") or "")
        if reason:
            found.append(Sentence(Message("Experience with {key}: {reason}", {"key": key, "reason": reason}), "muted"))
    return [*found, *fields("compare/technical-cost", "compare/technical-risk", "compare/cost-risk")]


def _tornado(choice: Choice) -> list[Block]:
    """Return how the lead over the second moves when one weight is halved or doubled; below 0 the second leads."""
    if len(choice.order) < 2:
        return []
    lead = 100.0 * (choice.parts[choice.order[0]] - choice.parts[choice.order[1]])
    total = float(lead.sum())
    swings = []
    for at, each in enumerate(choice.used):
        weight = float(choice.weights[at])
        rest = (total - float(lead[at])) / max(1.0 - weight, 1e-9)
        ends = [factor * float(lead[at]) + (1.0 - min(factor * weight, 1.0)) * rest for factor in (0.5, 2.0)]
        swings.append((max(ends) - min(ends), WEIGHTS[each.id][0], min(ends), max(ends)))
    swings.sort(reverse=True)
    names = tuple(name for _, name, _, _ in swings)
    low, high = tuple(entry[2] for entry in swings), tuple(entry[3] for entry in swings)
    series = (Series("Lead", names, high, low, high),)
    title = Message("Lead over the second with one weight halved or doubled")
    axes = Axis(Message("")), Axis(Message("Points"))
    return [Chart("tornado", title, *axes, series, (("x", 0.0, "tie"),))]


def _turns_table(choice: Choice) -> Table:
    columns = (_column("Criterion"), _column("Weight now", "fraction"), _column("The second leads at", "fraction"))
    rows: list[tuple[Cell, ...]] = []
    for at, each in enumerate(choice.used):
        flip = choice.flip(at)
        rows.append((WEIGHTS[each.id][0], float(choice.weights[at]), "at no weight" if flip is None else flip))
    return Table(Message("Weight at which the order turns, one at a time"), columns, tuple(rows))


def _warnings(choice: Choice, turned: tuple[Turn, ...]) -> list[Block]:
    found: list[Block] = []
    for turn in turned:
        found.append(Sentence(Message("The second would lead if {clause}.", {"clause": turn.clause}), "muted"))
    for method, out, pair in choice.reversals:
        args = {"method": method, "out": out, "first": pair[0], "second": pair[1]}
        text = (
            "Rank reversal: without {out}, {method} puts {second} before {first}. The weighted sum on bounds does not."
        )
        found.append(Sentence(Message(text, args), "warning"))
    ratio = abs(choice.comparison.consistency_ratio)
    text = f"Pairwise comparison: consistency ratio {ratio:.2f}, to be at most 0.10."
    found.append(
        Sentence(
            Message(text + (f" {choice.hint.capitalize()}." if choice.hint else "")),
            "warning" if choice.hint else "muted",
        )
    )
    return found


# -- cost -------------------------------------------------------------------------------------------------------------


def cost_blocks(evaluation: Evaluation, found: tuple[Candidate, ...]) -> list[Block]:
    """Return the providers side by side: per month by component, over the horizon with bands, gaps and exchanges."""
    return [
        _cost_table(evaluation, found),
        _cost_chart(found),
        _ahead_chart(found),
        *_notes_table(found),
        _tools_table(found),
    ]


def _cost_table(evaluation: Evaluation, found: tuple[Candidate, ...]) -> Table:
    months = evaluation.horizon_months
    columns = (
        _column("Provider"),
        _column("Per month", "USD/month"),
        _column("Without a price"),
        _column("Stand-ins", "USD/month"),
        _column(f"Total, {months} months", "USD"),
        _column("p95", "s"),
        _column("Journeys left if it fails", "fraction"),
        _column("Weeks to build"),
        _column("Remark"),
    )
    rows: list[tuple[Cell, ...]] = []
    for each in found:
        plan = each.plan
        if plan.refused:
            rows.append((plan.name, None, "", None, None, None, None, "", plan.refused))
            continue
        cost = Figure(
            f"{ID}/cost/{plan.provider}", plan.name, plan.cost, "USD/month", bound="at_least" if plan.unpriced else ""
        )
        band = (each.total - each.spread, each.total + each.spread)
        total = Figure(f"{ID}/total/{plan.provider}", plan.name, each.total, "USD", "approximate", band=band)
        dark = _parts(len(plan.unpriced))
        remark = each.out or ("as drawn" if each.drawn else each.where)
        rows.append(
            (plan.name, cost, dark, each.missing, total, plan.last_p95_s, plan.surviving, f"{each.weeks:.0f}", remark)
        )
    return Table(Message("The drawing on each provider"), columns, tuple(rows))


def _parts(number: int) -> str:
    return "none" if not number else "1 part" if number == 1 else f"{number} parts"


def _cost_chart(found: tuple[Candidate, ...]) -> Chart:
    priced = [each for each in found if not each.plan.refused]
    groups = dict.fromkeys(group for each in priced for group, usd in each.plan.groups.items() if usd > 0)
    names = tuple(each.plan.name for each in priced)
    series = [Series(group, names, tuple(each.plan.groups.get(group, 0.0) for each in priced)) for group in groups]
    if any(each.missing for each in priced):
        series.append(
            Series("stand-ins for unknown prices", names, tuple(each.missing for each in priced), role="muted")
        )
    return Chart(
        "stacked_bar",
        Message("Cost per month by component"),
        Axis(Message("")),
        Axis(Message("Cost"), "USD/month"),
        tuple(series),
    )


def _ahead_chart(found: tuple[Candidate, ...]) -> Chart:
    series = tuple(
        Series(
            each.plan.name,
            tuple(float(m) for m in range(len(each.plan.ahead))),
            each.plan.ahead,
            each.plan.ahead_low,
            each.plan.ahead_high,
        )
        for each in found
        if each.plan.ahead and not each.out
    )
    return Chart(
        "line", Message("Cost over the horizon, with the band of demand and prices"),
        Axis(Message("Month"), "month"), Axis(Message("Cost"), "USD/month"), series,
    )  # fmt: skip


def _notes_table(found: tuple[Candidate, ...]) -> list[Block]:
    rows: list[tuple[Cell, ...]] = []
    elements: list[str] = []
    for each in found:
        for note in each.plan.notes:
            rows.append((each.plan.name, "missing" if note.missing else "exchanged", note.sentence))
            elements.append(note.node)
        reasons: dict[str, list[str]] = {}
        for part, reason in each.plan.unpriced.items():
            reasons.setdefault(reason, []).append(part)
        for reason, parts in reasons.items():
            rows.append((each.plan.name, "no price", reason))
            elements.append(parts[0].split("/")[0])
    if not rows:
        return []
    columns = (_column("Provider"), _column("What"), _column("How the drawing changes there"))
    return [Table(Message("Gaps and exchanges"), columns, tuple(rows), tuple(elements))]


def _tools_table(found: tuple[Candidate, ...]) -> Table:
    columns = (
        _column("Provider"), _column("Tools"), _column("Attributes", "fraction"), _column("Right-sizes", "fraction"),
        _column("Alerts on", "fraction"), _column("Export"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for each in found:
        tool = cost_tools().get(each.plan.provider)
        if tool is None or each.plan.refused:
            continue
        shares = [_share(each, reached) for reached in (tool.attribute, tool.right_size, tool.alert)]
        rows.append((each.plan.name, tool.tools, *shares, tool.export))
    return Table(Message("What the providers' cost tools reach of this bill"), columns, tuple(rows))


def _share(each: Candidate, reached: tuple[str, ...]) -> float | None:
    own = {"people", "contract", "hardware", "environments"}
    billed = {name: usd for name, usd in each.plan.groups.items() if name not in own}
    total = sum(billed.values())
    return sum(usd for name, usd in billed.items() if name in reached) / total if total > 0 else None


# -- requirements -----------------------------------------------------------------------------------------------------


def requirement_blocks(evaluation: Evaluation, requirements: Requirements) -> list[Block]:
    """Return what the drawing asks for and who has it."""
    catalog = evaluation.catalog
    clouds = [provider for provider in catalog.providers.values() if provider.kind == "cloud"]
    columns = (_column("The drawing needs"), *(_column(name_of(catalog, provider.id)) for provider in clouds))
    rows: list[tuple[Cell, ...]] = []
    elements: list[str] = []
    for kind, members in requirements.kinds.items():
        offered = [catalog.service(kind, provider.id) for provider in clouds]
        rows.append((_counted(kind_label(kind), len(members)), *(s.name if s else "—" for s in offered)))
        elements.append(members[0])
    for need, members, cards in requirements.accelerators:
        sold = [accelerator_sold(catalog, provider.id, requirements.residency, need) for provider in clouds]
        words = {1.0: "sold", 0.5: "one as good", 0.0: "—"}
        rows.append((f"{cards:.0f} × {need[0]}", *(words[share] for share in sold)))
        elements.append(members[0])
    users = tuple(sorted(requirements.users.items()))
    if users:
        near = [nearest_to_users(catalog, provider.id, requirements.residency, users) for provider in clouds]
        where = ", ".join(f"{place} {share:.0%}" for place, share in users)
        rows.append((f"Near {where}", *(f"{one[0]} {one[1] * 1e3:.0f} ms" if one else "—" for one in near)))
        elements.append("")
    facts = Table(Message("Required, and who has it"), columns, tuple(rows), tuple(elements))
    said = [_data_sentence(evaluation, requirements), _drift_sentence(evaluation)]
    return [facts, *said, *_links_table(evaluation, requirements)]


def _counted(label: str, number: int) -> str:
    return label if number == 1 else f"{number} × {label}"


def _data_sentence(evaluation: Evaluation, requirements: Requirements) -> Sentence:
    volume = float(evaluation.flow_column("bytes_per_s").sum()) if evaluation.flow_ids else 0.0
    classes = ", ".join(sorted({word.replace("_", " ") for word in requirements.data.values()})) or "no stated class"
    target = requirements.target_availability
    args = {
        "residency": "anywhere" if requirements.residency == "none" else f"in {requirements.residency}",
        "classes": classes,
        "stored": format_value(requirements.storage_gib * 1024.0**3, "byte"),
        "volume": format_value(volume, "byte/s"),
        "target": f"{target:.4%}".rstrip("0%").rstrip(".") + " %" if target is not None else "no target",
    }
    text = "Data {residency} ({classes}); {stored} stored, {volume} in flows on average; availability: {target}."
    return Sentence(Message(text, args), "muted")


def _drift_sentence(evaluation: Evaluation) -> Sentence:
    found = {
        name.name: price_drift(evaluation.catalog, name.id)
        for name in evaluation.catalog.providers.values()
        if name.kind == "cloud"
    }
    known = [f"{name} {drift[2]:+.1%} a year over {drift[1]} machines" for name, drift in found.items() if drift]
    missing = [name for name, drift in found.items() if drift is None]
    text = f"Price drift between two dated lists: {'; '.join(known) or 'not known'}."
    return Sentence(Message(text + (f" Not known for {', '.join(missing)}." if missing and known else "")), "muted")


def _links_table(evaluation: Evaluation, requirements: Requirements) -> list[Block]:
    """Return the flows between regions: what they carry against the line, and the hours to copy the larger end."""
    found = links(evaluation, requirements)
    if not found:
        return []
    design = evaluation.design
    columns = (
        _column("Flow between regions"),
        _column("Carries", "byte/s"),
        _column("Line", "byte/s"),
        _column("Measured"),
        _column("Hours to fill a replica"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            f"{design.nodes[link.source].name} → {design.nodes[link.target].name}",
            link.carried,
            link.line,
            "yes" if link.measured else "assumed",
            f"{link.hours:.1f}" if link.hours else "",
        )
        for link in found
    )
    return [Table(Message("Bandwidth between regions"), columns, rows, tuple(link.flow for link in found))]


# -- leaving ----------------------------------------------------------------------------------------------------------


def exit_blocks(evaluation: Evaluation, leaving: Exit, steps: tuple[Step, ...]) -> list[Block]:
    """Return what binds the design, what leaving costs, and the waves of the move as a table."""
    cost = leaving.cost
    parts = (
        ("Engineering", cost.rework, f"{leaving.days:.0f} person-days at {leaving.day_rate:.0f} USD; 0.5 to 2 times"),
        ("Data out", cost.data_transfer, _egress_words(leaving)),
        ("Both places running", cost.dual_running, "months × what the providers bill"),
        ("Commitments still owed", cost.stranded_commitments, "reserved share × months left"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple((name, usd, basis) for name, usd, basis in parts)
    total: tuple[Cell, ...] = (
        "Leaving, once",
        cost.total,
        f"{format_value(leaving.low, 'USD')} to {format_value(leaving.high, 'USD')}",
    )
    columns = (_column("Part"), _column("Cost", "USD"), _column("Basis"))
    return [
        Table(Message("What leaving costs (house estimate)"), columns, rows, (), total),
        _bindings_table(evaluation, leaving),
        *fields("exit/target", "exit/days_month", "exit/dual_months", "exit/contract_months", "exit/gbit_s"),
        _steps_table(steps),
    ]


def _egress_words(leaving: Exit) -> str:
    stored = format_value(leaving.stored_gb * 1e9, "byte")
    if leaving.egress_usd_gb is None:
        return f"{stored}; the price of egress is not known and counts as 0"
    return f"{stored} at {leaving.egress_usd_gb:.3f} USD per GB"


def _bindings_table(evaluation: Evaluation, leaving: Exit) -> Table:
    columns = (
        _column("Node"), _column("Service"), _column("Class"), _column("Flows"), _column("Stored", "byte"),
        _column("Person-days"), _column("To move it", "USD"),
    )  # fmt: skip
    shown, names = leaving.bindings[:MOST_BINDINGS], evaluation.design.nodes
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            names[binding.node].name, binding.service, f"{binding.portability} {CLASS_WORDS[binding.portability]}",
            f"{binding.flows}", binding.stored_gb * 1e9, f"{binding.days:.0f}", binding.usd,
        )
        for binding in shown
    )  # fmt: skip
    return Table(Message("What binds most"), columns, rows, tuple(binding.node for binding in shown))


def _steps_table(steps: tuple[Step, ...]) -> Table:
    columns = (
        _column("Wave"),
        _column("From", "month"),
        _column("To", "month"),
        _column("Person-days"),
        _column("Copied", "byte"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            step.title,
            f"{step.start:.1f}",
            f"{step.end:.1f}",
            f"{step.days:.0f}",
            step.copied_gb * 1e9 if step.copied_gb else "",
        )
        for step in steps
    )
    return Table(Message("Order of the move, dependencies first"), columns, rows)
