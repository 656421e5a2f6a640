"""Training clusters: what one very long run does to everybody else's deadline."""

from __future__ import annotations

import numpy as np

from models.design.kinds import value_of
from models.evaluation.load import TRAINING
from models.formatting import format_value
from models.frameworks.scaling.capacity import HOURS_PER_MONTH, Capacity
from models.report import Finding, Message, Remedy

BUSY = 0.9


def findings(capacity: Capacity) -> list[Finding]:
    """Return the clusters on which the longest run leaves the short ones too little to hold their deadline.

    While the run holds one node, the other jobs share the rest: utilization = (hours a month − hours of the long run)
    / (nodes − 1) / 730 h, in node hours.
    """
    found = []
    for row in np.flatnonzero(capacity.nodes.station == TRAINING).tolist():
        node = capacity.nodes.elements[row]
        longest, deadline = value_of(node, "longest_run_h"), value_of(node, "deadline_h")
        count = float(capacity.replicas[row])
        if not longest or not deadline or longest <= deadline or count < 1:
            continue
        hours = float(capacity.load[row]) * count * HOURS_PER_MONTH - float(longest)
        rest = hours / ((count - 1) * HOURS_PER_MONTH) if count > 1 else np.inf
        if rest < BUSY:
            continue
        words = {
            "name": node.name,
            "days": format_value(float(longest) * 3600.0, "s"),
            "rest": format_value(rest, "fraction") if np.isfinite(rest) else "without end",
            "deadline": format_value(float(deadline) * 3600.0, "s"),
        }
        key = capacity.key(row)
        title = Message("The longest run on “{name}” breaks the deadline of the others", words)
        why = Message(
            "It holds one node for {days}; the other jobs then use what is left {rest}, so that they wait longer than "
            "{deadline}. Split the run at checkpoints, give it a lower priority, or add a node.",
            words,
        )
        number = int(np.ceil(count)) + 1
        remedy = Remedy("set_replicas", {"node": key, "replicas": number}, Message("Run {n} nodes", {"n": number}))
        found.append(Finding("scaling.long_run", "warning", title, why, (key,), (f"node/{key}/utilization",), remedy))
    return found
