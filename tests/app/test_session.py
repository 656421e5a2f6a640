"""Session and evaluator: signals, variants, keeping as a project; newest wins and late results are dropped."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest

from app.evaluator import Evaluator, Outcome, Request, Tell, evaluate_request
from app.session import LENSES, Session, rewound
from app.words import in_words, use_language
from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import BRIEF_ID, Node
from models.frameworks import FRAMEWORKS
from models.lenses import LENSES as MODEL_LENSES
from models.report import Assessment
from models.storage.errors import StorageError
from models.storage.project import Project
from models.templates import templates


def rename(session: Session, element: str, name: str) -> None:
    node = session.design.elements[element]
    session.change([(element, msgspec.structs.replace(node, name=name))], f"Rename to {name}")


def test_lens_titles_are_those_of_the_models() -> None:
    assert [(lens.id, lens.title) for lens in MODEL_LENSES] == list(LENSES)


def test_one_signal_per_commit_with_what_changed(session, qtbot) -> None:
    with qtbot.waitSignal(session.design_changed) as blocker:
        rename(session, "web", "Shop front")
    delta, design = blocker.args
    assert set(delta.changes) == {"web"}
    assert design is session.design


def test_a_refused_edit_says_why_and_changes_nothing(session, qtbot) -> None:
    before = session.design
    with qtbot.waitSignal(session.refused) as blocker:
        done = session.change([("lost", Node("service", "Lost", context="nowhere"))], "Place")
    assert not done
    assert "nowhere" in blocker.args[0]
    assert session.design is before


def test_selection_lets_go_of_what_is_gone(session) -> None:
    session.select({"web", "stock"})
    session.change([("f1", None), ("f2", None), ("pos/services/web", None), ("web", None)], "Delete")
    assert session.selection == {"stock"}


def test_variants_keep_their_own_history(session) -> None:
    rename(session, "web", "A")
    session.add_variant("Second")
    assert session.design.node("web").name == "A"
    rename(session, "web", "B")
    session.show_variant(session.variants[0].id)
    assert session.design.node("web").name == "A"
    assert session.document.undo_label == "Rename to A"


def test_saving_keeps_design_and_history_in_the_file(session, tmp_path) -> None:
    start = session.design
    rename(session, "web", "A")
    rename(session, "web", "B")
    session.save_as(tmp_path / "shop.groundplan")
    rename(session, "web", "C")
    kept = session.design
    session.close()
    again = Session()
    again.open_project(Project.open(tmp_path / "shop.groundplan"))
    assert again.design == kept
    labels = [step.label for step in again.document.history.undo]
    assert labels == ["Rename to A", "Rename to B", "Pin the price list", "Rename to C"]
    for _ in labels:
        again.undo()
    assert again.design == start
    again.close()


def test_rewound_is_where_the_history_began(session) -> None:
    before = session.design
    rename(session, "web", "A")
    rename(session, "stock", "B")
    assert rewound(session.design, session.document.history.undo) == before


class Gate:
    """Work that waits until the test lets it go on, and notes what it was asked for."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.started = threading.Event()
        self.asked: list[tuple[int, object]] = []

    def __call__(self, request: Request, previous: object, tell: object) -> Outcome:
        self.asked.append((request.month, previous))
        self.started.set()
        assert self.open.wait(10)
        return Outcome(f"evaluation {request.month}", ())


def test_requests_coalesce_and_the_newest_wins(qtbot) -> None:
    gate = Gate()
    evaluator = Evaluator(gate)
    arrived: list[Outcome] = []
    evaluator.arrived.connect(arrived.append)
    evaluator.request(Request(Design(), 0))
    assert gate.started.wait(10)
    for month in range(1, 6):
        evaluator.request(Request(Design(), month))
    gate.open.set()
    qtbot.waitUntil(lambda: evaluator.is_idle)
    assert [outcome.evaluation for outcome in arrived] == ["evaluation 5"]
    assert gate.asked == [(0, None), (5, "evaluation 0")]


def test_a_forgotten_request_never_arrives(qtbot) -> None:
    gate = Gate()
    evaluator = Evaluator(gate)
    arrived: list[Outcome] = []
    evaluator.arrived.connect(arrived.append)
    evaluator.request(Request(Design(), 0))
    assert gate.started.wait(10)
    evaluator.forget()
    gate.open.set()
    qtbot.waitUntil(lambda: evaluator.is_idle)
    assert arrived == []


def test_parts_arrive_before_the_rest_and_a_newer_request_makes_the_rest_worthless(qtbot) -> None:
    going_on = threading.Event()
    wanted: list[bool] = []

    def work(request: Request, previous: object, tell: Tell) -> Outcome:
        wanted.append(tell(f"part {request.month}"))
        assert going_on.wait(10)
        wanted.append(tell("late part"))
        return Outcome(f"evaluation {request.month}", ())

    evaluator = Evaluator(work)
    parts: list[object] = []
    evaluator.part_arrived.connect(parts.append)
    evaluator.request(Request(Design(), 1))
    qtbot.waitUntil(lambda: parts == ["part 1"])
    evaluator.request(Request(Design(), 2))
    going_on.set()
    qtbot.waitUntil(lambda: evaluator.is_idle)
    assert wanted == [True, False, True, True]
    evaluator.request(Request(Design(), 3))
    evaluator.forget()
    qtbot.waitUntil(lambda: evaluator.is_idle)
    assert "part 3" not in parts


def test_the_assessment_that_is_looked_at_comes_first_and_whole() -> None:
    told: list[object] = []
    request = Request(templates()[0].variants[0].design, 0, framework="scaling")
    outcome = evaluate_request(request, None, lambda part: not told.append(part))
    assert told[0] is outcome.evaluation
    assert told[1] is told[2]
    assert told[1].framework == "scaling"
    assert [one.is_built for one in outcome.assessments] == [one.framework == "scaling" for one in outcome.assessments]
    assert [one.framework for one in outcome.assessments] == [framework.ID for framework in FRAMEWORKS]
    assert evaluate_request(request, None, lambda part: False).assessments == ()


def test_what_is_in_sight_is_told_before_the_rest_is_built() -> None:
    seen: list[int] = []

    def tell(part: object) -> bool:
        seen.append(len(part.built) if isinstance(part, Assessment) else 0)
        return True

    request = Request(templates()[0].variants[0].design, 0, framework="cost-optimization", in_sight=4)
    outcome = evaluate_request(request, None, tell)
    whole = next(one for one in outcome.assessments if one.framework == "cost-optimization")
    assert seen == [0, 4, len(whole.blocks)]
    assert len(whole.blocks) > 4


def test_the_worker_stands_back_while_a_part_is_shown(qtbot) -> None:
    order: list[str] = []

    def work(request: Request, previous: object, tell: Tell) -> Outcome:
        tell("part")
        order.append("went on")
        return Outcome("whole", ())

    evaluator = Evaluator(work)
    evaluator.part_arrived.connect(order.append)
    with qtbot.waitSignal(evaluator.arrived):
        evaluator.request(Request(Design(), 0))
    assert order == ["part", "went on"]


def test_a_failure_is_told_and_the_next_request_runs(qtbot) -> None:
    def work(request: Request, previous: object, tell: object) -> Outcome:
        if request.month == 0:
            raise RuntimeError("no such luck")
        return Outcome("fine", ())

    evaluator = Evaluator(work)
    with qtbot.waitSignal(evaluator.failed) as blocker:
        evaluator.request(Request(Design(), 0))
    assert "no such luck" in blocker.args[0]
    with qtbot.waitSignal(evaluator.arrived):
        evaluator.request(Request(Design(), 1))


def test_an_evaluator_that_is_gone_does_not_trouble_its_job(qtbot) -> None:
    import shiboken6
    from PySide6.QtCore import QThreadPool

    gate = Gate()
    evaluator = Evaluator(gate)
    evaluator.request(Request(Design(), 0))
    assert gate.started.wait(10)
    shiboken6.delete(evaluator)
    gate.open.set()
    assert QThreadPool.globalInstance().waitForDone(10_000)
    qtbot.wait(1)
    assert gate.asked == [(0, None)]


@pytest.mark.parametrize("count", [1, 3])
def test_new_variants_are_named_and_shown(session, count: int) -> None:
    for number in range(count):
        session.add_variant(f"Variant {number}")
    assert session.variant_name == f"Variant {count - 1}"
    assert len(session.variants) == count + 1


@contextmanager
def small_files(most: int) -> Iterator[None]:
    """Let no file grow beyond `most` bytes, as on a disk that is almost full."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("most", [1_000, 50_000, 90_000])
def test_saving_on_a_full_disk_keeps_the_file_that_was_there(session, tmp_path, most) -> None:
    path = tmp_path / "old.groundplan"
    Project.create(path, "Old").close()
    before = path.read_bytes()
    for number in range(30):
        rename(session, "web", f"{number}" * 500)
    with small_files(most), pytest.raises((StorageError, OSError)) as caught:
        session.save_as(path, overwrite=True)
    assert "Traceback" not in str(caught.value)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["old.groundplan"]
    assert session.design.node("web").name.startswith("29")
    assert not session.is_saved
    session.save_as(path, overwrite=True)
    assert session.is_saved
    assert len(session.document.history.undo) == 31
    session.close()


def test_a_refused_save_names_the_file_that_was_asked_for(session, tmp_path) -> None:
    (tmp_path / "file.txt").write_text("no folder")
    for folder in (tmp_path / "file.txt", tmp_path / "none"):
        path = folder / "shop.groundplan"
        with pytest.raises(StorageError) as refused:
            session.save_as(path)
        said = str(refused.value)
        assert said.startswith(f"“{path}” could not be ")
        assert ".saving" not in said
        assert in_words(refused.value) == said
    use_language("de")
    try:
        assert "“" not in in_words(refused.value).replace(f"„{path}“", "")
    finally:
        use_language("en")


def test_a_commit_on_a_full_disk_is_refused_and_nothing_is_lost(session, qtbot, tmp_path) -> None:
    path = tmp_path / "plan.groundplan"
    session.save_as(path)
    with small_files(path.stat().st_size), qtbot.waitSignal(session.refused) as blocker:
        note = msgspec.structs.replace(session.design.node("web"), name="Long", note="x" * 200_000)
        session.change([("web", note)], "Write a note")
    assert "nothing was changed" in blocker.args[0]
    assert session.design.node("web").name == "Web"
    rename(session, "web", "Fits")
    session.close()
    with Project.open(path) as kept:
        assert kept.design(kept.variants()[0].id).node("web").name == "Fits"


def test_a_folder_that_vanishes_refuses_the_commit(session, qtbot, tmp_path) -> None:
    folder = tmp_path / "stick"
    folder.mkdir()
    session.save_as(folder / "plan.groundplan")
    folder.rename(tmp_path / "gone")
    with qtbot.waitSignal(session.refused) as blocker:
        rename(session, "web", "Lost?")
    assert "plan.groundplan" in blocker.args[0]
    assert session.design.node("web").name == "Web"
    (tmp_path / "gone").rename(folder)
    rename(session, "web", "Back")
    assert session.design.node("web").name == "Back"
    session.close()


def test_texts_are_made_in_the_currency_of_the_design_that_is_evaluated() -> None:
    design = templates()[0].variants[0].design
    params = {**design.brief.params, "currency": "EUR", "units_per_usd": 0.9}
    euros = design.apply(Delta.of([(BRIEF_ID, design.brief, msgspec.structs.replace(design.brief, params=params))]))
    outcome = evaluate_request(Request(euros, 0, framework="cost-optimization"), None, lambda _: True)
    answer = next(str(one.answer) for one in outcome.assessments if one.framework == "cost-optimization")
    assert "€" in answer
    assert "$" not in answer
