"""One Compose service as a workload: image, settings, ports, resources, accelerators, mounted configuration."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from models.importers.folder import OutsideFolder
from models.importers.interpolation import read_env
from models.importers.notes import ImportProblem
from models.importers.quantities import count, cpus, gib
from models.importers.workloads import Dependency, Setting, System, Workload
from models.importers.yaml_reader import Map, Mark, Seq
from models.words import Text, sentence_of

if TYPE_CHECKING:
    from models.importers.compose import Context

_LOCAL = ("127.", "localhost", "::1", "[::1]")


def workload_of(name: str, service: Map, project: str, context: Context, system: System) -> Workload:
    """Return the workload of a service whose forms are normalized (see `normalize_service`)."""
    workload = Workload(
        key=f"compose/{project}/{name}",
        name=name,
        form="service",
        mark=service.mark,
        image=_image(service),
        command=[*_arguments(service.get("entrypoint")), *_arguments(service.get("command"))],
        aliases=_aliases(name, service),
        networks=[] if "network_mode" in service else list(service.map("networks")),
        labels={key: str(value) for key, value in service.map("labels").items()},
    )
    workload.settings = _settings(service, context, system)
    _add_ports(workload, service)
    _add_dependencies(workload, service)
    _add_resources(workload, service, system)
    _add_configuration(workload, service, context, system)
    profiles = [str(profile) for profile in service.seq("profiles")]
    if profiles:
        workload.tags["profile"] = ", ".join(profiles)
    return workload


def _image(service: Map) -> str:
    image = service.text("image")
    build = service.get("build")
    if image or build is None:
        return image
    place = build.text("context") if isinstance(build, Map) else str(build)
    return "" if place in (".", "./", "") else f"build:{place}"


def _arguments(value: Any) -> list[str]:
    """Return the words of a command in list or text form."""
    if isinstance(value, Seq):
        return [str(item) for item in value if isinstance(item, str)]
    if not isinstance(value, str):
        return []
    try:
        return shlex.split(value)
    except ValueError:
        return value.split()


def _aliases(name: str, service: Map) -> list[str]:
    found = [name, service.text("container_name"), service.text("hostname")]
    for network in service.map("networks").values():
        if isinstance(network, Map):
            found += [str(alias) for alias in network.seq("aliases")]
    return [alias for alias in dict.fromkeys(found) if alias and "$" not in alias]


def _settings(service: Map, context: Context, system: System) -> list[Setting]:
    found: dict[str, Setting] = {}
    for written, required, mark in _env_files(service):
        for setting in _env_file(written, required, mark, context, system):
            found[setting.key] = setting
    environment = service.map("environment")
    for key, value in environment.items():
        if isinstance(value, str):
            passed = context.variables.get(key, value) if value == f"${{{key}}}" else value
            found[key] = Setting(key, passed, environment.at(key))
    settings = list(found.values())
    for key in ("entrypoint", "command"):
        for argument, following in argument_pairs(_arguments(service.get(key))):
            settings.append(Setting(argument, following, service.at(key), "command"))
    return settings


def argument_pairs(arguments: list[str]) -> list[tuple[str, str]]:
    """Return (option, value) of every argument: `--url=x` and `--url x` both give the option its value."""
    found = []
    option = ""
    for argument in arguments:
        if argument.startswith("-"):
            name, separator, value = argument.partition("=")
            if separator:
                found.append((name, value))
                option = ""
                continue
            option = argument
        else:
            found.append((option, argument))
            option = ""
    return found


def _env_files(service: Map) -> list[tuple[str, bool, Mark]]:
    listed = service.get("env_file")
    mark = service.at("env_file")
    entries = listed if isinstance(listed, Seq) else [] if listed is None else [listed]
    found = []
    for entry in entries:
        if isinstance(entry, Map):
            found.append((entry.text("path"), entry.text("required").lower() != "false", mark))
        elif isinstance(entry, str):
            found.append((entry, True, mark))
    return found


def _env_file(written: str, required: bool, mark: Mark, context: Context, system: System) -> list[Setting]:
    try:
        path = context.folder.inside(context.base, written)
        if not path.is_file():
            if required:
                system.say(
                    "warning",
                    mark,
                    Text("env_file {written} is not part of the input; its variables are not known.", written=written),
                )
            return []
        values = read_env(context.folder.text(path), context.variables)
    except ImportProblem as problem:
        what = Text("env_file: {problem}", problem=sentence_of(problem))
        system.say("error" if isinstance(problem, OutsideFolder) else "warning", mark, what)
        return []
    name = context.folder.name(path)
    return [Setting(key, value, (name, line)) for key, (value, line) in values.items()]


def _add_ports(workload: Workload, service: Map) -> None:
    for port in service.seq("ports"):
        target, published = _port(port)
        workload.ports += [target] if target else []
        workload.published = workload.published or published
    for port in service.seq("expose"):
        target = count(str(port).split("/")[0].split("-")[0])
        workload.ports += [target] if target else []


def _port(port: Any) -> tuple[int | None, bool]:
    """Return the port inside the container and whether it is open to other machines."""
    if isinstance(port, Map):
        local = port.text("host_ip").startswith(_LOCAL)
        return count(port.text("target")), bool(port.text("published")) and not local
    host, _, inside = str(port).split("/")[0].rpartition(":")
    return count(inside.split("-")[0]), bool(host) and not host.startswith(_LOCAL)


def _add_dependencies(workload: Workload, service: Map) -> None:
    needs = service.map("depends_on")
    for target, condition in needs.items():
        optional = isinstance(condition, Map) and condition.text("required").lower() == "false"
        workload.after.append(Dependency(target, needs.at(target), not optional))
    links = service.seq("links")
    for index, link in enumerate(links):
        target = str(link).split(":")[0]
        workload.settings.append(Setting("links host", target, links.at(index), "configuration"))


def _add_resources(workload: Workload, service: Map, system: System) -> None:
    deploy = service.map("deploy")
    reserved, limits = deploy.map("resources").map("reservations"), deploy.map("resources").map("limits")
    replicas = deploy.text("replicas") or service.text("scale")
    workload.replicas = _replicas(replicas, service, system)
    workload.vcpu = next(
        (
            value
            for value in (cpus(reserved.text("cpus")), cpus(limits.text("cpus")), cpus(service.text("cpus")))
            if value
        ),
        None,
    )
    amounts = (
        reserved.text("memory"),
        service.text("mem_reservation"),
        limits.text("memory"),
        service.text("mem_limit"),
    )
    workload.memory_gib = next((value for value in (gib(text, binary=True) for text in amounts) if value), None)
    if deploy.text("mode") == "global":
        system.say(
            "info",
            deploy.at("mode"),
            Text("“{name}” runs once on every machine; one replica is drawn.", name=workload.name),
        )
    _add_accelerators(workload, service, reserved, system)


def _replicas(text: str, service: Map, system: System) -> int:
    found = count(text)
    if text and found is None:
        system.say(
            "warning",
            service.mark,
            Text("The number of replicas {text} is not known; one is assumed.", text=repr(text)),
        )
    return 1 if found is None else found


def _add_accelerators(workload: Workload, service: Map, reserved: Map, system: System) -> None:
    for device in reserved.seq("devices").maps():
        capabilities = [str(capability) for capability in device.seq("capabilities")]
        if not {"gpu", "tpu"} & set(capabilities):
            continue
        wanted = device.text("count")
        number = count(wanted) or len(device.seq("device_ids")) or 1
        if wanted == "all":
            system.say(
                "info",
                device.mark,
                Text("“{name}” asks for all accelerators of its host; one is assumed.", name=workload.name),
            )
        workload.accelerators = (workload.accelerators or 0) + number
    if workload.accelerators is None and (service.text("gpus") or service.text("runtime") == "nvidia"):
        workload.accelerators = count(service.text("gpus")) or 1
    devices = [str(device) for device in service.seq("devices")]
    if workload.accelerators is None and any(device.startswith("/dev/kfd") for device in devices):
        workload.accelerators = 1
        system.say(
            "info",
            service.at("devices"),
            Text("“{name}” uses AMD accelerators; how many is not said.", name=workload.name),
        )


def _add_configuration(workload: Workload, service: Map, context: Context, system: System) -> None:
    """Add the text of mounted files that lie inside the input."""
    volumes = service.seq("volumes")
    for index, volume in enumerate(volumes):
        source = volume.text("source") if isinstance(volume, Map) else str(volume).split(":")[0]
        if source.startswith("."):
            _read_configuration(workload, source, volumes.at(index), context, system)
    for entry in service.seq("configs"):
        name = entry.text("source") if isinstance(entry, Map) else str(entry)
        definition = context.top.map("configs").map(name)
        if definition.text("content"):
            mark = definition.at("content")
            workload.settings.append(Setting(name, definition.text("content"), mark, "configuration"))
        elif definition.text("file"):
            _read_configuration(workload, definition.text("file"), definition.at("file"), context, system)


def _read_configuration(workload: Workload, source: str, mark: Mark, context: Context, system: System) -> None:
    try:
        found = context.folder.configurations(context.base, source)
    except OutsideFolder as problem:
        system.say("info", mark, sentence_of(problem))
        return
    for name, text in found:
        workload.settings.append(Setting(name, text, (name, 1), "configuration"))
