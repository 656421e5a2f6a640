"""Derivations: from a figure back to the facts. `explain` is asked on demand; `recompute` checks what it says."""

from models.explain.derive import explain
from models.explain.expression import Expression, Term, recompute

__all__ = ["Expression", "Term", "explain", "recompute"]
