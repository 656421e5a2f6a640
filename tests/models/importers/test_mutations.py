"""Files broken at random places either import and evaluate or are refused with a sentence; nothing else happens."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from models.catalog.catalog import load_catalog
from models.design.ids import seeded_ids
from models.evaluation import evaluate
from models.importers import ImportProblem, import_files
from tests.models.importers.test_kubernetes import SHOP

COMPOSE = Path(__file__).parents[3] / "resources" / "examples" / "assistant" / "compose.yaml"
ODD = ("-5", "1e400", "${", "${A:-${", "{$", '"', "*a", "&a", "!x y", "~", "0x", "://", "http://@:80", "host:99999", "")


def broken(text: str, random_source: random.Random) -> str:
    """Return the text with one to six lines changed."""
    lines = text.splitlines()
    for _ in range(random_source.randint(1, 6)):
        place = random_source.randrange(len(lines))
        head = lines[place].split(":")[0]
        lines[place] = random_source.choice(
            (
                "",
                f"{head}:",
                f"{head}: [a, {{b: c}}, null]",
                f"{head}: {{x: {{y: z}}}}",
                f"  {lines[place]}",
                lines[place][: random_source.randrange(len(lines[place]) + 1)],
                f"{head}: {random_source.choice(ODD)}",
            )
        )
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("kind", ["compose", "manifests"])
def test_broken_files_never_raise_anything_but_a_sentence(tmp_path: Path, kind: str, seed: int) -> None:
    text = COMPOSE.read_text(encoding="utf-8") if kind == "compose" else SHOP
    source, catalog, refused = random.Random(seed), load_catalog(), 0
    path = tmp_path / "file.yaml"
    for _ in range(20):
        path.write_text(broken(text, source), encoding="utf-8")
        try:
            design = import_files([path], seeded_ids(seed)).design
        except ImportProblem as problem:
            refused += 1
            sentence = str(problem)
        else:
            sentence = str(evaluate(design, catalog).figure("total/cost_per_month").id)
        assert sentence
    assert refused < 20
