"""The command line: every command, its exit code, its sentences, and that no window is loaded."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from app.cli import main
from models.design.design import Design, from_text, to_text
from models.design.elements import Boundary, Brief, Flow, Node, Site
from models.storage.project import Project

ROOT = Path(__file__).parents[2]
SMALL = Design(
    {
        "u": Node("users", "Shoppers"),
        "a": Node("service", "Shop", sites=(Site("r", 2),)),
        "d": Node("relational", "Orders", sites=(Site("r"),)),
        "p": Boundary("provider", "AWS", params={"provider": "aws"}),
        "r": Boundary("region", "Frankfurt", parent="p", params={"region": "eu-central-1"}),
        "f": Flow("u", "a"),
        "g": Flow("a", "d"),
        "brief": Brief("Shop"),
    }
)


class Run:
    """What a command printed and returned."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Run a command in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Run:
        with pytest.raises(SystemExit) as caught:
            main(list(arguments))
        printed = capsys.readouterr()
        return Run(int(caught.value.code or 0), printed.out, printed.err)

    return call


@pytest.fixture
def design(tmp_path: Path) -> str:
    (tmp_path / "shop.json").write_text(to_text(SMALL), encoding="utf-8")
    return "shop.json"


@pytest.fixture
def project(tmp_path: Path) -> str:
    bigger = dict(SMALL.elements) | {"a": Node("service", "Shop", sites=(Site("r", 8),)), "c": Node("cache", "Cache")}
    designs = [("Small", SMALL), ("Big shop", Design(bigger))]
    Project.create(tmp_path / "shop.groundplan", "Shop plan", designs).close()
    return "shop.groundplan"


def _bad(result: Run, words: str, code: int = 2) -> None:
    """One sentence on stderr, nothing else, and the exit code."""
    assert result.code == code
    assert words in result.err
    assert "Traceback" not in result.err
    assert result.err.count("\n") == 1


def test_evaluate_prints_scoreboard_journeys_and_bill(run, design: str) -> None:
    result = run("evaluate", design)
    assert result.code == 0
    assert result.err == ""
    for words in ("Cost per month", "Answer complete p95", "Shoppers → Shop", "Fullest nodes", "bill"):
        assert words in result.out


def test_evaluate_json_holds_every_figure(run, project: str) -> None:
    result = run("evaluate", f"{project}#big SHOP", "--month", "6", "--json")
    view = json.loads(result.out)
    assert (view["format"], view["version"], view["month"]) == ("groundplan-evaluation", 1, 6)
    assert (view["project"], view["variant"]) == ("Shop plan", "Big shop")
    assert view["elements"] == {"nodes": 4, "flows": 2, "boundaries": 2}
    cost = view["totals"]["cost_per_month"]
    assert cost["unit"] == "USD/month"
    assert cost["value"] > 0
    assert {node["name"] for node in view["nodes"]} == {"Shoppers", "Shop", "Orders", "Cache"}
    assert all(0 < journey["figures"]["availability"]["value"] < 1 for journey in view["journeys"])
    billed = sum(line["usd_per_month"] or 0 for line in view["bill"])
    assert billed == pytest.approx(cost["value"], rel=1e-9)


def test_same_design_gives_the_same_figures_from_every_form(run, project: str, tmp_path: Path) -> None:
    assert run("export", "-f", "json", project, "-o", "out.json").code == 0
    assert run("export", "-f", "text", project, "-o", "text").code == 0
    assert from_text((tmp_path / "out.json").read_bytes()) == SMALL
    totals = [json.loads(run("evaluate", name, "--json").out)["totals"] for name in (project, "out.json", "text")]
    for other in totals[1:]:
        for name, figure in totals[0].items():
            expected = figure["value"]
            assert other[name]["value"] == (expected if expected is None else pytest.approx(expected, rel=1e-12)), name


def test_a_template_is_written_as_text(run, tmp_path: Path) -> None:
    assert run("export", "-f", "text", "template:assistant", "-o", "text").code == 0
    assert json.loads(run("evaluate", "text", "--json").out)["totals"]["cost_per_month"]["value"] > 0


def test_compare_names_figures_and_changes(run, project: str) -> None:
    result = run("compare", project, f"{project}#Big shop")
    assert result.code == 0
    assert "worse" in result.out
    assert "added    node “Cache”" in result.out
    assert "sites" in result.out
    view = json.loads(run("compare", f"{project}#small", f"{project}#Big shop", "--json").out)
    cost = view["figures"]["cost_per_month"]
    assert cost["difference"] == pytest.approx(cost["after"]["value"] - cost["before"]["value"])
    assert cost["verdict"] == "worse"
    assert [(change["id"], change["change"]) for change in view["changes"]] == [("a", "changed"), ("c", "added")]
    assert view["changes"][0]["leaves"][0]["path"] == "sites"


def test_comparing_a_plan_with_itself_finds_nothing(run, design: str) -> None:
    view = json.loads(run("compare", design, design, "--json").out)
    assert view["changes"] == []
    assert {figure["verdict"] for figure in view["figures"].values()} <= {"same", "unknown"}


def test_check_is_a_gate(run, design: str) -> None:
    assert (
        run("check", design, "--max-monthly-cost", "1e6", "--min-availability", "50", "--max-p95-ms", "1e6").code == 0
    )
    missed = run("check", design, "--max-monthly-cost", "1", "--min-availability", "99.99999", "--max-p95-ms", "1")
    assert missed.code == 1
    assert missed.err.count("allowed is") == 3
    assert "The cost per month is" in missed.err
    _bad(run("check", design), "Name at least one limit")
    _bad(run("check", design, "--min-availability", "101"), "101")


def test_check_does_not_pass_what_is_not_known(run, tmp_path: Path) -> None:
    (tmp_path / "lone.json").write_text(to_text(Design({"a": Node("service", "Lone")})))
    result = run("check", "lone.json", "--max-p95-ms", "100")
    assert result.code == 1
    assert "not known" in result.err


def test_findings_fail_on_errors_only(run, design: str, tmp_path: Path) -> None:
    quiet = run("findings", design)
    assert "error " not in quiet.out
    assert quiet.code == 0
    flood = Design(dict(SMALL.elements) | {"u": Node("users", "Shoppers", {"peak_rate_rps": 1e6})})
    (tmp_path / "flood.json").write_text(to_text(flood))
    loud = run("findings", "flood.json")
    assert loud.code == 1
    assert "“Shop” cannot carry its load" in loud.out
    view = json.loads(run("findings", "flood.json", "--json").out)
    saturated = [finding for finding in view["findings"] if finding["rule"] == "saturated"]
    assert saturated[0]["severity"] == "error"
    assert saturated[0]["elements"] == ["a"]


def test_new_project_opens_empty_and_is_not_overwritten(run, tmp_path: Path) -> None:
    assert run("new", "plan.groundplan", "--title", "Mine").code == 0
    with Project.open(tmp_path / "plan.groundplan") as made:
        assert made.title == "Mine"
        made_design = made.design(made.variants()[0].id)
        assert set(made_design.elements) == {"brief"}
        assert made.shelf.catalog(made_design.brief.catalog_digest)
    _bad(run("new", "plan.groundplan"), "exists already")
    _bad(run("new", "missing/plan.groundplan"), "could not be created")
    _bad(run("new", "other.groundplan", "--template", "nonsense"), "There is no template “nonsense”. The templates are")


def test_project_from_a_template_has_its_variants(run, tmp_path: Path) -> None:
    view = json.loads(run("templates", "--json").out)
    chosen = view["templates"][0]
    assert chosen["id"] in run("templates").out
    assert run("new", "plan.groundplan", "--template", chosen["id"]).code == 0
    with Project.open(tmp_path / "plan.groundplan") as made:
        assert [variant.name for variant in made.variants()] == chosen["variants"]
        assert made.title == chosen["title"]
    stored = json.loads(run("evaluate", f"plan.groundplan#{chosen['variants'][1]}", "--json").out)
    shipped = json.loads(run("evaluate", f"template:{chosen['id']}#{chosen['variants'][1]}", "--json").out)
    assert stored["totals"]["cost_per_month"]["value"] == pytest.approx(shipped["totals"]["cost_per_month"]["value"])


COMPOSE = """
services:
  web: {image: "nginx:1.29", ports: ["80:80"], environment: {API: "http://api:8000"}}
  api: {image: "example/api:1", environment: {DATABASE_URL: "postgresql://u:p@db:5432/x"}}
  db: {image: "postgres:17"}
"""


def test_compose_file_becomes_a_project(run, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    result = run("import", "compose.yaml", "-o", "shop.groundplan", "--title", "Shop")
    assert result.code == 0
    assert "nodes" in result.out
    view = json.loads(run("evaluate", "shop.groundplan", "--json").out)
    assert view["project"] == "Shop"
    names = {node["name"] for node in view["nodes"]}
    assert {"web", "api", "db"} <= names
    _bad(run("import", "nowhere.yaml", "-o", "x.groundplan"), "nowhere.yaml")
    (tmp_path / "bad.yaml").write_text("services: [\n")
    _bad(run("import", "bad.yaml", "-o", "x.groundplan"), "bad.yaml")
    assert not (tmp_path / "x.groundplan").exists()


def test_plan_is_printed(run, project: str, tmp_path: Path) -> None:
    assert run("export", "-f", "pdf", project, "-o", "plan.pdf", "--alternative", f"{project}#Big shop").code == 0
    assert (tmp_path / "plan.pdf").read_bytes().startswith(b"%PDF-")
    _bad(run("export", "-f", "pdf", project, "-o", "missing/plan.pdf"), "cannot be written")


def test_demo_does_the_whole_job(run, tmp_path: Path) -> None:
    result = run("demo", "-o", "out")
    assert (result.code, result.err) == (0, "")
    assert "Read a Compose file" in result.out
    assert "Changes" in result.out
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {Path(name).suffix for name in written} == {".groundplan", ".pdf", ".svg"}
    assert all(name in result.out for name in written)
    (tmp_path / "file").touch()
    _bad(run("demo", "-o", "file"), "folder for the demo cannot be made")


def test_drawings_are_written(run, project: str, tmp_path: Path) -> None:
    assert run("export", "-f", "svg", project, "-o", "plan.svg").code == 0
    assert "Shoppers" in (tmp_path / "plan.svg").read_text(encoding="utf-8")
    assert run("export", "-f", "png", project, "-o", "plan.png", "--view", "deployment").code == 0
    assert (tmp_path / "plan.png").read_bytes().startswith(b"\x89PNG\r\n")
    _bad(run("export", "-f", "svg", project, "-o", "missing/plan.svg"), "cannot be written")
    (tmp_path / "empty.json").write_text(to_text(Design()))
    _bad(run("export", "-f", "svg", "empty.json", "-o", "empty.svg"), "Nothing is drawn yet")


def test_figures_are_written_as_a_workbook_and_as_tables(run, project: str, tmp_path: Path) -> None:
    assert run("export", "-f", "xlsx", project, "-o", "plan.xlsx").code == 0
    with zipfile.ZipFile(tmp_path / "plan.xlsx") as book:
        assert "xl/worksheets/sheet5.xml" in book.namelist()
    assert run("export", "-f", "csv", project, "-o", "tables").code == 0
    written = {path.name for path in (tmp_path / "tables").iterdir()}
    panels = {"architecture_patterns.csv", "cloud_selection.csv", "cost_optimization.csv", "scaling.csv"}
    assert written == {"figures.csv", "bill.csv", "horizon.csv", "findings.csv", "assumptions.csv", *panels}
    with (tmp_path / "tables" / "figures.csv").open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.reader(source))
    assert rows[0][:3] == ["Belongs to", "Figure", "Value"]
    assert len({len(row) for row in rows}) == 1
    _bad(run("export", "-f", "csv", project, "-o", "figures.csv"), "Name a folder")
    _bad(run("export", "-f", "csv", project, "-o", "missing/tables"), "cannot be written")


def test_manifests_are_written_one_file_a_cluster(run, project: str, tmp_path: Path) -> None:
    elements = dict(SMALL.elements) | {"b": Node("service", "Stock", sites=(Site("r", 2),)), "h": Flow("a", "b")}
    (tmp_path / "two.json").write_text(to_text(Design(elements)))
    assert run("export", "-f", "kubernetes", "two.json", "-o", "cluster").code == 0
    (path,) = (tmp_path / "cluster").iterdir()
    documents = list(YAML(typ="safe").load_all(path.read_text(encoding="utf-8")))
    assert {document["kind"] for document in documents} >= {"Namespace", "Deployment", "Service"}
    (tmp_path / "empty.json").write_text(to_text(Design()))
    _bad(run("export", "-f", "kubernetes", "empty.json", "-o", "none"), "no service of yours is placed in a cluster")
    assert not (tmp_path / "none").exists()
    (tmp_path / "taken").touch()
    _bad(run("export", "-f", "kubernetes", project, "-o", "taken"), "Name a folder")


def test_catalog_tells_age_and_gaps_and_takes_own_prices(run, tmp_path: Path) -> None:
    assert "Not known" in run("catalog").out
    view = json.loads(run("catalog", "--json").out)
    assert view["format"] == "groundplan-catalog"
    assert {"section", "records", "oldest", "newest", "sources"} <= view["sections"][0].keys()
    (tmp_path / "own.csv").write_text("provider,region\n")
    refused = run("catalog", "--prices", "own.csv")
    assert refused.code == 2
    assert "own.csv, line 1: column item is missing" in refused.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"services: {}", "not a Groundplan project"),
        (b"SQLite format 3\x00" + bytes(200), "database of another program"),
    ],
)
def test_bad_project_is_one_sentence(run, tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "bad.groundplan").write_bytes(content)
    for command in (["evaluate"], ["findings"], ["compare", "bad.groundplan"], ["check", "--max-p95-ms", "1"]):
        _bad(run(*command, "bad.groundplan"), words)
    assert (tmp_path / "bad.groundplan").read_bytes() == content


def test_bad_names_are_one_sentence(run, project: str, design: str) -> None:
    _bad(run("evaluate", "nowhere.groundplan"), "There is no file “nowhere.groundplan”")
    _bad(run("evaluate", "nowhere.json"), "There is no file “nowhere.json”")
    _bad(run("evaluate", f"{project}#Third"), "no variant “Third”. It has “Small”, “Big shop”")
    _bad(run("evaluate", f"{project}#Small", "--variant", "Big shop"), "Give one of them")
    _bad(run("evaluate", f"{design}#Third"), "has no variant “Third”")
    _bad(run("evaluate", "template:nonsense"), "There is no template “nonsense”")
    _bad(run("evaluate", design, "--month", "-1"), "-1")
    _bad(run("nonsense"), "No such command 'nonsense'")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells by its environment")
def test_window_without_a_display_is_refused(run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    _bad(run("open"), "There is no display to open a window on")


def test_bad_design_names_the_file_and_the_place(run, tmp_path: Path) -> None:
    text = to_text(SMALL).replace('"kind": "users"', '"kind": 7')
    (tmp_path / "bad.json").write_text(text, encoding="utf-8")
    _bad(
        run("evaluate", "bad.json"),
        "bad.json: This is not a Groundplan design: the element u (“Shoppers”) is not valid: Expected `str`, got `int`",
    )


def test_value_that_cannot_be_is_named(run, tmp_path: Path) -> None:
    wrong = Design(dict(SMALL.elements) | {"f": Flow("u", "a", name="Buy", params={"calls": "often"})})
    (tmp_path / "wrong.json").write_text(to_text(wrong), encoding="utf-8")
    result = run("evaluate", "wrong.json")
    assert result.code in (0, 2)
    if result.code == 2:
        _bad(result, "wrong.json cannot be evaluated. “Buy”: ")
    else:
        assert "1 error" in result.out


def test_fault_of_the_program_goes_to_the_log(
    run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, design: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("app.fault_log.log_path", lambda: tmp_path / "state" / "groundplan.log")

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a fault for the test")

    monkeypatch.setattr("exports.text.evaluation_text", broken)
    _bad(run("evaluate", design), "ZeroDivisionError: a fault for the test", code=3)
    assert "Traceback" in (tmp_path / "state" / "groundplan.log").read_text(encoding="utf-8")


WITHOUT_QT = """
import sys
from app.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    code = end.code or 0
windowed = sorted({name.split(".")[0] for name in sys.modules} & {"PySide6", "shiboken6", "pyqtgraph", "superqt"})
sys.exit(f"loaded {windowed}" if windowed else code)
"""


@pytest.mark.parametrize(
    "command",
    [
        ["--help"],
        ["evaluate", "shop.groundplan", "--json"],
        ["compare", "shop.groundplan", "shop.json"],
        ["check", "shop.json", "--max-p95-ms", "1e6"],
        ["export", "-f", "svg", "shop.json", "-o", "x.svg"],
        ["export", "-f", "png", "shop.json", "-o", "x.png"],
        ["export", "-f", "text", "shop.json", "-o", "x"],
        ["new", "x.groundplan"],
        ["catalog"],
        ["findings", "shop.json"],
        ["demo"],
    ],
    ids=lambda command: " ".join(command[:3]),
)
def test_qt_is_never_loaded(project: str, design: str, tmp_path: Path, command: list[str]) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_QT, *command],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_module_starts_like_the_command(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from app.cli import main; main(['--version'])"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.startswith("groundplan ")
