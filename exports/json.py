"""The machine-readable form of evaluations, comparisons, findings and the catalog: stable, see docs/json.md.

Every number is in the unit that stands beside it; a number that is not known is null and says why.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from models import words
from models.catalog.catalog import Catalog
from models.design.elements import Id
from models.evaluation import Evaluation
from models.frameworks import all_findings, full_scoreboard
from models.moves import Problem
from models.moves.effects import effect
from models.plans import Plan
from models.report import Assessment, Figure, Finding, Message, Remedy
from models.variants import Comparison, FigureChange

VERSION = 1
Json = Any


def encode(view: Json) -> str:
    """Return a view as indented JSON text that ends with a line feed."""
    return msgspec.json.format(msgspec.json.encode(view, enc_hook=words.plain), indent=2).decode() + "\n"


def evaluation_view(plan: Plan, evaluation: Evaluation, assessments: Sequence[Assessment]) -> Json:
    """Return everything an evaluation says about a plan."""
    design = evaluation.design
    return {
        **_head("evaluation", plan, evaluation),
        "elements": {"nodes": len(design.nodes), "flows": len(design.flows), "boundaries": len(design.boundaries)},
        "totals": figures_view(full_scoreboard(evaluation, all_findings(evaluation))),
        "journeys": [
            {
                "id": journey.id,
                "name": journey.name,
                "users": journey.users,
                "figures": _journey(evaluation, journey.id),
            }
            for journey in evaluation.journeys
        ],
        "nodes": [
            {"id": key, "name": node.name, "kind": node.kind, "figures": figures_view(evaluation.node_figures(key))}
            for key, node in ((key, design.node(key)) for key in evaluation.node_ids)
        ],
        "flows": [
            {
                "id": key,
                "source": design.flows[key].source,
                "target": design.flows[key].target,
                "interaction": design.flows[key].interaction,
                "figures": figures_view(evaluation.flow_figures(key)),
            }
            for key in evaluation.flow_ids
        ],
        "bill": [plain(line._asdict()) for line in evaluation.bill()],
        "findings": [finding_view(finding, evaluation) for finding in all_findings(evaluation, assessments)],
        "assessments": [assessment_view(assessment) for assessment in assessments],
    }


def findings_view(plan: Plan, evaluation: Evaluation, assessments: Sequence[Assessment]) -> Json:
    """Return the findings of the evaluation and of all frameworks."""
    found = [finding_view(finding, evaluation) for finding in all_findings(evaluation, assessments)]
    return {**_head("findings", plan, evaluation), "findings": found}


def comparison_view(plans: tuple[Plan, Plan], evaluations: tuple[Evaluation, Evaluation], found: Comparison) -> Json:
    """Return what differs between two plans."""
    first, second = (_head("comparison", *pair) for pair in zip(plans, evaluations, strict=True))
    sides = [{key: head[key] for key in ("project", "variant", "catalog")} for head in (first, second)]
    return {
        "format": first["format"],
        "version": VERSION,
        "month": first["month"],
        "before": sides[0],
        "after": sides[1],
        "figures": {_short(change.id): _change(change) for change in found.figures},
        "changes": [
            {
                "id": change.id,
                "name": change.name,
                "element": change.kind,
                "change": change.change,
                "leaves": [
                    {"path": path, "before": plain(old), "after": plain(new)} for path, old, new in change.leaves
                ],
            }
            for change in found.changes
        ],
        "moved": found.moved,
    }


def catalog_view(catalog: Catalog) -> Json:
    """Return age, sources and gaps of the price list."""
    return {
        "format": "groundplan-catalog",
        "version": VERSION,
        "digest": catalog.digest,
        "sections": [plain(row) for row in catalog.ages()],
        "gaps": [plain(gap) for gap in catalog.gaps()],
    }


def figures_view(figures: Iterable[Figure]) -> dict[str, Json]:
    """Return figures by the last part of their id."""
    return {_short(figure.id): figure_view(figure) for figure in figures}


def figure_view(figure: Figure) -> Json:
    """Return one figure with all its fields."""
    return {
        "id": figure.id,
        "label": figure.label,
        "value": plain(figure.value),
        "unit": figure.unit,
        "status": figure.status,
        "basis": figure.basis,
        "reason": figure.reason,
        "bound": figure.bound,
        "band": plain(figure.band),
        "text": figure.text,
    }


def finding_view(finding: Finding, evaluation: Evaluation | None = None) -> Json:
    """Return one finding with its sentences in English and, with the evaluation, what its remedy changes."""
    remedy = finding.remedy
    told = {} if evaluation is None or remedy is None else {"effect": _effect(evaluation, remedy)}
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "title": str(finding.title),
        "why": str(finding.why),
        "elements": list(finding.elements),
        "evidence": list(finding.evidence),
        "remedy": None
        if remedy is None
        else {"move": remedy.move, "args": plain(remedy.args), "label": str(remedy.label), **told},
    }


def _effect(evaluation: Evaluation, remedy: Remedy) -> Json:
    found = effect(evaluation, remedy)
    if isinstance(found, Problem):
        return {"problem": str(found.message)}
    changes = [
        {"figure": change.after.id, "before": change.before and change.before.value, "after": change.after.value}
        for change in found.changes
    ]
    return {"month": found.evaluation.month, "changes": changes}


def assessment_view(assessment: Assessment) -> Json:
    """Return what a framework says: its answer and all blocks of its panel."""
    return {
        "framework": assessment.framework,
        "title": str(assessment.title),
        "answer": str(assessment.answer),
        "blocks": [plain(block) for block in assessment.blocks],
    }


def plain(value: Any) -> Json:
    """Return any record of the models as JSON values: messages as sentences, numbers that do not exist as null."""
    if isinstance(value, Message):
        return str(value)
    if isinstance(value, Finding):
        return finding_view(value)
    if isinstance(value, Figure):
        return figure_view(value)
    if isinstance(value, msgspec.Struct):
        config = value.__struct_config__
        head = {"type": config.tag} if config.tag else {}
        return head | {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [plain(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def _head(what: str, plan: Plan, evaluation: Evaluation) -> dict[str, Json]:
    return {
        "format": f"groundplan-{what}",
        "version": VERSION,
        "project": plan.title,
        "variant": plan.variant,
        "month": evaluation.month,
        "catalog": evaluation.catalog.digest,
    }


def _journey(evaluation: Evaluation, identifier: Id) -> dict[str, Json]:
    from models.evaluation.figures import JOURNEY_FIGURES

    return figures_view(evaluation.figure(f"journey/{identifier}/{name}") for name in JOURNEY_FIGURES)


def _change(change: FigureChange) -> Json:
    return {
        "label": change.label,
        "unit": change.after.unit,
        "before": figure_view(change.before),
        "after": figure_view(change.after),
        "difference": plain(change.difference),
        "relative": plain(change.relative),
        "verdict": change.verdict,
    }


def _short(figure_id: str) -> str:
    return figure_id.rpartition("/")[2]
