"""Importing again: files change, hands stay."""

from __future__ import annotations

from pathlib import Path

import msgspec

from models.design.delta import Delta
from models.design.design import Design
from models.design.edits import set_params
from models.design.elements import Flow, Node, Position, Site, position_id
from models.design.ids import seeded_ids
from models.importers import import_files
from models.importers.reimport import missing, reimport
from tests.models.importers.shared import flows, node

BEFORE = """
services:
  web: {image: example/web, cpus: "1", environment: {DB_HOST: db}}
  db: {image: postgres}
  old: {image: example/old, environment: {DB_HOST: db}}
"""
AFTER = """
services:
  web:
    image: example/web
    cpus: "2"
    mem_limit: 1g
    deploy: {replicas: 3}
    environment: {DB_HOST: db, CACHE_HOST: cache}
  db: {image: postgres}
  cache: {image: redis}
"""


def read(folder: Path, text: str, seed: int) -> Design:
    path = folder / "compose.yaml"
    path.write_text(text)
    return import_files([path], seeded_ids(seed)).design


def key_of(design: Design, name: str) -> str:
    return next(key for key, each in design.nodes.items() if each.name == name)


def changed(design: Design, key: str, element: Node) -> Design:
    return design.apply(Delta.of([(key, design.elements[key], element)]))


def test_the_same_files_change_nothing(tmp_path: Path) -> None:
    design = read(tmp_path, BEFORE, 1)
    assert not reimport(design, read(tmp_path, BEFORE, 2))


def test_what_changed_in_the_files_comes_in(tmp_path: Path) -> None:
    design = read(tmp_path, BEFORE, 1)
    web = key_of(design, "web")
    result = design.apply(reimport(design, read(tmp_path, AFTER, 2)))
    assert result.node(web).params["vcpu"] == 2.0
    assert result.node(web).params["memory_gib"] == 1.0
    assert result.node(web).sites[0].replicas == 3
    assert flows(result) >= {("web", "db"), ("web", "cache"), ("old", "db")}
    assert key_of(result, "db") == key_of(design, "db")


def test_positions_names_and_values_set_by_hand_stay(tmp_path: Path) -> None:
    design = read(tmp_path, BEFORE, 1)
    web = key_of(design, "web")
    edited = set_params(design.node(web), {"vcpu": 8, "service_time_ms": 25})
    assert isinstance(edited, Node)
    edited = msgspec.structs.replace(edited, name="Shop", kind="api_gateway", sites=(Site(None, 7),))
    place = position_id("services", web)
    design = changed(design, web, edited).apply(Delta.of([(place, None, Position(x=80, y=40, width=10, height=10))]))
    result = design.apply(reimport(design, read(tmp_path, AFTER, 2)))
    assert result.position("services", web) == Position(x=80, y=40, width=10, height=10)
    assert result.node(web).name == "Shop"
    assert result.node(web).kind == "api_gateway"
    assert result.node(web).sites[0].replicas == 7
    assert result.node(web).params["vcpu"] == 8
    assert result.node(web).params["service_time_ms"] == 25
    assert result.node(web).params["memory_gib"] == 1.0


def test_missing_elements_are_told_and_removed_on_request(tmp_path: Path) -> None:
    design = read(tmp_path, BEFORE, 1)
    again = read(tmp_path, AFTER, 2)
    gone = {getattr(design.elements[key], "name", "") for key in missing(design, again)}
    assert "old" in gone
    result = design.apply(reimport(design, again, remove_missing=True))
    assert "old" not in {each.name for each in result.nodes.values()}
    assert ("web", "cache") in flows(result)


def test_a_flow_drawn_by_hand_is_not_doubled(tmp_path: Path) -> None:
    design = read(tmp_path, BEFORE, 1)
    cache = Node("cache", "cache", origin="compose//cache#replicas=1")
    design = design.apply(Delta.of([("mycache", None, cache)]))
    design = design.apply(Delta.of([("myflow", None, Flow(key_of(design, "web"), "mycache"))]))
    result = design.apply(reimport(design, read(tmp_path, AFTER, 2)))
    pairs = [(flow.source, flow.target) for flow in result.flows.values()]
    assert pairs.count((key_of(result, "web"), "mycache")) == 1
    assert node(result, "cache").origin == "compose//cache#replicas=1"
