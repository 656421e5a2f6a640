"""The table of actions: menus, command palette, shortcuts and tooltips are made from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QToolBar, QToolButton

from app import variant_menu
from app.action_spec import ActionSpec, has_selection, is_behind_start, is_open
from app.areas import go_around, toggle_sides
from app.arrange_actions import ARRANGE, FOCUS
from app.benchmarks import ask_benchmark
from app.canvas.tools.clipboard import copy_selection, paste
from app.canvas.tools.delete import delete_selection
from app.canvas.tools.duplicate import duplicate
from app.canvas.tools.rename import RenameTool
from app.guide import start_guide
from app.icons import icon
from app.measured import ask_bill, ask_demand, ask_metrics, ask_test, map_bill
from app.session import LENSES
from app.settings_dialog import open_settings_dialog
from app.theme import tint
from app.words import mark, say
from models.themes import Theme

if TYPE_CHECKING:
    from app.main_window import MainWindow

MENUS = (mark("File"), mark("Edit"), mark("Arrange"), mark("View"), mark("Variant"), mark("Help"))
MENU_TITLES = (mark("&File"), mark("Edi&t"), mark("Arran&ge"), mark("&View"), mark("Va&riant"), mark("&Help"))
"""The menus with the letters that open them together with Alt; those of aligning (A C D E S W) are left out."""


def _undo_text(window: MainWindow) -> str:
    label = window.session.document.undo_label
    return say("Undo {label}", label=label) if label else say("Undo")


def _redo_text(window: MainWindow) -> str:
    label = window.session.document.redo_label
    return say("Redo {label}", label=label) if label else say("Redo")


def _rename(window: MainWindow) -> None:
    if len(window.session.selection) == 1:
        window.canvas.reveal_selection()
        window.canvas.use(RenameTool(window.canvas, next(iter(window.session.selection))))


def _paste(window: MainWindow) -> None:
    """Paste where the menu was asked for or the pointer is, else in the middle; what has no room there is shown."""
    canvas = window.canvas
    at = canvas.mapFromGlobal(canvas.cursor().pos()) if canvas.underMouse() else canvas.rect().center()
    asked_at = window.asked_at if window.asked_at is not None else at
    if paste(canvas, canvas.camera.to_scene(asked_at.toPointF())):
        canvas.reveal_selection()


def _duplicate(window: MainWindow) -> None:
    if duplicate(window.canvas):
        window.canvas.reveal_selection()


def _seen_through(lens: str) -> Callable[[MainWindow], object]:
    return lambda window: window.session.show_lens(lens)


def _select_all(window: MainWindow) -> None:
    picture = window.canvas.picture
    window.session.select({*picture.nodes.elements, *picture.flows.elements, *picture.boundaries.ids})


FILE = (
    ActionSpec("new", "New design", lambda w: w.new_design(), "File", ("Ctrl+N",), "new"),
    ActionSpec("open", "Open…", lambda w: w.ask_open(), "File", ("Ctrl+O",), "folder-open"),
    ActionSpec("start", "Start page", lambda w: w.show_start(), "File", (), "template"),
    ActionSpec(
        "drawing", "Back to the drawing", lambda w: w.show_editor(), "File", (), "view", enabled=is_behind_start
    ),
    ActionSpec("save", "Save", lambda w: w.save(), "File", ("Ctrl+S",), "save", enabled=is_open, group=1),
    ActionSpec(
        "save_as", "Save as…", lambda w: w.ask_save(), "File", ("Ctrl+Shift+S",), "save", enabled=is_open, group=1
    ),
    ActionSpec("import", "Import…", lambda w: w.ask_import(), "File", ("Ctrl+I",), "import", group=2),
    ActionSpec("import_bill", "Import bill…", ask_bill, "File", (), "import", enabled=is_open, group=2),
    ActionSpec("map_bill", "Map bill to nodes…", map_bill, "File", (), "import", enabled=is_open, group=2),
    ActionSpec("import_metrics", "Import metrics…", ask_metrics, "File", (), "import", enabled=is_open, group=2),
    ActionSpec("import_benchmark", "Import benchmark…", ask_benchmark, "File", (), "import", enabled=is_open, group=2),
    ActionSpec("import_demand", "Import demand…", ask_demand, "File", (), "import", enabled=is_open, group=2),
    ActionSpec("import_test", "Import load test…", ask_test, "File", (), "import", enabled=is_open, group=2),
    ActionSpec("export", "Export…", lambda w: w.ask_export(), "File", ("Ctrl+E",), "export", enabled=is_open, group=2),
    ActionSpec("settings", "Settings…", open_settings_dialog, "File", ("Ctrl+,",), "settings", group=3),
    ActionSpec("close_window", "Close window", lambda w: w.close(), "File", ("Ctrl+W",), "close", group=4),
    ActionSpec("quit", "Quit", lambda w: w.quit(), "File", ("Ctrl+Q",), "close", group=4),
)
EDIT = (
    ActionSpec(
        "undo",
        "Undo",
        lambda w: w.session.undo(),
        "Edit",
        ("Ctrl+Z",),
        "undo",
        enabled=lambda w: w.session.document.undo_label is not None,
        label=_undo_text,
    ),
    ActionSpec(
        "redo",
        "Redo",
        lambda w: w.session.redo(),
        "Edit",
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        "redo",
        enabled=lambda w: w.session.document.redo_label is not None,
        label=_redo_text,
    ),
    ActionSpec(
        "copy", "Copy", lambda w: copy_selection(w.session), "Edit", ("Ctrl+C",), "copy", "canvas", has_selection, 1
    ),
    ActionSpec("paste", "Paste", _paste, "Edit", ("Ctrl+V",), "paste", "canvas", is_open, 1),
    ActionSpec(
        "duplicate",
        "Duplicate",
        _duplicate,
        "Edit",
        ("Ctrl+D",),
        "duplicate",
        "canvas",
        has_selection,
        1,
    ),
    ActionSpec(
        "delete",
        "Delete",
        lambda w: delete_selection(w.session),
        "Edit",
        ("Del", "Backspace"),
        "trash",
        "canvas",
        has_selection,
        1,
    ),
    ActionSpec("rename", "Rename", _rename, "Edit", ("F2",), "edit", "canvas", has_selection, 2),
    ActionSpec(
        "connect",
        "Connect to…",
        lambda w: w.ask_target(),
        "Edit",
        ("Ctrl+Return",),
        "flow",
        "canvas",
        lambda w: w.selected_node() is not None,
        2,
    ),
    ActionSpec("select_all", "Select all", _select_all, "Edit", ("Ctrl+A",), "select", "canvas", is_open, 2),
    ActionSpec("find", "Find…", lambda w: w.open_search(), "Edit", ("Ctrl+F",), "search", enabled=is_open, group=3),
    ActionSpec("commands", "Command palette…", lambda w: w.open_palette(), "Edit", ("Ctrl+K",), "keyboard", group=3),
)
VIEW = (
    ActionSpec("fit", "Fit drawing", lambda w: w.canvas.fit(), "View", ("Ctrl+0",), "fit"),
    ActionSpec("actual_size", "100 %", lambda w: w.canvas.show_actual_size(), "View", ("Ctrl+1",), "maximize"),
    ActionSpec(
        "fit_selection",
        "Fit selection",
        lambda w: w.canvas.fit_selection(),
        "View",
        ("Shift+2",),
        "fit",
        "canvas",
        has_selection,
    ),
    ActionSpec("zoom_in", "Zoom in", lambda w: w.canvas.zoom_by(1.25), "View", ("Ctrl++", "Ctrl+="), "zoom-in"),
    ActionSpec("zoom_out", "Zoom out", lambda w: w.canvas.zoom_by(0.8), "View", ("Ctrl+-",), "zoom-out"),
    ActionSpec("services", "Services", lambda w: w.session.show_view("services"), "View", ("Alt+1",), "view", group=1),
    ActionSpec(
        "data_flow", "Data flow", lambda w: w.session.show_view("data_flow"), "View", ("Alt+2",), "view", group=1
    ),
    ActionSpec(
        "deployment", "Deployment", lambda w: w.session.show_view("deployment"), "View", ("Alt+3",), "view", group=1
    ),
    *(
        ActionSpec(
            f"lens_{lens}",
            f"Lens: {title}",
            _seen_through(lens),
            "View",
            (f"Ctrl+Alt+{number}",),
            lens if lens != "plan" else "palette",
            group=2,
        )
        for number, (lens, title) in enumerate(LENSES, 1)
    ),
    ActionSpec(
        "theme", "Switch light and dark", lambda w: w.switch_theme(), "View", ("Ctrl+Shift+T",), "moon", group=4
    ),
    ActionSpec(
        "sides", "Show or hide the sides", toggle_sides, "View", ("Ctrl+\\",), "maximize", enabled=is_open, group=4
    ),
    ActionSpec("next_area", "Next area", lambda w: go_around(w, 1), "View", ("F6",), group=4),
    ActionSpec("previous_area", "Previous area", lambda w: go_around(w, -1), "View", ("Shift+F6",), group=4),
    ActionSpec("inspect", "Go to the inspector", lambda w: w.inspect(), "View", ("F4",), enabled=is_open, group=4),
)
VARIANT = (
    ActionSpec(
        "new_variant",
        "New variant from here…",
        variant_menu.ask_new,
        "Variant",
        ("Ctrl+Shift+N",),
        "variant",
        enabled=is_open,
    ),
    ActionSpec("duplicate_variant", "Duplicate", variant_menu.duplicate, "Variant", (), "duplicate", enabled=is_open),
    ActionSpec("rename_variant", "Rename…", variant_menu.ask_rename, "Variant", (), "edit", enabled=is_open),
    ActionSpec(
        "delete_variant", "Delete…", variant_menu.ask_delete, "Variant", (), "trash", enabled=variant_menu.has_several
    ),
    ActionSpec(
        "next_variant",
        "Next variant",
        lambda w: w.next_variant(),
        "Variant",
        ("Ctrl+Tab",),
        "branch",
        enabled=variant_menu.has_several,
        group=1,
    ),
    ActionSpec(
        "baseline",
        "Make this the baseline",
        variant_menu.make_baseline,
        "Variant",
        (),
        "pin",
        enabled=variant_menu.is_no_baseline,
        group=1,
    ),
    ActionSpec(
        "compare",
        "Compare…",
        variant_menu.open_compare,
        "Variant",
        ("Ctrl+Shift+D",),
        "compare",
        enabled=variant_menu.has_several,
        group=2,
    ),
)
HELP = (
    ActionSpec("manual", "Manual", lambda w: w.open_manual(), "Help", ("F1",), "help"),
    ActionSpec("keys", "Actions and keys", lambda w: w.open_manual("keys"), "Help", ("Shift+F1",), "keyboard"),
    ActionSpec("guide", "Guided first design", start_guide, "Help", (), "idea"),
    ActionSpec("about", "About Groundplan", lambda w: w.show_about(), "Help", (), "info"),
)
IN_OUTLINE = frozenset({"rename", "delete", "copy", "duplicate", "connect", "note"})
"""What the outline can do with its selection by the same keys as the canvas."""
ACTIONS: tuple[ActionSpec, ...] = (*FILE, *EDIT, *ARRANGE, *VIEW, *FOCUS, *VARIANT, *HELP)


def build_actions(window: MainWindow) -> dict[str, QAction]:
    """Return the Qt action of each row, with its shortcut bound to the window or the canvas."""
    found = {}
    for spec in ACTIONS:
        action = QAction(say(spec.text), window)
        action.setObjectName(spec.id)
        action.setShortcuts([QKeySequence(keys) for keys in spec.shortcuts])
        action.setToolTip(tooltip(spec))
        action.triggered.connect(lambda _=False, spec=spec: spec.handler(window))
        if spec.scope == "canvas":
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            window.canvas.addAction(action)
            if spec.id in IN_OUTLINE:
                window.palette_side.outline.tree.addAction(action)
        else:
            window.addAction(action)
        found[spec.id] = action
    return found


def tooltip(spec: ActionSpec) -> str:
    """Return what hovering says: the text and its shortcut."""
    text = say(spec.text)
    return f"{text} ({keys_in_words(spec.shortcuts[0])})" if spec.shortcuts else text


def keys_in_words(keys: str) -> str:
    """Return a combination of keys as the keyboard of the language names it."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def build_menus(bar: QMenuBar, actions: dict[str, QAction]) -> None:
    """Fill the menu bar from the table."""
    for name, title in zip(MENUS, MENU_TITLES, strict=True):
        menu = bar.addMenu(say(title))
        last = 0
        parts: dict[str, QMenu] = {}
        for spec in ACTIONS:
            if spec.menu == name:
                if spec.group != last:
                    menu.addSeparator()
                last = spec.group
                if spec.submenu and spec.submenu not in parts:
                    parts[spec.submenu] = menu.addMenu(say(spec.submenu))
                parts.get(spec.submenu, menu).addAction(actions[spec.id])


def build_context_menu(menu: QMenu, window: MainWindow) -> None:
    """Fill the menu of a right click on the canvas with what can be done with the selection, or with the sheet."""
    design, chosen = window.session.design, window.session.selection
    parts = (design.nodes, design.flows, design.boundaries)
    nodes, flows, frames = (any(key in part for key in chosen) for part in parts)
    boxes = nodes or frames
    on_selection = (
        ("inspect", True),
        ("rename", len(chosen) == 1),
        ("connect", nodes),
        ("note", True),
        ("", True),
        ("copy", boxes),
        ("paste", True),
        ("duplicate", boxes),
        ("delete", True),
        ("", True),
        ("group", boxes),
        ("group_as", boxes),
        ("collapse", frames),
        ("pin", boxes),
        ("tidy_selection", boxes),
        ("reset_route", flows),
        ("", True),
        ("focus_neighbors", True),
        ("focus_path", True),
        ("fit_selection", True),
    )
    on_sheet = ("paste", "select_all", "", "tidy", "", "fit", "actual_size")
    for name in [name for name, fits in on_selection if fits] if chosen else on_sheet:
        if name:
            menu.addAction(window.actions_by_id[name])
        else:
            menu.addSeparator()


def refresh(window: MainWindow, actions: dict[str, QAction]) -> None:
    """Enable what can be done now and bring state into the texts."""
    for spec in ACTIONS:
        action = actions[spec.id]
        action.setEnabled(spec.enabled(window))
        if spec.label is not None:
            action.setText(spec.label(window).replace("&", "&&"))


def tint_icons(actions: dict[str, QAction], theme: Theme, *, in_sight: bool) -> None:
    """Give the actions that have buttons, or those that only stand in menus, icons in the theme's color."""
    color = tint(theme, "icon")
    for spec in ACTIONS:
        if spec.icon and _has_button(actions[spec.id]) == in_sight:
            actions[spec.id].setIcon(icon(spec.icon, color))


def _has_button(action: QAction) -> bool:
    return any(isinstance(shown, QToolBar | QToolButton) for shown in action.associatedObjects())
