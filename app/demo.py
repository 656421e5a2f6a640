"""The whole job without a window, on the built-in example: evaluate, compare two variants, keep, print."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from exports.files import write_drawing, write_plan_pdf
from exports.text import comparison_text, evaluation_text
from models.evaluation import evaluate
from models.plans import TEMPLATE_PREFIX, PlanError, create_project, read_plan
from models.storage.project import SUFFIX
from models.templates import templates
from models.variants import compare


def run_demo(folder: Path | None, say: Callable[[str], object]) -> Path:
    """Plan the first template in `folder` (a new temporary one if None), say what is done, and return the folder.

    Raises:
        PlanError: the folder cannot be made.
    """
    template = templates()[0]
    place = _folder(folder)
    say(f"{template.title}: {template.summary}\n")
    designs = [(variant.name, variant.design) for variant in template.variants[:2]]
    plans = [read_plan(f"{TEMPLATE_PREFIX}{template.id}#{name}") for name, _ in designs]
    first, second = (evaluate(plan.design, plan.catalog) for plan in plans)
    say(evaluation_text(plans[0], first))
    say(f"The other variant, “{plans[1].variant}”, against it:\n")
    say(comparison_text((plans[0], plans[1]), compare(first, second)))
    project = _free(place, template.id, SUFFIX)
    create_project(project, template.title, designs).close()
    drawing = _free(place, template.id, ".svg")
    write_drawing(plans[0].design, "services", "svg", drawing)
    paper = _free(place, template.id, ".pdf")
    write_plan_pdf(plans[0], first, paper, (plans[1], second), date.today().isoformat())
    say(f"Wrote {project}\n      {drawing}\n      {paper}")
    return place


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
