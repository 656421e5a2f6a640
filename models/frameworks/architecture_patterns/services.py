"""Rules about service boundaries: who owns what, who shares what, and which parts can grow and change apart."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.design.elements import Flow
from models.evaluation.columns import filled
from models.frameworks.architecture_patterns.reading import DATABASES, ENTRANCES, INDEXES, LOGIC, SERVING, Mask, Reading
from models.frameworks.architecture_patterns.remedies import give_owner, state_contracts
from models.frameworks.architecture_patterns.rules import Check, Hit, Rule
from models.report import Message, Remedy
from models.words import Number


def shared_database(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A database that services of several teams call."""
    used = (reading.request | reading.batch) & reading.of_kind(*DATABASES)[reading.target]
    owned = np.flatnonzero(used & (reading.context[reading.source] >= 0))
    teams = int(reading.context.max(initial=-1)) + 1
    pairs = np.unique(reading.target[owned] * teams + reading.context[reading.source[owned]])
    number = np.bincount(pairs // max(teams, 1), minlength=reading.n)
    for row in np.flatnonzero(number >= rule.limit("teams")).tolist():
        callers = np.unique(reading.source[used & (reading.target == row)])
        words = {"name": reading.name(row), "number": int(number[row]), "callers": reading.names(callers)}
        yield Hit(reading.node_ids([row, *callers]), words)


def shared_index(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A search or vector index that one team writes and another reads, without a contract on the writing flow."""
    index = reading.of_kind(*INDEXES)[reading.target]
    for row in np.unique(reading.target[index & reading.writes]):
        into = index & (reading.target == row)
        writing = np.flatnonzero(into & reading.writes)
        readers = np.unique(reading.source[into & ~reading.writes])
        writers = np.unique(reading.source[writing])
        apart = set(reading.context[readers].tolist()) - set(reading.context[writers].tolist()) - {-1}
        unnamed = [int(flow) for flow in writing if not reading.flow_value(int(flow), "contract_version")]
        if apart and unnamed:
            words = {
                "name": reading.name(row),
                "writers": reading.names(writers),
                "readers": reading.names(readers),
            }
            remedy = state_contracts(reading, unnamed)
            yield Hit((*reading.node_ids([row]), *reading.flow_ids(unnamed)), words, remedy=remedy)


def god_service(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A service that talks to very many others."""
    live = ~reading.batch & ~reading.users[reading.source]
    pairs = np.unique(reading.source[live] * reading.n + reading.target[live])
    fan_out = np.bincount(pairs // max(reading.n, 1), minlength=reading.n)
    for row in np.flatnonzero((fan_out >= rule.limit("services")) & reading.of_kind(*LOGIC)):
        yield Hit(reading.node_ids([row]), {"name": reading.name(row), "number": int(fan_out[row])})


def misplaced_service(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A service whose flows go to another team far more than to its own."""
    inner = ~reading.observers[reading.source] & ~reading.observers[reading.target] & ~reading.batch
    here, there = reading.context[reading.source], reading.context[reading.target]
    both = inner & (here >= 0) & (there >= 0)
    teams = int(reading.context.max(initial=-1)) + 1
    if teams < 2:
        return
    table = np.zeros((reading.n, teams))
    np.add.at(table, (reading.source[both], there[both]), 1.0)
    np.add.at(table, (reading.target[both], here[both]), 1.0)
    own = np.where(reading.context >= 0, table[np.arange(reading.n), reading.context], 0.0)
    other = table.copy()
    other[np.arange(reading.n), reading.context] = 0.0
    most = other.max(axis=1)
    moved = (reading.context >= 0) & (most >= rule.limit("flows")) & (most >= rule.limit("times") * np.maximum(own, 1))
    for row in np.flatnonzero(moved & reading.of_kind(*LOGIC, *DATABASES)):
        team = int(other[row].argmax())
        words = {
            "name": reading.name(row),
            "own": reading.context_name(int(reading.context[row])),
            "other": reading.context_name(team),
            "flows": int(most[row]),
            "kept": int(own[row]),
        }
        yield Hit(reading.node_ids([row]), words)


def modularity(reading: Reading) -> float:
    """Return Newman's modularity Q of the drawn teams over the live flows: 0 = no better than chance, 1 = apart.

    Q = Σ over teams of (share of flows inside − (share of flow ends)²) (Newman & Girvan 2004, eq. 5). NaN with fewer
    than two teams or no flows between owned nodes.
    """
    here, there = reading.context[reading.source], reading.context[reading.target]
    both = ~reading.batch & (here >= 0) & (there >= 0)
    both &= ~reading.observers[reading.target]
    teams = int(reading.context.max(initial=-1)) + 1
    if teams < 2 or not both.any():
        return float("nan")
    inside = np.bincount(here[both & (here == there)], minlength=teams) / both.sum()
    ends = (np.bincount(here[both], minlength=teams) + np.bincount(there[both], minlength=teams)) / (2 * both.sum())
    return float((inside - ends**2).sum())


def boundaries_against_flows(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Teams whose borders cut through the busiest collaboration."""
    value = modularity(reading)
    owned = int((reading.context >= 0).sum())
    if owned >= rule.limit("nodes") and value < rule.limit("modularity"):
        teams = {node.context for node in reading.nodes.elements if node.context}
        yield Hit(tuple(sorted(teams)), {"value": Number(f"{value:.2f}")})


def missing_contract(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Flows between teams without version or owner of their contract."""
    stages, flows, design = reading.stages, reading.flows, reading.evaluation.design
    held = stages.each("contracts", flows.elements, _contract)
    teams = stages.each("boundaries", tuple(design.boundaries.values()), lambda one: one)
    drawn = held, reading.all_names, reading.context, reading.nodes.kind_code, teams, reading.nodes.ids

    def find() -> tuple[Hit, ...]:
        crossing = reading.between_contexts & ~reading.observers[reading.target]
        bare = np.flatnonzero(crossing & ~np.array(held, dtype=bool).reshape(-1, 2).all(axis=1))
        if not len(bare):
            return ()
        words = {"number": len(bare), "all": int(crossing.sum()), "flows": reading.flow_names(bare)}
        return (Hit(reading.flow_ids(bare), words, remedy=state_contracts(reading, bare.tolist())),)

    yield from stages.run("missing contracts", (*drawn, flows.ids, flows.source, flows.target, flows.interaction), find)


def _contract(flow: Flow) -> tuple[bool, bool]:
    """Return whether a flow states the version and the owner of its contract."""
    return bool(flow.params.get("contract_version")), bool(flow.params.get("contract_owner"))


def breaking_change(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A service that many teams call without a versioned contract: one change breaks them all."""
    into = (reading.between_contexts & ~reading.observers[reading.target]) & ~reading.batch
    teams_apart = np.unique(reading.target[into] * (reading.n + 1) + reading.context[reading.source[into]])
    reach = np.bincount(teams_apart // (reading.n + 1), minlength=reading.n)
    for row in np.flatnonzero(reach >= rule.limit("teams")):
        flows = np.flatnonzero(into & (reading.target == row))
        bare = [flow for flow in flows if not reading.flow_value(int(flow), "contract_version")]
        if bare:
            words = {"name": reading.name(row), "number": int(reach[row]), "flows": reading.flow_names(bare)}
            yield Hit(reading.node_ids([row]), words, remedy=state_contracts(reading, [int(flow) for flow in bare]))


def missing_owner(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Nodes of no team in a drawing that has teams."""
    outside = reading.users | reading.of_kind("third_party_api", "on_premises")
    lonely = np.flatnonzero((reading.context < 0) & ~outside)
    if (reading.context >= 0).any() and len(lonely):
        words = {"number": len(lonely), "names": reading.names(lonely)}
        yield Hit(reading.node_ids(lonely), words, remedy=give_owner(reading, lonely.tolist()))


def mixed_workload(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A node that people wait for and that also does much work nobody waits for, in the same busy hour."""
    work = _work_share(reading)
    serving = reading.of_kind(*SERVING, "embedding", "reranker", *DATABASES) & reading.on_reply_path
    busy = reading.load >= rule.limit("load")
    for row in np.flatnonzero(serving & busy & (work >= rule.limit("share"))):
        background = np.flatnonzero(~reading.request & (reading.target == row) & (reading.flow_rate > 0))
        key = reading.nodes.ids[row]
        words = {
            "name": reading.name(row),
            "share": reading.text(float(work[row]), "fraction"),
            "load": reading.text(float(reading.load[row]), "fraction"),
            "flows": reading.flow_names(background),
        }
        yield Hit((key, *reading.flow_ids(background)), words, (f"node/{key}/utilization",))


def _work_share(reading: Reading) -> np.ndarray:
    """Return (n,) the share of calls at the busiest hour that nobody waits for, weighed by tokens or time."""
    own = reading.flows.column("service_time_ms")
    tokens = reading.flows.column("output_tokens")
    default = reading.service("service_time_ms")[reading.target]
    default_tokens = reading.service("output_tokens")[reading.target]
    weight = np.where(np.isnan(own), default, own)
    weight = np.where(np.isnan(default_tokens), weight, np.where(np.isnan(tokens), default_tokens, tokens))
    amount = reading.flow_rate * filled(weight, 1.0)
    total = np.bincount(reading.target, amount, reading.n)
    background = np.bincount(reading.target, np.where(reading.request, 0.0, amount), reading.n)
    return np.asarray(np.divide(background, total, out=np.zeros(reading.n), where=total > 0))


def no_entrance(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Users who call many services directly."""
    entering = reading.first & reading.request & ~reading.of_kind(*ENTRANCES, "edge_device")[reading.target]
    for row in np.unique(reading.source[entering]):
        entered = np.unique(reading.target[entering & (reading.source == row)])
        if len(entered) >= rule.limit("services"):
            words = {"name": reading.name(row), "number": len(entered), "services": reading.names(entered)}
            yield Hit(reading.node_ids([row, *entered]), words)


def training_on_reply_path(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A request that waits for training or a batch job."""
    slow: Mask = reading.of_kind("model_training", "batch_job", "batch_features", "labeling")
    for row in np.flatnonzero(slow & reading.on_reply_path):
        flows = np.flatnonzero(reading.request & (reading.target == row))
        words = {"name": reading.name(row), "flows": reading.flow_names(flows)}
        remedy = None
        if len(flows) == 1:
            arguments = {"flow": reading.flows.ids[flows[0]]}
            remedy = Remedy("make_asynchronous", arguments, Message("Send it as a message"), ("total/last_p95_s",))
        yield Hit((*reading.node_ids([row]), *reading.flow_ids(flows)), words, remedy=remedy)


def training_beside_serving(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Training in the same cluster as what users wait for."""
    boundaries, training = reading.evaluation.design.boundaries, reading.of_kind("model_training")
    if not training.any():
        return
    for boundary, rows in reading.inside("cluster").items():
        jobs, served = rows[training[rows]].tolist(), rows[reading.on_reply_path[rows]].tolist()
        if jobs and served:
            words = {
                "cluster": boundaries[boundary].name,
                "jobs": reading.names(jobs),
                "served": reading.names(served),
            }
            yield Hit((boundary, *reading.node_ids([*jobs, *served])), words)


CHECKS: dict[str, Check] = {
    "shared_database": shared_database,
    "shared_index": shared_index,
    "god_service": god_service,
    "misplaced_service": misplaced_service,
    "boundaries_against_flows": boundaries_against_flows,
    "missing_contract": missing_contract,
    "breaking_change": breaking_change,
    "missing_owner": missing_owner,
    "mixed_workload": mixed_workload,
    "no_entrance": no_entrance,
    "training_on_reply_path": training_on_reply_path,
    "training_beside_serving": training_beside_serving,
}
