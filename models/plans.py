"""Finding the design that a name stands for: a project file, a text form, a template, or one variant of these.

`FILE`, `FILE#variant`, `template:ID` and `template:ID#variant` are understood wherever a command asks for a plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from models.catalog.catalog import Catalog, catalog_from_blob, load_catalog
from models.design.delta import Delta
from models.design.design import Design, from_text, name_of, to_text
from models.design.elements import BRIEF_ID, DesignError
from models.design.ids import IdSource, random_ids
from models.design.kinds import problems
from models.storage.errors import StorageError
from models.storage.project import SUFFIX, Project
from models.storage.store import MAX_VALUE_BYTES
from models.storage.text_form import read_text_form, write_text_form

TEMPLATE_PREFIX = "template:"


class PlanError(ValueError):
    """A name does not lead to a plan; the message is a sentence that says why and what to do."""


class Plan(Struct, frozen=True):
    """One variant of something that holds designs.

    Attributes:
        reference: the name it was found under.
        catalog: the price list that the design is pinned to, else the one shipped with the program.
        notices: sentences the reader should see, for example that the pinned price list is missing.
    """

    reference: str
    title: str
    variant: str
    design: Design
    catalog: Catalog
    notices: tuple[str, ...] = ()


def read_plan(reference: str, variant: str = "") -> Plan:
    """Return the plan of this name; without a variant the first one.

    Raises:
        PlanError: there is no such file, template or variant.
        StorageError: the project file cannot be read.
        DesignError: the text is no design.
    """
    title, designs, catalog, notices = _read(*_split(reference, variant))
    name, design = designs[0]
    return Plan(reference, title, name, design, catalog or load_catalog(), notices)


def read_designs(reference: str) -> tuple[str, tuple[tuple[str, Design], ...]]:
    """Return the title and all (variant name, design) pairs of a file or template; raises as `read_plan`."""
    title, designs, _, _ = _read(reference, "")
    return title, tuple(designs)


def bad_values(design: Design) -> list[str]:
    """Return one sentence for every parameter value that its kind does not allow, with the element's name."""
    found = []
    for key, element in design.elements.items():
        found += [f"{name_of(key, element)}: {sentence}" for sentence in problems(element)]
    return found


def write_designs(path: Path, title: str, designs: Sequence[tuple[str, Design]]) -> None:
    """Write designs to a new project file, or the only one to a `.json` text, or all to a folder of text.

    Raises:
        PlanError: the file exists already, or a `.json` was asked for several variants.
        StorageError: it cannot be written.
    """
    if path.suffix == ".json":
        if len(designs) != 1:
            raise PlanError(f"A .json file holds one variant and there are {len(designs)}. Name a {SUFFIX} file.")
        if path.exists():
            raise PlanError(f"“{path}” exists already. Choose another name.")
        write_text(path, to_text(designs[0][1]))
    elif path.suffix:
        create_project(path, title, designs).close()
    else:
        write_text_form(title, designs, path)


def create_project(
    path: Path,
    title: str,
    designs: Sequence[tuple[str, Design]],
    *,
    overwrite: bool = False,
    new_id: IdSource = random_ids,
) -> Project:
    """Write a new project whose designs are pinned to today's price list, and open it.

    An upgrade of the program then does not change a figure; a design that is pinned already stays as it is.

    Raises:
        StorageError: there is a file already (and `overwrite` is not set, or someone has it open), or it cannot be
            written.
    """
    catalog = load_catalog()
    pinned = [(name, _pinned(design, catalog.digest)) for name, design in designs]
    project = Project.create(path, title, pinned, overwrite=overwrite, new_id=new_id)
    project.shelf.pin_catalog(catalog.digest, catalog.blob())
    return project


def _pinned(design: Design, digest: str) -> Design:
    if design.brief.catalog_digest:
        return design
    brief = msgspec.structs.replace(design.brief, catalog_digest=digest)
    return design.apply(Delta.of([(BRIEF_ID, design.elements.get(BRIEF_ID), brief)]))


def lacks_prices(project: Project, design: Design) -> bool:
    """Return whether the price list that a design of the project is pinned to is at hand nowhere."""
    digest = design.brief.catalog_digest
    if not digest or any(kept == digest for kept, _ in project.shelf.catalogs()):
        return False
    return digest != load_catalog().digest


def catalog_of(project: Project, design: Design) -> tuple[Catalog, str]:
    """Return the price list that a design of the project is pinned to, and a notice if it is not at hand.

    Raises:
        StorageError: the pinned price list is damaged.
    """
    digest = design.brief.catalog_digest
    shipped = load_catalog()
    if not digest or digest == shipped.digest:
        return shipped, ""
    blob = project.shelf.catalog(digest)
    if blob is None:
        return (
            shipped,
            "The price list this plan was made with is not in the file; the prices of this program are used.",
        )
    try:
        return catalog_from_blob(blob), ""
    except ValueError as error:
        raise StorageError(f"The price list in “{project.path}” is damaged: {error} Restore a backup.") from error


def write_text(path: Path, text: str) -> None:
    """Write a text file; raises PlanError if it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise PlanError(f"“{path}” cannot be written: {error.strerror}. Choose another place.") from error


_Read = tuple[str, list[tuple[str, Design]], Catalog | None, tuple[str, ...]]


def _split(reference: str, variant: str) -> tuple[str, str]:
    place, mark, name = reference.rpartition("#")
    if not mark or (not reference.startswith(TEMPLATE_PREFIX) and Path(reference).exists()):
        return reference, variant
    if variant and variant.casefold() != name.casefold():
        raise PlanError(f"{reference} names the variant “{name}” and --variant names “{variant}”. Give one of them.")
    return place, name


def _read(place: str, variant: str) -> _Read:
    if place.startswith(TEMPLATE_PREFIX):
        return _read_template(place.removeprefix(TEMPLATE_PREFIX), variant)
    path = Path(place)
    if path.suffix == ".json" and not path.is_dir():
        return path.stem, [_chosen(place, [(path.stem, _read_json(path))], variant)], None, ()
    if (path / "project.json").is_file():
        title, designs = read_text_form(path)
        return title, _first(place, list(designs), variant), None, ()
    return _read_project(path, variant)


def _read_template(identifier: str, variant: str) -> _Read:
    from models.templates import templates

    for found in templates():
        if found.id == identifier:
            designs = [(each.name, each.design) for each in found.variants]
            return found.title, _first(f"template:{identifier}", designs, variant), None, ()
    known = ", ".join(found.id for found in templates())
    raise PlanError(f"There is no template “{identifier}”. The templates are {known}.")


def _read_json(path: Path) -> Design:
    try:
        if path.stat().st_size > MAX_VALUE_BYTES:
            raise PlanError(f"“{path}” is larger than {MAX_VALUE_BYTES // 2**20} MiB, so it was not read.")
        return from_text(path.read_bytes())
    except FileNotFoundError as error:
        raise PlanError(f"There is no file “{path}”. Check the name.") from error
    except OSError as error:
        raise PlanError(f"“{path}” cannot be read: {error.strerror}. Check its permissions.") from error
    except DesignError as error:
        raise DesignError(f"{path}: {error}") from error


def _read_project(path: Path, variant: str) -> _Read:
    with Project.open(path, read_only=True) as project:
        chosen = [project.variant(variant)] if variant else list(project.variants())
        designs = [(found.name, project.design(found.id)) for found in chosen]
        catalog, notice = catalog_of(project, designs[0][1])
        return project.title, designs, catalog, (notice,) if notice else ()


def _first(place: str, designs: list[tuple[str, Design]], variant: str) -> list[tuple[str, Design]]:
    return [_chosen(place, designs, variant)] if variant else designs


def _chosen(place: str, designs: list[tuple[str, Design]], variant: str) -> tuple[str, Design]:
    for name, design in designs:
        if not variant or name.casefold() == variant.casefold():
            return name, design
    names = ", ".join(f"“{name}”" for name, _ in designs)
    raise PlanError(f"{place} has no variant “{variant}”. It has {names}.")
