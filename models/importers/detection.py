"""What a file is, by its content: Compose, Kubernetes, a design, or something that is refused with the reason."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, field

from models.importers.compose import CANONICAL, OVERRIDES, is_compose
from models.importers.folder import Folder
from models.importers.foreign import is_design, refuse_foreign
from models.importers.notes import ImportProblem
from models.importers.workloads import System, word_set
from models.importers.yaml_reader import TEMPLATE, Map, Seq, is_template, read_yaml
from models.interruption import go_on

Format = Literal["compose", "kubernetes", "design"]
MOST_FILES = 500
MOST_ENTRIES = 50_000
_SUFFIXES = (".yaml", ".yml", ".json")
_HELM_KEYS = word_set(
    "replicaCount image servingEngineSpec routerSpec nodeSelector tolerations affinity resources service ingress "
    "serviceAccount global fullnameOverride nameOverride"
)


class Input(Struct, frozen=True):
    """One file with its format and, for Kubernetes, its documents."""

    path: Path
    folder: Folder
    format: Format
    documents: list[Any] = field(default_factory=list)

    @property
    def name(self) -> str:
        """How notes name the file."""
        return self.folder.name(self.path)


def find_inputs(paths: Sequence[Path], system: System) -> list[Input]:
    """Return the importable files at `paths`; files of a folder that are not importable become notes of `system`.

    Raises:
        ImportProblem: a named file cannot be imported, or a folder holds nothing that can.
    """
    found: list[Input] = []
    for path in paths:
        if path.is_dir():
            found.extend(_of_folder(path, system))
        else:
            found.append(identify(path, Folder.of(path)))
    unique = {os.path.realpath(each.path): each for each in found}
    return list(unique.values())


def identify(path: Path, folder: Folder) -> Input:
    """Return what the file is.

    Raises:
        ImportProblem: it cannot be read or is nothing that can be imported; the sentence says what to do.
    """
    go_on()
    name = folder.name(path)
    if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(folder.root):
        raise ImportProblem(f"{name} leads out of the folder of the input and is not read.")
    if is_design(path):
        return Input(path, folder, "design")
    text = folder.text(path)
    if text.startswith("SQLite format 3"):
        raise ImportProblem(f"{name} is a project; open it instead of importing it.")
    documents = _documents(text, name, path.suffix.lower())
    if not documents:
        raise ImportProblem(f"{name} holds nothing but comments; there is nothing to import.")
    resources = [each for each in documents if is_resource(each)]
    if resources:
        if len(resources) == len(documents) == 1 and resources[0].text("kind") == "Kustomization":
            raise ImportProblem(
                f"{name} is a Kustomization: run “kubectl kustomize FOLDER > rendered.yaml” and import the result."
            )
        if is_template(text) and any("{{" in each.map("metadata").text("name") for each in resources):
            raise ImportProblem(f"{name}: {TEMPLATE}")
        return Input(path, folder, "kubernetes", documents)
    if len(documents) == 1 and is_compose(documents[0]):
        return Input(path, folder, "compose", documents)
    if isinstance(documents[0], str):
        refuse_foreign(text, name)
    raise ImportProblem(_refusal(name, documents[0]))


def _documents(text: str, name: str, suffix: str) -> list[Any]:
    """Return the documents of a text that is YAML or JSON; a text of another program's format is named."""
    try:
        return [document for document in read_yaml(text, name) if document is not None]
    except ImportProblem:
        if suffix not in _SUFFIXES:
            refuse_foreign(text, name)
            raise ImportProblem(f"{name} is neither a Compose file, nor Kubernetes manifests, nor a design.") from None
        raise


def is_resource(document: Any) -> bool:
    """Return whether a YAML document is a Kubernetes resource."""
    return isinstance(document, Map) and bool(document.text("apiVersion")) and bool(document.text("kind"))


def _refusal(name: str, document: Any) -> str:
    if not isinstance(document, Map):
        kind = "a list" if isinstance(document, Seq) else "plain text"
        return f"{name} is {kind}, neither a Compose file nor Kubernetes manifests."
    if document.text("apiVersion") and document.text("name") and "kind" not in document:
        return f"{name} describes a Helm chart: run “helm template NAME FOLDER > rendered.yaml” and import that."
    if "nodes" in document and "relationships" in document:
        return (
            f"{name} is an architecture in CALM, which cannot be imported: import the Compose file or the manifests of "
            "the system it describes, or draw it anew."
        )
    if "request_throughput" in document:
        return f"{name} is a benchmark: open a design, then take “Import benchmark…” in the File menu."
    if "resource_changes" in document or "terraform_version" in document:
        return f"{name} is a Terraform plan, which cannot be imported. Import the Compose file or the manifests."
    if _HELM_KEYS & set(document) or any(_is_values(value) for value in document.values()):
        return (
            f"{name} holds values of a Helm chart: they say nothing without the chart. "
            f"Run “helm template NAME CHART -f {Path(name).name} > rendered.yaml” and import rendered.yaml."
        )
    if "services" in document:
        line = document.at("services")[1]
        return f"{name}, line {line}: services must be a mapping from name to service. Mend it and import again."
    keys = ", ".join(list(document)[:4])
    return f"{name} is no Compose file (no services) and no Kubernetes manifest (no apiVersion, kind); it has {keys}."


def _is_values(value: Any) -> bool:
    return isinstance(value, Map) and bool({"repository", "replicaCount", "pullPolicy"} & set(value))


def _of_folder(path: Path, system: System) -> list[Input]:
    folder = Folder.of(path)
    files = sorted(each for each in _walk(path) if each.suffix.lower() in _SUFFIXES)
    if len(files) > MOST_FILES:
        raise ImportProblem(
            f"{path.name} holds {len(files)} files; up to {MOST_FILES} are read. Name the ones to import."
        )
    found: list[Input] = []
    for file in files:
        try:
            found.append(identify(file, folder))
        except ImportProblem as problem:
            system.say("warning", (folder.name(file), 0), f"left out: {problem}")
    if not found:
        raise ImportProblem(f"{path.name} holds no Compose file and no Kubernetes manifest that can be read.")
    return _one_system(path, found, system)


def _walk(root: Path) -> Iterator[Path]:
    """Yield the files of a folder; hidden folders and those of packages are not entered, links not followed."""
    seen = 0
    for place, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "node_modules"]
        seen += len(folders) + len(files)
        if seen > MOST_ENTRIES:
            raise ImportProblem(f"{root} holds more than {MOST_ENTRIES:,} entries; name the folder of the manifests.")
        yield from (Path(place, name) for name in files if not name.startswith("."))


def _one_system(path: Path, found: list[Input], system: System) -> list[Input]:
    """Return the files of a folder that belong together: its manifests, or its Compose file with its override."""
    manifests = [each for each in found if each.format == "kubernetes"]
    composes = [each for each in found if each.format == "compose"]
    chosen = manifests
    if not manifests and composes:
        chosen = _composes(path, composes)
    elif not manifests:
        chosen = found[:1]
    for each in found:
        if each not in chosen:
            system.say("warning", (each.name, 0), "left out: it describes a system of its own; import it by its name.")
    return chosen


def _composes(path: Path, composes: list[Input]) -> list[Input]:
    by_name = {each.name: each for each in composes}
    main = next((by_name[name] for name in CANONICAL if name in by_name), None)
    if main is None and len(composes) == 1:
        return composes
    if main is None:
        names = ", ".join(list(by_name)[:6])
        raise ImportProblem(
            f"{path.name} holds {len(composes)} Compose files and none is called compose.yaml; name the one to import "
            f"(or several, later ones laid over earlier ones): {names}."
        )
    return [main, *(by_name[name] for name in OVERRIDES if name in by_name)]
