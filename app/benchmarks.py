"""A benchmark of an own language-model server comes into the open design; one undo step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app import dialogs
from app.measured import MeasuredReport
from app.places import ask_file
from app.progress import ProgressBox
from app.words import in_words, mark, say

if TYPE_CHECKING:
    from app.main_window import MainWindow
    from models.importers.benchmarks import BenchmarkResult

RESULT_FILTER = mark("Results of vllm bench (*.json *.jsonl);;All files (*)")


def ask_benchmark(window: MainWindow) -> None:
    """Ask for a benchmark and give it to a node."""
    path = ask_file(window, say("Import benchmark"), say(RESULT_FILTER))
    if path is not None:
        import_benchmark(window, path)


def import_benchmark(window: MainWindow, path: Path) -> ProgressBox:
    """Read a result off the GUI thread, show what it says and ask which node it belongs to."""
    box = ProgressBox(window, say("Import"), say("Reading {name} …", name=path.name))
    box.work.done.connect(lambda found: show_benchmark(window, path, found))
    box.start(lambda _: _read(path))
    return box


def _read(path: Path) -> BenchmarkResult | str:
    from models.importers.benchmarks import read_benchmark
    from models.importers.notes import ImportProblem

    try:
        return read_benchmark(path)
    except (ImportProblem, OSError) as error:
        return in_words(error)


def show_benchmark(window: MainWindow, path: Path, found: BenchmarkResult | str) -> None:
    """Ask which node a result belongs to, or say why it cannot be taken."""
    from models.importers.benchmarks import sentences, servers_of, take_benchmark

    session = window.session
    if isinstance(found, str):
        dialogs.tell(window, say("Nothing was imported"), found)
        return
    nodes = [(session.design.nodes[key].name, key) for key in servers_of(session.design, found)]
    if not nodes:
        words = say("A benchmark belongs to a node “LLM serving”. Draw one, then import “{name}”.", name=path.name)
        dialogs.tell(window, say("Nothing was imported"), words)
        return
    report = MeasuredReport(window, say("Benchmark {name}", name=path.name), sentences(found), nodes)
    report.users.setAccessibleName(say("What was tested"))
    step = say("Import benchmark {name}", name=path.name)
    report.taken.connect(lambda key: session.commit(take_benchmark(session.design, found, key), step))
    report.open()
