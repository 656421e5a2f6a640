"""Large JSON files of other programs: read in one go, bounded in size and depth, told apart by what they hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from models.importers.folder import Folder, read_bytes
from models.importers.foreign import SHOW
from models.importers.notes import ImportProblem
from models.importers.yaml_reader import LARGEST_FILE_BYTES, decode
from models.words import Text

LARGEST_JSON_BYTES = 128 * 2**20
DEEPEST_JSON = 128
JsonForm = Literal["terraform", "calm", "structurizr"]
_HEAD = 65_536
_WRAPPED = re.compile(r"^\{\s*\"format_version\"", re.MULTILINE)
_BYTE = re.compile(r"\s*\(byte (\d+)\)")
_OF_TERRAFORM = ("planned_values", "resource_changes", "terraform_version")


class JsonFile(Struct, frozen=True):
    """The content of a JSON file of a known form.

    Attributes:
        around: there was text before or after the JSON, as a wrapper of Terraform writes it; it is left out.
    """

    form: JsonForm
    content: dict[str, Any] = field(default_factory=dict)
    around: bool = False


def read_json_form(path: Path, folder: Folder) -> JsonFile | None:
    """Return the plan, state or architecture that a file holds, or None if it is none of them.

    Raises:
        ImportProblem: it is one, and is too large, broken or nested too deep; the sentence says where.
    """
    if not _may_hold_json(path):
        return None
    name = folder.name(path)
    data = read_bytes(path, LARGEST_JSON_BYTES)
    if len(data) > LARGEST_JSON_BYTES:
        limit = LARGEST_JSON_BYTES // 2**20
        raise ImportProblem(
            Text("{file} is too large: files up to {limit} MiB can be read. Split it.", file=name, limit=limit)
        )
    text = decode(data, name, LARGEST_JSON_BYTES)
    begin = _begin(text)
    if begin is None:
        return None
    content, end = _decoded(text, begin, name)
    if not isinstance(content, dict):
        return None
    form = _form(content, name)
    large = len(data) > LARGEST_FILE_BYTES  # a smaller one is read with its lines
    if form is None and large and isinstance(content.get("model"), dict) and "views" in content:
        form = "structurizr"
        check_depth(content, name)
    around = bool(text[:begin].strip() or text[end:].strip())
    return JsonFile(form, content, around) if form else None


def _may_hold_json(path: Path) -> bool:
    """Return whether a regular file begins like JSON, or like the output of a wrapper around Terraform."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except (OSError, RuntimeError):
        return False
    start = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start[:1] == b"{" or b'"format_version"' in start


def _begin(text: str) -> int | None:
    start = len(text) - len(text.lstrip())
    if text.startswith("{", start):
        return start
    wrapped = _WRAPPED.search(text, 0, _HEAD)
    return wrapped.start() if wrapped else None


def _decoded(text: str, begin: int, name: str) -> tuple[Any, int]:
    """Return the first JSON value from `begin` on and where it ends; None when it is no JSON of Terraform."""
    end = len(text)
    try:
        return msgspec.json.decode(text[begin:].encode()), end
    except RecursionError as error:
        raise _too_deep(name) from error
    except msgspec.DecodeError as error:
        end = text.find("\n", begin)
        looks = _WRAPPED.match(text, begin) or '"terraform_version"' in text[begin : begin + 4096]
        if not looks:
            return None, len(text)
        whole = _first_line(text, begin, end) if end > begin else None
        if whole is not None:
            return whole, end
        raise _broken(error, text, begin, name) from error


def _first_line(text: str, begin: int, end: int) -> Any:
    """Return the JSON that fills one line, as Terraform writes it, or None."""
    try:
        return msgspec.json.decode(text[begin:end].encode())
    except (msgspec.DecodeError, RecursionError):
        return None


def _broken(error: msgspec.DecodeError, text: str, begin: int, name: str) -> ImportProblem:
    place = _BYTE.search(str(error))
    at = int(place.group(1)) if place else len(text[begin:].encode())
    before = text[begin:].encode()[:at]
    line = text.count("\n", 0, begin) + before.count(b"\n") + 1
    column = at - (before.rfind(b"\n") + 1) + 1
    problem = _BYTE.sub("", str(error)).removeprefix("JSON is malformed: ").rstrip(".")
    return ImportProblem(
        Text(
            "{file}, line {line}, column {column}: this is not valid JSON: {problem}. Write the plan anew: {cure}.",
            file=name,
            line=line,
            column=column,
            problem=problem,
            cure=SHOW,
        )
    )


def _too_deep(name: str) -> ImportProblem:
    return ImportProblem(
        Text("{file} is nested deeper than {deepest} levels; no real file is.", file=name, deepest=DEEPEST_JSON)
    )


def _form(content: Mapping[str, Any], name: str) -> JsonForm | None:
    if "apiVersion" in content or "services" in content:
        return None
    if isinstance(content.get("nodes"), list) and isinstance(content.get("relationships"), list):
        return "calm"
    if "@level" in content and "@message" in content:
        raise ImportProblem(
            Text("{name} is the log of “terraform plan -json”, not the plan: {cure}.", name=name, cure=SHOW)
        )
    if any(key in content for key in _OF_TERRAFORM) or set(content) == {"format_version"}:  # a state without anything
        return "terraform"
    if isinstance(content.get("resource"), dict) or isinstance(content.get("terraform"), dict):
        raise ImportProblem(Text("{name} is Terraform code, not a plan of it: {cure}.", name=name, cure=SHOW))
    return None


def check_depth(value: Any, name: str, deepest: int = DEEPEST_JSON) -> None:
    """Refuse a value that is nested deeper than `deepest` levels.

    Raises:
        ImportProblem: it is.
    """
    level = [value]
    for _ in range(deepest):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list) and inner
        ]
        if not level:
            return
    raise _too_deep(name)
