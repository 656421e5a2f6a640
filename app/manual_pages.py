"""The pages of the manual: written ones from `resources/manual`, those of kinds and actions made from their tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from PySide6.QtGui import QKeySequence

from app.action_spec import ActionSpec
from app.actions import ACTIONS, MENUS
from models.design.kinds import BoundaryKind, FlowKind, NodeKind, Parameter, kinds

MANUAL_FOLDER = Path(__file__).parents[1] / "resources" / "manual"
FIRST = "window"
SCREENS = (
    *("window", "start", "canvas", "palette", "outline", "history", "inspector", "findings", "scoreboard"),
    *("explain", "views", "variants", "command_palette", "files", "settings", "words"),
)
AXES = {
    "context": "who owns what is inside; drawn in the view Services",
    "deployment": "where the inside runs; drawn in the view Deployment",
    "overlay": "laid over the other boundaries",
    "annotation": "written on the canvas, no part of the system",
}


class Page(NamedTuple):
    """One page in Markdown, under its heading in the contents."""

    id: str
    title: str
    section: str
    text: str


@cache
def pages() -> Mapping[str, Page]:
    """Return all pages by id, in the order of the contents."""
    found = (*_written(), _keys(), _brief(), *_kinds())
    return {page.id: page for page in found}


def find(words: str) -> tuple[Page, ...]:
    """Return the pages that hold all words, those with the words in their title first."""
    wanted = words.casefold().split()
    hits = [page for page in pages().values() if all(word in f"{page.title} {page.text}".casefold() for word in wanted)]
    return tuple(sorted(hits, key=lambda page: not all(word in page.title.casefold() for word in wanted)))


def _written() -> Iterable[Page]:
    names = [*SCREENS, *sorted(path.stem for path in MANUAL_FOLDER.glob("*.md") if path.stem not in SCREENS)]
    for name in names:
        text = (MANUAL_FOLDER / f"{name}.md").read_text("utf-8")
        title = text.partition("\n")[0].lstrip("# ").strip()
        yield Page(name, title, "The program" if name in SCREENS else "Frameworks", text)


def _keys() -> Page:
    """Return the table of every action with its menu and keys, and the keys of the blocks."""
    parts = ["# Actions and keys\n\nThe command palette (Ctrl+K) runs each of them by name.\n"]
    for menu in (*MENUS, ""):
        parts.append(f"\n## {menu or 'Only by key'}\n\n| action | keys |\n|---|---|")
        parts += [_action_row(spec) for spec in ACTIONS if spec.menu == menu]
    parts.append("\n## Blocks\n\nWhile the drawing has the focus.\n\n| block | key |\n|---|---|")
    table = kinds()
    armed = [(f"kind/{kind.id}", kind.label, kind.key) for kind in table.nodes.values()]
    armed += [(f"boundary/{kind.id}", kind.label, kind.key) for kind in table.boundaries.values()]
    parts += [f"| [{label}]({page}.md) | {_cell(key)} |" for page, label, key in armed if key]
    parts.append("\nGestures of the pointer are on the page [The drawing](canvas.md).")
    return Page("keys", "Actions and keys", "The program", "\n".join(parts))


def _action_row(spec: ActionSpec) -> str:
    keys = " · ".join(QKeySequence(keys).toString() for keys in spec.shortcuts)
    return f"| {_cell(spec.text)} | {_cell(keys)} |"


def _brief() -> Page:
    words = "What holds for the whole plan. Select nothing and it is in the [inspector](inspector.md)."
    return Page("brief", "The brief", "Values", f"# The brief\n\n{words}\n{_values(kinds().brief)}")


def _kinds() -> Iterable[Page]:
    table = kinds()
    for node in table.nodes.values():
        yield Page(f"kind/{node.id}", node.label, node.category, _node_text(node))
    for flow in table.flows.values():
        yield Page(f"flow/{flow.id}", flow.label, "Flows", _text(flow, "A flow between two nodes."))
    for boundary in table.boundaries.values():
        words = f"A boundary: {AXES[boundary.axis]}.{_armed_by(boundary.key)}"
        yield Page(f"boundary/{boundary.id}", boundary.label, "Boundaries", _text(boundary, words))


def _node_text(kind: NodeKind) -> str:
    table = kinds().nodes
    parts = [f"A node of “{kind.category}”.{_armed_by(kind.key)}"]
    if kind.equivalents:
        rows = "\n".join(f"| {_cell(name)} | {_cell(service)} |" for name, service in kind.equivalents.items())
        parts.append(f"## At the providers\n\n| provider | service |\n|---|---|\n{rows}")
    following = [f"[{table[name].label}](kind/{name}.md)" for name in kind.next if name in table]
    if following:
        parts.append(f"Often followed by {', '.join(following)}.")
    if kind.synonyms:
        parts.append(f"Also found as: {', '.join(kind.synonyms)}.")
    return _text(kind, "\n\n".join(parts))


def _text(kind: NodeKind | FlowKind | BoundaryKind, words: str) -> str:
    return f"# {kind.label}\n\n{kind.help}\n\n{words}\n{_values(kind.parameters)}"


def _armed_by(key: str) -> str:
    return f" The key {key} arms it while the drawing has the focus." if key else ""


def _values(parameters: Iterable[Parameter]) -> str:
    """Return the values of a kind as tables, one per group."""
    parts: list[str] = []
    group = None
    for parameter in parameters:
        if parameter.group != group:
            group = parameter.group
            parts.append(f"\n## {group or 'Values'}\n\n| value | meaning | range | default |\n|---|---|---|---|")
        cells = (parameter.label, parameter.help, _range(parameter), _default(parameter))
        parts.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    return "\n".join(parts)


def _range(parameter: Parameter) -> str:
    if parameter.choices:
        return ", ".join(parameter.choices)
    low, high = (_shown(parameter, bound) for bound in (parameter.minimum, parameter.maximum))
    if low and high:
        return f"{low} to {high} {parameter.unit}".strip()
    if low:
        return f"from {low} {parameter.unit}".strip()
    if high:
        return f"up to {high} {parameter.unit}".strip()
    return {"boolean": "yes or no", "text": "text", "date": "date"}.get(parameter.type, parameter.unit)


def _default(parameter: Parameter) -> str:
    value = parameter.default
    if value is None or value in ("", {}, []):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{_shown(parameter, value)} {parameter.unit}".strip()
    if isinstance(value, dict):
        return ", ".join(f"{name} {share:g}" for name, share in value.items())
    return str(value)


def _shown(parameter: Parameter, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value * 100 if parameter.unit == '%' else value:,.6g}".replace(",", "\u202f")


def _cell(text: str) -> str:
    """Return a text that stays inside its cell of a table."""
    for special in "\\|[]*_`<":
        text = text.replace(special, f"\\{special}")
    return text.replace("\n", " ")
