"""The import rules and the size rules of the house, enforced over the syntax tree of every file."""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("app", "exports", "models", "resources")
BELOW = {
    "app": {"app", "exports", "models", "resources"},
    "exports": {"exports", "models", "resources"},
    "models": {"models", "resources"},
    "resources": set[str](),
}
QT = {"PySide6", "shiboken6", "pyqtgraph", "superqt"}
PAPER = {"reportlab", "svglib"}
FRAMEWORKS = {"cloud_selection", "architecture_patterns", "mlops", "cost_optimization", "scaling"}
PANELS = {"palette", "outline", "inspector", "findings", "history", "scoreboard", "explain"}
# msgspec for their result records, networkx for algorithms on graphs.
ARITHMETIC = {"numpy", "scipy", "msgspec", "networkx"} | set(sys.stdlib_module_names)
# Record types that two analyses share with the catalog, and the texts in which they say why something is not computed.
SHARED_WITH_ANALYSES = ("models.catalog.accelerators", "models.words")
# What a room of models may never reach, because it lies above it or beside it.
FORBIDDEN = {
    "design": {
        "catalog",
        "analyses",
        "evaluation",
        "moves",
        "studies",
        "frameworks",
        "storage",
        "importers",
        "picture",
    },
    "catalog": {"evaluation", "moves", "studies", "frameworks", "storage", "importers", "picture"},
    "evaluation": {"moves", "studies", "frameworks", "storage", "importers", "picture"},
    "moves": {"studies", "frameworks", "storage", "importers"},
    "studies": {"frameworks", "storage", "importers"},
    "frameworks": {"storage", "importers"},
}
# What reading and keeping files may know; `interruption` is how a long reader asks whether to go on.
BELOW_FILES = {"design", "catalog", "interruption", "refusals", "words"}
LONGEST_FILE = 500
LONGEST_FUNCTION = 60
BANNED_SUFFIX = re.compile(r"(Manager|Helper|Helpers|Utils|Util|Handler)$")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


@dataclass(frozen=True)
class Source:
    """One Python file with its dotted module name."""

    path: Path
    module: str

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @property
    def floor(self) -> str:
        return self.module.split(".")[0]

    @property
    def room(self) -> str:
        """The part of a floor: `frameworks` in models.frameworks.mlops, `evaluation` in models.evaluation."""
        return ([*self.module.split("."), ""])[1]

    def imports(self, body: Iterable[ast.AST] | None = None) -> Iterator[tuple[str, int]]:
        """Yield (dotted target, line) of each import, also of those inside functions; names are appended to `from`."""
        for node in ast.walk(self.tree) if body is None else body:
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._absolute(node)
                yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.module.split(".") if self.path.name == "__init__.py" else self.module.split(".")[:-1]
        parts = parts[: len(parts) - node.level + 1]
        return ".".join([*parts, *([node.module] if node.module else [])])

    def at(self, line: int) -> str:
        return f"{self.module}:{line}"


def sources_of(root: Path, folders: Iterable[str]) -> list[Source]:
    """Return all Python files under the given folders of a tree, sorted."""
    found = []
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            found.append(Source(path, ".".join(parts[:-1] if parts[-1] == "__init__" else parts)))
    return found


def within(target: str, module: str) -> bool:
    return target == module or target.startswith(module + ".")


def upward_imports(sources: list[Source]) -> list[str]:
    """Imports against `app → exports → models → resources`, and imports of tests or scripts."""
    return [
        f"{source.at(line)} imports {target}"
        for source in sources
        for target, line in source.imports()
        if (head := target.split(".")[0]) in {*FLOORS, "tests", "scripts"} and head not in BELOW[source.floor]
    ]


def misplaced_libraries(sources: list[Source]) -> list[str]:
    """Qt outside of app or in the command line; reportlab outside of exports."""
    bad = []
    for source in sources:
        for target, line in source.imports():
            head = target.split(".")[0]
            qt_here = source.floor == "app" and source.module != "app.cli"
            if (head in QT and not qt_here) or (head in PAPER and source.floor != "exports"):
                bad.append(f"{source.at(line)} imports {target}")
    return bad


def qt_loaded_by_command_line(sources: list[Source]) -> list[str]:
    """Modules with Qt that `import app.cli` would load: follows the imports outside of functions."""
    by_name = {source.module: source for source in sources}
    waiting, seen, bad = ["app.cli"], set[str](), []
    while waiting:
        name = waiting.pop()
        if name in seen or name not in by_name:
            continue
        seen.add(name)
        source = by_name[name]
        for target, line in source.imports(_outside_functions(source.tree)):
            if target.split(".")[0] in QT:
                bad.append(f"{source.at(line)} imports {target}")
            parts = target.split(".")
            waiting += [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
    return bad


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        checked_only = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and not checked_only:
            yield child
            yield from _outside_functions(child)


def impure_analyses(sources: list[Source]) -> list[str]:
    """Analyses that import more than arithmetic, the standard library and each other."""
    return [
        f"{source.at(line)} imports {target}"
        for source in sources
        if within(source.module, "models.analyses")
        for target, line in source.imports()
        if target.split(".")[0] not in ARITHMETIC
        and not within(target, "models.analyses")
        and not any(within(target, module) for module in SHARED_WITH_ANALYSES)
    ]


def rooms_crossed(sources: list[Source]) -> list[str]:
    """Imports between rooms of models that the house forbids; storage and importers know design and catalog only."""
    bad = []
    for source in sources:
        for target, line in source.imports():
            if source.floor != "models" or not within(target, "models"):
                continue
            room = ([*target.split("."), ""])[1]
            narrow = source.room in {"storage", "importers"} and room not in {source.room, *BELOW_FILES}
            if narrow or room in FORBIDDEN.get(source.room, set()):
                bad.append(f"{source.at(line)} imports {target}")
    return bad


def siblings_imported(sources: list[Source]) -> list[str]:
    """Frameworks that import each other; panels that import each other or the canvas."""
    bad = []
    for source in sources:
        own = ([*source.module.split("."), "", ""])[2]
        for target, line in source.imports():
            other = ([*target.split("."), "", ""])[2]
            framework = source.floor == "models" and source.room == "frameworks" and own in FRAMEWORKS
            crossed = framework and within(target, "models.frameworks") and other in FRAMEWORKS - {own}
            in_panels = source.floor == "app" and source.room == "panels"
            canvas = in_panels and within(target, "app.canvas")
            panel = in_panels and _is_panel(own) and within(target, "app.panels") and _is_panel(other) and own != other
            if crossed or canvas or panel:
                bad.append(f"{source.at(line)} imports {target}")
    return bad


def _is_panel(name: str) -> bool:
    return name in PANELS or name.endswith("_panel")


def oversized(sources: list[Source]) -> list[str]:
    """Files and functions that are too long to be read at once."""
    bad = []
    for source in sources:
        lines = source.text.count("\n")
        if lines > LONGEST_FILE:
            bad.append(f"{source.module} has {lines} lines, at most {LONGEST_FILE}")
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    bad.append(f"{source.at(node.lineno)} {node.name} has {length} lines, at most {LONGEST_FUNCTION}")
    return bad


def unfinished(sources: list[Source]) -> list[str]:
    """Comments that put work off."""
    return [
        f"{source.at(token.start[0])} {token.string}"
        for source in sources
        for token in tokenize.generate_tokens(io.StringIO(source.text).readline)
        if token.type == tokenize.COMMENT and UNFINISHED.search(token.string)
    ]


def banned_names(sources: list[Source]) -> list[str]:
    """Classes and modules whose name says nothing about what they do."""
    classes = [
        f"{source.at(node.lineno)} {node.name}"
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef) and BANNED_SUFFIX.search(node.name)
    ]
    banned_modules = {"utils", "util", "helpers", "helper", "misc", "common"}
    return classes + [source.module for source in sources if source.module.split(".")[-1] in banned_modules]


IMPORT_RULES = (
    upward_imports,
    misplaced_libraries,
    qt_loaded_by_command_line,
    impure_analyses,
    rooms_crossed,
    siblings_imported,
)
STYLE_RULES = (oversized, unfinished, banned_names)


@pytest.mark.parametrize("rule", IMPORT_RULES, ids=lambda rule: rule.__name__)
def test_floors_import_only_downward(rule) -> None:
    assert rule(sources_of(ROOT, FLOORS)) == []


@pytest.mark.parametrize("rule", STYLE_RULES, ids=lambda rule: rule.__name__)
def test_files_stay_readable(rule) -> None:
    assert rule(sources_of(ROOT, (*FLOORS, "tests", "scripts"))) == []


VIOLATIONS = [
    (upward_imports, "models/a.py", "from exports import svg"),
    (upward_imports, "exports/a.py", "def f():\n    import app.session"),
    (upward_imports, "models/design/a.py", "from tests import conftest"),
    (misplaced_libraries, "models/a.py", "from PySide6.QtCore import QObject"),
    (misplaced_libraries, "exports/a.py", "import pyqtgraph"),
    (misplaced_libraries, "app/cli.py", "def f():\n    from PySide6 import QtCore"),
    (misplaced_libraries, "app/printing.py", "import reportlab.lib"),
    (impure_analyses, "models/analyses/a.py", "from models.design.design import Design"),
    (impure_analyses, "models/analyses/a.py", "from ..evaluation import columns"),
    (impure_analyses, "models/analyses/a.py", "import sqlite_utils"),
    (rooms_crossed, "models/storage/a.py", "from models.evaluation import columns"),
    (rooms_crossed, "models/importers/a.py", "from models import frameworks"),
    (rooms_crossed, "models/design/a.py", "from models.catalog.records import Price"),
    (rooms_crossed, "models/studies/a.py", "import models.frameworks.scaling"),
    (siblings_imported, "models/frameworks/mlops.py", "from models.frameworks.scaling import assess"),
    (siblings_imported, "models/frameworks/mlops/a.py", "from models.frameworks import scaling"),
    (siblings_imported, "app/panels/blocks.py", "from app.canvas.view import Canvas"),
    (siblings_imported, "app/panels/scaling_panel.py", "from app.panels import inspector"),
    (oversized, "app/a.py", "x = 1\n" * 501),
    (oversized, "tests/a.py", "def f():\n" + "    x = 1\n" * 60),
    (unfinished, "scripts/a.py", "x = 1  # TODO later"),
    (banned_names, "app/a.py", "class UndoManager: ..."),
    (banned_names, "models/utils.py", "x = 1"),
]


@pytest.mark.parametrize(("rule", "file", "text"), VIOLATIONS)
def test_rule_finds_its_violation(rule, file: str, text: str, tmp_path: Path) -> None:
    _write(tmp_path, {file: text})
    assert len(rule(sources_of(tmp_path, (*FLOORS, "tests", "scripts")))) >= 1


def test_command_line_that_loads_qt_on_import_is_found(tmp_path: Path) -> None:
    lazy = {"app/cli.py": "def run():\n    from app import application", "app/application.py": "import PySide6"}
    _write(tmp_path, lazy)
    assert qt_loaded_by_command_line(sources_of(tmp_path, FLOORS)) == []
    _write(tmp_path, {"app/cli.py": "from app.commands import plan", "app/commands.py": "from app import application"})
    assert qt_loaded_by_command_line(sources_of(tmp_path, FLOORS)) == ["app.application:1 imports PySide6"]


def test_allowed_imports_pass(tmp_path: Path) -> None:
    allowed = {
        "app/panels/mlops_panel.py": "from app.panels.blocks import render\nfrom models.frameworks import mlops",
        "models/frameworks/roadmap.py": "from models.frameworks import mlops, scaling",
        "models/frameworks/mlops.py": "from models.frameworks.assessment import Assessment",
        "models/analyses/a.py": "import math\nimport numpy\nfrom scipy import stats\nfrom models.analyses import b",
        "models/storage/a.py": "from models.design.delta import Delta\nimport sqlite_utils",
        "exports/pdf/a.py": "import reportlab\nfrom models.report import Figure\nimport resources",
    }
    _write(tmp_path, allowed)
    sources = sources_of(tmp_path, FLOORS)
    assert [found for rule in (*IMPORT_RULES, *STYLE_RULES) for found in rule(sources)] == []


def _write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
