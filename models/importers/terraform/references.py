"""What refers to what in a configuration: expressions of resources, followed through modules and variables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from models.interruption import while_wanted

_MOST_TARGETS = 200
_DEEPEST = 24
_LONGEST_REFERENCE = 2000
_LITERAL = re.compile(r"\[\"((?:[^\"\\]|\\.)*)\"\]|\[(\d{1,9})\]")
_PART = re.compile(r"\.(?![^\[]*\])")
_NO_RESOURCE = frozenset({"local", "each", "count", "path", "terraform", "self"})


class Target(Struct, frozen=True):
    """A resource of the configuration that an expression refers to.

    Attributes:
        module: path of its module without indices; empty = the root.
        name: `type.name`, or `data.type.name` of a data source.
        index: literal index of the reference (a number as text), or an empty text.
    """

    module: str
    name: str
    index: str = ""


class Reference(Struct, frozen=True):
    """One reference of a resource: from which attribute to which target."""

    attribute: str
    target: Target


class Configured(Struct, frozen=True):
    """The configuration of one resource.

    Attributes:
        provider: key of the configuration of its provider.
        constants: attributes with a constant value, by their path.
    """

    references: tuple[Reference, ...]
    provider: str
    constants: Mapping[str, Any]


class References:
    """The configuration of all modules, and where their expressions lead."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._modules: dict[str, Mapping[str, Any]] = {}
        self._callers: dict[str, tuple[str, Mapping[str, Any]]] = {}
        self._resolved: dict[tuple[str, str], tuple[Target, ...]] = {}
        self.of: dict[tuple[str, str], Configured] = {}
        self.through_locals: dict[tuple[str, str], list[str]] = {}
        """Attributes that refer to local values, which no plan holds, by resource."""
        self._collect(root, "", 0)
        for module, content in self._modules.items():
            for each in while_wanted(_list(content.get("resources"))):
                self._read_resource(module, _map(each))

    def _collect(self, module: Mapping[str, Any], path: str, depth: int) -> None:
        self._modules[path] = module
        for name, call in _map(module.get("module_calls")).items():
            inner = f"{path + '.' if path else ''}module.{name}"
            self._callers[inner] = (path, _map(call))
            if depth < _DEEPEST:
                self._collect(_map(_map(call).get("module")), inner, depth + 1)

    def _read_resource(self, module: str, each: Mapping[str, Any]) -> None:
        kind, name = each.get("type"), each.get("name")
        if not isinstance(kind, str) or not isinstance(name, str):
            return
        own = f"data.{kind}.{name}" if each.get("mode") == "data" else f"{kind}.{name}"
        found: dict[tuple[str, Target], None] = {}
        constants: dict[str, Any] = {}
        repeated = list(references_in(each.get("for_each_expression")))
        for attribute, written, constant in _expressions(each.get("expressions"), "", 0):
            if constant is not None:
                constants.setdefault(attribute, constant)
            if any(reference.startswith("local.") for reference in written):
                self.through_locals.setdefault((module, own), []).append(attribute)
            listed = [*written, *(repeated if any(ref.startswith("each.") for ref in written) else ())]
            for target in self.resolve(module, listed):
                if target.name != own:
                    found[attribute, target] = None
        references = tuple(Reference(attribute, target) for attribute, target in found)
        self.of[module, own] = Configured(references, str(each.get("provider_config_key") or ""), constants)

    def resolve(self, module: str, written: Iterable[str]) -> tuple[Target, ...]:
        """Return the resources that the references of a module mean, at most 200."""
        found: dict[Target, None] = {}
        for reference in _longest(written):
            for target in self._targets(module, reference, 0):
                found[target] = None
                if len(found) >= _MOST_TARGETS:
                    return tuple(found)
        return tuple(found)

    def _targets(self, module: str, reference: str, depth: int) -> tuple[Target, ...]:
        key = (module, reference)
        if key not in self._resolved:
            self._resolved[key] = ()
            self._resolved[key] = tuple(dict.fromkeys(self._find(module, reference, depth)))[:_MOST_TARGETS]
        return self._resolved[key]

    def _find(self, module: str, reference: str, depth: int) -> Iterator[Target]:
        parts = _PART.split(reference)
        names = [_LITERAL.sub("", part) for part in parts]
        if depth > _DEEPEST or names[0] in _NO_RESOURCE or len(parts) < 2:
            return
        if names[0] == "var":
            caller, call = self._callers.get(module, ("", {}))
            if module:
                written = references_in(_map(call.get("expressions")).get(names[1]))
                for inner in _longest(written):
                    yield from self._targets(caller, inner, depth + 1)
        elif names[0] == "module":
            inside = f"{module + '.' if module else ''}module.{names[1]}"
            outputs = _map(self._modules.get(inside, {}).get("outputs"))
            if len(names) > 2:
                written = references_in(_map(outputs.get(names[2])).get("expression"))
                for inner in _longest(written):
                    yield from self._targets(inside, inner, depth + 1)
        elif names[0] == "data" and len(names) > 2:
            yield Target(module, f"data.{names[1]}.{names[2]}")
        elif "_" in names[0]:
            literal = _LITERAL.search(parts[1])
            yield Target(module, f"{names[0]}.{names[1]}", (literal.group(1) or literal.group(2)) if literal else "")

    def leads_from(self, resource: tuple[str, str], attribute: str) -> bool:
        """Return whether the attribute of a configured resource refers to another one."""
        configured = self.of.get(resource)
        return configured is not None and any(each.attribute == attribute for each in configured.references)

    def variable(self, module: str, reference: str, variables: Mapping[str, Any]) -> Any:
        """Return the known value of `var.name` in a module, or None."""
        for _ in range(_DEEPEST):
            name = reference.removeprefix("var.")
            if not module:
                return variables.get(name)
            module, call = self._callers.get(module, ("", {}))
            expression = _map(_map(call.get("expressions")).get(name))
            if "constant_value" in expression:
                return expression["constant_value"]
            listed = [each for each in _list(expression.get("references")) if isinstance(each, str)]
            if len(listed) != 1 or not listed[0].startswith("var."):
                return None
            reference = listed[0]
        return None


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _longest(written: Iterable[str]) -> list[str]:
    """Return the references without those that only repeat the beginning of another, as Terraform lists them."""
    listed = list(dict.fromkeys(written))
    beginnings = set()
    for reference in listed:
        at = len(reference)
        while (at := max(reference.rfind(".", 0, at), reference.rfind("[", 0, at))) > 0:
            beginnings.add(reference[:at])
    return [reference for reference in listed if reference not in beginnings]


def _written(expression: Mapping[str, Any]) -> list[str]:
    listed = _list(expression.get("references"))
    return [reference for reference in listed if isinstance(reference, str) and len(reference) <= _LONGEST_REFERENCE]


def references_in(expression: Any) -> Iterator[str]:
    """Yield the references anywhere inside an expression or several."""
    stack = [expression]
    while stack:
        each = stack.pop()
        if isinstance(each, dict):
            yield from _written(each)
            stack.extend(value for key, value in each.items() if key not in ("references", "constant_value"))
        elif isinstance(each, list):
            stack.extend(each)


def _expressions(value: Any, path: str, depth: int) -> Iterator[tuple[str, list[str], Any]]:
    """Yield (path of the attribute, references, constant) of the expressions of a resource, also in its blocks."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _expressions(item, path, depth + 1)
        return
    if not isinstance(value, dict):
        return
    if "constant_value" in value or "references" in value:
        references = _written(value)
        yield path, references, value.get("constant_value")
        return
    for name, inner in value.items():
        yield from _expressions(inner, f"{path}.{name}" if path else name, depth + 1)
