"""Stations: limits, orderings and agreement with independent evaluations."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.analyses import closed_networks, queueing

loads = st.floats(0.01, 0.98)
counts = st.integers(1, 300)


def _erlang_b_by_recursion(load: float, servers: int) -> float:
    blocking = 1.0
    for n in range(1, servers + 1):
        blocking = load * blocking / (n + load * blocking)
    return blocking


def test_importing_queueing_does_not_load_scipy() -> None:
    code = "import sys, models.analyses.queueing, models.analyses.traffic, models.analyses.latency; "
    code += "sys.exit('scipy' in sys.modules)"
    root = Path(__file__).resolve().parents[3]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


@given(rho=st.floats(0.01, 3.0), servers=counts)
@settings(deadline=None)
def test_erlang_b_equals_the_recursion_on_both_sides_of_the_switch(rho: float, servers: int) -> None:
    expected = _erlang_b_by_recursion(rho * servers, servers)
    assert float(queueing.erlang_b(rho * servers, servers)) == pytest.approx(expected, rel=1e-6, abs=1e-290)


@given(rho=loads, servers=counts)
@settings(deadline=None)
def test_waiting_grows_with_load_and_falls_with_servers(rho: float, servers: int) -> None:
    load = rho * servers
    waiting = queueing.erlang_c([load, load * 1.01, load], [servers, servers, servers + 1])
    assert 0.0 <= waiting[2] <= waiting[0] <= waiting[1] <= 1.0


@given(rho=loads)
@settings(deadline=None)
def test_one_server_is_the_textbook_queue(rho: float) -> None:
    assert float(queueing.mm_c_wait(rho, 1.0, 1)) == pytest.approx(rho / (1.0 - rho))
    assert float(queueing.gg_c_wait(rho, 1.0, 1, 1.0, 0.3)) == pytest.approx(float(queueing.mg_1_wait(rho, 1.0, 0.3)))
    assert float(queueing.wait_probability(rho, 1.0, 1)) == pytest.approx(rho)


@given(rho=loads, servers=counts)
@settings(deadline=None)
def test_exponential_station_is_the_middle_of_the_general_one(rho: float, servers: int) -> None:
    load = rho * servers
    exact = float(queueing.mm_c_wait(load, 1.0, servers))
    assert float(queueing.gg_c_wait(load, 1.0, servers, 1.0, 1.0)) == pytest.approx(exact, rel=1e-9, abs=1e-300)
    waiting = queueing.erlang_c(load, servers)
    variance = waiting * (2.0 - waiting) / (servers - load) ** 2
    assert float(queueing.wait_variance(exact, waiting, rho)) == pytest.approx(float(variance), rel=1e-9, abs=1e-290)


@given(rho=st.floats(0.05, 3.0), servers=st.integers(1, 30), places=st.integers(0, 40))
@settings(deadline=None)
def test_bounded_queue_equals_the_sum_over_its_states(rho: float, servers: int, places: int) -> None:
    load, capacity = rho * servers, servers + places
    logs = np.cumsum([0.0, *(math.log(load / min(n, servers)) for n in range(1, capacity + 1))])
    states = np.exp(logs - logs.max())
    states /= states.sum()
    found = queueing.mm_c_k(load, 1.0, servers, capacity)
    assert float(found.blocking_probability) == pytest.approx(states[-1], rel=1e-9)
    assert float(found.mean_in_system) == pytest.approx(float(np.arange(capacity + 1) @ states), rel=1e-9)


def test_response_percentile_inverts_the_tail() -> None:
    time = queueing.mm_c_response_percentile([0.5, 0.9, 0.99], 16.0, 1.0, 20)
    assert queueing.mm_c_response_exceeds(time, 16.0, 1.0, 20) == pytest.approx([0.5, 0.1, 0.01])
    limit = queueing.mm_c_response_percentile(0.9, 1.0, 1.0, 2)
    assert float(queueing.mm_c_response_exceeds(limit, 1.0, 1.0, 2)) == pytest.approx(0.1)


def test_saturation_is_infinite_and_unknown_stays_unknown() -> None:
    waits = queueing.gg_c_wait([2.0, 3.0, np.nan, 0.0, 1.0], 1.0, [2, 2, 2, 2, np.inf], 0.5, 2.0)
    assert waits[:2].tolist() == [math.inf, math.inf]
    assert math.isnan(waits[2])
    assert waits[3:].tolist() == [0.0, 0.0]
    assert float(queueing.mm_c_response_percentile(0.9, 3.0, 1.0, 2)) == math.inf


@pytest.mark.parametrize("users", [1, 7, 60])
def test_the_two_exact_ways_through_a_closed_network_agree(users: int) -> None:
    demands = np.array([0.03, 0.015, 0.02])
    direct = closed_networks.solve(users, 1.0, demands)
    by_convolution = closed_networks._convolution(users, 1.0, demands, np.ones(3))
    assert direct.throughput == pytest.approx(by_convolution[0], rel=1e-9)
    assert direct.node_response == pytest.approx(by_convolution[1], rel=1e-9)
    assert users == pytest.approx(direct.throughput * (1.0 + direct.system_response))


def test_a_closed_station_with_a_server_for_everyone_never_waits() -> None:
    found = closed_networks.solve(5, 2.0, [0.5, 0.25], [5, 8])
    assert found.node_response == pytest.approx([0.5, 0.25])
