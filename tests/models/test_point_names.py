"""Names of plotted points: no two overlap, none leaves the plot, coinciding points share one."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from models.point_names import Box, place_names

ROOM = Box(0.0, 0.0, 400.0, 160.0)


def test_coinciding_points_share_a_name() -> None:
    (both,) = place_names([(100, 80, "Frontier"), (101, 80.5, "You are here")], ROOM, 7.0)
    assert both.text == "Frontier, You are here"
    names = [(100.0, 80.0, f"A rather long variant {n}") for n in range(5)]
    (many,) = place_names(names, ROOM, 7.0)
    assert many.text.endswith("and 4 more")


def test_a_name_near_the_edge_stands_left_of_its_point() -> None:
    (name,) = place_names([(395, 80, "Own 32 B model")], ROOM, 7.0)
    assert name.box.x1 <= 395


@given(
    st.lists(
        st.tuples(st.floats(5, 395), st.floats(5, 155), st.sampled_from(("One region", "Two regions", "H100", "API"))),
        max_size=9,
    )
)
def test_no_name_lies_over_another_or_leaves_the_plot(points: list[tuple[float, float, str]]) -> None:
    placed = place_names(points, ROOM, 7.0)
    assert all(ROOM.holds(name.box) for name in placed)
    assert not any(one.box.meets(other.box) for one, other in combinations(placed, 2))


def test_every_point_of_a_crowd_is_named() -> None:
    points = [(100.0 + 6 * n, 80.0 + 5 * (n % 2), f"Point {n}") for n in range(8)]
    assert len(place_names(points, ROOM, 7.0)) == 8


def test_points_without_a_name_are_kept_free() -> None:
    row = [(100.0 + 20 * at, 80.0, "") for at in range(1, 8)]
    (name,) = place_names([(100.0, 80.0, "Others"), *row], ROOM, 7.0)
    assert name.text == "Others"
    assert not any(name.box.meets(Box(x - 2, y - 2, x + 2, y + 2)) for x, y, _ in row)
