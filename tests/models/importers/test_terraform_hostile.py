"""Plans that are broken, hostile, huge or something else: a sentence, or a drawing, and nothing else."""

from __future__ import annotations

import json
import random
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.catalog.catalog import load_catalog
from models.design.ids import seeded_ids
from models.design.kinds import problems
from models.evaluation import evaluate
from models.importers import ImportProblem, import_files
from models.importers.terraform.references import References
from models.importers.terraform.table import provider_of_type, tables, type_rule
from models.importers.terraform.values import every, without
from models.interruption import Interrupted, interruptible
from tests.models.importers.terraform_plans import PlanText, aws_shop

NESTED = '{"format_version": "1.2", "terraform_version": "1.9", "planned_values": ' + "[" * 5000 + "]" * 5000 + "}"
DEEP = '{"format_version": "1.2", "planned_values": ' + '{"root_module": ' * 200 + "1" + "}" * 201


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"format_version":"1.2","terraform_version":"1.9",\n"planned_values": {"a": }}', "line 2, column 25"),
        ('{"format_version":"1.2","terraform_version":"1.9",', "line 1, column 51: this is not valid JSON"),
        (NESTED, "nested deeper than 128 levels"),
        (DEEP, "nested deeper than 128 levels"),
        ('{"format_version": "1.2", "terraform_version": "1.9"}', "holds no values of resources: run “terraform plan"),
        ('{"format_version": "1.2", "planned_values": {}}', "holds no resources"),
        ('{"format_version": "1.2", "planned_values": {"root_module": {"resources": 5, "child_modules": 1}}}', "no"),
        ('{"@level": "info", "@message": "Terraform 1.9", "type": "version"}', "is the log of “terraform plan -json”"),
        ('{"resource": {"aws_instance": {"web": {}}}}', "is Terraform code, not a plan of it: run “terraform plan"),
        ('resource "aws_instance" "web" {\n  ami = "x"\n}\n', "is Terraform code, not a plan of it"),
        ('# shop\nmodule "vpc" {\n  source = "./vpc"\n}\n', "is Terraform code, not a plan of it"),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused_with_what_to_do(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(content)
    with pytest.raises(ImportProblem, match=words):
        import_files([path])


def test_a_plan_in_the_form_of_terraform_itself_is_named(tmp_path: Path) -> None:
    path = tmp_path / "plan.bin"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tfplan", b"\x08\x03")
    with pytest.raises(ImportProblem, match=r"run “terraform show -json plan\.bin > plan\.json”"):
        import_files([path])


def test_what_terraform_prints_for_people_is_named(tmp_path: Path) -> None:
    path = tmp_path / "plan.txt"
    path.write_text(
        "Terraform used the selected providers to generate the following execution\n"
        "plan. Resource actions are indicated with the following symbols:\n  + create\n\n"
        "Terraform will perform the following actions:\n\n  # aws_instance.a will be created\n"
    )
    with pytest.raises(ImportProblem, match="is what Terraform prints for people"):
        import_files([path])


def test_a_plan_that_only_deletes_leaves_nothing(tmp_path: Path) -> None:
    plan = PlanText(aws={"region": "us-east-1"}).add("aws_instance.a", {}, actions=["delete"])
    with pytest.raises(ImportProblem, match="nothing is left: it deletes 1 resource"):
        plan.imported(tmp_path)


def test_a_plan_of_roles_only_cannot_be_drawn(tmp_path: Path) -> None:
    with pytest.raises(ImportProblem, match=r"holds 1 resource and none that can be drawn \(aws_iam_role\)"):
        PlanText().add("aws_iam_role.a", {}).imported(tmp_path)


def test_a_plan_in_utf_16_is_read(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(json.dumps(aws_shop().content()).encode("utf-16"))
    assert len(import_files([path]).design.nodes) == 19


def test_modules_that_call_one_another_for_ever_end(tmp_path: Path) -> None:
    plan = PlanText(aws={"region": "us-east-1"})
    plan.module("module.a", {"x": ["module.b.y"]}, {"y": ["var.x"]}).module(
        "module.b", {"x": ["module.a.y"]}, {"y": ["var.x"]}
    )
    plan.add("module.a.aws_lambda_function.f", {"function_name": "f"}, {"environment.variables": ["var.x"]})
    assert len(plan.imported(tmp_path).design.nodes) == 2


def test_hops_in_a_ring_end(tmp_path: Path) -> None:
    plan = PlanText(aws={"region": "us-east-1"})
    plan.add("aws_iam_policy.a", {}, {"policy": ["aws_iam_policy.b.arn"]}).add(
        "aws_iam_policy.b", {}, {"policy": ["aws_iam_policy.a.arn"]}
    )
    plan.add("aws_lambda_function.f", {"function_name": "f"}, {"role": ["aws_iam_policy.a.arn"]})
    assert len(plan.imported(tmp_path).design.nodes) == 2


@pytest.mark.parametrize("written", [-1, 1e300, "a", "", None, [], {}, True, [[[]]], "9" * 400])
def test_counts_and_sizes_that_are_none_do_no_harm(tmp_path: Path, written: Any) -> None:
    plan = PlanText(aws={"region": "us-east-1"})
    plan.add("aws_ecs_service.s", {"name": written, "desired_count": written, "tags": written})
    plan.add("aws_db_instance.d", {"instance_class": written, "allocated_storage": written, "multi_az": written})
    plan.add("aws_lambda_function.f", {"memory_size": written, "timeout": written, "environment": written})
    plan.add("aws_msk_cluster.k", {"number_of_broker_nodes": written, "broker_node_group_info": written})
    plan.add("aws_instance.i", {"availability_zone": written, "instance_type": written, "root_block_device": written})
    design = plan.imported(tmp_path).design
    assert len(design.nodes) == 6
    assert not [sentence for element in design.elements.values() for sentence in problems(element)]
    evaluate(design, load_catalog())


def mangled(value: Any, source: random.Random) -> Any:
    """Return the value with one in forty of its parts replaced by something else."""
    if source.random() < 1 / 40:
        return source.choice(
            [None, True, -1, 1e308, "x", "${a}", [], {}, [[]], {"references": [5]}, "module..", "aws_.a[", "var."]
        )
    if isinstance(value, dict):
        return {key: mangled(inner, source) for key, inner in value.items()}
    if isinstance(value, list):
        return [mangled(inner, source) for inner in value]
    return value


@pytest.mark.parametrize("seed", range(6))
def test_plans_broken_at_random_are_drawn_or_refused(tmp_path: Path, seed: int) -> None:
    source, content, drawn = random.Random(seed), aws_shop().content(), 0
    path = tmp_path / "plan.json"
    for _ in range(15):
        path.write_text(json.dumps(mangled(content, source)))
        with suppress(ImportProblem):
            evaluate(import_files([path], seeded_ids(seed)).design, load_catalog())
            drawn += 1
    assert drawn


def test_reading_a_plan_can_be_given_up(tmp_path: Path) -> None:
    plan = PlanText(aws={"region": "us-east-1"})
    plan.add("aws_sqs_queue.q", {"name": "q"}, indices=[f"k{number}" for number in range(3000)])
    path = plan.write(tmp_path)
    asked = iter([False] * 4 + [True] * 10_000)
    with interruptible(lambda: next(asked)), pytest.raises(Interrupted):
        import_files([path])


def test_copies_without_number_are_one_node(tmp_path: Path) -> None:
    plan = PlanText(aws={"region": "us-east-1"})
    plan.add("aws_instance.web", {"instance_type": "m5.large"}, indices=range(2000))
    design = plan.imported(tmp_path).design
    assert sorted(sum(site.replicas for site in each.sites) for each in design.nodes.values()) == [1, 2000]


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**6) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b", "name", "id"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(_json, _json)
def test_nothing_that_is_marked_as_secret_is_left(values: Any, secret: Any) -> None:
    def hidden(value: Any, mark: Any) -> bool:
        """Return whether nothing of the value is visible where the mark says so."""
        if mark is True:
            return value is None
        if isinstance(value, dict) and isinstance(mark, dict):
            return all(hidden(inner, mark.get(key)) for key, inner in value.items())
        if isinstance(value, list) and isinstance(mark, list):
            return all(hidden(inner, each) for inner, each in zip(value, mark, strict=False))
        return True

    assert hidden(without(values, secret), secret)


@settings(max_examples=60)
@given(_json, st.lists(st.sampled_from(["a", "b", "*", "name@json", "x"]), min_size=1, max_size=4))
def test_any_path_in_any_value_ends(values: Any, path: list[str]) -> None:
    assert len(list(every(values, ".".join(path)))) <= 400


@settings(max_examples=40)
@given(_json)
def test_any_configuration_is_read(module: Any) -> None:
    root = {
        "resources": [{"type": "a_b", "name": "c", "mode": "managed", "expressions": module}],
        "module_calls": {"m": module},
    }
    assert ("", "a_b.c") in References(root).of


def test_every_type_of_the_tables_belongs_to_its_provider() -> None:
    for table in tables():
        for name in (*table.types, *table.like):
            assert provider_of_type(name) == table.provider, name
            assert type_rule(name) is not None, name


def test_texts_that_are_hard_to_match_are_read_soon(tmp_path: Path) -> None:
    plan = PlanText(aws={"region": "us-east-1"})
    plan.add("aws_lambda_function.f", {"function_name": "f"})
    plan.add("aws_scheduler_schedule.s", {"name": "s", "schedule_expression": "cron(" + " " * 300_000})
    content = plan.content()
    references = {"environment": {"references": ["a" + ".a" * 200_000]}}
    content["configuration"]["root_module"]["resources"][0]["expressions"] = references
    content["planned_values"]["root_module"]["resources"][0]["address"] = "module.a[" * 50_000
    content["planned_values"]["root_module"]["child_modules"] = [
        {**content["planned_values"]["root_module"], "address": "module.a[" * 50_000}
    ]
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(content))
    assert len(import_files([path]).design.nodes) >= 2
