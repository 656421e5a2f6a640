"""The evaluation: columns, cases and the pipeline from a design and a catalog to figures.

Read `pipeline.py` top to bottom to know what is computed from what.
"""

from models.evaluation.cases import Case
from models.evaluation.result import Evaluation, evaluate

__all__ = ["Case", "Evaluation", "evaluate"]
