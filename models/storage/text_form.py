"""A project as a folder of sorted JSON, for git: `project.json` and one file per variant.

History, revisions and studies stay behind; in this form the history is git's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from models.design.design import Design, from_text, to_text
from models.design.elements import DesignError
from models.storage.errors import StorageError
from models.storage.project import Project
from models.storage.store import MAX_VALUE_BYTES
from models.words import Text, plain, sentence_of

INDEX = "project.json"
_FORMAT = "groundplan-project"
_VERSION = 1


class _Variant(Struct):
    name: str
    file: str


class _Index(Struct):
    format: str
    title: str
    variants: list[_Variant]
    version: int


def write_text_form(title: str, designs: Sequence[tuple[str, Design]], folder: Path) -> None:
    """Write (variant name, design) pairs into `folder`; files of variants that are gone are removed.

    Raises:
        StorageError: the folder cannot be written.
    """
    names: list[str] = []
    for name, _ in designs:
        names.append(_file_name(name, names))
    index = _Index(_FORMAT, title, [_Variant(name, file) for (name, _), file in zip(designs, names, strict=True)], 1)
    text = msgspec.json.format(msgspec.json.encode(index, order="sorted", enc_hook=plain), indent=2).decode() + "\n"
    try:
        former = _former_files(folder)
        (folder / "variants").mkdir(parents=True, exist_ok=True)
        for (_, design), file in zip(designs, names, strict=True):
            (folder / file).write_text(to_text(design), encoding="utf-8", newline="\n")
        (folder / INDEX).write_text(text, encoding="utf-8", newline="\n")
        for file in former - set(names):
            (folder / file).unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            Text(
                "“{folder}” cannot be written: {strerror}. Choose another folder.",
                folder=folder,
                strerror=error.strerror,
            )
        ) from error


def read_text_form(folder: Path) -> tuple[str, tuple[tuple[str, Design], ...]]:
    """Return the title and the (variant name, design) pairs of a folder that `write_text_form` wrote.

    Raises:
        StorageError: it is no such folder, or a file in it is bad; the message names the file.
    """
    index = _read_index(folder)
    designs = []
    for variant in index.variants:
        path = _inside(folder, variant.file)
        try:
            designs.append((variant.name, from_text(_bounded(path))))
        except DesignError as error:
            raise StorageError(Text("{path}: {error}", path=path, error=sentence_of(error))) from error
    return index.title, tuple(designs)


def project_from_text_form(folder: Path, path: Path) -> Project:
    """Make the project file `path` of a text form and open it.

    Raises:
        StorageError: the text form is bad, or the file exists already.
    """
    title, designs = read_text_form(folder)
    return Project.create(path, title, designs)


def _read_index(folder: Path) -> _Index:
    path = folder / INDEX
    try:
        index = msgspec.json.decode(_bounded(path), type=_Index)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise StorageError(
            Text("{path} is not the index of a Groundplan project: {error}.", path=path, error=sentence_of(error))
        ) from error
    if index.format != _FORMAT or not index.variants:
        raise StorageError(
            Text("{path} is not the index of a Groundplan project with at least one variant.", path=path)
        )
    if index.version > _VERSION:
        raise StorageError(
            Text(
                "{path} was written by a newer Groundplan (version {version}). Update Groundplan.",
                path=path,
                version=index.version,
            )
        )
    return index


def _former_files(folder: Path) -> set[str]:
    with suppress(StorageError):
        return {variant.file for variant in _read_index(folder).variants if _inside(folder, variant.file)}
    return set()


def _inside(folder: Path, file: str) -> Path:
    path = (folder / file).resolve()
    if not path.is_relative_to((folder / "variants").resolve()):
        raise StorageError(
            Text("{folder} names “{file}”, which lies outside its folder “variants”.", folder=folder / INDEX, file=file)
        )
    return path


def _bounded(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_VALUE_BYTES:
            raise StorageError(
                Text(
                    "{path} is larger than {max_value_bytes} MiB, so it was not read.",
                    path=path,
                    max_value_bytes=MAX_VALUE_BYTES // 2**20,
                )
            )
        return path.read_bytes()
    except OSError as error:
        raise StorageError(Text("{path} cannot be read: {strerror}.", path=path, strerror=error.strerror)) from error


def _file_name(name: str, taken: Sequence[str]) -> str:
    stem = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:60] or "variant"
    candidates = [f"variants/{stem}.json", *(f"variants/{stem}-{n}.json" for n in range(2, len(taken) + 3))]
    return next(file for file in candidates if file not in taken)
