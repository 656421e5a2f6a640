"""The open project as the window sees it: variants, document, evaluation and what is looked at.

The only bridge from the model's plain callbacks to Qt signals. What is shown (view, lens, month, selection) is state of
the session and never part of the design.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from PySide6.QtCore import QObject, Signal

from app.words import in_words, mark, say
from models.design.delta import Delta
from models.design.design import Design
from models.design.document import Document, Entry, Step
from models.design.elements import BRIEF_ID, DesignError, Element, Id
from models.design.ids import IdSource, random_ids
from models.formatting import money_of, show_money_of
from models.storage.errors import StorageError, said_of

if TYPE_CHECKING:
    from models.evaluation import Evaluation
    from models.report import Assessment, Figure
    from models.storage.project import Project
    from models.templates import Template


LENSES = (
    ("plan", mark("Plan")),
    ("load", mark("Load")),
    ("latency", mark("Latency")),
    ("cost", mark("Cost")),
    ("availability", mark("Availability")),
    ("carbon", mark("Carbon")),
    ("changes", mark("Changes")),
)
KIND_MIME = "application/x-groundplan-kind"
"""What a kind dragged from the palette onto the canvas carries."""
BASELINE_PROPERTY = "baseline"
"""Property of a project file: id of the variant that the others are measured against."""
VIEW_TITLES = (("services", mark("Services")), ("data_flow", mark("Data flow")), ("deployment", mark("Deployment")))


class Variant(Struct):
    """One variant of the open project; its document is opened when it is first shown."""

    id: str
    name: str
    document: Document | None = None
    lineage: tuple[Design, ...] = ()
    """Of an unsaved variant: the states it was branched off, newest first."""


class Session(QObject):
    """One open project or unsaved design."""

    design_changed = Signal(object, object)
    """(Delta, Design): an edit, undo or redo took effect, or another variant is shown."""
    evaluation_changed = Signal(object)
    assessment_changed = Signal(object)
    """The Assessment of the framework that is looked at; the others follow."""
    assessments_changed = Signal(object)
    framework_changed = Signal(str)
    baseline_changed = Signal(object)
    selection_changed = Signal(object)
    variant_changed = Signal(str)
    variants_changed = Signal()
    view_changed = Signal(str)
    lens_changed = Signal(str)
    month_changed = Signal(int)
    refused = Signal(str)
    """A sentence: why an edit was not made."""
    project_changed = Signal()

    def __init__(self, new_id: IdSource = random_ids, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.new_id = new_id
        self.title = ""
        self.project: Project | None = None
        self.variants: list[Variant] = []
        self.view = "services"
        self.lens = "load"
        self.month = 0
        self.selection: frozenset[Id] = frozenset()
        self.evaluation: Evaluation | None = None
        self.assessments: tuple[Assessment, ...] = ()
        self.framework = ""
        self.baseline: tuple[Figure, ...] = ()
        self.completed: Callable[[Delta], Delta] = lambda delta: delta
        """What an edit brings with it for the drawing that is shown."""
        self._active = 0
        self._baseline = 0
        self._restored = False
        self._document = Document(Design())
        self._unsubscribe = self._document.subscribe(self._on_commit)

    # -- what is open ----------------------------------------------------------------------------------------------

    @property
    def document(self) -> Document:
        """The document of the shown variant."""
        return self._document

    @property
    def design(self) -> Design:
        """The design of the shown variant."""
        return self._document.design

    @property
    def variant(self) -> str:
        """Id of the shown variant; empty while nothing is open."""
        return self.variants[self._active].id if self.variants else ""

    @property
    def variant_name(self) -> str:
        """Name of the shown variant."""
        return self.variants[self._active].name if self.variants else ""

    @property
    def baseline_variant(self) -> Variant | None:
        """The variant that the others are measured against: the first one, or the one chosen for it."""
        return self.variants[self._baseline] if self.variants else None

    @property
    def baseline_design(self) -> Design | None:
        """Design of the baseline variant; None while nothing is open."""
        variant = self.baseline_variant
        return None if variant is None else self._design_of(variant)

    def design_of(self, identifier: str) -> Design:
        """Return the design of the variant of this id."""
        return self._design_of(self.variants[self._place(identifier)])

    @property
    def is_open(self) -> bool:
        """Whether a project, template or new design is open."""
        return bool(self.variants)

    @property
    def is_saved(self) -> bool:
        """Whether every commit goes to a project file."""
        return self.project is not None

    def open_designs(self, title: str, designs: Iterable[tuple[str, Design]], restored: bool = False) -> None:
        """Open (variant name, design) pairs as an unsaved project; restored work counts as edited."""
        variants = [Variant(f"variant-{n}", name, Document(design)) for n, (name, design) in enumerate(designs, 1)]
        self._open(title, None, variants)
        self._restored = restored

    def open_template(self, template: Template) -> None:
        """Open a template with its variants as an unsaved project, its names in the language of the window."""
        from models.templates import in_language

        variants = in_language(template, say).variants
        self.open_designs(in_words(template.title), [(variant.name, variant.design) for variant in variants])

    def open_project(self, project: Project) -> None:
        """Open a project file; commits are kept in it from now on.

        Raises:
            StorageError: what would be shown first is damaged; what is open stays open.
        """
        variants = [Variant(info.id, info.name) for info in project.variants()]
        variants[0].document = project.document(variants[0].id)
        baseline = project.shelf.property(BASELINE_PROPERTY)
        if baseline in [variant.id for variant in variants]:
            project.design(str(baseline))
        self._open(project.title, project, variants)

    def _open(self, title: str, project: Project | None, variants: list[Variant]) -> None:
        self.close()
        self.title, self.project, self.variants = title, project, variants
        chosen = project.shelf.property(BASELINE_PROPERTY) if project is not None else None
        self._baseline = next((n for n, variant in enumerate(variants) if variant.id == chosen), 0)
        self.project_changed.emit()
        self.variants_changed.emit()
        self.show_variant(variants[0].id)

    def save_as(self, path: Path, overwrite: bool = False) -> None:
        """Write all variants into a new project file and keep every commit there from now on.

        The file appears whole or not at all: it is made beside its place and put there when everything is in it.

        Raises:
            StorageError: the file exists already and may not be replaced, or cannot be written.
        """
        from models.catalog.catalog import load_catalog
        from models.storage.project import Project

        shipped = load_catalog()
        sources = [(variant.name, self._design_of(variant), variant.document) for variant in self.variants]
        histories = [document.history.undo if document is not None else () for _, _, document in sources]
        starts = [(name, rewound(design, steps)) for (name, design, _), steps in zip(sources, histories, strict=True)]
        shown, baseline, measured = self._active, self._baseline, self.baseline
        partial = path.with_name(f".{path.name}.{os.getpid()}.saving")
        try:
            partial.unlink(missing_ok=True)
            with Project.create(partial, path.stem, starts, new_id=self.new_id) as project:
                with project.at_once():
                    project.shelf.pin_catalog(shipped.digest, shipped.blob())
                    for info, steps in zip(project.variants(), histories, strict=True):
                        document = project.document(info.id)
                        for step in steps:
                            document.commit(step.delta, step.label)
                        self._pin(document, project, shipped.digest)
                    project.shelf.set_property(BASELINE_PROPERTY, project.variants()[baseline].id)
                project.save_copy(path, overwrite)
        except (StorageError, OSError) as error:
            raise said_of(error, partial, path) from error
        finally:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
        project = Project.open(path, new_id=self.new_id)
        variants = [Variant(info.id, info.name, project.document(info.id)) for info in project.variants()]
        self.close()
        self.title, self.project, self.variants = path.stem, project, variants
        self._baseline, self.baseline = baseline, measured
        self.variants_changed.emit()
        self.show_variant(variants[shown].id)

    def _pin(self, document: Document, project: Project, shipped: str) -> None:
        """Let the design keep its own price list if the project it comes from holds it, else take today's."""
        own = document.design.brief.catalog_digest
        blob = self.project.shelf.catalog(own) if own and self.project is not None else None
        if blob is not None:
            project.shelf.pin_catalog(own, blob)
        elif own != shipped:
            pinned = msgspec.structs.replace(document.design.brief, catalog_digest=shipped)
            document.change([(BRIEF_ID, pinned)], say("Pin the price list"))

    def _design_of(self, variant: Variant) -> Design:
        if variant.document is not None:
            return variant.document.design
        assert self.project is not None
        return self.project.design(variant.id)

    @property
    def has_edits(self) -> bool:
        """Whether anything was changed since it was opened."""
        edited = (variant.document is not None and variant.document.history.undo for variant in self.variants)
        return self._restored or any(edited)

    def close(self) -> None:
        """Let go of the open project; what was committed stays in its file."""
        if self.project is not None:
            self.project.close()
        self.project = None
        self.variants = []
        self.baseline = ()
        self._active = self._baseline = 0
        self._restored = False

    def show_variant(self, identifier: str) -> None:
        """Show the variant of this id; one that cannot be read is told through `refused`, and the shown one stays."""
        index = self._place(identifier)
        variant = self.variants[index]
        if variant.document is None:
            assert self.project is not None
            try:
                variant.document = self.project.document(identifier)
            except StorageError as error:
                self.refused.emit(in_words(error))
                self.variants_changed.emit()
                return
        before = self.design
        self._active = index
        self._unsubscribe()
        self._document = variant.document
        self._unsubscribe = self._document.subscribe(self._on_commit)
        self.evaluation, self.assessments = None, ()
        self.select(self.selection & self.design.elements.keys())
        show_money_of(self.design.brief)
        self.variant_changed.emit(identifier)
        self.design_changed.emit(Delta.between(before.elements, self.design.elements), self.design)

    def _place(self, identifier: str) -> int:
        return next(n for n, variant in enumerate(self.variants) if variant.id == identifier)

    def add_variant(self, name: str) -> None:
        """Make a copy of the shown variant under a new name and show it; a refusal is told through `refused`."""
        if self.project is not None:
            try:
                identifier = self.project.new_variant(name, self.variant).id
            except StorageError as error:
                self.refused.emit(in_words(error))
                return
            self.variants.append(Variant(identifier, name))
        else:
            identifier = f"variant-{self.new_id()}"
            source = self.variants[self._active]
            source.lineage = (self.design, *source.lineage)
            self.variants.append(Variant(identifier, name, Document(self.design), source.lineage))
        self.variants_changed.emit()
        self.show_variant(identifier)
        if self.design.brief.decision:
            undecided = msgspec.structs.replace(self.design.brief, decision="")
            self.change([(BRIEF_ID, undecided)], say("Start “{name}” undecided", name=name))

    def rename_variant(self, identifier: str, name: str) -> None:
        """Give a variant another name; a refusal is told through `refused`."""
        try:
            if self.project is not None:
                self.project.rename_variant(identifier, name)
        except StorageError as error:
            self.refused.emit(in_words(error))
            return
        self.variants[self._place(identifier)].name = name
        self.variants_changed.emit()

    def delete_variant(self, identifier: str) -> None:
        """Remove a variant with its history; the last one stays, which is told through `refused`."""
        place = self._place(identifier)
        if len(self.variants) == 1:
            self.refused.emit(say("“{name}” is the only variant, so it cannot be deleted.", name=self.variants[0].name))
            return
        if identifier == self.variant:
            self.show_variant(self.variants[place - 1 if place else 1].id)
        try:
            if self.project is not None:
                self.project.delete_variant(identifier)
        except StorageError as error:
            self.refused.emit(in_words(error))
            return
        shown = self.variant
        baseline = self.variants[self._baseline if self._baseline != place else 0 if place else 1].id
        del self.variants[place]
        self._active, self._baseline = self._place(shown), 0
        self.variants_changed.emit()
        self.set_baseline(baseline)

    def set_baseline(self, identifier: str) -> None:
        """Measure the other variants against this one from now on; kept in the project."""
        try:
            if self.project is not None:
                self.project.shelf.set_property(BASELINE_PROPERTY, identifier)
        except StorageError as error:
            self.refused.emit(in_words(error))
            return
        self._baseline = self._place(identifier)
        self.take_baseline(())
        self.variant_changed.emit(self.variant)

    def ancestor_of(self, first: str, second: str) -> Design | None:
        """Return the newest state that both variants come from, or None if it is not known."""
        if self.project is not None:
            revision = self.project.common_ancestor(first, second)
            return None if revision is None else self.project.revision_design(revision.id)
        theirs = self.variants[self._place(second)].lineage
        return next(
            (kept for kept in self.variants[self._place(first)].lineage if any(kept is x for x in theirs)), None
        )

    # -- editing ---------------------------------------------------------------------------------------------------

    def commit(self, delta: Delta, label: str, merge_key: str = "") -> bool:
        """Commit a delta as one named step; a refused one changes nothing and is told through `refused`."""
        try:
            self._document.commit(self.completed(delta), label, merge_key)
        except (DesignError, StorageError) as error:
            self.refused.emit(in_words(error))
            return False
        return True

    def change(self, changes: Iterable[tuple[Id, Element | None]], label: str, merge_key: str = "") -> bool:
        """Commit new states by id (None removes) as one named step."""
        now = self.design.elements
        return self.commit(Delta.of((key, now.get(key), after) for key, after in changes), label, merge_key)

    def change_variant(self, identifier: str, changes: Iterable[tuple[Id, Element | None]], label: str) -> bool:
        """Commit new states to any variant, shown or not, as one named step; a refusal is told through `refused`."""
        if identifier == self.variant:
            return self.change(changes, label)
        variant = self.variants[self._place(identifier)]
        try:
            if variant.document is None and self.project is not None:
                variant.document = self.project.document(identifier)
            assert variant.document is not None
            variant.document.change(changes, label)
        except (DesignError, StorageError) as error:
            self.refused.emit(in_words(error))
            return False
        self.variants_changed.emit()
        return True

    def undo(self) -> None:
        """Take the last step back; a refusal is told through `refused`."""
        self._step(self._document.undo)

    def redo(self) -> None:
        """Do the last undone step again; a refusal is told through `refused`."""
        self._step(self._document.redo)

    def _step(self, step: Callable[[], Design]) -> None:
        try:
            step()
        except (DesignError, StorageError) as error:
            self.refused.emit(in_words(error))

    def _on_commit(self, entry: Entry, before: Design, after: Design) -> None:
        gone = {key for key in self.selection if key not in after.elements}
        if gone:
            self.select(self.selection - gone)
        show_money_of(after.brief)
        self.design_changed.emit(entry.delta, after)

    def money(self) -> AbstractContextManager[None]:
        """Show money in the currency of the plan within the block, whichever window is in front."""
        return money_of(self.design.brief)

    # -- what is looked at -----------------------------------------------------------------------------------------

    def select(self, ids: Iterable[Id]) -> None:
        """Select exactly these elements."""
        chosen = frozenset(ids)
        if chosen != self.selection:
            self.selection = chosen
            self._document.close_step()
            self.selection_changed.emit(chosen)

    def show_view(self, view: str) -> None:
        """Show the design in another view."""
        if view != self.view:
            self.view = view
            self.view_changed.emit(view)

    def show_lens(self, lens: str) -> None:
        """Color the drawing by another metric."""
        if lens != self.lens:
            self.lens = lens
            self.lens_changed.emit(lens)

    def show_month(self, month: int) -> None:
        """Look at the design in another month."""
        if month != self.month:
            self.month = month
            self.month_changed.emit(month)

    def take_evaluation(self, evaluation: Evaluation) -> None:
        """Keep the newest evaluation and tell it."""
        self.evaluation = evaluation
        self.evaluation_changed.emit(evaluation)

    def show_framework(self, framework: str) -> None:
        """Look at the panel of a framework; empty for another panel."""
        if framework != self.framework:
            self.framework = framework
            self.framework_changed.emit(framework)

    def take_assessment(self, assessment: Assessment) -> None:
        """Keep what one framework says before the others have spoken, and tell it."""
        others = (found for found in self.assessments if found.framework != assessment.framework)
        self.assessments = (*others, assessment)
        self.assessment_changed.emit(assessment)

    def take_assessments(self, assessments: tuple[Assessment, ...]) -> None:
        """Keep what the frameworks say and tell it."""
        self.assessments = assessments
        self.assessments_changed.emit(assessments)

    def take_baseline(self, figures: tuple[Figure, ...]) -> None:
        """Keep the scoreboard that the shown one is measured against."""
        self.baseline = figures
        self.baseline_changed.emit(figures)


def rewound(design: Design, steps: Iterable[Step]) -> Design:
    """Return the design before the steps that led to it, so that they can be kept in another file's history."""
    for step in reversed(tuple(steps)):
        design = design.apply(step.delta.invert())
    return design
