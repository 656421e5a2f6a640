"""Studies beside the design: kept per kind and variant, shown again, and stale when the design is newer."""

import pytest

from app.kept_studies import keep_study, kept_studies
from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.edits import set_params
from models.evaluation import evaluate
from models.frameworks import assess_all, missing_studies, with_studies
from models.storage.project import Project
from models.studies.kept import KINDS, from_value, kind_of, to_value
from models.studies.provider_costs import design_digest
from models.templates import template


@pytest.fixture(scope="module")
def evaluation():
    return evaluate(template("vision").variants[0].design, load_catalog())


@pytest.fixture(scope="module")
def results(evaluation):
    return with_studies(evaluation)


@pytest.fixture
def project(tmp_path, evaluation):
    made = Project.create(tmp_path / "vision.groundplan", "Vision", [("Plan", evaluation.design)])
    yield made
    made.close()


def test_every_result_is_read_back_equal(results) -> None:
    assert {kind_of(result) for result in results} == set(KINDS)
    for result in results:
        assert from_value(kind_of(result), to_value(result)) == result


def test_a_form_that_is_not_known_is_run_again(results) -> None:
    assert from_value("simulation", {"design": 1}) is None
    assert from_value("crystal-ball", {}) is None
    assert kind_of(object()) is None


def test_a_project_shows_its_studies_again_and_asks_for_none(project, evaluation, results) -> None:
    variant = project.variants()[0].id
    for result in (*results, results[-1]):
        keep_study(project, variant, evaluation, result)
    stored = project.shelf.studies(variant)
    assert sorted(study.kind for study in stored) == sorted(KINDS)
    assert {study.design_digest for study in stored} == {design_digest(evaluation.design)}
    assert {study.catalog_digest for study in stored} == {evaluation.catalog.digest}
    path = project.path
    project.close()
    with Project.open(path) as opened:
        kept = kept_studies(opened, variant)
        assert missing_studies(evaluation, kept) == ()
        assert assess_all(evaluation, kept) == assess_all(evaluation, results)
    assert kept_studies(None, variant) == ()


def test_kept_studies_of_an_older_design_are_asked_for_again(project, evaluation, results) -> None:
    variant = project.variants()[0].id
    for result in results:
        keep_study(project, variant, evaluation, result)
    key, users = next((key, node) for key, node in evaluation.design.nodes.items() if node.kind == "users")
    busier = set_params(users, {"peak_rate_rps": 77.0})
    newer = evaluate(Design(dict(evaluation.design.elements) | {key: busier}), load_catalog())
    kept = kept_studies(project, variant)
    assert missing_studies(newer, kept)
    assert "changed since" in str(assess_all(newer, kept)) or "older design" in str(assess_all(newer, kept))


def test_a_window_opens_a_project_with_its_studies(project, evaluation, results, window) -> None:
    variant = project.variants()[0].id
    for result in results:
        keep_study(project, variant, evaluation, result)
    path = project.path
    project.close()
    window.session.open_project(Project.open(path))
    assert set(map(type, window.studies.results)) == set(KINDS.values())
    shelf = window.session.project.shelf
    newest = kind_of(window.studies.results[-1])
    shelf.delete_study(next(study.id for study in shelf.studies(variant) if study.kind == newest))
    window.studies.made_for = evaluation
    window.studies.arrived.emit(window.studies.results)
    assert newest in {study.kind for study in shelf.studies(variant)}
