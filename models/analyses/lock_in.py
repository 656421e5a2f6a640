"""What it would cost to leave a provider: a house estimate with its parts, never a measured figure (section 23)."""

from collections.abc import Sequence
from typing import NamedTuple

PERSON_DAYS_BY_CLASS = (1.0, 3.0, 8.0, 20.0, 45.0)
"""Person-days to move one service: 0 container, object-store API, PostgreSQL … 4 proprietary function or database."""


class ExitCost(NamedTuple):
    """Parts of the cost of leaving, in one currency; the lock-in index is their total over the annual run cost."""

    data_transfer: float
    rework: float
    dual_running: float
    stranded_commitments: float
    retraining: float
    total: float
    lock_in_index: float


def exit_cost(
    egress_gb: float,
    egress_price: float,
    portability_classes: Sequence[int],
    day_rate: float,
    dual_months: float,
    monthly_run_cost: float,
    stranded_commitments: float = 0.0,
    retraining: float = 0.0,
    person_days: Sequence[float] = PERSON_DAYS_BY_CLASS,
) -> ExitCost:
    """Return the estimated cost of moving everything to another provider.

    Args:
        egress_gb, egress_price: data to move out and the price per GB.
        portability_classes: 0 (portable) to 4 (proprietary), one per service.
        day_rate: cost of one person-day.
        dual_months: months both places run.
        monthly_run_cost: of the design.
        stranded_commitments: what is still owed after leaving.
        retraining: one-off cost of learning the other provider.
        person_days: effort per class.

    Raises:
        ValueError: when a class is outside the table.
    """
    if any(not 0 <= level < len(person_days) for level in portability_classes):
        raise ValueError(f"Portability classes run from 0 to {len(person_days) - 1}.")
    rework = sum(person_days[level] for level in portability_classes) * day_rate
    parts = (egress_gb * egress_price, rework, dual_months * monthly_run_cost, stranded_commitments, retraining)
    total = sum(parts)
    annual = 12.0 * monthly_run_cost
    return ExitCost(*parts, total=total, lock_in_index=total / annual if annual > 0.0 else float("nan"))
