"""How many there are of what, and of which size: everything a bill is made of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from models.importers import Imported, ImportProblem, import_files
from tests.models.importers.shared import node, sentences
from tests.models.importers.terraform_plans import PlanText

IRELAND = "arn:aws:ec2:eu-west-1:1:instance/"


def replicas(found: Imported, name: str) -> int:
    return sum(site.replicas for site in node(found.design, name).sites)


def test_what_a_failed_replacement_left_behind_is_told_and_not_drawn(tmp_path: Path) -> None:
    instances = [
        {"index_key": 'a"b.c', "attributes": {"instance_type": "t3.small", "arn": f"{IRELAND}i-1"}},
        {"index_key": 'a"b.c', "deposed": "12345678", "attributes": {"instance_type": "t3.small"}},
    ]
    state = {"version": 4, "terraform_version": "1.9.0", "lineage": "x"}
    state["resources"] = [{"mode": "managed", "type": "aws_instance", "name": "web", "instances": instances}]
    path = tmp_path / "terraform.tfstate"
    path.write_text(json.dumps(state), encoding="utf-8")
    found = import_files([path])
    assert [each.name for each in found.design.nodes.values()] == ['web a"b.c', "Users"]
    assert r'but not drawn: 1 resource: aws_instance.web["a\"b.c"].' in sentences(found)

    plan = PlanText(aws={"region": "eu-west-1"}).add("aws_instance.web", {"instance_type": "t3.small"})
    gone = {"address": "aws_instance.web", "mode": "managed", "deposed": "ab12", "change": {"actions": ["delete"]}}
    plan.changes.append(gone)
    told = sentences(plan.imported(tmp_path))
    assert "will be deleted" not in told
    assert "Left behind by a replacement that failed" in told


def test_names_are_told_apart_by_what_differs(tmp_path: Path) -> None:
    plan = PlanText(aws={"region": "eu-west-1"})
    plan.module("module.db")
    for name in ("one", "two"):
        plan.module(f"module.db.module.{name}")
        plan.add(
            f"module.db.module.{name}.aws_db_instance.this", {"identifier": "demo", "instance_class": "db.t3.micro"}
        )
    found = plan.imported(tmp_path)
    assert {each.name for each in found.design.nodes.values()} >= {"demo (db.one)", "demo (db.two)"}


POOL = {"node_config": [{"machine_type": "n2-standard-4"}]}


def test_google_counts_nodes_in_each_zone(tmp_path: Path) -> None:
    plan = PlanText(google={"region": "europe-west1"})
    plan.add("google_container_cluster.main", {"name": "main", "location": "europe-west1", "initial_node_count": 2})
    zonal = {"name": "zonal", "location": "europe-west1-b", "node_locations": ["europe-west1-c"]}
    plan.add("google_container_cluster.zonal", {**zonal, "remove_default_node_pool": True, "initial_node_count": 1})
    main, one = ["google_container_cluster.main.name"], ["google_container_cluster.zonal.name"]
    pools: dict[str, tuple[list[str], dict[str, Any]]] = {
        "regional": (main, {"location": "europe-west1", "node_count": 2}),
        "two": (
            main,
            {
                "location": "europe-west1",
                "node_locations": ["europe-west1-b", "europe-west1-c"],
                "autoscaling": [{"min_node_count": 1, "max_node_count": 4}],
            },
        ),
        "total": (main, {"autoscaling": [{"total_min_node_count": 1, "total_max_node_count": 4}]}),
        "inherits": (one, {"location": "europe-west1-b", "node_count": 2}),
    }
    for name, (cluster, values) in pools.items():
        plan.add(f"google_container_node_pool.{name}", {"name": name, **POOL, **values}, {"cluster": cluster})
    found = plan.imported(tmp_path)
    counts = {name: replicas(found, name) for name in (*pools, "main nodes")}
    assert counts == {"regional": 6, "two": 2, "total": 1, "inherits": 4, "main nodes": 6}
    assert node(found.design, "main nodes").params["instance"] == "e2-medium"
    two, total = (node(found.design, name).params for name in ("two", "total"))
    assert (two["min_replicas"], two["max_replicas"], total["max_replicas"]) == (2, 8, 4)
    assert "they are drawn times the zones of their pool: main nodes (3), regional (3), two (2)" in sentences(found)


def test_capacity_that_may_be_taken_away_is_marked(tmp_path: Path) -> None:
    plan = PlanText(aws={"region": "eu-central-1"})
    plan.add("aws_spot_instance_request.a", {"instance_type": "t3.small", "spot_type": "one-time"})
    plan.add("aws_launch_template.t",
             {"instance_type": "m5.large", "instance_market_options": [{"market_type": "spot"}]})  # fmt: skip
    plan.add("aws_autoscaling_group.b", {"name": "b", "desired_capacity": 2},
             {"launch_template.id": ["aws_launch_template.t.id"]})  # fmt: skip
    for name, base in (("mixed", 0), ("based", 2)):
        shares = {"on_demand_base_capacity": base, "on_demand_percentage_above_base_capacity": 25}
        override = [{"instance_type": "m5.large"}, {"instance_type": "m5a.large"}]
        policy = [{"instances_distribution": [shares], "launch_template": [{"override": override}]}]
        plan.add(
            f"aws_autoscaling_group.{name}", {"name": name, "desired_capacity": 4, "mixed_instances_policy": policy}
        )
    design = plan.imported(tmp_path).design
    found = {name: node(design, name).params.get("spot_share") for name in ("a", "b", "mixed", "based")}
    assert found == {"a": 1.0, "b": 1.0, "mixed": 0.75, "based": None}
    assert node(design, "mixed").params["instance"] == "m5.large"


def test_machines_beside_the_nodes_of_a_service_are_named(tmp_path: Path) -> None:
    plan = PlanText(aws={"region": "eu-central-1"})
    config = {"instance_type": "m6g.large.search", "instance_count": 3, "dedicated_master_count": 3}
    config |= {"dedicated_master_type": "c6g.large.search", "warm_count": None, "warm_type": None}
    plan.add("aws_opensearch_domain.o", {"domain_name": "logs", "cluster_config": [config]})
    found = plan.imported(tmp_path)
    assert replicas(found, "logs") == 3
    assert "“logs” also has 3\u00a0×\u00a0c6g.large.search; they are not drawn" in sentences(found)


def test_instances_of_a_database_cluster_that_are_of_another_size_are_drawn_on_their_own(tmp_path: Path) -> None:
    plan = PlanText(aws={"region": "eu-central-1"}).add("aws_rds_cluster.au", {"cluster_identifier": "au"})
    for name, machine in (("writer", "db.r6g.large"), ("reader", "db.r6g.4xlarge"), ("second", "db.r6g.large")):
        plan.add(f"aws_rds_cluster_instance.{name}", {"identifier": name, "instance_class": machine},
                 {"cluster_identifier": ["aws_rds_cluster.au.id"]})  # fmt: skip
    found = plan.imported(tmp_path)
    assert (replicas(found, "au"), replicas(found, "reader")) == (2, 1)
    assert node(found.design, "reader").params["instance"] == "db.r6g.4xlarge"
    flow = next(each for each in found.design.flows.values() if found.design.nodes[each.target].name == "reader")
    assert (found.design.nodes[flow.source].name, flow.interaction) == ("au", "stream")


def test_all_containers_of_a_pod_are_paid(tmp_path: Path) -> None:
    def container(name: str, cpu: str, memory: str) -> dict[str, Any]:
        return {"name": name, "image": f"shop/{name}", "resources": [{"requests": {"cpu": cpu, "memory": memory}}]}

    plan = PlanText()
    bare = {"name": "bare", "image": "shop/bare"}
    containers = [container("api", "500m", "512Mi"), bare, container("helper", "1", "1Gi")]
    spec = [{"replicas": 3, "template": [{"metadata": [{}], "spec": [{"container": containers}]}]}]
    plan.add("kubernetes_deployment_v1.d", {"metadata": [{"name": "api"}], "spec": spec})
    claim = [{"resources": [{"requests": {"storage": "100Gi"}}]}]
    plan.add("kubernetes_persistent_volume_claim.c", {"metadata": [{"name": "claim"}], "spec": claim})
    tasks = [{"name": "a", "cpu": 512, "memory": 1024}, {"name": "b", "cpu": 256, "memoryReservation": 512}]
    plan.add("aws_ecs_task_definition.t", {"family": "t", "container_definitions": json.dumps(tasks)})
    plan.add("aws_ecs_service.s", {"name": "s", "desired_count": 2, "launch_type": "EC2"},
             {"task_definition": ["aws_ecs_task_definition.t.arn"]})  # fmt: skip
    found = plan.imported(tmp_path)
    api, service = node(found.design, "api").params, node(found.design, "s").params
    assert (api["vcpu"], api["memory_gib"], service["vcpu"], service["memory_gib"]) == (1.5, 1.5, 0.75, 1.5)
    assert "“api” has further containers in its pod that are not drawn: bare and helper." in sentences(found)
    assert node(found.design, "claim").params["storage_gib"] == 100


def test_a_cache_with_shards_has_copies_of_each(tmp_path: Path) -> None:
    plan = PlanText(azurerm={})
    cache = {"location": "westeurope", "capacity": 1, "family": "P", "sku_name": "Premium", "shard_count": 2}
    plan.add("azurerm_redis_cache.r", {"name": "r", **cache})
    disks = {
        "storage_os_disk": [{"disk_size_gb": 64}],
        "storage_data_disk": [{"disk_size_gb": 100}, {"disk_size_gb": 28}],
    }
    plan.add(
        "azurerm_virtual_machine.v", {"name": "v", "location": "westeurope", "vm_size": "Standard_D4s_v3", **disks}
    )
    found = plan.imported(tmp_path)
    assert (replicas(found, "r"), node(found.design, "r").params["shards"]) == (4, 2)
    assert "Disks inside of machines, 192 GiB in all" in sentences(found)


def test_a_state_without_anything_says_so(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text('{"format_version": "1.0"}')
    with pytest.raises(ImportProblem, match=r"holds no values of resources: run “terraform plan"):
        import_files([path])


def test_settings_that_come_from_local_values_are_named(tmp_path: Path) -> None:
    plan = PlanText(aws={"region": "eu-central-1"})
    plan.add("aws_lambda_function.f", {"function_name": "f"},
             {"environment.variables": ["local.settings"], "tags": ["local.tags"]})  # fmt: skip
    plan.add("aws_lambda_function.g", {"function_name": "g"}, {"tags": ["local.tags"]})
    told = sentences(plan.imported(tmp_path))
    assert "Settings of aws_lambda_function.f come from local values, whose references no plan holds" in told
    assert "aws_lambda_function.g come" not in told
