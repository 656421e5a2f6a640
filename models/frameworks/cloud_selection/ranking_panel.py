"""The ranking on the panel: points, ranks by method, criteria with their sources, and what turns the order."""

from __future__ import annotations

from models.evaluation.result import Evaluation
from models.formatting import format_value
from models.frameworks.cloud_selection.answer import Turn
from models.frameworks.cloud_selection.choice import Choice
from models.frameworks.cloud_selection.inputs import INPUTS, WEIGHTS, criterion_noun, setting
from models.frameworks.cloud_selection.panel import column, fields
from models.report import (
    Axis,
    Block,
    Cell,
    Chart,
    ColorRole,
    Column,
    Message,
    Sentence,
    Series,
    Table,
)
from models.words import NO_TEXT, Number, Text, joined

GROUP_NAMES = {"technical": Text("Technical"), "cost": Text("Cost"), "risk": Text("Risk")}
METHODS = Text(
    "Weighted sum on anchored bounds; TOPSIS with vector normalization; PROMETHEE II with linear preference."
)


def ranking_blocks(evaluation: Evaluation, choice: Choice, turned: tuple[Turn, ...]) -> list[Block]:
    """Return the chart of points, the ranks by method, the criteria with source, and what would turn the order."""
    return [
        _points_chart(choice),
        _methods_table(choice),
        Sentence(Message.of(_agreement(choice)), "muted"),
        _criteria_table(choice),
        *_left_out(choice),
        *fields(*(f"weight/{each.id}" for each in choice.used)),
        *_judgments(evaluation, choice),
        *_tornado(choice),
        _turns_table(choice),
        *_warnings(choice, turned),
    ]


def _points_chart(choice: Choice) -> Chart:
    names = tuple(choice.alternatives[index].name for index in choice.order)
    series = tuple(
        Series(GROUP_NAMES[group], names, tuple(_group_points(choice, index, group) for index in choice.order))
        for group in GROUP_NAMES
    )
    return Chart(
        "stacked_bar", Message("Points of 100 by group of criteria"), Axis(Message("")), Axis(Message("Points")), series
    )


def _group_points(choice: Choice, index: int, group: str) -> float:
    parts = choice.parts[index]
    return 100.0 * float(sum(part for part, each in zip(parts, choice.used, strict=True) if each.group == group))


def _methods_table(choice: Choice) -> Table:
    columns = (
        column(Text("Provider")),
        *(Column(Message("{method}", {"method": method})) for method in choice.ranks),
        column(Text("First in trials"), "fraction"),
    )
    rows: list[tuple[Cell, ...]] = []
    for index in choice.order:
        places = [Number(f"{rank[index]:g}") for rank in choice.ranks.values()]
        rows.append((choice.alternatives[index].name, *places, float(choice.win_share[index])))
    return Table(Message("Rank by method"), columns, tuple(rows))


def _agreement(choice: Choice) -> Text:
    first = choice.alternatives[choice.order[0]].name
    differing = [
        Text("{method} ({name})", method=method, name=choice.alternatives[int(rank.argmin())].name)
        for method, rank in choice.ranks.items()
        if int(rank.argmin()) != choice.order[0]
    ]
    if not differing:
        return Text("All four methods put {first} first. {methods}", first=first, methods=METHODS)
    return Text(
        "Not all methods agree that {first} is first: {differing}. {methods}",
        first=first,
        differing=joined(differing),
        methods=METHODS,
    )


def _criteria_table(choice: Choice) -> Table:
    columns = (
        column(Text("Criterion")),
        column(Text("Weight"), "fraction"),
        *(column(choice.alternatives[index].name) for index in choice.order),
        column(Text("From")),
    )
    rows: list[tuple[Cell, ...]] = []
    for at, each in enumerate(choice.used):
        values = [_value(choice, index, each.id, each.unit) for index in choice.order]
        judged = each.judged and "judgment" not in each.source
        source = Text("{source} (judgment)", source=each.source) if judged else each.source
        rows.append((WEIGHTS[each.id][0], float(choice.weights[at]), *values, source))
    for each in choice.dropped:
        values = [_value(choice, index, each.id, each.unit) for index in choice.order]
        rows.append(
            (
                WEIGHTS[each.id][0],
                Text("not counted"),
                *values,
                Text("not known for all: {why}", why=_missing(choice, each.id)),
            )
        )
    return Table(Message("Criteria, with where each value comes from"), columns, tuple(rows))


def _left_out(choice: Choice) -> list[Block]:
    """Return what is not counted, and whether it could turn the first two."""
    weighty = [(e, w) for e, w in zip(choice.dropped, choice.dropped_weights.tolist(), strict=True) if w > 0]
    if not weighty:
        return []
    names = joined(
        Text("{criterion} ({weight:.1%} of the points)", criterion=criterion_noun(each.id), weight=weight)
        for each, weight in weighty
    )
    turns = NO_TEXT
    role: ColorRole = "warning"
    if len(choice.order) < 2:
        pass
    elif (worst := choice.worst_lead()) > 0:
        role = "muted"
        turns = Text(
            " Even if all of it spoke against the first, it would keep {worst:.1f} points of its lead.", worst=worst
        )
    else:
        turns = Text(
            " If it spoke against the first and for the second, the second would lead: find it out before you decide."
        )
    said = Message(
        "Not counted for or against anybody, as it is not known for all: {names}.{turns}",
        {"names": names, "turns": turns},
    )
    return [Sentence(said, role)]


def _value(choice: Choice, index: int, criterion: str, unit: str) -> str:
    score = choice.alternatives[index].scores[criterion]
    if score.value is None:
        return Text("not known")
    if criterion == "promise":
        return Number(f"{score.value:.3%}".replace("%", "\u202f%"))
    if criterion == "drift":
        return Text("{value:.1%} a year", value=score.value)
    return Number(f"{score.value:.3g}") if unit in ("count", "class", "of 5") else format_value(score.value, unit)


def _missing(choice: Choice, criterion: str) -> str:
    return next(
        (one.scores[criterion].note for one in choice.alternatives if one.scores[criterion].note),
        Text("a value is missing"),
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
    series = (Series(Text("Lead"), names, high, low, high),)
    title = Message("Lead over the second with one weight halved or doubled")
    axes = Axis(Message("")), Axis(Message("Points"))
    return [Chart("tornado", title, *axes, series, (("x", 0.0, Text("tie")),))]


def _turns_table(choice: Choice) -> Table:
    columns = (
        column(Text("Criterion")),
        column(Text("Weight now"), "fraction"),
        column(Text("The second leads at"), "fraction"),
    )
    rows: list[tuple[Cell, ...]] = []
    for at, each in enumerate(choice.used):
        flip = choice.flip(at)
        rows.append((WEIGHTS[each.id][0], float(choice.weights[at]), Text("at no weight") if flip is None else flip))
    return Table(Message("Weight at which the order turns, one at a time"), columns, tuple(rows))


def _warnings(choice: Choice, turned: tuple[Turn, ...]) -> list[Block]:
    found: list[Block] = []
    for turn in turned:
        found.append(Sentence(Message("The second would lead if {clause}.", {"clause": turn.clause}), "muted"))
    for method, out, pair in choice.reversals:
        args = {"method": method, "out": out, "first": pair[0], "second": pair[1]}
        reversal = Message(
            "Rank reversal: without {out}, {method} puts {second} before {first}. The weighted sum on bounds does not.",
            args,
        )
        found.append(Sentence(reversal, "warning"))
    ratio = abs(choice.comparison.consistency_ratio)
    text = Text("Pairwise comparison: consistency ratio {ratio:.2f}, to be at most 0.10.", ratio=ratio)
    found.append(
        Sentence(
            Message("{text} {hint}.", {"text": text, "hint": choice.hint}) if choice.hint else Message.of(text),
            "warning" if choice.hint else "muted",
        )
    )
    return found
