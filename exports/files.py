"""Writing a plan to a file in the format that was asked for, with a sentence if that fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exports.whole import write_whole
from models.design.design import Design
from models.evaluation import Evaluation
from models.plans import Plan, PlanError

FIGURE_FORMS = ("xlsx", "csv", "kubernetes", "budgets")
"""What `write_figures` writes: a workbook, a folder of tables, a folder of manifests, budgets as Terraform."""
NO_BUDGET = (
    "There is no budget that a cloud can watch: set one in the brief or in the cost panel, and place what it pays for "
    "at AWS, Azure or Google Cloud."
)
NO_CLUSTER = (
    "There is nothing to write as Kubernetes manifests: no service of yours is placed in a cluster, and no region runs "
    "two of them. Place some first."
)


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
    studies: bool = False,
) -> None:
    """Write the plan as PDF, with the variant it is compared to if one is given.

    Args:
        date: day of the plan as printed, `2026-11-23`.
        studies: run the long computations that frameworks wait for first; else they are printed as not run yet.

    Raises:
        PlanError: the file cannot be written.
    """
    from exports.pdf.plan import write_plan
    from models.frameworks import assess_all, with_studies

    with _written(output):
        write_plan(
            evaluation,
            output,
            assessments=assess_all(evaluation, with_studies(evaluation) if studies else ()),
            alternative=alternative[1] if alternative else None,
            title=plan.title,
            variant_name=plan.variant,
            alternative_name=alternative[0].variant if alternative else "",
            date=date,
        )


def write_figures(evaluation: Evaluation, form: str, output: Path, studies: bool = False) -> None:
    """Write an evaluation as `xlsx` (a file), `csv` and `kubernetes` (folders), or `budgets`.

    Raises:
        PlanError: there is nothing to write, the folder has the name of a file, or it cannot be written.
    """
    if form in ("csv", "kubernetes") and (output.suffix.lower() in (".csv", ".yaml", ".yml") or output.is_file()):
        raise PlanError(f"“{output}” is to be a folder, because several files may be written. Name a folder.")
    if form == "budgets":
        from exports.terraform import budgets_text

        text = budgets_text(evaluation)
        if not text:
            raise PlanError(NO_BUDGET)
        with _written(output):
            write_whole(output, text.encode())
        return
    if form == "kubernetes":
        from exports.kubernetes import manifests

        texts = manifests(evaluation)
        if not texts:
            raise PlanError(NO_CLUSTER)
        _write_folder(output, {name: text.encode() for name, text in texts.items()})
        return
    from models.frameworks import assess_all, with_studies

    assessments = assess_all(evaluation, with_studies(evaluation) if studies else ())
    if form == "csv":
        from exports.csv import csv_text, panel_csv_text
        from exports.panel_sheets import panel_sheets
        from exports.sheets import sheets

        texts = {table.name: csv_text(table) for table in sheets(evaluation, assessments)}
        texts |= {panel.name: panel_csv_text(panel) for panel in panel_sheets(assessments)}
        names = {name: f"{name.lower().replace(' ', '_')}.csv" for name in texts}
        _write_folder(output, {names[name]: text.encode("utf-8-sig") for name, text in texts.items()})
        return
    from exports.xlsx import write_workbook

    with _written(output):
        write_workbook(evaluation, assessments, output)


def _write_folder(folder: Path, files: dict[str, bytes]) -> None:
    """Write files into a folder, which is made; others in it stay."""
    with _written(folder):
        folder.mkdir(exist_ok=True)
        for name, data in files.items():
            write_whole(folder / name, data)


@contextmanager
def _written(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.strerror is None:
            raise PlanError(str(error)) from error
        raise PlanError(f"“{output}” cannot be written: {error.strerror}. Choose another place.") from error
