"""Savings of time: machines of development and test that run in working hours only, and schedules that calls break."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from models.evaluation.columns import Floats, Ints, is_one_of
from models.evaluation.load import BATCH
from models.evaluation.load import TRAINING as TRAINING_STATION
from models.evaluation.machines import HOURS_PER_WEEK
from models.frameworks.cost_optimization.fleet import Fleet
from models.frameworks.cost_optimization.inputs import number, setting
from models.frameworks.cost_optimization.proposal import Proposal
from models.frameworks.cost_optimization.view import View
from models.frameworks.cost_optimization.words import few
from models.report import Finding, Message
from models.words import Number, Text

TAGS = ("environment", "env", "stage")
KEPT_ALL_MONTH = 700.0
DAYS = 7.0


def called_hours(view: View) -> Ints:
    """Return (n,) hours of the day in which calls reach a node."""
    return np.asarray((view.evaluation.traffic.demand.node_hour > 0).sum(axis=0), dtype=np.int64)


def schedule(view: View, found: Fleet) -> Proposal | None:
    """Return the saving of switching machines of other environments than production off outside working hours."""
    design = view.evaluation.design
    hours = number(design, "working_hours")
    values = {word.strip().casefold() for word in str(setting(design, "non_production")).split(",")} - {""}

    def find() -> NDArray[np.bool_]:
        return np.array([any(own.get(tag, "").casefold() in values for tag in TAGS) for own in view.tags], dtype=bool)

    other = view.evaluation.pipeline.stages.run("non-production", (view.tags, frozenset(values)), find)
    able = other[found.node] & ~is_one_of(found.station, BATCH, TRAINING_STATION) & (found.hours >= KEPT_ALL_MONTH)
    able &= np.isnan(found.used) & (found.replicas > 0) & (called_hours(view)[found.node] * DAYS <= hours)
    chosen = np.flatnonzero(able)
    if not len(chosen) or hours >= HOURS_PER_WEEK:
        return None
    after: Floats = found.hours.copy()
    after[chosen] = found.hours[chosen] * hours / HOURS_PER_WEEK
    elements, ids = view.evaluation.pipeline.nodes.elements, view.evaluation.node_ids
    keys = tuple(dict.fromkeys(ids[int(found.node[at])] for at in chosen))
    names = list(dict.fromkeys(elements[int(found.node[at])].name for at in chosen))
    args = {"names": few(names), "hours": Number(f"{hours:g}")}
    why = Message("{names} are not production and needed {hours} of the 168 hours of a week.", args)
    if len(names) == 1:
        why = Message("{names} is not production and needed {hours} of the 168 hours of a week.", args)
    return Proposal(
        "schedule",
        Text("Switch development and test off outside working hours"),
        found._replace(hours=after),
        keys,
        {"params": {key: {"hours_per_week": hours} for key in keys}},
        Message("Run {hours} h a week", args),
        why,
        "hours",
        "low",
        Text("Who works late or runs a test at night has to start them first."),
    )


def schedule_findings(view: View) -> Iterator[Finding]:
    """Yield a finding where calls reach a node in more hours of a week than its schedule lets it run."""
    nodes = view.evaluation.pipeline.nodes
    stated, called = nodes.column("money", "hours_per_week"), called_hours(view) * DAYS
    with np.errstate(invalid="ignore"):
        late = np.flatnonzero(called > np.where(np.isnan(stated), HOURS_PER_WEEK, stated))
    for row in late.tolist():
        args = {
            "name": nodes.elements[row].name,
            "on": Number(f"{stated[row]:g}"),
            "called": Number(f"{called[row]:g}"),
        }
        title = Message("“{name}” is switched off while calls reach it", args)
        why = Message(
            "It runs {on} hours a week, and calls arrive in {called}: those outside fail. Let it run longer, or "
            "draw the calls with a profile that ends with the working day.",
            args,
        )
        yield Finding("schedule_conflict", "warning", title, why, (nodes.ids[row],))
