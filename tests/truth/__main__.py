"""Check truth files: `python -m tests.truth FILE...`; exit code 1 if a case fails, 2 if a file cannot be read."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from tests.truth.adapters import all_adapters
from tests.truth.cases import Outcome, TruthFileError, load_cases, run_case


def main(arguments: list[str]) -> int:
    """Run every case of the files, print a line each and a count per model; return the exit code."""
    if not arguments:
        print("usage: python -m tests.truth FILE...", file=sys.stderr)
        return 2
    adapters = all_adapters()
    outcomes: list[Outcome] = []
    for name in arguments:
        try:
            cases = load_cases(Path(name))
        except TruthFileError as error:
            print(error, file=sys.stderr)
            return 2
        for case in cases:
            outcome = run_case(case, adapters)
            print(_line(outcome))
            outcomes.append(outcome)
    _print_counts(outcomes)
    return 1 if any(outcome.mismatches for outcome in outcomes) else 0


def _line(outcome: Outcome) -> str:
    if not outcome.built:
        return f"{outcome.case_id}: model not built yet ({outcome.model})"
    if outcome.passed:
        return f"{outcome.case_id}: pass"
    details = "".join(f"\n    {mismatch}" for mismatch in outcome.mismatches)
    return f"{outcome.case_id}: FAIL ({outcome.model}){details}"


def _print_counts(outcomes: list[Outcome]) -> None:
    total = Counter(outcome.model for outcome in outcomes)
    passed = Counter(outcome.model for outcome in outcomes if outcome.passed)
    missing = {outcome.model for outcome in outcomes if not outcome.built}
    print()
    for model, count in sorted(total.items()):
        state = "not built yet" if model in missing else f"{passed[model]} of {count} pass"
        print(f"{model:32} {state}")
    failed = sum(1 for outcome in outcomes if outcome.mismatches)
    unbuilt = sum(1 for outcome in outcomes if not outcome.built)
    print(f"{'total':32} {sum(passed.values())} pass, {failed} fail, {unbuilt} not built yet")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
