"""The templates open without an error, lie neatly, and show what the plan's reader must find in them.

Expected figures were computed by hand with the same formulas and prices; within 15 % on cost and utilization and 25 %
on latency.
"""

from pathlib import Path

import pytest

from models import templates as module
from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary, DesignError, Node, Position
from models.design.kinds import parameters_of, problems, value_of
from models.evaluation import Evaluation, evaluate
from models.evaluation.figures import figures
from models.frameworks import all_findings
from models.frameworks.scaling import caches, replication, training
from models.frameworks.scaling.capacity import Capacity
from models.templates import Template, in_language, template, templates, words_of_template

COST, LOAD, LATENCY = 0.15, 0.15, 0.25
CARD = (168.0, 64.0)
IDS = ("assistant", "recommender", "fraud", "training", "vision", "gateway")
VARIANTS = [(found.id, variant.name) for found in templates() for variant in found.variants]


def design_of(identifier: str, variant: str) -> Design:
    return template(identifier).variant(variant).design


@pytest.fixture(scope="module")
def evaluations() -> dict[tuple[str, str], Evaluation]:
    catalog = load_catalog()
    return {(found, name): evaluate(design_of(found, name), catalog) for found, name in VARIANTS}


def value(evaluation: Evaluation, figure: str) -> float:
    found = evaluation.figure(figure).value
    assert found is not None, figure
    return found


def test_six_templates_with_variants() -> None:
    assert tuple(found.id for found in templates()) == IDS
    for found in templates():
        assert found.title
        assert found.summary.endswith(".")
        assert found.tension.endswith(".")
        names = [variant.name for variant in found.variants]
        assert len(names) >= 2
        assert len(names) == len(set(names))


@pytest.mark.parametrize(("identifier", "variant"), VARIANTS)
def test_parameters_are_known_and_in_range(identifier: str, variant: str) -> None:
    for key, element in design_of(identifier, variant).elements.items():
        assert problems(element) == [], key
        unknown = set(getattr(element, "params", {})) - set(parameters_of(element))
        assert unknown == set(), key


@pytest.mark.parametrize(("identifier", "variant"), VARIANTS)
def test_cards_lie_on_the_grid_apart_and_inside_their_team(identifier: str, variant: str) -> None:
    design = design_of(identifier, variant)
    boxes = {key: box(design, key) for key in design.nodes}
    for key, (x, y, width, height) in boxes.items():
        assert (width, height) == CARD
        assert x % 8 == y % 8 == 0
        context = design.node(key).context
        if context is not None:
            left, top, right, bottom = box(design, context)
            inside = left <= x <= left + right - width and top + 32 <= y <= top + bottom - height
            assert inside, key
    teams = {key: box(design, key) for key, found in design.boundaries.items() if found.kind == "team"}
    for group, gap in ((boxes, 40.0), (teams, 8.0)):
        keys = sorted(group)
        for number, first in enumerate(keys):
            for second in keys[number + 1 :]:
                assert apart(group[first], group[second]) >= gap, (first, second)


def box(design: Design, key: str) -> tuple[float, float, float, float]:
    found = design.position("services", key)
    assert isinstance(found, Position), key
    return found.x, found.y, found.width, found.height


def apart(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    """Return the larger of the horizontal and vertical gap of two boxes; negative when they overlap."""
    across = max(first[0], second[0]) - min(first[0] + first[2], second[0] + second[2])
    down = max(first[1], second[1]) - min(first[1] + first[3], second[1] + second[3])
    return max(across, down)


@pytest.mark.parametrize(("identifier", "variant"), VARIANTS)
def test_every_design_says_what_it_is_for(identifier: str, variant: str) -> None:
    design = design_of(identifier, variant)
    brief = design.brief
    assert brief.decision.startswith(("Chosen:", "Rejected:", "Rejected for now:"))
    for name in ("stage", "industry", "home_region", "budget_usd_month", "unit_name"):
        assert brief.params.get(name), name
    untagged = [key for key, node in design.nodes.items() if not node.tags]
    assert len(untagged) == 1
    assert {"team", "product", "environment"} <= set().union(*(node.tags for node in design.nodes.values()))
    contexts = {node.context for node in design.nodes.values() if node.context}
    assert len(contexts) >= 2
    assert any(node.params.get("data_class") for node in design.nodes.values())


@pytest.mark.parametrize("found", templates(), ids=IDS)
def test_one_variant_is_chosen_and_the_others_have_a_reason(found: Template) -> None:
    decisions = [variant.design.brief.decision for variant in found.variants]
    assert sum(decision.startswith("Chosen:") for decision in decisions) == 1
    assert all(len(decision) > 60 for decision in decisions)


@pytest.mark.parametrize(("identifier", "variant"), VARIANTS)
def test_opening_one_shows_no_error(
    identifier: str, variant: str, evaluations: dict[tuple[str, str], Evaluation]
) -> None:
    found = evaluations[identifier, variant].problems
    assert [finding for finding in found if finding.severity == "error"] == []


def test_a_store_stands_for_three_hundred() -> None:
    store = design_of("vision", "Inference in the store").elements["store"]
    assert isinstance(store, Boundary)
    assert (store.kind, store.copies) == ("site_group", 300)


def test_a_variant_changes_only_what_it_names() -> None:
    api, own = (design_of("assistant", name) for name in ("Model API", "Own 32 B model"))
    changed = {key for key in {*api.elements, *own.elements} if api.elements.get(key) != own.elements.get(key)}
    assert changed == {"answer-model", "brief", "finland", "gpu-cloud", "f-release"}
    kept = api.elements["orchestrator"]
    assert isinstance(kept, Node)
    assert value_of(kept, "slots") == 32


COSTS = [
    ("assistant", "Model API", 48_000),
    ("assistant", "Own 32 B model", 26_700),
    ("recommender", "Item features per read", 119_000),
    ("recommender", "Item table in the ranker's memory", 33_000),
    ("fraud", "One region", 16_000),
    ("fraud", "Two regions", 33_000),
    ("training", "On demand beside the data", 92_000),
    ("training", "Preemptible at a GPU cloud", 29_000),
]


@pytest.mark.parametrize(("identifier", "variant", "usd"), COSTS)
def test_costs(identifier: str, variant: str, usd: float, evaluations: dict[tuple[str, str], Evaluation]) -> None:
    assert value(evaluations[identifier, variant], "total/cost_per_month") == pytest.approx(usd, rel=COST)


LOADS = [
    ("assistant", "Own 32 B model", {"answer-model": 0.54, "reranker": 0.42, "orchestrator": 0.014}),
    (
        "recommender",
        "Item table in the ranker's memory",
        {"feed-api": 0.25, "user-features": 0.13, "candidates": 0.50, "ranker": 0.64, "rules": 0.38}
        | {"stream-features": 0.48},
    ),
    (
        "fraud",
        "One region",
        {"gateway": 0.13, "decision": 0.13, "profiles": 0.16, "velocity": 0.08, "rules": 0.15, "boosted": 0.30}
        | {"graph": 0.38, "ledger": 0.20},
    ),
    ("training", "On demand beside the data", {"cluster": 0.63}),
    ("vision", "Inference in the store", {"edge-box": 0.32, "device-gateway": 0.03}),
    ("vision", "Inference in the cloud", {"inference": 0.70}),
    ("gateway", "All own, one spare", {"code-model": 0.42, "guardrail": 0.08, "gateway": 0.013}),
]


@pytest.mark.parametrize(("identifier", "variant", "expected"), LOADS)
def test_utilization(
    identifier: str, variant: str, expected: dict[str, float], evaluations: dict[tuple[str, str], Evaluation]
) -> None:
    evaluation = evaluations[identifier, variant]
    for node, share in expected.items():
        assert value(evaluation, f"node/{node}/utilization") == pytest.approx(share, rel=LOAD), node


TIMES = [
    ("assistant", "Model API", "journey/f-ask/mean_s", 5.0),
    ("assistant", "Own 32 B model", "journey/f-ask/first_p95_s", 0.9),
    ("assistant", "Own 32 B model", "journey/f-ask/mean_s", 9.8),
    ("assistant", "Own 32 B model", "journey/f-ask/p95_s", 20.0),
    ("recommender", "Item features per read", "journey/f-open/p95_s", 0.085),
    ("recommender", "Item table in the ranker's memory", "journey/f-open/p95_s", 0.085),
    ("fraud", "One region", "journey/f-pay/p99_s", 0.050),
]


@pytest.mark.parametrize(("identifier", "variant", "figure", "seconds"), TIMES)
def test_latency(
    identifier: str,
    variant: str,
    figure: str,
    seconds: float,
    evaluations: dict[tuple[str, str], Evaluation],
) -> None:
    assert value(evaluations[identifier, variant], figure) == pytest.approx(seconds, rel=LATENCY)


def test_the_hosted_model_is_most_of_its_bill(evaluations: dict[tuple[str, str], Evaluation]) -> None:
    evaluation = evaluations["assistant", "Model API"]
    share = value(evaluation, "node/answer-model/cost_per_month") / value(evaluation, "total/cost_per_month")
    assert share == pytest.approx(0.87, abs=0.04)
    assert value(evaluation, "total/cost_per_unit") == pytest.approx(0.0053, rel=COST)
    own = evaluations["assistant", "Own 32 B model"]
    assert value(own, "total/cost_per_unit") == pytest.approx(0.0029, rel=COST)


def test_slots_fill_before_accelerators(evaluations: dict[tuple[str, str], Evaluation]) -> None:
    evaluation = evaluations["assistant", "Own 32 B model"]
    assert value(evaluation, "node/orchestrator/slots_utilization") * 128 == pytest.approx(75, rel=LOAD)
    full = {name: value(evaluation, f"node/{name}/full_month") for name in ("orchestrator", "answer-model", "reranker")}
    assert full["orchestrator"] < full["answer-model"] < full["reranker"]
    assert full["reranker"] == pytest.approx(15, abs=1)
    assert full["answer-model"] == pytest.approx(10, abs=1)


def test_reads_are_the_hidden_line_of_the_recommender(evaluations: dict[tuple[str, str], Evaluation]) -> None:
    per_read = evaluations["recommender", "Item features per read"]
    assert value(per_read, "node/item-features/cost_per_month") == pytest.approx(86_000, rel=COST)
    in_memory = evaluations["recommender", "Item table in the ranker's memory"]
    assert value(in_memory, "node/ranker/cost_per_month") == pytest.approx(16_000, rel=COST)
    assert value(in_memory, "node/ranker/full_month") == 11


def test_beyond_the_item_table_one_more_gib_no_longer_pays(evaluations: dict[tuple[str, str], Evaluation]) -> None:
    found = caches.proposals(Capacity(evaluations["recommender", "Item features per read"]))
    assert [round(one.gib / caches.OVERHEAD, 2) for one in found] == [0.76]
    assert found[0].saved > found[0].cost


def test_one_region_misses_four_nines_and_two_reach_them(evaluations: dict[tuple[str, str], Evaluation]) -> None:
    one, two = (value(evaluations["fraud", name], "total/availability") for name in ("One region", "Two regions"))
    assert one == pytest.approx(0.9992, abs=0.0002)
    assert two == pytest.approx(0.99996, abs=0.00002)


def test_old_counters_of_two_regions_have_a_price(evaluations: dict[tuple[str, str], Evaluation]) -> None:
    capacity = Capacity(evaluations["fraud", "Two regions"])
    found = replication.copies(capacity)
    velocity = next(one for one in found if capacity.key(one.row) == "velocity")
    assert velocity.trip == pytest.approx(0.027, abs=0.002)
    assert 0 < velocity.stale < 1e-4
    assert "scaling.old_values" in {finding.rule for finding in replication.findings(capacity, found)}


def test_logs_are_a_large_line_of_fraud_scoring(evaluations: dict[tuple[str, str], Evaluation]) -> None:
    assert value(evaluations["fraud", "One region"], "node/monitoring/cost_per_month") == pytest.approx(3_600, rel=COST)


def test_preemptible_accelerators_carry_the_difference(evaluations: dict[tuple[str, str], Evaluation]) -> None:
    beside = evaluations["training", "On demand beside the data"]
    assert value(beside, "node/cluster/cost_per_month") == pytest.approx(80_000, rel=COST)
    assert value(beside, "node/cluster/full_month") == pytest.approx(12, abs=1)
    away = evaluations["training", "Preemptible at a GPU cloud"]
    assert value(away, "flow/f-sets-cluster/cost_per_month") == pytest.approx(1_400, rel=COST)


def test_the_long_run_breaks_the_promise_of_the_others(evaluations: dict[tuple[str, str], Evaluation]) -> None:
    capacity = Capacity(evaluations["training", "On demand beside the data"])
    cluster = training.clusters(capacity)[0]
    assert cluster.queue.held_utilization == pytest.approx(0.97, rel=LOAD)
    assert cluster.queue.wait == pytest.approx(1.7, abs=1.2)
    assert cluster.queue.held_late > 0.1
    finding = training.findings(capacity)[0]
    assert finding.rule == "scaling.long_run"
    assert finding.remedy is not None
    assert finding.remedy.args["replicas"] == 3


def test_only_the_store_keeps_the_budget_of_vision(evaluations: dict[tuple[str, str], Evaluation]) -> None:
    budget = 25_000
    assert value(evaluations["vision", "Inference in the store"], "total/cost_per_month") < budget
    assert value(evaluations["vision", "Inference in the cloud"], "total/cost_per_month") > budget


def test_own_chat_replicas_carry_the_day_with_one_spare(evaluations: dict[tuple[str, str], Evaluation]) -> None:
    evaluation = evaluations["gateway", "All own, one spare"]
    assert value(evaluation, "journey/f-chat/first_p95_s") < 0.8
    assert value(evaluation, "journey/f-code/first_p95_s") < 0.7
    overflow = evaluations["gateway", "Own base, overflow to a hosted model"]
    assert value(overflow, "total/cost_per_month") > value(evaluation, "total/cost_per_month")


def test_a_dated_change_takes_effect_in_its_month() -> None:
    design = design_of("assistant", "Two regions")
    catalog = load_catalog()
    before, after = (
        evaluate(design, catalog, month=month).node_column("utilization")[list(design.nodes).index("answer-model")]
        for month in (6, 7)
    )
    assert after / before == pytest.approx(1.06 * 6 / 10, rel=0.01)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{}")
    with pytest.raises(DesignError, match=r"The template broken\.json cannot be used: "):
        module._read(broken)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(KeyError):
        template("no-such-template")
    with pytest.raises(KeyError):
        template("assistant").variant("no such variant")


def bracketed(text: str) -> str:
    return f"⟦{text}⟧"


@pytest.mark.parametrize("identifier", IDS)
def test_a_template_in_another_language_evaluates_the_same(identifier: str, evaluations) -> None:
    found = template(identifier)
    said = in_language(found, bracketed)
    catalog = load_catalog()
    for variant, other in zip(found.variants, said.variants, strict=True):
        assert other.name == bracketed(variant.name)
        before, after = evaluations[identifier, variant.name], evaluate(other.design, catalog)
        assert figures(before) == figures(after)
        assert [before.figure(key).value for key in figures(before)] == [
            after.figure(key).value for key in figures(after)
        ]
        assert [(one.rule, one.severity, one.elements) for one in all_findings(before)] == [
            (one.rule, one.severity, one.elements) for one in all_findings(after)
        ]
        for node in other.design.nodes.values():
            assert node.name.startswith("⟦")
        owners = {
            str(flow.params["contract_owner"])
            for flow in other.design.flows.values()
            if "contract_owner" in flow.params
        }
        assert owners <= {boundary.name for boundary in other.design.boundaries.values()}
        assert set(words_of_template(found)) >= {variant.name, variant.design.brief.name, variant.design.brief.decision}


def test_a_template_in_its_own_language_is_itself() -> None:
    for found in templates():
        assert in_language(found, str) == found
