"""Load tests of k6, Locust, JMeter and plain tables: steps by hand, and what is refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from models.importers import import_files
from models.importers.load_tests import program_of, read_load_test
from models.importers.notes import ImportProblem

TABLE = "users,throughput,p95_ms,failed_share\n1,95,11,0\n2,185,12,0\n4,340,,0.01\n"


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def k6() -> str:
    rows = ["metric_name,timestamp,metric_value,method"]
    for second in range(40):
        users = 2 if second < 20 else 4
        rows.append(f"vus,{second},{users},")
        for number in range(users * 10):
            rows.append(f"http_reqs,{second},1,GET")
            rows.append(f"http_req_duration,{second},{20 + number % 20},GET")
            rows.append(f"http_req_failed,{second},{1 if number == 0 and users == 4 else 0},GET")
    return "\n".join(rows) + "\n"


def test_k6_samples_are_grouped_by_users(tmp_path: Path) -> None:
    path = written(tmp_path, "k6.csv.gz", k6())
    assert program_of(path) == "k6"
    two, four = read_load_test(path).steps
    assert (two.load, two.throughput, two.failed) == (2.0, 20.0, 0.0)
    assert four.throughput == pytest.approx(39.0)
    assert four.failed == pytest.approx(1 / 40)
    assert two.p95_s == pytest.approx(0.038, abs=0.001)


def test_jmeter_requests_are_grouped_by_threads(tmp_path: Path) -> None:
    rows = ["timeStamp,elapsed,label,responseCode,success,allThreads"]
    rows += [f"{1000 * second},{50 + second},home,200,true,3" for second in range(11)]
    rows += [f"{20_000 + 500 * half},80,home,{'500,false' if half % 2 else '200,true'},6" for half in range(21)]
    three, six = read_load_test(written(tmp_path, "test.jtl.csv", "\n".join(rows))).steps
    assert three.throughput == pytest.approx(1.1)
    assert six.throughput == pytest.approx(1.1)
    assert six.failed == pytest.approx(10 / 21)
    assert six.p95_s == pytest.approx(0.08)


def test_locust_seconds_are_averaged_after_the_ramp(tmp_path: Path) -> None:
    rows = ["Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,95%"]
    rows += [
        f"{second},10,,Aggregated,{0 if second < 2 else 100},{0 if second < 2 else 5},20,45" for second in range(8)
    ]
    rows += ["9,10,GET,/home,50,0,20,400", "10,20,,Aggregated,180,0,20,N/A"]
    ten, twenty = read_load_test(written(tmp_path, "stats_history.csv", "\n".join(rows))).steps
    assert (ten.throughput, ten.p95_s) == (95.0, 0.045)
    assert ten.failed == pytest.approx(0.05)
    assert (twenty.load, twenty.p95_s) == (20.0, None)


def test_a_plain_table_is_read_as_it_is(tmp_path: Path) -> None:
    found = read_load_test(written(tmp_path, "steps.csv", TABLE))
    assert found.text == "1: 95: 11, 2: 185: 12, 4: 340"
    assert found.steps[2].failed == 0.01


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("minute,requests\n1,2\n", "is no load test"),
        ("users,rps\n0,0\n", "no step with users"),
        ("users,rps\nmany,1\n", "does not fit its columns"),
        ("", "is no load test"),
    ],
)
def test_what_is_no_test_is_refused_with_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ImportProblem, match=said):
        read_load_test(written(tmp_path, "x.csv", text))


def test_a_test_comes_with_the_system_it_belongs_to(tmp_path: Path) -> None:
    compose = tmp_path / "compose.yaml"
    compose.write_text("services:\n  web:\n    image: nginx\n", encoding="utf-8")
    found = import_files([compose, written(tmp_path, "steps.csv", TABLE)])
    kept = found.design.input("scaling", "scaling_test")
    assert kept is not None
    assert kept.value == "1: 95: 11, 2: 185: 12, 4: 340"
    assert any("3 steps" in note.what for note in found.notes)
