"""The simulation against exact queues, against the formulas on the templates, and against Ciw."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.analyses import queueing
from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Brief, Element, Flow, Id, Node, Site
from models.evaluation import evaluate
from models.studies.event_loop import Network, prepare, readable, run
from models.studies.simulation import Simulation, at_busiest_hour, network_of, simulate
from models.templates import templates

MEAN_BAND = 0.06
TAIL_BAND = 0.2
USERS = Node("users", "Users", {"peak_rate_rps": 40.0, "profile": "flat"})


def whole(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def real(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def line(rate: float, stations: list[tuple[int, float, float]]) -> Network:
    """Return one journey through stations of (servers, mean, gamma shape), each calling the next."""
    n = len(stations)
    ones = np.ones(n - 1, dtype=np.int64)
    return Network(
        real(rate),
        real(1.0),
        whole(0),
        real(0.0),
        np.arange(n),
        np.ones(n, dtype=np.int64),
        np.ones(n),
        whole(*(servers for servers, _, _ in stations)),
        real(*(mean for _, mean, _ in stations)),
        real(*(shape for _, _, shape in stations)),
        np.minimum(np.arange(n + 1), n - 1),
        np.arange(1, n),
        ones,
        ones.astype(float),
        ones.astype(float),
        np.zeros(n - 1),
        ones,
        ones,
    )


def means(network: Network, rounds: int = 8, events: int = 40_000) -> tuple[float, float]:
    """Return the mean response over rounds and half the width of its 95 % interval."""
    found = [np.mean(run(readable(network), seed, 4_000, events)[0]) for seed in range(rounds)]
    return float(np.mean(found)), float(2.4 * np.std(found, ddof=1) / np.sqrt(rounds))


@pytest.mark.parametrize(("rate", "servers"), [(0.5, 1), (0.8, 1), (2.4, 3), (7.0, 10)])
def test_exponential_station_is_an_mmc_queue(rate: float, servers: int) -> None:
    exact = float(queueing.mm_c_wait(rate, 1.0, servers)) + 1.0
    mean, half = means(line(rate, [(servers, 1.0, 1.0)]))
    assert abs(mean - exact) <= max(2 * half, 0.03 * exact)


@pytest.mark.parametrize("shape", [0.0, 4.0, 0.5])
def test_general_service_is_pollaczek_khinchine(shape: float) -> None:
    scv = 1.0 / shape if shape else 0.0
    exact = float(queueing.mg_1_wait(0.7, 1.0, scv)) + 1.0
    mean, half = means(line(0.7, [(1, 1.0, shape)]))
    assert abs(mean - exact) <= max(2 * half, 0.04 * exact)


def test_tandem_of_exponential_stations_is_a_jackson_network() -> None:
    exact = 1.0 / (1.0 - 0.6) + 1.0 / (1.25 - 0.6) + 1.0 / (2.0 - 0.6)
    mean, half = means(line(0.6, [(1, 1.0, 1.0), (1, 0.8, 1.0), (1, 0.5, 1.0)]))
    assert abs(mean - exact) <= max(2 * half, 0.03 * exact)


def test_station_sums_hold_littles_law_and_the_offered_load() -> None:
    responses, _, served, work, waits, seconds, _ = run(readable(line(2.0, [(3, 1.0, 1.0)])), 5, 4_000, 60_000)
    assert work[0] / seconds / 3 == pytest.approx(2.0 / 3.0, rel=0.03)
    assert served[0] / seconds == pytest.approx(2.0, rel=0.02)
    assert waits[0] / served[0] == pytest.approx(float(queueing.mm_c_wait(2.0, 1.0, 3)), rel=0.15)
    assert len(responses) == pytest.approx(served[0], rel=0.01)


def design(**params: object) -> Design:
    elements: dict[Id, Element] = {
        "brief": Brief(params={"home_region": "aws/eu-central-1"}),
        "u": USERS,
        "s": Node("service", "Service", {"service_time_ms": 20.0, **params}, (Site(None, 2),)),
        "a": Node("service", "Left", {"service_time_ms": 30.0}, (Site(None, 2),)),
        "b": Node("service", "Right", {"service_time_ms": 30.0}, (Site(None, 2),)),
        "us": Flow("u", "s"),
        "sa": Flow("s", "a", params={"step": 1}),
        "sb": Flow("s", "b", params={"step": 1, "probability": 0.5, "calls": 2}),
    }
    return Design(elements)


def test_the_same_seed_gives_the_same_result_and_leaves_other_random_numbers_alone() -> None:
    import random

    random.seed(1)
    expected = random.random()
    random.seed(1)
    first = simulate(design(), load_catalog(), seed=3, most_events=100_000)
    assert random.random() == expected
    assert simulate(design(), load_catalog(), seed=3, most_events=100_000) == first
    assert simulate(design(), load_catalog(), seed=4, most_events=100_000) != first


def test_parallel_calls_of_a_drawing_agree_with_the_formulas() -> None:
    found = simulate(design(), load_catalog(), gap=0.01).journeys[0]
    assert found.mean == pytest.approx(found.formula_mean, rel=MEAN_BAND)
    assert found.p95 == pytest.approx(found.formula_p95, rel=TAIL_BAND)


@pytest.mark.parametrize(("calls", "rate"), [(2, 20.0), (5, 10.0), (8, 2.0)])
def test_calls_at_once_agree_with_the_formulas(calls: int, rate: float) -> None:
    """The slowest of k calls; that they meet in the queue of their target is in the variability of its arrivals."""
    elements = {
        "u": Node("users", "Users", {**USERS.params, "peak_rate_rps": rate}),
        "s": Node("service", "Service", {"service_time_ms": 20.0}, (Site(None, 2),)),
        "a": Node("service", "Store", {"service_time_ms": 10.0, "servers": 4}, (Site(None, 4),)),
        "us": Flow("u", "s"),
        "sa": Flow("s", "a", params={"calls": calls, "at_once": True}),
    }
    found = simulate(Design(elements), load_catalog(), gap=0.01).journeys[0]
    assert found.mean == pytest.approx(found.formula_mean, rel=MEAN_BAND)
    assert found.p95 == pytest.approx(found.formula_p95, rel=TAIL_BAND)
    in_turn = Design({**elements, "sa": Flow("s", "a", params={"calls": calls})})
    assert simulate(in_turn, load_catalog(), most_events=100_000).journeys[0].mean > found.mean


def test_overload_is_told_and_not_averaged() -> None:
    found = simulate(design(service_time_ms=500.0), load_catalog())
    assert found.stopped == "backlog"


def test_cancel_stops_between_rounds_and_progress_is_told() -> None:
    shares: list[float] = []
    found = simulate(design(), load_catalog(), progress=shares.append, cancelled=lambda: len(shares) >= 2, gap=0.0)
    assert found.stopped == "cancelled"
    assert found.rounds == 2
    assert shares == sorted(shares)


def test_result_knows_what_it_was_made_for() -> None:
    found = simulate(design(), load_catalog(), most_events=20_000)
    assert found.fits(evaluate(design(), load_catalog()))
    assert not found.fits(evaluate(design(service_time_ms=21.0), load_catalog()))
    assert not found.fits(evaluate(design(), load_catalog(), month=3))


def test_users_reach_every_call_of_their_hour() -> None:
    evaluation = evaluate(design(), load_catalog())
    network = network_of(evaluation, at_busiest_hour(evaluation))
    assert network.rate.tolist() == pytest.approx([40.0])
    assert network.servers.tolist()[1:] == [4, 4, 4]
    assert network.repeat.tolist() == [1.0, 2.0]
    assert network.chance.tolist() == [1.0, 0.5]


PAIRS = [(template.id, variant.name) for template in templates() for variant in template.variants]


@pytest.mark.parametrize(("template", "variant"), PAIRS)
def test_formulas_agree_with_the_simulation_on_every_template(template: str, variant: str) -> None:
    chosen = next(found for found in templates() if found.id == template).variant(variant)
    found: Simulation = simulate(chosen.design, load_catalog(), most_events=200_000)
    assert found.journeys
    for journey in found.journeys:
        assert abs(journey.mean - journey.formula_mean) <= 2 * journey.mean_half + MEAN_BAND * journey.formula_mean
        if journey.requests > 1_000:
            assert abs(journey.p95 - journey.formula_p95) <= 2 * journey.p95_half + TAIL_BAND * journey.formula_p95


@pytest.mark.proof
@pytest.mark.parametrize(
    ("rate", "stations"),
    [
        (0.6, [(1, 1.0, 1.0), (1, 0.8, 1.0), (1, 0.5, 1.0)]),
        (2.0, [(3, 1.0, 1.0), (2, 0.7, 1.0)]),
        (0.7, [(1, 1.0, 0.0), (1, 1.0, 0.0)]),
    ],
)
def test_tandems_agree_with_ciw(rate: float, stations: list[tuple[int, float, float]]) -> None:
    ciw = pytest.importorskip("ciw")
    laws = [
        ciw.dists.Exponential(1.0 / mean) if shape == 1.0 else ciw.dists.Deterministic(mean)
        for _, mean, shape in stations
    ]
    size = len(stations)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate)] + [None] * (size - 1),
        service_distributions=laws,
        number_of_servers=[servers for servers, _, _ in stations],
        routing=[[1.0 if to == at + 1 else 0.0 for to in range(size)] for at in range(size)],
    )
    totals = []
    for seed in range(6):
        ciw.seed(seed)
        simulation = ciw.Simulation(network)
        simulation.simulate_until_max_time(20_000)
        records = [one for one in simulation.get_all_records() if one.arrival_date > 1_000]
        visits = [[one.exit_date - one.arrival_date for one in records if one.node == at + 1] for at in range(size)]
        totals.append(sum(np.mean(times) for times in visits))
    half = 2.6 * np.std(totals, ddof=1) / np.sqrt(len(totals))
    mean, own_half = means(line(rate, stations), rounds=8, events=60_000)
    assert abs(mean - np.mean(totals)) <= half + own_half


def published(shared: Path, name: str) -> dict[str, Any]:
    """Return a case of `truth_public.json` that was run by Ciw."""
    cases = json.loads((shared / "truth" / "truth_public.json").read_text())
    listed = cases["cases"] if isinstance(cases, dict) else cases
    return next(case for case in listed if case["id"] == name)  # type: ignore[no-any-return]


def routed(case: dict[str, Any]) -> Network:
    """Return a network that routes by probability, as messages from node to node."""
    inputs = case["inputs"]
    routing = np.array(inputs["routing_matrix"], dtype=float)
    outside = np.array(inputs["external_arrival_rate_per_s"], dtype=float)
    n, entries = len(routing), np.flatnonzero(outside)
    source, target = np.nonzero(routing)
    ones = np.ones(len(source), dtype=np.int64)
    return Network(
        outside[entries],
        np.ones(len(entries)),
        entries.astype(np.int64),
        np.zeros(len(entries)),
        np.arange(n),
        np.ones(n, dtype=np.int64),
        np.ones(n),
        np.array(inputs["servers"], dtype=np.int64),
        1.0 / np.array(inputs["service_rate_per_server_per_s"], dtype=float),
        1.0 / np.array(inputs["service_scv"], dtype=float),
        np.searchsorted(source, np.arange(n + 1)).astype(np.int64),
        target.astype(np.int64),
        ones,
        ones.astype(float),
        routing[source, target],
        np.zeros(len(source)),
        np.zeros(len(source), dtype=np.int64),
        np.ones(len(entries) * len(source), dtype=np.int64),
    )


@pytest.mark.proof
@pytest.mark.parametrize("name", ["qna-ciw-feedback", "qna-ciw-tandem-highvar"])
def test_published_networks_of_ciw_are_met(shared: Path, name: str) -> None:
    case = published(shared, name)
    network = routed(case)
    rounds = []
    for seed in range(12):
        _, _, counts, work, waits, _, _ = run(readable(network), seed, 20_000, 100_000)
        rounds.append((np.array(work) + np.array(waits)) / np.array(counts))
    mean = np.mean(rounds, axis=0)
    half = 2.2 * np.std(rounds, axis=0, ddof=1) / np.sqrt(len(rounds))
    expected = np.array(case["expected"]["node_mean_response_s"])
    assert np.all(np.abs(mean - expected) <= half + 0.03 * expected)


def test_published_percentiles_of_ciw_are_met(shared: Path) -> None:
    expected = published(shared, "mmc-pct-ciw-01")["expected"]
    found = np.concatenate([run(readable(line(2.7, [(3, 1.0, 1.0)])), seed, 5_000, 60_000)[0] for seed in range(4)])
    for share, name in ((0.5, "response_p50_s"), (0.9, "response_p90_s"), (0.95, "response_p95_s")):
        assert float(np.quantile(found, share)) == pytest.approx(expected[name], rel=0.1), name


@pytest.mark.proof
def test_the_compiled_loop_gives_what_python_gives() -> None:
    pytest.importorskip("numba")
    script = (
        "from models.studies import event_loop as loop;"
        "from tests.models.studies.test_simulation import line;"
        "import numpy as np;"
        "loop.prepare(loop.WORTH_COMPILING);"
        "assert loop._STATE['compiled'];"
        "found = loop.run(loop.readable(line(2.0, [(3, 1.0, 1.0)])), 3, 2000, 40000)[0];"
        "print(float(np.mean(found)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert float(done.stdout) == pytest.approx(
        float(np.mean(run(readable(line(2.0, [(3, 1.0, 1.0)])), 3, 2_000, 40_000)[0])), rel=0.1
    )


def test_numba_is_left_alone_for_a_short_run() -> None:
    assert prepare(200_000) is run
