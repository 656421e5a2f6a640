"""Cost on the panel: the drawing on each provider by component and over the horizon, gaps, and cost tools."""

from __future__ import annotations

from models.design.elements import BRIEF_ID
from models.design.kinds import value_of
from models.evaluation.bill import BUSINESS_HOURS_SHARE, CATEGORIES_IN_SENTENCES, CONTRACT
from models.evaluation.result import Evaluation
from models.formatting import format_value
from models.frameworks.cloud_selection.answer import horizon_factor
from models.frameworks.cloud_selection.candidates import Candidate
from models.frameworks.cloud_selection.criteria import NOT_BILLED, cost_tools
from models.frameworks.cloud_selection.inputs import ID, setting
from models.frameworks.cloud_selection.panel import column
from models.report import (
    Axis,
    Block,
    Cell,
    Chart,
    Column,
    Figure,
    InputField,
    Message,
    Series,
    Table,
)
from models.words import Number, Text, counted

STEADY = frozenset({"people", CONTRACT})
"""Categories that do not grow with the demand."""


def cost_blocks(evaluation: Evaluation, found: tuple[Candidate, ...]) -> list[Block]:
    """Return the providers side by side: per month by component, over the horizon with bands, gaps and exchanges."""
    return [
        _cost_table(evaluation, found),
        _parts_table(evaluation, found),
        *_brief_fields(),
        _cost_chart(found),
        _ahead_chart(found),
        *_notes_table(found),
        _tools_table(found),
    ]


def _cost_table(evaluation: Evaluation, found: tuple[Candidate, ...]) -> Table:
    months = evaluation.horizon_months
    columns = (
        column(Text("Provider")),
        column(Text("Per month"), "USD/month"),
        column(Text("Without a price")),
        column(Text("Stand-ins"), "USD/month"),
        Column(Message("Total, {months} months", {"months": months}), "USD"),
        column("p95", "s"),
        column(Text("Journeys left if it fails"), "fraction"),
        column(Text("Weeks to build")),
        column(Text("Remark")),
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
        remark = each.out or (Text("as drawn") if each.drawn else each.where)
        rows.append(
            (
                plan.name,
                cost,
                dark,
                each.missing,
                total,
                plan.last_p95_s,
                plan.surviving,
                Number(f"{each.weeks:.0f}"),
                remark,
            )
        )
    return Table(Message("The drawing on each provider"), columns, tuple(rows))


def _parts_table(evaluation: Evaluation, found: tuple[Candidate, ...]) -> Table:
    """Return the total over the horizon by part, also those that nothing is set for, with what each rests on."""
    priced = [each for each in found if not each.plan.refused]
    columns = (column(Text("Part")), *(column(each.plan.name, "USD") for each in priced), column(Text("Rests on")))
    rows: list[tuple[Cell, ...]] = []
    flat = horizon_factor(evaluation)
    for name, categories, basis in _total_parts(evaluation):
        rows.append((name, *(_over_horizon(each, categories, flat) for each in priced), basis))
    if any(each.missing for each in priced):
        amounts = (each.missing * each.factor for each in priced)
        rows.append(
            (Text("Stand-ins for unknown prices"), *amounts, Text("as drawn, else the most it costs elsewhere"))
        )
    shocks = [each.total - each.listed for each in priced]
    if any(shocks):
        rows.append((Text("Price change that is played"), *shocks, Text("your inputs below")))
    once = float(value_of(evaluation.design.brief, "one_off_usd") or 0.0)
    set_once = Text("one-off cost of the brief") if once else Text("none set: hardware, migration, training (brief)")
    rows.append((Text("Paid once"), *(once for _ in priced), set_once))
    runs = bool(setting(evaluation.design, "running"))
    moving = Text("leaving the drawn place, see below") if runs else Text("not counted: the system does not run yet")
    rows.append((Text("Moving there"), *(each.move for each in priced), moving))
    total: tuple[Cell, ...] = (Text("Total"), *(each.total for each in priced), Text("present value"))
    title = Message("Total over {months} months, by part", {"months": evaluation.horizon_months})
    return Table(title, columns, tuple(rows), (), total)


def _over_horizon(each: Candidate, categories: tuple[str, ...], flat: float) -> float:
    """Return the present value of some categories; people and contracts stay as they are, the rest grows together."""
    groups, steady = each.plan.groups, {name: usd for name, usd in each.plan.groups.items() if name in STEADY}
    if categories and set(categories) <= STEADY:
        return sum(steady.get(name, 0.0) for name in categories) * flat
    growing = sum(groups.values()) - sum(steady.values())
    chosen = categories or tuple(name for name in groups if name not in NOT_BILLED | {"support"})
    share = sum(groups.get(name, 0.0) for name in chosen) / growing if growing > 0 else 0.0
    return share * (each.plan.present_value - sum(steady.values()) * flat)


def _total_parts(evaluation: Evaluation) -> list[tuple[str, tuple[str, ...], str]]:
    """Return (part, categories of the bill, what it rests on); no categories = what the providers bill."""
    brief = evaluation.design.brief
    support, stated = float(value_of(brief, "support_percent") or 0.0), value_of(brief, "people_fte")
    environments = sum(float(value_of(brief, f"{name}_share") or 0.0) for name in ("staging", "dev"))
    monthly = format_value(float(value_of(brief, "people_usd_month") or 0.0), "USD/month")
    who = (
        Text("{stated:g} persons of the brief", stated=float(stated))
        if stated is not None
        else Text("the hours that the nodes need")
    )
    supported = (
        Text("{support:.1%} of the bill", support=support)
        if support
        else Text("none set: plans cost 3 to 10 % of the bill (brief)")
    )
    staged = (
        Text(
            "{share:.0%} of compute, {hours:.0%} of the hours",
            share=environments,
            hours=BUSINESS_HOURS_SHARE,
        )
        if environments
        else Text("none set")
    )
    return [
        (Text("Billed by providers"), (), Text("list prices at the drawn load, with growth")),
        (Text("Support plan"), ("support",), supported),
        (Text("Staging and development"), ("environments",), staged),
        (Text("People who run it"), ("people",), Text("{who}, at {monthly} each", who=who, monthly=monthly)),
        (Text("Own contracts and hardware"), (CONTRACT,), Text("your prices, the same everywhere")),
    ]


def _brief_fields() -> list[Block]:
    names = (
        ("support_percent", Text("Support plan"), "%"),
        ("people_fte", Text("People"), ""),
        ("one_off_usd", Text("One-off"), "USD"),
    )
    return [InputField(BRIEF_ID, f"params.{name}", Message.of(label), unit) for name, label, unit in names]


def _parts(number: int) -> str:
    return counted("{count} part", "{count} parts", number) if number else Text("none")


def _cost_chart(found: tuple[Candidate, ...]) -> Chart:
    priced = [each for each in found if not each.plan.refused]
    groups = dict.fromkeys(group for each in priced for group, usd in each.plan.groups.items() if usd > 0)
    names = tuple(each.plan.name for each in priced)
    series = [
        Series(
            CATEGORIES_IN_SENTENCES.get(group, group),
            names,
            tuple(each.plan.groups.get(group, 0.0) for each in priced),
        )
        for group in groups
    ]
    if any(each.missing for each in priced):
        series.append(
            Series(Text("stand-ins for unknown prices"), names, tuple(each.missing for each in priced), role="muted")
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
        "line",
        Message("Cost over the horizon, with the band of demand and prices"),
        Axis(Message("Month"), "month"),
        Axis(Message("Cost"), "USD/month"),
        series,
    )


def _notes_table(found: tuple[Candidate, ...]) -> list[Block]:
    rows: list[tuple[Cell, ...]] = []
    elements: list[str] = []
    for each in found:
        for note in each.plan.notes:
            rows.append((each.plan.name, Text("missing") if note.missing else Text("exchanged"), note.sentence))
            elements.append(note.node)
        reasons: dict[str, list[str]] = {}
        for part, reason in each.plan.unpriced.items():
            reasons.setdefault(reason, []).append(part)
        for reason, parts in reasons.items():
            rows.append((each.plan.name, Text("no price"), reason))
            elements.append(parts[0].split("/")[0])
    if not rows:
        return []
    columns = (column(Text("Provider")), column(Text("What")), column(Text("How the drawing changes there")))
    return [Table(Message("Gaps and exchanges"), columns, tuple(rows), tuple(elements))]


def _tools_table(found: tuple[Candidate, ...]) -> Table:
    columns = (
        column(Text("Provider")),
        column(Text("Tools")),
        column(Text("Attributes"), "fraction"),
        column(Text("Right-sizes"), "fraction"),
        column(Text("Alerts on"), "fraction"),
        column(Text("Export")),
    )
    rows: list[tuple[Cell, ...]] = []
    for each in found:
        tool = cost_tools().get(each.plan.provider)
        if tool is None or each.plan.refused:
            continue
        shares = [_share(each, reached) for reached in (tool.attribute, tool.right_size, tool.alert)]
        rows.append((each.plan.name, tool.tools, *shares, tool.export))
    return Table(Message("What the providers' cost tools reach of this bill"), columns, tuple(rows))


def _share(each: Candidate, reached: tuple[str, ...]) -> float | None:
    billed = {name: usd for name, usd in each.plan.groups.items() if name not in NOT_BILLED}
    total = sum(billed.values())
    return sum(usd for name, usd in billed.items() if name in reached) / total if total > 0 else None
