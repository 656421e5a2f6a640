"""The inspector: all values of what is selected, or of the brief; generated from the kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QPushButton, QWidget

from app.panels.block_views import FigureTile
from app.panels.form import ParameterField, text_parameter
from app.panels.leaves import Edited, known_as, leaf_value, with_leaf
from app.panels.lying import Choice, carried, fields_of, tags_parameter, with_site, without_last_site
from app.panels.widgets import Scroll, clear, column, label, row, write
from app.session import Session
from app.words import in_words, mark, say
from models.design.design import name_of
from models.design.edits import set_params
from models.design.elements import BRIEF_ID, Boundary, Brief, Element, Flow, Id, Node, Value
from models.design.kinds import Parameter, boundary_axis, kinds, parameters_of, value_of
from models.report import Figure
from models.words import Text

TILES = 6
IN_SIGHT = 80
"""So many pixels above and below a field that is gone to are in sight, too."""
FIRST_FIGURES = (
    "arrival_rate",
    "rate",
    "utilization",
    "response_p95_s",
    "cost_per_month",
    "availability",
    "full_month",
    "slots_utilization",
)
"""What is asked of a node or flow first; the rest follows in the order of the evaluation."""
ROLES = ("active", "standby", "read_replica")
ROLE_WORDS = (mark("active"), mark("standby"), mark("read replica"))


class InspectorPanel(QWidget):
    """Edits every selected element at once; a field keeps its focus while the design changes under it."""

    explain = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._shape: object = None
        self._keys: tuple[Id, ...] = ()
        self._fields: dict[str, ParameterField] = {}
        self._scroll = Scroll(16, 6)
        self._figures = QGridLayout()
        self._figures.setSpacing(8)
        self._tiles: list[FigureTile] = []
        self._shown_figures: tuple[str, ...] = ()
        column(self).addWidget(self._scroll)
        session.design_changed.connect(self.refresh)
        session.selection_changed.connect(self.refresh)
        session.variant_changed.connect(self.refresh)
        session.evaluation_changed.connect(lambda _: self._show_figures())

    def showEvent(self, event: QShowEvent) -> None:
        """Be up to date when looked at."""
        self.refresh()
        self._show_figures()

    # -- what is edited --------------------------------------------------------------------------------------------

    def edited(self) -> list[tuple[Id, Edited]]:
        """Return the selected elements of the most common type, or the brief if nothing is selected."""
        design = self._session.design
        chosen = [(key, element) for key in sorted(self._session.selection) if (element := design.elements.get(key))]
        for wanted in (Node, Flow, Boundary):
            found: list[tuple[Id, Edited]] = [(key, x) for key, x in chosen if isinstance(x, wanted)]
            if found:
                return found
        return [(BRIEF_ID, design.brief)]

    def refresh(self, *_: object) -> None:
        """Show the values, if they are looked at; widgets are made anew only when other fields are edited."""
        if not self.isVisible():
            return
        edited = self.edited()
        names = _shared_names([element for _, element in edited])
        sites = max((len(element.sites) for _, element in edited if isinstance(element, Node)), default=0)
        places = tuple(fields_of(self._session.design, *edited[0], single=len(edited) == 1))
        titles = tuple((field.parameter.name, *field.titles.items()) for field in places)
        first, single = edited[0][1], len(edited) == 1
        known = parameters_of(first)
        kind = first.kind if isinstance(first, Boundary) else ""
        shape = (type(first), kind, tuple(known[name] for name in names), single, sites if single else 0, titles)
        keys = tuple(key for key, _ in edited)
        if shape != self._shape:
            self._build(edited, names, places)
        elif keys != self._keys:
            for field in self._fields.values():
                field.forget()
        self._show_values(edited)
        if keys != self._keys or shape != self._shape:
            self._shape, self._keys = shape, keys
            self._show_figures()

    def go_to(self, name: str) -> None:
        """Give the focus to the field of a parameter and bring it into sight, if what is edited has it."""
        field = self._fields.get(name)
        if field is not None:
            field.editor.setFocus(Qt.FocusReason.TabFocusReason)
            if isinstance(field.editor, QLineEdit):
                field.editor.selectAll()
            # Fields that were just made have no place before the layout has run.
            QTimer.singleShot(0, field, lambda: self._scroll.ensureWidgetVisible(field, 0, IN_SIGHT))

    # -- building --------------------------------------------------------------------------------------------------

    def _build(self, edited: list[tuple[Id, Edited]], names: tuple[str, ...], places: tuple[Choice, ...]) -> None:
        body = self._scroll.body
        clear(body)
        self._fields = {}
        self._figures = QGridLayout()
        self._figures.setSpacing(8)
        self._tiles = []
        first = edited[0][1]
        self._title = label("", "answer", wrap=True)
        self._subtitle = label("", "muted", wrap=True)
        body.addWidget(self._title)
        body.addWidget(self._subtitle)
        body.addLayout(self._figures)
        for parameter in _leaf_parameters(first, len(edited)):
            self._add(parameter, self._set_leaf)
        for choice in places:
            self._add(choice.parameter, self._set_leaf, choice.titles)
        if isinstance(first, Node) and len(edited) == 1:
            self._add_site_buttons(len(first.sites))
        group = None
        known = parameters_of(first)
        for name in names:
            parameter = known[name]
            if parameter.group != group:
                group = parameter.group
                head = label((in_words(group) or say("Values")).upper(), "section")
                head.setContentsMargins(0, 10, 0, 2)
                body.addWidget(head)
            self._add(parameter, self._set_param)
        body.addStretch(1)

    def _add(
        self,
        parameter: Parameter,
        set_value: Callable[[Edited, str, Value], Edited],
        titles: Mapping[str, str] | None = None,
    ) -> None:
        field = ParameterField(parameter, titles)
        field.entered.connect(lambda value: self._enter(parameter, value, set_value))
        field.confirmed.connect(lambda: self._confirm(parameter))
        self._fields[parameter.name] = field
        self._scroll.body.addWidget(field)

    def _add_site_buttons(self, sites: int) -> None:
        line = row(None, 0, 6)
        line.addStretch(1)
        more = QPushButton(say("Add a site"))
        more.setToolTip(say("Run it in one more place: another zone, region or provider."))
        more.clicked.connect(self._add_site)
        line.addWidget(more)
        if sites > 1:
            less = QPushButton(say("Remove site {number}", number=sites))
            less.clicked.connect(self._remove_site)
            line.addWidget(less)
        holder = QWidget()
        holder.setLayout(line)
        self._scroll.body.addWidget(holder)

    # -- showing ---------------------------------------------------------------------------------------------------

    def _show_values(self, edited: list[tuple[Id, Edited]]) -> None:
        write(self._title, _title(edited))
        write(self._subtitle, _subtitle(self._session, edited))
        for name, field in self._fields.items():
            if "." in name:
                field.show_values([(leaf_value(element, name), "") for _, element in edited])
            else:
                field.show_values([(value_of(element, name), known_as(element, name)) for _, element in edited])

    def _show_figures(self) -> None:
        """Write the figures of the one element that is edited; tiles stay, so that nothing flickers."""
        if not self.isVisible():
            return
        shown = sorted(self._figures_of(), key=_urgency)[:TILES]
        while len(self._tiles) < len(shown):
            self._add_tile()
        with self._session.money():
            for tile, figure in zip(self._tiles, shown, strict=False):
                tile.show_figure(figure)
        for number, tile in enumerate(self._tiles):
            tile.setVisible(number < len(shown))
        self._shown_figures = tuple(figure.id for figure in shown)

    def _add_tile(self) -> None:
        number = len(self._tiles)
        tile = FigureTile(noted=False)
        tile.clicked.connect(lambda: self.explain.emit(self._shown_figures[number]))
        self._figures.addWidget(tile, number // 2, number % 2)
        self._tiles.append(tile)

    def _figures_of(self) -> tuple[Figure, ...]:
        evaluation, edited = self._session.evaluation, self.edited()
        if evaluation is None or len(edited) != 1:
            return ()
        key, element = edited[0]
        if isinstance(element, Node) and key in evaluation.node_ids:
            return evaluation.node_figures(key)
        if isinstance(element, Flow) and key in evaluation.flow_ids:
            return evaluation.flow_figures(key)
        return ()

    # -- editing ---------------------------------------------------------------------------------------------------

    def _enter(self, parameter: Parameter, value: Value, set_value: Callable[[Edited, str, Value], Edited]) -> None:
        edited = self.edited()
        changes: dict[Id, Element | None] = {key: set_value(x, parameter.name, value) for key, x in edited}
        if parameter.name == ".context" or parameter.name.endswith(".boundary"):
            design = self._session.design
            moving = [key for key, element in edited if changes[key] != element]
            changes |= carried(design, parameter.name, moving, str(value or ""))
        label_text = say("{label} of {who}", label=parameter.label, who=_who(edited))
        merge_key = f"{parameter.name} {[key for key, _ in edited]}"
        self._session.change(changes.items(), label_text, merge_key)

    def _add_site(self) -> None:
        for key, node in self.edited():
            if isinstance(node, Node):
                self._session.change([(key, with_site(node))], say("Add a site to {name}", name=node.name))

    def _remove_site(self) -> None:
        for key, node in self.edited():
            if isinstance(node, Node):
                changes = without_last_site(self._session.design, key)
                self._session.change(changes.items(), say("Remove a site of {name}", name=node.name))

    def _confirm(self, parameter: Parameter) -> None:
        edited = self.edited()
        changes: list[tuple[Id, Element]] = []
        for key, element in edited:
            if not isinstance(element, Boundary):
                provenance = {**element.provenance, parameter.name: "confirmed"}
                changes.append((key, msgspec.structs.replace(element, provenance=provenance)))
        self._session.change(changes, say("Confirm {label} of {who}", label=parameter.label, who=_who(edited)))

    @staticmethod
    def _set_param(element: Edited, name: str, value: Value) -> Edited:
        return set_params(element, {name: value})

    @staticmethod
    def _set_leaf(element: Edited, name: str, value: Value) -> Edited:
        return with_leaf(element, name, value)


def _urgency(figure: Figure) -> tuple[bool, int]:
    """Return the place of a figure among its element's: what is known comes first, the main ones among it."""
    name = figure.id.rpartition("/")[2]
    known = figure.value is not None or bool(figure.text) or figure.status == "invalid"
    return not known, FIRST_FIGURES.index(name) if name in FIRST_FIGURES else len(FIRST_FIGURES)


def _shared_names(elements: list[Edited]) -> tuple[str, ...]:
    """Return the parameters that all elements have, those of a group together, so that each has one heading."""
    names = list(parameters_of(elements[0]))
    for element in elements[1:]:
        other = parameters_of(element)
        names = [name for name in names if name in other]
    known = parameters_of(elements[0])
    groups = list(dict.fromkeys(known[name].group for name in names))
    return tuple(sorted(names, key=lambda name: groups.index(known[name].group)))


def _title(edited: list[tuple[Id, Edited]]) -> str:
    element = edited[0][1]
    if isinstance(element, Brief):
        return element.name or say("The plan")
    if len(edited) > 1:
        words = {Node: mark("{count} nodes"), Flow: mark("{count} flows"), Boundary: mark("{count} boundaries")}
        return say(words[type(element)], count=len(edited))
    return getattr(element, "name", "") or say("Flow")


def _subtitle(session: Session, edited: list[tuple[Id, Edited]]) -> str:
    _, element = edited[0]
    table = kinds()
    if isinstance(element, Brief):
        return say("What holds for the whole plan. Select something in the drawing to edit it.")
    if len(edited) > 1:
        return say("A change goes to all of them.")
    if isinstance(element, Node):
        kind = table.nodes.get(element.kind)
        return (
            f"{in_words(kind.label)}. {in_words(kind.help)}"
            if kind
            else say("The kind {kind!r} is not known to this program.", kind=element.kind)
        )
    if isinstance(element, Flow):
        elements = session.design.elements
        source, target = (in_words(name_of(end, elements[end])) for end in (element.source, element.target))
        return f"{source} → {target}. {in_words(table.flows[element.interaction].help)}"
    boundary = table.boundaries.get(element.kind)
    return f"{in_words(boundary.label)}. {in_words(boundary.help)}" if boundary else element.kind


def _who(edited: list[tuple[Id, Edited]]) -> str:
    key, element = edited[0]
    if isinstance(element, Brief):
        return say("the plan")
    return name_of(key, element) if len(edited) == 1 else say("{count} elements", count=len(edited))


def _leaf_parameters(element: Edited, count: int) -> Iterable[Parameter]:
    """Yield the fields that every element of the type has; their names are leaf paths after a dot."""
    if count == 1:
        yield text_parameter(".name", Text("Name"), Text("What it is called in the drawing and the plan."))
    if isinstance(element, Node):
        yield text_parameter(".technology", Text("Technology"), Text("The product, as printed on the card."))
        sites = len(element.sites) if count == 1 else 1
        for number in range(sites):
            title = Text("Replicas") if sites == 1 else Text("Replicas, site {number}", number=number + 1)
            hint = Text("Running copies at month 0.")
            yield Parameter(f".sites.{number}.replicas", title, hint, type="integer", minimum=0, maximum=100_000)
            if sites > 1:
                role = f".sites.{number}.role"
                yield Parameter(
                    role,
                    Text("Role, site {number}", number=number + 1),
                    Text("What the site is for."),
                    type="choice",
                    choices=ROLES,
                )
    elif isinstance(element, Flow):
        choices = tuple(kinds().flows)
        yield Parameter(".interaction", Text("Interaction"), Text("How the two talk."), type="choice", choices=choices)
    elif isinstance(element, Boundary):
        hint = Text("How many equal ones exist; load is shared, cost multiplied.")
        if boundary_axis(element.kind) != "annotation":
            yield Parameter(".copies", Text("Copies"), hint, type="integer", minimum=1, maximum=1_000_000)
    else:
        yield text_parameter(".client", Text("Client"), Text("Printed on the plan."))
        yield text_parameter(".author", Text("Author"), Text("Printed on the plan."))
    if count == 1 and not isinstance(element, Brief):
        yield tags_parameter()
    yield text_parameter(".note", Text("Note"), Text("Printed in the plan beside the element."))
