"""Bin packing on the published Alibaba GPU pods: never worse than first fit, near the lower bound."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.analyses.packing import first_fit_decreasing, pack

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
