"""What a file is, by its content: Compose, Kubernetes, a drawing, a design, or something refused with the reason."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, field

from models.importers.compose import CANONICAL, OVERRIDES, is_compose
from models.importers.folder import Folder
from models.importers.foreign import is_design, is_drawing, is_workspace_text, refuse_foreign
from models.importers.json_files import JsonFile, read_json_form
from models.importers.notes import ImportProblem
from models.importers.structurizr_json import is_workspace, mapped
from models.importers.workloads import System, word_set
from models.importers.yaml_reader import TEMPLATE, Map, Seq, is_template, read_yaml
from models.interruption import go_on
from models.words import Number, Text, counted, sentence_of

Format = Literal["compose", "kubernetes", "design", "drawio", "structurizr", "terraform", "calm"]
LARGEST_DRAWING_BYTES = 32 * 2**20
"""Drawings hold their pictures."""
MOST_FILES = 500
MOST_ENTRIES = 50_000
_SUFFIXES = (".yaml", ".yml", ".json")
_DRAWN = (".drawio", ".dio", ".dsl")
_HELM_KEYS = word_set(
    "replicaCount image servingEngineSpec routerSpec nodeSelector tolerations affinity resources service ingress "
    "serviceAccount global fullnameOverride nameOverride"
)


class Input(Struct, frozen=True):
    """One file with its format and what it holds: YAML documents, the text of a drawing, the JSON of a plan."""

    path: Path
    folder: Folder
    format: Format
    documents: list[Any] = field(default_factory=list)
    content: JsonFile | None = None

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
        raise ImportProblem(Text("{name} leads out of the folder of the input and is not read.", name=name))
    if is_design(path):
        return Input(path, folder, "design")
    if is_drawing(path):
        return Input(path, folder, "drawio", [folder.text(path, LARGEST_DRAWING_BYTES)])
    content = read_json_form(path, folder)
    if content is not None and content.form == "structurizr":
        return Input(path, folder, "structurizr", [mapped(content.content, name)])
    if content is not None:
        return Input(path, folder, content.form, content=content)
    text = folder.text(path)
    if text.startswith("SQLite format 3"):
        raise ImportProblem(Text("{name} is a project; open it instead of importing it.", name=name))
    if path.suffix.lower() not in _SUFFIXES and is_workspace_text(text):
        return Input(path, folder, "structurizr", [text])
    documents = _documents(text, name, path.suffix.lower())
    if not documents:
        raise ImportProblem(Text("{name} holds nothing but comments; there is nothing to import.", name=name))
    resources = [each for each in documents if is_resource(each)]
    if resources:
        if len(resources) == len(documents) == 1 and resources[0].text("kind") == "Kustomization":
            raise ImportProblem(
                Text(
                    "{name} is a Kustomization: run “kubectl kustomize FOLDER > rendered.yaml” and import the result.",
                    name=name,
                )
            )
        if is_template(text) and any("{{" in each.map("metadata").text("name") for each in resources):
            raise ImportProblem(Text("{file}: {problem}", file=name, problem=TEMPLATE))
        return Input(path, folder, "kubernetes", documents)
    if len(documents) == 1 and is_compose(documents[0]):
        return Input(path, folder, "compose", documents)
    if len(documents) == 1 and is_workspace(documents[0]):
        return Input(path, folder, "structurizr", documents)
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
            raise ImportProblem(
                Text("{name} is neither a Compose file, nor Kubernetes manifests, nor a design.", name=name)
            ) from None
        raise


def is_resource(document: Any) -> bool:
    """Return whether a YAML document is a Kubernetes resource."""
    return isinstance(document, Map) and bool(document.text("apiVersion")) and bool(document.text("kind"))


def _refusal(name: str, document: Any) -> str:
    if not isinstance(document, Map):
        kind = Text("a list") if isinstance(document, Seq) else Text("plain text")
        return Text("{name} is {kind}, neither a Compose file nor Kubernetes manifests.", name=name, kind=kind)
    if document.text("apiVersion") and document.text("name") and "kind" not in document:
        return Text(
            "{name} describes a Helm chart: run “helm template NAME FOLDER > rendered.yaml” and import that.", name=name
        )
    if "request_throughput" in document:
        return Text("{name} is a benchmark: open a design, then take “Import benchmark…” in the File menu.", name=name)
    if _HELM_KEYS & set(document) or any(_is_values(value) for value in document.values()):
        return Text(
            "{name} holds values of a Helm chart: they say nothing without the chart. Run “helm "
            "template NAME CHART -f {file} > rendered.yaml” and import rendered.yaml.",
            name=name,
            file=Path(name).name,
        )
    if "services" in document:
        line = document.at("services")[1]
        return Text(
            "{name}, line {line}: services must be a mapping from name to service. Mend it and import again.",
            name=name,
            line=line,
        )
    keys = ", ".join(list(document)[:4])
    return Text(
        "{name} is no Compose file (no services) and no Kubernetes manifest (no apiVersion, kind); it has {keys}.",
        name=name,
        keys=keys,
    )


def _is_values(value: Any) -> bool:
    return isinstance(value, Map) and bool({"repository", "replicaCount", "pullPolicy"} & set(value))


def _of_folder(path: Path, system: System) -> list[Input]:
    folder = Folder.of(path)
    files = sorted(each for each in _walk(path) if each.suffix.lower() in (*_SUFFIXES, *_DRAWN))
    if len(files) > MOST_FILES:
        raise ImportProblem(
            Text(
                "{file} holds {count} files; up to {most_files} are read. Name the ones to import.",
                file=path.name,
                count=len(files),
                most_files=MOST_FILES,
            )
        )
    files = _without_parts(files, folder, system)
    found: list[Input] = []
    for file in files:
        try:
            found.append(identify(file, folder))
        except ImportProblem as problem:
            system.say("warning", (folder.name(file), 0), Text("left out: {problem}", problem=sentence_of(problem)))
    if not found:
        raise ImportProblem(
            Text("{file} holds no Compose file, no manifest, plan or drawing that can be read.", file=path.name)
        )
    return _one_system(path, found, system)


def _without_parts(files: list[Path], folder: Folder, system: System) -> list[Path]:
    """Return the files without those in the DSL that a workspace beside them may include."""
    main = next((file for file in files if file.name == "workspace.dsl"), None)
    parts = [file for file in files if main is not None and file.suffix == ".dsl" and file != main]
    if main is not None and parts:
        what = counted(
            "{count} file beside it is read where it is included.",
            "{count} files beside it are read where they are included.",
            len(parts),
        )
        system.say("info", (folder.name(main), 0), what)
    return [file for file in files if file not in parts]


def _walk(root: Path) -> Iterator[Path]:
    """Yield the files of a folder; hidden folders and those of packages are not entered, links not followed."""
    seen = 0
    for place, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "node_modules"]
        seen += len(folders) + len(files)
        if seen > MOST_ENTRIES:
            raise ImportProblem(
                Text(
                    "{root} holds more than {most_entries} entries; name the folder of the manifests.",
                    root=root,
                    most_entries=Number(f"{MOST_ENTRIES:,}"),
                )
            )
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
        drawn = [each.name for each in found if each.format in ("drawio", "structurizr")]
        if len(drawn) > 1:
            args = {"file": path.name, "count": len(drawn), "names": ", ".join(drawn[:6])}
            raise ImportProblem(Text("{file} holds {count} drawings; name the one to import: {names}.", **args))
    for each in found:
        if each not in chosen:
            system.say(
                "warning", (each.name, 0), Text("left out: it describes a system of its own; import it by its name.")
            )
    return chosen


def _composes(path: Path, composes: list[Input]) -> list[Input]:
    by_name = {each.name: each for each in composes}
    main = next((by_name[name] for name in CANONICAL if name in by_name), None)
    if main is None and len(composes) == 1:
        return composes
    if main is None:
        names = ", ".join(list(by_name)[:6])
        raise ImportProblem(
            Text(
                "{file} holds {count} Compose files and none is called compose.yaml; name the one to "
                "import (or several, later ones laid over earlier ones): {names}.",
                file=path.name,
                count=len(composes),
                names=names,
            )
        )
    return [main, *(by_name[name] for name in OVERRIDES if name in by_name)]
