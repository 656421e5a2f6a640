"""Budgets as Terraform: one `.tf.json` with the budget resources of AWS, Google Cloud and Azure.

Resources: aws_budgets_budget (provider hashicorp/aws ≥ 4), google_billing_budget (hashicorp/google ≥ 5) and
azurerm_consumption_budget_subscription (hashicorp/azurerm ≥ 3). What no resource can say stands in a comment (`//`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from models.design.kinds import value_of
from models.evaluation import Evaluation
from models.frameworks.cost_optimization.ledger import WHOLE_PLAN
from models.frameworks.cost_optimization.provider_budgets import ProviderBudget, provider_budgets

ALERT_SHARE = 0.8
MAIL = "${var.budget_alert_email}"
Json = dict[str, Any]


def budgets_text(evaluation: Evaluation) -> str:
    """Return the budgets as Terraform JSON; empty when the plan has none that a cloud can watch."""
    found, plan = provider_budgets(evaluation), evaluation.design.brief.name or "Plan"
    resources: dict[str, Json] = {}
    notes: list[str] = [
        f"Budgets of the plan “{plan}”, month {evaluation.month}, in USD. "
        "A limit that several providers share is split in proportion to what each bills of it."
    ]
    used: set[str] = set()
    for budget in found:
        made = _RESOURCES.get(budget.provider)
        if made is None:
            notes.append(f"“{budget.name}” at {budget.provider}: ${budget.limit:,.0f} a month; watch it by hand.")
            continue
        kind, body = made
        resources.setdefault(kind, {})[_label(f"{budget.name} {budget.provider}", used)] = {
            "//": _words(budget),
            **body(plan if budget.name == WHOLE_PLAN else budget.name, budget),
        }
    if not resources:
        return ""
    document = {"//": " ".join(notes), "variable": _variables(evaluation, set(resources)), "resource": resources}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _words(budget: ProviderBudget) -> str:
    words = f"“{budget.name}”: {budget.share:.0%} of it is expected at {budget.provider}"
    if budget.inside:
        words += f"; the provider does not know “{budget.inside}”: give it an account or a tag of its own to filter by"
    return words + "."


def _label(text: str, used: set[str]) -> str:
    """Return a Terraform name that is not used yet."""
    base = re.sub(r"[^a-z0-9_]+", "_", text.casefold()).strip("_") or "budget"
    base = base if base[0].isalpha() else f"budget_{base}"
    name, number = base, 1
    while name in used:
        number += 1
        name = f"{base}_{number}"
    used.add(name)
    return name


def _variables(evaluation: Evaluation, kinds: set[str]) -> Json:
    start = str(value_of(evaluation.design.brief, "go_live") or "")[:7]
    found: Json = {"budget_alert_email": {"type": "string", "description": "Who is told when a budget is used up."}}
    if "google_billing_budget" in kinds:
        found["billing_account"] = {"type": "string", "description": "Id of the Google Cloud billing account."}
    if "azurerm_consumption_budget_subscription" in kinds:
        found["subscription_id"] = {"type": "string", "description": "Resource id of the Azure subscription."}
        found["budget_start"] = {
            "type": "string",
            "description": "First day of a month, not in the past, as 2026-12-01T00:00:00Z.",
        }
        if re.fullmatch(r"\d{4}-\d{2}", start):
            found["budget_start"]["default"] = f"{start}-01T00:00:00Z"
    return found


def _aws(title: str, budget: ProviderBudget) -> Json:
    def alert(kind: str, percent: float) -> Json:
        return {
            "comparison_operator": "GREATER_THAN",
            "threshold": percent,
            "threshold_type": "PERCENTAGE",
            "notification_type": kind,
            "subscriber_email_addresses": [MAIL],
        }

    body: Json = {
        "name": title.replace("=", " "),
        "budget_type": "COST",
        "limit_amount": f"{budget.limit:.2f}",
        "limit_unit": "USD",
        "time_unit": "MONTHLY",
        "notification": [alert("ACTUAL", ALERT_SHARE * 100), alert("FORECASTED", 100.0)],
    }
    if budget.tag[0]:
        body["cost_filter"] = [{"name": "TagKeyValue", "values": [f"user:{budget.tag[0]}${budget.tag[1]}"]}]
    return body


def _gcp(title: str, budget: ProviderBudget) -> Json:
    body: Json = {
        "billing_account": "${var.billing_account}",
        "display_name": title[:60],
        "amount": [{"specified_amount": [{"currency_code": "USD", "units": f"{round(budget.limit)}"}]}],
        "threshold_rules": [
            {"threshold_percent": ALERT_SHARE, "spend_basis": "CURRENT_SPEND"},
            {"threshold_percent": 1.0, "spend_basis": "FORECASTED_SPEND"},
        ],
    }
    if budget.tag[0]:
        body["budget_filter"] = [{"labels": {_gcp_label(budget.tag[0]): _gcp_label(budget.tag[1])}}]
    return body


def _gcp_label(text: str) -> str:
    """Return a text as Google Cloud writes labels: lower-case letters, digits, _ and -, at most 63."""
    return re.sub(r"[^a-z0-9_-]", "_", text.casefold())[:63]


def _azure(title: str, budget: ProviderBudget) -> Json:
    def alert(kind: str, percent: int) -> Json:
        return {
            "enabled": True,
            "threshold": percent,
            "operator": "GreaterThan",
            "threshold_type": kind,
            "contact_emails": [MAIL],
        }

    body: Json = {
        "name": re.sub(r"[^A-Za-z0-9_-]+", "-", title)[:63],
        "subscription_id": "${var.subscription_id}",
        "amount": round(budget.limit, 2),
        "time_grain": "Monthly",
        "time_period": [{"start_date": "${var.budget_start}"}],
        "notification": [alert("Actual", round(ALERT_SHARE * 100)), alert("Forecasted", 100)],
    }
    if budget.tag[0]:
        body["filter"] = [{"tag": [{"name": budget.tag[0], "values": [budget.tag[1]]}]}]
    return body


_RESOURCES: Mapping[str, tuple[str, Callable[[str, ProviderBudget], Json]]] = {
    "aws": ("aws_budgets_budget", _aws),
    "gcp": ("google_billing_budget", _gcp),
    "azure": ("azurerm_consumption_budget_subscription", _azure),
}
