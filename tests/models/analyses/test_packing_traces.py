"""Bin packing on the published Alibaba GPU pods: never worse than first fit, near the lower bound."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.analyses.packing import first_fit_decreasing, pack
from models.analyses.packing_patterns import pack_by_patterns

GPU_HOST = (8.0, 96.0, 768.0)
"""A node of the trace: eight cards, 96 vCPU, 768 GiB."""


@pytest.fixture(scope="module")
def pods(shared: Path) -> NDArray[np.float64]:
    """(pods, 3) cards, vCPU and GiB of the pods that ask for cards; a share of a card counts as that share."""
    path = shared / "data" / "traces" / "alibaba_gpu2023_openb_pod_list_default.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [
            (
                int(row["num_gpu"]) * int(row["gpu_milli"]) / 1000.0,
                int(row["cpu_milli"]) / 1000.0,
                int(row["memory_mib"]),
            )
            for row in csv.DictReader(file)
        ]
    found = np.array(rows)
    found[:, 2] /= 1024.0
    return found[(found[:, 0] > 0) & (found <= GPU_HOST).all(axis=1)]


@pytest.mark.parametrize("number", [20, 50, 100, 200, 400])
@pytest.mark.parametrize("seed", range(5))
def test_packing_of_published_pods(pods: NDArray[np.float64], number: int, seed: int) -> None:
    chosen = pods[np.random.default_rng([seed, number]).choice(len(pods), number, replace=False)]
    found = pack(chosen, GPU_HOST)
    assert found.hosts <= first_fit_decreasing(chosen, GPU_HOST).hosts
    assert found.hosts <= found.lower_bound + 1
    load = np.zeros((found.hosts, 3))
    np.add.at(load, found.host, chosen)
    assert (load <= np.array(GPU_HOST) + 1e-6).all()


@pytest.mark.parametrize("seed", range(6))
def test_patterns_pack_many_pods_of_few_kinds_no_worse_and_near_the_bound(seed: int) -> None:
    random = np.random.default_rng(seed)
    kinds = np.stack([random.integers(0, 5, 6), random.integers(2, 40, 6), random.integers(8, 300, 6)], axis=1)
    chosen = kinds[random.integers(0, 6, 240)].astype(float)
    found, quick = pack_by_patterns(chosen, GPU_HOST, seconds=5.0), pack(chosen, GPU_HOST)
    assert found.hosts <= quick.hosts
    assert found.lower_bound == quick.lower_bound
    load = np.zeros((found.hosts, 3))
    np.add.at(load, found.host, chosen)
    assert (load <= np.array(GPU_HOST) + 1e-6).all()
    assert np.allclose(found.free, np.array(GPU_HOST) - load)
    assert np.bincount(found.host).min() >= 1


def test_patterns_fill_what_no_order_of_pods_does() -> None:
    """40 %, 35 % and 25 % of a host, as many of each: every host takes one of each and is full."""
    thirds = np.repeat([[0.4, 0.1], [0.35, 0.1], [0.25, 0.1]], 60, axis=0)
    assert pack_by_patterns(thirds, (1.0, 1.0), seconds=5.0).hosts == 60


@pytest.mark.proof
def test_the_whole_trace_is_packed_within_one_host_of_its_bound(pods: NDArray[np.float64]) -> None:
    """7,059 pods on 757 hosts, where no packing needs fewer than 756: some minutes of work."""
    found = pack_by_patterns(pods, GPU_HOST, seconds=400.0)
    assert found.hosts <= first_fit_decreasing(pods, GPU_HOST).hosts
    assert found.hosts <= found.lower_bound + 1
    load = np.zeros((found.hosts, 3))
    np.add.at(load, found.host, pods)
    assert (load <= np.array(GPU_HOST) + 1e-6).all()
