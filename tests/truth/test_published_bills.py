"""Monthly costs of resources that another estimator published, against the bill's arithmetic on the shipped prices.

A resource case is one resource with its quantities. Cases whose item or machine the catalog prices are compared to 1 %;
the rest is listed by the reason why it differs, and the shares are held so that neither gets worse unseen.
"""

import csv
import gzip
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from models.analyses.commitments import sustained_use_share
from models.catalog.catalog import load_catalog
from models.evaluation.bill import HOURS_PER_MONTH, tiered

GOLDEN = Path(__file__).parents[3] / "shared" / "data" / "noncompute" / "infracost_golden_unit_prices.csv.gz"
pytestmark = pytest.mark.skipif(not GOLDEN.is_file(), reason="the collected data are not beside the project")

ITEMS = (
    ("aws", r"aws_sqs_queue\.", r"^Requests", "queue_requests"),
    ("aws", r"aws_lambda_function\.", r"^Requests", "function_requests"),
    ("aws", r"aws_lambda_function\.", r"^Duration", "function_compute"),
    ("aws", r"aws_nat_gateway\.", r"^NAT gateway", "nat_gateway"),
    ("aws", r"aws_nat_gateway\.", r"^Data processed", "nat_processing"),
    ("aws", r"aws_eks_cluster\.", r"^EKS cluster$", "kubernetes_cluster"),
    ("aws", r"aws_api_gateway_rest_api\.", r"^Requests", "api_gateway_requests"),
    ("aws", r"aws_s3_bucket\.", r"^Standard > Storage", "object_storage"),
    ("aws", r"aws_secretsmanager_secret\.", r"^Secret", "secrets"),
    ("aws", r"aws_route53_zone\.", r"^Hosted zone", "dns_zone"),
    ("aws", r"aws_lb\.|aws_alb\.", r"^Application load balancer", "load_balancer"),
    ("aws", r"aws_cloudwatch_log_group\.", r"^Data ingested", "logs_ingest"),
    ("aws", r"aws_ecr_repository\.", r"^Storage", "container_registry"),
    ("aws", r"", r"Storage \(general purpose SSD, gp3\)", "block_storage"),
    ("aws", r"aws_dynamodb_table\.", r"^Data storage", "key_value_storage"),
    ("gcp", r"", r"^Cluster management fee", "kubernetes_cluster"),
    ("gcp", r"google_dns_managed_zone", r"^Managed zone", "dns_zone"),
    ("gcp", r"google_secret_manager", r"^Active secret", "secrets"),
    ("gcp", r"google_compute_router_nat", r"^Data processed", "nat_processing"),
    ("gcp", r"google_sql_database_instance", r"^vCPUs \(\d+, zonal\)", "managed_relational_vcpu"),
    ("gcp", r"google_sql_database_instance", r"^Memory \([\d.]+ GB, zonal\)", "managed_relational_memory"),
    ("gcp", r"google_sql_database_instance", r"^Storage \(SSD, zonal\)", "relational_storage"),
    ("gcp", r"google_artifact_registry_repository", r"^Storage", "container_registry"),
    ("azure", r"azurerm_postgresql_flexible_server", r"^Storage", "relational_storage"),
    ("azure", r"azurerm_mysql_flexible_server", r"^Storage", "relational_storage"),
    ("aws", r"aws_db_instance\.", r"^Storage \(general purpose SSD, gp[23]\)", "relational_storage"),
    ("gcp", r"google_logging", r"^Logging data", "logs_ingest"),
    ("azure", r"azurerm_function_app", r"^Execution time", "function_compute"),
    ("azure", r"azurerm_function_app", r"^Executions", "function_requests"),
    ("azure", r"azurerm_nat_gateway", r"^NAT gateway", "nat_gateway"),
    ("azure", r"azurerm_dns", r"^DNS queries", "dns_queries"),
    ("azure", r"azurerm_kubernetes_cluster", r"^Uptime SLA", "kubernetes_cluster"),
)
MACHINE_TYPE = re.compile(r"Standard_|Basic_|[a-z]\d[a-z]?[.-]")
MACHINE = re.compile(r"Instance usage \(Linux(?:/UNIX, on-demand|, pay as you go), ([\w.-]+)\)$")


class Case(NamedTuple):
    """One resource: `what` is an item or a machine type, `quantity` in its pricing unit, published USD per month."""

    provider: str
    region: str
    what: str
    is_machine: bool
    quantity: float
    usd: float


def cases() -> Iterator[Case]:
    """Yield the cases; rows of one resource that price one item in tiers are one case."""
    sums: dict[tuple[str, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
    with gzip.open(GOLDEN, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            provider = {"google": "gcp"}.get(row["provider"], row["provider"])
            what = _what(provider, row["resource"], row["component"])
            region = _region(row["regions_in_tf"], row["resource"])
            if what and region and row["precision"] == "ok" and row["monthly_cost_usd"]:
                key = (provider, region, row["test"], row["resource"], *what, row["component"][:9])
                hours = HOURS_PER_MONTH if what[0] == "managed_relational_memory" else 1.0
                sums[key][0] += float(row["monthly_qty"]) * hours
                sums[key][1] += float(row["monthly_cost_usd"])
    for (provider, region, _, _, name, kind, _), (quantity, usd) in sums.items():
        yield Case(provider, region, name, kind == "machine", quantity, usd)


def _region(stated: str, resource: str) -> str:
    """Return the one region of a case, empty when its file names several.

    “Dynamic” is the allocation of an address. Azure's compute instances for machine learning state no region, and the
    published cases price them in the estimator's default, East US.
    """
    regions = {part for part in re.split("[;,]", stated) if part != "Dynamic"}
    if resource.startswith("azurerm_machine_learning_compute_instance"):
        return "eastus"
    return regions.pop().lower().replace(" ", "") if len(regions) == 1 else ""


def _what(provider: str, resource: str, component: str) -> tuple[str, str] | None:
    machine = MACHINE.search(component)
    if machine:
        return machine[1], "machine"
    for owner, like, part, item in ITEMS:
        if owner == provider and re.search(like, resource) and re.search(part, component):
            return item, "item"
    return None


def ours(case: Case) -> float | None:
    """Return what the shipped prices say, or None where the catalog has no price of that region."""
    catalog = load_catalog()
    if case.is_machine:
        price = catalog.instance_price(case.provider, case.region, case.what)
        if price is None:
            return None
        rule = catalog.sustained_use(case.provider, case.what)
        off = sustained_use_share(case.quantity / HOURS_PER_MONTH, rule.discount) if rule is not None else 0.0
        return price.value * case.quantity * (1.0 - float(off))
    unit = catalog.unit_price(case.provider, case.region, case.what)
    if unit is None or unit.status == "estimate":
        return None
    return float(tiered(unit, np.array([case.quantity]))[0])


@pytest.fixture(scope="module")
def compared() -> list[tuple[Case, float | None]]:
    return [(case, ours(case)) for case in cases()]


def test_the_plan_equals_the_published_cost_of_every_service_case(compared: list[tuple[Case, float | None]]) -> None:
    services = [(case, mine) for case, mine in compared if not case.is_machine and mine is not None]
    assert len(services) >= 290
    for case, mine in services:
        assert mine == pytest.approx(case.usd, rel=0.01), case


def test_machines_equal_the_published_cost_but_for_one_old_price(compared: list[tuple[Case, float | None]]) -> None:
    """Google's cases take the discount for sustained use. One case prices four c4.large of 2024 at 0.113 USD per hour
    in Ireland; our list of 2026 has 0.125."""
    machines = [(case, mine) for case, mine in compared if case.is_machine and mine is not None]
    assert len(machines) >= 140
    different = [case for case, mine in machines if mine != pytest.approx(case.usd, rel=0.01)]
    assert [(case.region, case.what) for case in different] == [("eu-west-1", "c4.large")]


def test_the_share_that_is_priced_and_equal(compared: list[tuple[Case, float | None]]) -> None:
    """81 % of 539 cases are equal, one differs, and 18 % are machines of old or special families (f1-micro, m3, r3,
    NC, NV, H, M, confidential computing) or regions of storage that the catalog does not price."""
    equal = sum(mine is not None and abs(mine / case.usd - 1.0) <= 0.01 for case, mine in compared if case.usd)
    unknown = Counter((case.provider, case.what) for case, mine in compared if mine is None)
    assert len(compared) >= 530
    assert equal / len(compared) >= 0.81
    assert unknown.total() / len(compared) <= 0.185
    services = {what for (_, what), _ in unknown.items() if not MACHINE_TYPE.match(what)}
    assert services == {"relational_storage"}
