"""The order within layers against counting pair by pair, on random layered graphs with boundaries."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from models.layout.crossings import Counter, block_gain, count_crossings, gain
from models.layout.layers import Layers
from models.layout.order import best_order

Drawn = tuple[list[int], set[tuple[int, int]], list[int], list[int]]


@st.composite
def layered(draw: st.DrawFn) -> Drawn:
    """Draw layers, edges, the boundary of each node and the parent of each boundary."""
    layer = draw(st.lists(st.integers(0, 4), min_size=2, max_size=14))
    nodes = st.integers(0, len(layer) - 1)
    pairs = draw(st.sets(st.tuples(nodes, nodes), max_size=24))
    frames = draw(st.lists(st.integers(-1, 0), max_size=3))
    parents = [min(parent, row - 1) for row, parent in enumerate(frames)]
    homes = draw(st.lists(st.integers(-1, len(parents) - 1), min_size=len(layer), max_size=len(layer)))
    first = sorted(set(layer))
    edges = {(a, b) for a, b in pairs if layer[a] < layer[b]}
    return [first.index(value) for value in layer], edges, homes, parents


def pair_by_pair(order: list[list[int]], layers: Layers) -> int:
    place = {node: index for row in order for index, node in enumerate(row)}
    edges = [(a, b) for a in range(layers.count) for b in layers.out[a]]
    return sum(
        layers.layer[a] == layers.layer[c] and (place[a] - place[c]) * (place[b] - place[d]) < 0
        for (a, b), (c, d) in combinations(edges, 2)
    )


@settings(max_examples=150, deadline=None)
@given(layered())
def test_the_best_order_holds_each_node_once_and_each_boundary_together(drawn: Drawn) -> None:
    layers = Layers(*drawn)
    _, order = best_order([layers])
    assert [sorted(row) for row in order] == layers.members
    for row in order:
        for boundary in range(len(layers.parents)):
            at = [index for index, node in enumerate(row) if boundary in layers.paths[node]]
            assert at == list(range(at[0], at[-1] + 1) if at else [])
    assert best_order([Layers(*drawn)])[1] == order


@settings(max_examples=150, deadline=None)
@given(layered())
def test_crossings_are_counted_as_pair_by_pair(drawn: Drawn) -> None:
    layers = Layers(*drawn)
    _, order = best_order([layers])
    for rows in (layers.members, order):
        position = [0] * layers.count
        for row in rows:
            for index, node in enumerate(row):
                position[node] = index
        expected = pair_by_pair(rows, layers)
        assert Counter(layers).count(rows, position) == expected
        assert count_crossings(rows, layers) == expected


@given(st.lists(st.integers(0, 6), max_size=4), st.lists(st.integers(0, 6), max_size=6))
def test_a_gain_is_the_difference_of_both_orders(first: list[int], second: list[int]) -> None:
    def crossings(one: list[int], other: list[int]) -> int:
        return sum(a > b for a in one for b in other)

    expected = crossings(first, second) - crossings(second, first)
    assert gain(first, second) == expected
    assert block_gain(first, sorted(second)) == expected
