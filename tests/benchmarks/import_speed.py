"""How long the import of a large drawing takes: cells in a dense grid, two lines for three shapes."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from models.design.ids import seeded_ids
from models.importers import import_files
from tests.benchmarks.timing import Row, measure
from tests.models.importers.drawings import drawing, line, shape

SHAPES, LINES, COLUMNS, STEP = 6_000, 4_000, 80, 100


def imports() -> Iterator[tuple[str, Row]]:
    """Yield the import of a drawing of 10,000 cells."""
    chosen = random.Random(1)
    cells = [
        shape(f"n{row}", f"Service {row}", (row % COLUMNS * STEP, row // COLUMNS * STEP, 80, 60))
        for row in range(SHAPES)
    ]
    cells += [line(f"e{row}", f"n{chosen.randrange(SHAPES)}", f"n{chosen.randrange(SHAPES)}") for row in range(LINES)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.drawio"
        path.write_text(drawing(*cells), encoding="utf-8")
        yield f"import drawing/{SHAPES + LINES}", measure(lambda: import_files([path], seeded_ids(1)), 3)
