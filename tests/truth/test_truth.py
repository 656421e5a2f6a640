"""Every published number of the shared truth file, recomputed by the models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.truth.__main__ import main
from tests.truth.adapters import all_adapters
from tests.truth.cases import TruthFileError, compare, load_cases, run_case

TRUTH_FOLDER = Path(__file__).resolve().parents[3] / "shared" / "truth"
TRUTH_FILE = TRUTH_FOLDER / "truth_public.json"
CASES = load_cases(TRUTH_FILE) if TRUTH_FOLDER.is_dir() else []


@pytest.mark.skipif(not TRUTH_FOLDER.is_dir(), reason="the shared truth folder is not beside the project")
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case_of_the_shared_file(case: dict[str, Any]) -> None:
    outcome = run_case(case, all_adapters())
    assert outcome.built, f"no adapter for {case['model']}"
    assert not outcome.mismatches, "\n".join(str(mismatch) for mismatch in outcome.mismatches)


def test_relative_or_absolute_tolerance_is_enough() -> None:
    tolerance = {"default": {"rel": 0.1, "abs": 5.0}, "by_key": {"b": {"exact": True}}}
    assert not list(compare({"a": 10.0, "b": 3}, {"a": 14.0, "b": 3}, tolerance))
    assert [mismatch.key for mismatch in compare({"a": 10.0, "b": 3}, {"a": 16.0, "b": 3.1}, tolerance)] == ["a", "b"]


def test_lists_and_mappings_are_compared_by_element() -> None:
    expected = {"rates": [1.0, [2.0, 3.0]], "by_name": {"x": 1.0}}
    found = {"rates": [1.0, [2.0, 4.0]], "by_name": {"x": 1.0}}
    assert [mismatch.key for mismatch in compare(expected, found, {"default": {"rel": 0.01}})] == ["rates[1][1]"]


def test_a_key_that_is_not_produced_fails() -> None:
    assert [mismatch.key for mismatch in compare({"a": 1}, {}, {})] == ["a"]


def test_a_note_can_grant_a_range() -> None:
    tolerance = {"note": "the planner may return up to most with a heuristic and must never return fewer than least"}
    expected = {"least": 3, "most": 5}
    assert not list(compare(expected, {"least": 4, "most": 5}, tolerance))
    assert [mismatch.key for mismatch in compare(expected, {"least": 2, "most": 6}, tolerance)] == ["least", "most"]


def test_an_unreadable_file_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"cases": [', encoding="utf-8")
    with pytest.raises(TruthFileError, match=r"line 1, column"):
        load_cases(broken)
    assert main([str(broken)]) == 2
    assert "is not JSON" in capsys.readouterr().err
