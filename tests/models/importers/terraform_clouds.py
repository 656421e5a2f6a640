"""Plans for Google Cloud, Azure and Kubernetes, as `terraform show -json` writes them."""

from __future__ import annotations

import json
from typing import Any

from tests.models.importers.terraform_plans import PlanText


def google_assistant() -> PlanText:
    """An assistant on Google Cloud: load balancer, Cloud Run, Pub/Sub, Cloud SQL, GKE with a pool of L4."""
    plan = PlanText(google={"project": "acme-prod", "region": "europe-west1"})
    labels = {"team": "assistant", "environment": "prod"}
    plan.add("google_compute_network.main", {"name": "main"})
    plan.add("google_compute_subnetwork.gke", {"name": "gke", "region": "europe-west1"},
             {"network": ["google_compute_network.main.id"]})  # fmt: skip
    plan.add("google_compute_global_forwarding_rule.web", {"name": "web", "load_balancing_scheme": "EXTERNAL_MANAGED"},
             {"target": ["google_compute_target_https_proxy.web.id"]})  # fmt: skip
    plan.add("google_compute_target_https_proxy.web", {"name": "web"}, {"url_map": ["google_compute_url_map.web.id"]})
    plan.add("google_compute_url_map.web", {"name": "web"},
             {"default_service": ["google_compute_backend_service.web.id"]})  # fmt: skip
    plan.add("google_compute_backend_service.web", {"name": "web"},
             {"backend.group": ["google_compute_region_network_endpoint_group.web.id"]})  # fmt: skip
    plan.add("google_compute_region_network_endpoint_group.web", {"name": "web"},
             {"cloud_run.service": ["google_cloud_run_v2_service.api.name"]})  # fmt: skip
    container = {"image": "europe-docker.pkg.dev/acme/api", "resources": [{"limits": {"cpu": "2", "memory": "4Gi"}}],
                 "env": [{"name": "MODE", "value": "prod"}]}  # fmt: skip
    plan.add("google_cloud_run_v2_service.api",
             {"name": "api", "location": "europe-west1", "ingress": "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
              "labels": labels, "template": [{"containers": [container],
                                              "scaling": [{"min_instance_count": 2, "max_instance_count": 20}]}]},
             {"template.containers.env.value": ["google_sql_database_instance.main.connection_name",
                                                "google_pubsub_topic.jobs.id"],
              "template.service_account": ["google_service_account.api.email"]})  # fmt: skip
    plan.add("google_service_account.api", {"account_id": "api"})
    plan.add("google_storage_bucket_iam_member.api", {"role": "roles/storage.objectUser"},
             {"bucket": ["google_storage_bucket.files.name"],
              "member": ["google_service_account.api.email"]})  # fmt: skip
    plan.add("google_storage_bucket.files", {"name": "acme-files", "location": "EUROPE-WEST1"})
    plan.add("google_sql_database_instance.main",
             {"name": "main", "region": "europe-west1", "database_version": "POSTGRES_16",
              "settings": [{"tier": "db-custom-4-16384", "disk_size": 250, "availability_type": "REGIONAL",
                            "user_labels": labels}]})  # fmt: skip
    plan.add("google_pubsub_topic.jobs", {"name": "jobs"})
    plan.add("google_pubsub_subscription.jobs", {"name": "jobs"},
             {"topic": ["google_pubsub_topic.jobs.name"],
              "push_config.push_endpoint": ["google_cloudfunctions2_function.ingest.url"]})  # fmt: skip
    plan.add("google_cloudfunctions2_function.ingest",
             {"name": "ingest", "location": "europe-west1",
              "service_config": [{"available_memory": "512M", "timeout_seconds": 60, "max_instance_count": 10}]},
             {"service_config.environment_variables": ["google_bigquery_dataset.events.dataset_id"]})  # fmt: skip
    plan.add("google_bigquery_dataset.events", {"dataset_id": "events", "location": "EU"})
    plan.add("google_cloud_scheduler_job.refresh", {"name": "refresh", "schedule": "0 */6 * * *"},
             {"pubsub_target.topic_name": ["google_pubsub_topic.jobs.id"]})  # fmt: skip
    plan.add("google_container_cluster.ai",
             {"name": "ai", "location": "europe-west1", "remove_default_node_pool": True, "initial_node_count": 1},
             {"subnetwork": ["google_compute_subnetwork.gke.id"]})  # fmt: skip
    plan.add("google_container_node_pool.llm",
             {"name": "llm", "node_config": [{"machine_type": "g2-standard-8", "spot": True}], "node_count": 2,
              "autoscaling": [{"min_node_count": 1, "max_node_count": 6}]},
             {"cluster": ["google_container_cluster.ai.id"]})  # fmt: skip
    plan.add("google_redis_instance.cache",
             {"name": "cache", "tier": "STANDARD_HA", "memory_size_gb": 13, "region": "europe-west1"})  # fmt: skip
    plan.add("google_secret_manager_secret.key", {"secret_id": "key"}, indices=["a-key", "b-key", "c-key"])
    return plan


def azure_claims() -> PlanText:
    """Claims handling on Azure: Front Door, web app, functions, Service Bus, PostgreSQL, OpenAI, AKS."""
    plan = PlanText(azurerm={"subscription_id": "11111111-2222"})
    place = {"location": "West Europe"}
    tags = {"Team": "claims", "product": "claims", "environment": "prod"}
    plan.add("azurerm_resource_group.main", {"name": "claims", **place})
    plan.add("azurerm_cdn_frontdoor_profile.main", {"name": "claims"})
    plan.add("azurerm_cdn_frontdoor_endpoint.main", {"name": "claims-edge"},
             {"cdn_frontdoor_profile_id": ["azurerm_cdn_frontdoor_profile.main.id"]})  # fmt: skip
    plan.add("azurerm_cdn_frontdoor_origin_group.web", {"name": "web"})
    plan.add("azurerm_cdn_frontdoor_origin.web", {"name": "web"},
             {"cdn_frontdoor_origin_group_id": ["azurerm_cdn_frontdoor_origin_group.web.id"],
              "host_name": ["azurerm_linux_web_app.portal.default_hostname"]})  # fmt: skip
    plan.add("azurerm_cdn_frontdoor_route.web", {"name": "web"},
             {"cdn_frontdoor_endpoint_id": ["azurerm_cdn_frontdoor_endpoint.main.id"],
              "cdn_frontdoor_origin_group_id": ["azurerm_cdn_frontdoor_origin_group.web.id"]})  # fmt: skip
    plan.add(
        "azurerm_service_plan.web", {"name": "web", "sku_name": "P1v3", "worker_count": 3, "os_type": "Linux", **place}
    )
    plan.add("azurerm_linux_web_app.portal",
             {"name": "portal", **place, "tags": tags, "app_settings": {"MODE": "prod"}},
             {"service_plan_id": ["azurerm_service_plan.web.id"],
              "app_settings": ["azurerm_postgresql_flexible_server.claims.fqdn",
                               "azurerm_servicebus_namespace.main.endpoint"]},
             secret={"app_settings": True})  # fmt: skip
    plan.add("azurerm_servicebus_namespace.main", {"name": "claims-bus", "sku": "Standard", **place})
    plan.add("azurerm_servicebus_queue.claims", {"name": "claims"},
             {"namespace_id": ["azurerm_servicebus_namespace.main.id"]})  # fmt: skip
    plan.add("azurerm_linux_function_app.extract", {"name": "extract", **place},
             {"app_settings": ["azurerm_cognitive_account.openai.endpoint", "azurerm_storage_account.files.name"],
              "identity": ["azurerm_user_assigned_identity.extract.id"]})  # fmt: skip
    plan.add("azurerm_user_assigned_identity.extract", {"name": "extract", **place})
    plan.add("azurerm_role_assignment.search", {"role_definition_name": "Search Index Data Reader"},
             {"principal_id": ["azurerm_user_assigned_identity.extract.principal_id"],
              "scope": ["azurerm_search_service.docs.id"]})  # fmt: skip
    plan.add("azurerm_search_service.docs", {"name": "docs", "sku": "standard", "replica_count": 2, **place})
    plan.add("azurerm_storage_account.files", {"name": "claimsfiles", **place})
    plan.add("azurerm_eventgrid_system_topic.files", {"name": "files", **place},
             {"source_arm_resource_id": ["azurerm_storage_account.files.id"]})  # fmt: skip
    plan.add("azurerm_eventgrid_system_topic_event_subscription.files", {"name": "files"},
             {"system_topic": ["azurerm_eventgrid_system_topic.files.name"],
              "azure_function_endpoint.function_id": ["azurerm_linux_function_app.extract.id"]})  # fmt: skip
    plan.add(
        "azurerm_cognitive_account.openai", {"name": "claims-openai", "kind": "OpenAI", "location": "swedencentral"}
    )
    plan.add("azurerm_cognitive_deployment.gpt",
             {"name": "gpt", "model": [{"name": "gpt-4.1-mini", "format": "OpenAI"}]},
             {"cognitive_account_id": ["azurerm_cognitive_account.openai.id"]})  # fmt: skip
    plan.add("azurerm_postgresql_flexible_server.claims",
             {"name": "claims-db", "sku_name": "GP_Standard_D4ds_v5", "storage_mb": 262144, **place,
              "high_availability": [{"mode": "ZoneRedundant"}], "tags": tags},
             secret={"administrator_password": True})  # fmt: skip
    plan.add("azurerm_kubernetes_cluster.main",
             {"name": "claims-aks", **place,
              "default_node_pool": [{"vm_size": "Standard_D4s_v5", "node_count": 3}]})  # fmt: skip
    plan.add("azurerm_kubernetes_cluster_node_pool.gpu",
             {"name": "gpu", "vm_size": "Standard_NC4as_T4_v3", "node_count": 2},
             {"kubernetes_cluster_id": ["azurerm_kubernetes_cluster.main.id"]})  # fmt: skip
    plan.add("azurerm_firewall.main", {"name": "hub", "sku_tier": "Premium", **place})
    return plan


def eks_pods() -> PlanText:
    """A cluster on AWS with a node group, deployments, a service, an ingress and a chart."""
    plan = PlanText(aws={"region": "us-east-1"}, kubernetes={})
    plan.add("aws_eks_cluster.main", {"name": "main"})
    plan.add("aws_eks_node_group.main",
             {"node_group_name": "general", "instance_types": ["m5.xlarge"],
              "scaling_config": [{"desired_size": 3, "min_size": 2, "max_size": 6}]},
             {"cluster_name": ["aws_eks_cluster.main.name"]})  # fmt: skip
    plan.add("kubernetes_deployment.web", _deployment("web", "acme/web", {"ORDERS_URL": "http://orders:8080"}, 2))
    plan.add("kubernetes_deployment.orders", _deployment("orders", "acme/orders", {"DB": "x"}, 3))
    plan.add("kubernetes_service.orders",
             {"metadata": [{"name": "orders"}],
              "spec": [{"selector": {"app": "orders"}, "type": "ClusterIP"}]})  # fmt: skip
    plan.add("kubernetes_service.web",
             {"metadata": [{"name": "web"}],
              "spec": [{"selector": {"app": "web"}, "type": "LoadBalancer"}]})  # fmt: skip
    plan.add("helm_release.redis", {"name": "sessions-redis", "chart": "redis", "version": "19.0.1"})
    plan.add("kubernetes_namespace.shop", {"metadata": [{"name": "shop"}]})
    return plan


def _deployment(name: str, image: str, variables: dict[str, str], replicas: int) -> dict[str, Any]:
    container = {
        "name": name,
        "image": image,
        "env": [{"name": key, "value": value} for key, value in variables.items()],
        "resources": [{"requests": {"cpu": "500m", "memory": "1Gi"}}],
    }
    pod = {"metadata": [{"labels": {"app": name}}], "spec": [{"container": [container]}]}
    return {"metadata": [{"name": name}], "spec": [{"replicas": str(replicas), "template": [pod]}]}


def state_file() -> str:
    """Return a state file as Terraform keeps it: an instance, a queue, a function that names the queue."""
    queue = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"

    def instance(attributes: dict[str, Any], secret: tuple[str, ...] = (), index: int | None = None) -> dict[str, Any]:
        paths = [[{"type": "get_attr", "value": name}] for name in secret]
        found = {"schema_version": 1, "attributes": attributes, "sensitive_attributes": paths}
        return found if index is None else {**found, "index_key": index}

    def resource(kind: str, name: str, *instances: dict[str, Any]) -> dict[str, Any]:
        provider = 'provider["registry.terraform.io/hashicorp/aws"]'
        return {"mode": "managed", "type": kind, "name": name, "provider": provider, "instances": list(instances)}

    arn = "arn:aws:sqs:eu-west-1:123456789012:orders"
    machine = {"instance_type": "m5.large", "availability_zone": "eu-west-1a", "tags": {"Name": "web"}}
    resources = [
        resource("aws_instance", "web", instance(machine, index=0), instance(machine, index=1)),
        resource("aws_sqs_queue", "orders", instance({"name": "orders", "arn": arn, "id": queue, "url": queue})),
        resource(
            "aws_lambda_function",
            "place",
            instance({"function_name": "place-order", "memory_size": 256,
                      "environment": [{"variables": {"QUEUE_URL": queue}}],
                      "arn": "arn:aws:lambda:eu-west-1:123456789012:function:place-order"}),
        ),
        resource(
            "aws_db_instance",
            "main",
            instance({"identifier": "main", "instance_class": "db.m6g.large", "engine": "postgres",
                      "availability_zone": "eu-west-1a", "password": "s3cret-Pa55", "allocated_storage": 100},
                     ("password",)),
        ),
    ]  # fmt: skip
    return json.dumps({"version": 4, "terraform_version": "1.9.5", "serial": 7, "lineage": "x", "resources": resources})
