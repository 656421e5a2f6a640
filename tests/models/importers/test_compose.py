"""Compose files: every way to write a service, variables, profiles, extends, include, and paths that lead away."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.design.ids import seeded_ids
from models.importers import ImportProblem, import_files
from tests.models.importers.shared import flows, import_text, node, sentences


def test_short_and_long_forms_mean_the_same(tmp_path: Path) -> None:
    short = """
services:
  web:
    image: example/web
    command: serve --db-url postgres://u:p@db:5432/x
    ports: ["8080:80"]
    environment: ["CACHE_URL=redis://cache:6379"]
    depends_on: [db]
    cpus: "1.5"
    mem_limit: 512m
  db: {image: "postgres:17"}
  cache: {image: "redis:8"}
"""
    long = """
services:
  web:
    image: example/web
    command: ["serve", "--db-url=postgres://u:p@db:5432/x"]
    ports: [{target: 80, published: "8080"}]
    environment: {CACHE_URL: "redis://cache:6379"}
    depends_on: {db: {condition: service_healthy}}
    deploy: {resources: {limits: {cpus: "1.5", memory: 512M}}}
  db: {image: "postgres:17"}
  cache: {image: "redis:8"}
"""
    for text in (short, long):
        design = import_text(tmp_path, text).design
        assert flows(design) == {("web", "db"), ("web", "cache"), ("Users", "web")}
        web = node(design, "web")
        assert (web.params["vcpu"], web.params["memory_gib"]) == (1.5, 0.5)
        assert web.provenance["vcpu"] == "published"


def test_replicas_accelerators_and_model_are_read(tmp_path: Path) -> None:
    text = """
services:
  llm:
    image: vllm/vllm-openai:v0.11.0
    command: --model meta-llama/Llama-3.1-70B-Instruct --quantization fp8 --kv-cache-dtype fp8
    deploy:
      replicas: 3
      resources: {reservations: {devices: [{driver: nvidia, count: 4, capabilities: [gpu]}]}}
"""
    llm = node(import_text(tmp_path, text).design, "llm")
    assert llm.kind == "llm_serving"
    assert llm.sites[0].replicas == 3
    assert llm.params["accelerators"] == 4
    assert llm.params["language_model"] == "Llama-3.1-70B"
    assert (llm.params["weights_dtype"], llm.params["kv_dtype"]) == ("fp8", "fp8")


def test_variables_come_from_the_env_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DB=maindb # the one\nexport TAG='17'\nURL=\"postgres://${DB}:5432\"\n")
    text = """
services:
  web: {image: example/web, environment: {DATABASE_URL: "${URL}", OTHER_HOST: "${MISSING:-cache}", COST: "$$5"}}
  maindb: {image: "postgres:${TAG}"}
  cache: {image: redis}
"""
    assert flows(import_text(tmp_path, text).design) >= {("web", "maindb"), ("web", "cache")}


def test_env_files_are_read_below_environment(tmp_path: Path) -> None:
    (tmp_path / "web.env").write_text("DB_HOST=old\nCACHE_HOST=cache\n")
    text = """
services:
  web: {image: example/web, env_file: [{path: web.env}, {path: none.env, required: false}], environment: [DB_HOST=db]}
  db: {image: postgres}
  old: {image: postgres}
  cache: {image: redis}
"""
    result = import_text(tmp_path, text)
    assert flows(result.design) == {("web", "db"), ("web", "cache"), ("Users", "web")}
    assert "none.env" not in sentences(result)
    flow = next(flow for flow in result.design.flows.values() if "CACHE_HOST" in flow.evidence)
    assert flow.evidence == "High confidence: CACHE_HOST names cache (web.env, line 2)."


def test_a_missing_env_file_is_told(tmp_path: Path) -> None:
    result = import_text(tmp_path, "services: {web: {image: example/web, env_file: secrets.env}}")
    assert "compose.yaml, line 1: env_file secrets.env is not part of the input" in sentences(result)


def test_extends_in_the_same_and_in_another_file(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        "services: {base: {image: example/app, environment: {DB_HOST: db}, depends_on: [nobody]}}"
    )
    text = """
services:
  app:
    extends: {file: base.yaml, service: base}
    environment: {CACHE_HOST: cache}
  twin: {extends: app, deploy: {replicas: 2}}
  lost: {image: x/y, extends: {service: nothing}}
  db: {image: postgres}
  cache: {image: redis}
"""
    result = import_text(tmp_path, text)
    assert flows(result.design) >= {("app", "db"), ("app", "cache"), ("twin", "db"), ("twin", "cache")}
    assert node(result.design, "twin").sites[0].replicas == 2
    assert "“lost” extends “nothing”, which does not exist" in sentences(result)
    assert "nobody" not in sentences(result)


def test_extends_that_goes_in_a_circle_ends(tmp_path: Path) -> None:
    result = import_text(tmp_path, "services: {a: {image: x, extends: b}, b: {image: y, extends: a}}")
    assert "extends itself" in sentences(result)


@pytest.mark.parametrize("path", ["../secret.yaml", "/etc/passwd", "link.yaml", "a/../../secret.yaml"])
def test_paths_out_of_the_folder_are_never_opened(tmp_path: Path, path: str) -> None:
    inside = tmp_path / "project"
    inside.mkdir()
    (inside / "a").mkdir()
    (tmp_path / "secret.yaml").write_text("services: {base: {image: example/secret, environment: {DB_HOST: db}}}")
    (inside / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    text = f"""
include: ["{path}"]
services:
  web: {{image: example/web, extends: {{file: "{path}", service: base}}, env_file: "{path}"}}
  db: {{image: postgres}}
"""
    result = import_text(inside, text)
    assert ("web", "db") not in flows(result.design)
    told = [str(note) for note in result.notes if note.severity == "error"]
    assert len(told) == 3
    assert all("lies outside the folder of the input and is not read" in sentence for sentence in told)


def test_a_compose_file_that_is_a_link_out_of_its_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "real.yaml").write_text("services: {web: {image: example/web}}")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "compose.yaml").symlink_to(tmp_path / "other" / "real.yaml")
    with pytest.raises(ImportProblem, match="leads out of the folder"):
        import_files([tmp_path / "in" / "compose.yaml"])


def test_variables_that_grow_without_measure_are_refused(tmp_path: Path) -> None:
    lines = ["A0=" + "x" * 60000] + [f"A{n}=${{A{n - 1}}}${{A{n - 1}}}" for n in range(1, 40)]
    (tmp_path / ".env").write_text("\n".join(lines))
    labels = "\n".join(f"      l{n}: ${{A39}}" for n in range(400))
    with pytest.raises(ImportProblem, match="grows beyond 16 MiB"):
        import_text(tmp_path, f"services:\n  web:\n    image: example/web\n    labels:\n{labels}\n")


def test_profiles_leave_services_out_until_they_are_asked_for(tmp_path: Path) -> None:
    text = """
services:
  web: {image: example/web, environment: {DB_HOST: db}}
  db: {image: postgres, profiles: [full]}
  tools: {image: example/tools, profiles: [debug], depends_on: {db: {required: true}}}
"""
    path = tmp_path / "compose.yaml"
    path.write_text(text)

    def names(*profiles: str) -> set[str]:
        design = import_files([path], seeded_ids(1), profiles).design
        return {each.name for each in design.nodes.values()} - {"Users"}

    assert names() == {"web"}
    assert names("full") == {"web", "db"}
    assert names("debug") == {"web", "tools", "db"}
    assert names("*") == {"web", "db", "tools"}
    assert "“db” runs only with the profile full" in sentences(import_files([path]))
    (tmp_path / ".env").write_text("COMPOSE_PROFILES=full\n")
    assert names() == {"web", "db"}


def test_later_files_are_laid_over_earlier_ones(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(
        "services: {web: {image: example/web, ports: ['80:80'], environment: {DB_HOST: db}}, db: {image: postgres}}"
    )
    (tmp_path / "compose.override.yaml").write_text(
        "services: {web: {deploy: {replicas: 4}, ports: !reset null, environment: [CACHE_HOST=cache]},"
        " cache: {image: redis}}"
    )
    design = import_files([tmp_path]).design
    assert flows(design) >= {("web", "db"), ("web", "cache")}
    assert node(design, "web").sites[0].replicas == 4


def test_includes_are_followed_and_may_be_missing(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text("services: {db: {image: postgres}}")
    text = "include: [more.yaml, gone.yaml]\nservices: {web: {image: example/web, environment: {DB_HOST: db}}}\n"
    result = import_text(tmp_path, text)
    assert ("web", "db") in flows(result.design)
    assert "include: gone.yaml is not part of the input" in sentences(result)


def test_mounted_configuration_of_a_gateway_gives_its_flows(tmp_path: Path) -> None:
    (tmp_path / "nginx.conf").write_text("location / { proxy_pass http://web:3000; }\nupstream a { server api:8000; }")
    text = """
services:
  edge: {image: nginx, ports: ["80:80"], volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]}
  web: {image: example/web}
  api: {image: example/api}
"""
    design = import_text(tmp_path, text).design
    assert flows(design) == {("edge", "web"), ("edge", "api"), ("Users", "edge")}
    assert sum("Medium" in flow.evidence for flow in design.flows.values()) == 2


def test_messages_leave_a_queue_to_its_consumers(tmp_path: Path) -> None:
    text = """
services:
  api: {image: example/api, ports: ["80:80"], environment: {RABBITMQ_HOST: queue}}
  mailer: {image: example/mailer, environment: {RABBITMQ_HOST: queue, SMTP_HOST: smtp.sendgrid.net}}
  queue: {image: "rabbitmq:4"}
"""
    design = import_text(tmp_path, text).design
    assert flows(design) >= {("api", "queue"), ("queue", "mailer"), ("mailer", "SendGrid")}
    assert {flow.interaction for flow in design.flows.values() if "queue" in flow.evidence} == {"message"}


def test_stores_call_nobody_and_passwords_are_not_shown(tmp_path: Path) -> None:
    text = """
services:
  web: {image: example/web, environment: {DATABASE_URL: "postgres://admin:hunter2@db:5432/x"}}
  db: {image: postgres, environment: {WEB_URL: "http://web:80"}, depends_on: [web]}
"""
    result = import_text(tmp_path, text)
    assert flows(result.design) == {("web", "db"), ("Users", "web")}
    evidence = " ".join(flow.evidence for flow in result.design.flows.values())
    assert "DATABASE_URL names postgres://db:5432" in evidence
    assert "hunter2" not in evidence + sentences(result)


def test_origins_and_own_addresses_are_no_flows(tmp_path: Path) -> None:
    text = """
services:
  api: {image: example/api, environment: {CORS_ORIGINS: "http://web:80", API_URL: "http://api:80", NO_PROXY: "web,db"}}
  web: {image: example/web, environment: {API_URL: "http://api:80"}}
"""
    assert flows(import_text(tmp_path, text).design) == {("web", "api"), ("Users", "web")}


def test_loops_do_not_multiply_requests(tmp_path: Path) -> None:
    text = """
services:
  a: {image: example/a, ports: ["80:80"], environment: {B_URL: "http://b"}}
  b: {image: example/b, environment: {A_URL: "http://a", C_URL: "http://c"}}
  c: {image: example/c, environment: {B_URL: "http://b"}}
"""
    result = import_text(tmp_path, text)
    closing = [flow for flow in result.design.flows.values() if "probability" in flow.params]
    assert len(closing) == 2
    assert sentences(result).count("closes a loop") == 2


def test_a_design_in_json_is_taken_as_it_is(tmp_path: Path) -> None:
    from models.design.design import to_text

    design = import_text(tmp_path, "services: {web: {image: example/web}}").design
    again = import_text(tmp_path, to_text(design), "design.json").design
    assert again == design


def test_a_folder_of_several_systems_asks_which(tmp_path: Path) -> None:
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text("services: {web: {image: example/web}}")
    with pytest.raises(ImportProblem, match=r"2 Compose files and none is called compose\.yaml"):
        import_files([tmp_path])
    (tmp_path / "compose.yaml").write_text("services: {main: {image: example/main}}")
    result = import_files([tmp_path])
    assert {each.name for each in result.design.nodes.values()} == {"main", "Users"}
    assert "one.yaml: left out" in sentences(result)


def test_networks_become_overlays(tmp_path: Path) -> None:
    text = """
networks: {front: {}, back: {}}
services:
  web: {image: example/web, networks: [front, back]}
  db: {image: postgres, networks: {back: {aliases: [database]}}}
"""
    design = import_text(tmp_path, text).design
    overlays = {boundary.name: len(boundary.members) for boundary in design.boundaries.values()}
    assert overlays == {"front": 1, "back": 2}
