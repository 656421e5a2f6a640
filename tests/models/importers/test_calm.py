"""Architectures in CALM: kinds, boundaries, flows with their protocols, notes; old drafts and hostile files."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.ids import seeded_ids
from models.design.kinds import problems
from models.evaluation import evaluate
from models.importers import Imported, ImportProblem, import_files
from models.importers.reimport import reimport
from tests.models.importers.shared import flows, imported, needs_shared, node, sentences
from tests.models.importers.test_terraform_hostile import mangled


def calm_node(key: str, form: str, name: str = "", **more: Any) -> dict[str, Any]:
    return {"unique-id": key, "node-type": form, "name": name or key, "description": f"The {key}", **more}


def connects(source: str, target: str, protocol: str = "", description: str = "") -> dict[str, Any]:
    ends = {"source": {"node": source}, "destination": {"node": target}}
    found = {"unique-id": f"{source}-{target}", "relationship-type": {"connects": ends}, "description": description}
    return {**found, "protocol": protocol} if protocol else found


def holds(form: str, container: str, *nodes: str) -> dict[str, Any]:
    return {
        "unique-id": f"{container}-{form}",
        "relationship-type": {form: {"container": container, "nodes": [*nodes]}},
    }


BANK: dict[str, Any] = {
    "$schema": "https://calm.finos.org/release/1.2/meta/calm.json",
    "name": "Bank",
    "controls": {"encryption-at-rest": {"description": "x", "requirements": []}},
    "nodes": [
        calm_node("teller", "actor", "Teller"),
        calm_node("portal", "webclient", "Portal"),
        calm_node("bank", "system", "Retail bank"),
        calm_node("payments", "system", "Payments"),
        calm_node("api", "service", "Payment API", interfaces=[{"unique-id": "i", "host": "pay.bank", "port": 8443}]),
        calm_node("bus", "service", "Message broker"),
        calm_node("audit", "service", "Audit", metadata={"data-classification": "PII"}),
        calm_node("db", "database", "Accounts", controls={"backup": {"description": "x"}}),
        calm_node("people", "ldap", "Staff"),
        calm_node("rates", "ecosystem", "Rates market"),
        calm_node("llm", "ai:llm", "Assistant model"),
        calm_node("dmz", "network", "DMZ"),
        calm_node("cloud", "system", "EKS cluster"),
    ],
    "relationships": [
        {"unique-id": "t", "relationship-type": {"interacts": {"actor": "teller", "nodes": ["portal"]}}},
        connects("portal", "api", "HTTPS", "The portal pays"),
        connects("api", "db", "JDBC"),
        connects("api", "bus", "AMQP", "The API publishes payments"),
        connects("audit", "bus", "AMQP", "Audit subscribes to payments"),
        connects("api", "people", "LDAP"),
        connects("api", "rates", "SFTP"),
        connects("api", "llm", "WebSocket"),
        holds("composed-of", "bank", "payments", "portal"),
        holds("composed-of", "payments", "api", "bus", "audit", "db"),
        holds("deployed-in", "cloud", "api", "audit"),
        holds("deployed-in", "dmz", "portal"),
        {"unique-id": "o", "relationship-type": {"options": [{"description": "either"}]}},
    ],
    "flows": [{"unique-id": "f", "name": "Pay", "transitions": []}],
}  # fmt: skip


def read(folder: Path, content: Any) -> Imported:
    path = folder / "bank.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return import_files([path], seeded_ids(1))


@pytest.fixture
def bank(tmp_path: Path) -> Imported:
    return read(tmp_path, BANK)


def test_types_and_words_tell_the_kinds(bank: Imported) -> None:
    assert {each.name: each.kind for each in bank.design.nodes.values()} == {
        "Teller": "users", "Portal": "service", "Payment API": "service", "Message broker": "queue", "Audit": "service",
        "Accounts": "relational", "Staff": "identity", "Rates market": "third_party_api", "Assistant model": "llm_api",
    }  # fmt: skip


def test_compositions_and_deployments_become_boundaries(bank: Imported) -> None:
    design = bank.design
    kinds = {each.name: each.kind for each in design.boundaries.values()}
    assert kinds == {"Retail bank": "team", "Payments": "team", "DMZ": "network", "EKS cluster": "cluster"}
    api, portal = node(design, "Payment API"), node(design, "Portal")
    assert design.boundaries[api.context or ""].name == "Payments"
    assert design.boundaries[design.boundaries[api.context or ""].parent or ""].name == "Retail bank"
    assert design.boundaries[api.sites[0].boundary or ""].name == "EKS cluster"
    network = next(each for each in design.boundaries.values() if each.kind == "network")
    assert [design.nodes[key].name for key in network.members] == [portal.name]


def interactions(design: Design) -> dict[tuple[str, str], str]:
    return {
        (design.nodes[each.source].name, design.nodes[each.target].name): each.interaction
        for each in design.flows.values()
    }


def test_relationships_become_flows_with_their_protocol(bank: Imported) -> None:
    assert interactions(bank.design) == {
        ("Teller", "Portal"): "request", ("Portal", "Payment API"): "request", ("Payment API", "Accounts"): "request",
        ("Payment API", "Message broker"): "message", ("Message broker", "Audit"): "message",
        ("Payment API", "Staff"): "request", ("Payment API", "Rates market"): "batch",
        ("Payment API", "Assistant model"): "stream",
    }  # fmt: skip
    paying = next(each for each in bank.design.flows.values() if "The portal pays" in each.evidence)
    assert paying.params["protocol"] == "HTTPS"
    assert paying.evidence.startswith("High confidence: the relationship portal-api says: The portal pays")


def test_interfaces_controls_and_classes_are_kept(bank: Imported) -> None:
    assert "Interfaces: pay.bank (8443)." in node(bank.design, "Payment API").note
    assert "Controls: backup." in node(bank.design, "Accounts").note
    audit = node(bank.design, "Audit")
    assert (audit.params["data_class"], audit.tags["data-classification"]) == ("personal", "PII")
    told = sentences(bank)
    assert "Controls that hold for the whole architecture: encryption-at-rest." in told
    assert "1 business flow is described and not drawn as journeys: “Pay”." in told
    assert "Relationships of the form options are not drawn: 1." in told
    assert "“Teller” of the input stands for the users" in told


def test_importing_again_changes_nothing(bank: Imported, tmp_path: Path) -> None:
    assert not reimport(bank.design, read(tmp_path, BANK).design)


def test_an_old_draft_names_its_ends_as_parties(tmp_path: Path) -> None:
    old = {
        "nodes": [calm_node("a", "service"), calm_node("b", "database")],
        "relationships": [
            {"uniqueId": "r", "relationship-type": "connects", "parties": {"source": "a", "destination": "b"}},
            {"relationship-type": "deployed-in", "parties": {"container": "europe", "nodes": ["a"]}},
        ],
    }
    old["nodes"].append(calm_node("europe", "system", "AWS eu-central-1"))
    design = read(tmp_path, old).design
    assert ("a", "b") in flows(design)
    place = design.boundaries[node(design, "a").sites[0].boundary or ""]
    assert (place.kind, place.params) == ("region", {"region": "eu-central-1", "provider": "aws"})


def test_a_system_that_holds_others_and_is_called_is_both(tmp_path: Path) -> None:
    content = {
        "nodes": [calm_node("app", "service"), calm_node("core", "system"), calm_node("ledger", "service")],
        "relationships": [holds("composed-of", "core", "ledger"), connects("app", "core")],
    }
    design = read(tmp_path, content).design
    assert ("app", "core") in flows(design)
    assert [each.name for each in design.boundaries.values()] == ["core"]


@pytest.mark.parametrize(
    ("relationships", "words"),
    [
        ([connects("a", "nowhere")], "which are not both nodes of the file"),
        ([holds("composed-of", "a", "b"), holds("composed-of", "b", "a")], "defaults of the kinds"),
        ([holds("composed-of", "a", "a"), holds("deployed-in", "none", "a")], "defaults of the kinds"),
        ([5, None, [], {"relationship-type": {"connects": 5}}, {"relationship-type": 7}], "are not drawn"),
    ],
)
def test_odd_relationships_do_no_harm(tmp_path: Path, relationships: list[Any], words: str) -> None:
    nodes = [calm_node(key, "service") for key in ("a", "b", "c")]
    found = read(tmp_path, {"nodes": nodes, "relationships": relationships})
    assert words in sentences(found)
    assert "c" in {each.name for each in found.design.nodes.values()}


def test_too_many_nodes_are_refused(tmp_path: Path) -> None:
    nodes = [{"unique-id": str(number), "node-type": "service"} for number in range(10_001)]
    with pytest.raises(ImportProblem, match="holds 10001 nodes"):
        read(tmp_path, {"nodes": nodes, "relationships": []})


def test_deep_nesting_of_systems_ends(tmp_path: Path) -> None:
    nodes = [calm_node(f"n{number}", "system") for number in range(3000)]
    held = [holds("composed-of", f"n{number}", f"n{number + 1}") for number in range(2999)]
    assert read(tmp_path, {"nodes": nodes, "relationships": held}).design.nodes


@pytest.mark.parametrize("seed", range(4))
def test_files_broken_at_random_are_drawn_or_refused(tmp_path: Path, seed: int) -> None:
    source, drawn = random.Random(seed), 0
    for _ in range(20):
        with suppress(ImportProblem):
            design = read(tmp_path, mangled(BANK, source)).design
            assert not [sentence for element in design.elements.values() for sentence in problems(element)]
            evaluate(design, load_catalog())
            drawn += 1
    assert drawn


@needs_shared
def test_the_trading_system_of_the_examples() -> None:
    result = imported("calm/trading-system.architecture.json")
    assert len(result.design.flows) == 17
    assert interactions(result.design)["Trade Feed", "Web GUI"] == "stream"
    assert {each.name for each in result.design.boundaries.values()} == {"Trading System"}


def test_what_is_lost_of_an_architecture_is_named(tmp_path: Path) -> None:
    nodes = [calm_node("a", "service", "Orders"), calm_node("a", "service", "Bills")]
    nodes += [{"node-type": "service", "name": "Stock"}]
    nodes += [calm_node("b", "system", "Bank", details={"detailed-architecture": "b.json"})]
    ghosts = {"relationship-type": {"composed-of": {"container": "ghost", "nodes": ["a"]}}}
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"nodes": nodes, "relationships": [connects("a", "b"), connects("a", "a"), ghosts]}))
    told = sentences(import_files([path]))
    assert "Nodes whose unique-id another node has already are left out: “Bills”." in told
    assert "Nodes without a unique-id are left out, as nothing can refer to them: “Stock”." in told
    assert "Compositions and deployments name what is no node of the file: “ghost”." in told
    assert "Relationships that lead from a node to itself are not drawn: a-a." in told
    assert "The architectures inside of “Bank” are files of their own, which are not read" in told


def test_of_many_loops_the_first_are_named_and_the_others_counted(tmp_path: Path) -> None:
    nodes = [calm_node(f"n{row}", "service", f"Service {row}") for row in range(60)]
    path = tmp_path / "a.json"
    loops = [connects(f"n{row}", f"n{row ^ 1}") for row in range(60)]
    path.write_text(json.dumps({"nodes": nodes, "relationships": loops}))
    told = sentences(import_files([path]))
    assert told.count("closes a loop") == 20
    assert "10 more flows close loops and are treated alike." in told
