"""What a shape of a drawing or a word of a description stands for, by the table `resources/importers/stencils.json`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct, field

from models.design.elements import Interaction, Value
from models.importers.recognition import recognize
from models.importers.workloads import Confidence, Workload
from models.words import Text

TABLE = Path(__file__).parents[2] / "resources" / "importers" / "stencils.json"
_WORD = re.compile(r"[^\W_]+")
_VENDOR = re.compile(r"^(amazon|aws|azure|cloud|google)_")
_MOST_WORDS = 6
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Product(Struct, frozen=True):
    """A node kind for stencils and for words of labels; a generic stencil counts less than the words."""

    kind: str
    technology: str
    shapes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    generic: bool = False


class Framing(Struct, frozen=True):
    """A boundary kind for group stencils and for words of labels."""

    kind: str
    shapes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    params: Mapping[str, Value] = field(default_factory=dict)


class Carrying(Struct, frozen=True):
    """An interaction for words of a label of a line."""

    interaction: Interaction
    words: tuple[str, ...]


class Table(Struct, frozen=True):
    """The file `resources/importers/stencils.json`."""

    vendors: Mapping[str, tuple[str, ...]]
    products: tuple[Product, ...]
    frames: tuple[Framing, ...]
    decoration: frozenset[str]
    interactions: tuple[Carrying, ...]


class Found(Struct, frozen=True):
    """What something is, how sure that is and why."""

    kind: str
    technology: str
    confidence: Confidence
    why: str
    word: str = ""


@cache
def table() -> Table:
    """Return the rules; read once."""
    return msgspec.json.decode(TABLE.read_bytes(), type=Table)


def stencil(name: str) -> str:
    """Return the name of a stencil or of a picture in a library in the form of the table: `aws4.lambda_function`."""
    path = name.removesuffix(".svg").removesuffix(".png").replace("\\", "/")
    parts = path.split("/") if "/" in path else path.split(".")
    parts = [part for part in parts if part not in ("mxgraph", "img", "lib", "")]
    family, last = (parts[0] if len(parts) > 1 else ""), parts[-1] if parts else ""
    last = "_".join(_WORD.findall(_CAMEL.sub("_", last).replace("_", " "))).lower()
    family = "aws4" if family == "aws4" else family.lower()
    return f"{family}.{last}" if family else last


def vendor_of(shape: str) -> str:
    """Return the provider whose library the stencil is of, or an empty text."""
    family = shape.partition(".")[0] if "." in shape else ""
    return next((vendor for vendor, families in table().vendors.items() if family in families), "")


@cache
def _by_shape() -> dict[str, Product]:
    found: dict[str, Product] = {}
    for product in table().products:
        for shape in product.shapes:
            found.setdefault(shape, product)
    return found


@cache
def _by_letters() -> dict[str, Product]:
    """Return the products by the letters of their stencils alone: `Open AI`, `IoT_Hub` and `iothub` are the same."""
    found: dict[str, Product] = {}
    for shape, product in _by_shape().items():
        if "." not in shape:
            found.setdefault(_VENDOR.sub("", shape).replace("_", ""), product)
    return found


@cache
def _frames_by_shape() -> dict[str, Framing]:
    return {shape: frame for frame in table().frames for shape in frame.shapes}


@cache
def _phrases() -> dict[str, tuple[Product, str]]:
    found: dict[str, tuple[Product, str]] = {}
    for product in table().products:
        for phrase in product.words:
            found.setdefault("".join(label_words(phrase)), (product, phrase))
    return found


@cache
def _frame_phrases() -> dict[str, Framing]:
    return {"".join(label_words(phrase)): frame for frame in table().frames for phrase in frame.words}


@cache
def _carrying_phrases() -> dict[tuple[str, ...], tuple[Interaction, str]]:
    return {label_words(word): (each.interaction, word) for each in table().interactions for word in each.words}


def label_words(text: str) -> tuple[str, ...]:
    """Return the words of a label in lower case, camelCase split."""
    return tuple(word.lower() for word in _WORD.findall(_CAMEL.sub(" ", text)))


@cache
def _lengths() -> dict[str, int]:
    """Return how many words each phrase of the table has."""
    written = [phrase for product in table().products for phrase in product.words]
    written += [phrase for frame in table().frames for phrase in frame.words]
    return {"".join(label_words(phrase)): len(phrase.split()) for phrase in written}


def _longest(words: Sequence[str], known: Mapping[str, object]) -> str:
    """Return the longest phrase in the words, however it is spaced, of equal ones the last; empty if there is none."""
    best, most, lengths = "", 0, _lengths()
    for end in range(len(words), 0, -1):
        for start in range(max(0, end - _MOST_WORDS), end):
            phrase = "".join(words[start:end])
            if phrase in known and lengths[phrase] > most:
                best, most = phrase, lengths[phrase]
    return best


def product_of_shape(shape: str, partly: bool = False) -> Product | None:
    """Return the product of a stencil by its name, or where `partly` by the longest known name in it."""
    last = shape.rpartition(".")[2]
    known = _by_shape()
    bare = _VENDOR.sub("", last)
    exact = known.get(shape) or known.get(last) or known.get(bare) or _by_letters().get(bare.replace("_", ""))
    if exact is not None or not partly:
        return exact
    parts = [part for part in last.split("_") if not part.isdigit()]
    for length in range(len(parts), 0, -1):
        for start in range(len(parts) - length + 1):
            name = "_".join(parts[start : start + length])
            if len(name) > 2 and name in known:
                return known[name]
    return None


def product_in(text: str) -> tuple[Product, str] | None:
    """Return the product that a text names, with the words that do, or None."""
    phrase = _longest(label_words(text), _phrases())
    return _phrases()[phrase] if phrase else None


def is_product(text: str) -> bool:
    """Return whether a text is the name of a product and nothing else."""
    found = product_in(text)
    return found is not None and "".join(label_words(found[1])) == "".join(label_words(text))


def recognize_shape(shape: str, label: str) -> Found | None:
    """Return what a shape with a label stands for, or None if neither says anything.

    The order is: a telling stencil; products in the label; products of images; a generic stencil; a part of its name.
    """
    product = product_of_shape(shape) if shape else None
    if product is not None and not product.generic:
        return Found(product.kind, product.technology, "high", Text("its shape {shape}", shape=shape))
    named = recognize_text(label)
    if product is not None and (named is None or named.kind == product.kind):
        technology = named.technology if named is not None and named.technology else product.technology
        return Found(product.kind, technology, "medium", Text("its shape {shape}", shape=shape))
    if named is not None:
        return named
    partly = product_of_shape(shape, partly=True) if shape else None
    if partly is not None:
        return Found(partly.kind, partly.technology, "medium", Text("its shape {shape}", shape=shape))
    return None


def recognize_text(label: str) -> Found | None:
    """Return what a label names: a product of the table, else one of an image, else a telling last word."""
    named = product_in(label)
    if named is not None and not named[0].generic:
        product, words = named
        return Found(product.kind, product.technology, "medium", Text("its label says “{words}”", words=words), words)
    guess = Workload(key="", name=label[:200], form="", mark=("", 0))
    why = recognize(guess)
    if why:
        return Found(guess.kind, guess.technology, "medium", Text("its label says “{words}”", words=label[:60]))
    if named is not None:
        product, words = named
        return Found(product.kind, product.technology, "low", Text("its label says “{words}”", words=words), words)
    return None


def frame_of_shape(shape: str) -> Framing | None:
    """Return the boundary that a stencil stands for, or None."""
    known = _frames_by_shape()
    return known.get(shape) or known.get(shape.rpartition(".")[2])


def frame_of_label(label: str) -> Framing | None:
    """Return the boundary that the label of a group names, or None."""
    phrase = _longest(label_words(label), _frame_phrases())
    return _frame_phrases()[phrase] if phrase else None


@lru_cache(maxsize=4096)
def interaction_of(text: str) -> tuple[Interaction, str] | None:
    """Return the interaction that the words on a line say, with the word, or None."""
    words = label_words(text)
    return next((found for phrase, found in _carrying_phrases().items() if _within(phrase, words)), None)


def _within(phrase: tuple[str, ...], words: tuple[str, ...]) -> bool:
    length = len(phrase)
    return any(words[start : start + length] == phrase for start in range(len(words) - length + 1))


def is_decoration(shape: str) -> bool:
    """Return whether a stencil draws an arrow, a line or an ornament."""
    family, _, last = shape.rpartition(".")
    return last in table().decoration or family in table().decoration or f"mxgraph.{family}" in table().decoration
