"""Calls at once: the slowest of several equal times, against what is known of exponential ones."""

import numpy as np
import pytest

from models.analyses import joins


@pytest.mark.parametrize("number", [1, 2, 5, 20, 1000])
def test_slowest_of_equal_exponential_times_is_the_harmonic_number(number: int) -> None:
    mean, variance = joins.slowest_of_equals(1.0, 1.0, number)
    assert mean == pytest.approx(sum(1.0 / k for k in range(1, number + 1)), rel=1e-4)
    assert variance == pytest.approx(sum(1.0 / k**2 for k in range(1, number + 1)), rel=1e-3)


def test_slowest_of_equals_keeps_what_is_constant_endless_or_not_known() -> None:
    mean, variance = joins.slowest_of_equals(
        [2.0, np.inf, np.nan, 2.0], [0.0, np.inf, np.nan, 1.0], [5.0, 5.0, 5.0, 0.5]
    )
    assert mean.tolist()[:2] == [2.0, np.inf]
    assert np.isnan(mean[2])
    assert (mean[3], variance[3], variance[0]) == (2.0, 1.0, 0.0)
