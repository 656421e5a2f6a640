"""What a workload is: its node kind and technology, found from image, settings, ports and name by a data table."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from models.importers.interpolation import unresolved
from models.importers.workloads import Workload, word_set, words
from models.words import Text

TABLE = Path(__file__).parents[2] / "resources" / "importers" / "images.json"
STORES = word_set(
    "relational document key_value wide_column cache object_store warehouse search vector_store block_storage"
)
BROKERS = frozenset({"queue", "stream", "event_bus"})
PASSIVE = STORES | BROKERS
GATEWAYS = frozenset({"load_balancer", "api_gateway", "traffic_router", "cdn"})
JOBS = frozenset({"batch_job", "batch_features", "model_training", "evaluation", "ci_cd"})
_CLIENTS = word_set("worker consumer producer processor service svc server api ui web exporter proxy client app")
_IMAGE_WORDS = word_set("image name tag version registry repo repository namespace demo docker release build")


class ImageRule(Struct, frozen=True):
    """A kind for images; `name` and `command` narrow it (either must hold a word), `unless` words take it back."""

    image: tuple[str, ...]
    kind: str
    technology: str
    role: str = ""
    name: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


class NameRule(Struct, frozen=True):
    """A kind for workloads of an unknown image whose name ends with one of the words."""

    name: tuple[str, ...]
    kind: str
    technology: str


class SettingRule(Struct, frozen=True):
    """A kind for workloads of an unknown image that set one of the variables and none of `unless`."""

    settings: tuple[str, ...]
    unless: tuple[str, ...]
    kind: str
    technology: str


class PortRule(Struct, frozen=True):
    """A kind for workloads of an unknown image that listen on the port."""

    port: int
    kind: str
    technology: str
    role: str = ""


class OutsideHost(Struct, frozen=True):
    """A service outside the system, known by a part of its host name."""

    host: tuple[str, ...]
    kind: str
    name: str


class OutsideKey(Struct, frozen=True):
    """A service outside the system, known by the variable that carries its key."""

    setting: tuple[str, ...]
    kind: str
    name: str


class Table(Struct, frozen=True):
    """The file `resources/importers/images.json`."""

    images: tuple[ImageRule, ...]
    names: tuple[NameRule, ...]
    settings: tuple[SettingRule, ...]
    ports: tuple[PortRule, ...]
    hosts: tuple[OutsideHost, ...]
    keys: tuple[OutsideKey, ...]
    frontends: frozenset[str]
    consumers: frozenset[str]


@cache
def table() -> Table:
    """Return the rules; read once."""
    return msgspec.json.decode(TABLE.read_bytes(), type=Table)


def recognize(workload: Workload) -> str:
    """Set kind, technology and role of a workload that its reader left open; return what they rest on.

    The order is: image, telling settings, ports, name; without any of them it is a service.
    """
    if workload.kind:
        return Text("its form {form}", form=workload.form)
    rule = _image_rule(workload)
    if rule is not None:
        workload.kind, workload.technology, workload.role = rule.kind or "service", rule.technology, rule.role
        _refine(workload)
        return Text("its image {image}", image=workload.image)
    reason = _by_settings(workload) or _by_name(workload) or _by_port(workload)
    if not workload.kind:
        workload.kind = "service"
    _refine(workload)
    return reason


def image_name(image: str) -> str:
    """Return `owner/name` of an image in lower case, without registry, tag and digest."""
    path = _without_variables(image).lower().split("@")[0].removeprefix("build:")
    head, _, tail = path.rpartition("/")
    tail = tail.split(":")[0]
    owner = head.rpartition("/")[2]
    return f"{owner}/{tail}" if owner and ":" not in owner and "." not in owner else tail


def _without_variables(image: str) -> str:
    """Return the image with `${VALKEY_IMAGE}` read as `valkey`; words like image, tag and registry say nothing."""
    for name in unresolved(image):
        telling = [word for word in words(name) if word not in _IMAGE_WORDS]
        image = image.replace(f"${{{name}}}", "-".join(telling))
    return image


def is_sidecar(image: str) -> bool:
    """Return whether the image is a helper that runs beside the main container of a pod."""
    full = image_name(image)
    return any(
        rule.role == "sidecar" and any(_fits(pattern, full) for pattern in rule.image) for rule in table().images
    )


@cache
def _products() -> tuple[tuple[ImageRule, str, tuple[str, ...]], ...]:
    """Return (rule, product, its words) of the patterns that can name a workload, in the order of the rules."""
    found = []
    for rule in table().images:
        for pattern in rule.image if rule.role != "sidecar" and not rule.name else ():
            parts = tuple(words(pattern))
            if "/" not in pattern and parts and len(pattern) >= 3:
                found.append((rule, "-".join(parts), parts))
    return tuple(found)


def _image_rule(workload: Workload) -> ImageRule | None:
    full = image_name(workload.image)
    if not full or "$" in full:
        return None
    own = {*workload.words(), *words(" ".join(workload.command[:6]))}
    text = f"{workload.name} {' '.join(workload.command)}".lower()
    for rule in table().images:
        if not any(_fits(pattern, full) for pattern in rule.image) or own & set(rule.unless):
            continue
        narrowed = (*rule.name, *rule.command)
        if not narrowed or any(word in text for word in narrowed):
            return rule
    return None


def _fits(pattern: str, full: str) -> bool:
    """Return whether the pattern begins a word of the image's last part, or stands anywhere when it has a slash."""
    if "/" in pattern:
        return pattern in full
    last = full.rpartition("/")[2].replace("_", "-")
    return f"-{pattern.replace('_', '-')}" in f"-{last}"


def _by_settings(workload: Workload) -> str:
    keys = {setting.key for setting in workload.settings if setting.where == "environment"}
    for rule in table().settings:
        hit = next((key for key in rule.settings if key in keys), None)
        if hit and not keys & set(rule.unless):
            workload.kind, workload.technology = rule.kind, rule.technology
            return Text("its setting {hit}", hit=hit)
    return ""


def _by_port(workload: Workload) -> str:
    for rule in table().ports:
        if rule.port in workload.ports:
            workload.kind, workload.technology, workload.role = rule.kind, rule.technology, rule.role
            return Text("its port {port}", port=rule.port)
    return ""


def _by_name(workload: Workload) -> str:
    """Use the name when it is the name of a product (`kafka`, `ts-order-mongo`), or ends with a telling word."""
    own = workload.words()
    if not own:
        return ""
    name = "-".join(own)
    for rule, product, parts in _products():
        if product in name and _is_product(product, parts, own, name) and not set(own) & set(rule.unless):
            workload.kind, workload.technology, workload.role = rule.kind, rule.technology, rule.role
            return Text("its name {name}", name=workload.name)
    for entry in table().names:
        ending = next((word for word in entry.name if own[-1] == word or name.endswith(f"-{word}")), None)
        if ending and not (entry.kind == "relational" and _by_port(workload)):
            workload.kind = workload.kind or entry.kind
            workload.technology = workload.technology or entry.technology
        if ending:
            return Text("its name {name}", name=workload.name)
    return ""


def _is_product(product: str, parts: tuple[str, ...], own: list[str], name: str) -> bool:
    if name == product or name.endswith(f"-{product}"):
        return True
    rest = own[len(parts) :]
    return name.startswith(f"{product}-") and len(rest) == 1 and rest[0] not in _CLIENTS


def _refine(workload: Workload) -> None:
    """Model servers that ask for accelerators are served on them."""
    if workload.kind == "model_serving" and workload.accelerators:
        workload.kind = "model_serving_gpu"
    if workload.kind == "relational" and "vector" in workload.words():
        workload.kind = "vector_store"


def is_frontend(workload: Workload) -> bool:
    """Return whether the workload looks like what people open: a web front end by its name."""
    return workload.kind == "service" and bool(set(workload.words()) & table().frontends)


def is_consumer(workload: Workload) -> bool:
    """Return whether name or command say that the workload takes work from a queue."""
    return bool({*workload.words(), *words(" ".join(workload.command[:4]))} & table().consumers)
