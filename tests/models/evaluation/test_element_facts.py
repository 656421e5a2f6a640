"""The facts of all elements, kept over edits, equal those looked up anew."""

from hypothesis import given
from hypothesis import strategies as st

from models.design.delta import Delta
from models.design.edits import remove, set_params
from models.evaluation.element_facts import fact_table
from models.templates import template

START = template("assistant").variants[0].design

edits = st.tuples(st.sampled_from(tuple(START.nodes)), st.sampled_from((-5.0, 3.0, 1e12, None)))


@given(steps=st.lists(edits, max_size=8))
def test_facts_kept_over_edits_are_those_of_the_design(steps: list[tuple[str, float | None]]) -> None:
    design, table = START, fact_table(START.elements, None)
    for key, value in steps:
        node = design.nodes.get(key)
        if node is None:
            continue
        changed = Delta.of([(key, node, set_params(node, {"service_time_ms": value}))]) if value is not None else None
        design = design.apply(changed or remove(design, [key]))
        table = fact_table(design.elements, table)
        assert table == fact_table(design.elements, None)
