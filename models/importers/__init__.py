"""Imports: deployment files of real systems become designs with flows, evidence and notes.

`import_files` finds out by content what it is given. Nothing outside the folder of the input is ever read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

from models.design.design import Design, read_design
from models.design.elements import DesignError, Id
from models.design.ids import IdSource, random_ids
from models.importers.calm import read_calm
from models.importers.compose import read_compose
from models.importers.demand import apply_demand
from models.importers.detection import Input, find_inputs
from models.importers.drawing import DEMAND_UNKNOWN, draw
from models.importers.drawio import read_drawio
from models.importers.folder import Folder
from models.importers.inference import infer
from models.importers.json_files import JsonFile
from models.importers.kubernetes import read_kubernetes
from models.importers.load_tests import program_of, read_load_test, take_load_test
from models.importers.notes import ImportProblem, Note, Reason, Severity
from models.importers.recognition import recognize
from models.importers.serving import describe_serving
from models.importers.sketch import design_of
from models.importers.structurizr import read_structurizr
from models.importers.terraform import read_terraform
from models.importers.traces import demand_from_trace
from models.importers.workloads import System
from models.interruption import go_on
from models.words import Number, Text, counted, joined, sentence_of

__all__ = ["IMPORTERS", "ImportProblem", "Imported", "Importer", "Note", "Reason", "Severity", "import_files"]


_TRACES = (".csv", ".csv.gz")
READERS: dict[str, Callable[[JsonFile, str], System]] = {"terraform": read_terraform, "calm": read_calm}


class Importer(Struct, frozen=True):
    """One format that can be imported, for lists and help texts."""

    id: str
    label: str
    suffixes: tuple[str, ...]
    help: str


IMPORTERS: tuple[Importer, ...] = (
    Importer(
        "compose",
        "Docker Compose",
        (".yaml", ".yml"),
        Text(
            "Services with their images, variables, resources and start order; include, extends, overrides and .env "
            "files."
        ),
    ),
    Importer(
        "kubernetes",
        Text("Kubernetes manifests"),
        (".yaml", ".yml", ".json"),
        Text(
            "Workloads, services, routes, autoscalers, claims, KServe and Ray resources; a folder is read as one "
            "system."
        ),
    ),
    Importer(
        "drawio",
        Text("draw.io drawing"),
        (".drawio", ".dio", ".xml"),
        Text(
            "Shapes become nodes by stencil and label, groups boundaries, lines flows; everything keeps its place. Of "
            "several pages the first is read."
        ),
    ),
    Importer(
        "terraform",
        Text("Terraform plan"),
        (".json", ".tfstate"),
        Text(
            "What “terraform show -json” writes of a plan or a state: resources of AWS, Google Cloud, Azure and "
            "Kubernetes with their machines, counts, places and tags; flows from what refers to what."
        ),
    ),
    Importer(
        "structurizr",
        Text("Structurizr workspace"),
        (".dsl", ".json"),
        Text(
            "The model of a workspace: people use, containers and systems become nodes, systems and groups contexts, "
            "a deployment environment their places."
        ),
    ),
    Importer(
        "calm",
        Text("CALM architecture"),
        (".json",),
        Text(
            "Nodes, interactions and connections of FINOS CALM with their protocols and classes of data; what systems "
            "are composed of and deployed in becomes boundaries."
        ),
    ),
    Importer(
        "trace",
        Text("Trace of requests"),
        (".csv", ".gz"),
        Text("Timestamps, counts or rates: the demand of the users node."),
    ),
    Importer("design", Text("Groundplan design"), (".json",), Text("The text form of a design.")),
)


class Imported(Struct, frozen=True):
    """A design read from files, and everything that was assumed, left out or not understood on the way.

    Attributes:
        files: names of the files that were read, below the folder of the input.
        reasons: why each inferred flow was drawn, as its evidence says in English.
        view: the view of the design in which the input is recognized.
    """

    design: Design
    notes: tuple[Note, ...] = ()
    files: tuple[str, ...] = ()
    reasons: Mapping[Id, Reason] = field(default_factory=dict)
    view: str = "services"

    def confidence(self) -> dict[str, int]:
        """Return how many inferred flows there are of each confidence."""
        found = {"high": 0, "medium": 0, "low": 0}
        for flow in self.design.flows.values():
            word = flow.evidence.partition(" ")[0].lower()
            if word in found:
                found[word] += 1
        return found

    def summary(self) -> str:
        """Return one sentence: what was read and how sure it is."""
        nodes, flows = len(self.design.nodes), len(self.design.flows)
        warnings = sum(1 for note in self.notes if note.severity != "info")
        args: dict[str, object] = {
            "nodes": counted("{count} node", "{count} nodes", nodes),
            "flows": counted("{count} flow", "{count} flows", flows),
            "files": counted("{count} file", "{count} files", len(self.files)),
        }
        said = Text("{nodes} and {flows} from {files}", **args)
        known = [_sure(word, number) for word, number in self.confidence().items() if number]
        if known:
            said = Text("{nodes} and {flows} ({sure} confidence) from {files}", sure=joined(known), **args)
        if not warnings:
            return Text("{said}.", said=said)
        return Text("{said}; {warnings}.", said=said, warnings=counted("{count} warning", "{count} warnings", warnings))


def _sure(word: str, number: int) -> Text:
    if word == "high":
        return Text("{count} high", count=number)
    return Text("{count} medium", count=number) if word == "medium" else Text("{count} low", count=number)


def import_files(paths: Sequence[Path], new_id: IdSource = random_ids, profiles: Iterable[str] = ()) -> Imported:
    """Return the design in files or folders: Compose, Kubernetes manifests, plans, or a design of this program.

    Args:
        paths: files or folders; several Compose files are laid over each other in this order. One trace (CSV, plain or
            packed by gzip) among them gives the demand.
        new_id: source of the ids of new elements.
        profiles: Compose profiles to switch on; "*" = all.

    Raises:
        ImportProblem: an input cannot be imported; the sentence says why and what to do.
    """
    tables = [path for path in paths if path.name.lower().endswith(_TRACES)]
    tests = [path for path in tables if path.is_file() and program_of(path)]
    traces = [path for path in tables if path not in tests]
    sources = [path for path in paths if path not in tables]
    if not sources:
        what = Text("A trace holds demand only: name the Compose file or the manifests with it.") if tables else ""
        raise ImportProblem(what or Text("Nothing to import: name a file or a folder."))
    found = _read_system(sources, new_id, profiles)
    found = _with_demand(found, traces) if traces else found
    return _with_test(found, tests) if tests else found


def _with_test(found: Imported, tests: Sequence[Path]) -> Imported:
    """Return the import with the steps of its one load test."""
    if len(tests) > 1:
        raise ImportProblem(Text("{count} load tests were named; one is compared with the model.", count=len(tests)))
    test = read_load_test(tests[0])
    told = Note(
        "info",
        tests[0].name,
        0,
        Text("A load test of {program} with {count} steps is kept.", program=test.program, count=len(test.steps)),
    )
    design = found.design.apply(take_load_test(found.design, test))
    return Imported(design, (*found.notes, told), (*found.files, tests[0].name), found.reasons, found.view)


def _with_demand(found: Imported, traces: Sequence[Path]) -> Imported:
    """Return the import with the demand of its one trace."""
    if len(traces) > 1:
        raise ImportProblem(Text("{count} traces were named; one gives the demand.", count=len(traces)))
    demand = demand_from_trace(traces[0])
    design = found.design.apply(apply_demand(found.design, demand))
    rate = demand.trace.peak_rate_rps
    told = [
        Note(
            "info",
            traces[0].name,
            0,
            Text("The users' demand is that of the trace: {rate} requests/s at its peak.", rate=Number(f"{rate:.3g}")),
        )
    ]
    told += [Note("info", traces[0].name, 0, sentence) for sentence in demand.notes]
    kept = [note for note in found.notes if not note.what.startswith(DEMAND_UNKNOWN)]
    return Imported(design, (*kept, *told), (*found.files, traces[0].name), found.reasons, found.view)


def _read_system(paths: Sequence[Path], new_id: IdSource, profiles: Iterable[str]) -> Imported:
    system = System()
    found = find_inputs(paths, system)
    designs = [each for each in found if each.format == "design"]
    if designs:
        return _design(designs, found)
    drawn = next((each for each in found if each.format in ("drawio", "structurizr")), None)
    if drawn is not None:
        return _drawing(drawn, found, system, new_id)
    for folder, listed in _by_folder(found, "compose").items():
        parsed = {each.path: each.documents for each in listed}
        system.extend(read_compose(list(parsed), folder, profiles, parsed))
    manifests = [each for each in found if each.format == "kubernetes"]
    if manifests:
        system.extend(read_kubernetes([(each.name, each.documents) for each in manifests]))
    for each in found:
        if each.content is not None:
            system.extend(READERS[each.content.form](each.content, each.name))
    if not system.workloads:
        raise ImportProblem(Text("{name} describes no workload; there is nothing to draw.", name=found[0].name))
    _tell_apart(system)
    for workload in system.workloads:
        go_on()
        recognize(workload)
        describe_serving(workload, system)
    system.workloads = [workload for workload in system.workloads if workload.role != "sidecar"]
    flows = infer(system)
    try:
        design, notes, reasons = draw(system, flows, new_id)
    except DesignError as error:
        raise ImportProblem(
            Text("{name}: {error} Mend the file and import it again.", name=found[0].name, error=sentence_of(error))
        ) from error
    view = "deployment" if any(each.format == "terraform" for each in found) else "services"
    return Imported(design, tuple(notes), tuple(each.name for each in found), reasons, view)


def _by_folder(found: Sequence[Input], form: str) -> dict[Folder, list[Input]]:
    grouped: dict[Path, list[Input]] = {}
    for each in found:
        if each.format == form:
            grouped.setdefault(each.folder.root, []).append(each)
    return {Folder(root): listed for root, listed in grouped.items()}


def _tell_apart(system: System) -> None:
    """Give workloads of the same key in different inputs keys of their own."""
    seen: dict[str, int] = {}
    for workload in system.workloads:
        seen[workload.key] = seen.get(workload.key, 0) + 1
        if seen[workload.key] > 1:
            what = Text("“{name}” is defined a second time; both are drawn.", name=workload.name)
            system.say("warning", workload.mark, what)
            workload.key = f"{workload.key}~{seen[workload.key]}"


def _drawing(drawn: Input, found: Sequence[Input], system: System, new_id: IdSource) -> Imported:
    if len(found) > 1:
        raise ImportProblem(Text("{name} is a drawing of a system of its own; import it alone.", name=drawn.name))
    content = drawn.documents[0]
    files: tuple[str, ...] = (drawn.name,)
    if drawn.format == "drawio":
        sketch = read_drawio(content, drawn.name)
    else:
        sketch, files = read_structurizr(content, drawn.path, drawn.folder)
    try:
        design, notes, reasons = design_of(sketch, new_id)
    except DesignError as error:
        raise ImportProblem(
            Text("{name}: {error} Mend the file and import it again.", name=drawn.name, error=sentence_of(error))
        ) from error
    placed = sum(1 for node in design.nodes.values() if node.sites[0].boundary)
    owned = sum(1 for node in design.nodes.values() if node.context)
    view = "deployment" if placed > owned else "services"
    return Imported(design, (*system.notes, *notes), files, reasons, view)


def _design(designs: Sequence[Input], found: Sequence[Input]) -> Imported:
    if len(found) > 1:
        raise ImportProblem(Text("{name} is a design of Groundplan; import it alone.", name=designs[0].name))
    try:
        design = read_design(designs[0].path)
    except (DesignError, OSError) as error:
        raise ImportProblem(Text("{file}: {error}", file=designs[0].name, error=sentence_of(error))) from error
    return Imported(design, (), (designs[0].name,))
