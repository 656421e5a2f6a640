"""What the uncertainty study draws from, and its result as blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from models.design.kinds import value_of
from models.evaluation import Evaluation
from models.evaluation.bill import CATEGORIES_IN_SENTENCES
from models.frameworks.cost_optimization.forecast import forecast
from models.frameworks.cost_optimization.inputs import number
from models.frameworks.cost_optimization.ledger import ledger, owner_ids
from models.frameworks.cost_optimization.view import View
from models.report import Axis, Block, Cell, Chart, Column, Message, Sentence, Series, Table
from models.studies.uncertainty import CostBands, CostModel, cost_bands
from models.words import Number, Text, quoted

KIND = "cost-uncertainty"
OWNER_RATIO = 1.2
HALF_YEAR = 6
DRIFTS = {"accelerators": "gpu_price_drift_percent_year", "model API": "token_price_drift_percent_year"}


def cost_model(evaluation: Evaluation) -> CostModel:
    """Return the input of `models.studies.uncertainty.cost_bands` for an evaluation."""
    charges = ledger(evaluation)
    parts = []
    for code in range(len(charges.categories)):
        own = charges._replace(usd=np.where(charges.category == code, charges.usd, 0.0))
        parts.append(forecast(evaluation, own))
    brief = evaluation.pipeline.now.brief
    growth = float(value_of(brief, "growth_percent_month") or 0.0)
    low = min(float(value_of(brief, "growth_low_percent_month") or 0.0), growth)
    high = max(float(value_of(brief, "growth_high_percent_month") or 0.0), growth)
    empty = np.zeros((0, len(charges.payer), evaluation.horizon_months + 1))
    return CostModel(
        tuple(_names(evaluation)),
        tuple(CATEGORIES_IN_SENTENCES.get(name, name) for name in charges.categories),
        np.array([part.fixed for part in parts]) if parts else empty,
        np.array([part.usage for part in parts]) if parts else empty,
        np.array([part.storage for part in parts]) if parts else empty,
        (low, growth, high),
        number(evaluation.design, "demand_ratio"),
        OWNER_RATIO,
        number(evaluation.design, "storage_ratio"),
        (number(evaluation.design, "price_ratio"),) * len(parts),
        tuple(float(value_of(brief, DRIFTS[name]) or 0.0) if name in DRIFTS else 0.0 for name in charges.categories),
        evaluation.month,
    )


def _names(evaluation: Evaluation) -> Iterator[str]:
    elements = evaluation.design.elements
    for key in owner_ids(evaluation):
        element = elements.get(key)
        ends = [elements.get(getattr(element, end, "")) for end in ("source", "target")]
        name = str(getattr(element, "name", "")) or " → ".join(str(getattr(end, "name", "")) for end in ends)
        yield Text("the whole plan") if key == "brief" else quoted(name)


class BandsQuestion:
    """The study that is still to be run, as a picklable function; equal for equal designs and inputs."""

    def __init__(self, model: CostModel) -> None:
        self.model = model

    def __call__(self) -> CostBands | None:
        """Return the bands of 10,000 draws."""
        return cost_bands(self.model)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BandsQuestion) and _key(self.model) == _key(other.model)

    def __hash__(self) -> int:
        return hash(_key(self.model))


def _key(model: CostModel) -> tuple[object, ...]:
    return tuple(value.tobytes() if isinstance(value, np.ndarray) else value for value in model)


def newest(studies: Sequence[object]) -> CostBands | None:
    """Return the newest bands among study results, stored or as they came; None without any."""
    for study in reversed(studies):
        result = getattr(study, "result", None) if getattr(study, "kind", "") == KIND else study
        if isinstance(result, CostBands):
            return result
        if isinstance(result, dict) and getattr(study, "kind", "") == KIND:
            return msgspec.convert(result, CostBands)
    return None


def fits(found: CostBands, expected: float) -> bool:
    """Return whether the bands were drawn for a design that costs so much over all months."""
    return abs(found.expected - expected) <= 1e-6 * max(expected, 1.0)


def missing_bands(evaluation: Evaluation, studies: Sequence[object]) -> BandsQuestion | None:
    """Return the study to be run for this evaluation, None if it is among the results or nothing is priced."""
    model = cost_model(evaluation)
    expected = float(model.fixed.sum() + model.usage.sum() + model.storage.sum())
    found = newest(studies)
    if expected <= 0 or (found is not None and fits(found, expected)):
        return None
    return BandsQuestion(model)


def band_blocks(view: View, studies: Sequence[object]) -> Iterator[Block]:
    """Yield the tornado of the newest study, or say that none was run."""
    found = newest(studies)
    if found is None:
        text = Message("The study of uncertainty (drivers of the cost) was not run yet; the bands above are live.")
        yield Sentence(text, "muted")
        return
    if not fits(found, float(view.ahead.total().sum())):
        yield Sentence(Message("The study of uncertainty belongs to an older design and is run again."), "warning")
    yield _by_month(found)
    names = tuple(bar.name for bar in found.bars)
    yield _tornado(found, names)
    yield _table(found, names)


def _by_month(found: CostBands) -> Table:
    """Return P10, P50 and P90 of the first and last month, of every half year, and of the sum over all months."""
    last = len(found.p50) - 1
    months = sorted({*range(0, last + 1, HALF_YEAR), last})
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (Text("Month {month}", month=month), found.p10[month], found.p50[month], found.p90[month]) for month in months
    )
    columns = (
        Column(Message("")),
        Column(Message("P10"), "USD"),
        Column(Message("P50"), "USD"),
        Column(Message("P90"), "USD"),
    )
    title = Message(
        "What a month will cost if each group of prices moves on its own: 1 of 10 cases below P10, 1 of 10 above P90"
    )
    return Table(title, columns, rows, (), (Text("All {count} months", count=last + 1), *found.total))


def _tornado(found: CostBands, names: tuple[str, ...]) -> Chart:
    low = Series("P10", names, tuple(bar.low - found.middle for bar in found.bars), role="good")
    high = Series("P90", names, tuple(bar.high - found.middle for bar in found.bars), role="bad")
    title = Message("What moves the cost over {months} months", {"months": len(found.p50) - 1})
    return Chart(
        "tornado", title, Axis(Message("")), Axis(Message("Against all inputs at their median"), "USD"), (low, high)
    )


def _table(found: CostBands, names: tuple[str, ...]) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (name, bar.low, bar.high, bar.correlation) for name, bar in zip(names, found.bars, strict=True)
    )
    columns = (
        Column(Message("Input")),
        Column(Message("At its P10"), "USD"),
        Column(Message("At its P90"), "USD"),
        Column(Message("Rank")),
    )
    args = {"draws": Number(f"{found.draws:,}"), "seed": found.seed}
    return Table(Message("Drivers of the cost ({draws} Sobol draws, seed {seed})", args), columns, rows)
