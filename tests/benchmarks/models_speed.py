"""Speed of the floors without a window: evaluation, project file, layout, routing, PDF, start of the program."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from models.catalog.catalog import load_catalog
from models.design.delta import Delta
from models.design.design import Design, to_text
from models.design.edits import set_params
from models.evaluation import evaluate
from models.storage.project import Project
from tests.benchmarks.designs import big_design
from tests.benchmarks.timing import Row, measure, row

SIZES = (100, 500, 1_000, 10_000)
Result = tuple[str, Row]


def evaluation(size: int) -> Iterator[Result]:
    """Yield evaluate_full and evaluate_edit: all of a drawing, and one number of one node changed."""
    catalog, design = load_catalog(), big_design(size)
    yield f"evaluate_full/{size}", measure(lambda: evaluate(design, catalog), 7)
    key = next(key for key, node in design.nodes.items() if node.kind == "service")
    node, values = design.nodes[key], count(1)
    last = evaluate(design, catalog)

    def edit() -> None:
        changed = design.apply(Delta.of([(key, node, set_params(node, {"service_time_ms": 3.0 + next(values) / 100}))]))
        evaluate(changed, catalog, previous=last)

    yield f"evaluate_edit/{size}", measure(edit, 15)


def assessments(size: int) -> Iterator[Result]:
    """Yield assess and blocks of each framework, what the hand waits for and what a panel shows, and the rules."""
    from models.frameworks import FRAMEWORKS

    catalog, design = load_catalog(), big_design(size)
    for framework in FRAMEWORKS:
        said, shown = [], []
        for month in range(9):
            result = evaluate(design, catalog, month=month)
            result.scoreboard()
            start = time.perf_counter()
            assessment = framework.assess(result, ())
            middle = time.perf_counter()
            _ = assessment.blocks
            said.append((middle - start) * 1000.0)
            shown.append((time.perf_counter() - middle) * 1000.0)
        yield f"assess-{framework.ID}/{size}", row(said[1:])
        yield f"blocks-{framework.ID}/{size}", row(shown[1:])


def rules(size: int) -> Iterator[Result]:
    """Yield rules: all rules of the architecture patterns together, after an edit of one node."""
    from models.frameworks.architecture_patterns.reading import Reading
    from models.frameworks.architecture_patterns.rules import apply_rules

    catalog, design = load_catalog(), big_design(size)
    key = next(key for key, node in design.nodes.items() if node.kind == "service")
    times, last = [], evaluate(design, catalog)
    for edit in range(12):
        node = design.nodes[key]
        design = design.apply(Delta.of([(key, node, set_params(node, {"service_time_ms": 3.0 + edit / 100}))]))
        last = evaluate(design, catalog, previous=last)
        last.scoreboard()  # what the evaluation computes is not the rules'
        start = time.perf_counter()
        apply_rules(Reading(last))
        times.append((time.perf_counter() - start) * 1000.0)
    yield f"rules/{size}", row(times[1:])


def files(size: int) -> Iterator[Result]:
    """Yield save, open and commit of a project file."""
    design = big_design(size)
    with tempfile.TemporaryDirectory() as folder:
        numbers = count()
        yield f"save/{size}", measure(lambda: _create(Path(folder) / f"{next(numbers)}.groundplan", design), 3)
        path = Path(folder) / "0.groundplan"
        yield f"open/{size}", measure(lambda: _open(path), 3)
        with Project.open(path) as project:
            document = project.document(project.variants()[0].id)
            key = next(iter(design.nodes))
            values = count(1)

            def commit() -> None:
                node = document.design.nodes[key]
                document.change([(key, set_params(node, {"peak_rate_rps": 1.0 + next(values)}))], "Set rate")

            yield f"commit/{size}", measure(commit, 25)


def _create(path: Path, design: Design) -> None:
    Project.create(path, "Benchmark", [("Plan", design)]).close()


def _open(path: Path) -> None:
    with Project.open(path) as project:
        project.design(project.variants()[0].id)


def drawing(size: int) -> Iterator[Result]:
    """Yield layout and route."""
    from models.layout.tidy import tidy
    from models.picture import build

    design = big_design(size)
    if size <= 1_000:
        yield f"layout/{size}", measure(lambda: tidy(design, "services"), 3)
    yield f"route/{size}", measure(lambda: build(design, "services"), 3)


def plans() -> Iterator[Result]:
    """Yield pdf/200 and pdf/2000: the whole plan written."""
    from datetime import date

    from exports.pdf.plan import write_plan
    from models.frameworks import assess_all

    catalog = load_catalog()
    for size in (200, 2_000):
        result = evaluate(big_design(size), catalog)
        assessments = assess_all(result)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "plan.pdf"
            today = date.today().isoformat()
            yield (
                f"pdf/{size}",
                measure(lambda r=result, p=path, a=assessments, d=today: write_plan(r, p, assessments=a, date=d), 3),
            )


def imports() -> Iterator[Result]:
    """Yield import_terraform/1000 and import_terraform/10000: a plan with as many resources read and drawn."""
    from models.importers import import_files
    from tests.models.importers.terraform_plans import cells

    for size in (1_000, 10_000):
        with tempfile.TemporaryDirectory() as folder:
            path = cells(size // 5).write(Path(folder))
            yield f"import_terraform/{size}", measure(lambda p=path: import_files([p]), 3)


def start() -> Iterator[Result]:
    """Yield cold_start/1 (window painted on an example, in a fresh process) and cli_evaluate/100."""
    program = [sys.executable, "-m", "app"]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a user's second start finds its modules compiled
    yield "cold_start/1", measure(lambda: _run([*program, "--first-paint"], environment), 5)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "design.json"
        path.write_text(to_text(big_design(100)), encoding="utf-8")
        command = [sys.executable, "-m", "app.cli", "evaluate", str(path), "--json"]
        yield "cli_evaluate/100", measure(lambda: _run(command, environment), 5)


def _run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
