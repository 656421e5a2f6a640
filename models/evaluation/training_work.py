"""Accelerator-hours of training nodes: stated, or computed from parameters, tokens and runs."""

from __future__ import annotations

import numpy as np

from models.analyses.training import accelerator_hours, mfu_prior, training_flop
from models.catalog.accelerators import find_accelerator
from models.design.design import Design
from models.design.kinds import value_of
from models.evaluation.columns import Floats, Nodes, filled
from models.evaluation.load import TRAINING, parameter_text

HOURS_PER_MONTH = 730.0


def monthly_growth(design: Design, month: int) -> float:
    """Return the growth of the brief up to a month, as a factor."""
    return float((1.0 + float(value_of(design.brief, "growth_percent_month") or 0.0)) ** month)


def training_hours(nodes: Nodes, growth: float) -> Floats:
    """Return (n,) accelerator-hours a month of each training node at a growth factor; NaN = not a training node."""
    hours = np.full(len(nodes.ids), np.nan)
    for row in np.flatnonzero(nodes.station == TRAINING):
        stated = float(nodes.column("money", "gpu_hours_per_month")[row])
        hours[row] = (stated if stated > 0 else _computed(nodes, int(row))) * growth
    return hours


def _computed(nodes: Nodes, row: int) -> float:
    """Return 6·N·D / (peak · MFU) hours times the runs a month; NaN where a figure is missing."""
    names = ("parameters_billion", "tokens_billion", "runs_per_month", "mfu")
    parameters, tokens, runs, mfu = (float(nodes.column("money", name)[row]) for name in names)
    card = find_accelerator(parameter_text(nodes, row, "accelerator", ""))
    if card is None or card.bf16_dense_tflops is None:
        return float("nan")
    share = mfu if mfu > 0 else mfu_prior(card.name).middle
    flop = training_flop(parameters * 1e9, tokens * 1e9)
    return float(accelerator_hours(flop, card.bf16_dense_tflops * 1e12, share)) * runs


def training_utilization(nodes: Nodes, hours: Floats, replicas: Floats) -> Floats:
    """Return (r,) accelerator-hours needed per accelerator-hour owned; NaN for other rows."""
    cards = filled(nodes.column("money", "accelerators"), 1.0)
    owned_rows = replicas * nodes.copies * cards[nodes.row_node] * HOURS_PER_MONTH
    owned = np.bincount(nodes.row_node, owned_rows, len(nodes.ids))
    with np.errstate(all="ignore"):
        return np.asarray((hours / owned)[nodes.row_node])
