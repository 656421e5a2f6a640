"""Writing a plan to a file in the format that was asked for, with a sentence if that fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.design.design import Design
from models.evaluation import Evaluation
from models.plans import PlanError


def write_drawing(design: Design, view: str, form: str, output: Path) -> None:
    """Write the drawing of a view as `svg` or `png`.

    Raises:
        PlanError: nothing is drawn, or the file cannot be written.
    """
    from models.picture.picture import build

    if not design.nodes and not design.boundaries:
        raise PlanError("Nothing is drawn yet, so there is no drawing to write. Add a node first.")
    picture = build(design, view)
    with _written(output):
        if form == "svg":
            from exports.svg import write_svg

            write_svg(picture, output)
        else:
            from exports.png import write_png

            write_png(picture, output)


def write_plan_pdf(evaluation: Evaluation, output: Path, alternative: Evaluation | None = None) -> None:
    """Write the plan of an evaluation as PDF, with the variant it is compared to if one is given.

    Raises:
        PlanError: the file cannot be written.
    """
    from models.frameworks import assess_all

    from exports.pdf.plan import write_plan

    with _written(output):
        write_plan(evaluation, assess_all(evaluation), output, alternative=alternative)


@contextmanager
def _written(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PlanError(f"“{output}” cannot be written: {error.strerror}. Choose another place.") from error
