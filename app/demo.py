"""The whole job without a window, on what is built in: read a Compose file, evaluate, compare, keep, print."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from exports.files import write_drawing, write_plan_pdf
from exports.text import columns, comparison_text, evaluation_text, figure_text
from models.evaluation import evaluate
from models.frameworks import all_findings, full_scoreboard
from models.importers import import_files
from models.plans import TEMPLATE_PREFIX, PlanError, create_project, read_plan
from models.storage.project import SUFFIX
from models.templates import templates
from models.variants import compare

COMPOSE_EXAMPLE = Path(__file__).parents[1] / "resources" / "examples" / "assistant" / "compose.yaml"


def run_demo(folder: Path | None, tell: Callable[[str], object]) -> Path:
    """Plan the first template in `folder` (a new temporary one if None), tell what is done, and return the folder.

    Raises:
        PlanError: the folder cannot be made.
    """
    template = templates()[0]
    place = _folder(folder)
    imported = _import(place, tell)
    tell(f"{template.title}: {template.summary}\n")
    designs = [(variant.name, variant.design) for variant in template.variants[:2]]
    chosen_first = sorted(designs, key=lambda pair: pair[1].is_rejected)
    plans = [read_plan(f"{TEMPLATE_PREFIX}{template.id}#{name}") for name, _ in chosen_first]
    first, second = (evaluate(plan.design, plan.catalog) for plan in plans)
    tell(evaluation_text(plans[0], first))
    tell(f"The other variant, “{plans[1].variant}”, against it:\n")
    tell(comparison_text((plans[0], plans[1]), compare(first, second)))
    project = _free(place, template.id, SUFFIX)
    create_project(project, template.title, designs).close()
    drawing = _free(place, template.id, ".svg")
    write_drawing(plans[0].design, "services", "svg", drawing)
    paper = _free(place, template.id, ".pdf")
    write_plan_pdf(plans[0], first, paper, (plans[1], second), date.today().isoformat())
    tell("\n".join(["Wrote", *(f"  {path}" for path in (imported, project, drawing, paper))]))
    return place


def _import(folder: Path, tell: Callable[[str], object]) -> Path:
    """Read the bundled Compose file into a project and say what it comes to."""
    found = import_files([COMPOSE_EXAMPLE])
    tell(f"Read a Compose file: {found.summary()}")
    path = _free(folder, "compose", SUFFIX)
    create_project(path, "Assistant on Compose", [("Imported", found.design)]).close()
    plan = read_plan(str(path))
    evaluation = evaluate(plan.design, plan.catalog)
    board = full_scoreboard(evaluation, all_findings(evaluation))
    shown = [figure for figure in board if figure.id in ("total/cost_per_month", "total/bottleneck", "total/findings")]
    tell(columns([(figure.label, figure_text(figure)) for figure in shown], indent=2) + "\n")
    return path


def _folder(folder: Path | None) -> Path:
    try:
        if folder is None:
            return Path(tempfile.mkdtemp(prefix="groundplan-demo-"))
        folder.mkdir(parents=True, exist_ok=True)
        return folder.resolve()
    except OSError as error:
        raise PlanError(f"The folder for the demo cannot be made: {error.strerror}. Name another one by -o.") from error


def _free(folder: Path, stem: str, suffix: str) -> Path:
    """Return a name in the folder that is not taken, so that nothing is overwritten."""
    names = (f"{stem}{suffix}", *(f"{stem}-{number}{suffix}" for number in range(2, 1000)))
    return next(folder / name for name in names if not (folder / name).exists())
