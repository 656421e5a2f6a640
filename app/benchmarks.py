"""A benchmark of an own language-model server comes into the open design; one undo step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from app import dialogs
from app.measured import MeasuredReport
from app.words import mark, say

if TYPE_CHECKING:
    from app.main_window import MainWindow

RESULT_FILTER = mark("Results of vllm bench (*.json *.jsonl);;All files (*)")


def ask_benchmark(window: MainWindow) -> None:
    """Ask for a benchmark and give it to a node."""
    name, _ = QFileDialog.getOpenFileName(window, say("Import benchmark"), "", say(RESULT_FILTER))
    if name:
        import_benchmark(window, Path(name))


def import_benchmark(window: MainWindow, path: Path) -> MeasuredReport | None:
    """Show what a result says and ask which node it belongs to; None when it cannot be taken."""
    from models.importers.benchmarks import read_benchmark, sentences, servers_of, take_benchmark
    from models.importers.notes import ImportProblem

    session = window.session
    try:
        found = read_benchmark(path)
    except (ImportProblem, OSError) as error:
        dialogs.tell(window, say("Nothing was imported"), str(error))
        return None
    nodes = [(session.design.nodes[key].name, key) for key in servers_of(session.design, found)]
    if not nodes:
        words = say("A benchmark belongs to a node “LLM serving”. Draw one, then import “{name}”.", name=path.name)
        dialogs.tell(window, say("Nothing was imported"), words)
        return None
    report = MeasuredReport(window, say("Benchmark {name}", name=path.name), sentences(found), nodes)
    report.users.setAccessibleName(say("What was tested"))
    step = say("Import benchmark {name}", name=path.name)
    report.taken.connect(lambda key: session.commit(take_benchmark(session.design, found, key), step))
    report.open()
    return report
