"""Graphs that layouts are measured on: templates, collected architectures, and generated ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from models.design.design import Design
from models.importers import ImportProblem
from models.picture import unrouted
from models.templates import templates
from tests.models.importers.shared import ARCHITECTURES, imported

Pairs = set[tuple[int, int]]


class Graph(NamedTuple):
    """A drawing without places: boundary of each card, parent of each boundary (-1 = none) and the flows."""

    name: str
    homes: list[int]
    frames: list[int]
    edges: list[tuple[int, int]]


def graph_of(name: str, design: Design, view: str) -> Graph:
    """Return what a view draws."""
    scene = unrouted(design, view)
    pairs = {(a, b) for a, b in zip(scene.joints.sources, scene.joints.targets, strict=True) if a != b}
    return Graph(f"{name}, {view}", scene.nodes.parents.tolist(), scene.boundaries.parents.tolist(), sorted(pairs))


def of_templates() -> Iterator[Graph]:
    """Yield the six templates in all views."""
    for template in templates():
        for view in ("services", "data_flow", "deployment"):
            yield graph_of(template.id, template.variants[0].design, view)


def collected() -> Iterator[tuple[str, Design, str]]:
    """Yield name, design and view of the collected Compose and Kubernetes systems that are read."""
    for folder in ("compose", "k8s"):
        for path in sorted((ARCHITECTURES / folder).iterdir()):
            try:
                design = imported(f"{folder}/{path.name}").design
            except ImportProblem:
                continue
            yield from ((path.name, design, view) for view in ("services", "data_flow"))


def of_architectures() -> Iterator[Graph]:
    """Yield the collected systems that have flows."""
    for name, design, view in collected():
        graph = graph_of(name, design, view)
        if len(graph.edges) > 1 and (graph.frames or view == "data_flow"):
            yield graph


def generated(sizes: tuple[int, ...]) -> Iterator[Graph]:
    """Yield five forms of each size, twice: sparse, local, in tiers, scale-free, and trees with some more edges."""
    forms = {"sparse": _sparse, "local": _local, "tiers": _tiers, "scale-free": _scale_free, "tree": _tree}
    for count in sizes:
        for name, form in forms.items():
            for seed in (1, 2):
                pairs = {(a, b) for a, b in form(count, random.Random(seed)) if a != b}
                yield Graph(f"{name} {count} #{seed}", [-1] * count, [], sorted(pairs))


def _sparse(count: int, generator: random.Random) -> Pairs:
    return {(generator.randrange(count), generator.randrange(count)) for _ in range(int(1.3 * count))}


def _local(count: int, generator: random.Random) -> Pairs:
    starts = (generator.randrange(count - 1) for _ in range(int(1.5 * count)))
    return {(a, min(count - 1, a + generator.choice([1, 2, 3, 7, 11]))) for a in starts}


def _tiers(count: int, generator: random.Random) -> Pairs:
    """Edge, gateways, services, stores and what lies behind them: mostly from one tier to the next."""
    tiers: list[list[int]] = []
    first = 0
    for share in (0.04, 0.1, 0.36, 0.3, 0.2):
        last = min(count, first + max(1, round(count * share)))
        tiers.append(list(range(first, last)))
        first = last
    tiers[-1] += range(first, count)
    pairs = set()
    for number in range(1, len(tiers)):
        for node in tiers[number]:
            for _ in range(generator.choice([1, 1, 1, 2, 3])):
                before = tiers[max(0, number - generator.choice([1, 1, 1, 1, 2]))]
                pairs.add((generator.choice(before), node))
    return pairs


def _scale_free(count: int, generator: random.Random) -> Pairs:
    pairs, weighted = set(), [0]
    for node in range(1, count):
        for _ in range(generator.choice([1, 1, 2])):
            other = generator.choice(weighted)
            pairs.add((other, node))
            weighted.append(other)
        weighted.append(node)
    return pairs


def _tree(count: int, generator: random.Random) -> Pairs:
    pairs = {(generator.randrange(max(0, node - 12), node), node) for node in range(1, count)}
    return pairs | {(generator.randrange(count), generator.randrange(count)) for _ in range(count // 10)}
