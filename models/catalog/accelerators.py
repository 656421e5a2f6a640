"""Accelerators and language models as typed, dated records read from `resources/catalog`.

Every figure of an accelerator names its source; what no source tells is `None`, never a guess.
"""

import json
import re
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

import msgspec

from models.words import Text


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a figure was read: title, date of the copy and license."""

    title: str
    date: str
    license: str


class Accelerator(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One accelerator card. Rates are dense; `link_gb_s` is one direction of one card's link to its peers."""

    name: str
    vendor: str
    aliases: tuple[str, ...] = ()
    memory_gb: float | None = None
    memory_bandwidth_gb_s: float | None = None
    bf16_dense_tflops: float | None = None
    fp8_dense_tflops: float | None = None
    fp4_dense_tflops: float | None = None
    int8_dense_tops: float | None = None
    tdp_w: float | None = None
    idle_w: float | None = None
    full_w: float | None = None
    link: Literal["nvlink", "pcie"] | None = None
    link_gb_s: float | None = None
    calibration: Literal["fitted", "near", "none"] = "none"
    sources: dict[str, str] = {}

    def __hash__(self) -> int:
        return hash(self.name)


class LanguageModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Shape of one language model. `kv_values_per_layer` counts the numbers cached per token and layer.

    It is 2 · kv_heads · head_dim, or the compressed width where `latent_attention` holds.
    """

    name: str
    params_total_b: float
    params_active_b: float
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    vocab: int
    context: int
    kv_values_per_layer: int
    experts: int = 0
    experts_per_token: int = 0
    latent_attention: bool = False
    aliases: tuple[str, ...] = ()
    source: str = ""
    note: str = ""


class AcceleratorCatalog(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file `accelerators.json`."""

    as_of: str
    note: str
    sources: dict[str, Source]
    accelerators: tuple[Accelerator, ...]


class LanguageModelCatalog(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file `language_models.json`."""

    as_of: str
    sources: dict[str, Source]
    models: tuple[LanguageModel, ...]


def _read(name: str) -> bytes:
    return (resources.files("resources") / "catalog" / name).read_bytes()


@lru_cache(maxsize=1)
def accelerator_catalog() -> AcceleratorCatalog:
    """Return the accelerators with their sources (read once)."""
    return msgspec.json.decode(_read("accelerators.json"), type=AcceleratorCatalog)


@lru_cache(maxsize=1)
def language_model_catalog() -> LanguageModelCatalog:
    """Return the language models (read once)."""
    return msgspec.json.decode(_read("language_models.json"), type=LanguageModelCatalog)


@lru_cache(maxsize=1)
def calibration() -> dict[str, Any]:
    """Return the fitted constants of the models (read once); each group names what it was fitted on."""
    constants: dict[str, Any] = json.loads(_read("calibration.json"))
    return constants


def _key(name: str) -> str:
    """Fold a name to letters and digits; vendor words, form factors and tuning suffixes do not distinguish."""
    folded = re.sub(r"[^a-z0-9]+", "-", name.lower().split("/")[-1]).strip("-")
    folded = re.sub(r"^(nvidia|amd|intel|google|aws|meta|mistralai|deepseek-ai|qwen)-(?=[a-z0-9])", "", folded)
    folded = re.sub(r"-(instruct|chat|it|base|hf|fp8|fp4|nvfp4|bf16|turbo|tensor-core-gpu)(?=-|$)", "", folded)
    folded = re.sub(r"(?<=llama)-v(?=[0-9])", "-", folded)
    folded = re.sub(r"-(sxm[0-9]?|hbm3e?|oam|nvl72)(?=-|$)", "", folded)
    return folded.replace("-", "")


@lru_cache(maxsize=1)
def _accelerators_by_key() -> dict[str, Accelerator]:
    catalog = accelerator_catalog().accelerators
    table = {_key(name): item for item in catalog for name in (item.name, *item.aliases)}
    exact = {item.name.lower(): item for item in catalog}
    return {**table, **exact}


@lru_cache(maxsize=1)
def _language_models_by_key() -> dict[str, LanguageModel]:
    catalog = language_model_catalog().models
    return {_key(name): item for item in catalog for name in (*item.aliases, item.name)}


@lru_cache(maxsize=512)
def find_accelerator(name: str) -> Accelerator | None:
    """Return the accelerator called `name` ("H100", "h100_sxm" and "NVIDIA H100 SXM5" are one), or None."""
    table = _accelerators_by_key()
    without_memory = re.sub(r"[-_ ]?\d+ ?gi?b\b", "", name.lower())
    return table.get(name.strip().lower()) or table.get(_key(name)) or table.get(_key(without_memory))


@lru_cache(maxsize=512)
def find_language_model(name: str) -> LanguageModel | None:
    """Return the language model called `name` (vendor and "Instruct" may be given), or None."""
    table = _language_models_by_key()
    key = _key(name)
    return table.get(key) or table.get(key.replace("meta", "", 1)) or table.get(re.sub(r"v0[123]$|[0-9]{4}$", "", key))


def accelerator(name: str) -> Accelerator:
    """Return the accelerator called `name`.

    Raises:
        LookupError: with a sentence naming what is known, when the catalog has no such accelerator.
    """
    found = find_accelerator(name)
    if found is None:
        known = ", ".join(item.name for item in accelerator_catalog().accelerators)
        raise LookupError(
            Text('No accelerator is called "{name}" in the catalog. Choose one of: {known}.', name=name, known=known)
        )
    return found


def language_model(name: str) -> LanguageModel:
    """Return the language model called `name`.

    Raises:
        LookupError: with a sentence naming what is known, when the catalog has no such model.
    """
    found = find_language_model(name)
    if found is None:
        known = ", ".join(item.name for item in language_model_catalog().models)
        raise LookupError(
            Text('No language model is called "{name}" in the catalog. Choose one of: {known}.', name=name, known=known)
        )
    return found
