"""An expression: one operation over named terms, each an input, a default, a price, an assumption or another figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from msgspec import Struct

from models.report import Figure

Origin = Literal[
    "input", "default", "measured", "published", "confirmed", "catalog", "assumption", "figure", "computed"
]
Operation = Literal[
    "value",
    "sum",
    "product",
    "quotient",
    "sum_of_products",
    "maximum",
    "minimum",
    "gamma_percentile",
    "gamma_exceeds",
    "one_minus",
    "first_full",
]


class Term(Struct, frozen=True):
    """One named number of an expression.

    Attributes:
        ref: figure id to go deeper, or `<element id>#<parameter>` of an input; empty = the end of the line.
        detail: source and date, or why it is what it is.
    """

    label: str
    value: float | None
    unit: str
    origin: Origin
    ref: str = ""
    detail: str = ""


class Expression(Struct, frozen=True):
    """How a figure comes about.

    Attributes:
        formula: in symbols, as in the named source.
        operation: how `terms` combine; `recompute` applies it.
    """

    figure: str
    label: str
    unit: str
    value: float | None
    formula: str
    operation: Operation
    terms: tuple[Term, ...]
    source: str = ""
    note: str = ""


def _gamma(values: Sequence[float]) -> float:
    from models.analyses.latency import gamma_percentile

    return float(gamma_percentile(*values))


def _exceeds(values: Sequence[float]) -> float:
    from models.analyses.latency import gamma_exceeds

    return float(gamma_exceeds(*values))


def _pairs(values: Sequence[float]) -> float:
    return float(sum(first * second for first, second in zip(values[::2], values[1::2], strict=True)))


def _first_full(values: Sequence[float]) -> float:
    """First month whose load reaches 1; the values are the loads of months 0, 1, …"""
    return float(next((month for month, load in enumerate(values) if load >= 1.0), np.inf))


def _quotient(values: Sequence[float]) -> float:
    divisor = float(np.prod(values[1:]))
    return float(values[0]) / divisor if divisor else float("nan")


OPERATIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "value": lambda values: float(values[0]),
    "sum": lambda values: float(sum(values)),
    "product": lambda values: float(np.prod(values)),
    "quotient": _quotient,
    "sum_of_products": _pairs,
    "maximum": lambda values: float(max(values)),
    "minimum": lambda values: float(min(values)),
    "gamma_percentile": _gamma,
    "gamma_exceeds": _exceeds,
    "one_minus": lambda values: 1.0 - float(np.prod(values)),
    "first_full": _first_full,
}


def recompute(expression: Expression) -> float | None:
    """Return the value that the expression's terms give, or None if one of them is not known or it is not a number."""
    values = [term.value for term in expression.terms]
    if not values or any(value is None for value in values):
        return None
    result = OPERATIONS[expression.operation]([value for value in values if value is not None])
    return result if np.isfinite(result) else None


def build(
    figure: Figure, formula: str, operation: Operation, terms: list[Term], source: str = "", note: str = ""
) -> Expression:
    """Return the expression of a figure from its formula and terms."""
    value = figure.value
    return Expression(
        figure.id, figure.label, figure.unit, value, formula, operation, tuple(terms), source, note or figure.reason
    )
