"""Writing a plan to a file in the format that was asked for, with a sentence if that fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.design.design import Design
from models.evaluation import Evaluation
from models.plans import Plan, PlanError


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


def write_plan_pdf(
    plan: Plan,
    evaluation: Evaluation,
    output: Path,
    alternative: tuple[Plan, Evaluation] | None = None,
    date: str = "",
) -> None:
    """Write the plan as PDF, with the variant it is compared to if one is given.

    Args:
        date: day of the plan as printed, `2026-11-23`.

    Raises:
        PlanError: the file cannot be written.
    """
    from exports.pdf.plan import write_plan
    from models.frameworks import assess_all, with_studies

    with _written(output):
        write_plan(
            evaluation,
            output,
            assessments=assess_all(evaluation, with_studies(evaluation)),
            alternative=alternative[1] if alternative else None,
            title=plan.title,
            variant_name=plan.variant,
            alternative_name=alternative[0].variant if alternative else "",
            date=date,
        )


@contextmanager
def _written(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.strerror is None:
            raise PlanError(str(error)) from error
        raise PlanError(f"“{output}” cannot be written: {error.strerror}. Choose another place.") from error
