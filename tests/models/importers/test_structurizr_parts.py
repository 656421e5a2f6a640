"""Parts of a Structurizr workspace that are easily lost: namesakes, instances of whole systems, lines to machines."""

from __future__ import annotations

from pathlib import Path

from models.importers import Imported
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
