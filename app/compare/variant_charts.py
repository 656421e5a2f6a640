"""All variants in pictures; drawn as soon as they are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSplitter, QWidget

from app.panels.widgets import clear, column, label
from app.words import in_words
from models.themes import Theme

if TYPE_CHECKING:
    from models.evaluation import Evaluation
    from models.report import Chart

ANY_SIZE = 16_777_215
ABOVE_LINES = 1.45
"""Upper end of the parallel axes, so that the legend has room above the lines."""
LEGEND_COLUMNS = 4
LONGEST_LINE = 14
"""Letters of a name that stand on one line under the parallel axes."""


class VariantCharts(QWidget):
    """Cost against response time and availability, and all figures as parallel coordinates."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._variants: tuple[tuple[str, Evaluation], ...] = ()
        self._is_stale = False
        self.charts: list[QWidget] = []
        self._layout = column(self, 12, 0)

    def show_variants(self, variants: Sequence[tuple[str, Evaluation]], theme: Theme) -> None:
        """Show (name, evaluation) pairs, now or when looked at."""
        self._variants, self._theme, self._is_stale = tuple(variants), theme, True
        if self.isVisible():
            self._draw()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what has changed since it was last looked at."""
        self._draw()

    def _draw(self) -> None:
        if not self._is_stale or not self._variants:
            return
        from models.variant_charts import parallel_chart, scatter_charts

        self._is_stale = False
        clear(self._layout)
        self.charts = []
        beside = QSplitter(Qt.Orientation.Horizontal)
        beside.setChildrenCollapsible(False)
        for chart in scatter_charts(self._variants):
            beside.addWidget(self._titled(chart))
        chart, names = parallel_chart(self._variants)
        beside.addWidget(self._titled(chart, names))
        beside.setSizes([270, 270, 600])
        self._layout.addWidget(beside)

    def _titled(self, chart: Chart, names: Sequence[str] = ()) -> QWidget:
        """Return the chart under its title; `names` stand at the whole numbers of its x axis."""
        from app.panels.charts import chart_widget

        holder = QWidget()
        layout = column(holder, 0, 4)
        layout.setContentsMargins(8, 0, 8, 0)
        layout.addWidget(label(in_words(chart.title), "heading", wrap=True))
        widget = chart_widget(chart, self._theme)
        widget.setMinimumSize(160, 120)
        widget.setMaximumHeight(ANY_SIZE)
        if names:
            widget.getAxis("bottom").setTicks([[(at, in_two_lines(in_words(name))) for at, name in enumerate(names)]])  # type: ignore[attr-defined]
            widget.setXRange(-0.55, len(names) - 0.45, padding=0)  # type: ignore[attr-defined]
            widget.getAxis("left").setTicks([[(0.0, ""), (1.0, "")]])  # type: ignore[attr-defined]
            widget.setYRange(-0.08, ABOVE_LINES, padding=0)  # type: ignore[attr-defined]
            if widget.plotItem.legend is not None:  # type: ignore[attr-defined]
                widget.plotItem.legend.setColumnCount(LEGEND_COLUMNS)  # type: ignore[attr-defined]
        self.charts.append(widget)
        layout.addWidget(widget, 1)
        return holder


def in_two_lines(name: str) -> str:
    """Return a long name broken at the space nearest to its middle, so that it stands clear of its neighbors."""
    spaces = [at for at, letter in enumerate(name) if letter == " "]
    if len(name) <= LONGEST_LINE or not spaces:
        return name
    at = min(spaces, key=lambda place: abs(place - len(name) / 2))
    return f"{name[:at]}\n{name[at + 1 :]}"
