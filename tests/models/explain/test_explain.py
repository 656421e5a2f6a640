"""Every figure of every template can be computed again from its derivation."""

from __future__ import annotations

import math

import pytest

from models.catalog.catalog import load_catalog
from models.evaluation import evaluate
from models.evaluation.figures import figures
from models.explain import explain, recompute
from models.templates import templates

CASES = [(template.id, number) for template in templates() for number in range(len(template.variants))]


@pytest.mark.parametrize(("template", "number"), CASES)
def test_every_figure_follows_from_its_expression(template: str, number: int) -> None:
    found = next(entry for entry in templates() if entry.id == template)
    evaluation = evaluate(found.variants[number].design, load_catalog(), month=3)
    for identifier in figures(evaluation):
        figure, expression = evaluation.figure(identifier), explain(evaluation, identifier)
        assert expression.figure == identifier
        if figure.value is None or figure.status == "invalid":
            continue
        assert expression.terms, identifier
        smallest = 1e-9 * abs(figure.value)
        residue = expression.operation == "sum" and any(
            0 < abs(term.value or 0) < smallest for term in expression.terms
        )
        assert not residue, f"{identifier} shows what floating point leaves over"
        again = recompute(expression)
        assert again is not None, identifier
        assert math.isclose(again, figure.value, rel_tol=1e-6, abs_tol=1e-9), identifier


def test_references_lead_to_figures_or_inputs() -> None:
    evaluation = evaluate(templates()[0].variants[0].design, load_catalog())
    known = set(figures(evaluation))
    for identifier in known:
        for term in explain(evaluation, identifier).terms:
            owner, mark, _ = term.ref.partition("#")
            assert term.ref == "" or term.ref in known or (mark and owner in evaluation.design.elements), term
