"""What is served: the language model in arguments and variables, and the accelerator in selectors."""

from __future__ import annotations

from models.catalog.accelerators import find_accelerator, find_language_model
from models.design.elements import Value
from models.importers.quantities import count
from models.importers.workloads import Setting, System, Workload
from models.words import Text

_MODEL_OPTIONS = ("--model", "--model-id", "--model-path", "--model_id", "-m", "--served-model-name", "--model-name")
_MODEL_VARIABLES = (
    "LLM_MODEL_ID",
    "MODEL_ID",
    "HF_MODEL_ID",
    "LLM_MODEL",
    "VLLM_MODEL",
    "MODEL_NAME",
    "MODEL",
    "OLLAMA_MODEL",
    "SERVED_MODEL_NAME",
)
_DTYPES = {"fp8": "fp8", "float8": "fp8", "awq": "fp4", "gptq": "fp4", "nvfp4": "fp4", "mxfp4": "fp4", "fp4": "fp4"}
_SELECTORS = (
    "cloud.google.com/gke-accelerator",
    "cloud.google.com/gke-tpu-accelerator",
    "nvidia.com/gpu.product",
    "gpu.nvidia.com/model",
    "k8s.amazonaws.com/accelerator",
    "accelerator",
    "amd.com/gpu.product-name",
    "node.kubernetes.io/accelerator",
)
INSTANCE_SELECTORS = ("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type")


def describe_serving(workload: Workload, system: System) -> None:
    """Set language model, number formats and accelerators of a workload that serves a language model."""
    if workload.kind != "llm_serving":
        return
    options = _options(workload)
    parallel = count(options.get("--tensor-parallel-size") or options.get("-tp") or options.get("--num-shard"))
    workload.accelerators = max(parallel or 0, workload.accelerators or 0) or None
    _set_formats(workload, options)
    if "model" in workload.tags:
        return
    name = _model_name(workload, options)
    if not name or "$" in name:
        what = Text(
            "“{name}”: which language model it serves is not in the input; the default stands.", name=workload.name
        )
        system.say("warning", workload.mark, what)
        return
    set_language_model(workload, name, system)


def set_language_model(workload: Workload, name: str, system: System) -> None:
    """Set the language model of the catalog that `name` means; say so when there is none."""
    workload.tags["model"] = name
    found = find_language_model(name.removeprefix("hf://").rstrip("/"))
    if found is None:
        what = Text(
            "“{name}” serves {model}, which is not in the catalog of language models; the default stands.",
            name=workload.name,
            model=name,
        )
        system.say("warning", workload.mark, what)
        return
    workload.language_model = found.name
    if "fp8" in name.lower() and "weights_dtype" not in workload.params:
        workload.params["weights_dtype"] = "fp8"


def accelerator_of(selectors: dict[str, str]) -> str:
    """Return the catalog's name of the accelerator that node selectors ask for, or an empty text."""
    for key in _SELECTORS:
        found = find_accelerator(selectors[key]) if selectors.get(key) else None
        if found is None and selectors.get(key):
            found = find_accelerator(_short(selectors[key]))
        if found is not None:
            return found.name
    return ""


def _short(written: str) -> str:
    """Return `tpu-v6e` of `tpu-v6e-slice`, `h100` of `nvidia-h100-80gb`."""
    text = written.lower().removeprefix("nvidia-").removeprefix("tesla-")
    for ending in ("-slice", "-podslice", "-device", "-80gb", "-mega-80gb", "-141gb"):
        text = text.removesuffix(ending)
    return text


def _options(workload: Workload) -> dict[str, str]:
    """Return the options in the command and in variables that carry arguments."""
    arguments: list[str] = []
    for part in workload.command:
        arguments += part.split() if " " in part else [part]
    for setting in workload.settings:
        if setting.where == "environment" and setting.key.upper().endswith("ARGS"):
            arguments += setting.value.split()
    found: dict[str, str] = {}
    for position, argument in enumerate(arguments):
        name, separator, value = argument.partition("=")
        if separator and name.startswith("-"):
            found[name] = value.strip("\"'")
        elif argument.startswith("-") and position + 1 < len(arguments):
            found[argument] = arguments[position + 1].strip("\"'")
    if "serve" in arguments[:-1]:
        found.setdefault("--model", arguments[arguments.index("serve") + 1])
    return found


def _set_formats(workload: Workload, options: dict[str, str]) -> None:
    formats: dict[str, Value] = {}
    written = (options.get("--quantization") or options.get("--quantize") or "").lower()
    dtype = (options.get("--dtype") or "").lower()
    if written in _DTYPES:
        formats["weights_dtype"] = _DTYPES[written]
    elif dtype in ("half", "float16", "bfloat16"):
        formats["weights_dtype"] = "bf16"
    if options.get("--kv-cache-dtype", "").lower().startswith("fp8"):
        formats["kv_dtype"] = "fp8"
    workload.params = {**formats, **workload.params}


def _model_name(workload: Workload, options: dict[str, str]) -> str:
    for option in _MODEL_OPTIONS:
        value = options.get(option, "")
        if value and "$" not in value and not value.startswith(("/", "-")):
            return value
    variables = {setting.key: setting for setting in workload.settings if setting.where == "environment"}
    for name in _MODEL_VARIABLES:
        setting: Setting | None = variables.get(name)
        if setting is not None and setting.value and "$" not in setting.value:
            return setting.value
    return ""
