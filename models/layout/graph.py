"""Graphs made ready for layers: components, and edges without cycles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Edges = list[tuple[int, int]]
_SMALL = 300


def components(count: int, edges: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return the connected components, each in ascending order, the largest first."""
    neighbors: list[list[int]] = [[] for _ in range(count)]
    for a, b in edges:
        neighbors[a].append(b)
        neighbors[b].append(a)
    seen = [False] * count
    found = []
    for start in range(count):
        if seen[start]:
            continue
        seen[start] = True
        members, waiting = [start], [start]
        while waiting:
            for other in neighbors[waiting.pop()]:
                if not seen[other]:
                    seen[other] = True
                    members.append(other)
                    waiting.append(other)
        found.append(sorted(members))
    return sorted(found, key=lambda members: (-len(members), members[0]))


def without_cycles(count: int, edges: Sequence[tuple[int, int]]) -> list[Edges]:
    """Return the edges with some reversed so that no cycle is left, in up to three ways.

    One reverses what closes a cycle in a depth-first search from the sources, then from what has most edges ahead; in
    graphs of up to 300 nodes one takes them by number; one what leads back in an
    order that takes sources first, sinks last, and in between what has most edges ahead (Eades, Lin & Smyth 1993).
    """
    backward = _closing(count, edges, by_excess=True)
    if not backward:
        return [sorted(set(edges))]
    place = _greedy(count, edges)
    ways = [backward, {(a, b) for a, b in edges if place[a] > place[b]}]
    if count <= _SMALL:
        ways.append(_closing(count, edges, by_excess=False))
    return [sorted({(b, a) if (a, b) in way else (a, b) for a, b in edges}) for way in ways]


def _closing(count: int, edges: Sequence[tuple[int, int]], *, by_excess: bool) -> set[tuple[int, int]]:
    """Return the edges that close a cycle in a depth-first search."""
    out: list[list[int]] = [[] for _ in range(count)]
    entering = [0] * count
    for a, b in edges:
        out[a].append(b)
        entering[b] += 1
    state = [0] * count
    found = set()
    excess = [(entering[node] - len(out[node])) * by_excess for node in range(count)]
    for root in sorted(range(count), key=lambda node: (entering[node] > 0, excess[node], node)):
        if state[root]:
            continue
        state[root] = 1
        stack = [(root, iter(out[root]))]
        while stack:
            node, children = stack[-1]
            child = next(children, None)
            if child is None:
                state[node] = 2
                stack.pop()
            elif state[child] == 1:
                found.add((node, child))
            elif state[child] == 0:
                state[child] = 1
                stack.append((child, iter(out[child])))
    return found


def _greedy(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Return the place of each node in an order with few edges that lead back."""
    out: list[set[int]] = [set() for _ in range(count)]
    into: list[set[int]] = [set() for _ in range(count)]
    for a, b in edges:
        out[a].add(b)
        into[b].add(a)
    ahead, behind = [len(found) for found in out], [len(found) for found in into]
    left = set(range(count))
    first: list[int] = []
    last: list[int] = []
    waiting = sorted(left)
    while left:
        while waiting:
            node = waiting.pop()
            if node not in left or (ahead[node] and behind[node]):
                continue
            (last if behind[node] else first).append(node)
            waiting += _take(node, left, out, into, ahead, behind)
        if left:
            node = max(left, key=lambda one: (ahead[one] - behind[one], -one))
            first.append(node)
            waiting = sorted(_take(node, left, out, into, ahead, behind))
    place = [0] * count
    for number, node in enumerate([*first, *reversed(last)]):
        place[node] = number
    return place


def _take(
    node: int, left: set[int], out: list[set[int]], into: list[set[int]], ahead: list[int], behind: list[int]
) -> list[int]:
    """Take a node out of the graph and return its neighbors that are left."""
    left.discard(node)
    for other in out[node]:
        behind[other] -= 1
    for other in into[node]:
        ahead[other] -= 1
    return [other for other in (*out[node], *into[node]) if other in left]
