"""Measured utilization from a CSV of a monitoring system: per node mean, 95th percentile and maximum.

Long form: time, resource, metric, value. Wide form: time, resource and one column per metric. Resources are pods,
instances or nodes; those of one node are averaged at each time, in steps of five minutes, so that memory grows with
hours and not with rows. A resource belongs to the node of the first rule on ResourceId that fits, else to the node of
its name or id, else to the node whose name its own begins with (pods: “feed-api-7c9f4-x2”).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct

from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import Input, input_id
from models.importers.bill_rules import COLUMNS, BillRule, NodeFinder, parse_rules
from models.importers.focus import FRAMEWORK
from models.importers.notes import ImportProblem
from models.importers.trace_columns import TIMES, position_of, read_rows, seconds_of
from models.words import Text, sentence_of

STEP_S = 300.0
RESOURCES = (
    "node",
    "resource",
    "resource_id",
    "instance",
    "instance_id",
    "pod",
    "service",
    "container",
    "host",
)
NAMES = ("metric", "metric_name", "measure")
VALUES = ("value", "average", "avg", "mean")
METRICS: Mapping[str, tuple[str, ...]] = {
    "cpu": ("cpu", "cpu_utilization", "cpuutilization", "cpu_used"),
    "memory": ("memory", "mem", "memory_utilization", "mem_utilization", "mem_used", "memory_used"),
    "accelerator": (
        "gpu",
        "accelerator",
        "gpu_utilization",
        "gpu_util",
        "dcgm_fi_dev_gpu_util",
    ),
}
PER_CENT = {
    "cpu": Text("Cpu is taken as per cent."),
    "memory": Text("Memory is taken as per cent."),
    "accelerator": Text("Accelerator is taken as per cent."),
}
_PERCENT = re.compile(r"[_ ]?(?:\(?%\)?|percent|pct)$")
MOST_ABOVE_ONE = 1.5
MOST_UNKNOWN = 20


class Measured(Struct, frozen=True):
    """Utilization of one node, fractions: mean, 95th percentile and maximum over the steps."""

    mean: float
    p95: float
    most: float


class Metrics(Struct, frozen=True):
    """What a file says: by node and metric (cpu, memory, accelerator); `unknown` resources belong to no node."""

    file: str
    hours: float
    rows: int
    nodes: Mapping[str, Mapping[str, Measured]]
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def is_metrics(path: Path) -> bool:
    """Return whether the head of a CSV file names a time, a resource and a metric. Raises ImportProblem as it reads."""
    return _layout(_head(path)) is not None


def read_metrics(path: Path, nodes: Mapping[str, str], rules: Sequence[BillRule] = ()) -> Metrics:
    """Return the utilization of nodes (id to name) that a file holds.

    Raises:
        ImportProblem: it cannot be read, has no such columns, or a row is broken; the sentence says where.
    """
    names = _head(path)
    layout = _layout(names)
    if layout is None:
        raise ImportProblem(
            Text(
                "{file} has no utilization; it needs a time, a resource (node, pod, instance …) and a "
                "column cpu, memory or gpu, or the columns metric and value.",
                file=path.name,
            )
        )
    return _Reader(path, names, layout, nodes, rules).read()


def read_metrics_for(design: Design, path: Path) -> Metrics:
    """Return the metrics of a file, mapped to the nodes of a design by its rules for bills and by names."""
    names = {key: node.name for key, node in design.nodes.items()}
    stated = design.input(FRAMEWORK, "bill_rules")
    try:
        rules = parse_rules(str(stated.value or "") if stated is not None else "", names)
    except ValueError as reason:
        raise ImportProblem(
            Text("The mapping of bills cannot be read: {reason}", reason=sentence_of(reason))
        ) from reason
    return read_metrics(path, names, rules)


def metrics_delta(design: Design, found: Metrics) -> Delta:
    """Return the delta that keeps measured utilization with the design; nodes measured earlier stay."""
    key = input_id(FRAMEWORK, "metrics")
    before = design.input(FRAMEWORK, "metrics")
    held = before.value if before is not None and isinstance(before.value, Mapping) else {}
    nodes = {node: dict(row) for node, row in held.get("nodes", {}).items() if node in design.nodes}
    for node, row in found.nodes.items():
        nodes[node] = {
            name: {"mean": round(one.mean, 4), "p95": round(one.p95, 4), "most": round(one.most, 4)}
            for name, one in row.items()
        }
    value = {"file": found.file, "hours": found.hours, "nodes": nodes}
    return Delta.of([(key, design.elements.get(key), Input(value, "measured"))])


class _Layout(Struct, frozen=True):
    """Columns by number: time, resource, and either (metric name, value) or wide metrics with their scale."""

    time: int
    resource: int
    named: tuple[int, int] | None
    wide: tuple[tuple[str, int, bool], ...]


def _head(path: Path) -> list[str]:
    header = next(read_rows(path), (0, []))[1]
    return [re.sub(r"[\s.]+", "_", name.strip().lower().lstrip("\ufeff")) for name in header]


def _layout(names: Sequence[str]) -> _Layout | None:
    time, resource = position_of(names, TIMES), position_of(names, RESOURCES)
    if time is None or resource is None:
        return None
    metric, value = position_of(names, NAMES), position_of(names, VALUES)
    if metric is not None and value is not None:
        return _Layout(time, resource, (metric, value), ())
    wide = tuple(
        (known, number, percent)
        for number, name in enumerate(names)
        for known, percent in [_metric(name)]
        if known and number not in (time, resource)
    )
    return _Layout(time, resource, None, wide) if wide else None


def _metric(name: str) -> tuple[str, bool]:
    """Return which metric a name means, empty for none, and whether it is in per cent by its name."""
    plain = re.sub(r"[\s.]+", "_", name.strip().lower())
    short = _PERCENT.sub("", plain)
    return next((known for known, words in METRICS.items() if short in words), ""), short != plain


class _Reader:
    """Averages the rows of one file by node, metric and step."""

    def __init__(
        self, path: Path, names: Sequence[str], layout: _Layout, nodes: Mapping[str, str], rules: Sequence[BillRule]
    ) -> None:
        self._path, self._names, self._layout = path, names, layout
        self._rules = NodeFinder(rules, {})
        self._by_name = {_plain(name): key for key, name in nodes.items()} | {_plain(key): key for key in nodes}
        self._known: dict[str, str] = {}
        self._sums: dict[tuple[str, str], dict[int, list[float]]] = {}
        self._percent: dict[str, bool] = {}
        self._times = [np.inf, -np.inf]

    def read(self) -> Metrics:
        rows, unknown = 0, dict[str, None]()
        lines = read_rows(self._path)
        next(lines)
        for line, row in lines:
            if len(row) < len(self._names):
                raise ImportProblem(
                    Text(
                        "{file}, line {line}: {count} columns instead of {wanted}.",
                        file=self._path.name,
                        line=line,
                        count=len(row),
                        wanted=len(self._names),
                    )
                )
            rows += 1
            second = seconds_of(row[self._layout.time], self._names[self._layout.time], self._path, line)[0]
            self._times = [min(self._times[0], second), max(self._times[1], second)]
            resource = row[self._layout.resource].strip()
            node = self._node(resource)
            if not node:
                unknown[resource] = None
                continue
            for name, value in self._values(row, line):
                held = self._sums.setdefault((node, name), {}).setdefault(int(second // STEP_S), [0.0, 0.0])
                held[0] += value
                held[1] += 1.0
        if not rows:
            raise ImportProblem(Text("{file} has a header and no rows.", file=self._path.name))
        return self._found(rows, tuple(unknown))

    def _node(self, resource: str) -> str:
        if resource not in self._known:
            values = tuple(resource if name == "ResourceId" else "" for name in COLUMNS)
            plain = _plain(resource)
            begins = [name for name in self._by_name if plain.startswith(name + "-")]
            named = self._by_name.get(plain) or (self._by_name[max(begins, key=len)] if begins else "")
            self._known[resource] = self._rules.find(values) or named
        return self._known[resource]

    def _values(self, row: Sequence[str], line: int) -> Iterator[tuple[str, float]]:
        """Yield (metric, value as it stands) of a row; an empty cell says nothing."""
        if self._layout.named is not None:
            metric, value = self._layout.named
            known, percent = _metric(row[metric])
            cells = [(known, value, percent)] if known else []
        else:
            cells = list(self._layout.wide)
        for known, number, percent in cells:
            text = row[number].strip()
            if not text:
                continue
            try:
                found = float(text.rstrip("%"))
            except ValueError:
                found = float("nan")
            if not 0 <= found <= 1e4:
                raise ImportProblem(
                    Text(
                        "{file}, line {line}: “{text}” is not a utilization.",
                        file=self._path.name,
                        line=line,
                        text=text[:40],
                    )
                )
            self._percent[known] = (
                self._percent.get(known, False) or percent or text.endswith("%") or found > MOST_ABOVE_ONE
            )
            yield known, found

    def _found(self, rows: int, unknown: tuple[str, ...]) -> Metrics:
        nodes: dict[str, dict[str, Measured]] = {}
        for (node, name), steps in self._sums.items():
            values = np.array([total / count for total, count in steps.values()])
            values = values / 100.0 if self._percent[name] else values
            p95 = float(np.quantile(values, 0.95))
            nodes.setdefault(node, {})[name] = Measured(float(values.mean()), p95, float(values.max()))
        notes = [PER_CENT[name] for name, percent in sorted(self._percent.items()) if percent]
        hours = (self._times[1] - self._times[0] + STEP_S) / 3600.0
        return Metrics(self._path.name, round(hours, 3), rows, nodes, unknown[:MOST_UNKNOWN], tuple(notes))


def _plain(text: str) -> str:
    return re.sub(r"[\s_]+", "-", text.strip().casefold())
