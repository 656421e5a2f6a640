"""Tooltips that show names and notes as they are."""

from __future__ import annotations

from html import escape


def as_tip(text: str) -> str:
    """Return a text for a tooltip: markup in a name or a note stays text, it would be drawn and could show files."""
    return f"<qt>{escape(text).replace(chr(10), '<br>')}</qt>" if "<" in text else text
