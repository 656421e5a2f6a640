"""A plan or a state of Terraform as records: what exists after it is applied, what changes, how it is configured."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from models.importers.foreign import SHOW
from models.importers.json_files import JsonFile, check_depth
from models.importers.notes import ImportProblem
from models.importers.terraform.values import without
from models.interruption import while_wanted
from models.words import Number, Text

MOST_RESOURCES = 50_000
_DEEPEST_MODULE = 40
_INDEX = re.compile(r"\[(?:\"(?:[^\"\\]|\\.)*\"|[^\]\[\"]*)\]")
Source = Literal["plan", "state"]
_NAMES_TOLD = 200


class Resource(Struct, frozen=True, kw_only=True):
    """One resource that exists after the plan is applied.

    Attributes:
        address: as Terraform writes it, with indices.
        module: address of its module, with indices; empty = the root.
        index: key of `count` or `for_each`.
        values: attributes that are known and not sensitive.
    """

    address: str
    module: str
    type: str
    name: str
    index: int | str | None = None
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def configured(self) -> tuple[str, str]:
        """Module path and `type.name` without indices: the key of its configuration."""
        return without_indices(self.module), f"{self.type}.{self.name}"


class Plan(Struct, kw_only=True):
    """What a file of Terraform says.

    Attributes:
        changes: addresses by what happens to them: create, update, delete, replace, forget …; `deposed` = what a failed
            replacement left behind.
        configuration: the root module of the configuration, or an empty mapping.
        providers: configurations of providers by their key.
        variables: known values of the variables of the root module.
        existing: types of data sources with the names of those that were read, for things outside of the plan.
    """

    file: str
    source: Source
    resources: list[Resource] = field(default_factory=list)
    changes: dict[str, list[str]] = field(default_factory=dict)
    configuration: Mapping[str, Any] = field(default_factory=dict)
    providers: Mapping[str, Any] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    errored: bool = False
    deferred: int = 0


def without_indices(address: str) -> str:
    """Return `module.a.module.b` of `module.a["x"].module.b[0]`."""
    return _INDEX.sub("", address) if "[" in address else address


def read_plan(file: JsonFile, name: str) -> Plan:
    """Return the records of a plan, of a state as `terraform show -json` writes it, or of a state file.

    Raises:
        ImportProblem: it holds no resources that can be read; the sentence says what to do.
    """
    content = file.content
    check_depth(content, name)
    state = "planned_values" not in content and "resource_changes" not in content
    plan = Plan(file=name, source="state" if state else "plan")
    plan.errored = content.get("errored") is True
    plan.deferred = len(_list(content.get("deferred_changes")))
    plan.variables = {key: _map(each).get("value") for key, each in _map(content.get("variables")).items()}
    configuration = _map(content.get("configuration"))
    plan.configuration, plan.providers = (
        _map(configuration.get("root_module")),
        _map(configuration.get("provider_config")),
    )
    if "planned_values" in content or "values" in content:
        values = _map(content.get("planned_values") or content.get("values"))
        plan.resources = list(_bounded(_of_module(_map(values.get("root_module")), "", 0), name))
    elif "resource_changes" in content:
        plan.resources = list(_bounded(_after_changes(content), name))
    elif isinstance(content.get("resources"), list) or "lineage" in content:
        plan.resources = list(_bounded(_of_state_file(content, plan.changes), name))
    else:
        raise ImportProblem(Text("{name} holds no values of resources: {cure}.", name=name, cure=SHOW))
    _read_changes(plan, content)
    return plan


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _bounded(found: Iterator[Resource], name: str) -> Iterator[Resource]:
    for number, resource in enumerate(while_wanted(found)):
        if number >= MOST_RESOURCES:
            raise ImportProblem(
                Text(
                    "{name} holds more than {most} resources; import the plan of one part of the system.",
                    name=name,
                    most=Number(f"{MOST_RESOURCES:,}"),
                )
            )
        yield resource


def _of_module(module: Mapping[str, Any], address: str, depth: int) -> Iterator[Resource]:
    for each in _list(module.get("resources")):
        found = _resource(_map(each), address, _map(each).get("values"), _map(each).get("sensitive_values"))
        if found is not None:
            yield found
    if depth < _DEEPEST_MODULE:
        for child in _list(module.get("child_modules")):
            inner = _map(child)
            yield from _of_module(inner, str(inner.get("address") or address), depth + 1)


def _resource(each: Mapping[str, Any], module: str, values: Any, secret: Any) -> Resource | None:
    kind, name, address = each.get("type"), each.get("name"), each.get("address")
    if not (isinstance(kind, str) and isinstance(name, str) and kind and name) or each.get("mode") == "data":
        return None
    index = each.get("index")
    known = without(_map(values), secret)
    return Resource(
        address=address if isinstance(address, str) and address else f"{module + '.' if module else ''}{kind}.{name}",
        module=module,
        type=kind,
        name=name,
        index=index if isinstance(index, int | str) and not isinstance(index, bool) else None,
        values=known if isinstance(known, dict) else {},
    )


def _after_changes(content: Mapping[str, Any]) -> Iterator[Resource]:
    """Yield what exists after the changes, where the planned values were cut off."""
    for each in _list(content.get("resource_changes")):
        change = _map(_map(each).get("change"))
        if isinstance(change.get("after"), dict):
            module = str(_map(each).get("module_address") or "")
            found = _resource(_map(each), module, change.get("after"), change.get("after_sensitive"))
            if found is not None:
                yield found


def _of_state_file(content: Mapping[str, Any], changes: dict[str, list[str]]) -> Iterator[Resource]:
    """Yield the resources of a state file (`terraform.tfstate`, version 4); what is deposed goes to `changes`."""
    for each in _list(content.get("resources")):
        written = _map(each)
        module = str(written.get("module") or "")
        base = f"{module + '.' if module else ''}{written.get('type')}.{written.get('name')}"
        for instance in _list(written.get("instances")):
            inner = _map(instance)
            index = inner.get("index_key")
            address = base if index is None else f"{base}[{msgspec.json.encode(index).decode()}]"
            if inner.get("deposed"):
                changes.setdefault("deposed", []).append(address[:_NAMES_TOLD])
                continue
            secret = dict.fromkeys(_secret_attributes(inner), True)
            found = _resource(
                {**written, "address": address, "index": index}, module, inner.get("attributes"), secret or None
            )
            if found is not None:
                yield found


def _secret_attributes(instance: Mapping[str, Any]) -> Iterator[str]:
    for path in _list(instance.get("sensitive_attributes")):
        for step in _list(path)[:1]:
            value = _map(step).get("value")
            if isinstance(value, str):
                yield value


def _read_changes(plan: Plan, content: Mapping[str, Any]) -> None:
    for each in while_wanted(_list(content.get("resource_changes"))):
        written = _map(each)
        if written.get("mode") == "data" or not isinstance(written.get("address"), str):
            continue
        actions = [each for each in _list(_map(written.get("change")).get("actions")) if isinstance(each, str)]
        action = "replace" if {"create", "delete"} <= set(actions) else actions[0] if actions else ""
        action = "deposed" if written.get("deposed") else action
        plan.changes.setdefault(action, []).append(str(written["address"])[:_NAMES_TOLD])
