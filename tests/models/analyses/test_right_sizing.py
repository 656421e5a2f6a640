"""Right-sizing against a search over every number of servers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.analyses.right_sizing import late_share, right_size, smallest_servers


@given(load=st.floats(0.01, 60.0), rate=st.floats(0.1, 50.0), target=st.floats(0.3, 0.95), slack=st.floats(1.05, 6.0))
def test_one_server_less_breaks_a_promise(load: float, rate: float, target: float, slack: float) -> None:
    limit, late = slack * 3.0 / rate, 0.05
    count = int(smallest_servers(load * rate, rate, target, limit, late))
    assert load / count <= target + 1e-9
    assert float(late_share(load * rate, rate, count, limit)) <= late + 1e-12
    if count > 1:
        less_late = float(late_share(load * rate, rate, count - 1, limit))
        assert load / (count - 1) > target * (1 - 1e-9) or less_late > late - 1e-12


def test_the_exact_tail_of_one_server_is_exponential() -> None:
    assert float(late_share(3.0, 5.0, 1, 0.7)) == pytest.approx(math.exp(-2.0 * 0.7))
    assert float(late_share(6.0, 5.0, 1, 0.7)) == 1.0
    assert float(late_share(5.0, 5.0, 2, 0.3)) == pytest.approx(math.exp(-1.5) * (1 + 1.5 / 3))


def test_a_limit_below_the_service_time_cannot_be_met() -> None:
    found = smallest_servers([10.0, 10.0], 5.0, 0.7, [0.1, 2.0], 0.05)
    assert found[0] == 0
    assert found[1] >= 3


def test_the_cheapest_option_that_fits_is_taken() -> None:
    result = right_size(
        arrival_rate=[100.0, 100.0, 100.0],
        service_rate=[[50.0, 100.0], [50.0, 100.0], [50.0, 100.0]],
        servers_per_replica=[2, 4],
        hourly_price=[0.10, 0.14],
        fits=[[True, True], [True, False], [False, False]],
        target_utilization=0.6,
        spare_replicas=1,
    )
    assert result.option.tolist() == [1, 0, -1]
    assert result.hourly_cost[0] == pytest.approx(0.28)
    assert result.hourly_cost[1] == pytest.approx(0.30)
    assert np.isnan(result.hourly_cost[2])
    assert result.replicas.tolist() == [2, 3, 0]


def test_an_unknown_price_is_never_the_cheapest() -> None:
    result = right_size([10.0], [[50.0, 50.0]], [1, 1], [np.nan, 0.5], [[True, True]])
    assert result.option.tolist() == [1]
