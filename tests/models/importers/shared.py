"""Where the tests of the importers find their input, and short ways to import it."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.design.design import Design
from models.design.elements import Node
from models.design.ids import seeded_ids
from models.importers import Imported, import_files

ARCHITECTURES = Path(__file__).parents[4] / "shared" / "data" / "architectures"
TRACES = ARCHITECTURES.parent / "traces"
needs_shared = pytest.mark.skipif(not ARCHITECTURES.is_dir(), reason="the collected architectures are not beside it")


def files_below(*folders: str) -> list[str]:
    """Return the files below the folders of the collected architectures, as paths relative to them."""
    return [
        path.relative_to(ARCHITECTURES).as_posix()
        for folder in folders
        for path in sorted((ARCHITECTURES / folder).rglob("*"))
        if path.is_file()
    ]


def imported(*names: str) -> Imported:
    """Import collected files by their names."""
    return import_files([ARCHITECTURES / name for name in names], seeded_ids(1))


def import_text(folder: Path, text: str, name: str = "compose.yaml") -> Imported:
    """Write a text to a file of the folder and import it."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return import_files([path], seeded_ids(1))


def flows(design: Design) -> set[tuple[str, str]]:
    """Return (name of the source, name of the target) of every flow."""
    nodes = design.nodes
    return {(nodes[flow.source].name, nodes[flow.target].name) for flow in design.flows.values()}


def node(design: Design, name: str) -> Node:
    """Return the one node of this name."""
    return next(node for node in design.nodes.values() if node.name == name)


def sentences(result: Imported) -> str:
    """Return all notes as one text."""
    return "\n".join(str(note) for note in result.notes)
