"""SVG, PDF and PNG show the picture: same places, real texts, embedded typeface, same bytes every time."""

import io
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pypdf
import pypdfium2
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from exports.painting import MARGIN, frame
from exports.pdf.drawing import PictureFlowable, draw_picture, picture_pdf
from exports.png import png_bytes, write_png
from exports.svg import svg_text, write_svg
from models.design.design import Design
from models.design.elements import Boundary, Flow, Node, Position
from models.lenses import Legend
from models.picture import LensValues, Picture, build
from models.themes import role_code, theme

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def picture() -> Picture:
    design = Design(
        {
            "team": Boundary(kind="team", name="Team <Search> & Co", copies=3),
            "zone": Boundary(kind="network", name="private", members=("gate", "store")),
            "closed": Boundary(kind="team", name="Team Platform"),
            "users": Node(kind="users", name="Employees"),
            "gate": Node(kind="api_gateway", name="API gateway", context="team", technology="2 vCPU × 2"),
            "store": Node(kind="vector_store", name="Vector store", context="team"),
            "log": Node(kind="stream", name="Trace stream", context="closed"),
            "in": Flow("users", "gate", name="8.7/s"),
            "read": Flow("gate", "store", "stream"),
            "load": Flow("store", "gate", "batch", name="nightly"),
            "trace": Flow("store", "log", "message"),
            "pos/services/team": Position(300, 40, 560, 240),
            "pos/services/closed": Position(960, 100, 300, 300, collapsed=True),
            "pos/services/users": Position(40, 100),
            "pos/services/gate": Position(340, 100),
            "pos/services/store": Position(640, 100),
        }
    )
    marks = {"gate": ("93 %", 7), "users": ("8.7/s", role_code("accent"))}
    return build(design).with_lens(LensValues(marks, {}, frozenset({"gate"})))


def test_svg_is_well_formed_and_places_cards_where_the_picture_does(picture: Picture) -> None:
    root = ElementTree.fromstring(svg_text(picture))
    boxes = {rect.get("id"): rect for rect in root.iter(f"{SVG}rect") if rect.get("id")}
    for row, key in enumerate(picture.nodes.ids):
        box = [float(boxes[key].get(name, "nan")) for name in ("x", "y", "width", "height")]
        assert box == picture.nodes.rects[row].tolist()
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert {"API gateway", "2 vCPU × 2", "93 %", "nightly", "Team <Search> & Co × 3", "private"} <= set(texts)
    view = [float(value) for value in root.get("viewBox", "").split()]
    assert view == pytest.approx(frame(picture))


def test_svg_lines_are_the_routes(picture: Picture) -> None:
    root = ElementTree.fromstring(svg_text(picture))
    starts = {line.get("points", "").split()[0] for line in root.iter(f"{SVG}polyline")}
    x, y = picture.flows.path(picture.flows.row["in"])[0].tolist()
    assert f"{x:g},{y:g}" in starts
    dashed = [line for line in root.iter(f"{SVG}polyline") if line.get("stroke-dasharray")]
    assert len(dashed) == 2


def test_svg_carries_its_typeface_and_follows_the_theme(picture: Picture, tmp_path: Path) -> None:
    text = svg_text(picture, "dark")
    assert "data:font/ttf;base64," in text
    assert theme("dark").canvas in text
    assert "@font-face" not in svg_text(picture, embed_fonts=False)
    write_svg(picture, tmp_path / "picture.svg")
    assert (tmp_path / "picture.svg").read_text("utf-8") == svg_text(picture)


def test_pdf_has_the_texts_as_text_and_only_embedded_fonts(picture: Picture) -> None:
    reader = pypdf.PdfReader(io.BytesIO(picture_pdf(picture)))
    (page,) = reader.pages
    text = page.extract_text()
    for word in ("API gateway", "Vector store", "Employees", "nightly", "Team Platform"):
        assert word in text
    fonts = page["/Resources"]["/Font"].values()
    descriptors = [font.get_object()["/FontDescriptor"].get_object() for font in fonts if "/FontDescriptor" in font]
    assert descriptors
    assert all("/FontFile2" in descriptor for descriptor in descriptors)
    _, _, width, height = frame(picture)
    assert [float(value) for value in page.mediabox[2:]] == pytest.approx([width * 0.75, height * 0.75], abs=0.01)


def test_pdf_text_stands_where_the_picture_says(picture: Picture) -> None:
    document = pypdfium2.PdfDocument(picture_pdf(picture))
    text_page = document[0].get_textpage()
    index, _ = text_page.search("API gateway").get_next()
    left, bottom, _, _ = text_page.get_charbox(index, loose=True)
    x, y, _, height = frame(picture)
    card_x, card_y = picture.nodes.rects[picture.nodes.row["gate"], :2].tolist()
    assert card_x + 30 < left / 0.75 + x < card_x + 60
    assert card_y < (height - bottom / 0.75) + y < card_y + 40
    document.close()


def test_paper_is_the_same_every_time(picture: Picture) -> None:
    assert picture_pdf(picture) == picture_pdf(picture)
    assert svg_text(picture) == svg_text(picture)
    assert png_bytes(picture) == png_bytes(picture)


def test_png_shows_cards_lines_and_ground(picture: Picture) -> None:
    image = Image.open(io.BytesIO(png_bytes(picture, scale=1.0))).convert("RGB")
    _, _, width, height = frame(picture)
    assert image.size == pytest.approx((width, height), abs=1.5)
    pixels = np.asarray(image)
    x, y, _, _ = frame(picture)

    def at(px: float, py: float) -> str:
        red, green, blue = pixels[round(py - y), round(px - x)].tolist()
        return f"#{red:02X}{green:02X}{blue:02X}"

    light = theme("light")
    assert at(x + MARGIN / 2, y + MARGIN / 2) == light.canvas
    gate = picture.nodes.rects[picture.nodes.row["gate"]]
    assert at(gate[0] + 2, gate[1] + 32) == light.scale[7]
    assert at(gate[0] + 160, gate[1] + 56) == light.card


def test_png_scales_and_refuses_nonsense(picture: Picture, tmp_path: Path) -> None:
    small, large = (Image.open(io.BytesIO(png_bytes(picture, scale=scale))) for scale in (0.5, 1.5))
    assert large.width == pytest.approx(3 * small.width, abs=4)
    write_png(picture, tmp_path / "picture.png", "dark", scale=0.5)
    with Image.open(tmp_path / "picture.png") as dark:
        assert dark.size == small.size
    with pytest.raises(ValueError, match="give a number above 0"):
        png_bytes(picture, scale=0)


def test_an_empty_design_can_be_drawn() -> None:
    empty = build(Design())
    ElementTree.fromstring(svg_text(empty))
    assert Image.open(io.BytesIO(png_bytes(empty))).size[0] > 10


def test_a_box_on_a_page_holds_the_picture_with_links(picture: Picture) -> None:
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=(400, 400), invariant=True, initialFontName="Helvetica")
    scale = draw_picture(canvas, picture, (50, 100, 300, 200), colors=theme("light"), link=lambda key: f"node-{key}")
    for key in (*picture.nodes.ids, "team", "closed"):
        canvas.bookmarkPage(f"node-{key}")
    canvas.save()
    (page,) = pypdf.PdfReader(io.BytesIO(data.getvalue())).pages
    _, _, width, height = frame(picture)
    assert scale == pytest.approx(min(300 / width, 200 / height))
    links = [annotation.get_object()["/Rect"] for annotation in page["/Annots"]]
    assert len(links) == len(picture.nodes) + 2
    for rect in links:
        x0, y0, x1, y1 = (float(value) for value in rect)
        assert min(x0, x1) >= 49
        assert max(x0, x1) <= 351
        assert min(y0, y1) >= 99
        assert max(y0, y1) <= 301
    flowable = PictureFlowable(picture, 300, 200)
    assert flowable.wrap(500, 700) == pytest.approx((300, height * scale))


def test_a_legend_stands_below_the_picture(picture: Picture) -> None:
    scale = Legend("Load at peak hour", tuple((step, f"{step}") for step in range(8)), "0 %", "100 %")
    root = ElementTree.fromstring(svg_text(picture, legend=scale))
    heights = {text.text: float(text.get("y", "nan")) for text in root.iter(f"{SVG}text")}
    assert heights["Load at peak hour"] > picture.bounds[3]
    assert {"0 %", "100 %"} <= set(heights)
    fills = {rect.get("fill") for rect in root.iter(f"{SVG}rect")}
    assert set(theme("light").scale) <= fills
    words = Legend("Against the baseline", ((role_code("added"), "added"), (role_code("removed"), "removed")))
    document = pypdf.PdfReader(io.BytesIO(picture_pdf(picture, legend=words)))
    assert "removed" in document.pages[0].extract_text()
    assert float(document.pages[0].mediabox[3]) > frame(picture)[3] * 0.75
