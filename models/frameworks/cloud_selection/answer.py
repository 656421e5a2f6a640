"""The answer in one sentence: who leads, or that it is a tie, and what would turn it."""

from __future__ import annotations

from typing import NamedTuple

from models.design.kinds import value_of
from models.evaluation.result import Evaluation
from models.formatting import format_value
from models.frameworks.cloud_selection.candidates import Candidate
from models.frameworks.cloud_selection.choice import Choice
from models.frameworks.cloud_selection.inputs import criterion_noun
from models.report import Message
from models.words import Number, Text, enumerated, joined

MOST_EGRESS_TB = 1000.0
MOST_RISE = 1.0


class Turn(NamedTuple):
    """A condition under which the second would be first, as a clause behind *if*, with its figure."""

    what: str
    value: float
    clause: str


def turns(evaluation: Evaluation, choice: Choice, found: tuple[Candidate, ...]) -> tuple[Turn, ...]:
    """Return what would put the second first, each alone: more egress, dearer prices, other weights."""
    if len(choice.order) < 2:
        return ()
    first, second = (choice.alternatives[index] for index in choice.order[:2])
    by_id = {each.plan.provider: each for each in found}
    leader, other = by_id[first.id], by_id[second.id]
    lead = float(choice.points[choice.order[0]] - choice.points[choice.order[1]]) / 100.0
    conditions = []
    egress = egress_turn(evaluation, choice, leader, other, lead)
    if egress is not None:
        conditions.append(egress)
    rise = _rise_turn(choice, leader, lead)
    if rise is not None:
        conditions.append(rise)
    flip = dict(choice.flips).get(choice.order[1])
    if flip is not None:
        name = criterion_noun(choice.used[flip.criterion].id)
        now, then = _shares(flip.weight - flip.change, flip.weight)
        args = {"name": name, "then": then, "now": now}
        above = Text("the weight of {name} were above {then} (it is {now})", **args)
        below = Text("the weight of {name} were below {then} (it is {now})", **args)
        clause = above if flip.change > 0 else below
        conditions.append(Turn("weight", flip.weight, clause))
    return tuple(conditions)


def _shares(now: float, then: float) -> tuple[str, str]:
    """Return two weights in percent, with so many digits that they differ and none reads as 0."""
    digits = 0 if min(now, then) >= 0.01 and f"{now:.0%}" != f"{then:.0%}" else 1
    return f"{now:.{digits}%}", f"{then:.{digits}%}"


def _slope(choice: Choice, number: int, base: float) -> float:
    """Return the points (0 to 1) that one USD of total cost takes away; 0 once beyond the bound."""
    for at, criterion in enumerate(choice.used):
        if criterion.id == "cost":
            value = choice.alternatives[number].scores["cost"].value or 0.0
            return float(choice.weights[at]) / (abs(criterion.worst - criterion.best) * base) if value < 2.0 else 0.0
    return 0.0


def egress_turn(
    evaluation: Evaluation, choice: Choice, leader: Candidate, other: Candidate, lead: float
) -> Turn | None:
    """Return the egress a month above which the other leads: its further GB must be cheaper (priced at its tier)."""
    prices = leader.plan.egress_price, other.plan.egress_price
    value = choice.alternatives[choice.order[0]].scores["cost"].value
    if prices[0] is None or prices[1] is None or prices[0] <= prices[1] or not value:
        return None
    base = leader.total / value
    months = horizon_factor(evaluation)
    per_gb = _slope(choice, choice.order[0], base) * months * (prices[0] - prices[1])
    if per_gb <= 0:
        return None
    terabytes = (leader.plan.egress_gb + lead / per_gb) / 1000.0
    if terabytes > MOST_EGRESS_TB:
        return None
    now = leader.plan.egress_gb / 1000.0
    clause = Text("egress were above {terabytes:.3g} TB a month (it is {now:.2g})", terabytes=terabytes, now=now)
    return Turn("egress", terabytes, clause)


def _rise_turn(choice: Choice, leader: Candidate, lead: float) -> Turn | None:
    """Return by how much the leader's cost alone may rise before the second leads."""
    value = choice.alternatives[choice.order[0]].scores["cost"].value
    if not value:
        return None
    base = leader.total / value
    slope = _slope(choice, choice.order[0], base)
    if slope <= 0:
        return None
    rise = lead / slope / leader.total
    if not 0.0 < rise <= MOST_RISE or value * (1.0 + rise) > 2.0:
        return None
    return Turn("rise", rise, Text("{name} cost {rise:.0%} more", name=leader.plan.name, rise=rise))


def horizon_factor(evaluation: Evaluation) -> float:
    """Return the present value of 1 USD a month over the horizon, discounted monthly."""
    rate = float(value_of(evaluation.design.brief, "discount_rate") or 0.0)
    monthly = (1.0 + rate) ** (1.0 / 12.0) - 1.0
    months = evaluation.horizon_months
    return float(months) if monthly == 0 else (1.0 - (1.0 + monthly) ** -months) / monthly


def answer(evaluation: Evaluation, choice: Choice, found: tuple[Candidate, ...]) -> Message:
    """Return the answer of a finished comparison."""
    by_id = {each.plan.provider: each for each in found}
    order = [by_id[choice.alternatives[index].id] for index in choice.order]
    points = [float(choice.points[index]) for index in choice.order]
    if len(order) == 1:
        return Message("Only {name} can run the drawing. {others}", {"name": order[0].label, "others": reasons(found)})
    clauses = [turn.clause for turn in turns(evaluation, choice, found)[:2]]
    both = len(clauses) > 1
    condition = Text("{one} or if {other}", one=clauses[0], other=clauses[1]) if both else joined(clauses)
    args: dict[str, object] = {
        "first": order[0].label,
        "points": Number(f"{points[0]:.0f}"),
        "second": order[1].plan.name,
        "less": Number(f"{points[1]:.0f}"),
        "condition": condition,
        "cost": format_value(order[0].monthly, "USD/month"),
    }
    if len(choice.tie) > 1:
        tied = [by_id[choice.alternatives[index].id] for index in choice.tie]
        names = [each.listed_label for each in tied]
        args["names"] = enumerated(names)
        args["band"] = Number(f"{choice.band:.1f}")
        kept = next((each for each in tied if each.drawn), None)
        args["advice"] = Text(" Nothing speaks for leaving {name}.", name=kept.plan.name) if kept is not None else ""
        return Message("A tie: {names} lie within {band} of 100 points, the band of what is known.{advice}", args)
    if not condition:
        return Message("{first} leads with {points} of 100 points; {second} has {less}, whatever the weights.", args)
    return Message("{first} leads with {points} of 100 points; {second} ({less}) would lead if {condition}.", args)


def reasons(found: tuple[Candidate, ...]) -> str:
    """Return why providers are out, as one sentence."""
    return "; ".join(f"{each.plan.name}: {each.out.rstrip('.')}" for each in found if each.out) + "."


def pending(drawn: str) -> Message:
    """Return the answer while the providers are not compared yet."""
    return Message("{drawn}, as drawn. The other providers are not compared yet.", {"drawn": drawn})
