"""Cost on the panel: the drawing on each provider by component and over the horizon, gaps, and cost tools."""

from __future__ import annotations

from models.evaluation.result import Evaluation
from models.frameworks.cloud_selection.candidates import Candidate
from models.frameworks.cloud_selection.criteria import NOT_BILLED, cost_tools
from models.frameworks.cloud_selection.inputs import ID
from models.frameworks.cloud_selection.panel import column
from models.report import (
    Axis,
    Block,
    Cell,
    Chart,
    Figure,
    Message,
    Series,
    Table,
)


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
        column("Provider"),
        column("Per month", "USD/month"),
        column("Without a price"),
        column("Stand-ins", "USD/month"),
        column(f"Total, {months} months", "USD"),
        column("p95", "s"),
        column("Journeys left if it fails", "fraction"),
        column("Weeks to build"),
        column("Remark"),
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
    columns = (column("Provider"), column("What"), column("How the drawing changes there"))
    return [Table(Message("Gaps and exchanges"), columns, tuple(rows), tuple(elements))]


def _tools_table(found: tuple[Candidate, ...]) -> Table:
    columns = (
        column("Provider"), column("Tools"), column("Attributes", "fraction"), column("Right-sizes", "fraction"),
        column("Alerts on", "fraction"), column("Export"),
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
    billed = {name: usd for name, usd in each.plan.groups.items() if name not in NOT_BILLED}
    total = sum(billed.values())
    return sum(usd for name, usd in billed.items() if name in reached) / total if total > 0 else None
