"""Demand from a trace of timestamps, counts or rates: daily profile, peak, burstiness, tokens.

Words of teletraffic (ITU-T E.500): the peak hour is the hour of the day that is busiest on average over all days, so
that profile and mean rate stay consistent with it; the single busiest hour is told beside it. Burstiness is the squared
coefficient of variation of the times between arrivals, taken within windows of an hour so that the daily swing does not
count as burstiness; where only counts are known it is the index of dispersion for counts, variance over mean, which a
renewal process shares with it in the limit (Cox and Lewis 1966, §4.5).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from msgspec import Struct, field

from models.design.elements import Value
from models.importers.notes import ImportProblem
from models.importers.trace_columns import Columns, Floats, read_columns
from models.words import Number, Text

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
_LONGEST_SPAN_S = 40 * 366 * DAY_S
_MOST_INTERVALS = 20_000_000
_LEAST_FOR_PROFILE_S = 22 * HOUR_S
_LONGEST_BURST_INTERVAL_S = 60.0
_FEWEST_IN_WINDOW = 20
_LARGEST_SCV = 100.0
_LONGEST_FOR_GAPS_S = 1.0


class Trace(Struct, frozen=True, kw_only=True):
    """What a trace says about demand.

    Attributes:
        requests: number of requests; duration_s: from the first to the last.
        mean_rate_rps, peak_rate_rps: over the whole trace and in its peak hour, requests/s.
        busiest_hour_rps: of the single busiest hour (of the whole trace if it is shorter than an hour).
        peak_factor: peak rate over mean rate.
        profile: 24 hourly factors of mean 1, or None when the trace does not cover a day.
        arrival_scv: burstiness, or None when the intervals are too long to tell; dispersion: index of dispersion of
            counts per `dispersion_interval_s`. `dispersion_of_counts_s` is the interval that `arrival_scv` was read
            from, 0 when it was read from single requests.
        input_tokens, output_tokens: mean per request; input_scv, output_scv: their squared coefficients of variation,
            None when only sums per interval are known.
        notes: what could not be read from it, as sentences.
    """

    requests: float
    duration_s: float
    mean_rate_rps: float
    peak_rate_rps: float
    busiest_hour_rps: float
    peak_factor: float
    profile: tuple[float, ...] | None
    arrival_scv: float | None
    dispersion: float | None
    dispersion_interval_s: float
    dispersion_of_counts_s: float = 0.0
    input_tokens: float | None = None
    input_scv: float | None = None
    output_tokens: float | None = None
    output_scv: float | None = None
    notes: tuple[str, ...] = ()


class TraceDemand(Struct, frozen=True):
    """Parameters read from a trace: `users` for a users node, `tokens` for nodes that serve language models."""

    users: dict[str, Value]
    tokens: dict[str, Value]
    trace: Trace
    notes: tuple[str, ...] = field(default=())


def demand_from_trace(path: Path) -> TraceDemand:
    """Return the demand that a trace file describes.

    Raises:
        ImportProblem: the file cannot be read as a trace; says why.
    """
    trace = read_trace(path)
    users: dict[str, Value] = {"peak_rate_rps": _rounded(trace.peak_rate_rps)}
    if trace.profile is not None:
        users["profile_factors"] = [round(factor, 4) for factor in trace.profile]
    notes = list(trace.notes)
    if trace.arrival_scv is not None and trace.dispersion_of_counts_s > _LONGEST_FOR_GAPS_S:
        notes.append(
            Text("Counts of long intervals do not tell the gaps between requests: their burstiness is not taken over.")
        )
    elif trace.arrival_scv is not None:
        users["arrival_scv"] = _rounded(min(trace.arrival_scv, _LARGEST_SCV))
        if trace.arrival_scv > _LARGEST_SCV:
            notes.append(
                Text(
                    "The burstiness of {arrival_scv} is beyond what can be planned; {largest_scv} is used.",
                    arrival_scv=Number(f"{trace.arrival_scv:.3g}"),
                    largest_scv=Number(f"{_LARGEST_SCV:g}"),
                )
            )
    tokens: dict[str, Value] = {}
    for name in ("input_tokens", "output_tokens", "input_scv", "output_scv"):
        value = getattr(trace, name)
        if value is not None and (value >= 1 or name.endswith("scv")):
            tokens[name] = _rounded(min(value, _LARGEST_SCV) if name.endswith("scv") else value)
    return TraceDemand(users, tokens, trace, tuple(notes))


def read_trace(path: Path) -> Trace:
    """Return the statistics of a CSV trace, plain or packed by gzip.

    Raises:
        ImportProblem: the file cannot be read as a trace; says why.
    """
    columns = read_columns(path)
    notes: list[str] = (
        [Text("Only the first {count} rows were read.", count=Number(f"{len(columns.times_s):,}"))]
        if columns.cut
        else []
    )
    width = _interval(columns)
    counts = _counts(columns, width)
    first, last = float(columns.times_s[0]), float(columns.times_s[-1])
    duration = last - first + width
    total = float(counts.sum())
    if duration <= 0 or duration > _LONGEST_SPAN_S or total <= 0:
        raise ImportProblem(
            Text(
                "{file}: {total} requests in {duration} s cannot be a trace; check times and counts.",
                file=path.name,
                total=Number(f"{total:g}"),
                duration=Number(f"{duration:g}"),
            )
        )
    hours = _per_hour(columns.times_s, counts, width)
    profile, peak, busiest = _profile(hours, total / duration, columns, notes)
    scv, dispersion, interval = _burstiness(columns, counts, width, notes)
    means = _tokens(columns, total)
    return Trace(
        requests=total,
        duration_s=duration,
        mean_rate_rps=total / duration,
        peak_rate_rps=peak,
        busiest_hour_rps=busiest,
        peak_factor=peak / (total / duration),
        profile=profile,
        arrival_scv=scv,
        dispersion=dispersion,
        dispersion_interval_s=interval,
        dispersion_of_counts_s=width,
        notes=tuple(notes),
        **means,
    )


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _interval(columns: Columns) -> float:
    """Return the width of the intervals in seconds; 0 when every row is one request."""
    if columns.counts is None:
        return 0.0
    gaps = np.diff(columns.times_s)
    gaps = gaps[gaps > 0]
    return float(np.median(gaps)) if gaps.size else 0.0


def _counts(columns: Columns, width: float) -> Floats:
    if columns.counts is None:
        return np.ones(len(columns.times_s))
    return columns.counts * width if columns.rates else columns.counts


def _per_hour(times: Floats, counts: Floats, width: float) -> tuple[Floats, Floats, int]:
    """Return (hours,) requests, (hours,) covered seconds and the number of the first hour since the clock's zero.

    Wider intervals than an hour are spread evenly over the hours that they cover.
    """
    if width > HOUR_S:
        parts = int(np.ceil(width / HOUR_S))
        offsets = np.arange(parts) * (width / parts)
        times = (times[:, None] + offsets).ravel()
        counts = np.repeat(counts / parts, parts)
        width /= parts
    start, end = float(times[0]), float(times[-1]) + width
    first = int(start // HOUR_S)
    index = (times // HOUR_S).astype(np.int64) - first
    requests: Floats = np.bincount(index, weights=counts).astype(float)
    edges = (first + np.arange(len(requests))) * HOUR_S
    covered = np.clip(np.minimum(edges + HOUR_S, end) - np.maximum(edges, start), 0.0, HOUR_S)
    return requests, covered, first


def _profile(
    hours: tuple[Floats, Floats, int], mean: float, columns: Columns, notes: list[str]
) -> tuple[tuple[float, ...] | None, float, float]:
    """Return the 24 factors (or None), the rate of the peak hour and that of the busiest hour, in requests/s."""
    requests, covered, first = hours
    whole = covered >= 0.9 * HOUR_S
    busiest = float((requests[whole] / covered[whole]).max()) if whole.any() else mean
    of_day = (first + np.arange(len(requests))) % 24
    sums = np.bincount(of_day, weights=requests, minlength=24)
    seconds = np.bincount(of_day, weights=covered, minlength=24)
    length = float(covered.sum())
    interval = _interval(columns)
    if length < _LEAST_FOR_PROFILE_S or (seconds < 0.5 * HOUR_S).any():
        notes.append(
            Text(
                "The trace covers {length} hours, less than a day: the daily profile is not known.",
                length=Number(f"{length / HOUR_S:.3g}"),
            )
        )
        return None, busiest, busiest
    if interval > 2 * HOUR_S:
        notes.append(
            Text(
                "One value every {interval} hours tells no daily profile.", interval=Number(f"{interval / HOUR_S:.3g}")
            )
        )
        return None, busiest, busiest
    rates = sums / seconds
    if not columns.clock:
        notes.append(Text("The times are not those of a clock: hour 0 of the profile is the beginning of the trace."))
    peak = float(rates.max())
    if busiest > 1.5 * peak:
        notes.append(
            Text(
                "The busiest hour had {busiest} times the peak hour's rate: plan it as an event.",
                busiest=Number(f"{busiest / peak:.3g}"),
            )
        )
    factors = rates / rates.mean()
    return tuple(float(factor) for factor in factors), peak, busiest


def _burstiness(
    columns: Columns, counts: Floats, width: float, notes: list[str]
) -> tuple[float | None, float | None, float]:
    """Return the scv of the times between arrivals, the index of dispersion and its interval in seconds."""
    if columns.counts is None:
        dispersion = _dispersion(columns.times_s, counts, _LONGEST_BURST_INTERVAL_S)
        return _gap_scv(columns.times_s), dispersion, _LONGEST_BURST_INTERVAL_S
    dispersion = _dispersion(columns.times_s, counts, width)
    if width > _LONGEST_BURST_INTERVAL_S or columns.rates:
        notes.append(
            Text("Values of {width} s tell nothing about burstiness between requests.", width=Number(f"{width:.4g}"))
        )
        return None, dispersion, width
    notes.append(
        Text("Burstiness is the index of dispersion of the counts per {width} s.", width=Number(f"{width:.4g}"))
    )
    return dispersion, dispersion, width


def _gap_scv(times: Floats) -> float | None:
    """Return the scv of the gaps, averaged over windows of an hour, each weighted with its number of gaps."""
    gaps = np.diff(times)
    window = ((times[1:] - times[0]) // HOUR_S).astype(np.int64)
    number = np.bincount(window)
    sums = np.bincount(window, weights=gaps)
    squares = np.bincount(window, weights=gaps * gaps)
    used = (number >= _FEWEST_IN_WINDOW) & (sums > 0)
    if not used.any():
        used = np.zeros_like(used)
        number, sums, squares = (np.array([float(values.sum())]) for values in (number, sums, squares))
        used = sums > 0
    if not used.any():
        return None
    means = sums[used] / number[used]
    scv = squares[used] / number[used] / means**2 - 1.0
    return float(np.average(np.maximum(scv, 0.0), weights=number[used]))


def _dispersion(times: Floats, counts: Floats, width: float) -> float | None:
    """Return variance over mean of the counts per interval, over windows of 60 intervals.

    The variance is half the mean square of successive differences (von Neumann 1941), so that a drift of the rate
    inside a window does not count.
    """
    span = float(times[-1] - times[0])
    if width <= 0 or span / width > _MOST_INTERVALS:
        return None
    index = np.floor((times - times[0]) / width + 1e-9).astype(np.int64)
    filled = np.bincount(index, weights=counts)
    length = min(60, len(filled))
    if length < 5:
        return None
    windows = len(filled) // length
    blocks = filled[: windows * length].reshape(windows, length)
    means = blocks.mean(axis=1)
    used = means > 0
    variances = np.square(np.diff(blocks[used], axis=1)).mean(axis=1) / 2.0
    return float(np.average(variances / means[used], weights=means[used])) if used.any() else None


def _tokens(columns: Columns, total: float) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for name, values in (("input", columns.input_tokens), ("output", columns.output_tokens)):
        if values is None:
            continue
        mean = float(values.sum()) / total
        found[f"{name}_tokens"] = mean
        if columns.counts is None and mean > 0:
            found[f"{name}_scv"] = float(values.var()) / mean**2
    return found
