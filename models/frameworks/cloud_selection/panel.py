"""The blocks of the panel: figures, inputs, ranking and its checks, cost side by side, requirements, leaving."""

from __future__ import annotations

from models.evaluation.result import Evaluation
from models.formatting import format_value
from models.frameworks.cloud_selection.candidates import Candidate
from models.frameworks.cloud_selection.choice import Choice
from models.frameworks.cloud_selection.contracts import end_words, remark, start_of_move, when
from models.frameworks.cloud_selection.criteria import price_drift
from models.frameworks.cloud_selection.inputs import ID, INPUTS
from models.frameworks.cloud_selection.leaving import CLASS_WORDS, Exit, Step
from models.frameworks.cloud_selection.links import fills, links
from models.frameworks.cloud_selection.quotas import quotas
from models.frameworks.cloud_selection.requirements import (
    Requirements,
    accelerator_sold,
    kind_label,
    nearest_to_users,
)
from models.report import (
    Block,
    Cell,
    Column,
    Figure,
    Figures,
    InputField,
    Message,
    Sentence,
    Table,
)
from models.studies.provider_costs import name_of

MOST_BINDINGS = 12


def column(title: str, unit: str = "") -> Column:
    """Return a column of a table."""
    return Column(Message(title), unit)


def fields(*paths: str) -> list[Block]:
    """Return editors for inputs of the framework."""
    return [InputField(f"in/{ID}/{path}", "value", Message(INPUTS[path].label), INPUTS[path].unit) for path in paths]


def head_figures(
    leaving: Exit, steps: tuple[Step, ...], found: tuple[Candidate, ...], choice: Choice | None
) -> Figures:
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
    if steps:
        words = f"{leaving.days:.0f} person-days in {len(steps)} waves"
        shown.append(_figure("exit_months", "Leaving takes", steps[-1].end, "months", words))
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


# -- requirements -----------------------------------------------------------------------------------------------------


def requirement_blocks(evaluation: Evaluation, requirements: Requirements) -> list[Block]:
    """Return what the drawing asks for and who has it."""
    catalog = evaluation.catalog
    clouds = [provider for provider in catalog.providers.values() if provider.kind == "cloud"]
    columns = (column("The drawing needs"), *(column(name_of(catalog, provider.id)) for provider in clouds))
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
    return [
        facts,
        *said,
        *_quota_table(evaluation),
        *_links_table(evaluation, requirements),
        *_fills_table(evaluation, requirements),
    ]


def _quota_table(evaluation: Evaluation) -> list[Block]:
    """Return the accelerators of each region and account against quota and lead time."""
    found = quotas(evaluation)
    if not found:
        return []
    columns = (
        column("Region or account"), column("Needs"), column("Quota"), column("Beyond it"),
        column("Weeks for more"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for each in found:
        name = evaluation.design.boundaries[each.boundary].name
        needs = ", ".join(f"{cards:.0f} × {card}" for card, cards in each.cards.items())
        quota = f"{each.quota:g}" if each.quota is not None else "not known"
        weeks = f"{each.weeks:g}" if each.weeks is not None else "not known"
        beyond = f"{each.missing:.0f}" if each.quota is not None else ""
        rows.append((f"{name}, whole account" if each.account else name, needs, quota, beyond, weeks))
    why = (
        "Providers publish neither quotas nor the time to raise them: they hang on the account. Enter what yours says."
    )
    elements = tuple(each.boundary for each in found)
    table = Table(Message("Accelerators against quotas"), columns, tuple(rows), elements)
    unknown = any(each.quota is None for each in found if each.account)
    return [table, Sentence(Message(why), "muted")] if unknown else [table]


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
    known = [
        f"at {name} {drift.changed} of {drift.machines} machines changed since {drift.since}, most {drift.most_type} "
        f"({drift.most:+.0%} a year)"
        for name, drift in found.items()
        if drift
    ]
    missing = [name for name, drift in found.items() if drift is None]
    text = f"List prices over time: {'; '.join(known) or 'not known'}."
    unknown = f" No second dated list is known for {', '.join(missing)}." if missing and known else ""
    return Sentence(Message(text + unknown), "muted")


def _links_table(evaluation: Evaluation, requirements: Requirements) -> list[Block]:
    """Return the flows between regions: what they carry against the line, and the hours to copy the larger end."""
    found = links(evaluation, requirements)
    if not found:
        return []
    design = evaluation.design
    columns = (
        column("Flow between regions"),
        column("Carries", "byte/s"),
        column("Line", "byte/s"),
        column("Line is"),
        column("Its end filled in", "s"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            f"{design.nodes[link.source].name} → {design.nodes[link.target].name}",
            link.carried,
            link.line,
            link.basis,
            link.hours * 3600.0 if link.hours else "",
        )
        for link in found
    )
    return [Table(Message("Bandwidth between regions"), columns, rows, tuple(link.flow for link in found))]


def _fills_table(evaluation: Evaluation, requirements: Requirements) -> list[Block]:
    """Return the hours until a store in a further region holds everything, as first filled or after a loss."""
    found = fills(evaluation, requirements)
    if not found:
        return []
    columns = (
        column("Store"), column("From"), column("To"), column("As"), column("One copy", "byte"),
        column("Line", "byte/s"), column("Line is"), column("Filled in", "s"),
    )  # fmt: skip
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            evaluation.design.nodes[fill.node].name, "/".join(fill.origin), "/".join(fill.place), fill.role,
            fill.stored_gib * 1024.0**3, fill.line, fill.basis, fill.hours * 3600.0,
        )
        for fill in found
    )  # fmt: skip
    return [Table(Message("Copies in further regions"), columns, rows, tuple(fill.node for fill in found))]


# -- leaving ----------------------------------------------------------------------------------------------------------


def exit_blocks(evaluation: Evaluation, leaving: Exit, steps: tuple[Step, ...]) -> list[Block]:
    """Return what binds the design, what leaving costs, and the waves of the move as a table."""
    cost = leaving.cost
    parts = (
        ("Engineering", cost.rework, f"{leaving.days:.0f} person-days at {leaving.day_rate:.0f} USD; 0.5 to 2 times"),
        ("Data out", cost.data_transfer, _egress_words(leaving)),
        ("Both places running", cost.dual_running, "months × what the providers bill"),
        ("Contracts still owed", cost.stranded_commitments, _contract_words(leaving)),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple((name, usd, basis) for name, usd, basis in parts)
    total: tuple[Cell, ...] = (
        "Leaving, once",
        cost.total,
        f"{format_value(leaving.low, 'USD')} to {format_value(leaving.high, 'USD')}",
    )
    columns = (column("Part"), column("Cost", "USD"), column("Basis"))
    return [
        Table(Message("What leaving costs (house estimate)"), columns, rows, (), total),
        _bindings_table(evaluation, leaving),
        *fields("exit/target", "exit/start", "exit/days_month", "exit/dual_months", "exit/contract_months"),
        *fields("exit/gbit_s"),
        _steps_table(evaluation, steps),
        *_contracts_blocks(evaluation, leaving),
    ]


def _egress_words(leaving: Exit) -> str:
    stored = format_value(leaving.stored_gb * 1e9, "byte")
    if leaving.egress_usd_gb is None:
        return f"{stored}; the price of egress is not known and counts as 0"
    return f"{stored} at {leaving.egress_usd_gb:.3f} USD per GB"


def _bindings_table(evaluation: Evaluation, leaving: Exit) -> Table:
    columns = (
        column("Node"), column("Service"), column("Class"), column("Flows"), column("Stored", "byte"),
        column("Person-days"), column("To move it", "USD"),
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


def _contract_words(leaving: Exit) -> str:
    if not leaving.contracts:
        return "nothing is reserved or under a contract"
    open_ends = sum(each.owed is None for each in leaving.contracts)
    unknown = f"; {open_ends} not known without a start of the move" if open_ends else ""
    return "committed a month × months it runs on, or the fee to leave early" + unknown


def _steps_table(evaluation: Evaluation, steps: tuple[Step, ...]) -> Table:
    start = start_of_move(evaluation)
    columns = (column("Wave"), column("From"), column("To"), column("Person-days"), column("Copied", "byte"))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            step.title,
            when(start, step.start),
            when(start, step.end),
            f"{step.days:.0f}",
            step.copied_gb * 1e9 if step.copied_gb else "",
        )
        for step in steps
    )
    return Table(Message("Order of the move, dependencies first"), columns, rows)


def _contracts_blocks(evaluation: Evaluation, leaving: Exit) -> list[Block]:
    """Return the end of each contract against the plan, and which later start would owe nothing."""
    if not leaving.contracts:
        return []
    start = start_of_move(evaluation)
    columns = (
        column("Contract"), column("Ends"), column("Last move"), column("Old place closed"),
        column("Committed", "USD/month"), column("Leaving early", "USD"), column("Remark"),
    )  # fmt: skip
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            each.name, end_words(each), when(start, each.moved), when(start, each.closed), each.usd_month, each.owed,
            remark(each),
        )
        for each in leaving.contracts
    )  # fmt: skip
    owed = sum(each.owed or 0.0 for each in leaving.contracts)
    committed = sum(each.usd_month for each in leaving.contracts)
    total: tuple[Cell, ...] = ("All contracts", "", "", "", committed, owed, "")
    elements = tuple(each.element for each in leaving.contracts)
    table = Table(Message("Contracts against the plan"), columns, rows, elements, total)
    return [table, *_later_start(evaluation, leaving)]


def _later_start(evaluation: Evaluation, leaving: Exit) -> list[Block]:
    """Return the start of the move from which on no dated contract is left early."""
    start = start_of_move(evaluation)
    over = [each.over for each in leaving.contracts if each.owed and not each.assumed]
    if start is None or not over:
        return []
    saved = sum(each.owed or 0.0 for each in leaving.contracts if not each.assumed)
    args = {"day": when(start, max(over)), "months": f"{max(over):.1f}", "saved": format_value(saved, "USD")}
    text = "A move that starts on {day}, {months} months later, leaves no dated contract early: {saved} less is owed."
    return [Sentence(Message(text, args), "muted")]
