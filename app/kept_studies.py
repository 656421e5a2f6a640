"""Studies beside the design: what ran in the background is kept in the project and shown again when it is opened.

One of each kind and variant, with the digests of the design and prices it was made for; the frameworks say which of
them belong to an older design.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from models.storage.errors import StorageError

if TYPE_CHECKING:
    from models.design.elements import Id
    from models.evaluation import Evaluation
    from models.storage.project import Project

log = logging.getLogger("groundplan")


def kept_studies(project: Project | None, variant: Id) -> tuple[object, ...]:
    """Return the results that a project keeps for a variant, oldest first.

    Damaged ones are left out, because they are computed again; the log says so.
    """
    try:
        stored = project.shelf.studies(variant) if project is not None else ()
    except StorageError as error:
        log.warning("The studies of a project are computed again: %s", error)
        return ()
    if not stored:
        return ()
    from models.studies.kept import from_value

    found = (from_value(study.kind, study.result) for study in stored)
    return tuple(result for result in found if result is not None)


def keep_study(project: Project | None, variant: Id, evaluation: Evaluation | None, result: object) -> None:
    """Keep a result in place of the older one of its kind; nothing happens without a project that can be written.

    Raises:
        StorageError: the project cannot be written.
    """
    if project is None or project.read_only or evaluation is None:
        return
    from models.storage.records import StoredStudy
    from models.studies.kept import kind_of, to_value
    from models.studies.provider_costs import design_digest

    kind = kind_of(result)
    if kind is None:
        return
    project.shelf.save_study(
        StoredStudy(
            id=f"{variant}-{kind}",
            variant=variant,
            kind=kind,
            seed=int(getattr(result, "seed", 0)),
            design_digest=str(getattr(result, "design", "")) or design_digest(evaluation.design),
            catalog_digest=str(getattr(result, "catalog", "")) or evaluation.catalog.digest,
            result=to_value(result),
            complete=getattr(result, "stopped", "") != "cancelled",
        )
    )
