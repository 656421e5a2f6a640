"""What a project file holds besides elements, and how changes are written as JSON."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping

import msgspec
from msgspec import Struct, field

from models.design.delta import Change, Delta
from models.design.design import Design
from models.design.elements import DesignError, Element, Id, Value, decode, encode
from models.storage.errors import StorageError
from models.storage.store import MAX_VALUE_BYTES
from models.words import Text, plain, sentence_of


class Variant(Struct, frozen=True):
    """One variant of the design; `head` is its newest revision, or empty."""

    id: Id
    name: str
    created: str
    head: Id = ""


class Revision(Struct, frozen=True):
    """A named state that can be returned to; two parents make it a merge."""

    id: Id
    variant: Id
    label: str
    parents: tuple[Id, ...]
    created: str


class StoredStudy(Struct, frozen=True):
    """A long run with everything that reproduces it and what it found, beside the design and outside its history."""

    id: Id
    variant: Id
    kind: str
    created: str = ""
    params: Mapping[str, Value] = field(default_factory=dict)
    seed: int = 0
    design_digest: str = ""
    catalog_digest: str = ""
    result: Value = None
    complete: bool = False


class Asset(Struct, frozen=True):
    """A file that belongs to the project: an icon, a thumbnail, a stamp, a source that was imported."""

    id: Id
    media_type: str
    data: bytes


_DELTA = msgspec.json.Decoder(dict[str, tuple[Element | None, Element | None]])
_ELEMENTS = msgspec.json.Decoder(dict[str, Element])


def encode_delta(delta: Delta) -> bytes:
    """Return the delta as JSON: id -> [before, after]."""
    return msgspec.json.encode(delta.changes, enc_hook=plain)


def decode_delta(data: bytes) -> Delta:
    """Return the delta in the JSON.

    Raises:
        StorageError: it is none.
    """
    try:
        changes: dict[Id, Change] = _DELTA.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise StorageError(
            Text("a change in the history cannot be read ({error})", error=sentence_of(error))
        ) from error
    return Delta(changes)


def encode_kept(key: Id, element: Element) -> bytes:
    """Return the element as JSON, after making sure that it can be read back.

    Raises:
        DesignError: a value is of the wrong type or not a finite number; kept like this the file could not be opened.
    """
    try:
        body = encode(element)
        read = decode(body)
    except (DesignError, OverflowError, UnicodeError) as error:
        raise DesignError(Text("{key} cannot be kept: {error}", key=key, error=sentence_of(error))) from error
    if read != element and not _finite(msgspec.to_builtins(element, enc_hook=plain)):
        raise DesignError(Text("{key} cannot be kept: it holds a value that is not a finite number.", key=key))
    return body


def _finite(value: Value) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Mapping):
        return all(map(_finite, value.values()))
    return not isinstance(value, list | tuple) or all(map(_finite, value))


def encode_snapshot(design: Design) -> bytes:
    """Return all elements in their order, as compressed JSON."""
    return zlib.compress(msgspec.json.encode(design.elements, enc_hook=plain), 1)


def decode_snapshot(data: bytes) -> Design:
    """Return the design of a snapshot.

    Raises:
        StorageError: it cannot be read, or would unpack to more than a project may hold.
    """
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(data, MAX_VALUE_BYTES)
        if unpacker.unconsumed_tail or not unpacker.eof:
            raise StorageError(Text("a revision in the file is cut off or too large"))
        return Design(_ELEMENTS.decode(text))
    except (zlib.error, msgspec.MsgspecError, UnicodeDecodeError, RecursionError, DesignError) as error:
        raise StorageError(Text("a revision in the file cannot be read ({error})", error=sentence_of(error))) from error
