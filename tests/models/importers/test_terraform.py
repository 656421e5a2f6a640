"""Plans of Terraform: what exists after they are applied, where it runs, what it costs, and what leads where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Node
from models.evaluation import evaluate
from models.importers import Imported, import_files
from models.importers.reimport import reimport
from tests.models.importers.shared import ARCHITECTURES, flows, imported, needs_shared, node, sentences
from tests.models.importers.terraform_clouds import azure_claims, eks_pods, google_assistant, state_file
from tests.models.importers.terraform_plans import PlanText, aws_shop

HOURS = 730.0


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    return aws_shop().imported(tmp_path_factory.mktemp("shop"))


def places(design: Design, found: Node) -> list[tuple[str, int]]:
    return [(design.boundaries[site.boundary or ""].name, site.replicas) for site in found.sites]


def flow(design: Design, source: str, target: str) -> tuple[str, str]:
    """Return (interaction, confidence) of the flow between two names."""
    nodes = design.nodes
    found = [
        each for each in design.flows.values() if (nodes[each.source].name, nodes[each.target].name) == (source, target)
    ]
    return found[0].interaction, found[0].evidence.partition(" ")[0]


# -- nodes ---------------------------------------------------------------------------------------------------------


def test_resources_become_nodes_of_the_kinds_they_are(shop: Imported) -> None:
    kinds = {each.name: each.kind for each in shop.design.nodes.values() if each.name != "web"}
    assert kinds == {
        "shop-site": "object_store", "shop-uploads": "object_store", "Shop CDN": "cdn", "shop-api": "api_gateway",
        "checkout": "function", "order-worker": "function", "carts": "key_value", "orders-dead": "queue",
        "events": "event_bus", "nightly": "timer", "sessions": "cache", "llm-inference": "llm_serving",
        "admin": "service", "Users": "users", "orders": "relational",
        "Disks of machines": "block_storage",
    }  # fmt: skip


def test_sizes_counts_and_bounds_become_values(shop: Imported) -> None:
    web = next(each for each in shop.design.nodes.values() if each.name == "web" and each.kind == "service")
    assert (web.params["vcpu"], web.params["memory_gib"]) == (1, 2)
    assert (web.params["min_replicas"], web.params["max_replicas"], web.params["autoscaled"]) == (4, 12, True)
    llm = node(shop.design, "llm-inference")
    assert (llm.params["instance"], llm.params["accelerator"], llm.params["accelerators"]) == ("g5.xlarge", "A10G", 1)
    assert node(shop.design, "checkout").params["memory_gib"] == 0.5
    assert node(shop.design, "nightly").params["runs_per_day"] == 2.0


def test_parts_of_a_database_cluster_are_its_replicas(shop: Imported) -> None:
    orders = next(each for each in shop.design.nodes.values() if each.name == "orders" and each.kind == "relational")
    assert orders.params["instance"] == "db.m6g.large"
    assert [site.replicas for site in orders.sites] == [2]


def test_tags_are_spelled_as_the_brief_requires_them(shop: Imported) -> None:
    assert node(shop.design, "checkout").tags == {"team": "shop", "environment": "prod", "product": "store"}
    assert "The tag Team is read as the required tag team." in sentences(shop)


def test_copies_made_by_count_are_one_node_and_those_of_for_each_are_nodes(tmp_path: Path) -> None:
    plan = PlanText(aws={"region": "us-east-1"})
    for index, zone in enumerate("aab"):
        plan.add(
            "aws_instance.web", {"instance_type": "m5.large", "availability_zone": f"us-east-1{zone}"}, indices=[index]
        )
    plan.add("aws_instance.pool", {"instance_type": "c5.large"}, indices=["api", "jobs"])
    plan.add("aws_instance.mixed", {"instance_type": "m5.large"}, indices=[0])
    plan.add("aws_instance.mixed", {"instance_type": "m5.xlarge"}, indices=[1])
    design = plan.imported(tmp_path).design
    assert sorted(places(design, node(design, "web"))) == [("us-east-1a", 2), ("us-east-1b", 1)]
    assert {each.name for each in design.nodes.values()} == {
        "web",
        "pool api",
        "pool jobs",
        "mixed",
        "mixed 1",
        "Users",
    }


def test_sensitive_values_never_reach_the_design(tmp_path: Path) -> None:
    plan = PlanText(aws={"region": "us-east-1"})
    plan.add("aws_lambda_function.api",
             {"function_name": "api", "environment": [{"variables": {"DB": "postgres://u:hunter2@db.example.com/x"}}],
              "tags": {"owner": "hunter2"}},
             secret={"environment": [{"variables": {"DB": True}}], "tags": {"owner": True}})  # fmt: skip
    plan.add("aws_db_instance.db", {"identifier": "db", "instance_class": "db.m6g.large", "password": "hunter2"})
    found = plan.imported(tmp_path)
    assert "hunter2" not in repr(found)
    assert node(found.design, "api").tags == {}


def test_what_is_deleted_is_told_and_what_is_replaced_is_drawn(tmp_path: Path) -> None:
    plan = PlanText(aws={"region": "us-east-1"})
    plan.add("aws_instance.old", {"instance_type": "m5.large"}, actions=["delete"])
    plan.add("aws_instance.new", {"instance_type": "m5.large"}, actions=["delete", "create"])
    plan.add("aws_sqs_queue.kept", {"name": "kept"}, actions=["no-op"])
    found = plan.imported(tmp_path)
    assert {each.name for each in found.design.nodes.values()} == {"new", "kept", "Users"}
    assert "1 resource will be deleted by the plan and not drawn: aws_instance.old." in sentences(found)
    assert "1 resource will be replaced by the plan, drawn as planned: aws_instance.new." in sentences(found)


def test_what_is_no_node_is_counted_by_sort_and_unknown_types_are_named(tmp_path: Path) -> None:
    plan = PlanText(aws={"region": "us-east-1"})
    plan.add("aws_instance.web", {"instance_type": "m5.large"})
    plan.add("aws_iam_role.web", {}, indices=[0, 1, 2]).add("aws_kms_key.web", {})
    plan.add("aws_nat_gateway.out", {}).add("acme_rocket.one", {})
    told = sentences(plan.imported(tmp_path))
    left = "Not drawn: 4 resources (permissions, keys and policies): 3 × aws_iam_role and 1 × aws_kms_key."
    assert left in told.replace("\u00a0", " ")
    assert "so that the cost is missing: 1 resource" in told
    assert "The type acme_rocket is not known; not drawn: acme_rocket.one." in told


# -- places --------------------------------------------------------------------------------------------------------


def test_accounts_regions_zones_clusters_and_networks_become_boundaries(shop: Imported) -> None:
    design = shop.design
    boundaries = {each.name: each for each in design.boundaries.values()}
    assert {name: each.kind for name, each in boundaries.items()} == {
        "AWS": "provider", "eu-central-1": "region", "eu-central-1a": "zone", "shop (Amazon ECS)": "cluster",
        "shop-vpc": "network",
    }  # fmt: skip
    assert design.boundaries[boundaries["eu-central-1a"].parent or ""].name == "eu-central-1"
    assert {design.nodes[member].name for member in boundaries["shop-vpc"].members} == {"web", "llm-inference"}
    assert places(design, node(design, "admin")) == [("eu-central-1a", 1)]


def test_the_region_comes_through_variables_and_aliases_of_providers(tmp_path: Path) -> None:
    plan = PlanText(aws={})
    plan.providers["aws"]["expressions"]["region"] = {"references": ["var.region"]}
    plan.variables["region"] = "eu-west-1"
    plan.add("aws_sqs_queue.here", {"name": "here"})
    plan.add("aws_sqs_queue.there", {"name": "there", "arn": "arn:aws:sqs:us-west-2:1:there", "region": "us-west-2"})
    design = plan.imported(tmp_path).design
    assert places(design, node(design, "here")) == [("eu-west-1", 1)]
    assert places(design, node(design, "there")) == [("us-west-2", 1)]


def test_a_plan_without_a_region_says_so(tmp_path: Path) -> None:
    found = PlanText().add("aws_instance.web", {"instance_type": "m5.large"}).imported(tmp_path)
    assert "The region of 1 resource of AWS is not in the plan" in sentences(found)
    assert evaluate(found.design, load_catalog()).figure("total/cloud_cost_per_month").value is not None


# -- flows ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "target", "interaction", "confidence"),
    [
        ("Shop CDN", "shop-site", "request", "High"),
        ("shop-api", "checkout", "request", "High"),
        ("checkout", "orders", "message", "High"),
        ("checkout", "carts", "request", "High"),
        ("checkout", "shop-uploads", "request", "Medium"),
        ("orders", "order-worker", "message", "High"),
        ("orders", "orders-dead", "message", "High"),
        ("shop-uploads", "order-worker", "message", "High"),
        ("events", "orders", "message", "High"),
        ("nightly", "order-worker", "message", "High"),
        ("web", "sessions", "request", "High"),
        ("admin", "orders", "request", "Medium"),
    ],
)  # fmt: skip
def test_flows_come_from_what_joins_and_names(
    shop: Imported, source: str, target: str, interaction: str, confidence: str
) -> None:
    assert flow(shop.design, source, target) == (interaction, confidence)


def test_a_load_balancer_leads_over_listener_and_group_to_its_service(shop: Imported) -> None:
    nodes = shop.design.nodes
    found = [each for each in shop.design.flows.values() if nodes[each.source].kind == "load_balancer"]
    assert [nodes[each.target].kind for each in found] == ["service"]
    assert "aws_lb_target_group.web" in found[0].evidence


def test_a_queue_of_dead_letters_takes_only_what_failed(shop: Imported) -> None:
    aside = [each for each in shop.design.flows.values() if each.params.get("carries_rejects")]
    assert [shop.design.nodes[each.target].name for each in aside] == ["orders-dead"]


def test_a_permission_to_take_from_a_queue_is_no_second_flow(tmp_path: Path) -> None:
    plan = PlanText(aws={"region": "us-east-1"})
    plan.add("aws_lambda_function.f", {"function_name": "f"}, {"role": ["aws_iam_role.f.arn"]})
    plan.add("aws_iam_role.f", {}).add("aws_sqs_queue.q", {"name": "q"})
    plan.add("aws_iam_role_policy.f", {}, {"role": ["aws_iam_role.f.id"], "policy": ["aws_sqs_queue.q.arn"]})
    plan.add("aws_lambda_event_source_mapping.f", {},
             {"event_source_arn": ["aws_sqs_queue.q.arn"], "function_name": ["aws_lambda_function.f.arn"]})  # fmt: skip
    assert {pair for pair in flows(plan.imported(tmp_path).design) if pair[0] != "Users"} == {("q", "f")}


def test_a_permission_to_call_a_model_draws_the_model(tmp_path: Path) -> None:
    plan = PlanText(aws={"region": "us-east-1"})
    policy = {"Action": ["bedrock:InvokeModel"], "Resource": "arn:aws:bedrock:*::foundation-model/acme.model-v1:0"}
    for name in ("ask", "sum"):
        plan.add(f"aws_lambda_function.{name}", {"function_name": name}, {"role": ["aws_iam_role.ai.arn"]})
    plan.add("aws_iam_role.ai", {})
    plan.add(
        "aws_iam_role_policy.ai", {"policy": json.dumps({"Statement": [policy]})}, {"role": ["aws_iam_role.ai.id"]}
    )
    found = plan.imported(tmp_path)
    model = node(found.design, "Amazon Bedrock")
    assert (model.kind, model.params["model_api"]) == ("llm_api", "acme.model-v1:0")
    assert flows(found.design) >= {("ask", "Amazon Bedrock"), ("sum", "Amazon Bedrock")}
    assert flow(found.design, "ask", "Amazon Bedrock") == ("request", "Medium")


def test_disks_of_machines_are_paid_in_one_sum(tmp_path: Path) -> None:
    plan = PlanText(aws={"region": "us-east-1"})
    disk = {"instance_type": "m5.large", "root_block_device": [{"volume_size": 50}],
            "ebs_block_device": [{"volume_size": 100}, {"volume_size": 200}]}  # fmt: skip
    plan.add("aws_instance.web", disk, indices=[0, 1])
    plan.add("aws_eks_cluster.main", {"name": "main"})
    plan.add("aws_eks_node_group.main", {"disk_size": 20, "scaling_config": [{"desired_size": 3}]},
             {"cluster_name": ["aws_eks_cluster.main.name"]})  # fmt: skip
    design = plan.imported(tmp_path).design
    disks = node(design, "Disks of machines")
    assert disks.params["storage_gib"] == 2 * 350 + 3 * 20
    assert places(design, disks) == [("us-east-1", 1)]
    cost = evaluate(design, load_catalog()).figure(
        f"node/{next(k for k, n in design.nodes.items() if n is disks)}/cost_per_month"
    )
    assert float(cost.value or 0) == pytest.approx(760 * 0.08)


def test_references_lead_through_modules_and_their_outputs(tmp_path: Path) -> None:
    plan = PlanText(aws={"region": "us-east-1"})
    plan.module("module.bus", outputs={"url": ["aws_sqs_queue.this.url"]})
    plan.module("module.app", {"queue_url": ["module.bus.url"]})
    plan.add("module.bus.aws_sqs_queue.this", {"name": "jobs"})
    plan.add(
        "module.app.aws_lambda_function.this", {"function_name": "app"}, {"environment.variables": ["var.queue_url"]}
    )
    design = plan.imported(tmp_path).design
    assert flow(design, "app", "jobs") == ("message", "High")


def test_copies_of_a_module_lead_to_their_own(tmp_path: Path) -> None:
    plan = PlanText(aws={"region": "us-east-1"}).module("module.cell")
    for cell in ("eu", "us"):
        path = f'module.cell["{cell}"]'
        plan.add(f"{path}.aws_sqs_queue.jobs", {"name": f"jobs-{cell}"})
        plan.add(f"{path}.aws_lambda_function.run", {"function_name": f"run-{cell}"},
                 {"environment.variables": ["aws_sqs_queue.jobs.url"]})  # fmt: skip
    found = flows(plan.imported(tmp_path).design)
    assert {pair for pair in found if pair[0] != "Users"} == {("run-eu", "jobs-eu"), ("run-us", "jobs-us")}


# -- other clouds --------------------------------------------------------------------------------------------------


def test_a_plan_for_google_cloud(tmp_path: Path) -> None:
    found = google_assistant().imported(tmp_path)
    design = found.design
    assert flows(design) >= {
        ("web", "api"), ("api", "main"), ("api", "jobs"), ("api", "acme-files"), ("jobs", "ingest"),
        ("ingest", "events"), ("refresh", "jobs"), ("Users", "web"),
    }  # fmt: skip
    llm, main = node(design, "llm"), node(design, "main")
    assert (llm.kind, llm.params["accelerator"], llm.params["spot_share"]) == ("llm_serving", "L4", 1.0)
    assert places(design, llm) == [("ai (Google Kubernetes Engine)", 6)]  # two in each zone of its region
    assert (main.params["vcpu"], main.params["memory_gib"], main.params["zones"]) == (4, 16, 2)
    assert [each.name for each in design.nodes.values() if each.kind == "secrets"] == ["Secret Manager"]
    assert design.brief.params["home_region"] == "gcp/europe-west1"
    assert "Google Cloud acme-prod" in {each.name for each in design.boundaries.values()}


def test_a_plan_for_azure(tmp_path: Path) -> None:
    found = azure_claims().imported(tmp_path)
    design = found.design
    assert flows(design) >= {
        ("claims-edge", "portal"), ("portal", "claims-db"), ("portal", "claims"), ("extract", "claimsfiles"),
        ("extract", "gpt"), ("extract", "docs"), ("claimsfiles", "files"), ("files", "extract"),
    }  # fmt: skip
    assert node(design, "gpt").params["model_api"] == "gpt-4.1-mini"
    assert node(design, "claims-db").params["instance"] == "Standard_D4ds_v5"
    assert places(design, node(design, "portal")) == [("westeurope", 3)]
    assert node(design, "gpu").params["accelerator"] == "T4"


def test_pods_run_on_the_machines_of_their_cluster(tmp_path: Path) -> None:
    found = eks_pods().imported(tmp_path)
    assert flows(found.design) >= {("web", "orders"), ("Users", "web")}
    assert node(found.design, "sessions-redis").kind == "cache"
    assert node(found.design, "web").params["price_usd_hour"] == 0
    bill = evaluate(found.design, load_catalog()).figure("total/cloud_cost_per_month").value
    assert bill is not None
    machines, control_plane = 3 * 0.192 * HOURS, 0.10 * HOURS
    assert machines + control_plane <= float(bill) < machines + control_plane + 60


def test_manifests_in_a_plan_are_read_as_manifests(tmp_path: Path) -> None:
    plan = eks_pods()
    serving = {
        "apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService", "metadata": {"name": "fraud"},
        "spec": {"predictor": {"minReplicas": 2, "sklearn": {"storageUri": "s3://models/fraud"}}},
    }  # fmt: skip
    container = "{name: chat, image: acme/chat, env: [{name: FRAUD_URL, value: 'http://orders:8080'}]}"
    body = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: chat}\n"
    body += f"spec: {{replicas: 4, template: {{spec: {{containers: [{container}]}}}}}}\n"
    plan.add("kubernetes_manifest.fraud", {"manifest": serving}).add(
        "kubectl_manifest.chat", {"yaml_body_parsed": body}
    )
    plan.add("kubectl_manifest.broken", {"yaml_body": "a: [b"})
    found = plan.imported(tmp_path)
    fraud, chat = node(found.design, "fraud"), node(found.design, "chat")
    assert (fraud.kind, places(found.design, fraud)) == ("model_serving", [("main (Amazon EKS)", 2)])
    assert (chat.params["price_usd_hour"], places(found.design, chat)) == (0, [("main (Amazon EKS)", 4)])
    assert ("chat", "orders") in flows(found.design)
    assert "left out: kubectl_manifest.broken" in sentences(found)


def test_a_state_file_is_read_by_the_names_in_it(tmp_path: Path) -> None:
    path = tmp_path / "terraform.tfstate"
    path.write_text(state_file(), encoding="utf-8")
    found = import_files([path])
    assert ("place-order", "orders") in flows(found.design)
    assert places(found.design, node(found.design, "web")) == [("eu-west-1a", 2)]
    assert "s3cret-Pa55" not in repr(found)
    assert "holds no configuration" in sentences(found)


def test_a_public_address_that_is_not_known_yet_opens_a_gateway(tmp_path: Path) -> None:
    plan = PlanText(azurerm={})
    place = {"location": "westeurope"}
    plan.add("azurerm_public_ip.edge", place)
    plan.add("azurerm_application_gateway.open", {"name": "open", **place},
             {"frontend_ip_configuration.public_ip_address_id": ["azurerm_public_ip.edge.id"]})  # fmt: skip
    plan.add("azurerm_application_gateway.inner", {"name": "inner", **place})
    assert flows(plan.imported(tmp_path).design) == {("Users", "open")}


def test_a_plan_without_planned_values_is_read_from_its_changes(tmp_path: Path) -> None:
    content = aws_shop().content()
    del content["planned_values"]
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({**content, "errored": True, "deferred_changes": [{}]}))
    found = import_files([path])
    whole = aws_shop().imported(tmp_path)
    assert flows(found.design) == flows(whole.design)
    assert "Planning ended with an error" in sentences(found)
    assert "deferred and not in the plan: 1." in sentences(found)


def test_what_is_only_looked_up_is_named(tmp_path: Path) -> None:
    plan = PlanText(aws={"region": "us-east-1"}).add("data.aws_sqs_queue.shared", {})
    plan.add(
        "aws_lambda_function.f", {"function_name": "f"}, {"environment.variables": ["data.aws_sqs_queue.shared.url"]}
    )
    told = sentences(plan.imported(tmp_path))
    assert "Looked up and not made by this plan, so not drawn: 1 existing service: aws_sqs_queue.shared." in told


def test_several_plans_are_one_system(tmp_path: Path) -> None:
    first = PlanText(aws={"region": "us-east-1"}).add("aws_sqs_queue.a", {"name": "a"}).write(tmp_path, "a.json")
    second = PlanText(aws={"region": "us-east-1"}).add("aws_instance.b", {"instance_type": "m5.large"})
    design = import_files([first, second.write(tmp_path, "b.json")]).design
    assert {each.name for each in design.nodes.values()} == {"a", "b", "Users"}
    assert sorted(each.name for each in design.boundaries.values()) == ["AWS", "us-east-1"]


# -- money ---------------------------------------------------------------------------------------------------------


def test_the_bill_is_machines_by_price_by_hours(tmp_path: Path) -> None:
    """On-demand prices of the list: m5.4xlarge 0.768, db.m6g.large 0.157582 × 2 zones, g5.xlarge 1.006 USD/h."""
    plan = PlanText(aws={"region": "us-east-1"})
    plan.add("aws_instance.web", {"instance_type": "m5.4xlarge"}, indices=[0, 1, 2])
    plan.add("aws_db_instance.db",
             {"identifier": "db", "instance_class": "db.m6g.large", "multi_az": True,
              "allocated_storage": 1})  # fmt: skip
    plan.add("aws_autoscaling_group.gpu", {"name": "gpu", "desired_capacity": 2, "min_size": 2, "max_size": 2},
             {"launch_template.id": ["aws_launch_template.gpu.id"]})  # fmt: skip
    plan.add("aws_launch_template.gpu", {"instance_type": "g5.xlarge"})
    design = plan.imported(tmp_path).design
    evaluation = evaluate(design, load_catalog())
    hand = {"web": 3 * 0.768 * HOURS, "db": 2 * 0.157582 * HOURS, "gpu": 2 * 1.006 * HOURS}
    for name, usd in hand.items():
        key = next(key for key, each in design.nodes.items() if each.name == name)
        cost = evaluation.figure(f"node/{key}/cost_per_month").value
        assert cost is not None
        assert float(cost) == pytest.approx(usd, rel=0.002), name


# -- again ---------------------------------------------------------------------------------------------------------


def test_importing_a_changed_plan_again_brings_the_change(tmp_path: Path) -> None:
    before = aws_shop().imported(tmp_path).design
    assert not reimport(before, aws_shop().imported(tmp_path).design)
    text = (
        json.dumps(aws_shop().content())
        .replace('"desired_count": 4', '"desired_count": 9')
        .replace("g5.xlarge", "g5.2xlarge")
    )
    path = tmp_path / "plan.json"
    path.write_text(text)
    after = before.apply(reimport(before, import_files([path]).design))
    web = next(each for each in after.nodes.values() if each.name == "web" and each.kind == "service")
    assert [site.replicas for site in web.sites] == [9]
    assert node(after, "llm-inference").params["instance"] == "g5.2xlarge"
    assert len(after.nodes) == len(before.nodes)


# -- collected plans -----------------------------------------------------------------------------------------------


@needs_shared
def test_a_plan_of_version_0_14_with_modules() -> None:
    design = imported("terraform/infracost-terraform_v0.14_plan.json").design
    counted = next(each for each in design.nodes.values() if each.name == "instance_counted")
    assert sum(site.replicas for site in counted.sites) == 2
    databases = [each for each in design.nodes.values() if each.kind == "relational"]
    assert {each.params["instance"] for each in databases} == {"db.t3.micro"}
    assert "YourPwdShouldBeLongAndSecure" not in repr(design)


@needs_shared
def test_text_that_a_wrapper_puts_around_a_plan_is_left_out(tmp_path: Path) -> None:
    plan = (ARCHITECTURES / "terraform" / "infracost-azure_firewall_plan.json").read_text()
    path = tmp_path / "plan.json"
    path.write_text(
        f"[command]/tmp/terraform-bin show -json plan.tfplan\n{plan}\n::debug::Terraform exited with code 0.\n"
    )
    found = import_files([path])
    assert len(found.design.nodes) == 6
    assert "Text before or after the plan" in sentences(found)
