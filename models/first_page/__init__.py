"""Page one of a plan as content without layout: decision, answer, figures, risks, next steps, how sure."""

from models.first_page.page import FirstPage, first_page
from models.first_page.parts import Part, Statement, TargetRow, Verdict, statement_text

__all__ = ["FirstPage", "Part", "Statement", "TargetRow", "Verdict", "first_page", "statement_text"]
