"""Moves: named pure transformations of a design, shared by findings, optimizers and panels.

A move is `(design, catalog, args) -> Design | Problem`; `apply_move` looks it up by the name a remedy carries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from models.catalog.catalog import Catalog
from models.design.design import Design
from models.design.elements import DesignError
from models.report import Message, Remedy
from models.words import sentence_of


class Problem(Struct, frozen=True):
    """Why a move cannot be made, as a sentence."""

    message: Message

    @staticmethod
    def of(error: DesignError) -> Problem:
        """Return what a refused edit says."""
        return Problem(Message("{sentence}", {"sentence": sentence_of(error)}))


Move = Callable[[Design, Catalog, Mapping[str, Any]], Design | Problem]


def moves() -> dict[str, Move]:
    """Return every move by name."""
    from models.moves import caches, datasets, flows, functions, links, nodes, queues, re_place, replicas, zones

    return {
        "set_replicas": replicas.set_replicas,
        "set_parameter": replicas.set_parameter,
        "set_flow_parameter": flows.set_flow_parameter,
        "change_flows": flows.change_flows,
        "make_asynchronous": flows.make_asynchronous,
        "run_as_function": functions.run_as_function,
        "put_cache_before": caches.put_cache_before,
        "insert_queue": queues.insert_queue,
        "set_rejects_aside": queues.set_rejects_aside,
        "change_nodes": nodes.change_nodes,
        "give_to_team": nodes.give_to_team,
        "spread": zones.spread,
        "keep_served_features": datasets.keep_served_features,
        "check_before": datasets.check_before,
        "read_from_log": datasets.read_from_log,
        "re_place": re_place.re_place,
        "place_nodes": re_place.place_nodes,
        "link_clouds": links.link_clouds,
    }


def apply_move(design: Design, catalog: Catalog, remedy: Remedy) -> Design | Problem:
    """Return the design after the remedy, or why it cannot be applied."""
    move = moves().get(remedy.move)
    if move is None:
        return Problem(Message("The remedy “{move}” is not known to this program.", {"move": remedy.move}))
    return move(design, catalog, remedy.args)
