"""Structures with shared components: every method against enumeration of all states."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.analyses import structure
from models.analyses.criticality import importance, importance_by_call
from models.analyses.structure import Component, Gate, Not, Structure, parse

NAMES = "abcdefg"
leaves = st.sampled_from(NAMES).map(Component)


def _gates(inputs: st.SearchStrategy[Structure]) -> st.SearchStrategy[Structure]:
    several = st.lists(inputs, min_size=1, max_size=4)
    gate = several.flatmap(lambda parts: st.integers(1, len(parts)).map(lambda k: Gate(k, tuple(parts))))
    return gate | inputs.map(Not)


structures = st.recursive(leaves, _gates, max_leaves=14)
chances = st.fixed_dictionaries({name: st.floats(0.0, 1.0) for name in NAMES})


def _works(part: Structure, up: dict[str, bool]) -> bool:
    if isinstance(part, Component):
        return up[part.name]
    if isinstance(part, Not):
        return not _works(part.input, up)
    return sum(_works(item, up) for item in part.inputs) >= part.k


def _enumerated(part: Structure, chance: dict[str, float]) -> float:
    whole = 0.0
    for state in itertools.product((True, False), repeat=len(NAMES)):
        up = dict(zip(NAMES, state, strict=True))
        if _works(part, up):
            whole += math.prod(chance[name] if up[name] else 1.0 - chance[name] for name in NAMES)
    return whole


@given(part=structures, chance=chances)
def test_the_exact_value_is_that_of_all_states(part: Structure, chance: dict[str, float]) -> None:
    result = structure.evaluate(part, chance)
    assert result.method in ("closed form", "conditioning")
    assert float(result.availability) == pytest.approx(_enumerated(part, chance), abs=1e-9)


@given(part=structures, chance=chances)
def test_the_decision_diagram_is_exact_too(part: Structure, chance: dict[str, float]) -> None:
    diagram = structure._Diagram(list(dict.fromkeys(structure.components(part))))
    root = diagram.build(part)
    assert root is not None
    values = {name: np.asarray(value) for name, value in chance.items()}
    assert float(diagram.probability(root, values)) == pytest.approx(_enumerated(part, chance), abs=1e-9)


def _zones(count: int) -> Structure:
    """Return a chain of services, each in two of three zones, with many shared parts."""
    pairs = [
        Gate(1, tuple(Gate(2, (Component(f"z{(i + j) % 15}"), Component(f"s{i}{j}"))) for j in (0, 1)))
        for i in range(count)
    ]
    return Gate(count, tuple(pairs))


def test_many_shared_parts_use_the_diagram_and_sampling_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    part = _zones(15)
    chance = dict.fromkeys(structure.components(part), 0.97)
    exact = structure.evaluate(part, chance)
    assert exact.method == "decision diagram"
    monkeypatch.setattr(structure, "MOST_DIAGRAM_NODES", 10)
    sampled = structure.evaluate(part, chance)
    assert sampled.method == "monte carlo"
    assert 0.0 < sampled.half_width < 0.01
    assert float(sampled.availability) == pytest.approx(float(exact.availability), abs=3 * sampled.half_width)
    assert structure.evaluate(part, chance) == sampled, "the seed is fixed"


def test_a_shared_zone_is_one_variable() -> None:
    text = "AND(lb, KOFN(2; za&w1, za&w2, zb&w3, zb&w4), OR(za&dbp, zb&dbr), idp)"
    chance = {"lb": 0.9999, "za": 0.9995, "zb": 0.9995, "dbp": 0.998, "dbr": 0.998, "idp": 0.9995}
    chance |= dict.fromkeys(("w1", "w2", "w3", "w4"), 0.99)
    assert float(structure.evaluate(parse(text), chance).availability) == pytest.approx(0.9993700067492403, abs=1e-12)


def test_many_cases_are_evaluated_at_once() -> None:
    part = parse("(a & b) | (a & c)")
    cases = {"a": np.array([0.9, 0.5]), "b": np.array([0.9, 0.5]), "c": np.array(0.9)}
    result = structure.evaluate(part, cases).availability
    assert result.tolist() == pytest.approx([0.9 * 0.99, 0.5 * 0.95])


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a & b | c", "OR(AND(a, b), c)"),
        ("a && (b || c)", "AND(a, OR(b, c))"),
        ("2of3(a, b, c)", "KOFN(2; a, b, c)"),
        ("KOFN(2, a, b, c)", "KofN( 2 ; a , b , c )"),
        ("KOFN(k=2; a, b, c)", "KOFN(2; a, b, c)"),
        ("not(a)", "!a"),
        ("and(a,or(b,c))", "AND(a, OR(b, c))"),
        ("a and b or c", "a & b | c"),
    ],
)
def test_the_ways_to_write_a_structure(text: str, same: str) -> None:
    assert parse(text) == parse(same)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("AND(a, b", 'character 9: expected "\\)", found the end'),
        ("a b", "character 3: expected an operator"),
        ("KOFN(a; b, c)", "character 6: expected a whole number k"),
        ("XOR(a, b)", "expected AND, OR, NOT or KOFN"),
        ("", "found the end"),
        ("a & ,", "expected a component"),
    ],
)
def test_a_text_that_is_no_structure_is_refused_with_the_place(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse(text)


def test_missing_and_impossible_availabilities_are_named() -> None:
    with pytest.raises(ValueError, match="given for b, c"):
        structure.evaluate(parse("a & b & c"), {"a": 0.9})
    with pytest.raises(ValueError, match="of b is not between 0 and 1"):
        structure.evaluate(parse("a & b"), {"a": 0.9, "b": 1.2})


@given(part=structures, chance=chances)
def test_birnbaum_importance_is_a_difference_of_two_systems(part: Structure, chance: dict[str, float]) -> None:
    for row in importance(part, chance):
        up, down = (_enumerated(part, {**chance, row.component: value}) for value in (1.0, 0.0))
        assert row.birnbaum == pytest.approx(up - down, abs=1e-9)


def test_birnbaum_importance_of_any_function() -> None:
    found = importance_by_call(lambda states: np.prod(states, axis=1), [0.9, 0.5, 0.8])
    assert found.tolist() == pytest.approx([0.4, 0.72, 0.45])
