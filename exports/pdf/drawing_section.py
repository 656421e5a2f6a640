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
from exports.pdf.prose import Prose, bold, muted
from exports.pdf.tables import Grid, GridColumn, GridRow
from models.design.kinds import boundary_axis
from models.evaluation import Evaluation
from models.formatting import format_value
from models.picture import LensValues, Picture, build
from models.themes import SCALE_STEPS, role_code

HEADING_ROOM = 60.0
TINY = 0.3
MOST_PLACED = 150
READABLE = 0.4
MOST_NAMED = 60


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
    """Yield the drawing by teams and, where places are drawn, by where it runs; each on the sheet that suits it."""
    lens = load_lens(plan.evaluation)
    yield from _sheet(plan, build(plan.design, "services", lens), Section("The drawing", DRAWING))
    placed = any(boundary_axis(boundary.kind) == "deployment" for boundary in plan.design.boundaries.values())
    if placed:
        section = Section("Where it runs", "drawing-places", 1)
        picture = build(plan.design, "deployment", lens) if len(plan.design.nodes) <= MOST_PLACED else None
        if picture is not None and fitted_scale(picture, *_boxes(plan)[1]) >= READABLE:
            yield from _sheet(plan, picture, section)
        else:
            yield NextPageTemplate("portrait")
            yield PageBreak()
            yield Heading(section)
            yield _places(plan)
            return
    yield NextPageTemplate("portrait")
    yield PageBreak()


def _boxes(plan: PlanContext) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the room for a picture on an upright sheet and on one across."""
    wide = text_box(plan.paper, wide=True)
    return (plan.width, plan.height - HEADING_ROOM), (wide[0], wide[1] - HEADING_ROOM)


def _places(plan: PlanContext) -> Flowable:
    """Return a table of the places with what runs there."""
    running: dict[str, list[str]] = {}
    for node in plan.design.nodes.values():
        for site in node.sites:
            chain = [boundary.name for _, boundary in plan.design.ancestors(site.boundary)]
            role = "" if site.role == "active" else f", {site.role.replace('_', ' ')}"
            count = f" × {site.replicas}" if site.replicas != 1 else ""
            running.setdefault(" · ".join(reversed(chain)), []).append(f"{node.name}{count}{role}")
    rows = []
    for place, names in sorted(running.items()):
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        where = place or "Outside, or in the home region"
        rows.append(GridRow((bold(where), str(len(names)), "; ".join(names[:MOST_NAMED]) + more)))
    return Grid([GridColumn("Place", share=0.24), GridColumn("Parts", "right"), GridColumn("What runs there")], rows)


def _sheet(plan: PlanContext, picture: Picture, section: Section) -> Iterator[Flowable]:
    upright, across = _boxes(plan)
    sideways = fitted_scale(picture, *across) > fitted_scale(picture, *upright) * 1.08
    box = across if sideways else upright
    yield NextPageTemplate("landscape" if sideways else "portrait")
    yield PageBreak()
    yield Heading(section)
    yield Prose(muted(_caption(picture, box)), 8.0, after=4.0)
    yield PictureFlowable(picture, *box, link=plan.links.element)


def _caption(picture: Picture, box: tuple[float, float]) -> str:
    small = fitted_scale(picture, *box) < TINY
    text = (
        "Badges and color: share of the capacity in use at the peak hour. A triangle marks a single point of failure."
    )
    _, _, width, height = frame(picture)
    more = " Too large to be read on one sheet: zoom in, or print it as a poster." if small and width * height else ""
    return text + more
