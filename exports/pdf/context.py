"""What every section of a plan is written from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from exports.pdf.blocks import BlockRenderer
from exports.pdf.links import Links
from models.design.design import Design
from models.evaluation import Evaluation
from models.evaluation.result import BillLine
from models.report import Assessment, Finding


class PlanContext(NamedTuple):
    """One plan: its evaluation, the alternative, and how figures and blocks are set.

    Attributes:
        width, height: room for text on an upright page, in points.
        derived: ids of the figures whose derivation is printed.
        bill: of the month, the dearest line first.
        findings: of the evaluation and of all assessments, the gravest first, each once.
    """

    evaluation: Evaluation
    assessments: Sequence[Assessment]
    alternative: Evaluation | None
    title: str
    variant_name: str
    alternative_name: str
    paper: str
    date: str
    width: float
    height: float
    links: Links
    blocks: BlockRenderer
    derived: tuple[str, ...]
    bill: tuple[BillLine, ...]
    findings: tuple[Finding, ...]

    @property
    def design(self) -> Design:
        """The design of the plan."""
        return self.evaluation.design
