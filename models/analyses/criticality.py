"""Which node takes a flow down: dominators, articulation points and Birnbaum importance (section 11).

On a directed flow the single points of failure are the immediate dominators of the target, not the articulation points
of the undirected drawing, which over-report. networkx is imported when needed, not with this module.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.analyses.structure import Structure, components, evaluate

Floats = NDArray[np.float64]


def single_points_of_failure(
    flows: Iterable[tuple[Hashable, Hashable]], source: Hashable, target: Hashable
) -> list[Hashable]:
    """Return the nodes on every path from source to target, ends excluded, in the order they are passed.

    Immediate dominators by Cooper, Harvey & Kennedy 2001. Empty when the target cannot be reached.

    Raises:
        ValueError: when source or target is not part of any flow.
    """
    import networkx

    graph = networkx.DiGraph()
    graph.add_edges_from(flows)
    for node in (source, target):
        if node not in graph:
            raise ValueError(f'"{node}" is not part of any flow; draw a flow from or to it.')
    dominators: dict[Hashable, Hashable] = dict(networkx.immediate_dominators(graph, source))
    if target not in dominators or source == target:
        return []
    chain: list[Hashable] = []
    node = dominators[target]
    while node is not None and node != source:
        chain.append(node)
        node = dominators[node]
    return chain[::-1]


def articulation_points(flows: Iterable[tuple[Hashable, Hashable]]) -> set[Hashable]:
    """Return the nodes without which the undirected drawing falls apart (Hopcroft & Tarjan 1973)."""
    import networkx

    graph = networkx.Graph()
    graph.add_edges_from((a, b) for a, b in flows if a != b)
    points: set[Hashable] = set(networkx.articulation_points(graph))
    return points


class Importance(NamedTuple):
    """How much the system gains when one component is perfect instead of down, and what perfecting it would add."""

    component: str
    birnbaum: float
    gain_if_perfect: float


def importance(structure: Structure, availability: Mapping[str, float]) -> list[Importance]:
    """Return Birnbaum importance I = A(1ᵢ) − A(0ᵢ) of each component, largest first (Birnbaum 1969).

    All components are evaluated at once: the structure takes arrays in which one of them is up or down.
    """
    names = list(dict.fromkeys(components(structure)))
    forced: dict[str, ArrayLike] = {}
    for index, name in enumerate(names):
        column = np.full(2 * len(names) + 1, float(availability[name]))
        column[2 * index], column[2 * index + 1] = 1.0, 0.0
        forced[name] = column
    values = np.broadcast_to(evaluate(structure, forced).availability, 2 * len(names) + 1)
    now = float(values[-1])
    found = [
        Importance(name, float(values[2 * i] - values[2 * i + 1]), float(values[2 * i]) - now)
        for i, name in enumerate(names)
    ]
    return sorted(found, key=lambda row: -row.birnbaum)


def importance_by_call(system: Callable[[Floats], Floats], availability: ArrayLike) -> Floats:
    """Return Birnbaum importance per part of any vectorized availability function.

    Args:
        system: takes (cases, parts), returns (cases,).
        availability: shape (parts,).
    """
    base = np.asarray(availability, float)
    count = base.size
    up, down = np.tile(base, (count, 1)), np.tile(base, (count, 1))
    np.fill_diagonal(up, 1.0)
    np.fill_diagonal(down, 0.0)
    result: Any = system(up) - system(down)
    return np.asarray(result)
