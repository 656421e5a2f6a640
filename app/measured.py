"""What was measured comes into the open design: a bill, utilization, demand, a load test; each is one undo step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QPushButton, QWidget

from app import dialogs
from app.panels.widgets import column, label, row
from app.places import ask_file
from app.progress import ProgressBox
from app.window_place import size_within_screen
from app.words import in_words, mark, say
from models.formatting import format_value

if TYPE_CHECKING:
    from app.main_window import MainWindow
    from app.work import Cancelled
    from models.design.design import Design
    from models.importers.focus import Bill
    from models.importers.load_tests import LoadTest
    from models.importers.metrics import Metrics
    from models.importers.traces import TraceDemand

TABLE_FILTER = mark("Tables (*.csv *.csv.gz *.gz *.parquet);;All files (*)")
TABLE_SUFFIXES = (".csv", ".csv.gz", ".parquet")
LAST_BILL = "last_bill"
MOST_NODES = 10


def is_table(path: Path) -> bool:
    """Return whether a file is to be read as a bill or a trace, by its name."""
    return path.name.lower().endswith(TABLE_SUFFIXES)


def ask_bill(window: MainWindow) -> None:
    """Ask for a bill and hold the plan against it."""
    path = ask_file(window, say("Import bill"), say(TABLE_FILTER))
    if path is not None:
        import_measured(window, path, read_bill)


def map_bill(window: MainWindow) -> None:
    """Open the rules by which lines of a bill become nodes; they load what reads bills."""
    from app.bill_mapping import open_bill_mapping

    open_bill_mapping(window)


def ask_demand(window: MainWindow) -> None:
    """Ask for a trace and give its demand to a users node."""
    path = ask_file(window, say("Import demand"), say(TABLE_FILTER))
    if path is not None:
        import_measured(window, path, read_demand)


def ask_metrics(window: MainWindow) -> None:
    """Ask for measured utilization and hold it against the model."""
    path = ask_file(window, say("Import metrics"), say(TABLE_FILTER))
    if path is not None:
        import_measured(window, path, read_metrics)


def ask_test(window: MainWindow) -> None:
    """Ask for a load test and set it beside the model."""
    path = ask_file(window, say("Import load test"), say(TABLE_FILTER))
    if path is not None:
        import_measured(window, path, read_test)


def import_measured(window: MainWindow, path: Path, read: Callable[..., Any] | None = None) -> ProgressBox | None:
    """Read a table off the GUI thread, then show the report; without `read` the content decides what it is.

    Returns the box that tells when it is read, or None when no design is open.
    """
    if not window.session.is_open:
        words = say(
            "A bill or a trace belongs to a design. Open one or start one, then import “{name}”.", name=path.name
        )
        dialogs.tell(window, say("Nothing was imported"), words)
        return None
    box = ProgressBox(window, say("Import"), say("Reading {name} …", name=path.name))
    box.work.done.connect(lambda found: _show(window, path, found))
    design = window.session.design
    box.start(lambda cancelled: _read(design, path, cancelled, read))
    return box


METRICS = {"cpu": mark("cpu"), "memory": mark("memory"), "accelerator": mark("accelerator")}


def read_bill(design: Design, path: Path, cancelled: Cancelled) -> Bill:
    """Return the bill of a file, mapped to the nodes of the design."""
    from models.importers.focus import read_for

    return read_for(design, path, lambda _: not cancelled())


def read_metrics(design: Design, path: Path, _: Cancelled) -> Metrics:
    """Return the utilization that a file holds, mapped to the nodes of the design."""
    from models.importers.metrics import read_metrics_for

    return read_metrics_for(design, path)


def read_test(_: Design, path: Path, __: Cancelled) -> LoadTest:
    """Return the steps of a load test."""
    from models.importers.load_tests import read_load_test

    return read_load_test(path)


def read_demand(_: Design, path: Path, __: Cancelled) -> TraceDemand:
    """Return the demand of a trace."""
    from models.importers.traces import demand_from_trace

    return demand_from_trace(path)


def _read(design: Design, path: Path, cancelled: Cancelled, read: Callable[..., Any] | None) -> Any:
    """Return what the file holds, or why it cannot be read, as a sentence; runs on a worker thread."""
    from models.importers.bill_files import BillError
    from models.importers.focus import is_bill
    from models.importers.load_tests import program_of
    from models.importers.metrics import is_metrics
    from models.importers.notes import ImportProblem

    try:
        if not path.is_file():
            return say("“{path}” does not exist or is not a regular file. Check the name.", path=path)
        if read is not None:
            return read(design, path, cancelled)
        known = ((is_bill, read_bill), (program_of, read_test), (is_metrics, read_metrics))
        read = next((reader for is_one, reader in known if is_one(path)), None)
        return read(design, path, cancelled) if read is not None else _read_unknown(design, path, cancelled)
    except (BillError, ImportProblem, OSError) as error:
        return in_words(error)


def _read_unknown(design: Design, path: Path, cancelled: Cancelled) -> TraceDemand | str:
    """Return the demand of a table that is neither a bill, a load test nor metrics, or what all four would need."""
    from models.importers.notes import ImportProblem

    try:
        return read_demand(design, path, cancelled)
    except ImportProblem as error:
        words = say("A table can be a bill (FOCUS), a load test, metrics or a trace of requests; this is none of them.")
        return f"{in_words(error)}\n\n{words}"


def _show(window: MainWindow, path: Path, found: Bill | LoadTest | Metrics | TraceDemand | str) -> None:
    from models.importers.bill_months import bill_delta
    from models.importers.focus import Bill
    from models.importers.load_tests import LoadTest
    from models.importers.metrics import Metrics, metrics_delta

    if isinstance(found, str):
        dialogs.tell(window, say("Nothing was imported"), found)
        return
    if isinstance(found, Bill):
        session = window.session
        report = MeasuredReport(window, say("Bill {name}", name=path.name), bill_sentences(session.design, found))
        step = say("Import bill {name}", name=path.name)
        report.taken.connect(lambda _: session.commit(bill_delta(session.design, found), step))
        window.setProperty(LAST_BILL, str(path))
        report.open()
        return
    if isinstance(found, Metrics):
        session = window.session
        report = MeasuredReport(window, say("Metrics {name}", name=path.name), metrics_sentences(session.design, found))
        words = say("Import metrics {name}", name=path.name)
        report.taken.connect(lambda _: session.commit(metrics_delta(session.design, found), words))
        report.open()
        return
    if isinstance(found, LoadTest):
        _show_test(window, path, found)
        return
    users = [(node.name, key) for key, node in window.session.design.nodes.items() if node.kind == "users"]
    report = MeasuredReport(window, say("Demand of {name}", name=path.name), demand_sentences(found), users)
    report.taken.connect(lambda key: _take_demand(window, path, found, key))
    report.open()


def _show_test(window: MainWindow, path: Path, found: LoadTest) -> None:
    """Show the steps of a load test and ask what was tested: the whole system or one node."""
    from models.importers.load_tests import take_load_test

    session = window.session
    nodes = [(say("The whole system"), "")]
    nodes += [(node.name, key) for key, node in session.design.nodes.items() if node.kind != "users"]
    report = MeasuredReport(window, say("Load test {name}", name=path.name), test_sentences(found), nodes)
    report.users.setAccessibleName(say("What was tested"))
    step = say("Import load test {name}", name=path.name)
    report.taken.connect(lambda key: session.commit(take_load_test(session.design, found, key or None), step))
    report.open()


def test_sentences(found: LoadTest) -> list[str]:
    """Return what a load test says, one line a step."""
    sentences = [say("{count} steps, written by {program}.", count=len(found.steps), program=found.program)]
    for step in found.steps:
        p95 = say("not measured") if step.p95_s is None else format_value(step.p95_s, "s")
        words = say(
            "{load:g} at once: {rate}, p95 {p95}.",
            load=step.load,
            rate=format_value(step.throughput, "1/s"),
            p95=p95,
        )
        sentences.append(words)
    return sentences


def _take_demand(window: MainWindow, path: Path, found: TraceDemand, users: str) -> None:
    from models.importers.demand import apply_demand
    from models.importers.notes import ImportProblem

    session = window.session
    try:
        delta = apply_demand(session.design, found, users or None)
    except ImportProblem as error:
        dialogs.tell(window, say("Nothing was imported"), in_words(error))
        return
    session.commit(delta, say("Import demand {name}", name=path.name))


def bill_sentences(design: Design, bill: Bill) -> list[str]:
    """Return what a bill says, as sentences: how much, of when, and what of it belongs to which node."""
    nodes = bill.by("node")
    total = bill.total()
    found = [
        say(
            "{rows:,} rows of {first} to {last}: {total:,.2f} {currency} effective, {billed:,.2f} {currency} billed.",
            rows=bill.rows,
            first=bill.months[0] if bill.months else "–",
            last=bill.months[-1] if bill.months else "–",
            total=total,
            billed=bill.total("billed"),
            currency=bill.currency,
        )
    ]
    for key, cost in sorted(nodes.items(), key=lambda entry: -entry[1])[:MOST_NODES]:
        name = design.nodes[key].name if key in design.nodes else say("Belongs to no node")
        found.append(say("{name}: {cost:,.2f} {currency}", name=name, cost=cost, currency=bill.currency))
    if len(nodes) > MOST_NODES:
        found.append(say("{count} more nodes are not listed here.", count=len(nodes) - MOST_NODES))
    if nodes.get("", 0.0):
        found.append(say("“Map bill to nodes…” in the File menu says which rows belong to which node."))
    return found


def metrics_sentences(design: Design, found: Metrics) -> list[str]:
    """Return what metrics say, as sentences: of how long, what of each node was used, and what belongs to no node."""
    sentences = [say("{rows:,} rows over {hours:,.1f} hours.", rows=found.rows, hours=found.hours)]
    for key, metrics in list(found.nodes.items())[:MOST_NODES]:
        parts = [f"{say(METRICS[name])} {in_words(format_value(one.p95, 'fraction'))}" for name, one in metrics.items()]
        name = design.nodes[key].name
        sentences.append(say("{name}, 95 % of the time at most: {parts}", name=name, parts=", ".join(parts)))
    if len(found.nodes) > MOST_NODES:
        sentences.append(say("{count} more nodes are not listed here.", count=len(found.nodes) - MOST_NODES))
    if found.unknown:
        names = ", ".join(found.unknown[:MOST_NODES])
        sentences.append(say("Belongs to no node, give it a rule for its resource id: {names}", names=names))
    return [*sentences, *map(in_words, found.notes)]


def demand_sentences(found: TraceDemand) -> list[str]:
    """Return what a trace says, as sentences: requests, peak hour, profile, burstiness, tokens and notes."""
    trace = found.trace
    sentences = [
        say(
            "{requests:,.0f} requests in {duration}; {mean} on average, {peak} in the peak hour.",
            requests=trace.requests,
            duration=format_value(trace.duration_s, "s"),
            mean=format_value(trace.mean_rate_rps, "1/s"),
            peak=format_value(trace.peak_rate_rps, "1/s"),
        )
    ]
    if trace.profile is not None:
        sentences.append(say("The profile of the day is taken over."))
    if "arrival_scv" in found.users:
        sentences.append(say("Burstiness: {scv}.", scv=found.users["arrival_scv"]))
    if trace.input_tokens is not None and trace.output_tokens is not None:
        words = say(
            "A request has {input:,.0f} tokens in and {output:,.0f} tokens out on average.",
            input=trace.input_tokens,
            output=trace.output_tokens,
        )
        sentences.append(words)
    return [*sentences, *map(in_words, found.notes)]


class MeasuredReport(QDialog):
    """What was read, before it is taken over; for demand also which users node gets it."""

    taken = Signal(str)
    """Id of the chosen users node, empty where there is none to choose."""

    def __init__(
        self, parent: QWidget, title: str, sentences: Sequence[str], users: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.sentences = label("\n".join(map(in_words, sentences)), "", wrap=True)
        self.users = QComboBox()
        self.users.setAccessibleName(say("Users node"))
        for name, key in users:
            self.users.addItem(name, key)
        self.users.setVisible(len(users) > 1)
        self.take_button, cancel = QPushButton(say("Take over")), QPushButton(say("Cancel"))
        self.take_button.setProperty("role", "primary")
        self.take_button.setDefault(True)
        self.take_button.clicked.connect(self._take)
        cancel.clicked.connect(self.reject)
        buttons = row(None, 0, 8)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.take_button)
        layout = column(self, 16, 12)
        layout.addWidget(label(title, "heading", wrap=True))
        layout.addWidget(self.sentences)
        layout.addWidget(self.users)
        layout.addStretch(1)
        layout.addLayout(buttons)
        size_within_screen(self, 560, 320)
        self.take_button.setFocus()

    def _take(self) -> None:
        key = str(self.users.currentData() or "")
        self.accept()
        self.taken.emit(key)
