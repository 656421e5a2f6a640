"""Networks against enumeration of all states; single points of failure against removal."""

import itertools
import math
from collections.abc import Hashable

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.analyses import criticality, network_reliability
from models.analyses.network_reliability import Link, connection_probability

links = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.floats(0.0, 1.0)).map(lambda row: Link(*row)),
    min_size=1,
    max_size=7,
)


def _enumerated(
    network: list[Link], terminals: list[int], directed: bool, nodes: dict[Hashable, float] | None = None
) -> float:
    whole = 0.0
    failing = list((nodes or {}).items())
    for state in itertools.product((True, False), repeat=len(network) + len(failing)):
        chances = [link.availability for link in network] + [chance for _, chance in failing]
        weight = math.prod(p if up else 1.0 - p for p, up in zip(chances, state, strict=True))
        down = {node for (node, _), up in zip(failing, state[len(network) :], strict=True) if not up}
        graph = networkx.DiGraph()
        graph.add_nodes_from(set(terminals) | {end for link in network for end in link[:2]})
        for link, up in zip(network, state, strict=False):
            if up:
                graph.add_edge(link.source, link.target)
                if not directed:
                    graph.add_edge(link.target, link.source)
        graph.remove_nodes_from(down)
        alive = all(node in graph for node in terminals)
        if alive and all(networkx.has_path(graph, terminals[0], node) for node in terminals[1:]):
            whole += weight
    return whole


@given(
    network=links, terminals=st.lists(st.integers(0, 4), min_size=2, max_size=4, unique=True), directed=st.booleans()
)
def test_links_that_fail(network: list[Link], terminals: list[int], directed: bool) -> None:
    found = connection_probability(network, terminals, directed)
    assert found == pytest.approx(_enumerated(network, terminals, directed), abs=1e-9)


@given(
    network=links.filter(lambda rows: len(rows) <= 5),
    directed=st.booleans(),
    nodes=st.dictionaries(st.integers(0, 4), st.floats(0.0, 1.0), max_size=4),
)
def test_nodes_that_fail_too(network: list[Link], directed: bool, nodes: dict[Hashable, float]) -> None:
    found = connection_probability(network, [0, 1], directed, nodes)
    assert found == pytest.approx(_enumerated(network, [0, 1], directed, nodes), abs=1e-9)


def test_the_bridge_and_a_grid() -> None:
    ends = [(1, 2), (1, 3), (2, 3), (2, 4), (3, 4)]
    assert connection_probability([Link(a, b, 0.9) for a, b in ends], [1, 4]) == pytest.approx(0.97848)
    grid = [Link(a, b, 0.9) for a, b in networkx.grid_2d_graph(5, 5).edges]
    assert connection_probability(grid, [(0, 0), (4, 4)]) == pytest.approx(0.9755565895053692)


def test_a_network_too_dense_to_be_exact_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_reliability, "MOST_STATES", 100)
    dense = [Link(a, b, 0.9) for a, b in networkx.complete_graph(9).edges]
    with pytest.raises(ValueError, match="too dense"):
        connection_probability(dense, [0, 8])


flows = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=14)


@given(drawn=flows)
def test_removing_a_single_point_of_failure_cuts_the_flow_and_no_other_node_does(drawn: list[tuple[int, int]]) -> None:
    graph = networkx.DiGraph(drawn)
    graph.add_edges_from([(0, 7), (8, 1)])
    source, target = 0, 1
    found = criticality.single_points_of_failure(graph.edges, source, target)
    if not networkx.has_path(graph, source, target):
        assert found == []
        return
    cutting = set()
    for node in set(graph) - {source, target}:
        rest = graph.copy()
        rest.remove_node(node)
        if not networkx.has_path(rest, source, target):
            cutting.add(node)
    assert set(found) == cutting


def test_points_are_named_in_the_order_they_are_passed() -> None:
    chain = [("cli", "gw"), ("gw", "svc"), ("svc", "a"), ("svc", "b"), ("a", "db"), ("b", "db")]
    assert criticality.single_points_of_failure(chain, "cli", "db") == ["gw", "svc"]
    assert criticality.articulation_points(chain) == {"gw", "svc"}
    with pytest.raises(ValueError, match='"cache" is not part of any flow'):
        criticality.single_points_of_failure(chain, "cli", "cache")
