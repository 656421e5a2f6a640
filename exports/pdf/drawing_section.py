"""The drawing as vectors on a page of its own, upright or across, whichever shows it larger."""

from __future__ import annotations

import math
from collections.abc import Iterator

from reportlab.platypus import Flowable, NextPageTemplate, PageBreak

from exports.painting import frame
from exports.pdf.context import PlanContext
from exports.pdf.drawing import PictureFlowable, fitted_scale
from exports.pdf.links import DRAWING
from exports.pdf.pages import Heading, Section, text_box
from exports.pdf.prose import Prose, muted
from models.evaluation import Evaluation
from models.formatting import format_value
from models.picture import LensValues, Picture, build
from models.themes import SCALE_STEPS, role_code

HEADING_ROOM = 60.0
TINY = 0.3
ROOMY = 1.0


def load_lens(evaluation: Evaluation) -> LensValues:
    """Return the load of every node as badge and color; single points of failure carry a mark."""
    values: dict[str, tuple[str, int]] = {}
    for key, load in zip(evaluation.node_ids, evaluation.load, strict=True):
        if math.isfinite(load):
            full = load >= 1.0
            step = role_code("bad") if full else min(int(load * SCALE_STEPS), SCALE_STEPS - 1)
            values[key] = ("full" if full else format_value(round(load, 2), "fraction"), step)
    single = frozenset(evaluation.node_ids[int(row)] for row in evaluation.reliability.single)
    return LensValues(values, {}, single)


def drawing_section(plan: PlanContext) -> Iterator[Flowable]:
    """Yield the drawing: on an upright page, on one across, or smaller with a word that it is an overview."""
    picture = build(plan.design, "services", load_lens(plan.evaluation))
    upright = (plan.width, plan.height - HEADING_ROOM)
    wide = text_box(plan.paper, wide=True)
    across = (wide[0], wide[1] - HEADING_ROOM)
    sideways = fitted_scale(picture, *across) > fitted_scale(picture, *upright) * 1.08
    box = across if sideways else upright
    yield NextPageTemplate("landscape" if sideways else "portrait")
    yield PageBreak()
    yield Heading(Section("The drawing", DRAWING))
    yield Prose(muted(_caption(picture, box)), 8.0, after=4.0)
    yield PictureFlowable(picture, *box, link=plan.links.element)
    yield NextPageTemplate("portrait")


def _caption(picture: Picture, box: tuple[float, float]) -> str:
    small = fitted_scale(picture, *box) < TINY
    text = (
        "Badges and color: share of the capacity in use at the peak hour. A triangle marks a single point of failure."
    )
    _, _, width, height = frame(picture)
    more = " Too large to be read on one sheet: zoom in, or print it as a poster." if small and width * height else ""
    return text + more
