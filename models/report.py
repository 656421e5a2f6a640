"""What evaluations and frameworks say: figures, findings and the neutral blocks that panels and exporters render.

Sentences are a `Message(key, args)`, written when they are read, labels and cells a `Text`: English with named places,
put into words at the edge by gettext. A plain string in a block is data, as the name of a node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from threading import Lock
from typing import Any, Literal, TypeAlias

from msgspec import Struct, field

from models.dates import day_after, day_of, months_between
from models.design.elements import Id
from models.words import Number, Text, written

Status = Literal["ok", "approximate", "warning", "invalid", "unknown"]
Severity = Literal["error", "warning", "note"]
ColorRole = Literal["accent", "good", "bad", "warning", "muted", "series"]


class Message(Struct, frozen=True):
    """A sentence to be translated at the edge: `key` is the English text with `{name}` places for `args`.

    It is written when it is read. `other` is the form for any `count` among the values but 1; empty = one form.
    """

    key: str
    args: Mapping[str, Any] = field(default_factory=dict)
    other: str = ""

    @staticmethod
    def of(text: Text) -> Message:
        """Return a text that is written already as a sentence."""
        return Message(text.key, text.args, text.other)

    def __str__(self) -> str:
        return written(self.key, self.other, self.args)


class Figure(Struct, frozen=True):
    """One number with where it belongs.

    Attributes:
        id: like `node/<id>/utilization` or `total/cost_per_month`.
        value: SI value, fraction or USD; None when it cannot be computed (then `reason` says why).
        unit: `s`, `1/s`, `USD/month`, `fraction`, `byte/s`, `kgCO2e/month`, `month`, `count` …
        basis: which load, month and population it holds for.
        bound: `at_least` or `at_most` when the value is only a bound that still holds.
        band: low and high of the error band, or None.
    """

    id: str
    label: str
    value: float | None
    unit: str
    status: Status = "ok"
    basis: str = ""
    reason: str = ""
    bound: Literal["", "at_least", "at_most"] = ""
    band: tuple[float, float] | None = None
    text: str = ""


class Remedy(Struct, frozen=True):
    """A named move with its arguments; turned into a delta at preview.

    Attributes:
        figures: ids of the figures that it is made for; told before those of the scoreboard. Those of an element that
            the move adds exist only afterwards.
        month: the month in which its effect shows; None = the shown one.
    """

    move: str
    args: Mapping[str, Any] = field(default_factory=dict)
    label: Message = Message("")
    figures: tuple[str, ...] = ()
    month: int | None = None


class Finding(Struct, frozen=True):
    """Something the architect should know: what, why, on which elements, with the evidence and perhaps a remedy."""

    rule: str
    severity: Severity
    title: Message
    why: Message
    elements: tuple[Id, ...] = ()
    evidence: tuple[str, ...] = ()
    remedy: Remedy | None = None


class Sentence(Struct, frozen=True, tag="sentence"):
    """The answer, or a remark, in one sentence."""

    text: Message
    role: ColorRole = "accent"


class Figures(Struct, frozen=True, tag="figures"):
    """The few figures behind the answer, by id and as values."""

    figures: tuple[Figure, ...]
    title: Message = Message("")


class Column(Struct, frozen=True):
    """One column of a table; numbers are right-aligned and shown in `unit`."""

    title: Message
    unit: str = ""


Cell: TypeAlias = float | str | Figure | None


class Table(Struct, frozen=True, tag="table"):
    """Rows of cells; `elements` names the element of each row, so that a click selects it."""

    title: Message
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    elements: tuple[Id, ...] = ()
    total: tuple[Cell, ...] = ()


class Series(Struct, frozen=True):
    """One line, bar group or area of a chart: equally long x and y; `low` and `high` draw a band."""

    name: str
    x: tuple[float | str, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    role: ColorRole = "series"


class Axis(Struct, frozen=True):
    """Title and unit of a chart axis."""

    title: Message
    unit: str = ""


class Chart(Struct, frozen=True, tag="chart"):
    """A chart of one kind; `marks` are horizontal (y) or vertical (x) reference lines with a name.

    A treemap has one series per group: the names of its items as x, their areas as y.
    """

    kind: Literal["line", "bar", "stacked_area", "stacked_bar", "scatter", "tornado", "treemap"]
    title: Message
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    marks: tuple[tuple[Literal["x", "y"], float, str], ...] = ()


class Findings(Struct, frozen=True, tag="findings"):
    """Findings in the order they should be read."""

    findings: tuple[Finding, ...]


class InputField(Struct, frozen=True, tag="input"):
    """An input the architect can change: leaf `path` of `element`; becomes an editor, or an assumption on paper."""

    element: Id
    path: str
    label: Message
    unit: str = ""


class Timeline(Struct, frozen=True, tag="timeline"):
    """Tasks as (label, start month, end month, group).

    Attributes:
        start: ISO date of month 0, so that months are shown as dates; empty = months.
        marks: (month, text) of lines across all tasks.
    """

    title: Message
    tasks: tuple[tuple[str, float, float, str], ...]
    start: str = ""
    marks: tuple[tuple[float, str], ...] = ()

    def when(self, month: float) -> str:
        """Return the day of a month as an ISO date, or the month as a number where no date is known."""
        start = day_of(self.start)
        day = day_after(start, month) if start is not None else None
        return day.isoformat() if day is not None else Number(f"{month:g}")

    def scale(self, months: float, wanted: int) -> tuple[tuple[float, str], ...]:
        """Return about `wanted` (month, label) ticks from 0: whole months, or first days of calendar months."""
        step = next(size for size in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if months / size <= wanted or size == 1200)
        start = day_of(self.start)
        if start is None:
            return tuple((float(month), str(month)) for month in range(0, int(months) + 1, step))
        ticks, number = [], start.year * 12 + start.month - (start.day == 1)
        while (first := day_of(f"{number // 12:04d}-{number % 12 + 1:02d}")) is not None:
            at = months_between(start, first)
            if at > months + 1e-9:
                break
            if (number % 12) % min(step, 12) == 0 and (step <= 12 or (number // 12) % (step // 12) == 0):
                ticks.append((at, f"{first:%Y-%m}"))
            number += 1
        return tuple(ticks)


Block: TypeAlias = Sentence | Figures | Table | Chart | Findings | InputField | Timeline


class Assessment:
    """What a framework says about a design: the answer and the findings; the blocks are built when first asked for.

    Each block is built once, on the thread that asks for it first; another that asks meanwhile waits.
    """

    def __init__(
        self,
        framework: str,
        title: Message,
        answer: Message,
        blocks: Callable[[], Iterable[Block]] | tuple[Block, ...] = (),
        findings: tuple[Finding, ...] = (),
    ) -> None:
        self.framework, self.title, self.answer, self.findings = framework, title, answer, findings
        self._make = blocks if callable(blocks) else None
        self._built: list[Block] = [] if callable(blocks) else list(blocks)
        self._to_build = self._begun()
        self._building = Lock()

    def _begun(self) -> Iterator[Block] | None:
        return None if self._make is None else iter(self._make())

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Return the blocks of the panel and of the report section, in reading order."""
        self.build()
        return self.built

    def build(self, count: int | None = None) -> None:
        """Build the blocks, or the first so many of them."""
        with self._building:
            try:
                while self._to_build is not None and (count is None or len(self._built) < count):
                    self._build_next(self._to_build)
            except BaseException:
                self._built, self._to_build = [], self._begun()  # who asks again shall hear of it again
                raise

    def _build_next(self, to_build: Iterator[Block]) -> None:
        block = next(to_build, None)
        if block is None:
            self._to_build = None
        else:
            self._built.append(block)

    @property
    def built(self) -> tuple[Block, ...]:
        """The blocks that are built already, so that asking for them takes no time."""
        return tuple(self._built)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Assessment) and self._content() == other._content()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Assessment{self._content()!r}"

    def _content(self) -> tuple[object, ...]:
        return self.framework, self.title, self.answer, self.blocks, self.findings

    @property
    def is_built(self) -> bool:
        """Whether all blocks are there."""
        return self._to_build is None
