"""Truth adapters: choice."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from models.analyses import ranking

_PREFERENCES = {
    "usual": "usual",
    "ushape": "ushape",
    "u": "ushape",
    "quasi": "ushape",
    "vshape": "vshape",
    "v": "vshape",
    "level": "level",
    "vshape2": "linear",
    "vshapei": "linear",
    "vshapeindifference": "linear",
    "linear": "linear",
    "gaussian": "gaussian",
    "gauss": "gaussian",
    "t1": "usual",
    "t2": "ushape",
    "t3": "vshape",
    "t4": "level",
    "t5": "linear",
    "t6": "gaussian",
}


def _directions(inputs: dict[str, Any], criteria: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    given = inputs.get("directions", inputs.get("types", inputs.get("criteria_types")))
    if given is None:
        return np.ones(criteria)
    costs = {"min", "cost", "minimize", "minimise", "-1", "lower"}
    return np.array([-1.0 if str(item).lower() in costs or item in (-1, -1.0) else 1.0 for item in given])


def _decision(inputs: dict[str, Any]) -> tuple[Any, Any, Any]:
    matrix = np.array(inputs.get("matrix", inputs.get("decision_matrix")), float)
    weights = np.array(inputs.get("weights", np.ones(matrix.shape[1])), float)
    return matrix, weights, _directions(inputs, matrix.shape[1])


def _normalization(inputs: dict[str, Any], default: str) -> Any:
    text = str(inputs.get("normalisation", inputs.get("normalization", default))).lower().replace("-", "").strip()
    word = re.split(r"[^a-z]+", text)[0]
    return {"euclidean": "vector", "log": "logarithmic", "min": "minmax"}.get(word, word)


def _with_ranks(key: str, values: Any, higher: bool = True) -> dict[str, Any]:
    order = np.argsort(-np.asarray(values) if higher else np.asarray(values), kind="stable")
    ranks = ranking.ranks(values, higher).tolist()
    return {key: np.asarray(values).tolist(), "ranking": ranks, "rank": ranks, "order": order.tolist()}


def _aliases(result: dict[str, Any], key: str, *names: str) -> dict[str, Any]:
    return {**result, **dict.fromkeys(names, result[key])}


def topsis(inputs: dict[str, Any]) -> dict[str, Any]:
    """Closeness for any normalization."""
    values = ranking.topsis(*_decision(inputs), _normalization(inputs, "vector"))
    return _aliases(_with_ranks("closeness", values), "closeness", "score", "scores", "preference")


def weighted_sum(inputs: dict[str, Any]) -> dict[str, Any]:
    """Scores for any normalization."""
    values = ranking.weighted_sum(*_decision(inputs), _normalization(inputs, "minmax"))
    return _aliases(_with_ranks("score", values), "score", "scores", "preference")


def weighted_product(inputs: dict[str, Any]) -> dict[str, Any]:
    """Scores of the weighted product."""
    values = ranking.weighted_product(*_decision(inputs), _normalization(inputs, "sum"))
    return _aliases(_with_ranks("score", values), "score", "scores", "preference")


def vikor(inputs: dict[str, Any]) -> dict[str, Any]:
    """S, R and Q."""
    result = ranking.vikor(*_decision(inputs), float(inputs.get("v", 0.5)))
    named = _with_ranks("Q", result.compromise, higher=False)
    return {**named, "S": result.utility.tolist(), "R": result.regret.tolist()}


def promethee(inputs: dict[str, Any]) -> dict[str, Any]:
    """Flows for one preference function or one per criterion."""
    given = inputs.get("preference_function", inputs.get("preference_functions", "usual"))
    names = [given] if isinstance(given, str) else given
    kinds: list[Any] = [_PREFERENCES[re.sub(r"[^a-z0-9]", "", str(name).lower())] for name in names]
    thresholds = {key: inputs[key] for key in ("q", "p", "s") if inputs.get(key) is not None}
    matrix, weights, directions = _decision(inputs)
    result = ranking.promethee(matrix, weights, directions, kinds[0] if len(kinds) == 1 else kinds, **thresholds)
    flows = {"positive_flow": result.leaving.tolist(), "negative_flow": result.entering.tolist()}
    flows |= {"leaving_flow": flows["positive_flow"], "entering_flow": flows["negative_flow"]}
    return {**_aliases(_with_ranks("net_flow", result.net), "net_flow", "score"), **flows}


def spotis(inputs: dict[str, Any]) -> dict[str, Any]:
    """Distance to the ideal point of the bounds."""
    matrix, weights, directions = _decision(inputs)
    bounds = inputs.get("bounds")
    if bounds is None:
        bounds = np.stack([matrix.min(axis=0), matrix.max(axis=0)], axis=1)
    values = ranking.spotis(matrix, weights, directions, bounds).distance
    return _aliases(_with_ranks("distance", values, higher=False), "distance", "score", "scores", "preference")


def entropy_weights(inputs: dict[str, Any]) -> dict[str, Any]:
    """Weights by entropy."""
    return {"weights": ranking.entropy_weights(inputs["matrix"]).tolist()}


def critic_weights(inputs: dict[str, Any]) -> dict[str, Any]:
    """Weights by contrast and correlation."""
    known = any(key in inputs for key in ("directions", "types"))
    directions = _directions(inputs, len(inputs["matrix"][0])) if known else None
    return {"weights": ranking.critic_weights(inputs["matrix"], directions).tolist()}


def _index_name(inputs: dict[str, Any]) -> str:
    text = str(inputs.get("random_index", "saaty")).lower()
    if "dd" in text or "donegan" in text:
        return "donegan-dodd"
    return "saaty-1980" if "1980" in text else "saaty"


def _matrix_of_pairs(pairs: dict[str, float]) -> tuple[list[str], Any]:
    """Return names (in order of appearance) and the reciprocal matrix of `{"a>b": value}`."""
    ends = [[part.strip() for part in key.split(">")] for key in pairs]
    names = list(dict.fromkeys(name for pair in ends for name in pair))
    matrix = np.eye(len(names))
    for (first, second), value in zip(ends, pairs.values(), strict=True):
        a, b = names.index(first), names.index(second)
        matrix[a, b], matrix[b, a] = float(value), 1.0 / float(value)
    return names, matrix


def ahp(inputs: dict[str, Any]) -> dict[str, Any]:
    """Priorities and consistency of one comparison matrix."""
    names = inputs.get("items")
    if "comparison_matrix" in inputs or "matrix" in inputs:
        matrix = np.array(inputs.get("comparison_matrix", inputs.get("matrix")), float)
    else:
        names, matrix = _matrix_of_pairs(inputs.get("pairs", inputs.get("comparisons", {})))
    result = ranking.pairwise_priorities(matrix, _index_name(inputs))
    return {
        "weights": result.weights.tolist(),
        "priorities": result.weights.tolist(),
        "weights_by_item": dict(zip(names or [], result.weights.tolist(), strict=False)),
        "consistency_ratio": result.consistency_ratio,
        "consistency_index": result.consistency_index,
        "lambda_max": result.largest_eigenvalue,
    }


def ahp_hierarchy(inputs: dict[str, Any]) -> dict[str, Any]:
    """Global weights of alternatives under criteria."""
    index = _index_name(inputs)
    criteria, matrix = _matrix_of_pairs(inputs["criteria_pairs"])
    top = ranking.pairwise_priorities(matrix, index)
    alternatives = sorted(
        {p.strip() for pairs in inputs["alternatives_pairs"].values() for key in pairs for p in key.split(">")}
    )
    local = []
    ratios = {"criteria": top.consistency_ratio}
    for criterion in criteria:
        names, below = _matrix_of_pairs(inputs["alternatives_pairs"][criterion])
        result = ranking.pairwise_priorities(below, index)
        ratios[criterion] = result.consistency_ratio
        weights = dict(zip(names, result.weights.tolist(), strict=True))
        local.append([weights.get(name, 0.0) for name in alternatives])
    total = ranking.hierarchy_weights(top.weights, local)
    return {
        "weights": dict(zip(alternatives, total.tolist(), strict=True)),
        "criteria_weights": dict(zip(criteria, top.weights.tolist(), strict=True)),
        "consistency_ratio": top.consistency_ratio,
        "consistency_ratios": ratios,
        "local_weights": {
            name: dict(zip(alternatives, row, strict=True)) for name, row in zip(criteria, local, strict=True)
        },
    }


ADAPTERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "topsis": topsis,
    "weighted_sum": weighted_sum,
    "wsm": weighted_sum,
    "weighted_product": weighted_product,
    "vikor": vikor,
    "promethee_ii": promethee,
    "spotis": spotis,
    "entropy_weights": entropy_weights,
    "critic_weights": critic_weights,
    "entropy": entropy_weights,
    "critic": critic_weights,
    "ahp": ahp,
    "ahp_hierarchy": ahp_hierarchy,
}
