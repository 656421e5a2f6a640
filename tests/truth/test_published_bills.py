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

from models.catalog.catalog import load_catalog
from models.evaluation.bill import tiered

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
    ("gcp", r"google_logging", r"^Logging data", "logs_ingest"),
    ("azure", r"azurerm_function_app", r"^Execution time", "function_compute"),
    ("azure", r"azurerm_function_app", r"^Executions", "function_requests"),
    ("azure", r"azurerm_nat_gateway", r"^NAT gateway", "nat_gateway"),
    ("azure", r"azurerm_dns", r"^DNS queries", "dns_queries"),
    ("azure", r"azurerm_kubernetes_cluster", r"^Uptime SLA", "kubernetes_cluster"),
)
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
            usable = row["precision"] == "ok" and ";" not in row["regions_in_tf"] and "," not in row["regions_in_tf"]
            if what and usable and row["monthly_cost_usd"]:
                key = (provider, row["regions_in_tf"], row["test"], row["resource"], *what, row["component"][:9])
                sums[key][0] += float(row["monthly_qty"])
                sums[key][1] += float(row["monthly_cost_usd"])
    for (provider, region, _, _, name, kind, _), (quantity, usd) in sums.items():
        yield Case(provider, region, name, kind == "machine", quantity, usd)


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
        return None if price is None else price.value * case.quantity
    unit = catalog.unit_price(case.provider, case.region, case.what)
    if unit is None or unit.status == "estimate":
        return None
    return float(tiered(unit, np.array([case.quantity]))[0])


@pytest.fixture(scope="module")
def compared() -> list[tuple[Case, float | None]]:
    return [(case, ours(case)) for case in cases()]


def test_the_plan_equals_the_published_cost_of_every_service_case(compared: list[tuple[Case, float | None]]) -> None:
    services = [(case, mine) for case, mine in compared if not case.is_machine]
    assert len(services) >= 70
    for case, mine in services:
        assert mine == pytest.approx(case.usd, rel=0.01), case


def test_machines_equal_the_published_cost_or_differ_for_a_known_reason(
    compared: list[tuple[Case, float | None]],
) -> None:
    """Google's published cases take the sustained-use discount (30 % on N1, 20 % on N2); the list price does not."""
    machines = [(case, mine) for case, mine in compared if case.is_machine and mine is not None]
    reasons: Counter[str] = Counter()
    for case, mine in machines:
        ratio = case.usd / mine
        sustained = case.provider == "gcp" and min(abs(ratio - 0.7), abs(ratio - 0.8)) < 0.005
        reasons["equal" if abs(ratio - 1.0) <= 0.01 else "sustained use" if sustained else "price changed"] += 1
    assert reasons["price changed"] <= 1
    assert reasons["equal"] + reasons["sustained use"] >= 83


def test_the_share_that_is_priced_and_equal(compared: list[tuple[Case, float | None]]) -> None:
    """76 % of the cases equal, 17 % are machines or regions that the catalog does not price, 7 % differ as above."""
    equal = sum(mine is not None and abs(mine / case.usd - 1.0) <= 0.01 for case, mine in compared if case.usd)
    unknown = sum(mine is None for _, mine in compared)
    assert equal / len(compared) >= 0.75
    assert unknown / len(compared) <= 0.18
