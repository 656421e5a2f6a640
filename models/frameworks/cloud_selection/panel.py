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
from models.words import Number, Text, joined

MOST_BINDINGS = 12
BASES = {"measured": Text("measured"), "assumed": Text("assumed")}
ROLES = {"active": Text("active"), "standby": Text("standby"), "copy": Text("copy")}


def column(title: str, unit: str = "") -> Column:
    """Return a column of a table."""
    return Column(Message(title), unit)


def fields(*paths: str) -> list[Block]:
    """Return editors for inputs of the framework."""
    return [InputField(f"in/{ID}/{path}", "value", Message.of(INPUTS[path].label), INPUTS[path].unit) for path in paths]


def head_figures(
    leaving: Exit, steps: tuple[Step, ...], found: tuple[Candidate, ...], choice: Choice | None
) -> Figures:
    """Return the few figures behind the answer."""
    shown = _choice_figures(found, choice) if choice is not None and choice.order else []
    band = (leaving.low, leaving.high)
    shown.append(
        Figure(
            f"{ID}/exit",
            Text("Leaving costs, once"),
            leaving.cost.total,
            "USD",
            "approximate",
            Text("house estimate"),
            band=band,
        )
    )
    if steps:
        words = Text("{days:.0f} person-days in {count} waves", days=leaving.days, count=len(steps))
        shown.append(_figure("exit_months", Text("Leaving takes"), steps[-1].end, "months", words))
    index = leaving.cost.lock_in_index
    if index == index:
        shown.append(_figure("lock_in", Text("Lock-in index"), index, "×", Text("leaving ÷ one year of running")))
    else:
        shown.append(
            Figure(
                f"{ID}/lock_in",
                Text("Lock-in index"),
                None,
                "×",
                "unknown",
                "",
                Text("Nothing is billed by a provider."),
            )
        )
    return Figures(tuple(shown))


def _choice_figures(found: tuple[Candidate, ...], choice: Choice) -> list[Figure]:
    """Return by how much the first leads, how often, and what it costs."""
    first = choice.order[0]
    name = choice.alternatives[first].name
    second = float(choice.points[choice.order[1]]) if len(choice.order) > 1 else 0.0
    lead, band = float(choice.points[first]) - second, Text("band {band:.1f}; {name}", band=choice.band, name=name)
    wins, drawn = float(choice.win_share[first]), Text("weights and values drawn")
    leader = next(each for each in found if each.plan.provider == choice.alternatives[first].id)
    cost = Figure(
        f"{ID}/cost",
        Text("{name} per month", name=name),
        leader.monthly,
        "USD/month",
        "approximate",
        leader.where,
        bound="at_least" if leader.plan.unpriced else "",
        band=(leader.monthly * 0.9, leader.monthly * 1.1),
    )
    return [
        _figure("lead", Text("Lead over the second"), lead, "points", band),
        _figure("wins", Text("First in random trials"), wins, "fraction", drawn),
        cost,
    ]


def _figure(name: str, label: str, value: float, unit: str, basis: str) -> Figure:
    return Figure(f"{ID}/{name}", label, value, unit, "approximate", basis)


# -- requirements -----------------------------------------------------------------------------------------------------


def requirement_blocks(evaluation: Evaluation, requirements: Requirements) -> list[Block]:
    """Return what the drawing asks for and who has it."""
    catalog = evaluation.catalog
    clouds = [provider for provider in catalog.providers.values() if provider.kind == "cloud"]
    columns = (column(Text("The drawing needs")), *(column(name_of(catalog, provider.id)) for provider in clouds))
    rows: list[tuple[Cell, ...]] = []
    elements: list[str] = []
    for kind, members in requirements.kinds.items():
        offered = [catalog.service(kind, provider.id) for provider in clouds]
        rows.append((_counted(kind_label(kind), len(members)), *(s.name if s else "—" for s in offered)))
        elements.append(members[0])
    for need, members, cards in requirements.accelerators:
        sold = [accelerator_sold(catalog, provider.id, requirements.residency, need) for provider in clouds]
        words = {1.0: Text("sold"), 0.5: Text("one as good"), 0.0: "—"}
        rows.append((f"{cards:.0f} × {need[0]}", *(words[share] for share in sold)))
        elements.append(members[0])
    users = tuple(sorted(requirements.users.items()))
    if users:
        near = [nearest_to_users(catalog, provider.id, requirements.residency, users) for provider in clouds]
        where = ", ".join(f"{place} {share:.0%}" for place, share in users)
        rows.append(
            (Text("Near {where}", where=where), *(f"{one[0]} {one[1] * 1e3:.0f} ms" if one else "—" for one in near))
        )
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
        column(Text("Region or account")),
        column(Text("Needs")),
        column(Text("Quota")),
        column(Text("Beyond it")),
        column(Text("Weeks for more")),
    )
    rows: list[tuple[Cell, ...]] = []
    for each in found:
        name = evaluation.design.boundaries[each.boundary].name
        needs = ", ".join(f"{cards:.0f} × {card}" for card, cards in each.cards.items())
        quota = Number(f"{each.quota:g}") if each.quota is not None else Text("not known")
        weeks = Number(f"{each.weeks:g}") if each.weeks is not None else Text("not known")
        beyond = Number(f"{each.missing:.0f}") if each.quota is not None else ""
        rows.append((Text("{name}, whole account", name=name) if each.account else name, needs, quota, beyond, weeks))
    why = Text(
        "Providers publish neither quotas nor the time to raise them: they hang on the account. Enter what yours says."
    )
    elements = tuple(each.boundary for each in found)
    table = Table(Message("Accelerators against quotas"), columns, tuple(rows), elements)
    unknown = any(each.quota is None for each in found if each.account)
    return [table, Sentence(Message.of(why), "muted")] if unknown else [table]


def _counted(label: str, number: int) -> str:
    return label if number == 1 else Text("{number} × {label}", number=number, label=label)


def _data_sentence(evaluation: Evaluation, requirements: Requirements) -> Sentence:
    volume = float(evaluation.flow_column("bytes_per_s").sum()) if evaluation.flow_ids else 0.0
    classes = joined(Text(word.replace("_", " ")) for word in sorted(set(requirements.data.values()))) or Text(
        "no stated class"
    )
    target = requirements.target_availability
    args = {
        "residency": Text("anywhere")
        if requirements.residency == "none"
        else Text("in {residency}", residency=requirements.residency),
        "classes": classes,
        "stored": format_value(requirements.storage_gib * 1024.0**3, "byte"),
        "volume": format_value(volume, "byte/s"),
        "target": Number(f"{target:.4%}".rstrip("0%").rstrip(".") + " %") if target is not None else Text("no target"),
    }
    said = Message(
        "Data {residency} ({classes}); {stored} stored, {volume} in flows on average; availability: {target}.", args
    )
    return Sentence(said, "muted")


def _drift_sentence(evaluation: Evaluation) -> Sentence:
    found = {
        name.name: price_drift(evaluation.catalog, name.id)
        for name in evaluation.catalog.providers.values()
        if name.kind == "cloud"
    }
    known = [
        Text(
            "at {name} {changed} of {machines} machines changed since {since}, most {most_type} ({most:+.0%} a year)",
            name=name,
            changed=drift.changed,
            machines=drift.machines,
            since=drift.since,
            most_type=drift.most_type,
            most=drift.most,
        )
        for name, drift in found.items()
        if drift
    ]
    missing = [name for name, drift in found.items() if drift is None]
    text = Text("List prices over time: {known}.", known=joined(known, "; ") or Text("not known"))
    unknown = (
        Text(" No second dated list is known for {missing}.", missing=", ".join(missing)) if missing and known else ""
    )
    return Sentence(Message("{known}{unknown}", {"known": text, "unknown": unknown}), "muted")


def _links_table(evaluation: Evaluation, requirements: Requirements) -> list[Block]:
    """Return the flows between regions: what they carry against the line, and the hours to copy the larger end."""
    found = links(evaluation, requirements)
    if not found:
        return []
    design = evaluation.design
    columns = (
        column(Text("Flow between regions")),
        column(Text("Carries"), "byte/s"),
        column(Text("Line"), "byte/s"),
        column(Text("Line is")),
        column(Text("Its end filled in"), "s"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            f"{design.nodes[link.source].name} → {design.nodes[link.target].name}",
            link.carried,
            link.line,
            BASES.get(link.basis, link.basis),
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
        column(Text("Store")),
        column(Text("From")),
        column(Text("To")),
        column(Text("As")),
        column(Text("One copy"), "byte"),
        column(Text("Line"), "byte/s"),
        column(Text("Line is")),
        column(Text("Filled in"), "s"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            evaluation.design.nodes[fill.node].name,
            "/".join(fill.origin),
            "/".join(fill.place),
            ROLES.get(fill.role, fill.role),
            fill.stored_gib * 1024.0**3,
            fill.line,
            BASES.get(fill.basis, fill.basis),
            fill.hours * 3600.0,
        )
        for fill in found
    )
    return [Table(Message("Copies in further regions"), columns, rows, tuple(fill.node for fill in found))]


# -- leaving ----------------------------------------------------------------------------------------------------------


def exit_blocks(evaluation: Evaluation, leaving: Exit, steps: tuple[Step, ...]) -> list[Block]:
    """Return what binds the design, what leaving costs, and the waves of the move as a table."""
    cost = leaving.cost
    parts = (
        (
            Text("Engineering"),
            cost.rework,
            Text(
                "{days:.0f} person-days at {day_rate:.0f} USD; 0.5 to 2 times",
                days=leaving.days,
                day_rate=leaving.day_rate,
            ),
        ),
        (Text("Data out"), cost.data_transfer, _egress_words(leaving)),
        (Text("Both places running"), cost.dual_running, Text("months × what the providers bill")),
        (Text("Contracts still owed"), cost.stranded_commitments, _contract_words(leaving)),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple((name, usd, basis) for name, usd, basis in parts)
    total: tuple[Cell, ...] = (
        Text("Leaving, once"),
        cost.total,
        Text("{low} to {high}", low=format_value(leaving.low, "USD"), high=format_value(leaving.high, "USD")),
    )
    columns = (column(Text("Part")), column(Text("Cost"), "USD"), column(Text("Basis")))
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
        return Text("{stored}; the price of egress is not known and counts as 0", stored=stored)
    return Text("{stored} at {egress_usd_gb:.3f} USD per GB", stored=stored, egress_usd_gb=leaving.egress_usd_gb)


def _bindings_table(evaluation: Evaluation, leaving: Exit) -> Table:
    columns = (
        column(Text("Node")),
        column(Text("Service")),
        column(Text("Class")),
        column(Text("Flows")),
        column(Text("Stored"), "byte"),
        column(Text("Person-days")),
        column(Text("To move it"), "USD"),
    )
    shown, names = leaving.bindings[:MOST_BINDINGS], evaluation.design.nodes
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            names[binding.node].name,
            binding.service,
            joined((str(binding.portability), CLASS_WORDS[binding.portability]), " "),
            f"{binding.flows}",
            binding.stored_gb * 1e9,
            Number(f"{binding.days:.0f}"),
            binding.usd,
        )
        for binding in shown
    )
    return Table(Message("What binds most"), columns, rows, tuple(binding.node for binding in shown))


def _contract_words(leaving: Exit) -> str:
    if not leaving.contracts:
        return Text("nothing is reserved or under a contract")
    open_ends = sum(each.owed is None for each in leaving.contracts)
    unknown = Text("; {open_ends} not known without a start of the move", open_ends=open_ends) if open_ends else ""
    base = Text("committed a month × months it runs on, or the fee to leave early")
    return joined((base, unknown), "")


def _steps_table(evaluation: Evaluation, steps: tuple[Step, ...]) -> Table:
    start = start_of_move(evaluation)
    columns = (
        column(Text("Wave")),
        column(Text("From")),
        column(Text("To")),
        column(Text("Person-days")),
        column(Text("Copied"), "byte"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            step.title,
            when(start, step.start),
            when(start, step.end),
            Number(f"{step.days:.0f}"),
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
        column(Text("Contract")),
        column(Text("Ends")),
        column(Text("Last move")),
        column(Text("Old place closed")),
        column(Text("Committed"), "USD/month"),
        column(Text("Leaving early"), "USD"),
        column(Text("Remark")),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            each.name,
            end_words(each),
            when(start, each.moved),
            when(start, each.closed),
            each.usd_month,
            each.owed,
            remark(each),
        )
        for each in leaving.contracts
    )
    owed = sum(each.owed or 0.0 for each in leaving.contracts)
    committed = sum(each.usd_month for each in leaving.contracts)
    total: tuple[Cell, ...] = (Text("All contracts"), "", "", "", committed, owed, "")
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
    args = {"day": when(start, max(over)), "months": Number(f"{max(over):.1f}"), "saved": format_value(saved, "USD")}
    said = Message(
        "A move that starts on {day}, {months} months later, leaves no dated contract early: {saved} less is owed.",
        args,
    )
    return [Sentence(said, "muted")]
