"""Stages hand old results on as long as what they read is the same."""

from __future__ import annotations

from models.evaluation.pipeline import Stages


class Part:
    """An element with a number."""

    def __init__(self, number: int) -> None:
        self.number = number


def test_each_computes_only_what_changed() -> None:
    seen: list[int] = []

    def read(part: Part) -> int:
        seen.append(part.number)
        return part.number % 10

    first, second, third = Part(1), Part(2), Part(13)
    stages = Stages(None)
    assert stages.each("numbers", (first, second), read) == (1, 2)
    later = Stages(stages)
    assert later.each("numbers", (first, third), read) == (1, 3)
    assert later.each("numbers", (third, first, second), read) == (3, 1, 2)
    assert seen == [1, 2, 13, 2]


def test_each_hands_the_old_values_on_where_none_differs() -> None:
    stages = Stages(None)
    values = stages.each("numbers", (Part(1), Part(2)), lambda part: part.number % 10)
    again = Stages(stages).each("numbers", (Part(1), Part(12)), lambda part: part.number % 10)
    assert again is values
