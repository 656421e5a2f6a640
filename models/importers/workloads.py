"""What a deployment file says, before it becomes a drawing: workloads, stated links and notes.

Readers of Compose and Kubernetes fill these records; classification, inference of flows and drawing only know them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from msgspec import Struct, field

from models.design.elements import Interaction, Value
from models.importers.notes import Note, Severity
from models.importers.yaml_reader import Mark

Confidence = Literal["low", "medium", "high"]
Where = Literal["environment", "command", "configuration"]


class Setting(Struct, frozen=True):
    """One place where an address may stand: an environment variable, an argument, the text of a configuration file."""

    key: str
    value: str
    mark: Mark
    where: Where = "environment"


class Dependency(Struct, frozen=True):
    """A stated start order: the workload waits for `target`."""

    target: str
    mark: Mark
    required: bool = True


class Area(Struct, frozen=True, kw_only=True):
    """A boundary that the source states: an account, a region, a zone, a cluster, a network, a part of the system.

    Attributes:
        key: stable name of where it came from; becomes the boundary's `origin`.
        kind: id of a boundary kind.
        parent: key of the area around it; empty = none.
    """

    key: str
    kind: str
    name: str
    parent: str = ""
    params: dict[str, Value] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    note: str = ""


class Workload(Struct, kw_only=True):
    """One service of a Compose file or one controller with its pods.

    Attributes:
        key: stable name of where it came from; becomes the node's `origin`.
        form: what the source calls it: `service`, `Deployment`, `InferenceService` …
        kind, technology: given by the reader when the resource says it; else found from the image.
        vcpu, memory_gib: per replica, as reserved (else as limited); None = not said.
        published: reachable from outside.
        params: further values of the node.
        note: what the node's note says; empty = where it was read, by file and line.
        areas: replicas by the key of the deployment area they run in; empty = all in the cluster of the system.
        context: key of the area of the context axis that it belongs to; empty = that of its namespace.
        networks: names of networks, or keys of areas that are networks.
    """

    key: str
    name: str
    form: str
    mark: Mark
    image: str = ""
    command: list[str] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    published: bool = False
    aliases: list[str] = field(default_factory=list)
    after: list[Dependency] = field(default_factory=list)
    replicas: int = 1
    min_replicas: int | None = None
    max_replicas: int | None = None
    target_utilization: float | None = None
    vcpu: float | None = None
    memory_gib: float | None = None
    storage_gib: float | None = None
    accelerators: int | None = None
    accelerator: str = ""
    instance: str = ""
    kind: str = ""
    technology: str = ""
    role: str = ""
    language_model: str = ""
    params: dict[str, Value] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    namespace: str = ""
    networks: list[str] = field(default_factory=list)
    note: str = ""
    areas: dict[str, int] = field(default_factory=dict)
    context: str = ""

    def words(self) -> list[str]:
        """Return the lower-case words of the name."""
        return words(self.name)


class Link(Struct, frozen=True):
    """A flow that the source states outright: a route, a step of a graph, a predictor behind a transformer.

    Attributes:
        directed: the source says which way it runs, whatever the kinds at its ends usually do.
        interaction: what it carries; None = what the kinds at its ends say.
    """

    source: str
    target: str
    evidence: str
    mark: Mark
    confidence: Confidence = "high"
    params: dict[str, Value] = field(default_factory=dict)
    interaction: Interaction | None = None
    directed: bool = False


class System(Struct, kw_only=True):
    """Everything read from the input.

    Attributes:
        cluster: name of the cluster the workloads run in; empty = no cluster is known.
        home: `provider/region` that the input is about; empty = not known.
        areas: the boundaries that the input states, parents first.
        about: notes with the key of the workload that they are about.
    """

    title: str = ""
    cluster: str = ""
    workloads: list[Workload] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    home: str = ""
    areas: list[Area] = field(default_factory=list)
    about: list[tuple[Note, str]] = field(default_factory=list)

    def say(self, severity: Severity, mark: Mark, what: str) -> None:
        """Add a note."""
        self.notes.append(Note(severity, mark[0], mark[1], what))

    def say_of(self, workload: Workload, severity: Severity, what: str) -> None:
        """Add a note about a workload."""
        self.about.append((Note(severity, workload.mark[0], workload.mark[1], what), workload.key))

    def extend(self, other: System) -> None:
        """Take over everything of another system."""
        self.title = self.title or other.title
        self.cluster = self.cluster or other.cluster
        self.home = self.home or other.home
        self.workloads.extend(other.workloads)
        self.links.extend(other.links)
        self.notes.extend(other.notes)
        known = {area.key for area in self.areas}
        self.areas.extend(area for area in other.areas if area.key not in known)
        self.about.extend(other.about)


def words(text: str) -> list[str]:
    """Return the lower-case words of a name: split at anything but letters and digits, and between camelCase humps."""
    return list(_words(text))


@lru_cache(maxsize=65536)
def _words(text: str) -> tuple[str, ...]:
    found, word = [], ""
    for position, letter in enumerate(text):
        hump = letter.isupper() and position > 0 and text[position - 1].islower()
        if not letter.isalnum() or hump:
            if word:
                found.append(word.lower())
            word = ""
        if letter.isalnum():
            word += letter
    if word:
        found.append(word.lower())
    return tuple(found)


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text that holds one word list."""
    return frozenset(text.split())
