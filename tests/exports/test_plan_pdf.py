"""The printed plan, read back from the file: figures, fonts, outline, links, and that nothing is cut or overlaps."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from pypdf import PdfReader

from exports.pdf import links
from exports.pdf.plan import plan_bytes, write_plan
from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import LONGEST_NAME, Brief, Flow, Node, Site
from models.evaluation import Evaluation, evaluate
from models.first_page import Part, first_page
from models.formatting import format_figure
from models.frameworks import assess_all
from models.templates import Template, templates
from tests.models.design.strategies import designs

DATE = "2026-11-23"
TEMPLATES = [template.id for template in templates()]
Box = tuple[float, float, float, float]


def chosen(template: Template) -> tuple[str, Design, str, Design]:
    """Return the chosen variant of a template and another one, with their names."""
    order = sorted(template.variants, key=lambda variant: not variant.design.brief.decision.startswith("Chosen"))
    return order[0].name, order[0].design, order[1].name, order[1].design


@pytest.fixture(scope="module", params=TEMPLATES)
def printed(request: pytest.FixtureRequest) -> tuple[Evaluation, Evaluation, bytes]:
    """The plan of a template beside an alternative."""
    template = next(each for each in templates() if each.id == request.param)
    name, design, other_name, other = chosen(template)
    evaluation, alternative = evaluate(design, load_catalog()), evaluate(other, load_catalog())
    data = plan_bytes(
        evaluation,
        assessments=assess_all(evaluation),
        alternative=alternative,
        title=template.title,
        variant_name=name,
        alternative_name=other_name,
        date=DATE,
    )
    return evaluation, alternative, data


def drawing(nodes: dict[str, Node], flows: dict[str, Flow], brief: Brief | None = None) -> Design:
    return Design({**nodes, **flows, "brief": brief or Brief(name="Trial")})


def small(rate: float = 5.0) -> Design:
    """Users who call one service, which is full at a high rate."""
    nodes = {
        "u": Node("users", "Users", {"peak_rate_rps": rate}),
        "s": Node("service", "Shop <&> more", {"service_time_ms": 20.0}, (Site(replicas=1),)),
    }
    return drawing(nodes, {"f": Flow("u", "s")})


def words(data: bytes) -> str:
    """Return the text of all pages as one line."""
    document = pypdfium2.PdfDocument(data)
    try:
        return " ".join(flat(page.get_textpage().get_text_bounded()) for page in document)
    finally:
        document.close()


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def squeezed(text: str) -> str:
    """Return text without any space, so that breaking a line changes nothing."""
    return re.sub(r"\s+", "", text)


def figures_of(evaluation: Evaluation, alternative: Evaluation) -> Iterator[Part]:
    content = first_page(evaluation, alternative, "a", "b")
    for statement in (content.decision, *content.answer):
        yield from statement
    for row in content.rows:
        yield row.recommended
        if row.alternative is not None:
            yield row.alternative


def test_page_one_prints_the_figures_of_the_evaluation(printed: tuple[Evaluation, Evaluation, bytes]) -> None:
    evaluation, alternative, data = printed
    text = squeezed(PdfReader(BytesIO(data)).pages[0].extract_text())
    parts = [part for part in figures_of(evaluation, alternative) if not isinstance(part, str)]
    assert len(parts) >= 6
    for figure in parts:
        assert squeezed(format_figure(figure)) in text, figure.id
    assert squeezed(format_figure(evaluation.figure("total/cost_per_month"))) in text
    for heading in ("DECISION WANTED", "THE ANSWER", "WHAT COULD GO WRONG", "WHAT WE DO NEXT", "HOW SURE", "SIGNED"):
        assert squeezed(heading) in text


def fonts(reader: PdfReader) -> dict[str, bool]:
    """Return the base names of all fonts of pages and forms, and whether the font program is embedded."""
    holders = [page["/Resources"] for page in reader.pages]
    for page in reader.pages:
        forms = page["/Resources"].get("/XObject", {})  # type: ignore[union-attr]
        holders += [form.get_object()["/Resources"] for form in forms.values()]
    found: dict[str, bool] = {}
    for resources in holders:
        for font in resources.get_object().get("/Font", {}).values():
            described = font.get_object().get("/FontDescriptor")
            found[str(font.get_object()["/BaseFont"])] = (
                described is not None and "/FontFile2" in described.get_object()
            )
    return found


def test_only_embedded_fonts_are_used(printed: tuple[Evaluation, Evaluation, bytes]) -> None:
    found = fonts(PdfReader(BytesIO(printed[2])))
    assert found
    assert all(found.values()), found
    assert all("GroundplanSans" in name for name in found), found
    assert b"Helvetica" not in printed[2]


def outline(reader: PdfReader) -> list[str]:
    def walk(entries: list[object]) -> Iterator[str]:
        for entry in entries:
            if isinstance(entry, list):
                yield from walk(entry)
            else:
                yield str(entry.title)  # type: ignore[attr-defined]

    return list(walk(reader.outline))  # type: ignore[arg-type]


def test_outline_metadata_and_page_numbers(printed: tuple[Evaluation, Evaluation, bytes]) -> None:
    reader = PdfReader(BytesIO(printed[2]))
    titles = outline(reader)
    for section in (
        "Page one",
        "Contents",
        "The drawing",
        "Figures",
        "Cost",
        "Assumptions",
        "How the figures come about",
    ):
        assert section in titles
    assert reader.metadata is not None
    assert reader.metadata.title
    assert reader.metadata.author
    assert reader.trailer["/Root"]["/Lang"] == "en-US"  # type: ignore[index]
    count = len(reader.pages)
    for number in (1, 2, count):
        assert f"{number} of {count}" in flat(reader.pages[number - 1].extract_text())


def test_contents_name_the_page_of_each_section(printed: tuple[Evaluation, Evaluation, bytes]) -> None:
    reader = PdfReader(BytesIO(printed[2]))
    text = flat(reader.pages[1].extract_text())
    assert "Contents" in text
    for entry in reader.outline:
        if not isinstance(entry, list) and entry.title in ("Cost", "Assumptions"):
            number = reader.get_destination_page_number(entry)
            assert number is not None
            assert re.search(rf"\b{number + 1}\b", text)
            assert str(entry.title) in flat(reader.pages[number].extract_text())


def test_figures_of_page_one_are_links(printed: tuple[Evaluation, Evaluation, bytes]) -> None:
    reader = PdfReader(BytesIO(printed[2]))
    links = [link.get_object() for link in reader.pages[0].get("/Annots", [])]
    assert len(links) >= 8
    pages = {page.indirect_reference.idnum: number for number, page in enumerate(reader.pages)}  # type: ignore[union-attr]
    targets = [(pages[link["/Dest"][0].idnum], *(str(part) for part in link["/Dest"][2:])) for link in links]
    assert all(target[0] > 1 for target in targets)
    assert len(set(targets)) >= 5, "each figure leads to a place of its own"


def text_boxes(page: pypdfium2.PdfPage) -> list[tuple[str, Box]]:
    text = page.get_textpage()
    found = []
    for number in range(text.count_rects()):
        box = text.get_rect(number)
        found.append((text.get_text_bounded(*box), box))
    text.close()
    return found


def overlap(first: Box, second: Box) -> float:
    """Return the shared area as a share of the smaller box."""
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / min((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second))


def test_nothing_leaves_a_page_and_nothing_overlaps_on_page_one(
    printed: tuple[Evaluation, Evaluation, bytes],
) -> None:
    document = pypdfium2.PdfDocument(printed[2])
    try:
        for page in document:
            width, height = page.get_size()
            for text, (left, bottom, right, top) in text_boxes(page):
                assert left >= 20, text
                assert right <= width - 20, text
                assert bottom >= 15, text
                assert top <= height - 15, text
        boxes = text_boxes(document[0])
        crossing = [
            (one, other)
            for place, (one, first) in enumerate(boxes)
            for other, second in boxes[place + 1 :]
            if one.strip() and other.strip() and overlap(first, second) > 0.2
        ]
        assert crossing == []
    finally:
        document.close()


def test_equal_plans_are_equal_bytes() -> None:
    evaluation = evaluate(small(), load_catalog())
    assert plan_bytes(evaluation, date=DATE) == plan_bytes(evaluate(small(), load_catalog()), date=DATE)


def test_a_saturated_design_has_no_page_one_but_says_what_is_missing() -> None:
    data = plan_bytes(evaluate(small(5_000.0), load_catalog()), date=DATE)
    page = flat(PdfReader(BytesIO(data)).pages[0].extract_text())
    assert "No decision can be taken yet" in page
    assert "Shop <&> more" in page
    assert "DECISION WANTED" not in page
    assert "approve" not in page.casefold()
    assert "Figures" in words(data)


def test_an_empty_design_prints_and_says_that_nothing_is_drawn() -> None:
    data = plan_bytes(evaluate(Design({"brief": Brief(name="Empty")}), load_catalog()), date=DATE)
    page = flat(PdfReader(BytesIO(data)).pages[0].extract_text())
    assert "Nothing is drawn yet" in page
    assert "$0" not in page


def test_an_unpriced_design_says_at_least() -> None:
    nodes = {
        "u": Node("users", "Users", {"peak_rate_rps": 2.0}),
        "s": Node("service", "Shop", {"vcpu": 2.0}, (Site(replicas=2),)),
        "m": Node("llm_api", "Model", {"model_api": "nobody/knows-this-model"}),
    }
    evaluation = evaluate(drawing(nodes, {"f": Flow("u", "s"), "g": Flow("s", "m")}), load_catalog())
    assert evaluation.figure("total/cost_per_month").bound == "at_least"
    data = plan_bytes(evaluation, date=DATE)
    page = flat(PdfReader(BytesIO(data)).pages[0].extract_text())
    assert "for at least $" in page
    assert "not known" in words(data)


def test_a_huge_design_prints_all_its_nodes() -> None:
    nodes = {f"n{number}": Node("service", f"Service {number}") for number in range(2_000)}
    nodes["u"] = Node("users", "Users", {"peak_rate_rps": 1.0})
    flows = {f"f{number}": Flow("u" if number < 20 else f"n{number - 20}", f"n{number}") for number in range(2_000)}
    data = plan_bytes(evaluate(drawing(nodes, flows), load_catalog()), date=DATE)
    text = words(data)
    for number in (0, 999, 1_999):
        assert f"Service {number} " in text


def test_nodes_without_a_row_are_not_linked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "MOST_ROWS", 3)
    template = templates()[0]
    evaluation = evaluate(template.variants[0].design, load_catalog())
    data = plan_bytes(evaluation, assessments=assess_all(evaluation), title=template.title, date=DATE)
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages)
    assert f"{len(evaluation.node_ids) - 3} further nodes are in the project file." in " ".join(text.split())


def test_letter_paper_and_unknown_paper() -> None:
    evaluation = evaluate(small(), load_catalog())
    box = PdfReader(BytesIO(plan_bytes(evaluation, paper="Letter", date=DATE))).pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == (612, 792)
    with pytest.raises(ValueError, match=r"A5.*choose A4 or Letter"):
        plan_bytes(evaluation, paper="A5", date=DATE)


def test_the_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    evaluation = evaluate(small(), load_catalog())
    path = tmp_path / "plan.pdf"
    write_plan(evaluation, path, date=DATE)
    assert path.read_bytes() == plan_bytes(evaluation, date=DATE)
    with pytest.raises(OSError, match=r"cannot be written: No such file or directory\. Choose another place"):
        write_plan(evaluation, tmp_path / "missing" / "plan.pdf", date=DATE)
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="cannot be written"):
        write_plan(evaluation, tmp_path / "folder", date=DATE)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder", "plan.pdf"]


def test_long_and_foreign_names_are_printed_or_named() -> None:
    nodes = {
        "u": Node("users", "Users " * 40),
        "s": Node("service", "x" * LONGEST_NAME, {"service_time_ms": 20.0}, (Site(replicas=1),)),
        "t": Node("service", "決済 service"),
    }
    evaluation = evaluate(drawing(nodes, {"f": Flow("u", "s"), "g": Flow("s", "t")}), load_catalog())
    data = plan_bytes(evaluation, title="T" * 400, variant_name="V" * 300, date=DATE)
    text = words(data)
    assert "no signs for 2 characters of its names" in text
    document = pypdfium2.PdfDocument(data)
    try:
        for page in document:
            width, height = page.get_size()
            for shown, (left, bottom, right, top) in text_boxes(page):
                assert left >= 20, shown
                assert right <= width - 20, shown
                assert bottom >= 15, shown
                assert top <= height - 15, shown
    finally:
        document.close()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(designs())
def test_any_design_prints(design: Design) -> None:
    reader = PdfReader(BytesIO(plan_bytes(evaluate(design, load_catalog()), date=DATE)))
    first = flat(reader.pages[0].extract_text())
    decided = "DECISION WANTED" in first
    assert decided != ("No decision can be taken yet" in first or "nothing to decide yet" in first)
    assert "How the figures come about" in outline(reader)
