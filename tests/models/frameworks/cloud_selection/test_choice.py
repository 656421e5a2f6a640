"""The choice between providers on matrices whose result is known, and how sure it says it is."""

import numpy as np
import pytest

from models.frameworks.cloud_selection.choice import Alternative, choose
from models.frameworks.cloud_selection.criteria import CRITERIA, Score
from models.frameworks.cloud_selection.inputs import WEIGHTS

POINTS = {key: points for key, (_, points) in WEIGHTS.items()}
MIDDLE = {
    "services": 0.8, "ai": 0.8, "accelerators": 0.8, "latency": 0.02, "regions": 5.0, "promise": 0.999, "cost": 1.0,
    "tools": 0.8, "lock_in": 1.0, "drift": 0.05, "familiarity": 3.0,
}  # fmt: skip


def alternative(name, spread=0.0, **values):
    scores = {key: Score(value, spread if key == "cost" else 0.0) for key, value in {**MIDDLE, **values}.items()}
    return Alternative(name, name, "", scores)


def chosen(*alternatives, points=None, comparisons=(0.0, 0.0, 0.0)):
    return choose(alternatives, points or POINTS, comparisons)


def test_a_candidate_that_is_better_in_everything_wins_with_every_method():
    choice = chosen(alternative("a"), alternative("b", cost=0.5, latency=0.01, lock_in=0.5), alternative("c", cost=1.5))
    assert [choice.alternatives[index].name for index in choice.order] == ["b", "a", "c"]
    assert choice.agree
    assert choice.win_share == pytest.approx([0.0, 1.0, 0.0])


def test_points_are_the_weighted_sum_on_the_bounds():
    choice = chosen(alternative("a"), alternative("b", cost=0.5))
    total = sum(POINTS.values())
    assert choice.points[1] - choice.points[0] == pytest.approx(100 * POINTS["cost"] / total * 0.25)
    assert choice.parts.sum(axis=1) * 100 == pytest.approx(choice.points)


def test_a_difference_inside_the_band_is_a_tie():
    close = chosen(alternative("a", spread=0.1), alternative("b", spread=0.1, cost=0.95))
    assert len(close.tie) == 2
    clear = chosen(alternative("a", spread=0.1), alternative("b", spread=0.1, cost=0.5))
    assert len(clear.tie) == 1
    assert 0.0 < close.win_share[0] < close.win_share[1] < 1.0


def test_what_is_not_known_of_all_is_not_counted():
    choice = chosen(alternative("a", drift=None), alternative("b"))
    assert [each.id for each in choice.dropped] == ["drift"]
    assert choice.weights.sum() == pytest.approx(1.0)
    assert choice.points[0] == pytest.approx(choice.points[1])


def test_what_is_not_known_counts_for_nobody_and_its_worst_is_that_of_knowing_the_worst():
    """Filling in the worst for the first and the best for the second gives the lead that is named."""
    for cost in (0.5, 0.95):
        unknown = chosen(alternative("a", drift=None, promise=None), alternative("b", cost=cost, drift=None))
        assert [each.id for each in unknown.dropped] == ["promise", "drift"]
        first = unknown.alternatives[unknown.order[0]].name
        assert first == "b"
        worst = chosen(alternative("a", drift=0.0, promise=1.0), alternative("b", cost=cost, drift=0.3))
        assert unknown.worst_lead() == pytest.approx(worst.points[1] - worst.points[0])


def test_the_order_turns_at_the_weight_that_is_named():
    one, other = alternative("a", cost=0.9), alternative("b", lock_in=0.2)
    choice = chosen(one, other)
    index, flip = choice.flips[0]
    assert flip is not None
    rest = {each.id: weight for each, weight in zip(choice.used, choice.weights, strict=True)}
    name = choice.used[flip.criterion].id
    scale = (1.0 - flip.weight) / (1.0 - rest[name])
    points = {key: flip.weight if key == name else weight * scale for key, weight in rest.items()}
    turned = chosen(one, other, points=points)
    assert turned.points[0] == pytest.approx(turned.points[1])
    assert choice.flip(flip.criterion) == pytest.approx(flip.weight)
    assert index == choice.order[1]


def test_the_weighted_sum_on_bounds_never_reverses():
    random = np.random.default_rng(3)
    for _ in range(30):
        draws = [
            alternative(
                str(n), cost=random.uniform(0.4, 1.8), lock_in=random.uniform(0, 4), regions=random.uniform(0, 10)
            )
            for n in range(4)
        ]
        assert all(method != "Weighted sum" for method, _, _ in chosen(*draws).reversals)


def test_comparisons_that_contradict_are_named_with_what_would_fit():
    consistent = chosen(alternative("a"), alternative("b"), comparisons=(2.0, 4.0, 2.0))
    assert consistent.comparison.consistency_ratio == pytest.approx(0.0, abs=1e-9)
    assert consistent.hint == ""
    wrong = chosen(alternative("a"), alternative("b"), comparisons=(9.0, 1.0, 9.0))
    assert wrong.comparison.consistency_ratio > 0.1
    assert "fits the others" in wrong.hint


def test_comparisons_as_the_weights_give_the_weights():
    choice = chosen(alternative("a"), alternative("b", cost=0.5))
    assert choice.comparison.weights == pytest.approx(choice.weights)


def test_every_criterion_has_a_weight_and_a_source():
    assert {each.id for each in CRITERIA} == set(WEIGHTS)
    assert all(each.source for each in CRITERIA)
