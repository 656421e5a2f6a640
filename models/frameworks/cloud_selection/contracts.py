"""Contracts and commitments against the exit plan: when each ends, and what leaving before its end costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import numpy as np

from models.dates import day_after, day_of, end_of_term, months_between
from models.design.elements import Boundary, Id, Node
from models.design.kinds import value_of
from models.evaluation.bill import CONTRACT
from models.evaluation.columns import filled
from models.evaluation.result import Evaluation
from models.frameworks.cloud_selection.inputs import number, setting
from models.words import Text, counted

TERMS = (("reserved_1y", 12), ("reserved_3y", 36))
MACHINES = frozenset({"compute", "accelerators"})
_BINDING = ("reserved_1y_share", "reserved_3y_share", "price_usd_month")


class Contract(NamedTuple):
    """One contract of the drawing and where the exit plan meets its end.

    Attributes:
        element: the node or the provider account that carries it.
        usd_month: what is committed a month, and no longer needed once the old place is closed.
        end: last day; None while no date is stated.
        left: months from the start of the move to its end; None = a date is stated, but no start of the move.
        moved: month in which the last node under it has moved; closed: month in which the old place is closed.
        owed: USD still owed after closing, or the fee for leaving early if that is less; None with `left`.
        fee: whether the fee is what is paid.
        assumed: the end is the assumption of the inputs, not a date.
        reserved: machines of the provider, which count towards the committed spend of its account.
    """

    element: Id
    name: str
    usd_month: float
    end: date | None
    left: float | None
    moved: float
    closed: float
    owed: float | None
    fee: bool
    assumed: bool
    reserved: bool = False

    @property
    def over(self) -> float:
        """Months that the contract still runs after the old place is closed; negative = it ends before."""
        return (self.left if self.left is not None else self.closed) - self.closed


class _Terms(NamedTuple):
    """What is written in one contract: committed USD a month, its end, its fee (None = no way out), machines or not."""

    name: str
    usd_month: float
    end: date | None
    fee: float | None
    reserved: bool = False


def has_contracts(evaluation: Evaluation) -> bool:
    """Return whether anything of the drawing is reserved or under a contract."""
    design, stages = evaluation.design, evaluation.pipeline.stages
    bound = stages.each("exit contracts", tuple(design.nodes.values()), _is_bound)
    return any(bound) or any(value_of(each, "commit_usd_month") for each in design.boundaries.values())


def _is_bound(node: Node) -> bool:
    return any(name in node.params for name in _BINDING)


def start_of_move(evaluation: Evaluation) -> date | None:
    """Return the day on which the move starts: as stated, else the go-live of the brief; None if neither is."""
    stated = day_of(setting(evaluation.design, "exit/start"))
    return stated or day_of(value_of(evaluation.design.brief, "go_live"))


def contracts(evaluation: Evaluation, moved: dict[Id, float], closed: float) -> tuple[Contract, ...]:
    """Return the contracts of what moves, the dearest to leave first.

    A contract without a date is taken to run for the assumed months after the old place is closed.

    Args:
        moved: node → month of the exit plan in which it has moved.
        closed: month in which the old place is closed.
    """
    start = start_of_move(evaluation)
    assumed = number(evaluation.design, "exit/contract_months")
    found = []
    for key, month in moved.items():
        for terms in _of_node(evaluation, key):
            found.append(_met(terms, key, start, (month, closed, assumed)))
    found += list(_accounts(evaluation, moved, tuple(found), (closed, assumed)))
    return tuple(sorted(found, key=lambda each: (-(each.owed or 0.0), each.name)))


def _met(terms: _Terms, element: Id, start: date | None, months: tuple[float, float, float]) -> Contract:
    """Return a contract beside the plan; `months` are those of its last move, of closing, and the assumed rest."""
    moved, closed, assumed = months
    guessed = terms.end is None
    left = closed + assumed if guessed else None
    if terms.end is not None and start is not None:
        left = months_between(start, terms.end)
    owed = None if left is None else terms.usd_month * max(left - closed, 0.0)
    fee = owed is not None and terms.fee is not None and terms.fee < owed
    paid = terms.fee if fee else owed
    met = (left, moved, closed, paid, fee, guessed, terms.reserved)
    return Contract(element, terms.name, terms.usd_month, terms.end, *met)


def _end_of(element: Node | Boundary, months: float | None) -> date | None:
    """Return the stated end, else start and term; None while they are not stated."""
    end = day_of(value_of(element, "contract_end"), last=True)
    start = day_of(value_of(element, "contract_start"))
    if end is not None or start is None or not months:
        return end
    return end_of_term(start, round(months))


def _of_node(evaluation: Evaluation, key: Id) -> Iterator[_Terms]:
    """Yield the reserved shares of a node's machines, and its own monthly price where a contract is stated."""
    node = evaluation.design.nodes[key]
    if not _is_bound(node):
        return
    fee = _optional(value_of(node, "contract_exit_usd"))
    term = _optional(value_of(node, "contract_months"))
    row = evaluation.pipeline.nodes.row_of[key]
    for purchase, months in TERMS:
        share = min(float(value_of(node, f"{purchase}_share") or 0.0), 1.0)
        usd = _reserved_usd(evaluation, row, purchase) if share > 0 else 0.0
        if usd > 0:
            name = counted(
                "{name}: {share:.0%} reserved for {count} year",
                "{name}: {share:.0%} reserved for {count} years",
                months // 12,
                name=node.name,
                share=share,
            )
            yield _Terms(name, usd, _end_of(node, term or months), fee, reserved=True)
    monthly = _optional(value_of(node, "price_usd_month"))
    end = _end_of(node, term)
    if monthly and (end is not None or fee is not None):
        nodes = evaluation.pipeline.nodes
        copies = float(nodes.copies[nodes.row_node == row].sum())
        yield _Terms(f"{node.name}: contract", monthly * copies, end, fee)


def _reserved_usd(evaluation: Evaluation, node: int, purchase: str) -> float:
    """Return USD a month that one reserved purchase of a node takes in its mix; without a price, that on demand."""
    nodes, bought = evaluation.pipeline.nodes, evaluation.money.bought
    shares = {name: float(filled(nodes.column("money", f"{name}_share")[node])) for name, _ in TERMS}
    shares["spot"] = float(filled(nodes.column("money", "spot_share")[node]))
    total = 0.0
    for line in evaluation.money.bill.lines:
        if line.category not in MACHINES or line.owner != "row":
            continue
        mine = nodes.row_node[line.members] == node
        for row, usd in zip(line.members[mine].tolist(), line.usd[mine].tolist(), strict=True):
            offer = bought.offers[bought.offer[row]]
            base = offer.usd_hour.value if offer.usd_hour is not None else 0.0
            prices = {name: getattr(offer, name) for name in shares}
            hours = {name: base if fact is None else fact.value for name, fact in prices.items()}
            mixed = base + sum(share * (hours[name] - base) for name, share in shares.items())
            if mixed > 0 and usd == usd:
                total += usd * shares[purchase] * hours[purchase] / mixed
    return total


def _accounts(
    evaluation: Evaluation, moved: dict[Id, float], known: tuple[Contract, ...], months: tuple[float, float]
) -> Iterator[Contract]:
    """Yield the committed spend of accounts that nodes leave: what stays there and what is owed anyway counts on it."""
    design, start = evaluation.design, start_of_move(evaluation)
    closed, assumed = months
    for key, account in design.boundaries.items():
        commit = _optional(value_of(account, "commit_usd_month")) if account.kind == "provider" else None
        if not commit:
            continue
        inside = {
            node
            for node, element in design.nodes.items()
            if any(key in {one for one, _ in design.ancestors(site.boundary)} for site in element.sites)
        }
        leaving = [moved[node] for node in inside if node in moved]
        if not leaving:
            continue
        stays = _billed(evaluation, inside - set(moved))
        fee = _optional(value_of(account, "contract_exit_usd"))
        end = _end_of(account, _optional(value_of(account, "contract_months")))
        terms = _Terms(Text("{name}: committed spend", name=account.name), max(commit - stays, 0.0), end, fee)
        found = _met(terms, key, start, (max(leaving), closed, assumed))
        machines = [each for each in known if each.reserved and each.element in inside]
        reserved = sum(each.usd_month * min(max(each.over, 0.0), max(found.over, 0.0)) for each in machines)
        if found.owed is not None and not found.fee:
            found = found._replace(owed=max(found.owed - reserved, 0.0))
        yield found


def _billed(evaluation: Evaluation, nodes: set[Id]) -> float:
    """Return USD a month that the provider bills for some nodes, without contracts with others."""
    row_of, owner = evaluation.pipeline.nodes.row_of, evaluation.pipeline.nodes.row_node
    rows = [row_of[node] for node in nodes]
    return sum(
        float(np.nansum(line.usd[np.isin(owner[line.members], rows)]))
        for line in evaluation.money.bill.lines
        if line.owner == "row" and line.category != CONTRACT
    )


def _optional(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def end_words(contract: Contract) -> str:
    """Return when a contract ends, as it is printed."""
    if contract.end is not None:
        return contract.end.isoformat()
    return Text("not stated; {over:.3g} months after closing assumed", over=contract.over)


def remark(contract: Contract) -> str:
    """Return what the end of a contract means for the plan."""
    if contract.owed is None:
        return Text("Set the start of the move, or the go-live of the brief")
    if contract.fee:
        return Text("the fee to leave early is less than the rest")
    if contract.over > 0:
        return Text("runs {over:.1f} months longer than it is needed", over=contract.over)
    if contract.over < -0.5:
        return Text(
            "ends {over:.1f} months before the old place is closed: extend it, or pay list prices", over=-contract.over
        )
    return Text("ends with the old place")


def when(start: date | None, month: float) -> str:
    """Return the day of a month of the plan, or the month where no start is stated."""
    day = day_after(start, month) if start is not None else None
    return day.isoformat() if day is not None else Text("month {month:.1f}", month=month)
