"""The cost of leaving is the sum of its parts."""

import math

import pytest

from models.analyses.lock_in import exit_cost


def test_the_parts_add_up() -> None:
    cost = exit_cost(10_000, 0.09, [0, 4], 700.0, 2.0, 16_000.0, stranded_commitments=5_000, retraining=3_000)
    assert cost.data_transfer == 900.0
    assert cost.rework == (1.0 + 45.0) * 700.0
    assert cost.dual_running == 32_000.0
    assert cost.total == sum(cost[:5])
    assert cost.lock_in_index == cost.total / (12 * 16_000.0)


def test_a_design_that_costs_nothing_has_no_index_and_a_wrong_class_is_refused() -> None:
    assert math.isnan(exit_cost(1, 1, [], 1, 0, 0.0).lock_in_index)
    with pytest.raises(ValueError, match="from 0 to 4"):
        exit_cost(1, 1, [5], 1, 0, 1.0)
