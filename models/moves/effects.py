"""What a remedy does, before it is applied: the design after it is evaluated and held beside that of today."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from models.formatting import format_change, format_figure
from models.moves import Problem, apply_move
from models.report import Figure, Remedy
from models.words import Text, joined

if TYPE_CHECKING:
    from models.evaluation import Evaluation

WATCHED = ("total/cost_per_month", "total/first_p95_s", "total/last_p95_s", "total/availability", "total/full_month")
HIGHER_IS_BETTER = ("availability", "full_month", "headroom")
NEITHER = ("arrival_rate", "rate", "bytes_per_s")
MOST_CHANGES = 3


class Change(NamedTuple):
    """A figure before and after; `before` is None for one of an element that the remedy adds.

    Attributes:
        better: None where it neither gains nor loses.
    """

    before: Figure | None
    after: Figure
    text: str
    better: bool | None


class Effect(NamedTuple):
    """The figures that change, in the month in which they are told; `evaluation` is of the design afterwards."""

    evaluation: Evaluation
    changes: tuple[Change, ...]

    @property
    def text(self) -> str:
        """Return the first changes as one line; empty where no figure changes."""
        shown = joined((change.text for change in self.changes[:MOST_CHANGES]), " · ")
        if not shown or not self.evaluation.month:
            return shown
        return Text("{shown} (month {month})", shown=shown, month=self.evaluation.month)


def effect(evaluation: Evaluation, remedy: Remedy) -> Effect | Problem:
    """Return what changes when the remedy is applied, or why it cannot be."""
    from models.evaluation import evaluate

    month = evaluation.month if remedy.month is None else remedy.month
    design = apply_move(evaluation.design, evaluation.catalog, remedy)
    if isinstance(design, Problem):
        return design
    before = evaluation
    if month != evaluation.month:
        before = evaluate(evaluation.design, evaluation.catalog, month=month, previous=evaluation)
    after = evaluate(design, evaluation.catalog, month=month, previous=before)
    found = (_change(before, after, name) for name in dict.fromkeys((*remedy.figures, *WATCHED)))
    return Effect(after, tuple(change for change in found if change is not None))


def effect_text(evaluation: Evaluation, remedy: Remedy) -> str:
    """Return what a remedy changes as one line; empty where it changes no figure or cannot be applied."""
    found = effect(evaluation, remedy)
    return "" if isinstance(found, Problem) else found.text


def _change(before: Evaluation, after: Evaluation, name: str) -> Change | None:
    new, old = _figure(after, name), _figure(before, name)
    if new is None or new.value is None:
        return None
    label = _label(after, new)
    if old is None:
        return Change(None, new, joined((label, format_figure(new)), " "), None)
    if old.value is None:
        return None
    family = name.rpartition("/")[2]
    good = "higher" if family in HIGHER_IS_BETTER else "lower"
    unit = "availability" if family == "availability" else new.unit
    if format_figure(new) == format_figure(old):
        return None
    if new.unit == "month":
        shown = joined((label, f"{old.value:.0f} → {new.value:.0f}"), " ")
        return Change(old, new, shown, new.value > old.value)
    text, better = format_change(new.value - old.value, new.unit, good_when=good)
    if better is None:
        return None
    if unit in ("availability", "fraction"):
        text = joined((format_figure(old), format_figure(new)), " → ")
    return Change(old, new, joined((label, text), " "), None if family in NEITHER else better)


def _figure(evaluation: Evaluation, name: str) -> Figure | None:
    try:
        return evaluation.figure(name)
    except KeyError:
        return None


def _label(evaluation: Evaluation, figure: Figure) -> str:
    """Return the label of a figure, with the name of its element where it has one."""
    element = evaluation.design.elements.get(figure.id.partition("/")[2].rpartition("/")[0])
    name = getattr(element, "name", "")
    if figure.id == "total/cost_per_month":
        return Text("{label} of the plan", label=figure.label)
    return Text("{label} of “{name}”", label=figure.label, name=name) if name else figure.label


def gains(changes: Sequence[Change]) -> bool:
    """Return whether every figure that changes for better or worse gets better, and at least one does."""
    judged = [change.better for change in changes if change.better is not None]
    return bool(judged) and all(judged)
