"""Plans as `terraform show -json` writes them, built from resources with their values and references."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models.design.ids import seeded_ids
from models.importers import Imported, import_files

_INDEX = re.compile(r"\[[^\]]*\]")
References = Mapping[str, Sequence[str]]


def expression(references: Sequence[str]) -> dict[str, Any]:
    """Return an expression with references as Terraform lists them: each followed by the resource it is of."""
    listed: list[str] = []
    for reference in references:
        listed.append(reference)
        parts = reference.split(".")
        keep = 2 if parts[0] in ("module", "data") else 1
        while len(parts) > keep + 1:
            parts.pop()
            listed.append(".".join(parts))
    return {"references": listed}


class PlanText:
    """A plan that grows resource by resource.

    Args:
        providers: configurations of providers: name -> constant expressions.
    """

    def __init__(self, **providers: Mapping[str, Any]) -> None:
        self.providers = {
            name: {"name": name, "expressions": {key: {"constant_value": each} for key, each in values.items()}}
            for name, values in providers.items()
        }
        self.root: dict[str, Any] = {"resources": [], "module_calls": {}}
        self.planned: dict[str, dict[str, Any]] = {}
        self.changes: list[dict[str, Any]] = []
        self.variables: dict[str, Any] = {}

    def module(self, path: str, arguments: References | None = None, outputs: References | None = None) -> PlanText:
        """Add a call of a module (`module.a.module.b`) with the references of its arguments and outputs."""
        *above, name = path.split(".")[1::2]
        caller = self._configuration(".".join(f"module.{each}" for each in above))
        caller.setdefault("module_calls", {})[name] = {
            "source": f"./{name}",
            "expressions": {key: expression(refs) for key, refs in (arguments or {}).items()},
            "module": {
                "resources": [],
                "outputs": {key: {"expression": expression(refs)} for key, refs in (outputs or {}).items()},
            },
        }
        return self

    def add(
        self,
        address: str,
        values: Mapping[str, Any] | None = None,
        references: References | None = None,
        *,
        indices: Sequence[int | str] = (),
        secret: Any = None,
        actions: Sequence[str] = ("create",),
        for_each: Sequence[str] = (),
    ) -> PlanText:
        """Add a resource: one, or one for each of its indices. Nested attributes of references have dots."""
        *above, kind, label = address.split(".")
        data = above[-1:] == ["data"]
        path, name = ".".join(above[:-1] if data else above), f"{kind}.{label}"
        configured = {"address": f"{'data.' if data else ''}{name}", "mode": "data" if data else "managed"}
        configured |= {"type": kind, "name": label, "provider_config_key": kind.split("_")[0]}
        configured["expressions"] = self._expressions(references or {})  # type: ignore[assignment]
        if for_each:
            configured["for_each_expression"] = expression(for_each)  # type: ignore[assignment]
        listed = self._configuration(_INDEX.sub("", path))["resources"]
        if all(each["address"] != configured["address"] for each in listed):
            listed.append(configured)
        for index in indices or [None]:
            if not data:
                self._plan(path, kind, label, index, dict(values or {}), secret, list(actions))
        return self

    @staticmethod
    def _expressions(references: References) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for attribute, refs in references.items():
            *blocks, last = attribute.split(".")
            place = found
            for block in blocks:
                place = place.setdefault(block, [{}])[0]
            place[last] = expression(refs)
        return found

    def _configuration(self, path: str) -> dict[str, Any]:
        place = self.root
        for name in path.split(".")[1::2] if path else ():
            place = place["module_calls"][name]["module"]
        return place

    def _plan(
        self, path: str, kind: str, label: str, index: Any, values: dict[str, Any], secret: Any, actions: list[str]
    ) -> None:
        own = f"{kind}.{label}" + ("" if index is None else f'["{index}"]' if isinstance(index, str) else f"[{index}]")
        resource: dict[str, Any] = {"address": f"{path}.{own}" if path else own, "mode": "managed", "type": kind}
        resource |= {"name": label, "provider_name": f"registry.terraform.io/hashicorp/{kind.split('_')[0]}"}
        if index is not None:
            resource["index"] = index
        change = {"actions": actions, "after": values, "after_sensitive": secret or {}}
        self.changes.append({**resource, **({"module_address": path} if path else {}), "change": change})
        if actions == ["delete"]:
            change["after"] = None
            return
        planned = {**resource, "schema_version": 0, "values": values, "sensitive_values": secret or {}}
        module = self.planned.setdefault(path, {"resources": []})
        module["resources"].append(planned)

    def content(self, version: str = "1.2") -> dict[str, Any]:
        """Return the plan."""
        root = dict(self.planned.get("", {}))
        children = [{"address": path, **module} for path, module in self.planned.items() if path]
        if children:
            root["child_modules"] = children
        return {
            "format_version": version,
            "terraform_version": "1.9.5",
            "variables": {key: {"value": value} for key, value in self.variables.items()},
            "planned_values": {"root_module": root},
            "resource_changes": self.changes,
            "configuration": {"provider_config": self.providers, "root_module": self.root},
        }

    def write(self, folder: Path, name: str = "plan.json") -> Path:
        """Write the plan on one line, as Terraform does."""
        path = folder / name
        path.write_text(json.dumps(self.content()), encoding="utf-8")
        return path

    def imported(self, folder: Path) -> Imported:
        """Write and import the plan."""
        return import_files([self.write(folder)], seeded_ids(1))


def aws_shop() -> PlanText:
    """A shop on AWS: CDN, API gateway, functions, queue, stream of orders, container services, database, cache."""
    plan = PlanText(aws={"region": "eu-central-1"})
    tags = {"Name": "x", "Team": "shop", "Environment": "prod", "product": "store"}
    plan.module("module.vpc", outputs={"private": ["aws_subnet.private"], "vpc_id": ["aws_vpc.this"]})
    plan.add("module.vpc.aws_vpc.this", {"cidr_block": "10.0.0.0/16", "tags": {"Name": "shop-vpc"}})
    for index, zone in enumerate("abc"):
        plan.add("module.vpc.aws_subnet.private", {"availability_zone": f"eu-central-1{zone}"},
                 {"vpc_id": ["aws_vpc.this.id"]}, indices=[index])  # fmt: skip
    plan.add("module.vpc.aws_nat_gateway.this", {}, indices=[0, 1, 2])
    plan.add("aws_s3_bucket.site", {"bucket": "shop-site", "tags_all": tags})
    plan.add("aws_s3_bucket.uploads", {"bucket": "shop-uploads", "tags_all": tags})
    plan.add("aws_cloudfront_distribution.cdn", {"comment": "Shop CDN", "tags_all": tags},
             {"origin.domain_name": ["aws_s3_bucket.site.bucket_regional_domain_name"],
              "default_cache_behavior.target_origin_id": ["local.origin"]})  # fmt: skip
    plan.add("aws_apigatewayv2_api.api", {"name": "shop-api", "protocol_type": "HTTP"})
    plan.add("aws_apigatewayv2_integration.checkout", {},
             {"api_id": ["aws_apigatewayv2_api.api.id"],
              "integration_uri": ["aws_lambda_function.checkout.invoke_arn"]})  # fmt: skip
    plan.add("aws_lambda_function.checkout",
             {"function_name": "checkout", "memory_size": 512, "timeout": 30, "tags_all": tags},
             {"environment.variables": ["aws_sqs_queue.orders.url", "aws_dynamodb_table.carts.name"],
              "role": ["aws_iam_role.checkout.arn"]})  # fmt: skip
    plan.add("aws_iam_role.checkout", {"name": "checkout"})
    plan.add("aws_iam_role_policy.checkout", {},
             {"role": ["aws_iam_role.checkout.id"],
              "policy": ["data.aws_iam_policy_document.checkout.json"]})  # fmt: skip
    plan.add("data.aws_iam_policy_document.checkout", {},
             {"statement.resources": ["aws_dynamodb_table.carts.arn", "aws_s3_bucket.uploads.arn"]})  # fmt: skip
    plan.add("aws_dynamodb_table.carts", {"name": "carts", "billing_mode": "PAY_PER_REQUEST", "tags_all": tags})
    plan.add("aws_sqs_queue.dead", {"name": "orders-dead"})
    plan.add("aws_sqs_queue.orders", {"name": "orders", "message_retention_seconds": 345600},
             {"redrive_policy": ["aws_sqs_queue.dead.arn"]})  # fmt: skip
    plan.add("aws_lambda_function.worker", {"function_name": "order-worker", "memory_size": 1024})
    plan.add("aws_lambda_event_source_mapping.orders", {"batch_size": 10},
             {"event_source_arn": ["aws_sqs_queue.orders.arn"],
              "function_name": ["aws_lambda_function.worker.arn"]})  # fmt: skip
    plan.add("aws_s3_bucket_notification.uploads", {},
             {"bucket": ["aws_s3_bucket.uploads.id"],
              "lambda_function.lambda_function_arn": ["aws_lambda_function.worker.arn"]})  # fmt: skip
    plan.add("aws_sns_topic.events", {"name": "events"})
    plan.add("aws_sns_topic_subscription.orders", {"protocol": "sqs"},
             {"topic_arn": ["aws_sns_topic.events.arn"], "endpoint": ["aws_sqs_queue.orders.arn"]})  # fmt: skip
    plan.add("aws_cloudwatch_event_rule.nightly", {"name": "nightly", "schedule_expression": "rate(12 hours)"})
    plan.add("aws_cloudwatch_event_target.nightly", {},
             {"rule": ["aws_cloudwatch_event_rule.nightly.name"],
              "arn": ["aws_lambda_function.worker.arn"]})  # fmt: skip
    _add_services(plan, tags)
    plan.add("aws_cloudwatch_log_group.api", {"name": "/shop/api"}, indices=[0, 1])
    plan.add("aws_security_group.db", {"name": "db"},
             {"ingress": ["aws_security_group.admin.id"]})  # fmt: skip
    plan.add("aws_security_group.admin", {"name": "admin"})
    plan.add("aws_instance.admin",
             {"instance_type": "t3.medium", "availability_zone": "eu-central-1a",
              "root_block_device": [{"volume_size": 30}], "tags_all": tags | {"Name": "admin"}},
             {"vpc_security_group_ids": ["aws_security_group.admin.id"]})  # fmt: skip
    return plan


def _add_services(plan: PlanText, tags: dict[str, str]) -> None:
    plan.add("aws_lb.web", {"name": "web", "internal": False, "load_balancer_type": "application"},
             {"subnets": ["module.vpc.private"]})  # fmt: skip
    plan.add("aws_lb_listener.web", {"port": 443},
             {"load_balancer_arn": ["aws_lb.web.arn"],
              "default_action.target_group_arn": ["aws_lb_target_group.web.arn"]})  # fmt: skip
    plan.add("aws_lb_target_group.web", {"port": 8080}, {"vpc_id": ["module.vpc.vpc_id"]})
    plan.add("aws_ecs_cluster.main", {"name": "shop"})
    plan.add("aws_ecs_task_definition.web",
             {"family": "web", "cpu": "1024", "memory": "2048", "requires_compatibilities": ["FARGATE"]},
             {"container_definitions": ["aws_elasticache_replication_group.cache.primary_endpoint_address",
                                        "aws_rds_cluster.orders.endpoint"]})  # fmt: skip
    plan.add("aws_ecs_service.web", {"name": "web", "desired_count": 4, "launch_type": "FARGATE", "tags_all": tags},
             {"cluster": ["aws_ecs_cluster.main.id"], "task_definition": ["aws_ecs_task_definition.web.arn"],
              "load_balancer.target_group_arn": ["aws_lb_target_group.web.arn"],
              "network_configuration.subnets": ["module.vpc.private"]})  # fmt: skip
    plan.add("aws_appautoscaling_target.web", {"min_capacity": 4, "max_capacity": 12, "service_namespace": "ecs"},
             {"resource_id": ["aws_ecs_cluster.main.name", "aws_ecs_service.web.name"]})  # fmt: skip
    plan.add("aws_rds_cluster.orders",
             {"cluster_identifier": "orders", "engine": "aurora-postgresql", "tags_all": tags},
             {"vpc_security_group_ids": ["aws_security_group.db.id"]}, secret={"master_password": True})  # fmt: skip
    plan.add("aws_rds_cluster_instance.orders", {"instance_class": "db.m6g.large", "engine": "aurora-postgresql"},
             {"cluster_identifier": ["aws_rds_cluster.orders.id"]}, indices=[0, 1])  # fmt: skip
    plan.add("aws_elasticache_replication_group.cache",
             {"replication_group_id": "sessions", "engine": "redis", "node_type": "cache.m7g.large",
              "num_cache_clusters": 2})  # fmt: skip
    plan.add("aws_launch_template.gpu", {"instance_type": "g5.xlarge", "name": "gpu"})
    plan.add("aws_autoscaling_group.llm",
             {"name": "llm-inference", "desired_capacity": 2, "min_size": 1, "max_size": 4},
             {"launch_template.id": ["aws_launch_template.gpu.id"],
              "vpc_zone_identifier": ["module.vpc.private"]})  # fmt: skip


def cells(count: int) -> PlanText:
    """A plan of five resources a cell, fifty cells a module: function, role, policy, queue, table."""
    plan = PlanText(aws={"region": "us-east-1"})
    filler = {f"attribute_{number}": "value " * 4 for number in range(40)}
    for cell in range(count):
        module, name = f"module.m{cell // 50}", f"c{cell}"
        if cell % 50 == 0:
            plan.module(module)
        plan.add(f"{module}.aws_sqs_queue.{name}", {"name": f"q-{name}", **filler})
        plan.add(f"{module}.aws_dynamodb_table.{name}", {"name": f"t-{name}", **filler})
        plan.add(f"{module}.aws_iam_role.{name}", {"name": f"r-{name}", **filler})
        plan.add(f"{module}.aws_iam_role_policy.{name}", filler,
                 {"role": [f"aws_iam_role.{name}.id"], "policy": [f"aws_dynamodb_table.{name}.arn"]})  # fmt: skip
        plan.add(f"{module}.aws_lambda_function.{name}", {"function_name": f"f-{name}", "memory_size": 256, **filler},
                 {"environment.variables": [f"aws_sqs_queue.{name}.url"],
                  "role": [f"aws_iam_role.{name}.arn"]})  # fmt: skip
    return plan
