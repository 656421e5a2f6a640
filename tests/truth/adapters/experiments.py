"""Truth adapters: experiments."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle, islice
from typing import Any

from models.analyses import experiments


def _first(inputs: dict[str, Any], *names: str, default: Any = None) -> Any:
    return next((inputs[name] for name in names if inputs.get(name) is not None), default)


def _effect(inputs: dict[str, Any], baseline: float) -> float:
    changed = _first(inputs, "canary_rate", "treatment_rate", "changed_rate", "p1")
    if changed is not None:
        return float(changed) - baseline
    relative = _first(inputs, "relative_effect")
    if relative is not None:
        return float(relative) * baseline
    return float(_first(inputs, "absolute_effect", "effect", "delta"))


def _plan(inputs: dict[str, Any]) -> tuple[float, float, float, float, float, int]:
    baseline = float(_first(inputs, "baseline_rate", "control_rate", "p0", "p2"))
    names = ("n_control_over_n_canary", "ratio", "control_to_canary_ratio")
    ratio = _first(inputs, *names)
    if ratio is None and "canary_weight" in inputs:
        ratio = (1.0 - inputs["canary_weight"]) / inputs["canary_weight"]
    sides = _first(inputs, "sides", "tails")
    if sides is None:
        sides = 2 if "two" in str(inputs.get("alternative", "")) else 1
    alpha, power = float(inputs.get("alpha", 0.05)), _first(inputs, "power", default=1.0 - inputs.get("beta", 0.2))
    return baseline, _effect(inputs, baseline), alpha, float(power), float(ratio or 1.0), int(sides)


def _sizes(size: experiments.SampleSize) -> dict[str, Any]:
    total = size.canary + size.control
    canary = dict.fromkeys(("n_canary", "n1", "n_per_group", "n", "n_treatment", "n_per_arm"), size.canary)
    return {**canary, "n_control": size.control, "n2": size.control, "n_total": total}


def two_proportions(inputs: dict[str, Any]) -> dict[str, Any]:
    """Sample size by pooled variance."""
    return _sizes(experiments.two_proportions_size(*_plan(inputs)))


def cohen_h(inputs: dict[str, Any]) -> dict[str, Any]:
    """Sample size by the arcsine transform."""
    baseline, effect, alpha, power, ratio, _ = _plan(inputs)
    sides = int(_first(inputs, "sides", "tails", default=2))
    size = experiments.arcsine_size(baseline, effect, alpha, power, ratio, sides)
    return {**_sizes(size), "effect_size_h": abs(size.effect_size), "h": abs(size.effect_size)}


def standardized(inputs: dict[str, Any]) -> dict[str, Any]:
    """Sample size for means or a given standardized effect."""
    given = _first(inputs, "effect_size", "effect_size_d", "cohen_d", "effect_size_h")
    if given is None:
        given = float(_first(inputs, "difference", "effect", "delta")) / float(_first(inputs, "sd", "std", "sigma"))
    size = experiments.effect_size(
        float(given),
        float(inputs.get("alpha", 0.05)),
        float(inputs.get("power", 0.8)),
        float(_first(inputs, "ratio", "n_control_over_n_canary", default=1.0)),
        int(_first(inputs, "sides", "tails", default=2)),
    )
    return {**_sizes(size), "effect_size": size.effect_size}


def paired(inputs: dict[str, Any]) -> dict[str, Any]:
    """Sample size of a paired comparison."""
    n = experiments.paired_size(
        float(_first(inputs, "discordant", "discordant_share")),
        float(_first(inputs, "effect", "absolute_effect")),
        float(inputs.get("alpha", 0.05)),
        float(inputs.get("power", 0.8)),
        int(_first(inputs, "sides", default=2)),
    )
    return {"n": n, "n_pairs": n}


def canary_z_test(inputs: dict[str, Any]) -> dict[str, Any]:
    """Pooled z-test and Newcombe interval."""
    words = str(inputs.get("alternative", "canary worse")).lower()
    alternative: Any = "larger"
    if "two" in words or "different" in words or "unequal" in words:
        alternative = "two-sided"
    elif "smaller" in words or "better" in words or "less" in words:
        alternative = "smaller"
    counts = [
        _first(inputs, *names)
        for names in (
            ("canary_errors", "canary_failures"),
            ("canary_requests", "canary_n"),
            ("baseline_errors", "control_errors"),
            ("baseline_requests", "control_requests"),
        )
    ]
    result = experiments.two_proportions_test(counts[0], counts[1], counts[2], counts[3], alternative)
    alpha = float(inputs.get("alpha", 0.05))
    interval = list(result.interval)
    return {
        "z": result.z,
        "p_value": result.p_value,
        "diff_ci95_newcombe": interval,
        "diff_ci95": interval,
        "difference": counts[0] / counts[1] - counts[2] / counts[3],
        "reject": result.p_value < alpha,
        "significant": result.p_value < alpha,
    }


def proportion_ci(inputs: dict[str, Any]) -> dict[str, Any]:
    """All intervals of a proportion."""
    count = float(_first(inputs, "count", "successes", "errors"))
    total = float(_first(inputs, "n", "total", "trials", "requests"))
    level = float(_first(inputs, "level", "confidence", default=1.0 - inputs.get("alpha", 0.05)))
    exact = list(experiments.clopper_pearson_interval(count, total, level))
    normal = list(experiments.normal_interval(count, total, level))
    return {
        "wilson": list(experiments.wilson_interval(count, total, level)),
        "clopper_pearson": exact,
        "beta": exact,
        "exact": exact,
        "agresti_coull": list(experiments.agresti_coull_interval(count, total, level)),
        "jeffreys": list(experiments.jeffreys_interval(count, total, level)),
        "normal": normal,
        "wald": normal,
        "proportion": count / total,
    }


def _observations(inputs: dict[str, Any]) -> list[float]:
    """Return the observations; `values_run_length` is (pattern, number of values)."""
    runs = inputs.get("values_run_length")
    if runs is not None:
        pairs = [runs] if len(runs) == 2 and isinstance(runs[0], list) and isinstance(runs[1], int) else runs
        result: list[float] = []
        for values, count in pairs:
            pattern = values if isinstance(values, list) else [values]
            result.extend(islice(cycle(pattern), int(count)))
        return result
    given = _first(inputs, "values", "observations", default=[])
    return list(given) if isinstance(given, list) else []


def sprt_bernoulli(inputs: dict[str, Any]) -> dict[str, Any]:
    """Wald's lines and the decision they give."""
    p0, p1 = float(inputs["p0"]), float(inputs["p1"])
    alpha, beta = float(inputs.get("alpha", 0.05)), float(inputs.get("beta", 0.2))
    test = experiments.sequential_test(p0, p1, alpha, beta)
    values = _observations(inputs)
    decision = experiments.decide(test, values)
    count = max(len(values), 1)
    first = None
    if decision.first_crossing:
        first = [f"{decision.first_crossing[0]}_h0", decision.first_crossing[1]]
    under_p0, under_p1 = experiments.expected_sample_number(test, p0, p1, alpha, beta)
    return {
        "accept_line_at_n": [[n, float(test.accept_line(n))] for n in (1, count)],
        "reject_line_at_n": [[n, float(test.reject_line(n))] for n in (1, count)],
        "slope": test.slope,
        "h0": test.accept_intercept,
        "h1": test.reject_intercept,
        "accept_intercept": -test.accept_intercept,
        "reject_intercept": test.reject_intercept,
        "decision_at_end": decision.at_end.capitalize(),
        "first_crossing": first,
        "asn_h0": under_p0,
        "asn_h1": under_p1,
        "expected_sample_number_p0": under_p0,
        "expected_sample_number_p1": under_p1,
    }


ADAPTERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "sample_size_two_proportions": two_proportions,
    "sample_size_cohen_h": cohen_h,
    "sample_size_means": standardized,
    "sample_size_effect_size": standardized,
    "sample_size_paired": paired,
    "canary_z_test": canary_z_test,
    "proportion_ci": proportion_ci,
    "sprt_bernoulli": sprt_bernoulli,
}
