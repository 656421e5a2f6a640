"""Moves that change one flow: a parameter, or whether somebody waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from models.catalog.catalog import Catalog
from models.design.delta import Change, Delta
from models.design.design import Design
from models.design.edits import set_params
from models.design.elements import DesignError, Flow, Id
from models.design.kinds import kinds, parameters_of
from models.moves import Problem
from models.report import Message


def set_flow_parameter(design: Design, catalog: Catalog, args: Mapping[str, Any]) -> Design | Problem:
    """Return the design with parameter `name` of `flow` set to `value`."""
    flow = design.elements.get(args["flow"])
    if not isinstance(flow, Flow):
        return Problem(Message("The flow of this remedy is no longer there."))
    parameter = parameters_of(flow).get(args["name"])
    sentence = parameter.problem(args["value"]) if parameter else None
    if sentence:
        return Problem(Message("{sentence}", {"sentence": sentence}))
    try:
        return design.apply(Delta.of([(args["flow"], flow, set_params(flow, {args["name"]: args["value"]}))]))
    except DesignError as error:
        return Problem.of(error)


def change_flows(design: Design, catalog: Catalog, args: Mapping[str, Any]) -> Design | Problem:
    """Return the design with flows changed: `params` maps flow ids to parameters."""
    changes: dict[Id, Change] = {}
    try:
        for key, params in args["params"].items():
            flow = design.elements.get(key)
            if not isinstance(flow, Flow):
                return Problem(Message("A flow of this remedy is no longer there."))
            changes[key] = (flow, set_params(flow, params))
        return design.apply(Delta(changes))
    except DesignError as error:
        return Problem.of(error)


def make_asynchronous(design: Design, catalog: Catalog, args: Mapping[str, Any]) -> Design | Problem:
    """Return the design in which nobody waits for `flow`: a message, sent from an outbox after the answer.

    Parameters that messages do not have (time limit, retries, reply size) are dropped.
    """
    flow = design.elements.get(args["flow"])
    if not isinstance(flow, Flow):
        return Problem(Message("The flow of this remedy is no longer there."))
    if flow.interaction != "request":
        return Problem(Message("Nobody waits for this flow already."))
    known = {parameter.name for parameter in kinds().flows["message"].parameters}
    params = {name: value for name, value in flow.params.items() if name in known}
    after = msgspec.structs.replace(flow, interaction="message", params=params)
    return design.apply(Delta.of([(args["flow"], flow, after)]))
