"""The demand of a trace taken over into a design: users get their rate and profile, model servers their tokens."""

from __future__ import annotations

import msgspec

from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import Element, Id, Node, Value
from models.design.kinds import kinds
from models.importers.notes import ImportProblem
from models.importers.traces import TraceDemand
from models.words import Text, joined, quoted

_TOKEN_KINDS = frozenset({"llm_serving", "llm_api"})


def apply_demand(design: Design, demand: TraceDemand, users: Id | None = None) -> Delta:
    """Return the delta that gives the demand to a users node; its values count as measured.

    Args:
        users: id of the users node; None = the only one.

    Raises:
        ImportProblem: there is no users node, or several and none is named.
    """
    found = [key for key, node in design.nodes.items() if node.kind == "users" and users in (None, key)]
    if len(found) != 1:
        names = joined(quoted(design.nodes[key].name) for key in found)
        why = Text("there are several ({names})", names=names) if found else Text("there is none")
        raise ImportProblem(
            Text("The trace needs one users node to give its demand to, and {why}. Draw or name one.", why=why)
        )
    changes: list[tuple[Id, Element | None, Element | None]] = []
    for key, node in design.nodes.items():
        values = demand.users if key == found[0] else demand.tokens if node.kind in _TOKEN_KINDS else {}
        if values:
            changes.append((key, node, _measured(node, values)))
    return Delta.of(changes)


def _measured(node: Node, values: dict[str, Value]) -> Node:
    spec = kinds().nodes[node.kind]
    known = {name: value for name, value in values.items() if spec.parameter(name) is not None}
    return msgspec.structs.replace(
        node,
        params={**node.params, **known},
        provenance={**node.provenance, **dict.fromkeys(known, "measured")},
    )
