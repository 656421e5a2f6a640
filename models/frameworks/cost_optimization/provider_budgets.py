"""Budgets as the clouds can watch them: each budget of the plan cut to what one provider bills of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.evaluation import Evaluation
from models.frameworks.cost_optimization.ledger import WHOLE_PLAN
from models.frameworks.cost_optimization.view import view


class ProviderBudget(NamedTuple):
    """A monthly budget at one provider.

    Attributes:
        name: of the budget in the plan. limit: USD per month for this provider.
        share: the provider's part of what the budget is expected to pay, people and support taken off the limit.
        tag: (key, value) that the provider filters by; empty texts for all cost.
        inside: name of the boundary it holds for, which no provider knows; empty = none.
    """

    name: str
    provider: str
    limit: float
    share: float
    tag: tuple[str, str]
    inside: str


def provider_budgets(evaluation: Evaluation) -> tuple[ProviderBudget, ...]:
    """Return the budgets of the plan by provider; a budget without cost at a provider is left out.

    The limit is split in proportion to the cost of the shown month: what people, support and other environments are
    expected to cost stays with the plan, because no provider bills it under the budget's tag.
    """
    seen = view(evaluation)
    nodes = evaluation.pipeline.nodes
    first = np.unique(nodes.row_node, return_index=True)[1] if len(nodes.row_node) else np.zeros(0, dtype=int)
    of_node = [nodes.place_list[place].provider for place in nodes.places[first].tolist()]
    providers = np.array([*of_node, ""])[np.minimum(seen.charges.payer, len(of_node))]
    owned = seen.charges.by_owner()
    found = []
    for budget in seen.limits:
        if budget.problem:
            continue
        cost = owned * budget.members
        whole = float(cost.sum())
        key, equals, value = budget.name.partition("=")
        tag = (key.strip(), value.strip()) if equals and budget.name != WHOLE_PLAN else ("", "")
        inside = "" if tag[0] or budget.name == WHOLE_PLAN else budget.name
        for provider in sorted(set(providers.tolist()) - {""}):
            share = float(cost[providers == provider].sum()) / whole if whole > 0 else 0.0
            if share > 0:
                found.append(ProviderBudget(budget.name, provider, budget.limit * share, share, tag, inside))
    return tuple(found)
