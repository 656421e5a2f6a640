"""The table of the machines that could run a node tells each once, the one that is drawn too."""

import pytest

from models.catalog.catalog import load_catalog
from models.evaluation import evaluate
from models.frameworks.cost_optimization import assess
from models.report import Table
from models.templates import templates

VARIANTS = [(one.id, variant) for one in templates() for variant in one.variants]


@pytest.mark.parametrize("variant", [variant for _, variant in VARIANTS], ids=[f"{a}-{b.name}" for a, b in VARIANTS])
def test_no_machine_is_told_twice(variant) -> None:
    blocks = assess(evaluate(variant.design, load_catalog())).blocks
    tables = [one for one in blocks if isinstance(one, Table) and str(one.title).startswith("Machines that could run")]
    for table in tables:
        told = [(row[0], row[1]) for row in table.rows if row[-1] != "measured"]
        assert len(told) == len(set(told))
        assert str(table.rows[0][-1]).startswith("as drawn")
