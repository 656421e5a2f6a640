"""What we do next: up to three steps with an owner, a date and the number that ends the step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from models.design.elements import Id
from models.design.kinds import origin_of, parameters_of, value_of
from models.evaluation import Evaluation
from models.first_page.cure import Cure
from models.first_page.parts import TargetRow
from models.formatting import format_figure, format_value

MOST = 3


class Step(Struct, frozen=True):
    """One step; `owner` is the team in the drawing, empty = nobody is named yet."""

    task: str
    owner: str
    due: str
    ends: str


def next_steps(evaluation: Evaluation, rows: tuple[TargetRow, ...], cure: Cure | None) -> tuple[Step, ...]:
    """Return the steps that make the plan surer first, then those that keep it."""
    found = [*_price(evaluation), *_missed(rows), *_spare(evaluation), *_load_test(evaluation, rows)]
    found += [*_room(evaluation, cure), *_measure(evaluation)]
    return tuple(found[:MOST])


def _date(evaluation: Evaluation, month: int) -> str:
    """Return the calendar month when the go-live is set, else the month of the plan."""
    start = str(value_of(evaluation.design.brief, "go_live") or "")
    year, _, rest = start.partition("-")
    number = rest[:2]
    if year.isdigit() and number.isdigit() and 1 <= int(number) <= 12:
        whole = int(year) * 12 + int(number) - 1 + month
        return f"{whole // 12}-{whole % 12 + 1:02d}"
    return f"month {month}" if month > 0 else "before the start"


def _owner(evaluation: Evaluation, key: Id) -> str:
    node = evaluation.design.nodes.get(key)
    return evaluation.design.boundaries[node.context].name if node is not None and node.context else ""


def _price(evaluation: Evaluation) -> Iterator[Step]:
    dark = [line for line in evaluation.bill() if line.usd_per_month is None]
    if dark:
        first = dark[0]
        what = first.reason.rstrip(".").removeprefix("No price of ").removesuffix(" is known") or first.label
        owner = getattr(evaluation.design.elements.get(first.element), "source", first.element)
        lines = f"{len(dark)} line{'' if len(dark) == 1 else 's'}"
        task = f"Ask the provider for the price of {what}"
        yield Step(task, _owner(evaluation, owner), _date(evaluation, 0), f"0 instead of {lines} without a price")


def _missed(rows: tuple[TargetRow, ...]) -> Iterator[Step]:
    for row in rows:
        if row.verdict == "missed":
            now = format_figure(row.recommended)
            ends = f"{row.target} reached; now {now}"
            yield Step(f"Reach {row.name}, or accept to miss it", "", "before the start", ends)
            return


def _spare(evaluation: Evaluation) -> Iterator[Step]:
    single = [int(row) for row in evaluation.reliability.single]
    if single:
        row = min(single, key=lambda candidate: float(evaluation.reliability.node[candidate]))
        key = evaluation.node_ids[row]
        name = evaluation.design.node(key).name
        ends = f"{len(single) - 1} instead of {len(single)} single points of failure"
        yield Step(f"Give “{name}” a second replica", _owner(evaluation, key), _date(evaluation, 0), ends)


def _load_test(evaluation: Evaluation, rows: tuple[TargetRow, ...]) -> Iterator[Step]:
    """Yield a load test of the bottleneck at its peak rate, which ends with the answer time of the plan."""
    path = evaluation.reliability.path
    awaited = path.any(axis=0) if len(path) else np.zeros(len(evaluation.node_ids), dtype=bool)
    load = np.where(awaited, evaluation.load, np.nan)
    time = next((row for row in rows if row.label.startswith(("First answer", "Complete"))), None)
    if not len(load) or np.isnan(load).all() or time is None or time.recommended.value is None:
        return
    key = evaluation.node_ids[int(np.nanargmax(load))]
    rate = format_figure(evaluation.figure(f"node/{key}/arrival_rate"))
    name = evaluation.design.node(key).name
    limit = time.target or format_figure(time.recommended)
    share = "99" if time.label.endswith("99 of 100") else "95"
    what = "complete answer" if time.label.startswith("Complete") else "first answer"
    task = f"Load-test “{name}” at the peak of {rate}"
    yield Step(task, _owner(evaluation, key), _date(evaluation, 0), f"{what} within {limit} for {share} of 100")


def _room(evaluation: Evaluation, cure: Cure | None) -> Iterator[Step]:
    full = evaluation.figure("total/full_month").value
    if cure is None or full is None:
        return
    name = evaluation.design.node(cure.node).name
    more = "a replica" if cure.added == 1 else f"{cure.added} replicas"
    until = f"month {cure.full_month:g}" if cure.full_month is not None else "the end of the horizon"
    due = _date(evaluation, max(int(full) - 1, 0))
    ends = f"first part full in {until}" if cure.full_month is not None else "no part full within the horizon"
    yield Step(f"Add {more} to “{name}”", _owner(evaluation, cure.node), due, ends)


def _measure(evaluation: Evaluation) -> Iterator[Step]:
    """Yield the measuring of the dearest node's defaults."""
    cost = np.nan_to_num(evaluation.node_column("cost_per_month"))
    if not len(cost) or cost.max() <= 0:
        return
    key = evaluation.node_ids[int(np.argmax(cost))]
    node = evaluation.design.node(key)
    known = [name for name, parameter in parameters_of(node).items() if parameter.default is not None]
    open_inputs = sum(origin_of(node, name) == "default" for name in known)
    if open_inputs:
        count = format_value(open_inputs, "count")
        task = f"Measure the inputs of “{node.name}”, which costs most"
        yield Step(task, _owner(evaluation, key), _date(evaluation, 1), f"0 instead of {count} inputs at a default")
