"""Docker Compose files: reading them with their `.env`, `include`, `extends`, overrides and profiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from models.importers.compose_merge import merge_maps, normalize_service
from models.importers.compose_service import workload_of
from models.importers.folder import Folder
from models.importers.interpolation import Interpolation, read_env
from models.importers.notes import ImportProblem
from models.importers.workloads import System
from models.importers.yaml_reader import Map, Seq, read_yaml
from models.words import Text, sentence_of

CANONICAL = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
OVERRIDES = (
    "compose.override.yaml",
    "compose.override.yml",
    "docker-compose.override.yaml",
    "docker-compose.override.yml",
)
_DEEPEST_CHAIN = 16
_MOST_SERVICES = 5000


def is_compose(document: Any) -> bool:
    """Return whether a YAML document is a Compose file (with `services`, or of the first format)."""
    if not isinstance(document, Map) or "apiVersion" in document:
        return False
    if isinstance(document.get("services"), Map):
        return all(isinstance(service, Map) or service is None for service in document["services"].values())
    return _is_first_format(document)


def _is_first_format(document: Map) -> bool:
    services = [value for key, value in document.items() if not key.startswith("x-")]
    return bool(services) and all(
        isinstance(value, Map)
        and (isinstance(value.get("image"), str) or "build" in value)
        and not {"repository", "pullPolicy", "tag"} & set(value)
        for value in services
    )


def read_compose(
    paths: Sequence[Path],
    folder: Folder,
    profiles: Iterable[str] = (),
    parsed: Mapping[Path, list[Any]] | None = None,
) -> System:
    """Return the system of Compose files, later ones laid over earlier ones as `docker compose -f A -f B` does.

    Args:
        paths: files inside `folder`.
        folder: the folder of the input; nothing outside it is read.
        profiles: profiles to switch on; "*" = all.
        parsed: the documents of files that were read before.

    Raises:
        ImportProblem: a file cannot be read, or no service is left.
    """
    reader = _Reader(folder, parsed or {})
    merged = reader.load(paths[0], 0)
    for path in paths[1:]:
        merged = merge_maps(merged, reader.load(path, 0))
    services = {
        name: reader.extended(name, service, merged.map("services"), 0)
        for name, service in merged.map("services").items()
        if isinstance(service, Map)
    }
    if not services:
        raise ImportProblem(Text("{file} has no service; there is nothing to import.", file=folder.name(paths[0])))
    if len(services) > _MOST_SERVICES:
        raise ImportProblem(
            Text(
                "{file} has {count} services; up to {most_services} can be read.",
                file=folder.name(paths[0]),
                count=len(services),
                most_services=_MOST_SERVICES,
            )
        )
    project = merged.text("name") or ""
    reader.system.title = project or _title(paths[0], folder)
    chosen = reader.of_profiles(services, set(profiles) | reader.profiles)
    for name, service in chosen.items():
        workload = workload_of(name, service, project, reader.context(service, merged), reader.system)
        reader.system.workloads.append(workload)
    return reader.system


def _title(path: Path, folder: Folder) -> str:
    stem = path.stem.removesuffix(".override")
    return folder.root.name if stem in ("compose", "docker-compose") else stem


class Context:
    """What a service's reader needs besides the service: the folder, its variables and the top level of the file."""

    def __init__(self, folder: Folder, base: Path, variables: Mapping[str, str], top: Map) -> None:
        self.folder = folder
        self.base = base
        self.variables = variables
        self.top = top


class _Reader:
    """Loads files, follows includes and extends, and keeps what was said about them."""

    def __init__(self, folder: Folder, parsed: Mapping[Path, list[Any]]) -> None:
        self.folder = folder
        self.parsed = parsed
        self.system = System()
        self.profiles: set[str] = set()
        self._variables: dict[Path, dict[str, str]] = {}
        self._loading: list[Path] = []

    def context(self, service: Map, top: Map) -> Context:
        base = (self.folder.root / service.mark[0]).parent
        return Context(self.folder, base, self.variables(base), top)

    def variables(self, base: Path) -> dict[str, str]:
        if base not in self._variables:
            self._variables[base] = self._read_variables(base)
        return self._variables[base]

    def _read_variables(self, base: Path) -> dict[str, str]:
        path = base / ".env"
        if not path.is_file() or not path.resolve().is_relative_to(self.folder.root):
            return {}
        try:
            found = {name: value for name, (value, _) in read_env(self.folder.text(path)).items()}
        except ImportProblem as problem:
            self.system.say(
                "error",
                (self.folder.name(path), 0),
                Text("{problem} Its variables are not known.", problem=sentence_of(problem)),
            )
            return {}
        self.profiles |= {name.strip() for name in found.get("COMPOSE_PROFILES", "").split(",") if name.strip()}
        return found

    def load(self, path: Path, depth: int) -> Map:
        """Return the Compose file with its includes, variables replaced and services in one form."""
        if path in self._loading or depth > _DEEPEST_CHAIN:
            raise ImportProblem(Text("{file} includes itself; that has no end.", file=self.folder.name(path)))
        self._loading.append(path)
        name = self.folder.name(path)
        read = self.parsed[path] if path in self.parsed else read_yaml(self.folder.text(path), name)
        documents = [document for document in read if document is not None]
        if len(documents) != 1 or (not is_compose(documents[0]) and not isinstance(documents[0], Map)):
            raise ImportProblem(Text("{name} is not a Compose file: it has no mapping of services.", name=name))
        document = Interpolation(self.variables(path.parent), name).tree(documents[0])
        top = document if isinstance(document, Map) else Map((name, 1))
        if "services" not in top and _is_first_format(top):
            services = Map(top.mark, {key: top[key] for key in top if not key.startswith("x-")}, top.marks)
            top = Map(top.mark, {"services": services}, {"services": top.mark})
        normal = {key: normalize_service(value) for key, value in top.map("services").items() if isinstance(value, Map)}
        top["services"] = Map(top.at("services"), normal, top.map("services").marks)
        result = self._included(top, path, depth)
        self._loading.pop()
        return result

    def _included(self, top: Map, path: Path, depth: int) -> Map:
        entries = top.get("include")
        result = top
        for entry in entries if isinstance(entries, Seq) else []:
            listed = entry.get("path") if isinstance(entry, Map) else entry
            for each in listed if isinstance(listed, Seq) else [listed]:
                if isinstance(each, str):
                    other = self._other_file(each, path, top.at("include"), "include")
                    if other is not None:
                        result = merge_maps(self.load(other, depth + 1), result)
        return result

    def _other_file(self, written: str, path: Path, mark: tuple[str, int], word: str) -> Path | None:
        try:
            other = self.folder.inside(path.parent, written)
        except ImportProblem as problem:
            self.system.say("error", mark, Text("{word}: {problem}", word=word, problem=sentence_of(problem)))
            return None
        if not other.is_file():
            args = {"word": word, "written": written}
            what = Text("{word}: {written} is not part of the input; what it adds is not known.", **args)
            self.system.say("warning", mark, what)
            return None
        return other

    def extended(self, name: str, service: Map, services: Map, depth: int) -> Map:
        """Return the service laid over what it extends, in the same file or another."""
        extends = service.get("extends")
        if extends is None:
            return service
        mark = service.at("extends")
        wanted = extends.text("service") if isinstance(extends, Map) else str(extends)
        written = extends.text("file") if isinstance(extends, Map) else ""
        if depth > _DEEPEST_CHAIN:
            self.system.say("error", mark, Text("“{name}” extends itself; what it extends is left out.", name=name))
            return service
        holder = services
        if written:
            current = self.folder.root / service.mark[0]
            other = self._other_file(written, current, mark, "extends")
            if other is None:
                return service
            holder = self.load(other, depth + 1).map("services")
        base = holder.get(wanted)
        if not isinstance(base, Map):
            self.system.say(
                "error", mark, Text("“{name}” extends “{wanted}”, which does not exist.", name=name, wanted=wanted)
            )
            return service
        found = self.extended(wanted, base, holder, depth + 1)
        kept = {key: value for key, value in found.items() if key not in ("depends_on", "links", "volumes_from")}
        merged = merge_maps(Map(found.mark, kept, found.marks), service)
        merged.mark = service.mark
        return merged

    def of_profiles(self, services: dict[str, Map], wanted: set[str]) -> dict[str, Map]:
        """Return the services that run: those without a profile, those of a wanted one, and what they require."""

        def runs(service: Map) -> bool:
            own = {str(profile) for profile in service.seq("profiles")}
            return not own or "" in own or "*" in wanted or bool(own & wanted)

        chosen = {name for name, service in services.items() if runs(service)}
        if not chosen:
            chosen = set(services)
            names = sorted({str(profile) for service in services.values() for profile in service.seq("profiles")})
            self.system.say(
                "warning",
                ("", 0),
                Text("Every service is in a profile; all are drawn: {names}.", names=", ".join(names)),
            )
        waiting = list(chosen)
        while waiting:
            needs = services[waiting.pop()].map("depends_on")
            for target, condition in needs.items():
                optional = isinstance(condition, Map) and condition.text("required").lower() == "false"
                if target in services and target not in chosen and not optional:
                    chosen.add(target)
                    waiting.append(target)
        for name, service in services.items():
            if name not in chosen:
                profile = ", ".join(str(each) for each in service.seq("profiles"))
                self.system.say(
                    "info",
                    service.mark,
                    Text(
                        "“{name}” runs only with the profile {profile} and is left out of the drawing.",
                        name=name,
                        profile=profile,
                    ),
                )
        return {name: service for name, service in services.items() if name in chosen}
