"""Ranking: published examples, properties, and the peer library."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.analyses import ranking

CLOUDS = np.array(
    [
        [0.096, 42.0, 99.95, 7.0, 3.2, 8.0, 380.0],
        [0.104, 35.0, 99.99, 9.0, 2.8, 7.0, 310.0],
        [0.089, 55.0, 99.9, 6.0, 4.1, 9.0, 450.0],
        [0.12, 28.0, 99.99, 8.0, 2.5, 5.0, 240.0],
        [0.075, 70.0, 99.5, 4.0, 5.0, 6.0, 520.0],
    ]
)
WEIGHTS = np.array([0.3, 0.2, 0.15, 0.1, 0.1, 0.1, 0.05])
DIRECTIONS = np.array([-1, -1, 1, 1, -1, 1, -1])
matrices = arrays(float, st.tuples(st.integers(2, 6), st.integers(2, 5)), elements=st.floats(0.1, 100.0))


@given(matrix=matrices, factor=st.floats(0.01, 100.0))
def test_scores_do_not_depend_on_the_unit_of_a_criterion(matrix: np.ndarray, factor: float) -> None:
    ones = np.ones(matrix.shape[1])
    scaled = matrix * factor
    for method in ("minmax", "max", "sum", "vector", "linear"):
        first, second = (ranking.weighted_sum(values, ones, ones, method) for values in (matrix, scaled))
        assert first == pytest.approx(second, rel=1e-6, abs=1e-6)


@given(matrix=matrices)
def test_all_methods_stay_in_their_range(matrix: np.ndarray) -> None:
    count = matrix.shape[1]
    signs, weights = np.where(np.arange(count) % 2 == 0, 1.0, -1.0), np.arange(1.0, count + 1)
    closeness = ranking.topsis(matrix, weights, signs)
    assert np.all((closeness >= 0.0) & (closeness <= 1.0))
    assert ranking.promethee(matrix, weights, signs).net.sum() == pytest.approx(0.0, abs=1e-9)
    compromise = ranking.vikor(matrix, weights, signs).compromise
    assert np.all((compromise >= -1e-12) & (compromise <= 1.0 + 1e-12))
    bounds = np.stack([matrix.min(axis=0) - 1.0, matrix.max(axis=0) + 1.0], axis=1)
    distance = ranking.spotis(matrix, weights, signs, bounds).distance
    assert np.all((distance >= 0.0) & (distance <= 1.0))


@given(matrix=matrices)
def test_an_alternative_that_is_best_everywhere_is_first(matrix: np.ndarray) -> None:
    best = np.vstack([matrix, matrix.max(axis=0) + 1.0])
    ones = np.ones(matrix.shape[1])
    assert int(np.argmax(ranking.topsis(best, ones, ones))) == len(matrix)
    assert int(np.argmax(ranking.weighted_sum(best, ones, ones))) == len(matrix)
    assert int(np.argmax(ranking.promethee(best, ones, ones).net)) == len(matrix)
    assert int(np.argmin(ranking.vikor(best, ones, ones).compromise)) == len(matrix)


@given(matrix=matrices, removed=st.integers(0, 5))
def test_ranks_on_user_bounds_do_not_reverse(matrix: np.ndarray, removed: int) -> None:
    ones, bounds = np.ones(matrix.shape[1]), np.tile([0.0, 100.0], (matrix.shape[1], 1))
    kept = np.arange(len(matrix)) != removed % len(matrix)
    whole = ranking.spotis(matrix, ones, ones, bounds).distance
    assert ranking.spotis(matrix[kept], ones, ones, bounds).distance == pytest.approx(whole[kept])


def test_values_outside_the_bounds_are_marked() -> None:
    assert ranking.spotis([[5.0], [11.0]], [1], [1], [[0, 10]]).outside.tolist() == [[False], [True]]


@given(weights=arrays(float, 4, elements=st.floats(0.05, 1.0)))
def test_a_consistent_comparison_gives_back_its_weights(weights: np.ndarray) -> None:
    result = ranking.pairwise_priorities(weights[:, None] / weights[None, :])
    assert result.weights == pytest.approx(weights / weights.sum(), rel=1e-6)
    assert result.consistency_ratio == pytest.approx(0.0, abs=1e-6)


def test_the_random_index_is_a_choice() -> None:
    matrix = np.array([[1, 3, 7, 3], [1 / 3, 1, 9, 1], [1 / 7, 1 / 9, 1, 1 / 7], [1 / 3, 1, 7, 1]])
    assert ranking.pairwise_priorities(matrix).consistency_ratio == pytest.approx(0.07462, abs=2e-4)
    assert ranking.pairwise_priorities(matrix, "Donegan-Dodd").consistency_ratio == pytest.approx(0.0802, abs=2e-4)
    with pytest.raises(ValueError, match="is not known"):
        ranking.pairwise_priorities(matrix, "mine")
    with pytest.raises(ValueError, match="above zero"):
        ranking.pairwise_priorities(-np.ones((2, 2)))


def test_the_flip_weight_makes_a_tie() -> None:
    scores = ranking.normalize(CLOUDS, DIRECTIONS)
    totals = scores @ WEIGHTS
    order = np.argsort(-totals)
    flip = ranking.flip_weight(scores, WEIGHTS, int(order[0]), int(order[1]))
    assert flip is not None
    changed = WEIGHTS * (1.0 - flip.weight) / (1.0 - WEIGHTS[flip.criterion])
    changed[flip.criterion] = flip.weight
    result = scores @ changed
    assert changed.sum() == pytest.approx(1.0)
    assert result[order[0]] == pytest.approx(result[order[1]])
    assert ranking.flip_weight(np.array([[1.0, 1.0], [0.0, 0.0]]), [0.5, 0.5], 0, 1) is None


def test_first_places_are_shared_and_repeatable() -> None:
    scores = ranking.normalize(CLOUDS, DIRECTIONS)
    shares = ranking.first_place_share(scores, WEIGHTS)
    assert shares.sum() == pytest.approx(1.0)
    assert shares.tolist() == ranking.first_place_share(scores, WEIGHTS).tolist()
    sure = ranking.first_place_share(scores, WEIGHTS, concentration=1e6)
    assert sure.max() > 0.99
    assert ranking.first_place_share(np.ones((4, 3)), [1, 1, 1]).tolist() == pytest.approx([0.25] * 4)


def test_a_constant_criterion_counts_for_nothing() -> None:
    matrix = np.column_stack([CLOUDS[:, 0], np.full(5, 3.0)])
    scores = ranking.weighted_sum(matrix, [1, 1], [-1, 1])
    assert np.argsort(scores).tolist() == np.argsort(-CLOUDS[:, 0]).tolist()
    assert ranking.critic_weights(matrix).tolist() == pytest.approx([1.0, 0.0])
    assert ranking.entropy_weights(matrix).tolist() == pytest.approx([1.0, 0.0])


def test_bad_numbers_are_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        ranking.normalized_weights([-1, 2])
    with pytest.raises(ValueError, match='choose "minmax"'):
        ranking.normalize([[0.0], [1.0]], [-1], "sum")
    with pytest.raises(ValueError, match="not negative"):
        ranking.entropy_weights([[-1.0], [1.0]])


def test_equal_scores_share_their_place() -> None:
    assert ranking.ranks([3.0, 1.0, 3.0]).tolist() == [1.5, 3.0, 1.5]
    assert ranking.ranks([3.0, 1.0, 3.0], higher_is_better=False).tolist() == [2.5, 1.0, 2.5]


@pytest.mark.proof
def test_the_peer_library_agrees() -> None:
    methods = pytest.importorskip("pymcdm.methods")
    scales = pytest.importorskip("pymcdm.normalizations")
    weighting = pytest.importorskip("pymcdm.weights")
    random = np.random.default_rng(5)
    for _ in range(20):
        matrix = random.uniform(1.0, 9.0, (6, 4))
        weights, signs = random.dirichlet(np.ones(4)), random.choice([-1, 1], 4)
        for name in ("minmax", "max", "sum", "vector", "linear", "logarithmic"):
            scale = getattr(scales, f"{name}_normalization")
            peer = methods.TOPSIS(scale)(matrix, weights, signs)
            assert ranking.topsis(matrix, weights, signs, name) == pytest.approx(peer)
            peer = methods.WSM(scale)(matrix, weights, signs)
            assert ranking.weighted_sum(matrix, weights, signs, name) == pytest.approx(peer)
        assert ranking.vikor(matrix, weights, signs).compromise == pytest.approx(
            methods.VIKOR()(matrix, weights, signs)
        )
        q, p = np.full(4, 0.5), np.full(4, 2.0)
        pairs: dict[str, ranking.Preference] = {
            "usual": "usual",
            "ushape": "ushape",
            "vshape": "vshape",
            "level": "level",
            "vshape_2": "linear",
        }
        for theirs, ours in pairs.items():
            peer = methods.PROMETHEE_II(theirs, p=p, q=q)(matrix, weights, signs)
            assert ranking.promethee(matrix, weights, signs, ours, q, p).net == pytest.approx(peer)
        assert ranking.critic_weights(matrix) == pytest.approx(weighting.critic_weights(matrix))
        assert ranking.entropy_weights(matrix) == pytest.approx(weighting.entropy_weights(matrix))
        bounds = np.tile([0.0, 10.0], (4, 1))
        assert ranking.spotis(matrix, weights, signs, bounds).distance == pytest.approx(
            methods.SPOTIS(bounds)(matrix, weights, signs)
        )


@pytest.mark.proof
def test_pairwise_priorities_equal_those_of_the_peer_library() -> None:
    subjective = pytest.importorskip("pymcdm.weights.subjective")
    random = np.random.default_rng(11)
    scale = np.array([1 / 9, 1 / 7, 1 / 5, 1 / 3, 1 / 2, 1, 2, 3, 5, 7, 9])
    for _ in range(300):
        count = int(random.integers(3, 10))
        upper = np.triu(random.choice(scale, (count, count)), 1)
        matrix = upper + np.eye(count) + np.tril(1.0 / np.where(upper.T > 0.0, upper.T, 1.0), -1)
        peer = subjective.AHP(matrix=matrix)
        ours = ranking.pairwise_priorities(matrix)
        assert ours.weights == pytest.approx(peer(), rel=1e-8)
        assert ours.consistency_index == pytest.approx(peer.get_cr() * subjective.AHP.RI_M[count - 1], abs=1e-9)


@pytest.mark.proof
@pytest.mark.filterwarnings("ignore")
def test_scikit_criteria_agrees_on_random_matrices() -> None:
    peers = pytest.importorskip("skcriteria")
    simple = pytest.importorskip("skcriteria.agg.simple")
    distances = pytest.importorskip("skcriteria.agg.topsis")
    scalers = pytest.importorskip("skcriteria.preprocessing.scalers")
    turned = pytest.importorskip("skcriteria.preprocessing.invert_objectives")
    compromises = pytest.importorskip("skcriteria.agg.vikor")
    random = np.random.default_rng(17)
    for _ in range(100):
        shape = int(random.integers(2, 13)), int(random.integers(2, 10))
        matrix, signs = random.uniform(0.1, 500.0, shape), random.choice([-1, 1], shape[1])
        weights = random.dirichlet(np.ones(shape[1]))
        given = peers.mkdm(matrix, signs.tolist(), weights=weights)
        vector = scalers.VectorScaler(target="matrix").transform(given)
        minmax = scalers.MinMaxScaler(target="matrix").transform(given)
        for name, scaled in (("vector", vector), ("minmax", minmax)):
            peer = distances.TOPSIS().evaluate(scaled)
            ours = ranking.topsis(matrix, weights, signs, name)
            assert ours == pytest.approx(peer.e_.similarity, rel=1e-9)
            assert ranking.ranks(ours).tolist() == peer.rank_.tolist()
        peer = simple.WeightedSumModel().evaluate(turned.MinMaxInverter().transform(given))
        ours = ranking.weighted_sum(matrix, weights, signs)
        assert ours == pytest.approx(peer.e_.score, rel=1e-9)
        assert ranking.ranks(ours).tolist() == peer.rank_.tolist()
        gains = scalers.VectorScaler(target="matrix").transform(peers.mkdm(matrix, [1] * shape[1], weights=weights))
        ours = ranking.weighted_sum(matrix, weights, np.ones(shape[1]), "vector")
        assert ours == pytest.approx(simple.WeightedSumModel().evaluate(gains).e_.score, rel=1e-9)
        peer = compromises.VIKOR().evaluate(given)
        assert ranking.vikor(matrix, weights, signs).compromise == pytest.approx(peer.e_.q_k, rel=1e-9)
