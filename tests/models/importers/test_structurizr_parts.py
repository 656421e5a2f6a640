"""Parts of a Structurizr workspace that are easily lost: namesakes, instances of whole systems, lines to machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.importers import Imported, ImportProblem, import_files
from tests.models.importers.shared import flows, import_text, node, sentences


def of_model(folder: Path, model: str) -> Imported:
    return import_text(folder, f"workspace {{\n model {{\n{model}\n }}\n}}\n", "workspace.dsl")


def test_namesakes_beside_each_other_are_parts_of_their_own(tmp_path: Path) -> None:
    found = of_model(
        tmp_path,
        """
        a = softwareSystem "Orders"
        b = softwareSystem "Orders"
        c = softwareSystem "Billing"
        d = softwareSystem "Stock"
        a -> c "pays"
        b -> d "takes"
        """,
    )
    design = found.design
    names = {key: each.name for key, each in design.nodes.items()}
    drawn = [flow for flow in design.flows.values() if names[flow.source] == "Orders"]
    assert len({flow.source for flow in drawn}) == 2
    assert len({each.origin for each in design.nodes.values()}) == len(design.nodes)


SHOP = """
        shop = softwareSystem "Shop" {
            web = container "Web" "" "Nginx"
            data = container "Data" "" "PostgreSQL"
            web -> data "asks"
        }
        deploymentEnvironment "Live" {
            deploymentNode "Kubernetes cluster" {
                %s
            }
        }
"""


def test_an_instance_of_a_system_places_its_containers(tmp_path: Path) -> None:
    design = of_model(tmp_path, SHOP % "instances 2\nsoftwareSystemInstance shop").design
    for name in ("Web", "Data"):
        (site,) = node(design, name).sites
        assert site.boundary is not None
        assert (design.boundaries[site.boundary].kind, site.replicas) == ("cluster", 2)


def test_a_line_to_a_machine_leads_to_what_is_called_first_on_it(tmp_path: Path) -> None:
    machine = """
                balancer = infrastructureNode "Balancer" "" "Elastic Load Balancer"
                server = deploymentNode "Server" "" "EC2" {
                    containerInstance web
                    containerInstance data
                }
                balancer -> server "forwards"
    """
    found = of_model(tmp_path, SHOP % machine)
    assert ("Balancer", "Web") in flows(found.design)
    assert ("Balancer", "Data") not in flows(found.design)
    assert "between machines" not in sentences(found)


def test_a_link_in_an_included_folder_is_not_followed_out_of_it(tmp_path: Path) -> None:
    (tmp_path / "secret.dsl").write_text('a = softwareSystem "Secret"\n')
    folder = tmp_path / "work"
    (folder / "parts").mkdir(parents=True)
    (folder / "parts" / "shop.dsl").write_text('shop = softwareSystem "Shop"\n')
    text = "workspace {\n model {\n!include parts\n }\n}\n"
    assert node(import_text(folder, text, "workspace.dsl").design, "Shop")
    (folder / "parts" / "secret.dsl").symlink_to(tmp_path / "secret.dsl")
    with pytest.raises(ImportProblem, match=r"workspace\.dsl, line 3: secret\.dsl lies outside the folder"):
        import_text(folder, text, "workspace.dsl")


@pytest.mark.parametrize(
    "text",
    [
        "x" + "\n" * 60_000,
        "workspace {\n!script groovy {\n" + '"' + '\\"' * 300_000 + "\n}\n}\n",
        "<svg " * 13_000,
    ],
)
def test_texts_that_are_hard_to_tell_apart_are_refused_soon(tmp_path: Path, text: str) -> None:
    path = tmp_path / "w.dsl"
    path.write_text(text)
    with pytest.raises(ImportProblem):
        import_files([path])
