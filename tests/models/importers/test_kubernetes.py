"""Kubernetes manifests: controllers, services, routes, autoscalers, claims, KServe, Ray and what they refer to."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.importers import ImportProblem, import_files
from models.importers.quantities import cpus, gib, runs_per_day
from tests.models.importers.shared import flows, import_text, imported, needs_shared, node, sentences

SHOP = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {DB_URL: "postgres://db.shop.svc.cluster.local:5432/x"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  template:
    metadata: {labels: {app: web}}
    spec:
      initContainers: [{name: wait, image: busybox, command: [sh, -c, "until nc -z cache:6379; do sleep 1; done"]}]
      containers:
        - name: web
          image: example/web
          envFrom: [{configMapRef: {name: settings}}, {configMapRef: {name: gone}}]
          env:
            - {name: NAME, value: ledger}
            - {name: LEDGER_URL, value: "http://$(NAME).bank:80"}
            - {name: TOKEN, valueFrom: {secretKeyRef: {name: s, key: t}}}
          resources: {requests: {cpu: 250m, memory: 512Mi}, limits: {cpu: "1", memory: 1Gi}}
        - {name: proxy, image: "istio/proxyv2:1.2"}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: postgres, namespace: shop}
spec:
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: "postgres:17"}]}
  volumeClaimTemplates: [{metadata: {name: d}, spec: {resources: {requests: {storage: 50Gi}}}}]
---
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Service, metadata: {name: db, namespace: shop}, spec: {selector: {app: db}}}
  - {apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {selector: {app: web}}}
  - {apiVersion: v1, kind: Service, metadata: {name: orphan, namespace: shop}, spec: {selector: {app: none}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cache, namespace: shop}
spec:
  template:
    spec:
      containers: [{name: cache, image: "redis:8"}]
      volumes: [{name: d, persistentVolumeClaim: {claimName: disk}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ledger, namespace: bank}
spec: {template: {spec: {containers: [{name: l, image: example/ledger}]}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec:
  scaleTargetRef: {kind: Deployment, name: web}
  minReplicas: 3
  maxReplicas: 12
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 65}}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: front, namespace: shop}
spec:
  ingressClassName: nginx
  rules: [{http: {paths: [{path: /, backend: {service: {name: web, port: {number: 80}}}}]}}]
---
apiVersion: example.com/v1
kind: Wonder
metadata: {name: unknown, namespace: shop}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: report, namespace: shop}
spec:
  schedule: "*/30 * * * *"
  jobTemplate: {spec: {template: {spec: {containers: [{name: r, image: example/report}]}}}}
"""


def test_a_system_of_many_resources_is_read_together(tmp_path: Path) -> None:
    result = import_text(tmp_path, SHOP, "shop.yaml")
    design = result.design
    assert flows(design) == {
        ("web", "postgres"),
        ("web", "ledger"),
        ("web", "cache"),
        ("front", "web"),
        ("Users", "front"),
    }
    web = node(design, "web")
    assert web.params["vcpu"] == 0.25
    assert web.params["memory_gib"] == 0.5
    assert (web.params["min_replicas"], web.params["max_replicas"], web.params["autoscaled"]) == (3, 12, True)
    assert web.params["target_utilization"] == 0.65
    assert web.sites[0].replicas == 3
    assert node(design, "postgres").params["storage_gib"] == 50
    assert node(design, "report").params["runs_per_day"] == 48
    names = {boundary.name: boundary.kind for boundary in design.boundaries.values()}
    assert names == {"Kubernetes cluster": "cluster", "shop": "team", "bank": "team"}


def test_what_is_not_understood_is_listed(tmp_path: Path) -> None:
    told = sentences(import_text(tmp_path, SHOP, "shop.yaml"))
    assert "The ConfigMap “gone” is not part of the input" in told
    assert "Wonder is not drawn: unknown." in told
    assert "No workload of the input answers to the service “orphan”" in told
    assert "The volume claim “disk” is not part of the input" in told
    assert "further containers in its pod that are not drawn: istio/proxyv2:1.2" in told


def test_files_of_a_folder_are_one_system(tmp_path: Path) -> None:
    for number, part in enumerate(SHOP.split("---\n")):
        (tmp_path / f"{number}.yaml").write_text(part)
    (tmp_path / "values.yaml").write_text("replicaCount: 2\n")
    result = import_files([tmp_path])
    assert ("web", "postgres") in flows(result.design)
    assert "values.yaml: left out: values.yaml holds values of a Helm chart" in sentences(result)


def test_accelerators_and_their_kind_are_read(tmp_path: Path) -> None:
    text = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: llm}
spec:
  replicas: 2
  template:
    spec:
      nodeSelector: {cloud.google.com/gke-accelerator: nvidia-h100-80gb}
      containers:
        - name: vllm
          image: vllm/vllm-openai
          args: ["--model=meta-llama/Llama-3.1-8B-Instruct"]
          resources: {limits: {nvidia.com/gpu: 2}}
"""
    llm = node(import_text(tmp_path, text, "llm.yaml").design, "llm")
    assert llm.kind == "llm_serving"
    assert llm.params["accelerators"] == 2
    assert str(llm.params["accelerator"]).startswith("H100")
    assert llm.params["language_model"] == "Llama-3.1-8B"


def test_gateway_routes_split_by_weight(tmp_path: Path) -> None:
    text = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: split}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: old, weight: 90}, {name: new, weight: 10}, {name: gone}]}]
---
apiVersion: v1
kind: Pod
metadata: {name: old}
spec: {containers: [{name: a, image: example/old}]}
---
apiVersion: v1
kind: Pod
metadata: {name: new}
spec: {containers: [{name: a, image: example/new}]}
"""
    result = import_text(tmp_path, text, "route.yaml")
    shares = {
        result.design.nodes[flow.target].name: flow.params.get("probability") for flow in result.design.flows.values()
    }
    assert shares["old"] == pytest.approx(90 / 101, abs=1e-6)
    assert shares["new"] == pytest.approx(10 / 101, abs=1e-6)
    assert "“edge” leads to “gone”, which is not part of the input" in sentences(result)


def test_a_chart_template_is_refused(tmp_path: Path) -> None:
    text = 'apiVersion: v1\nkind: Pod\nmetadata: {name: "{{ .Release.Name }}-web"}\n'
    with pytest.raises(ImportProblem, match="template of a Helm chart"):
        import_text(tmp_path, text, "pod.yaml")


@needs_shared
def test_inference_graphs_have_steps_shares_and_order() -> None:
    def params(name: str) -> list[dict[str, float]]:
        design = imported(f"k8s/kserve/{name}.yaml").design
        return [dict(flow.params) for flow in design.flows.values() if "assumed" not in flow.evidence]

    assert params("sequence") == [{"step": 1}, {"step": 2}]
    assert [round(each["probability"], 2) for each in params("splitter")] == [0.2, 0.8]
    assert len(params("switch")) == 3
    assert params("ensemble") == [{}, {}]


@needs_shared
def test_language_model_services_and_ray_services() -> None:
    design = imported("k8s/kserve/nemotron-3-ultra-pd.yaml").design
    assert flows(design) >= {
        ("nemotron-ultra-pd-router", "nemotron-ultra-pd-prefill"),
        ("nemotron-ultra-pd-router", "nemotron-ultra-pd"),
    }
    assert node(design, "nemotron-ultra-pd").params["accelerators"] == 8
    workers = node(imported("k8s/kuberay/ray-service.high-throughput-llm.yaml").design, "qwen-35-4b-gpu-group")
    assert workers.kind == "llm_serving"
    assert (workers.sites[0].replicas, workers.params["accelerator"]) == (4, "L4")


@pytest.mark.parametrize(
    ("text", "value"), [("500m", 0.5), ("2", 2.0), ("0.1", 0.1), ("x", None), ("", None), ("-1", None)]
)
def test_processors(text: str, value: float | None) -> None:
    assert cpus(text) == value


@pytest.mark.parametrize(
    ("text", "binary", "value"),
    [
        ("512Mi", False, 0.5),
        ("1Gi", False, 1.0),
        ("1G", False, 1e9 / 2**30),
        ("1G", True, 1.0),
        ("300M", True, 300 / 1024),
        ("512mb", True, 0.5),
        ("1073741824", False, 1.0),
        ("1e9", False, 1e9 / 2**30),
        ("much", False, None),
    ],
)
def test_memory(text: str, binary: bool, value: float | None) -> None:
    assert gib(text, binary) == (pytest.approx(value) if value else None)


@pytest.mark.parametrize(
    ("schedule", "value"),
    [
        ("0 3 * * *", 1.0),
        ("*/15 * * * *", 96.0),
        ("0 */6 * * *", 4.0),
        ("0 0 * * 1-5", 5 / 7),
        ("0 0 1 * *", 12 / 365),
        ("30 8,20 * * MON", 2 / 7),
        ("@hourly", 24.0),
        ("whenever", None),
        ("0 0 * *", None),
    ],
)
def test_schedules(schedule: str, value: float | None) -> None:
    assert runs_per_day(schedule) == (pytest.approx(value) if value else None)


def test_settings_of_a_container_may_build_on_each_other(tmp_path: Path) -> None:
    text = """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: example/web
      env: [{name: A, value: db}, {name: B, value: "$(A)"}, {name: URL, value: "postgres://$(B):5432/$(GONE)"}]
---
apiVersion: v1
kind: Pod
metadata: {name: db}
spec: {containers: [{name: db, image: postgres}]}
"""
    assert ("web", "db") in flows(import_text(tmp_path, text, "pods.yaml").design)


def test_too_many_resources_are_refused(tmp_path: Path) -> None:
    pod = "{apiVersion: v1, kind: Pod, metadata: {name: p}}"
    text = f"apiVersion: v1\nkind: List\nitems: [{', '.join(['&p ' + pod, *['*p'] * 10000])}]\n"
    with pytest.raises(ImportProblem, match="10001 resources were found"):
        import_text(tmp_path, text, "many.yaml")
