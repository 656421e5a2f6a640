"""Workspaces of Structurizr, in the DSL and as JSON, become designs; nothing in them is run or read from outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary
from models.design.ids import seeded_ids
from models.evaluation import evaluate
from models.importers import Imported, ImportProblem, import_files
from models.importers.reimport import reimport
from tests.models.importers.shared import files_below, flows, import_text, imported, needs_shared, node, sentences

SHOP = '''
workspace "Shop" "Sells things." {
    !identifiers hierarchical
    model {
        buyer = person "Buyer" "Buys things." "Customer"
        group "Store" {
            shop = softwareSystem "Shop" "The shop." {
                web = container "Web" "What buyers see." "Nginx"
                api = container "API" """Takes orders,
                    and gives answers.""" "Java and Spring Boot" {
                    orders = component "Orders" "Keeps orders." "Spring Bean"
                    mail = component "Mail" "Writes mail."
                }
                db = container "Data" "Keeps it." "PostgreSQL" "Database"
                events = container "Events" "Tells others." "Apache Kafka" {
                    properties {
                        owner "Team A"
                    }
                }
            }
        }
        bank = softwareSystem "Bank" "Takes money." "External"

        buyer -> shop "Buys with"
        buyer -> shop.web "Visits" "HTTPS"
        shop.web -> shop.api "Calls" "JSON/HTTPS"
        shop.api.orders -> shop.db "Reads and writes" "SQL"
        shop.api.orders -> shop.events "Publishes orders"
        shop.api.mail -> bank "Charges" "" "Asynchronous"
        shop -> bank "Charges cards with"

        deploymentEnvironment "Test" {
            deploymentNode "Laptop" {
                containerInstance shop.api
            }
        }
        deploymentEnvironment "Production" {
            deploymentNode "Amazon Web Services" "" "" "Amazon Web Services - Cloud" {
                deploymentNode "eu-west-1" {
                    lb = infrastructureNode "Balancer" "" "Elastic Load Balancer"
                    deploymentNode "Autoscaling group" {
                        deploymentNode "Host" "" "Ubuntu" "" 3 {
                            instance = containerInstance shop.api {
                                lb -> this "Forwards to" "HTTPS"
                            }
                        }
                    }
                    deploymentNode "Primary" {
                        containerInstance shop.db
                    }
                }
                deploymentNode "us-east-1" {
                    deploymentNode "Spare" "" "" "Failover" {
                        containerInstance shop.db
                    }
                }
            }
        }
    }
    views {
        systemContext shop {
            include *
        }
    }
}
'''


def of_dsl(folder: Path, text: str) -> Imported:
    return import_text(folder, text, "workspace.dsl")


def small(model: str) -> str:
    return 'workspace "W" {\n    model {\n' + model + "\n    }\n}\n"


def named(design: Design, name: str, kind: str = "") -> Boundary:
    return next(each for each in design.boundaries.values() if each.name == name and kind in ("", each.kind))


# -- the model ---------------------------------------------------------------------------------------------------------


def test_people_use_and_containers_serve(tmp_path: Path) -> None:
    result = of_dsl(tmp_path, SHOP)
    design = result.design
    assert design.brief.name == "Shop"
    kinds = {each.name: (each.kind, each.technology) for each in design.nodes.values()}
    assert kinds == {
        "Buyer": ("users", "people"),
        "Web": ("load_balancer", "Nginx"),
        "API": ("service", "Java and Spring Boot"),
        "Data": ("relational", "PostgreSQL"),
        "Events": ("stream", "Apache Kafka"),
        "Bank": ("third_party_api", ""),
        "Balancer": ("load_balancer", "Elastic Load Balancer"),
    }
    api = node(design, "API")
    assert api.note.startswith(
        "Takes orders,\nand gives answers.\nComponents: Orders, Mail.\nRead from workspace.dsl, line 9"
    )
    assert node(design, "Events").tags["owner"] == "Team A"
    assert node(design, "Data").tags["tags"] == "Database"


def test_systems_and_groups_are_contexts(tmp_path: Path) -> None:
    design = of_dsl(tmp_path, SHOP).design
    shop = named(design, "Shop", "team")
    assert shop.parent is not None
    assert design.boundaries[shop.parent].name == "Store"
    context = node(design, "API").context
    assert context is not None
    assert design.boundaries[context] is shop


def test_relationships_are_flows_with_protocol_and_interaction(tmp_path: Path) -> None:
    result = of_dsl(tmp_path, SHOP)
    design = result.design
    assert flows(design) == {
        ("Buyer", "Web"),
        ("Web", "API"),
        ("API", "Data"),
        ("API", "Events"),
        ("API", "Bank"),
        ("Balancer", "API"),
    }
    by_target = {design.node(each.target).name: each for each in design.flows.values()}
    assert (by_target["Web"].name, by_target["Web"].params["protocol"]) == ("Visits", "HTTPS")
    assert by_target["Events"].interaction == "stream"
    assert by_target["Bank"].interaction == "message"
    assert "tagged as asynchronous" in by_target["Bank"].evidence
    assert "workspace.dsl, line 27" in by_target["Data"].evidence
    assert "2 components are parts of their containers" in sentences(result)


def test_what_is_said_of_a_whole_system_leads_to_its_first_parts(tmp_path: Path) -> None:
    text = small(
        """
        u = person "User"
        s = softwareSystem "S" {
            a = container "A"
            b = container "B"
            a -> b "Calls"
        }
        u -> s "Uses"
        """
    )
    design = of_dsl(tmp_path, text).design
    assert flows(design) == {("User", "A"), ("A", "B")}
    evidence = next(each.evidence for each in design.flows.values() if each.name == "Uses")
    assert evidence.startswith("Low confidence: the relationship is that of “S” as a whole")


def test_people_among_themselves_are_left_out_and_programs_in_their_hands_start_nothing(tmp_path: Path) -> None:
    text = small(
        """
        a = person "A"
        b = person "B"
        s = softwareSystem "S" {
            web = container "Server" "" "Nginx"
            spa = container "App" "" "JavaScript and React"
            api = container "API" "" "Go"
        }
        a -> b "Asks"
        a -> spa "Uses"
        web -> spa "Delivers"
        spa -> api "Calls"
        """
    )
    result = of_dsl(tmp_path, text)
    design = result.design
    app = node(design, "App")
    assert (app.kind, app.params["peak_rate_rps"]) == ("users", 0)
    delivers = next(each for each in design.flows.values() if each.name == "Delivers")
    assert delivers.params["probability"] == 0.0
    assert "as people talk there and no system: “A → B”" in sentences(result)
    assert "“App”" not in next(note.what for note in result.notes if "nothing about demand" in note.what)


def test_a_loop_is_closed_by_what_comes_back_to_people(tmp_path: Path) -> None:
    text = small(
        """
        one = person "One"
        two = person "Two"
        s = softwareSystem "S"
        mail = softwareSystem "Mail"
        one -> s "Uses"
        two -> s "Uses"
        s -> mail "Sends"
        mail -> one "Writes to"
        """
    )
    design = of_dsl(tmp_path, text).design
    calmed = {each.name for each in design.flows.values() if each.params.get("probability", 1) < 1}
    assert calmed == {"Writes to"}


def test_archetypes_references_and_nested_identifiers_are_followed(tmp_path: Path) -> None:
    text = small(
        """
        archetypes {
            datastore = container {
                technology "MySQL"
                tag "Store"
            }
            async = -> {
                technology "AMQP"
                tags "Asynchronous"
            }
        }
        s = softwareSystem "S" {
            api = container "API"
            db = datastore "Numbers" {
                api -> this "Counts in"
            }
        }
        t = softwareSystem "T"
        !ref S {
            cache = container "Fast" "" "Redis"
            api -> cache
        }
        api --async-> t "Tells"
        """
    )
    design = of_dsl(tmp_path, text).design
    numbers = node(design, "Numbers")
    assert (numbers.kind, numbers.technology, numbers.tags["tags"]) == ("relational", "MySQL", "Store")
    assert node(design, "Fast").kind == "cache"
    assert flows(design) >= {("API", "Numbers"), ("API", "Fast"), ("API", "T")}
    tells = next(each for each in design.flows.values() if each.name == "Tells")
    assert (tells.interaction, tells.params["protocol"]) == ("message", "AMQP")


# -- deployment --------------------------------------------------------------------------------------------------------


def test_the_live_environment_places_what_runs_in_it(tmp_path: Path) -> None:
    result = of_dsl(tmp_path, SHOP)
    design = result.design
    assert named(design, "Amazon Web Services").params == {"provider": "aws"}
    assert named(design, "eu-west-1").params == {"provider": "aws", "region": "eu-west-1"}
    api, data = node(design, "API"), node(design, "Data")
    places = {
        each.name: [(design.boundaries[site.boundary or ""].name, site.replicas, site.role) for site in each.sites]
        for each in (api, data)
    }
    assert places == {
        "API": [("eu-west-1", 3, "active")],
        "Data": [("eu-west-1", 1, "active"), ("us-east-1", 1, "standby")],
    }
    assert api.params["autoscaled"] is True
    assert "Runs on Autoscaling group / Host." in api.note
    said = sentences(result)
    assert "Of the deployment environments “Production” is taken; left out: “Test”." in said
    assert "Machines and runtimes are no boundaries" in said


# -- files -------------------------------------------------------------------------------------------------------------


def test_files_are_included_and_constants_filled_in(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "a.dsl").write_text('a = softwareSystem "${NAME} A" {\n c = container "C"\n}\n')
    (tmp_path / "parts" / "b.dsl").write_text('b = softwareSystem "B"\nc -> b "Calls"\n')
    result = of_dsl(tmp_path, '!constant NAME "Big"\n' + small("!include parts"))
    assert {each.name for each in result.design.boundaries.values()} == {"Big A"}
    assert ("C", "B") in flows(result.design)
    assert result.files == ("workspace.dsl", "parts/a.dsl", "parts/b.dsl")
    assert "parts/b.dsl, line 2" in next(each.evidence for each in result.design.flows.values() if each.name == "Calls")


def test_of_a_folder_the_workspace_is_read_with_what_it_includes(tmp_path: Path) -> None:
    (tmp_path / "model.dsl").write_text('s = softwareSystem "S" {\n c = container "C"\n}\n')
    (tmp_path / "workspace.dsl").write_text(small("!include model.dsl"))
    result = import_files([tmp_path], seeded_ids(1))
    assert node(result.design, "C").kind == "service"
    assert "1 file beside it is read where it is included." in sentences(result)


def test_a_workspace_may_extend_another_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "base.dsl").write_text(small('s = softwareSystem "S"'))
    text = 'workspace extends base.dsl {\n name "More"\n model {\n !ref s {\n c = container "C"\n }\n }\n}\n'
    result = of_dsl(tmp_path, text)
    assert result.design.brief.name == "More"
    assert node(result.design, "C").kind == "service"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (small('s = softwareSystem "S'), r"workspace\.dsl, line 3: a text in quotes is never closed"),
        (small('s = softwareSystem "S" {'), r"workspace\.dsl, line 1: the block that begins here is never closed"),
        (small('s = softwareSystem "S"\n}\n}\n}'), r"workspace\.dsl, line 6: this brace closes nothing"),
        (small("/* never"), r"line 3: a comment, a text or a script that begins here is never closed"),
        (small('p = person "P"'), "describes no software system"),
        (small("!include ../secret.dsl"), r"workspace\.dsl, line 3: .*outside the folder"),
        (small("!include missing.dsl"), r"workspace\.dsl, line 3: missing\.dsl does not exist"),
        (small("!include https://example.com/a.dsl"), "lies on the network"),
        ("workspace extends /etc/passwd {\n}\n", "outside the folder"),
        (small("!include workspace.dsl"), "deeper than 16 levels"),
        (small("group A {\n" * 80 + "}\n" * 80), "nested deeper than 64 levels"),
        (
            "!constant A ${A}${A}\n" + small("".join(f'!constant A "{"${A}" * 2}"\n' for _ in range(40)) + "x ${A}"),
            "longer",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ImportProblem, match=says):
        of_dsl(tmp_path, text)


def test_scripts_and_texts_beside_are_passed_over_with_a_note(tmp_path: Path) -> None:
    text = small(
        """
        s = softwareSystem "S" {
            !docs docs
        }
        !script groovy {
            new File("/tmp/x").write("}{") ; if (1) { "never run }"
            }
        }
        !plugin com.example.Evil {
            key "value"
        }
        t = softwareSystem "T"
        wibble "wobble"
        s -> nowhere "Calls"
        """
    )
    result = of_dsl(tmp_path, text)
    assert {"S", "T"} <= {each.name for each in result.design.nodes.values()}
    said = sentences(result)
    assert "line 7: !script is not run" in said
    assert "!plugin is not run" in said
    assert "!docs is not read" in said
    assert "“wibble” is not understood and left out" in said
    assert "“nowhere” is not defined; the relationship is left out" in said


def test_importing_again_keeps_what_was_set_by_hand(tmp_path: Path) -> None:
    first = of_dsl(tmp_path, SHOP).design
    (tmp_path / "workspace.dsl").write_text(
        SHOP.replace('"Nginx"', '"HAProxy"').replace('"Ubuntu" "" 3', '"Ubuntu" "" 5')
    )
    again = first.apply(reimport(first, import_files([tmp_path / "workspace.dsl"], seeded_ids(2)).design))
    assert set(again.nodes) == set(first.nodes)
    assert set(again.flows) == set(first.flows)
    assert set(again.boundaries) == set(first.boundaries)
    assert node(again, "Web").technology == "HAProxy"
    assert node(again, "API").sites[0].replicas == 5


JSON = {
    "name": "Shop",
    "model": {
        "people": [
            {"id": "1", "name": "Buyer", "relationships": [{"id": "10", "sourceId": "1", "destinationId": "3",
             "description": "Visits", "technology": "HTTPS"}]},
        ],
        "softwareSystems": [
            {
                "id": "2", "name": "Shop", "group": "Store",
                "containers": [
                    {"id": "3", "name": "API", "technology": "Go", "relationships": [
                        {"id": "11", "destinationId": "4", "description": "Sends", "interactionStyle": "Asynchronous"},
                        {"id": "12", "destinationId": "99", "description": "Lost"},
                    ]},
                    {"id": "4", "name": "Orders", "technology": "Go", "tags": "Element,Container"},
                ],
            },
        ],
        "deploymentNodes": [
            {"id": "5", "name": "eu-central-1", "environment": "Live", "tags": "Amazon Web Services - Region",
             "children": [{"id": "6", "name": "Host", "instances": "2",
                           "containerInstances": [{"id": "7", "containerId": "3", "instanceId": 1}]}]},
        ],
    },
    "views": {"containerViews": [{"elements": [
        {"id": "1", "x": 0, "y": 100}, {"id": "3", "x": 800, "y": 100}, {"id": "4", "x": 800, "y": 900},
    ]}]},
}  # fmt: skip


def test_the_json_of_a_workspace_says_the_same(tmp_path: Path) -> None:
    result = import_text(tmp_path, json.dumps(JSON, indent=1), "workspace.json")
    design = result.design
    assert flows(design) == {("Buyer", "API"), ("API", "Orders")}
    assert next(each for each in design.flows.values() if each.name == "Sends").interaction == "message"
    api = node(design, "API")
    assert api.sites[0].replicas == 2
    assert design.boundaries[api.sites[0].boundary or ""].params == {"provider": "aws", "region": "eu-central-1"}
    assert api.context is not None
    assert [each.name for _, each in design.ancestors(api.context)] == ["Shop", "Store"]
    assert "leads to nothing that is defined" in sentences(result)
    places = {
        each.name: (place.x, place.y)
        for key, each in design.nodes.items()
        if (place := design.position("services", key)) is not None
    }
    assert places == {"Buyer": (0, 40), "API": (320, 40), "Orders": (320, 360)}


def test_a_large_workspace_with_its_documentation_is_read(tmp_path: Path) -> None:
    large = {**JSON, "documentation": {"images": [{"content": "x" * 5 * 2**20}]}}
    result = import_text(tmp_path, json.dumps(large), "workspace.json")
    assert flows(result.design) == {("Buyer", "API"), ("API", "Orders")}
    assert node(result.design, "API").sites[0].replicas == 2
    assert "Read from workspace.json: it is a container" in node(result.design, "API").note


@given(st.lists(st.sampled_from(SHOP.splitlines()), max_size=40), st.text('{}"\\ \n->=*/#!', max_size=12))
@settings(max_examples=60)
def test_any_lines_import_or_are_refused(tmp_path_factory: pytest.TempPathFactory, lines: list[str], odd: str) -> None:
    text = 'workspace "W" {\n' + "\n".join([*lines, odd])
    try:
        result = of_dsl(tmp_path_factory.mktemp("dsl"), text)
    except ImportProblem:
        return
    evaluate(result.design, load_catalog())


# -- real workspaces ---------------------------------------------------------------------------------------------------

REFUSED = {
    "structurizr/big-bank-plc-internet-banking-system-workspace.dsl": r"line 3: \.\./model\.dsl lies outside",
    "structurizr/big-bank-plc-system-landscape-workspace.dsl": r"line 3: \.\./model\.dsl lies outside",
    "structurizr/testsuite-deployment-environment-empty.dsl": "describes no software system",
    "structurizr/testsuite-internet-banking-system.dsl": r"line 6: model/people-and-.* does not exist",
}


@needs_shared
@pytest.mark.parametrize("name", files_below("structurizr"))
def test_every_collected_workspace_imports_and_evaluates_or_says_why_not(name: str) -> None:
    if name in REFUSED:
        with pytest.raises(ImportProblem, match=REFUSED[name]):
            imported(name)
        return
    result = imported(name)
    assert not any("is not understood" in note.what for note in result.notes)
    assert not any("is not defined" in note.what for note in result.notes)
    assert any(each.kind == "users" for each in result.design.nodes.values())
    assert result.design.flows
    assert evaluate(result.design, load_catalog()).design is result.design
