"""Truth adapters: cost."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from models.analyses import commitments, cost
from models.analyses.bills import bill_totals, read_text

FOCUS_FOLDER = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "focus"


def _first(inputs: dict[str, Any], *names: str, default: Any = None) -> Any:
    return next((inputs[name] for name in names if inputs.get(name) is not None), default)


def _rates(inputs: dict[str, Any]) -> tuple[float, float]:
    on_demand = float(_first(inputs, "on_demand_rate", default=1.0))
    committed = _first(inputs, "committed_rate")
    if committed is None:
        committed = float(_first(inputs, "committed_rate_over_ondemand", "discount_ratio")) * on_demand
    return float(committed), on_demand


def _best(inputs: dict[str, Any]) -> commitments.Commitment:
    rates = _rates(inputs)
    kind = str(_first(inputs, "demand_distribution", "distribution", default="")).lower()
    values = _first(inputs, "demand_values", "values", "demand")
    shares = _first(inputs, "demand_probabilities", "probabilities", "pmf")
    trace = _first(inputs, "demand_trace", "trace", "hourly_demand", "demand_samples", "samples")
    if kind == "normal":
        return commitments.best_for_normal(*rates, float(inputs["mean"]), float(_first(inputs, "sd", "std", "sigma")))
    if kind == "poisson":
        return commitments.best_for_poisson(*rates, float(_first(inputs, "mean", "lambda")))
    if isinstance(values, dict):
        return commitments.best_for_distribution(*rates, [float(key) for key in values], list(values.values()))
    if shares is not None:
        levels = values if values is not None else list(range(len(shares)))
        return commitments.best_for_distribution(*rates, levels, shares)
    if kind.startswith("uniform"):
        low, high = (float(_first(inputs, *names)) for names in (("low", "min", "lo"), ("high", "max", "hi")))
        if "discrete" in kind or "int" in kind:
            levels = np.arange(low, high + 1.0)
            return commitments.best_for_distribution(*rates, levels, np.full(levels.size, 1.0 / levels.size))
        level = low + (1.0 - rates[0] / rates[1]) * (high - low)
        overflow = (high - level) ** 2 / (2.0 * (high - low))
        return commitments.Commitment(level, rates[0] * level + rates[1] * overflow)
    return commitments.best_for_trace(*rates, trace if trace is not None else values)


def commitment_optimum(inputs: dict[str, Any]) -> dict[str, Any]:
    """Best level of a commitment and its cost."""
    best = _best(inputs)
    committed, on_demand = _rates(inputs)
    return {
        "optimal_commitment": best.level,
        "expected_cost_per_hour": best.cost_per_hour,
        "expected_cost": best.cost_per_hour,
        "critical_ratio": 1.0 - committed / on_demand,
    }


def focus_commitment_usage(inputs: dict[str, Any]) -> dict[str, Any]:
    """Rows of one hour of a commitment."""
    level = float(_first(inputs, "hourly_commit", "hourly_commitment", "commitment"))
    usage = float(_first(inputs, "eligible_usage", "usage"))
    ledger = commitments.hourly_ledger(level, usage)
    rows = [{"status": row.status, "billed": row.billed, "effective": row.effective} for row in ledger.rows]
    return {
        "rows": rows,
        "utilisation": ledger.utilization,
        "utilization": ledger.utilization,
        "billed_total": sum(row.billed for row in ledger.rows),
        "effective_total": sum(row.effective for row in ledger.rows),
        "unused": max(level - usage, 0.0),
        "on_demand": max(usage - level, 0.0),
    }


def commitment_purchase(inputs: dict[str, Any]) -> dict[str, Any]:
    """Upfront and recurring payments of a commitment and their amortization."""
    hours = float(_first(inputs, "term_hours", default=cost.HOURS_PER_YEAR * float(inputs.get("term_years", 1))))
    level = _first(inputs, "hourly_commit", "hourly_commitment")
    option = str(_first(inputs, "payment_option", "payment", default="")).lower()
    share = {"all upfront": 1.0, "partial upfront": 0.5, "no upfront": 0.0}.get(option.replace("_", " "))
    share = float(_first(inputs, "upfront_share", "upfront_fraction", default=0.0 if share is None else share))
    upfront = float(_first(inputs, "upfront", "upfront_cost", default=share * float(level or 0.0) * hours))
    recurring = _first(inputs, "recurring_per_hour", "hourly_fee", "recurring")
    recurring = float((1.0 - share) * float(level or 0.0) if recurring is None else recurring)
    spread = cost.amortize(upfront, recurring, hours)
    return {
        "upfront": upfront,
        "upfront_billed": upfront,
        "recurring_per_hour": recurring,
        "recurring_per_month": float(cost.monthly(recurring)),
        "effective_per_hour": spread.effective_per_hour,
        "effective_cost_per_hour": spread.effective_per_hour,
        "amortised_per_hour": spread.upfront_per_hour,
        "amortised_hourly": spread.effective_per_hour,
        "total": spread.effective_per_hour * hours,
    }


def _file_of(inputs: dict[str, Any]) -> Path:
    """Return the file with the digest of the case, as it is or unpacked; else one of the same name."""
    digest, files = inputs.get("sha256"), sorted(path for path in FOCUS_FOLDER.rglob("*") if path.is_file())
    for path in files:
        raw = path.read_bytes()
        if digest is None or path.suffix not in (".gz", ".csv"):
            continue
        if digest in (hashlib.sha256(raw).hexdigest(), hashlib.sha256(read_text(path).encode()).hexdigest()):
            return path
    name = Path(str(_first(inputs, "file", "path", default="")).split(" @")[0]).name
    found = next((path for path in files if path.name in (name, f"{name}.gz") or path.name.endswith(f"__{name}")), None)
    if found is None:
        raise FileNotFoundError(f"No file among the FOCUS data has the digest {digest} or the name {name}.")
    return found


def focus_import(inputs: dict[str, Any]) -> dict[str, Any]:
    """Totals of a bill."""
    result = bill_totals(_file_of(inputs), _first(inputs, "group_by", default="ProviderName"))
    whole = {
        column: sum(parts.get(column, 0.0) for parts in result.totals.values())
        for column in ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
    }
    return {
        "totals": result.totals,
        "rows": result.rows,
        "total": whole,
        "grand_total": whole,
        "rows_by_charge_category": result.rows_by_charge_category,
        "commitment_utilisation": result.commitment_utilization,
    }


def _flows(inputs: dict[str, Any]) -> Any:
    given = _first(inputs, "cash_flows", "cashflows", "flows", "annual_costs", "costs")
    if given is not None:
        return np.asarray(given, float)
    first = float(_first(inputs, "annual_cost_year0", "annual_cost", "cost_per_year", default=0.0))
    return cost.growing_flows(first, float(_first(inputs, "growth", default=0.0)), int(inputs["years"]))


def tco_npv(inputs: dict[str, Any]) -> dict[str, Any]:
    """Net present value, annuity and rate of return."""
    rate = float(_first(inputs, "rate", "discount_rate", default=0.0))
    convention = str(inputs.get("convention", "")).lower()
    start = 1.0 if "end" in convention else 0.5 if "mid" in convention else 0.0
    result: dict[str, Any] = {}
    upfront = float(_first(inputs, "upfront", "capex", "initial_cost", default=0.0))
    principal = _first(inputs, "principal", "present_value", "pv", "purchase_price", "loan")
    if any(name in inputs for name in ("years", "cash_flows", "cashflows", "flows", "annual_costs", "costs")):
        flows = _flows(inputs)
        residual = float(_first(inputs, "residual", "residual_value", default=0.0))
        owned = cost.ownership_cost(upfront, flows, rate, residual, start)
        value = owned.present_value
        result |= {"npv": value, "tco": value, "present_value": value, "annuity": owned.per_period}
        result |= {"nominal_total": owned.total, "irr": cost.internal_rate_of_return(flows)}
        if principal is None and upfront and not flows.any():
            principal = upfront
    if principal is not None:
        per_year = int(_first(inputs, "periods_per_year", "payments_per_year", default=1))
        count = float(_first(inputs, "periods", "nper", "months", default=float(inputs.get("years", 0)) * per_year))
        if "months" in inputs and per_year == 1:
            per_year = 12
        due = "start" in convention or "begin" in convention
        future = float(_first(inputs, "future_value", "residual", default=0.0))
        level = cost.payment(rate / per_year, count, float(principal), -future, due)
        names = ("pmt", "payment", "annual_payment", "monthly_payment", "annuity")
        result |= dict.fromkeys(names, level)
    return result


ADAPTERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "commitment_optimum": commitment_optimum,
    "focus_commitment_usage": focus_commitment_usage,
    "focus_commitment_purchase": commitment_purchase,
    "commitment_amortisation": commitment_purchase,
    "upfront_amortisation": commitment_purchase,
    "focus_import": focus_import,
    "tco_npv": tco_npv,
    "annuity": tco_npv,
    "tco_annuity": tco_npv,
    "tco_pmt": tco_npv,
}
