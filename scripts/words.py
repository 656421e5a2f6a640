"""Collect the words of the window and of the models into `resources/locale` and compile the translations.

Call it as `python scripts/words.py`. Each domain is a file of its own, so that two people seldom write into the same
one; a text that two domains say stands in the first of `DOMAINS`. A new text appears untranslated in every language;
what is no longer said is dropped.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from itertools import chain
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "resources" / "locale"
KEYWORDS = {"say": 1, "mark": 1, "say_many": 2, "Text": 1, "Message": 1, "counted": 2}
"""How many leading arguments of each function are texts."""
sys.path.insert(0, str(ROOT))

PLACE, SAID = re.compile(r"\{\w*[^}]*\}"), re.compile(r"[^\W\d_]|“”")
"""A text of places and signs only needs no translation, unless a value stands in quotes."""
DATED = datetime(2026, 11, 28, tzinfo=UTC)
"""Always the same, so that two versions of a file differ in nothing but their texts."""
Entry = str | tuple[str, ...]
"""A text, or its forms for one and for many."""
OWN_ROOMS = {
    "cloud_selection": ("models/frameworks/cloud_selection",),
    "architecture_patterns": ("models/frameworks/architecture_patterns",),
    "cost_optimization": ("models/frameworks/cost_optimization",),
    "scaling": ("models/frameworks/scaling",),
    "files": ("models/importers", "models/storage"),
}
"""Rooms of the models whose texts stand in a file of their own."""


def collect() -> dict[str, Catalog]:
    """Return every text by domain, each sorted by text and in the first domain that says it."""
    from app.words import DOMAINS

    found = {domain: set(_texts_of_domain(domain)) for domain in DOMAINS}
    taken: set[str] = set()
    catalogs = {}
    for domain, texts in found.items():
        catalog = catalogs[domain] = Catalog(project="Groundplan", charset="utf-8", fuzzy=False)
        for text in sorted(texts, key=lambda entry: (_key(entry), isinstance(entry, str))):
            if _key(text) not in taken:
                taken.add(_key(text))
                catalog.add(text)
    return catalogs


def _key(entry: Entry) -> str:
    return entry if isinstance(entry, str) else entry[0]


def _texts_of_domain(domain: str) -> Iterator[Entry]:
    if domain == "groundplan":
        yield from chain(*map(texts_of, sorted((ROOT / "app").rglob("*.py"))), _texts_of_actions())
    elif domain == "kinds":
        yield from _texts_of_kinds()
    elif domain == "models":
        own = [ROOT / room for room in chain(*OWN_ROOMS.values())]
        for path in sorted((ROOT / "models").rglob("*.py")):
            if not any(path.is_relative_to(room) for room in own):
                yield from texts_of(path)
    else:
        if domain == "architecture_patterns":
            yield from _texts_of_rules()
        if domain == "files":
            yield from texts_of(ROOT / "exports" / "whole.py")
        for room in OWN_ROOMS[domain]:
            yield from chain(*map(texts_of, sorted((ROOT / room).rglob("*.py"))))
        yield from _texts_of_inputs(domain)


def texts_of(path: Path) -> set[Entry]:
    """Return the texts that a file says, marks or writes as messages, also those inside f-strings."""
    found: set[Entry] = set()
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KEYWORDS:
            forms = [
                *call.args[: KEYWORDS[call.func.id]],
                *(word.value for word in call.keywords if word.arg == "other"),
            ]
            texts = tuple(
                form.value for form in forms if isinstance(form, ast.Constant) and isinstance(form.value, str)
            )
            if len(texts) == len(forms) and any(SAID.search(PLACE.sub("", text)) for text in texts):
                found.add(texts if len(texts) > 1 else texts[0])
    return found


def _texts_of_actions() -> Iterator[Entry]:
    from app.actions import ACTIONS

    yield from (text for spec in ACTIONS for text in (spec.text, spec.submenu) if text)


def _texts_of_inputs(domain: str) -> Iterator[Entry]:
    """Yield what a form shows of the inputs of a framework, its units and choices among them."""
    from models.design.kinds import words_of_parameter
    from models.frameworks import FRAMEWORKS

    for framework in FRAMEWORKS:
        if framework.ID.replace("-", "_") == domain:
            yield from chain(*map(words_of_parameter, getattr(framework, "INPUTS", {}).values()))


def _texts_of_kinds() -> Iterator[Entry]:
    """Yield what the window shows of the kinds, of the rules and of the templates."""
    from models.design.kinds import words_of_kinds
    from models.templates import templates, words_of_template

    yield from words_of_kinds()
    for template in templates():
        yield from words_of_template(template)


def _texts_of_rules() -> Iterator[Entry]:
    from models.frameworks.architecture_patterns.rules import rule_book

    sections, rules = rule_book()
    yield from (section.title for section in sections)
    yield from chain(*((rule.title, rule.why) for rule in rules))


def update(path: Path, collected: Catalog, known: Mapping[str, object]) -> Catalog:
    """Bring a `.po` file up to date with the collected texts, translated as far as they are known, and return it."""
    for message in collected:
        words = known.get(_key(message.id)) if message.id else None
        if words is not None and isinstance(words, str) == isinstance(message.id, str):
            message.string = words  # type: ignore[assignment]
    collected.locale = path.parents[1].name
    collected.creation_date = DATED
    with path.open("wb") as target:
        write_po(target, collected, omit_header=False, width=100, no_location=True)
    return collected


def read(path: Path) -> Catalog:
    """Return the content of a `.po` file."""
    with path.open("rb") as source:
        return read_po(source, locale=path.parents[1].name)


def compiled(path: Path) -> bytes:
    """Return the compiled form of a `.po` file."""
    target = BytesIO()
    write_mo(target, read(path))
    return target.getvalue()


def main() -> None:
    """Update and compile every language."""
    for folder in sorted(LOCALE.glob("*/LC_MESSAGES")):
        known: dict[str, object] = {}
        for path in folder.glob("*.po"):
            known.update({_key(each.id): each.string for each in read(path) if each.id and any(each.string or ())})
        for domain, collected in collect().items():
            path = folder / f"{domain}.po"
            words = update(path, collected, known)
            path.with_suffix(".mo").write_bytes(compiled(path))
            missing = sum(1 for message in words if message.id and not any(message.string or ()))
            print(f"{path.relative_to(ROOT)}: {len(words) - missing} of {len(words)} translated")


if __name__ == "__main__":
    main()
