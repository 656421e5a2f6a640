"""What is wrong with a text that should hold a design, and where: the line, the element, the field."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import msgspec

from models.design.elements import Element
from models.words import Text

_BYTE = re.compile(r" \(byte (\d+)\)")
_LONGEST_NAME = 80


def reason_of(error: Exception, text: str | bytes) -> str:
    """Return why a text is no design: with the line where the JSON ends, or the element that is not one."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if isinstance(error, OverflowError):
        return Text("it holds a whole number of more than 64 bits; write it with an exponent")
    if isinstance(error, RecursionError):
        return Text("its values are nested too deeply")
    if isinstance(error, msgspec.ValidationError):
        return _element_at_fault(data) or str(error)
    found = _BYTE.search(str(error))
    if found:
        line = data.count(b"\n", 0, int(found[1])) + 1
        return Text("line {line}: {fault}", line=line, fault=_BYTE.sub("", str(error)))
    if "truncated" in str(error):
        return Text("it breaks off in line {line}", line=data.count(bytes([10])) + 1)
    return str(error)


def _element_at_fault(data: bytes) -> str:
    """Return id, name and fault of the first element that is none; empty if the fault lies elsewhere."""
    try:
        raw = msgspec.json.decode(data, type=dict[str, msgspec.Raw]).get("elements")
        elements = msgspec.json.decode(raw, type=dict[str, msgspec.Raw]) if raw is not None else {}
    except (msgspec.MsgspecError, RecursionError):
        return ""
    for key, body in elements.items():
        try:
            msgspec.json.decode(body, type=Element)
        except (msgspec.MsgspecError, RecursionError) as error:
            fault = str(error).replace(" - at `$.", " at `").replace(" - at `$`", "")
            return Text(
                "the element {key}{named} is not valid: {fault}",
                key=key[:_LONGEST_NAME],
                named=_named(body),
                fault=fault,
            )
    return ""


def _named(body: msgspec.Raw) -> str:
    try:
        name = msgspec.json.decode(body, type=dict[str, Any]).get("name", "")
    except (msgspec.MsgspecError, RecursionError):
        return ""
    return f" (“{str(name)[:_LONGEST_NAME]}”)" if name else ""


def first_repeated(text: str | bytes) -> str:
    """Return the first key that one object of the JSON holds twice, in quotes; empty if there is none.

    A merge of two branches by hand leaves such keys; a decoder would silently keep the last one.
    """
    found: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> None:
        counts = Counter(key for key, _ in items) if len(dict(items)) != len(items) else {}
        found.extend(key for key, count in counts.items() if count > 1)

    json.loads(text, object_pairs_hook=pairs)
    return f"“{found[0][:_LONGEST_NAME]}”" if found else ""
