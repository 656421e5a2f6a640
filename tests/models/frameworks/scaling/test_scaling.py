"""Bottlenecks, failures, places, caches, databases and load tests: small drawings with known answers."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary, Brief, Element, Flow, Id, Input, Node, Phase, Site
from models.evaluation import Case, Evaluation, evaluate
from models.explain import explain
from models.frameworks import scaling
from models.frameworks.scaling import (
    bottlenecks,
    caches,
    databases,
    failures,
    measured,
    nosql,
    places,
    replication,
)
from models.frameworks.scaling.capacity import Capacity
from models.moves import apply_move
from models.moves.effects import Effect, effect
from models.report import Sentence, Table
from models.studies.simulation import simulate
from models.templates import template, templates

FRANKFURT = Boundary("region", "Frankfurt", params={"provider": "aws", "region": "eu-central-1", "zones": 3})
IRELAND = Boundary("region", "Ireland", params={"provider": "aws", "region": "eu-west-1", "zones": 3})
VIRGINIA = Boundary("region", "Virginia", params={"provider": "aws", "region": "us-east-1", "zones": 3})
Elements = dict[Id, Element]


def drawing(rate: float = 40.0, growth: float = 0.05, **elements: Element) -> Elements:
    users = {"peak_rate_rps": rate, "profile": "flat", "growth_percent_month": growth, "places": {"DE": 1.0}}
    return {
        "brief": Brief(params={"home_region": "aws/eu-central-1"}),
        "r": FRANKFURT,
        "i": IRELAND,
        "v": VIRGINIA,
        "u": Node("users", "Users", users),
        "s": Node("service", "Service", {"service_time_ms": 50.0}, (Site("r", 2),)),
        "us": Flow("u", "s"),
        **elements,
    }


def run(elements: Elements, **options: object) -> Evaluation:
    return evaluate(Design(elements), load_catalog(), **options)  # type: ignore[arg-type]


def rules(evaluation: Evaluation) -> set[str]:
    return {finding.rule for finding in scaling.assess(evaluation).findings}


def titled(evaluation: Evaluation, title: str) -> Table:
    blocks = scaling.assess(evaluation).blocks
    return next(block for block in blocks if isinstance(block, Table) and str(block.title).startswith(title))


def test_load_of_later_months_is_what_an_evaluation_of_the_month_says() -> None:
    evaluation = run(drawing())
    capacity = Capacity(evaluation)
    for month in (0, 6, 12):
        later = run(drawing(), month=month)
        assert capacity.load_at(month) == pytest.approx(later.load, nan_ok=True, rel=1e-3)


def test_phases_count_from_their_month() -> None:
    elements = drawing()
    elements["brief"] = Brief(params={"home_region": "aws/eu-central-1"}, phases=(Phase(6, "s", "replicas", 8),))
    capacity = Capacity(run(elements))
    row = capacity.nodes.row_of["s"]
    assert capacity.load_at(7)[row] < capacity.load_at(5)[row]


def test_replicas_hold_the_target_through_the_months_asked_for() -> None:
    capacity = Capacity(run(drawing()))
    row = capacity.nodes.row_of["s"]
    needed = capacity.replicas_for(row, 12)
    assert needed == int(np.ceil(2 * 0.5 * 1.05**12 / 0.6))
    after = drawing()
    after["s"] = msgspec.structs.replace(after["s"], sites=(Site("r", needed),))  # type: ignore[type-var]
    assert run(after, month=12).load[row] <= 0.6


def test_full_node_is_found_with_the_price_of_its_cure() -> None:
    evaluation = run(drawing(growth=0.10))
    ranked = bottlenecks.rank(Capacity(evaluation))
    assert ranked[0].full == evaluation.full_months[evaluation.node_ids.index("s")] == 8
    assert ranked[0].usd > 0
    assert "scaling.full_soon" in rules(evaluation)
    assert "fills first" in str(scaling.assess(evaluation).answer)


def test_months_to_hold_decide_what_is_reported() -> None:
    elements = drawing(growth=0.10)
    elements["in/scaling/hold_months"] = Input(6)
    assert "scaling.full_soon" not in rules(run(elements))


def test_a_node_that_only_waits_for_a_full_one_is_not_blamed() -> None:
    elements = drawing(growth=0.10, g=Node("api_gateway", "Gateway", {}, (Site("r", 2),)), us=Flow("u", "g"))
    elements["gs"] = Flow("g", "s")
    names = [Capacity(run(elements)).name(one.row) for one in bottlenecks.rank(Capacity(run(elements)))]
    assert names[0] == "Service"
    assert "Gateway" not in names or run(elements).full_months[run(elements).node_ids.index("g")] == np.inf


def two_regions(replicas: int = 2) -> Elements:
    elements = drawing(rate=40.0)
    service = Node("service", "Service", {"service_time_ms": 50.0}, (Site("r", replicas), Site("i", replicas)))
    return {**elements, "s": service}


def test_survivors_are_as_loaded_as_a_full_evaluation_of_the_failure_says() -> None:
    for found in templates():
        for variant in found.variants:
            evaluation = evaluate(variant.design, load_catalog())
            capacity = Capacity(evaluation)
            for one in failures.play(capacity):
                exact = evaluate(variant.design, load_catalog(), case=Case(failed=frozenset({one.place})))
                known = ~np.isnan(one.load)
                expected = exact.traffic.load.node_utilization[known]
                assert one.load[known] == pytest.approx(expected, rel=1e-6), (found.id, variant.name, one.place)


def test_death_of_one_of_two_regions_doubles_the_load_of_the_other() -> None:
    evaluation = run(two_regions())
    played = failures.play(Capacity(evaluation))
    row = evaluation.node_ids.index("s")
    assert played[0].load[row] == pytest.approx(2 * evaluation.load[row], rel=1e-6)
    assert played[0].journeys == 0
    assert played[0].recovery_s == pytest.approx(90.0)


def test_recovery_is_told_part_by_part() -> None:
    elements = two_regions()
    router = {"checks_to_fail": 2, "check_interval_s": 5, "ttl_s": 20}
    elements["router"] = Node("traffic_router", "Router", router)
    elements["s"] = Node(
        "service", "Service", {"service_time_ms": 50.0, "ready_s": 40}, (Site("r", 2), Site("i", 2, "standby"))
    )
    parts = failures.play(Capacity(run(elements)))[0].recovery
    assert parts == failures.Recovery(10.0, 20.0, 40.0, 0.0)
    elements["in/scaling/rto_s"] = Input(60)
    assert "scaling.rto_missed" in rules(run(elements))
    elements["in/scaling/rto_s"] = Input(71)
    assert "scaling.rto_missed" not in rules(run(elements))


def test_full_survivors_that_grow_need_their_start() -> None:
    elements = two_regions(1)
    params = {"service_time_ms": 50.0, "autoscaled": True, "max_replicas": 9, "ready_s": 40}
    elements["s"] = Node("service", "Service", params, (Site("r", 1), Site("i", 1)))
    parts = failures.play(Capacity(run(elements)))[0].recovery
    assert parts is not None
    assert parts.growth == 40.0


def cached(keys: float | None = 1.0) -> Elements:
    both = (Site("r", 1), Site("i", 1))
    cache = {"hit_ratio": 0.8, **({} if keys is None else {"keys_million": keys, "item_kib": 1})}
    store = Node("relational", "Store", {"read_time_ms": 60.0, "servers": 4}, (Site("r", 1), Site("i", 1)))
    elements = two_regions(4) | {"c": Node("cache", "Cache", cache, both), "d": store}
    return elements | {"sc": Flow("s", "c"), "cd": Flow("c", "d", params={"operation": "read"})}


def test_cold_caches_pass_on_what_they_answered_before() -> None:
    evaluation = run(cached())
    one = failures.play(Capacity(evaluation))[0]
    row = evaluation.node_ids.index("d")
    assert one.cold_load[row] == pytest.approx(one.load[row] * (1 + 0.8 * 0.5 / 0.2))
    assert one.warm_s > 0
    assert "scaling.cold_caches" not in rules(evaluation)
    busy = cached()
    busy["d"] = Node("relational", "Store", {"read_time_ms": 200.0, "servers": 4}, (Site("r", 1), Site("i", 1)))
    assert "scaling.cold_caches" in rules(run(busy))
    assert np.isnan(failures.play(Capacity(run(cached(None))))[0].warm_s)


def replicated(**inputs: object) -> Elements:
    store = Node(
        "key_value", "Counters", {"write_time_ms": 2.0, "item_kib": 1, "storage_gib": 1}, (Site("r", 1), Site("i", 1))
    )
    elements = two_regions(4) | {"k": store, "sk": Flow("s", "k", params={"operation": "write", "request_kib": 1})}
    return elements | {f"in/scaling/{name}": Input(value) for name, value in inputs.items()}  # type: ignore[arg-type]


def test_copies_lag_by_log_way_and_work() -> None:
    found = replication.copies(Capacity(run(replicated())))
    assert [one.active for one in found] == [2]
    assert found[0].writes == pytest.approx(40.0)
    assert found[0].lag.mean == pytest.approx(0.5 + found[0].trip / 2 + 0.002, rel=0.02)
    assert failures.play(Capacity(run(replicated())))[0].rpo_s == found[0].lag.p99
    fast = replication.copies(Capacity(run(replicated(log_interval_s=0.0))))[0]
    assert fast.lag.mean == pytest.approx(found[0].lag.mean - 0.5)


def test_synchronous_copies_lose_nothing_and_writes_wait_for_them() -> None:
    elements = replicated(rpo_s=0.5)
    before = run(elements)
    (finding,) = [one for one in scaling.assess(before).findings if one.rule == "scaling.rpo_missed"]
    assert finding.remedy is not None
    found = effect(before, finding.remedy)
    assert isinstance(found, Effect)
    trip = replication.copies(Capacity(before))[0].trip
    after = found.evaluation
    assert replication.copies(Capacity(after))[0].lag.p99 == 0.0
    assert "scaling.rpo_missed" not in rules(after)

    def value(evaluation: Evaluation, name: str) -> float:
        read = evaluation.figure(name).value
        assert read is not None
        return read

    assert value(after, "flow/sk/latency_s") == pytest.approx(value(before, "flow/sk/latency_s") + trip)
    journey = before.journeys[0].id
    slower = value(after, f"journey/{journey}/mean_s") - value(before, f"journey/{journey}/mean_s")
    assert slower == pytest.approx(trip, rel=0.02)
    told = [term.label for term in explain(after, "flow/sk/latency_s").terms]
    assert any("written first" in text for text in told)
    read_only = {**elements, "sk": Flow("s", "k", params={"operation": "read"})}
    copied = Design({**read_only, "k": after.design.node("k")})
    assert value(evaluate(copied, before.catalog), "flow/sk/latency_s") == value(before, "flow/sk/latency_s")


def test_a_promised_rpo_is_held_against_the_lag() -> None:
    assert "scaling.rpo_missed" in rules(run(replicated(rpo_s=0.5)))
    assert "scaling.rpo_missed" not in rules(run(replicated(rpo_s=2)))


def test_old_values_have_a_share_and_a_price() -> None:
    capacity = Capacity(run(replicated(roaming_share=0.5, stale_usd=2.0)))
    one = replication.copies(capacity)[0]
    keys = 2.0**20
    assert one.stale == pytest.approx(0.5 * 20.0 / keys * one.lag.mean, rel=0.01)
    number, usd = replication.stale_cost(capacity, one)
    assert usd == pytest.approx(2.0 * number)
    assert "scaling.old_values" in rules(run(replicated(roaming_share=0.5, stale_usd=2.0)))
    assert "scaling.old_values" not in rules(run(replicated()))


def test_survivors_that_cannot_carry_the_rest_are_reported() -> None:
    assert "scaling.survivors_overloaded" in rules(run(two_regions(replicas=1)))
    assert "scaling.survivors_overloaded" not in rules(run(two_regions(replicas=3)))


def test_death_of_the_only_region_stops_the_journey() -> None:
    elements = drawing()
    elements["brief"] = Brief(params={"home_region": "aws/eu-central-1", "target_availability": 0.9999})
    evaluation = run(elements)
    assert failures.play(Capacity(evaluation))[0].journeys == 1
    assert "scaling.region_stops" in rules(evaluation)


def test_nearer_region_is_proposed_to_users_across_the_ocean() -> None:
    elements = drawing()
    elements["s"] = msgspec.structs.replace(elements["s"], sites=(Site("v", 2),))  # type: ignore[type-var]
    evaluation = run(elements)
    found = places.propose(Capacity(evaluation))
    assert found is not None
    assert found.regions[0] == (("aws", "eu-central-1"),)
    assert found.means[0] < found.drawn_mean
    assert found.means == tuple(sorted(found.means, reverse=True))
    assert "scaling.nearer_region" in rules(evaluation)
    assert "scaling.nearer_region" not in rules(run(drawing()))


def test_residency_keeps_the_proposal_inside_its_borders() -> None:
    elements = drawing()
    elements["brief"] = Brief(params={"home_region": "aws/us-east-1", "residency": "US"})
    elements["s"] = msgspec.structs.replace(elements["s"], sites=(Site("v", 2),))  # type: ignore[type-var]
    found = places.propose(Capacity(run(elements)))
    assert found is not None
    assert all(region.startswith("us-") for chosen in found.regions for _, region in chosen)


def test_cache_of_all_keys_hits_always_and_half_of_them_less() -> None:
    assert caches.hit_at(1e6, 0.9, 1.0, 1e6 * 1024 * 1.3 / 2**30) == pytest.approx(1.0)
    half = caches.hit_at(1e6, 0.9, 1.0, 0.5 * 1e6 * 1024 * 1.3 / 2**30)
    assert 0.8 < half < 1.0


def test_cache_that_states_its_keys_shows_hits_and_the_size_that_pays() -> None:
    cache = Node("cache", "Cache", {"keys_million": 5, "item_kib": 2, "memory_gib": 13}, (Site("r", 2),))
    store = Node("key_value", "Store", {"storage_gib": 10, "item_kib": 2}, (Site("r", 1),))
    elements = drawing(rate=500.0, c=cache, k=store, sc=Flow("s", "c"), ck=Flow("c", "k"))
    found = caches.sizes(Capacity(run(elements)))[0]
    assert found.hit == pytest.approx(1.0)
    assert found.all_gib == pytest.approx(5e6 * 2 * 1024 * 1.3 / 2**30)
    assert 0 < found.worth_gib <= found.all_gib + 1e-9


def test_writer_that_fills_is_found_and_read_replicas_are_not_proposed_for_it() -> None:
    base = Node("relational", "Base", {"write_time_ms": 40.0}, (Site("r", 1),))
    write = Flow("s", "d", params={"operation": "write"})
    evaluation = run(drawing(rate=60.0, growth=0.03, d=base, sd=write))
    assert "scaling.writer_full" in rules(evaluation)
    row = titled(evaluation, "Databases").rows[0]
    assert row[4] == "none: writes fill it"
    assert isinstance(row[5], float)
    assert row[5] >= 2


def test_pool_is_sized_by_erlang_c() -> None:
    base = Node("relational", "Base", {"read_time_ms": 100.0, "slots": 3, "servers": 16}, (Site("r", 1),))
    evaluation = run(drawing(rate=40.0, d=base, sd=Flow("s", "d")))
    capacity = Capacity(evaluation)
    needed = databases.pool_size(capacity, capacity.nodes.row_of["d"])
    assert 6 < needed < 20
    assert "scaling.pool" in rules(evaluation)


def test_shards_grow_with_the_load() -> None:
    assert databases.shards_for(0.5) == 1
    assert databases.shards_for(3.2) == 4


def test_load_test_reads_measurements_and_names_a_bad_one() -> None:
    found = measured.read_measurements("1: 98, 2: 190;4:350: 12")
    assert [one[:2] for one in found] == [(1.0, 98.0), (2.0, 190.0), (4.0, 350.0)]
    assert [one[2] for one in found] == pytest.approx([np.nan, np.nan, 0.012], nan_ok=True)
    with pytest.raises(ValueError, match="“nonsense”"):
        measured.read_measurements("1: 98, nonsense")
    elements = drawing()
    elements["in/scaling/scaling_test"] = Input("1: 98, 2: 190, 4: 350, 8: 600, 16: 900, 32: 1000")
    sentences = [str(block.text) for block in scaling.assess(run(elements)).blocks if isinstance(block, Sentence)]
    assert any("contention" in text for text in sentences)


def test_simulation_stands_beside_the_formula_and_says_when_it_is_old() -> None:
    evaluation = run(drawing())
    assert scaling.missing_study(evaluation) is not None
    study = simulate(evaluation.design, evaluation.catalog, most_events=60_000)
    policies = scaling.missing_study(evaluation, [study])
    assert policies is not None
    assert scaling.missing_study(evaluation, [study, policies()]) is None
    tables = [block for block in scaling.assess(evaluation, [study]).blocks if isinstance(block, Table)]
    assert any(str(table.title) == "Simulation beside formula" for table in tables)
    later = run(drawing(rate=50.0))
    sentences = [str(block.text) for block in scaling.assess(later, [study]).blocks if isinstance(block, Sentence)]
    assert any("changed since" in text for text in sentences)


def test_empty_drawing_is_answered() -> None:
    assessment = scaling.assess(evaluate(Design(), load_catalog()))
    assert "capacity that is known" in str(assessment.answer)
    assert assessment.findings == ()


FOUND = {
    ("assistant", "Model API"): set[str](),
    ("assistant", "Own 32 B model"): {"scaling.full_soon"},
    ("assistant", "Two regions"): set[str](),
    ("recommender", "Item features per read"): {"scaling.full_soon", "scaling.cache_pays"},
    ("recommender", "Item table in the ranker's memory"): {"scaling.full_soon"},
    ("fraud", "One region"): {"scaling.region_stops"},
    ("fraud", "Two regions"): {"scaling.old_values"},
    ("training", "On demand beside the data"): {"scaling.full_soon", "scaling.long_run"},
    ("training", "Preemptible at a GPU cloud"): {"scaling.full_soon", "scaling.long_run"},
    ("vision", "Inference in the store"): set[str](),
    ("vision", "Inference in the cloud"): set[str](),
    ("gateway", "All own, one spare"): {"scaling.full_soon"},
    ("gateway", "Own base, overflow to a hosted model"): {"scaling.full_soon"},
}


@pytest.mark.parametrize(("identifier", "variant"), FOUND)
def test_templates_show_what_they_must_and_nothing_else(identifier: str, variant: str) -> None:
    evaluation = evaluate(template(identifier).variant(variant).design, load_catalog())
    assert rules(evaluation) == FOUND[identifier, variant]


def test_slots_fill_before_the_accelerators_of_the_assistant() -> None:
    evaluation = evaluate(template("assistant").variant("Own 32 B model").design, load_catalog())
    first, second, third = bottlenecks.rank(Capacity(evaluation))[:3]
    names = [Capacity(evaluation).key(one.row) for one in (first, second, third)]
    assert names == ["orchestrator", "answer-model", "reranker"]
    assert first.by_slots
    assert first.relief > second.relief


def test_event_of_the_recommender_fills_the_ranker_in_its_month() -> None:
    evaluation = evaluate(template("recommender").variants[0].design, load_catalog())
    capacity = Capacity(evaluation)
    assert capacity.most_load(12)[capacity.nodes.row_of["ranker"]] > 2.2
    finding = next(found for found in scaling.assess(evaluation).findings if "Ranker" in str(found.title))
    assert "month 11" in str(finding.title)
    assert {10, 11, 12} <= set(capacity.months)
    assert "event" in str(finding.why)


@pytest.mark.parametrize(("identifier", "variant"), FOUND)
def test_every_remedy_on_the_templates_does_what_it_says(identifier: str, variant: str) -> None:
    before = evaluate(template(identifier).variant(variant).design, load_catalog())
    for finding in scaling.assess(before).findings:
        if finding.remedy is None:
            continue
        after_design = apply_move(before.design, before.catalog, finding.remedy)
        assert isinstance(after_design, Design)
        after = evaluate(after_design, before.catalog, previous=before)
        key = finding.elements[0]
        row = after.node_ids.index(key)
        if finding.rule == "scaling.full_soon":
            held = Capacity(after).most_load(12)[row] < 0.75 * Capacity(before).most_load(12)[row]
            assert after.full_months[row] > before.full_months[row] or held
        elif finding.rule == "scaling.long_run":
            assert after.load[row] < before.load[row]
        elif finding.rule == "scaling.cache_pays":
            assert after.money.bill.total < before.money.bill.total - 50_000
            assert not [problem for problem in after.problems if problem.severity == "error"]
        else:
            pytest.fail(f"no promise of {finding.rule} is checked")


@pytest.mark.parametrize(
    ("pattern", "kind"),
    [
        ((100.0, 50.0, 0.0, 100.0, 1), "relational or document"),
        ((100.0, 50.0, 5.0, 100.0, 2), "relational: it is scanned"),
        ((9_000.0, 10.0, 0.0, 10.0, 3), "key-value"),
        ((100.0, 5_000.0, 0.0, 10.0, 1), "wide-column"),
        ((100.0, 50.0, 0.0, 9_000.0, 2), "wide-column"),
    ],
)
def test_store_that_fits_follows_from_the_pattern(pattern: tuple[float, float, float, float, int], kind: str) -> None:
    assert nosql.fitting(*pattern).startswith(kind)


def test_reads_and_writes_are_read_off_the_flows() -> None:
    base = Node("relational", "Base", {}, (Site("r", 1),))
    write = Flow("s", "d", params={"operation": "write", "calls": 2, "key_pattern": "hot"})
    evaluation = run(drawing(rate=10.0, d=base, sd=Flow("s", "d"), sw=write))
    capacity = Capacity(evaluation)
    assert nosql.operations(capacity, capacity.nodes.row_of["d"]) == pytest.approx((10.0, 20.0, 0.0))
    assert titled(evaluation, "Access patterns").rows[0][4] == "one hot key"
