"""An assessment builds its blocks when they are asked for, each once, and says so when it cannot."""

from threading import Thread

import pytest

from models.report import Assessment, Message, Sentence


def of(blocks) -> Assessment:
    return Assessment("scaling", Message("Scaling"), Message("It holds."), blocks)


def sentences(made: list[int], count: int = 5):
    for number in range(count):
        made.append(number)
        yield Sentence(Message(f"Sentence {number}"))


def test_blocks_are_built_as_far_as_they_are_asked_for() -> None:
    made: list[int] = []
    found = of(lambda: sentences(made))
    assert (found.built, found.is_built, made) == ((), False, [])
    found.build(2)
    assert len(found.built) == 2
    assert made == [0, 1]
    assert len(found.blocks) == 5
    assert found.is_built
    assert found.blocks == found.built
    assert made == [0, 1, 2, 3, 4]


def test_two_threads_build_each_block_once() -> None:
    made: list[int] = []
    found = of(lambda: sentences(made, 2_000))
    threads = [Thread(target=lambda: found.blocks) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == list(range(2_000))
    assert len(found.blocks) == 2_000


def test_a_fault_is_heard_by_everyone_who_asks() -> None:
    def faulty():
        yield Sentence(Message("Fine"))
        raise ZeroDivisionError

    found = of(faulty)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            _ = found.blocks
    assert not found.is_built
