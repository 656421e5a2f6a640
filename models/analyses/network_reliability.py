"""Probability that terminals of a network can reach each other when links and nodes fail independently.

Exact by the frontier method (Hardy, Lucet & Limnios 2007): elements are decided one after another, and all histories
with the same connectivity of the frontier (vertices that have decided and undecided elements) are one state. Undirected
networks with perfect nodes keep partitions of the frontier, all others its reachability relation.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

Partition = tuple[int, ...]
MOST_STATES = 50_000


class Link(NamedTuple):
    """A link between two nodes with its availability; one way when the network is directed."""

    source: Hashable
    target: Hashable
    availability: float


def connection_probability(
    links: Sequence[Link],
    terminals: Sequence[Hashable],
    directed: bool = False,
    node_availability: Mapping[Hashable, float] | None = None,
) -> float:
    """Return the probability that all terminals are connected.

    Args:
        links: of the network; several between the same nodes are allowed.
        terminals: two or more nodes. In a directed network the first must reach all others.
        directed: links lead from source to target only.
        node_availability: of nodes that can fail, terminals included; nodes left out are perfect.

    Raises:
        ValueError: when the network is too dense for the exact method.
    """
    wanted = list(dict.fromkeys(terminals))
    known = {end for link in links for end in (link.source, link.target)}
    failing = {node: chance for node, chance in (node_availability or {}).items() if chance < 1.0}
    if len(wanted) < 2:
        return failing.get(wanted[0], 1.0) if wanted else 1.0
    if any(node not in known for node in wanted):
        return 0.0
    if directed or failing:
        return _directed(links, wanted, directed, failing)
    return _undirected(links, wanted)


def _vertex_order(links: Sequence[Link], start: Hashable) -> dict[Hashable, int]:
    """Number the nodes breadth first, which keeps the frontier of a layered network narrow."""
    neighbors: dict[Hashable, list[Hashable]] = {}
    for link in links:
        neighbors.setdefault(link.source, []).append(link.target)
        neighbors.setdefault(link.target, []).append(link.source)
    order: dict[Hashable, int] = {}
    for root in (start, *neighbors):
        queue = [] if root in order else [root]
        while queue:
            node = queue.pop(0)
            if node in order:
                continue
            order[node] = len(order)
            queue.extend(other for other in neighbors.get(node, ()) if other not in order)
    return order


def _undirected(links: Sequence[Link], terminals: Sequence[Hashable]) -> float:
    """Frontier method on partitions: a state labels each frontier node with its block and marks blocks of terminals.

    A state is (labels, terminal blocks); leaving nodes whose block leaves with a terminal while others remain fail.
    """
    order = _vertex_order(links, terminals[0])
    ends = sorted(
        ((min(order[a], order[b]), max(order[a], order[b]), chance) for a, b, chance in links if a != b),
        key=lambda row: (row[1], row[0]),
    )
    first, last = _life(ends)
    marked = {order[node] for node in terminals}
    frontier: list[int] = []
    states: dict[tuple[Partition, frozenset[int]], float] = {((), frozenset()): 1.0}
    done, left = 0.0, len(marked)
    for index, (low, high, chance) in enumerate(ends):
        entering = [node for node in (low, high) if first[node] == index]
        leaving = [node for node in (low, high) if last[node] == index]
        frontier = frontier + entering
        places = (frontier.index(low), frontier.index(high))
        gone = sorted((frontier.index(node) for node in leaving), reverse=True)
        left -= sum(node in marked for node in entering)
        following: dict[tuple[Partition, frozenset[int]], float] = {}
        for state, weight in states.items():
            grown = _enter(state, [node in marked for node in entering])
            for merged, share in ((_merge(grown, places), chance), (grown, 1.0 - chance)):
                if share == 0.0:
                    continue
                if left == 0 and len(merged[1]) == 1:
                    done += weight * share
                    continue
                reduced = _leave(merged, gone)
                if reduced is not None:
                    following[reduced] = following.get(reduced, 0.0) + weight * share
        frontier = [node for node in frontier if node not in leaving]
        states = following
        _guard(len(states))
    return done


def _life(elements: Sequence[tuple[int, int, float]]) -> tuple[dict[int, int], dict[int, int]]:
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for index, (low, high, _) in enumerate(elements):
        for node in (low, high):
            first.setdefault(node, index)
            last[node] = index
    return first, last


def _guard(count: int) -> None:
    if count > MOST_STATES:
        raise ValueError("The network is too dense for an exact probability; split it or simulate it.")


def _enter(state: tuple[Partition, frozenset[int]], terminal: Sequence[bool]) -> tuple[Partition, frozenset[int]]:
    labels, blocks = state
    for is_terminal in terminal:
        new = max(labels, default=-1) + 1
        labels = (*labels, new)
        blocks = blocks | {new} if is_terminal else blocks
    return labels, blocks


def _merge(state: tuple[Partition, frozenset[int]], places: tuple[int, int]) -> tuple[Partition, frozenset[int]]:
    labels, blocks = state
    kept, lost = labels[places[0]], labels[places[1]]
    if kept == lost:
        return state
    labels = tuple(kept if label == lost else label for label in labels)
    return labels, (blocks - {lost}) | {kept} if lost in blocks else blocks


def _leave(state: tuple[Partition, frozenset[int]], places: Sequence[int]) -> tuple[Partition, frozenset[int]] | None:
    """Remove nodes from the frontier and renumber; None when a terminal's block is cut off."""
    labels, blocks = list(state[0]), state[1]
    for place in places:
        label = labels.pop(place)
        if label in blocks and label not in labels:
            return None
    names: dict[int, int] = {}
    renamed = tuple(names.setdefault(label, len(names)) for label in labels)
    return renamed, frozenset(names[label] for label in blocks)


class _Element(NamedTuple):
    """One thing that works or fails, with the arcs that exist while it works."""

    arcs: tuple[tuple[Hashable, Hashable], ...]
    availability: float


def _elements(links: Sequence[Link], directed: bool, failing: Mapping[Hashable, float]) -> list[_Element]:
    """Split failing nodes into an entry and an exit; return elements in breadth-first order."""

    def into(node: Hashable) -> Hashable:
        return ("in", node) if node in failing else ("node", node)

    def out(node: Hashable) -> Hashable:
        return ("out", node) if node in failing else ("node", node)

    order = _vertex_order(links, links[0].source)
    keyed: list[tuple[tuple[float, float], _Element]] = []
    for source, target, chance in links:
        arcs = [(out(source), into(target))]
        if not directed:
            arcs.append((out(target), into(source)))
        high, low = max(order[source], order[target]), min(order[source], order[target])
        keyed.append(((high, low), _Element(tuple(arcs), chance)))
    for node, chance in failing.items():
        if node in order:
            keyed.append(((order[node], -1.0), _Element(((into(node), out(node)),), chance)))
    return [element for _, element in sorted(keyed, key=lambda row: row[0])]


def _directed(
    links: Sequence[Link], terminals: Sequence[Hashable], directed: bool, failing: Mapping[Hashable, float]
) -> float:
    """Frontier method on the reachability relation: row i of a state is the bit set of frontier nodes i reaches."""
    elements = _elements(links, directed, failing)
    source = ("in", terminals[0]) if terminals[0] in failing else ("node", terminals[0])
    targets = [("out", node) if node in failing else ("node", node) for node in terminals[1:]]
    last = {node: index for index, element in enumerate(elements) for arc in element.arcs for node in arc}
    frontier: list[Hashable] = [source, *targets]
    kept = set(frontier)
    states: dict[tuple[int, ...], float] = {tuple(1 << place for place in range(len(frontier))): 1.0}
    wanted = sum(1 << place for place in range(1, len(frontier)))
    done = 0.0
    for index, element in enumerate(elements):
        entering = [node for node in dict.fromkeys(n for arc in element.arcs for n in arc) if node not in frontier]
        frontier = frontier + entering
        at = {node: place for place, node in enumerate(frontier)}
        arcs = [(at[tail], at[head]) for tail, head in element.arcs]
        stay = [place for place, node in enumerate(frontier) if node in kept or last[node] > index]
        following: dict[tuple[int, ...], float] = {}
        for state, weight in states.items():
            grown = state + tuple(1 << place for place in range(len(state), len(frontier)))
            for rows, share in ((_close(grown, arcs), element.availability), (grown, 1.0 - element.availability)):
                if share == 0.0:
                    continue
                if rows[0] & wanted == wanted:
                    done += weight * share
                    continue
                reduced = _restrict(_simplify(rows, wanted), stay)
                following[reduced] = following.get(reduced, 0.0) + weight * share
        frontier = [frontier[place] for place in stay]
        states = following
        _guard(len(states))
    return done


def _close(rows: tuple[int, ...], arcs: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Return the transitive closure after adding arcs to a closed relation."""
    closed = list(rows)
    for tail, head in arcs:
        if closed[tail] >> head & 1:
            continue
        gained = closed[head]
        closed = [row | gained if row >> tail & 1 else row for row in closed]
    return tuple(closed)


def _simplify(rows: tuple[int, ...], wanted: int) -> tuple[int, ...]:
    """Drop what can no longer matter, so that more histories become one state.

    What a node reaches is of no use once the source reaches the node, nor is reaching a node that the source reaches;
    and with one target, of a node that reaches it nothing else matters.
    """
    reached, single = rows[0], wanted.bit_count() == 1
    result = [reached]
    for place in range(1, len(rows)):
        own = 1 << place
        row = own if reached & own else (rows[place] & ~reached) | own
        result.append(own | wanted if single and row & wanted else row)
    return tuple(result)


def _restrict(rows: tuple[int, ...], stay: Sequence[int]) -> tuple[int, ...]:
    """Return the relation on the places that stay, renumbered."""
    return tuple(sum((rows[place] >> other & 1) << new for new, other in enumerate(stay)) for place in stay)
