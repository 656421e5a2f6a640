"""What the export dialog writes: the plan, the drawing, the workbook or the design, whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.evaluator import Request, evaluate_design
from app.words import mark, say
from models.design.design import to_text
from models.themes import ThemeName

if TYPE_CHECKING:
    from app.session import Session
    from app.work import Cancelled
    from models.picture import Picture
    from models.report import Assessment

FORMATS: dict[str, str] = {
    ".pdf": mark("Plan as PDF"),
    ".svg": mark("Drawing as SVG"),
    ".png": mark("Drawing as PNG"),
    ".xlsx": mark("Figures as workbook"),
    ".yaml": mark("Clusters as Kubernetes manifests"),
    ".json": mark("Design as JSON"),
    ".tf.json": mark("Budgets as Terraform"),
}


@dataclass(frozen=True, slots=True)
class ExportJob:
    """Everything an export needs, so that it can run while the design is edited.

    Attributes:
        picture: the drawing in the view that is shown; None while it is being made, then it is made here.
        alternative: name and request of the variant that the plan is compared with.
        scale: pixels of a bitmap per pixel of the drawing.
    """

    path: Path
    picture: Picture | None
    request: Request
    title: str
    variant_name: str
    evaluation: Any = None
    assessments: tuple[Assessment, ...] = ()
    view: str = "services"
    alternative: tuple[str, Request] | None = None
    paper: str = "A4"
    theme: ThemeName = "light"
    scale: float = 2.0


def job_of(session: Session, picture: Picture | None, path: Path) -> ExportJob:
    """Return the job that writes what is shown."""
    return ExportJob(
        path,
        picture,
        Request(session.design, session.month, session.project),
        session.title,
        session.variant_name,
        session.evaluation,
        session.assessments,
        session.view,
    )


def export(job: ExportJob, cancelled: Cancelled = lambda: False) -> bool:
    """Write the file; returns False, with what was there untouched, if it was canceled.

    Raises:
        ValueError: the ending stands for nothing that can be written, or the month has no figures yet.
        OSError: the file cannot be written; the message is a sentence.
    """
    from exports.whole import write_whole

    data = _data(job, cancelled)
    if cancelled():
        return False
    write_whole(job.path, data)
    return True


def _data(job: ExportJob, cancelled: Cancelled) -> bytes:
    ending = ending_of(job.path)
    if ending == ".svg":
        from exports.svg import svg_text

        return svg_text(_picture(job), job.theme).encode()
    if ending == ".png":
        from exports.png import png_bytes

        return png_bytes(_picture(job), job.theme, scale=job.scale)
    if ending == ".json":
        return to_text(job.request.design).encode()
    if ending == ".xlsx":
        from exports.xlsx import workbook_bytes

        return workbook_bytes(*_figures(job))
    if ending == ".yaml":
        return _manifests(job)
    if ending == ".tf.json":
        return _budgets(job)
    if ending == ".pdf":
        return _plan(job, cancelled)
    raise ValueError(
        say("Nothing can be written as {ending}; take {endings}.", ending=ending, endings=", ".join(FORMATS))
    )


def _picture(job: ExportJob) -> Picture:
    from models.picture import build

    return job.picture if job.picture is not None else build(job.request.design, job.view)


def ending_of(path: Path) -> str:
    """Return the ending that says what is written, also one of two parts."""
    name = path.name.lower()
    return next((ending for ending in sorted(FORMATS, key=len, reverse=True) if name.endswith(ending)), path.suffix)


def with_ending(path: Path, ending: str) -> Path:
    """Return the path with another ending of the formats."""
    known = ending_of(path)
    return path.with_name(path.name[: len(path.name) - len(known)] + ending)


def _budgets(job: ExportJob) -> bytes:
    from exports.terraform import budgets_text

    text = budgets_text(_figures(job)[0])
    if not text:
        raise ValueError(
            say("There is no budget that a cloud can watch: set one, and place what it pays for at AWS, Azure or GCP.")
        )
    return text.encode()


def _manifests(job: ExportJob) -> bytes:
    """Return the manifests of all clusters as one stream of YAML documents, to be applied as it is."""
    from exports.kubernetes import manifests

    texts = manifests(_figures(job)[0])
    if not texts:
        raise ValueError(
            say("No service of yours is placed in a cluster, and no region runs two of them. Place some first.")
        )
    return "---\n".join(texts.values()).encode()


def _figures(job: ExportJob) -> tuple[Any, tuple[Assessment, ...]]:
    """Return the evaluation of exactly this design and month with its assessments."""
    from models.frameworks import assess_all

    known = job.evaluation
    if known is not None and known.design is job.request.design and known.month == job.request.month:
        return known, job.assessments or assess_all(known)
    evaluation = evaluate_design(job.request, None)
    return evaluation, assess_all(evaluation)


def _plan(job: ExportJob, cancelled: Cancelled) -> bytes:
    from exports.pdf.plan import plan_bytes

    evaluation, assessments = _figures(job)
    alternative = evaluate_design(job.alternative[1], None) if job.alternative is not None else None
    if cancelled():
        return b""
    return plan_bytes(
        evaluation,
        assessments=assessments,
        alternative=alternative,
        title=job.title,
        variant_name=job.variant_name,
        alternative_name=job.alternative[0] if job.alternative is not None else "",
        paper=job.paper,
        date=date.today().isoformat(),
    )
