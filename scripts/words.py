"""Collect the window's words into `resources/locale` and compile the translations: `python scripts/words.py`.

A new text appears in every `.po` file untranslated; what is no longer said goes to its end as obsolete.
"""

from __future__ import annotations

import ast
import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "resources" / "locale"
KEYWORDS = {"say": 1, "mark": 1, "say_many": 2}
"""How many leading arguments of each function are texts."""
sys.path.insert(0, str(ROOT))


def collect() -> Catalog:
    """Return every text of `app`, of the table of actions and of the scoreboard, sorted by text."""
    texts: set[str | tuple[str, ...]] = set()
    for path in sorted((ROOT / "app").rglob("*.py")):
        texts |= texts_of(path)
    texts |= _texts_of_actions() | _texts_of_scoreboard()
    catalog = Catalog(project="Groundplan", charset="utf-8", fuzzy=False)
    for text in sorted(texts, key=lambda entry: entry if isinstance(entry, str) else entry[0]):
        catalog.add(text)
    return catalog


def texts_of(path: Path) -> set[str | tuple[str, ...]]:
    """Return the texts that a file says or marks, also those inside f-strings."""
    found: set[str | tuple[str, ...]] = set()
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KEYWORDS:
            heads = call.args[: KEYWORDS[call.func.id]]
            texts = tuple(
                head.value for head in heads if isinstance(head, ast.Constant) and isinstance(head.value, str)
            )
            if len(texts) == KEYWORDS[call.func.id]:
                found.add(texts if len(texts) > 1 else texts[0])
    return found


def _texts_of_actions() -> set[str | tuple[str, ...]]:
    from app.actions import ACTIONS

    return {text for spec in ACTIONS for text in (spec.text, spec.submenu) if text}


def _texts_of_scoreboard() -> set[str | tuple[str, ...]]:
    from models.catalog.catalog import load_catalog
    from models.evaluation import evaluate
    from models.templates import templates

    design = templates()[0].variants[0].design
    return {figure.label for figure in evaluate(design, load_catalog()).scoreboard()}


def update(path: Path, collected: Catalog) -> Catalog:
    """Bring a `.po` file up to date with the collected texts and return it."""
    with path.open("rb") as source:
        known = read_po(source, locale=path.parents[1].name)
    known.update(collected, no_fuzzy_matching=True, update_creation_date=False)
    with path.open("wb") as target:
        write_po(target, known, omit_header=False, width=100, no_location=True)
    return known


def compiled(path: Path) -> bytes:
    """Return the compiled form of a `.po` file."""
    with path.open("rb") as source:
        known = read_po(source, locale=path.parents[1].name)
    target = BytesIO()
    write_mo(target, known)
    return target.getvalue()


def main() -> None:
    """Update and compile every language."""
    collected = collect()
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        known = update(path, collected)
        path.with_suffix(".mo").write_bytes(compiled(path))
        missing = sum(1 for message in known if message.id and not any(message.string or ()))
        print(f"{path.relative_to(ROOT)}: {len(known) - missing} of {len(known)} translated")


if __name__ == "__main__":
    main()
