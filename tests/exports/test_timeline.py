"""A timeline on paper: whole on one page where it fits, else in parts under one scale; dates and marks are written."""

import io

import pytest
from pypdfium2 import PdfDocument
from reportlab.pdfgen.canvas import Canvas

from exports.pdf.drawing import register_fonts
from exports.pdf.timeline import TimelineFlowable
from models.report import Message, Timeline


def timeline(tasks, start="2027-02-15"):
    rows = tuple((f"Task {number}", float(number), number + 1.0, "group") for number in range(tasks))
    return Timeline(Message("Plan"), rows, start, ((2.0, "closed"),))


def test_what_fits_a_page_is_not_torn_and_a_long_one_keeps_its_scale():
    assert TimelineFlowable(timeline(12), 500).split(500, 100) == []
    whole = TimelineFlowable(timeline(60), 500)
    first, rest = whole.split(500, 300)
    assert len(first.tasks) + len(rest.tasks) == 60
    assert first.months == rest.months == whole.months == 60
    assert first.wrap(500, 300)[1] <= 300


@pytest.mark.parametrize(
    ("start", "said", "unsaid"),
    [
        ("2027-02-15", ("2027-04", "closed 2027-04-17", "to 2027-03-17"), ("Month",)),
        ("", ("Month", "closed"), ("2027",)),
    ],
)
def test_dates_are_written_where_the_first_day_is_known(start, said, unsaid):
    page = io.BytesIO()
    canvas = Canvas(page, (520, 120), initialFontName="Helvetica")
    register_fonts()
    flowable = TimelineFlowable(timeline(3, start), 500)
    flowable.wrap(500, 120)
    flowable.drawOn(canvas, 10, 10)
    canvas.save()
    text = PdfDocument(page.getvalue())[0].get_textpage().get_text_range()
    assert all(word in text for word in said), text
    assert not any(word in text for word in unsaid), text
