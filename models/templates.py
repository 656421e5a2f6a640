"""Templates of real AI systems, each with variants that open fully evaluated, read from `resources/templates`.

A file holds the elements that all variants share and, per variant, the elements it changes (null removes one) and the
reason why it was chosen or rejected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct, field

from models.design.design import Design
from models.design.elements import BRIEF_ID, Brief, DesignError, Element, Id, Position
from models.words import Text, text_of_json

TEMPLATES_FOLDER = Path(__file__).parents[1] / "resources" / "templates"
FORMAT = "groundplan-template"


class TemplateVariant(Struct, frozen=True):
    """One worked-out answer to the template's question; its brief says why it was chosen or rejected."""

    name: str
    design: Design


class Template(Struct, frozen=True):
    """A system to start from; its variants differ in the one decision named in `tension`."""

    id: str
    title: Text
    summary: Text
    tension: Text
    variants: tuple[TemplateVariant, ...]

    def variant(self, name: str) -> TemplateVariant:
        """Return the variant of this name; raises KeyError if there is none."""
        for variant in self.variants:
            if variant.name == name:
                return variant
        raise KeyError(name)


READ_BY_PEOPLE = ("name", "client", "note", "decision", "technology")
"""Fields of elements whose texts a template has in the language of who opens it."""
CALLED = ("unit_name", "contract_owner")
"""Parameters that hold such texts: of what there is one unit, and the name of a team."""
_WORD = re.compile(r"[^\W\d_]{3,}")


def in_language(template: Template, say: Callable[[str], str]) -> Template:
    """Return a template with the texts that people read in it put into words by `say`; everything else is equal."""
    variants = (
        TemplateVariant(
            say(variant.name), Design({key: _said(each, say) for key, each in variant.design.elements.items()})
        )
        for variant in template.variants
    )
    return msgspec.structs.replace(template, variants=tuple(variants))


def words_of_template(template: Template) -> list[str]:
    """Return every text of a template that is put into words."""
    found: list[str] = [template.title, template.summary, template.tension]

    def note(text: str) -> str:
        found.append(text)
        return text

    in_language(template, note)
    return found


def _said(element: Element, say: Callable[[str], str]) -> Element:
    if isinstance(element, Position):
        return element
    changed: dict[str, object] = {}
    for name in READ_BY_PEOPLE:
        text = getattr(element, name, "")
        if isinstance(text, str) and _WORD.search(text):
            changed[name] = say(text)
    params = getattr(element, "params", {})
    texts = {name: say(text) for name in CALLED if isinstance(text := params.get(name), str) and text}
    if texts:
        changed["params"] = {**params, **texts}
    return msgspec.structs.replace(element, **changed) if changed else element


class _Variant(Struct, frozen=True):
    name: str
    decision: str
    changes: Mapping[Id, Element | None] = field(default_factory=dict)


class _File(Struct, frozen=True):
    format: str
    version: int
    order: int
    id: str
    title: Text
    summary: Text
    tension: Text
    elements: Mapping[Id, Element]
    variants: tuple[_Variant, ...]


@cache
def templates() -> tuple[Template, ...]:
    """Return all templates in the order of the start page; read once.

    Raises:
        DesignError: a file is not a template or one of its designs breaks a rule; the message names the file.
    """
    files = [_read(path) for path in sorted(TEMPLATES_FOLDER.glob("*.json"))]
    return tuple(template for _, template in sorted(files, key=lambda entry: entry[0]))


def template(identifier: str) -> Template:
    """Return the template of this id; raises KeyError if there is none."""
    for found in templates():
        if found.id == identifier:
            return found
    raise KeyError(identifier)


def _read(path: Path) -> tuple[int, Template]:
    try:
        read = msgspec.json.decode(path.read_bytes(), type=_File, dec_hook=text_of_json)
        if read.format != FORMAT or read.version != 1:
            raise DesignError(f"its format is {read.format!r}, version {read.version}; expected {FORMAT!r}, version 1")
        variants = tuple(TemplateVariant(variant.name, _design(read, variant)) for variant in read.variants)
    except (msgspec.MsgspecError, DesignError) as error:
        raise DesignError(f"The template {path.name} cannot be used: {error}") from error
    return read.order, Template(read.id, read.title, read.summary, read.tension, variants)


def _design(read: _File, variant: _Variant) -> Design:
    elements = {**read.elements, **variant.changes}
    kept = {key: element for key, element in elements.items() if element is not None}
    brief = kept.get(BRIEF_ID)
    if not isinstance(brief, Brief):
        raise DesignError(f"variant {variant.name!r} has no brief")
    kept[BRIEF_ID] = msgspec.structs.replace(brief, decision=variant.decision)
    return Design(kept)
