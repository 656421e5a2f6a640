"""What `--json` prints, held against `docs/json.md`: every field is described there, and what is described exists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cli import main

DOCUMENT = (Path(__file__).parents[2] / "docs" / "json.md").read_text("utf-8")
COMMANDS = {
    "evaluate": ["evaluate", "template:assistant", "--framework", "all", "--json"],
    "findings": ["findings", "template:assistant", "--json"],
    "compare": ["compare", "template:assistant", "template:assistant#Own 32 B model", "--json"],
    "templates": ["templates", "--json"],
    "catalog": ["catalog", "--json"],
}


@pytest.fixture(scope="module")
def views() -> dict[str, Any]:
    """Return what every command prints, read back."""
    return {}


@pytest.fixture
def view(request: pytest.FixtureRequest, views: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> Any:
    """Return what the command of the test prints; each runs once."""
    name = request.param
    if name not in views:
        with pytest.raises(SystemExit) as caught:
            main(COMMANDS[name])
        printed = capsys.readouterr()
        assert caught.value.code in (0, None, 1), printed.err
        views[name] = json.loads(printed.out)
    return views[name]


def fields(value: Any) -> Iterator[str]:
    """Yield the name of every field in a view, at any depth; values of leaves and arguments are the drawing's own."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            if name != "args" and not ("path" in value and name in ("before", "after")):
                yield from fields(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from fields(inner)


def described(text: str) -> set[str]:
    """Return the words that a text sets as code."""
    return set(re.findall(r"`([a-z_0-9]+)`", text))


@pytest.mark.parametrize("view", COMMANDS, indirect=True)
def test_every_field_is_described(view: Any) -> None:
    assert set(fields(view)) - described(DOCUMENT) == set()


@pytest.mark.parametrize("view", ["evaluate", "compare"], indirect=True)
def test_what_is_described_exists(view: Any, request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.params["view"]
    section = DOCUMENT.split(f"## `groundplan {name} ")[1].split("\n##")[0]
    rows = re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE)
    assert described("".join(rows)) <= set(view)
    assert len(described("".join(rows))) >= 3


@pytest.mark.parametrize("view", ["evaluate"], indirect=True)
def test_figures_of_totals_journeys_nodes_and_flows_are_those_described(view: Any) -> None:
    section = DOCUMENT.split("## `groundplan evaluate ")[1].split("\n##")[0]
    for name in ("totals", "journeys", "nodes", "flows"):
        row = next(line for line in section.splitlines() if line.startswith(f"| `{name}`"))
        shown = [view["totals"]] if name == "totals" else [each["figures"] for each in view[name]]
        listed = described(row.partition("figure: " if name == "totals" else "`figures`")[2])
        assert {key for figures in shown for key in figures} == listed, name
