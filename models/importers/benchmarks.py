"""Benchmarks of language-model servers: the result of `vllm bench serve --save-result`, one object, a list or lines.

Of several results (a sweep of rates) the one with the most requests per second counts: it is the full replica.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from models.design.delta import Delta
from models.design.design import Design
from models.design.edits import set_params
from models.design.elements import Id, Value
from models.design.kinds import value_of
from models.importers.notes import ImportProblem
from models.words import Number, Text, joined

KIND = "llm_serving"
MOST_BYTES = 256 * 2**20
REACHED = 0.95
LARGEST = 1e12
"""No rate, time or number of tokens of a benchmark is larger."""


class BenchmarkResult(Struct, frozen=True):
    """What one server was measured to do; rates in requests/s, times in ms, None = not in the file.

    `asked` is the rate that was sent, None = as fast as it goes; `date` is year-month-day, empty when not known.
    """

    model: str
    rate: float
    asked: float | None
    batch: float | None
    ttft_ms: float | None
    tpot_ms: float | None
    input_tokens: float | None
    output_tokens: float | None
    date: str
    results: int

    @property
    def is_full(self) -> bool:
        """Whether the replica was at its limit: it did not reach the rate that was sent."""
        return self.asked is None or self.rate < REACHED * self.asked


def read_benchmark(path: Path) -> BenchmarkResult:
    """Return the fullest result of a file.

    Raises:
        ImportProblem: when it is no result of `vllm bench serve`.
    """
    if not path.is_file():
        raise ImportProblem(Text("“{path}” does not exist or is not a regular file.", path=path))
    if path.stat().st_size > MOST_BYTES:
        raise ImportProblem(
            Text("“{file}” is larger than 256 MiB; save the result without --save-detailed.", file=path.name)
        )
    found = [each for each in _objects(path) if _number(each, "request_throughput") is not None]
    if not found:
        raise ImportProblem(
            Text(
                "“{file}” holds no request_throughput. Save the result by `vllm bench serve --save-result`.",
                file=path.name,
            )
        )
    best = max(found, key=lambda each: _number(each, "request_throughput") or 0.0)
    rate, completed = _number(best, "request_throughput") or 0.0, _number(best, "completed")
    if rate <= 0.0:
        raise ImportProblem(
            Text("“{file}” finished no request; look for errors of the server and measure again.", file=path.name)
        )
    return BenchmarkResult(
        str(best.get("model_id") or ""),
        rate,
        _number(best, "request_rate"),
        _number(best, "max_concurrency"),
        _number(best, "mean_ttft_ms"),
        _number(best, "mean_tpot_ms"),
        _mean(best, "total_input_tokens", completed),
        _mean(best, "total_output_tokens", completed),
        _date(str(best.get("date") or "")),
        len(found),
    )


def _objects(path: Path) -> list[Mapping[str, Any]]:
    data = path.read_bytes()
    try:
        try:
            whole = msgspec.json.decode(data)
        except msgspec.DecodeError:
            whole = [msgspec.json.decode(line) for line in data.splitlines() if line.strip()]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ImportProblem(
            Text("“{file}” is not JSON: {error}. Save the result again.", file=path.name, error=str(error))
        ) from error
    return [each for each in (whole if isinstance(whole, list) else [whole]) if isinstance(each, dict)]


def _mean(result: Mapping[str, Any], name: str, completed: float | None) -> float | None:
    total = _number(result, name)
    return total / completed if total and completed else None


def _number(result: Mapping[str, Any], name: str) -> float | None:
    value = result.get(name)
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < LARGEST
    return float(value) if known and value is not None else None


def _date(text: str) -> str:
    """Return the day of a time stamp such as 20260901-101500; empty when it is none."""
    digits = text[:8]
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if len(digits) == 8 and digits.isdigit() else text[:10]


def servers_of(design: Design, found: BenchmarkResult) -> list[Id]:
    """Return the nodes that the benchmark may belong to, those of the measured model first."""
    tail = found.model.rsplit("/", 1)[-1].lower()
    nodes = [(key, node) for key, node in design.nodes.items() if node.kind == KIND]

    def is_other(entry: tuple[Id, Any]) -> bool:
        name = str(value_of(entry[1], "language_model") or "").lower()
        return not (name and tail and (tail.startswith(name) or name.startswith(tail)))

    return [key for key, _ in sorted(nodes, key=is_other)]


def take_benchmark(design: Design, found: BenchmarkResult, node: Id) -> Delta:
    """Return the edit that gives a node its benchmark, measured on the cards that it is drawn with."""
    before = design.node(node)
    values: dict[str, Value] = {
        "measured_rps": found.rate,
        "bench_on": str(value_of(before, "accelerator") or ""),
        "bench_cards": int(value_of(before, "accelerators") or 1),
        "bench_batch": found.batch,
        "bench_ttft_ms": found.ttft_ms,
        "bench_tpot_ms": found.tpot_ms,
        "bench_input_tokens": found.input_tokens,
        "bench_output_tokens": found.output_tokens,
        "bench_date": found.date or None,
    }
    return Delta.of([(node, before, set_params(before, values))])


def sentences(found: BenchmarkResult) -> list[str]:
    """Return what was measured, as sentences."""
    told: list[str] = [
        Text(
            "{model} finished {rate} requests/s on one server ({date}).",
            model=found.model or Text("A model"),
            rate=Number(f"{found.rate:.3g}"),
            date=found.date or Text("no date"),
        )
    ]
    times = []
    if found.ttft_ms is not None:
        times.append(Text("{time} ms to the first token", time=Number(f"{found.ttft_ms:.0f}")))
    if found.tpot_ms is not None:
        times.append(Text("{time} ms per further token", time=Number(f"{found.tpot_ms:.0f}")))
    if times:
        told.append(Text("Mean times: {times}.", times=joined(times)))
    if found.input_tokens and found.output_tokens:
        told.append(
            Text(
                "Mean request: {input_tokens} tokens in, {output_tokens} out.",
                input_tokens=Number(f"{found.input_tokens:.0f}"),
                output_tokens=Number(f"{found.output_tokens:.0f}"),
            )
        )
    if found.results > 1:
        told.append(Text("Of {results} results the one with most requests/s counts.", results=found.results))
    if not found.is_full:
        told.append(Text("The server kept up with the rate that was sent: it may do more. Measure with a higher rate."))
    told.append(Text("It counts instead of the model while the node runs on the cards that it is drawn with now."))
    return told
