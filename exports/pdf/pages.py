"""The sheets of a plan: frames, running head and foot, headings with outline entries, and the list of contents.

The document is built in one pass. What is known only at its end (number of pages, page of each section) is written
into small forms that the pages refer to before they exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any, NamedTuple

from reportlab import rl_config
from reportlab.lib.pagesizes import A4, LETTER, landscape
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from exports.pdf.charts import ChartFlowable
from exports.pdf.drawing import FONTS, PictureFlowable, color_of, register_fonts
from exports.pdf.prose import PAPER, write, write_right
from models.interruption import go_on
from models.typeface import elide, text_width

MARGIN = 42.0
HEAD, FOOT = 30.0, 30.0
SMALL = 7.0
FOLLOWING = 74.0
PAPERS = {"A4": A4, "Letter": LETTER}
GUTTER = 22.0
COLUMNS = "columns"
"""Name of the upright page with two columns of text."""
_COUNT = "page-count"
rl_config.useA85 = 0  # a plan is a file of bytes: writing them as letters makes it larger and slower


class Labels(NamedTuple):
    """What the running head and the file's properties say."""

    title: str
    subject: str
    author: str
    left: str
    right: str


class Section(NamedTuple):
    """An entry of the contents: title, name of its place, level 0 or 1."""

    title: str
    place: str
    level: int = 0


def paper_size(paper: str) -> tuple[float, float]:
    """Return width and height in points of a paper's name.

    Raises:
        ValueError: the name is not known; the message lists those that are.
    """
    for name, size in PAPERS.items():
        if name.casefold() == paper.casefold():
            return float(size[0]), float(size[1])
    raise ValueError(f"The paper “{paper}” is not known; choose {' or '.join(PAPERS)}.")


class PlanCanvas(Canvas):  # type: ignore[misc]
    """A canvas that remembers on which page each section begins and writes the late forms before it is saved."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section_pages: dict[str, int] = {}
        self.expected: list[str] = []

    def save(self) -> None:
        """Write the forms that hold page numbers, then the file."""
        pages = self.getPageNumber() - 1
        self._form(_COUNT, f"of {pages}", 0.0, SMALL)
        for place in self.expected:
            number = str(self.section_pages.get(place, ""))
            self._form(f"page-{place}", number, -text_width(number, 9.0), 9.0)
        super().save()

    def _form(self, name: str, text: str, x: float, size: float) -> None:
        self.beginForm(name, -60, -20, 200, 40)
        write(self, text, x, 0.0, size, PAPER.muted if name == _COUNT else PAPER.text)
        self.endForm()


class PlanDocument(BaseDocTemplate):  # type: ignore[misc]
    """The document of a plan; build it with `render`."""

    def __init__(self, data: BytesIO, labels: Labels, paper: str) -> None:
        register_fonts()
        self.labels = labels
        size = paper_size(paper)
        super().__init__(
            data,
            pagesize=size,
            title=labels.title,
            author=labels.author,
            subject=labels.subject,
            creator="Groundplan",
            producer="Groundplan",
            lang="en-US",
            invariant=1,
            pageCompression=1,
            initialFontName=FONTS["regular"],
            displayDocTitle=1,
        )
        templates = [("portrait", size, 1), ("landscape", landscape(size), 1), (COLUMNS, size, 2)]
        self.addPageTemplates([self._template(*template) for template in templates])

    def _template(self, name: str, size: tuple[float, float], columns: int) -> PageTemplate:
        width, height = size
        wide = (width - 2 * MARGIN - GUTTER * (columns - 1)) / columns
        frames = [
            Frame(
                MARGIN + column * (wide + GUTTER),
                MARGIN + FOOT - 14,
                wide,
                height - 2 * MARGIN - HEAD - FOOT + 32,
                leftPadding=0,
                rightPadding=0,
                topPadding=0,
                bottomPadding=0,
            )
            for column in range(columns)
        ]
        return PageTemplate(name, frames, onPage=self._head_and_foot, pagesize=size)

    def _head_and_foot(self, canvas: PlanCanvas, _document: BaseDocTemplate) -> None:
        go_on()
        width, height = canvas._pagesize
        labels = self.labels
        right = text_width(labels.right, SMALL)
        left = elide(labels.left, SMALL, width - 2 * MARGIN - right - 20)
        write(canvas, left, MARGIN, height - MARGIN + 6, SMALL, PAPER.muted)
        write_right(canvas, labels.right, width - MARGIN, height - MARGIN + 6, SMALL, PAPER.muted)
        canvas.setStrokeColor(color_of(PAPER.separator))
        canvas.setLineWidth(0.5)
        canvas.line(MARGIN, height - MARGIN, width - MARGIN, height - MARGIN)
        number = f"{canvas.getPageNumber()} "
        at = width - MARGIN - text_width("of 888", SMALL)
        write_right(canvas, number, at, MARGIN - 8, SMALL, PAPER.muted)
        canvas.saveState()
        canvas.translate(at, MARGIN - 8)
        canvas.doForm(_COUNT)
        canvas.restoreState()
        write(canvas, elide(labels.title, SMALL, width / 2), MARGIN, MARGIN - 8, SMALL, PAPER.muted)


def text_box(paper: str, wide: bool = False) -> tuple[float, float]:
    """Return width and height of the room for text on a page, in points."""
    width, height = landscape(paper_size(paper)) if wide else paper_size(paper)
    return width - 2 * MARGIN, height - 2 * MARGIN - HEAD - FOOT + 32


def render(story: Sequence[Flowable], labels: Labels, paper: str) -> bytes:
    """Return the file of a story."""
    data = BytesIO()
    PlanDocument(data, labels, paper).build(list(story), canvasmaker=PlanCanvas)
    return data.getvalue()


class Place(Flowable):  # type: ignore[misc]
    """An invisible target of links."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place
        self.keepWithNext = 1

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Return no size."""
        return 0.0, 0.0

    def draw(self) -> None:
        """Name the place."""
        self.canv.bookmarkHorizontal(self.place, 0, 12)


class Heading(Flowable):  # type: ignore[misc]
    """A heading that enters itself into the outline and remembers its page; level 2 is only a heading."""

    SIZES = (17.0, 11.5, 9.0)

    def __init__(self, section: Section) -> None:
        super().__init__()
        self.section = section
        self.size = self.SIZES[section.level]
        self.room = FOLLOWING
        self.spaceBefore = (22.0, 9.0, 7.0)[section.level]
        self.spaceAfter = (8.0, 4.0, 1.0)[section.level]

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Return the size of one line, or more than there is where nothing would follow it on the page."""
        self.width, self.height = available_width, self.size * 1.3
        crowded = available_height < self.height + self.room
        return self.width, available_height + 1.0 if crowded else self.height

    def draw(self) -> None:
        """Draw the line and enter it."""
        canvas, section = self.canv, self.section
        title = elide(section.title, self.size, self.width, "semibold")
        write(canvas, title, 0, self.height - self.size, self.size, PAPER.text, "semibold")
        if section.level < 2:
            canvas.section_pages[section.place] = canvas.getPageNumber()
            canvas.bookmarkHorizontal(section.place, 0, self.height + 6)
            canvas.addOutlineEntry(section.title, section.place, section.level, closed=section.level == 0)


def keep_together(story: Sequence[Flowable]) -> None:
    """Give each heading as much room as what follows it needs at least: the next heading, a chart that cannot break."""
    for heading, follower in zip(reversed(story[:-1]), reversed(story[1:]), strict=True):
        if isinstance(heading, Heading):
            if isinstance(follower, Heading):
                heading.room = follower.room + follower.size * 1.3 + follower.spaceBefore
            elif isinstance(follower, ChartFlowable | PictureFlowable):
                heading.room = follower.height + heading.spaceAfter + follower.getSpaceBefore()


class Contents(Flowable):  # type: ignore[misc]
    """The list of sections with leaders and page numbers, each a link."""

    STEP = 16.0

    def __init__(self, sections: Sequence[Section]) -> None:
        super().__init__()
        self.sections = tuple(sections)
        self.spaceAfter = 14.0

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Return the size; the list stays on one page."""
        self.width, self.height = available_width, self.STEP * len(self.sections)
        return self.width, self.height

    def draw(self) -> None:
        """Draw one line per section."""
        canvas = self.canv
        y = self.height
        for section in self.sections:
            y -= self.STEP
            indent = 14.0 * section.level
            weight = "regular" if section.level else "semibold"
            title = elide(section.title, 9.0, self.width - indent - 50, weight)  # type: ignore[arg-type]
            write(canvas, title, indent, y + 4, 9.0, PAPER.text, weight)  # type: ignore[arg-type]
            start = indent + text_width(title, 9.0, weight) + 6  # type: ignore[arg-type]
            canvas.setStrokeColor(color_of(PAPER.faint))
            canvas.setLineWidth(0.6)
            canvas.setDash([0.6, 3.0])
            canvas.line(start, y + 4, self.width - 26, y + 4)
            canvas.setDash([])
            canvas.expected.append(section.place)
            canvas.saveState()
            canvas.translate(self.width, y + 4)
            canvas.doForm(f"page-{section.place}")
            canvas.restoreState()
            canvas.linkRect("", section.place, (0, y, self.width, y + self.STEP), relative=1, thickness=0)
