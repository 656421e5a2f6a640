"""Demand from traces: published statistics of real traces, shapes that are known exactly, and refusals."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from models.design.kinds import kinds
from models.importers.notes import ImportProblem
from models.importers.traces import demand_from_trace, read_trace
from tests.models.importers.shared import TRACES, files_below, needs_shared

REFUSED = {
    "alibaba_gpu2023_openb_node_list_all_node.csv.gz": "no column of times",
    "wikipedia_example_wp_log_R.csv": "“y” is not known to hold counts",
    "wikipedia_example_wp_log_peyton_manning.csv": "“y” is not known to hold counts",
}


@needs_shared
@pytest.mark.parametrize("name", [name for name in files_below("../traces") if name.endswith((".csv", ".gz"))])
def test_every_collected_trace_gives_a_demand_or_a_reason(name: str) -> None:
    path = TRACES / Path(name).name
    if path.name in REFUSED:
        with pytest.raises(ImportProblem, match=REFUSED[path.name]):
            demand_from_trace(path)
        return
    demand = demand_from_trace(path)
    assert demand.trace.peak_rate_rps >= demand.trace.mean_rate_rps > 0
    for kind, values in (("users", demand.users), ("llm_serving", demand.tokens)):
        for key, value in values.items():
            parameter = kinds().nodes[kind].parameter(key)
            assert parameter is not None
            assert parameter.problem(value) is None
    if demand.trace.profile is not None:
        assert sum(demand.trace.profile) == pytest.approx(24)


@needs_shared
def test_the_conversation_trace_has_its_published_tokens() -> None:
    # Azure LLM inference 2023, conversation: 19,366 requests, mean 1,155 and 211 tokens (Patel et al. 2024, table 2).
    trace = read_trace(TRACES / "azure_llm_2023_conv.csv.gz")
    assert trace.requests == 19366
    assert trace.input_tokens == pytest.approx(1154.7, abs=0.5)
    assert trace.output_tokens == pytest.approx(211.1, abs=0.5)
    assert trace.arrival_scv == pytest.approx(1.2, abs=0.1)
    assert trace.profile is None
    assert any("less than a day" in note for note in trace.notes)


@needs_shared
def test_the_world_cup_has_a_day_and_a_peak() -> None:
    trace = read_trace(TRACES / "worldcup98_per_min.csv.gz")
    assert trace.requests == pytest.approx(1.3528e9, rel=1e-4)
    assert trace.profile is not None
    assert trace.profile.index(max(trace.profile)) == 20
    assert trace.peak_factor == pytest.approx(2.02, abs=0.02)
    assert trace.busiest_hour_rps > 8 * trace.peak_rate_rps
    assert trace.dispersion is not None
    assert trace.dispersion > 10


def write(path: Path, header: str, rows: list[str]) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_poisson_arrivals_have_an_scv_and_a_dispersion_of_one(tmp_path: Path) -> None:
    times = np.cumsum(np.random.default_rng(7).exponential(0.5, 40000))
    trace = read_trace(write(tmp_path / "t.csv", "timestamp", [f"{time:.6f}" for time in times]))
    assert trace.mean_rate_rps == pytest.approx(2.0, rel=0.02)
    assert trace.arrival_scv == pytest.approx(1.0, abs=0.05)
    assert trace.dispersion == pytest.approx(1.0, abs=0.15)


def test_regular_arrivals_have_no_burstiness(tmp_path: Path) -> None:
    trace = read_trace(write(tmp_path / "t.csv", "timestamp_ms", [str(n * 100) for n in range(2000)]))
    assert trace.mean_rate_rps == pytest.approx(10.0, rel=0.01)
    assert trace.arrival_scv == pytest.approx(0.0, abs=1e-9)


def test_a_known_day_gives_its_profile(tmp_path: Path) -> None:
    rows = [
        f"2026-11-{day:02d} {hour:02d}:00:00,{3600 * (1 + (hour == 14))}" for day in (1, 2, 3) for hour in range(24)
    ]
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(("time;requests\n" + "\n".join(row.replace(",", ";") for row in rows)).encode()))
    trace = read_trace(path)
    assert trace.profile is not None
    assert trace.profile[14] == pytest.approx(2 * 24 / 25)
    assert trace.profile[3] == pytest.approx(24 / 25)
    assert trace.peak_rate_rps == pytest.approx(2.0)
    assert trace.peak_factor == pytest.approx(2 * 24 / 25)
    assert trace.arrival_scv is None


def test_minutes_without_a_row_had_no_request(tmp_path: Path) -> None:
    rows = [f"{minute},60" for minute in range(120) if minute % 10 < 5]
    trace = read_trace(write(tmp_path / "t.csv", "minute,requests", rows))
    assert trace.mean_rate_rps == pytest.approx(60 * 60 / (115 * 60))


def test_coarse_counts_do_not_set_the_gaps_between_requests(tmp_path: Path) -> None:
    rows = [f"{minute},{60 + minute % 7}" for minute in range(300)]
    demand = demand_from_trace(write(tmp_path / "t.csv", "minute,requests", rows))
    assert "arrival_scv" not in demand.users
    assert any("not taken over" in note for note in demand.notes)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty"),
        ("timestamp\n1\n", "at least two"),
        ("timestamp,requests\n1,2\n2\n", "line 3: 1 columns instead of 2"),
        ("timestamp,requests\n1,2\n2,many\n", "line 3: “many” in the column “requests” is not a number"),
        ("timestamp,requests\n1,2\n2,-5\n", "line 3: -5 in the column “requests” cannot be an amount"),
        ("timestamp\nyesterday\n2\n", "line 2: “yesterday” in the column “timestamp” is neither a date"),
        ("timestamp\n2026-01-01\n5\n", "mixes dates and plain numbers"),
        ("timestamp,requests\n1,0\n2,0\n", "0 requests in"),
        ("timestamp,requests\n0001-01-01,1\n9999-01-01,1\n", "cannot be a trace"),
        ("timestamp\nnan\n1\n", "cannot be a time"),
        ("a,b,c\n1,2,3\n", "no column of times; it has a, b, c"),
    ],
)
def test_broken_traces_say_where(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(ImportProblem, match=sentence):
        read_trace(path)


def test_files_that_are_no_text_are_refused(tmp_path: Path) -> None:
    broken = tmp_path / "t.csv.gz"
    broken.write_bytes(gzip.compress(b"timestamp\n" + b"1\n" * 50000)[:60])
    with pytest.raises(ImportProblem, match="not a whole gzip file"):
        read_trace(broken)
    binary = tmp_path / "b.csv"
    binary.write_bytes(b"\xff\xfe\x01\n")
    with pytest.raises(ImportProblem, match="not a text file"):
        read_trace(binary)
    with pytest.raises(ImportProblem, match="does not exist"):
        read_trace(tmp_path / "none.csv")
