"""Drawings of any size that look like real ones: teams, regions, request chains, stores, queues and language models."""

from __future__ import annotations

import random

from models.design.design import Design
from models.design.elements import Boundary, Brief, Element, Flow, Id, Node, Position, Site, position_id

CHAIN = (
    "api_gateway",
    "service",
    "service",
    "relational",
    "cache",
    "vector_store",
    "model_serving",
    "queue",
    "service",
)
REGIONS = (("aws", "eu-central-1"), ("aws", "us-east-1"), ("gcp", "europe-west4"), ("azure", "westeurope"))
PER_TEAM = 25
GRID = 8


def big_design(nodes: int, flows: int | None = None, seed: int = 7) -> Design:
    """Return a drawing of about `nodes` nodes and `flows` (default 1.5 × nodes) flows, without loops."""
    random_source = random.Random(seed)
    elements: dict[Id, Element] = {"brief": Brief(name=f"{nodes} nodes", params={"home_region": "aws/eu-central-1"})}
    for number, (provider, region) in enumerate(REGIONS):
        elements[f"region{number}"] = Boundary(
            "region", region, params={"provider": provider, "region": region, "zones": 3}
        )
    teams = max(nodes // PER_TEAM, 1)
    for team in range(teams):
        elements[f"team{team}"] = Boundary("team", f"Team {team}")
    for number in range(nodes):
        elements[f"n{number}"] = _node(number, teams, random_source)
        elements[position_id("services", f"n{number}")] = _position(number)
    for number, (source, target) in enumerate(_pairs(nodes, flows or nodes * 3 // 2, random_source)):
        elements[f"f{number}"] = _flow(elements, source, target, random_source)
    return Design(elements)


def _node(number: int, teams: int, random_source: random.Random) -> Node:
    team = f"team{number // PER_TEAM % teams}"
    site = Site(f"region{number // PER_TEAM % len(REGIONS)}", 2 + number % 3)
    if number % 50 == 0:
        places = {"DE": 0.6, "US-East": 0.4}
        return Node("users", f"Users {number}", params={"peak_rate_rps": 5.0, "places": places})
    if number % 97 == 0:
        params = {"language_model": "Llama-3.1-8B", "accelerator": "L40S", "accelerators": 1}
        return Node("llm_serving", f"Model {number}", params=params, sites=(site,), context=team)
    kind = CHAIN[number % len(CHAIN)]
    params = {"service_time_ms": 2 + random_source.random() * 8} if kind == "service" else {}
    return Node(kind, f"{kind.replace('_', ' ')} {number}", params=params, sites=(site,), context=team)


def _position(number: int) -> Position:
    team, place = divmod(number, PER_TEAM)
    column, row = divmod(team, 20)
    x = column * 1280 + place % 5 * 224
    y = row * 704 + place // 5 * 120
    return Position(x // GRID * GRID, y // GRID * GRID, 168, 64)


def _pairs(nodes: int, flows: int, random_source: random.Random) -> list[tuple[int, int]]:
    """Each node is called by an earlier one of its block of 50, so that paths stay short; the rest are extra flows."""
    pairs = set()
    for number in range(nodes):
        block = number // 50 * 50
        if number != block:
            pairs.add((block + random_source.randrange(number - block), number))
    while len(pairs) < flows:
        source = random_source.randrange(nodes - 1)
        target = min(source + 1 + random_source.randrange(30), nodes - 1)
        if source != target and target % 50 and source // 50 == target // 50:
            pairs.add((source, target))
    return sorted(pairs)


def _flow(elements: dict[Id, Element], source: int, target: int, random_source: random.Random) -> Flow:
    node = elements[f"n{target}"]
    asynchronous = isinstance(node, Node) and node.kind == "queue"
    share = 0.2 + 0.3 * random_source.random()
    params = {"calls": 1, "probability": round(share, 3), "request_kib": 2, "response_kib": 8}
    return Flow(f"n{source}", f"n{target}", "message" if asynchronous else "request", params=params)
