"""Statistics of canary releases: sample sizes, tests, sequential decisions, stage schedules (section 17).

Rates are fractions, traffic is requests/s, durations are seconds. Peeking at a test of fixed size inflates its error,
so stages share it by Pocock's or Bonferroni's rule, or a sequential probability ratio test decides.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Alternative = Literal["larger", "smaller", "two-sided"]
_NORMAL = NormalDist()


class SampleSize(NamedTuple):
    """Requests needed in the canary and in the control, not rounded, and the effect size they belong to."""

    canary: float
    control: float
    effect_size: float


def _critical(alpha: float, sides: int) -> float:
    return _NORMAL.inv_cdf(1.0 - alpha / sides)


def two_proportions_size(
    baseline: float, effect: float, alpha: float = 0.05, power: float = 0.8, ratio: float = 1.0, sides: int = 1
) -> SampleSize:
    """Return the sample size to tell baseline + effect from baseline (pooled variance, Fleiss et al. 2003, §4.2).

    n₁ = [z_{1−α}√(p̄q̄(1 + 1/r)) + z_power√(p₁q₁ + p₂q₂/r)]²/δ², p̄ = (p₁ + r·p₂)/(1 + r).

    Args:
        baseline: rate of the control, p₂.
        effect: absolute difference δ = p₁ − p₂, of either sign.
        ratio: r, control requests per canary request.
        sides: 1 or 2.

    Raises:
        ValueError: when a rate leaves 0 to 1 or the effect is zero.
    """
    changed = baseline + effect
    if effect == 0.0 or not 0.0 <= baseline <= 1.0 or not 0.0 <= changed <= 1.0:
        raise ValueError("The effect must not be zero, and both rates must lie between 0 and 1.")
    pooled = (changed + ratio * baseline) / (1.0 + ratio)
    spread = math.sqrt(pooled * (1.0 - pooled) * (1.0 + 1.0 / ratio))
    apart = math.sqrt(changed * (1.0 - changed) + baseline * (1.0 - baseline) / ratio)
    canary = ((_critical(alpha, sides) * spread + _NORMAL.inv_cdf(power) * apart) / effect) ** 2
    return SampleSize(canary, ratio * canary, effect)


def arcsine_size(
    baseline: float, effect: float, alpha: float = 0.05, power: float = 0.8, ratio: float = 1.0, sides: int = 2
) -> SampleSize:
    """Return the sample size by the arcsine transform, h = 2·asin√p₁ − 2·asin√p₂ (Cohen 1988, §6.2)."""
    h = 2.0 * math.asin(math.sqrt(baseline + effect)) - 2.0 * math.asin(math.sqrt(baseline))
    return effect_size(h, alpha, power, ratio, sides)


def effect_size(
    standardized: float, alpha: float = 0.05, power: float = 0.8, ratio: float = 1.0, sides: int = 2
) -> SampleSize:
    """Return the sample size for a standardized difference (Cohen's h or d) under the normal approximation."""
    if standardized == 0.0:
        raise ValueError("The effect must not be zero.")
    total = _critical(alpha, sides) + _NORMAL.inv_cdf(power)
    canary = (total / standardized) ** 2 * (1.0 + 1.0 / ratio)
    return SampleSize(canary, ratio * canary, standardized)


def paired_size(discordant: float, effect: float, alpha: float = 0.05, power: float = 0.8, sides: int = 2) -> float:
    """Return the items needed to see `effect` in a paired comparison (McNemar; Connor 1987).

    Args:
        discordant: share of items on which both models disagree.
        effect: difference of the two discordant shares.
    """
    base = _critical(alpha, sides) * math.sqrt(discordant)
    return ((base + _NORMAL.inv_cdf(power) * math.sqrt(discordant - effect * effect)) / effect) ** 2


def quantile_size(
    quantile: float,
    density: float,
    effect: float,
    alpha: float = 0.05,
    power: float = 0.8,
    ratio: float = 1.0,
    sides: int = 1,
) -> SampleSize:
    """Return the sample size to see a shift of a latency quantile, SE = √(q(1 − q)/n)/f (Serfling 1980, §2.3.3).

    Args:
        quantile: q, e.g. 0.95.
        density: f, probability density of the latency at that quantile, 1/s.
        effect: shift to see, s.
    """
    deviation = math.sqrt(quantile * (1.0 - quantile)) / density
    return effect_size(effect / deviation, alpha, power, ratio, sides)._replace(effect_size=effect)


def detectable_effect(
    canary: float, baseline: float, alpha: float = 0.05, power: float = 0.8, ratio: float = 1.0, sides: int = 1
) -> float:
    """Return the smallest increase of the rate that `canary` requests can see; NaN when even rate 1 is not enough."""
    low, high = 0.0, 1.0 - baseline
    if high <= 0.0 or two_proportions_size(baseline, high, alpha, power, ratio, sides).canary > canary:
        return math.nan
    for _ in range(60):
        middle = 0.5 * (low + high)
        enough = two_proportions_size(baseline, middle, alpha, power, ratio, sides).canary <= canary
        low, high = (low, middle) if enough else (middle, high)
    return high


class ProportionTest(NamedTuple):
    """Statistic, p-value and the 95 % interval of canary rate − control rate (Newcombe 1998, method 10)."""

    z: float
    p_value: float
    interval: tuple[float, float]


def two_proportions_test(
    canary_errors: float,
    canary_requests: float,
    control_errors: float,
    control_requests: float,
    alternative: Alternative = "larger",
    level: float = 0.95,
) -> ProportionTest:
    """Return the pooled z-test of two error rates; "larger" asks whether the canary is worse."""
    first, second = canary_errors / canary_requests, control_errors / control_requests
    pooled = (canary_errors + control_errors) / (canary_requests + control_requests)
    error = math.sqrt(pooled * (1.0 - pooled) * (1.0 / canary_requests + 1.0 / control_requests))
    z = (first - second) / error if error > 0.0 else 0.0
    tails = {"larger": 1.0 - _NORMAL.cdf(z), "smaller": _NORMAL.cdf(z), "two-sided": 2.0 * _NORMAL.cdf(-abs(z))}
    low1, high1 = wilson_interval(canary_errors, canary_requests, level)
    low2, high2 = wilson_interval(control_errors, control_requests, level)
    low = first - second - math.hypot(first - low1, high2 - second)
    high = first - second + math.hypot(high1 - first, second - low2)
    return ProportionTest(z, tails[alternative], (low, high))


def rare_events_test(canary_errors: int, canary_requests: float, control_errors: int, control_requests: float) -> float:
    """Return the exact one-sided p-value that the canary fails more often, for rare events.

    Given the total, the canary's errors are binomial with its share of the requests (Przyborowski & Wilenski 1940).
    """
    total, share = canary_errors + control_errors, canary_requests / (canary_requests + control_requests)
    logs = [
        math.lgamma(total + 1)
        - math.lgamma(count + 1)
        - math.lgamma(total - count + 1)
        + count * math.log(share)
        + (total - count) * math.log1p(-share)
        for count in range(canary_errors, total + 1)
    ]
    return min(1.0, math.fsum(math.exp(value) for value in logs))


def wilson_interval(count: float, total: float, level: float = 0.95) -> tuple[float, float]:
    """Return the score interval of a proportion (Wilson 1927)."""
    z = _critical(1.0 - level, 2)
    share = count / total
    center = share + z * z / (2.0 * total)
    half = z * math.sqrt(share * (1.0 - share) / total + z * z / (4.0 * total * total))
    scale = 1.0 + z * z / total
    return max(0.0, (center - half) / scale), min(1.0, (center + half) / scale)


def normal_interval(count: float, total: float, level: float = 0.95) -> tuple[float, float]:
    """Return the textbook interval p ± z·√(pq/n), cut to 0 … 1; poor for rare events (Wald)."""
    share = count / total
    half = _critical(1.0 - level, 2) * math.sqrt(share * (1.0 - share) / total)
    return max(0.0, share - half), min(1.0, share + half)


def agresti_coull_interval(count: float, total: float, level: float = 0.95) -> tuple[float, float]:
    """Return the adjusted Wald interval around the Wilson center (Agresti & Coull 1998)."""
    z = _critical(1.0 - level, 2)
    trials = total + z * z
    share = (count + 0.5 * z * z) / trials
    half = z * math.sqrt(share * (1.0 - share) / trials)
    return max(0.0, share - half), min(1.0, share + half)


def clopper_pearson_interval(count: float, total: float, level: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of a proportion (Clopper & Pearson 1934), by the beta distribution."""
    from scipy.special import betaincinv

    tail = 0.5 * (1.0 - level)
    low = float(betaincinv(count, total - count + 1.0, tail)) if count > 0 else 0.0
    high = float(betaincinv(count + 1.0, total - count, 1.0 - tail)) if count < total else 1.0
    return low, high


def jeffreys_interval(count: float, total: float, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of a proportion from the Jeffreys prior (Brown, Cai & DasGupta 2001)."""
    from scipy.special import betaincinv

    tail = 0.5 * (1.0 - level)
    low, high = (float(betaincinv(count + 0.5, total - count + 0.5, share)) for share in (tail, 1.0 - tail))
    return low, high


class SequentialTest(NamedTuple):
    """Wald's lines over the number of errors: reject p₀ at or above h₁ + s·n, accept it at or below −h₀ + s·n."""

    slope: float
    accept_intercept: float
    reject_intercept: float

    def accept_line(self, n: ArrayLike) -> Floats:
        """Return the errors at or below which p₀ is accepted after `n` requests."""
        return np.asarray(self.slope * np.asarray(n, float) - self.accept_intercept)

    def reject_line(self, n: ArrayLike) -> Floats:
        """Return the errors at or above which p₀ is rejected after `n` requests."""
        return np.asarray(self.slope * np.asarray(n, float) + self.reject_intercept)


def sequential_test(p0: float, p1: float, alpha: float = 0.05, beta: float = 0.2) -> SequentialTest:
    """Return the sequential probability ratio test of p₀ against p₁ > p₀ (Wald 1947, §5.3).

    Args:
        p0: acceptable rate; p1: rate to be found out.
        alpha: probability to reject p₀ although it holds; beta: to accept it although p₁ holds.
    """
    k = math.log(p1 * (1.0 - p0) / (p0 * (1.0 - p1)))
    slope = math.log((1.0 - p0) / (1.0 - p1)) / k
    return SequentialTest(slope, math.log((1.0 - alpha) / beta) / k, math.log((1.0 - beta) / alpha) / k)


class SequentialDecision(NamedTuple):
    """What the lines say after the last request, and where they were first crossed (None: not yet)."""

    at_end: Literal["accept", "reject", "continue"]
    first_crossing: tuple[Literal["accept", "reject"], int] | None


def decide(test: SequentialTest, failures: ArrayLike) -> SequentialDecision:
    """Return the decision for a series of requests, 1 for a failure, shape (requests,)."""
    errors = np.cumsum(np.asarray(failures, float))
    if errors.size == 0:
        return SequentialDecision("continue", None)
    n = np.arange(1, errors.size + 1)
    rejected, accepted = errors >= test.reject_line(n), errors <= test.accept_line(n)
    crossed = np.flatnonzero(rejected | accepted)
    first: tuple[Literal["accept", "reject"], int] | None = None
    if crossed.size:
        first = ("reject" if rejected[crossed[0]] else "accept", int(crossed[0]) + 1)
    return SequentialDecision("reject" if rejected[-1] else "accept" if accepted[-1] else "continue", first)


def expected_sample_number(
    test: SequentialTest, p0: float, p1: float, alpha: float = 0.05, beta: float = 0.2
) -> tuple[float, float]:
    """Return the expected requests until a decision when p₀ holds and when p₁ holds (Wald 1947, §5.4)."""
    reject, accept, slope = test.reject_intercept, -test.accept_intercept, test.slope
    under_p0 = ((1.0 - alpha) * accept + alpha * reject) / (p0 - slope)
    under_p1 = (beta * accept + (1.0 - beta) * reject) / (p1 - slope)
    return under_p0, under_p1


_POCOCK: dict[float, tuple[float, ...]] = {
    0.01: (2.576, 2.772, 2.873, 2.939, 2.986, 3.023, 3.053, 3.078, 3.099, 3.117),
    0.05: (1.960, 2.178, 2.289, 2.361, 2.413, 2.453, 2.485, 2.512, 2.535, 2.555),
    0.10: (1.645, 1.875, 1.992, 2.067, 2.122, 2.164, 2.197, 2.225, 2.249, 2.270),
}


def stage_alpha(alpha: float, stages: int, sides: int = 1) -> float:
    """Return the error probability to use at each of several looks: Pocock's, else Bonferroni's share.

    Critical values for equal looks from Jennison & Turnbull 2000, table 2.1 (two-sided .01, .05, .10, up to 10 looks).
    """
    row = _POCOCK.get(round(alpha * (2 if sides == 1 else 1), 6))
    if row is None or stages > len(row):
        return alpha / max(stages, 1)
    return sides * (1.0 - _NORMAL.cdf(row[max(stages, 1) - 1]))


class Stage(NamedTuple):
    """One step of a canary: traffic share, requests needed, seconds, failed requests at risk, and a warning or ""."""

    weight: float
    needed: float
    duration: float
    requests_at_risk: float
    warning: str


def schedule(
    weights: Sequence[float],
    request_rate: float,
    baseline: float,
    effect: float,
    bake: float = 600.0,
    alpha: float = 0.05,
    power: float = 0.8,
) -> list[Stage]:
    """Return the stages of a canary release; a stage lasts max(bake, n/(λ·w)).

    Args:
        weights: share of the traffic per stage, e.g. (.01, .05, .25, 1); at 1 there is no control left to compare with.
        request_rate: λ, requests/s that carry the observed outcome.
        baseline, effect: rate of the control and the increase to be seen.
        bake: least seconds per stage.
    """
    tested = sum(weight < 1.0 for weight in weights)
    share = stage_alpha(alpha, tested)
    return [_stage(weight, request_rate, baseline, effect, bake, share, power) for weight in weights]


def _stage(
    weight: float, request_rate: float, baseline: float, effect: float, bake: float, alpha: float, power: float
) -> Stage:
    flow = request_rate * weight
    if weight >= 1.0 or flow <= 0.0:
        lasting = bake if flow > 0.0 else math.inf
        return Stage(weight, 0.0, lasting, 0.0, "" if flow > 0.0 else "No traffic reaches this stage.")
    ratio = (1.0 - weight) / weight
    needed = two_proportions_size(baseline, effect, alpha, power, ratio).canary
    duration = max(bake, needed / flow)
    warning = ""
    if flow * bake < needed:
        seen = detectable_effect(flow * bake, baseline, alpha, power, ratio)
        least = "no difference can be seen" if math.isnan(seen) else f"the smallest visible increase is {seen:.3g}"
        warning = f"In {bake:.0f} s this stage sees {flow * bake:.0f} of {needed:.0f} requests: {least}."
    elif baseline * duration * flow < 5.0:
        warning = f"Fewer than 5 failures are expected in {duration:.0f} s; use the exact test."
    return Stage(weight, needed, duration, flow * duration * abs(effect), warning)
