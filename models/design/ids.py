"""Where new ids come from: random in the program, a seeded sequence in tests."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable

from models.design.elements import Id

IdSource = Callable[[], Id]
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
_LENGTH = 12


def random_ids() -> Id:
    """Return a new random id of 12 characters (60 bits)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def seeded_ids(seed: int) -> IdSource:
    """Return a source of the same ids for the same seed, for tests and templates."""
    generator = random.Random(seed)
    return lambda: "".join(generator.choice(_ALPHABET) for _ in range(_LENGTH))
