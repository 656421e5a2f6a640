"""What a drawn or described line carries: a request, messages, a stream or batches, and how often it is taken."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from models.design.elements import Interaction, Value
from models.importers.recognition import BROKERS, STORES
from models.importers.sketch import Box
from models.importers.stencils import interaction_of, label_words
from models.importers.workloads import word_set
from models.words import Text

_READS = word_set(
    "query queries read reads report reports select search searches analyze analyzes explore dashboard get gets"
)
_LOADS = 0.0001


class Carried(Struct, frozen=True):
    """The interaction of a line, what says so where it is no plain request, and values of the flow that follow."""

    interaction: Interaction = "request"
    because: str = ""
    params: dict[str, Value] = field(default_factory=dict)


def carries(
    source: Box, target: Box, label: str, technology: str = "", tags: Iterable[str] = (), dashed: bool = False
) -> Carried:
    """Return what a line carries, by what stands at its ends, by its words, and by how it is drawn."""
    for end in (target, source):
        if end.kind in BROKERS and not (end is source and target.kind == "warehouse"):
            kind: Interaction = "stream" if end.kind == "stream" else "message"
            return Carried(kind, Text("“{name}” passes messages on", name=end.name))
    if {"asynchronous", "async"} & {tag.lower() for tag in tags}:
        return Carried("message", Text("it is tagged as asynchronous"))
    if target.kind == "warehouse" and source.kind != "users" and not _READS & set(label_words(label)):
        because = Text("a warehouse is loaded in batches: one load for 10,000 arrivals is assumed")
        return Carried("batch", because, {"calls": _LOADS})
    if "monitoring" in (source.kind, target.kind):
        return Carried("stream", Text("telemetry flows all the time"))
    said = interaction_of(technology) or interaction_of(label)
    if said is not None and source.kind != "users" and not (target.kind in STORES and said[0] == "message"):
        return Carried(said[0], Text("its label says “{words}”", words=said[1]))
    if source.kind in STORES:
        return Carried("message", Text("a store calls nobody: its data is passed on"))
    if dashed and target.kind not in STORES and source.kind != "users":
        return Carried("message", Text("it is dashed"))
    return Carried()
