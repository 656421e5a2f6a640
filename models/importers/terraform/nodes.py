"""A piece of a plan as a workload: its kind, name, machine, counts, parameters, tags and settings."""

from __future__ import annotations

from collections.abc import Iterable

from models.catalog.catalog import load_catalog
from models.design.elements import LONGEST_NAME, Brief
from models.design.kinds import kinds, value_of
from models.importers.recognition import recognize
from models.importers.serving import set_language_model
from models.importers.terraform.pieces import Piece, Pieces, path_of, values_of
from models.importers.terraform.places import Places
from models.importers.terraform.readings import read
from models.importers.terraform.sizes import Size, card_of, size_of
from models.importers.terraform.table import provider_of_type
from models.importers.terraform.values import (
    environment,
    every,
    first,
    is_set,
    text,
    total,
    whole,
)
from models.importers.workloads import Setting, System, Where, Workload, word_set
from models.words import Text, enumerated

_PLAIN_NAMES = word_set("this main default example primary instance")
_NAMES = ("name", "tags.Name", "display_name")
_TAGS = ("tags_all", "effective_labels", "terraform_labels", "tags", "labels", "user_labels", "settings.user_labels")
_SERVES_LANGUAGE = word_set("llm vllm tgi ollama llama mistral qwen sglang lmi")
_TRAINS = word_set("train training trainer finetune finetuning")
_LONGEST_TAG = 200
_MOST_TAGS = 50
_SERVICE_KINDS = frozenset({"service", "model_serving"})


class Nodes:
    """Makes the workloads of the drawn pieces and keeps what was assumed about them."""

    def __init__(self, pieces: Pieces, places: Places, system: System) -> None:
        self.pieces = pieces
        self.places = places
        self.system = system
        self.workloads: dict[int, Workload] = {}
        self.owners: dict[int, Piece] = {}
        self.disks: dict[str, float] = {}
        """GiB of the disks inside the machines of a workload, by its key."""
        self.respelled: dict[str, str] = {}
        self.told: dict[str, list[str]] = {}
        self._shared: dict[tuple[str, str], Workload] = {}
        required = str(value_of(Brief(), "required_tags") or "")
        self._required = {word.strip().casefold(): word.strip() for word in required.split(",") if word.strip()}
        self._carriers = {
            id(cluster) for piece in pieces.all if piece.rule.carries for cluster in self._clusters(piece)
        }
        self._has_hosts = any(piece.type == "aws_autoscaling_group" for piece in pieces.all)
        self._scaled_by_name = {
            name: piece for piece in pieces.all if piece.is_drawn and (name := text(piece.values, ("name",)))
        }

    def _clusters(self, piece: Piece) -> Iterable[Piece]:
        cluster = self.places.cluster_of(piece)
        return (cluster,) if cluster is not None and _has_machine(piece) else ()

    def make(self) -> None:
        """Make all workloads: those of plain pieces, then what parts and scaling rules say about them."""
        mark = (self.pieces.plan.file, 0)
        parts: dict[int, list[Piece]] = {}
        for piece in self.pieces.all:
            owner = self._owner(piece) if piece.rule.role == "part" else None
            if owner is not None:
                listed = parts.setdefault(id(owner), [])
                if listed and _machine(piece) not in ("", _machine(listed[0])):
                    continue  # of another size: a node of its own
                listed.append(piece)
                self.owners[id(piece)] = owner
        for piece in self.pieces.all:
            if (
                piece.is_drawn
                and id(piece) not in self.owners
                and (piece.rule.role != "cluster" or _has_machine(piece))
            ):
                self._make(piece, parts.get(id(piece), []), mark)
        for piece in self.pieces.all:
            if piece.rule.role == "scaling":
                self._scale(piece)
        self._tell_names_apart()

    def _tell_names_apart(self) -> None:
        """Add the name in the configuration, then the module, to nodes of the same kind and name."""
        for part in (
            lambda piece: piece.configured[1].rpartition(".")[2],
            lambda piece: path_of(piece),
            lambda piece: piece.key,
        ):
            same: dict[tuple[str, str], dict[int, tuple[Workload, Piece]]] = {}
            for piece in self.pieces.all:
                workload = self.workloads.get(id(piece))
                if workload is not None:
                    same.setdefault((workload.kind, workload.name), {}).setdefault(id(workload), (workload, piece))
            for listed in same.values():
                said = {key: part(piece) for key, (_, piece) in listed.items()}
                for key, told in said.items() if len(set(said.values())) > 1 else ():
                    workload, told = listed[key][0], told.removeprefix("module.").replace(".module.", ".")
                    if told and told != workload.name:
                        workload.name = f"{workload.name} ({told})"[:LONGEST_NAME]

    def of(self, piece: Piece) -> Workload | None:
        """Return the workload of a piece or of what it is a part of, or None."""
        return self.workloads.get(id(self.owners.get(id(piece), piece)))

    def carries(self, area: str) -> bool:
        """Return whether machines are drawn that carry the pods of a cluster, by the key of its area."""
        return any(f"terraform/{piece.key}" == area for piece in self.pieces.all if id(piece) in self._carriers)

    def _owner(self, piece: Piece) -> Piece | None:
        for _, target in self.pieces.targets(piece, piece.rule.part_of):
            if target.is_drawn and target.rule.role == "":
                return target
        name = text(piece.values, piece.rule.part_of)
        for type_name in ("aws_rds_cluster", "aws_docdb_cluster", "aws_neptune_cluster", "google_alloydb_cluster"):
            found = self.pieces.of_name(type_name, name.rpartition("/")[2]) if name else None
            if found is not None:
                return found
        return None

    # -- one workload ----------------------------------------------------------------------------------------------

    def _make(self, piece: Piece, parts: list[Piece], mark: tuple[str, int]) -> None:
        rule = piece.rule
        workload = Workload(
            key=f"terraform/{piece.key}",
            name=self._name(piece),
            form=piece.type,
            mark=mark,
            kind="" if rule.kind == "*" else rule.kind,
            technology=_technology(piece),
            note=_address_note(piece),
        )
        place = self._place(piece, workload)
        if rule.one and self._joined(piece, workload, place):
            return
        if rule.kind == "*":
            workload.image = text(piece.values, rule.image)
            if rule.note == "chart":
                workload.image = f"{workload.image.rpartition('/')[2]}"
            workload.form = piece.type
            recognize(workload)
            workload.technology = workload.technology or workload.image
        self.workloads[id(piece)] = workload
        self.system.workloads.append(workload)
        self._count(piece, workload, parts)
        self._size(piece, workload, parts)
        self._read_params(piece, workload)
        self._read_model(piece, workload)
        self._tell_beside(piece, workload)
        self._spread(workload, place)
        workload.tags = self._tags(piece)
        workload.published = self._is_published(piece)
        workload.networks = self.places.networks_of(piece)
        labels = first(piece.values, rule.labels)
        workload.labels = {str(key): str(value) for key, value in labels.items()} if isinstance(labels, dict) else {}
        workload.aliases = [workload.name, *_hosts(piece)]
        for key, value in environment(piece.values, rule.settings):
            if self.pieces.of_value(value) is not None:
                continue
            where: Where = "configuration" if key in rule.settings else "environment"
            workload.settings.append(Setting(key, value, mark, where))
        gib = sum(total(values, rule.disks) for values in values_of(piece))
        if gib > 0:
            self.disks[workload.key] = gib * max(workload.replicas // len(piece.resources), 1)

    def _joined(self, piece: Piece, workload: Workload, place: dict[str, int]) -> bool:
        """Return whether the piece was taken into the one node of its place; the first of them becomes that node."""
        key = (piece.type, next(iter(place), ""))
        known = self._shared.get(key)
        if known is not None:
            self.workloads[id(piece)] = known
            return True
        workload.name = piece.rule.technology
        workload.key = f"terraform/{piece.type}/{key[1]}"
        workload.note = ""
        self._shared[key] = workload
        return False

    def _name(self, piece: Piece) -> str:
        name = text(piece.values, (*piece.rule.name, *_NAMES)).strip()
        if not name or name.startswith("${") or len(name) > 60:
            own = piece.configured[1].rpartition(".")[2]
            module = piece.module.rpartition("module.")[2]
            name = module if own in _PLAIN_NAMES and module else own
            name = name.replace("[", " ").replace("]", "").replace('"', "")
            if piece.index and piece.index not in name:
                name = f"{name} {piece.index}"
        elif piece.rule.role == "cluster":
            name = f"{name} nodes"
        return name[:LONGEST_NAME]

    def _place(self, piece: Piece, workload: Workload) -> dict[str, int]:
        spec = kinds().nodes.get(workload.kind)
        zones = piece.rule.values.get("zones")
        spread = zones is not None and read(zones, piece.values) != 1
        one_zone = spec is not None and (spec.compute != "none" or workload.kind == "block_storage") and not spread
        return self.places.of(piece, one_zone)

    def _spread(self, workload: Workload, place: dict[str, int]) -> None:
        """Share the replicas over the areas that the copies run in."""
        copies = sum(place.values())
        if len(place) == 1 or not place:
            workload.areas = dict.fromkeys(place, workload.replicas)
        else:
            each = max(workload.replicas // copies, 1)
            workload.areas = {area: count * each for area, count in place.items()}

    def _count(self, piece: Piece, workload: Workload, parts: list[Piece]) -> None:
        rule, values = piece.rule, piece.values
        zones = self.places.zones(piece) if rule.zonal else 1
        found = self._counted(piece, rule.replicas, zones)
        if rule.product and (found is None or all(not is_set(first(values, (path,))) for path in rule.replicas)):
            counts = [whole(values, (path,)) for path, _ in rule.product]
            if any(count is not None for count in counts):
                found = 1
                for count, (_, more) in zip(counts, rule.product, strict=True):
                    found *= (1 if count is None and not more else (count or 0)) + more
        least, most = (self._counted(piece, paths, zones) for paths in (rule.least, rule.most))
        if most is not None and (least is None or most > least):
            workload.min_replicas, workload.max_replicas = least or 0, most
            found = max(found or 0, least or 0)
        if rule.carries:
            # Machines that carry pods follow these, not the requests that the drawing leads to them.
            workload.params["autoscaled"] = False
        one = max(1 if found is None else found, rule.at_least)
        for path, added in rule.plus.items():
            one += added.get(str(first(values, (path,))), 0)
        for path in rule.times:
            one *= whole(values, (path,)) or 1
        workload.replicas = min(len(parts) or one * len(piece.resources), 1_000_000)
        if (found == 0 or one == 0) and not parts:
            self.system.say_of(workload, "info", Text("“{name}” is planned with no running copy.", name=workload.name))

    def _counted(self, piece: Piece, paths: Iterable[str], zones: int) -> int | None:
        """Return the count at the first path that holds one; what is counted in each zone times the zones."""
        for path in paths:
            found = whole(piece.values, (path,))
            if found is not None:
                if path in piece.rule.zonal and zones > 1 and found:
                    self._say_once("zonal", f"{self._name(piece)} ({zones})")
                return found * (zones if path in piece.rule.zonal else 1)
        return None

    def _size(self, piece: Piece, workload: Workload, parts: list[Piece]) -> None:
        rule, spec = piece.rule, kinds().nodes[workload.kind]
        provider = provider_of_type(piece.type)
        written = next((found for each in (piece, *parts) if (found := _machine(each))), "")
        written = written or (rule.default_machine if rule.machine else "")
        if rule.unpriced:
            label = text(piece.values, rule.unpriced)
            written = f"{rule.technology} {label}".strip()
            size = Size(written, known=False)
            if spec.parameter("instance") is not None:
                workload.instance = written
            return
        if not written:
            if rule.machine and spec.compute != "none":
                self._say_unknown_machine(workload)
            return
        size = size_of(provider, written)
        workload.vcpu, workload.memory_gib = size.vcpu, size.memory_gib
        card = card_of(text(piece.values, rule.card)) if rule.card else ""
        workload.accelerator = card or size.accelerator
        workload.accelerators = whole(piece.values, rule.cards) or size.accelerators or None
        self._as_model_server(workload)
        spec = kinds().nodes[workload.kind]
        if spec.parameter("instance") is None:
            what = Text(
                "“{name}” runs on {count} × {machine}, which nodes of its kind do not pay by the machine; "
                "set its price per month.",
                name=workload.name,
                count=workload.replicas,
                machine=written,
            )
            self.system.say_of(workload, "warning", what)
            return
        workload.instance = size.name
        if not size.known:
            what = Text(
                "“{name}” runs on {machine}, which is not in the price list: its price is not known.",
                name=workload.name,
                machine=written,
            )
            self.system.say_of(workload, "warning", what)

    def _say_unknown_machine(self, workload: Workload) -> None:
        spec = kinds().nodes[workload.kind]
        sizes = [parameter.default for name in ("vcpu", "memory_gib") if (parameter := spec.parameter(name))]
        what = Text(
            "The machine type of “{name}” is not in the plan; {vcpu:g} vCPU and {memory:g} GiB are assumed.",
            name=workload.name,
            vcpu=float(sizes[0] if sizes else 0),
            memory=float(sizes[-1] if sizes else 0),
        )
        self.system.say_of(workload, "warning", what)

    def _as_model_server(self, workload: Workload) -> None:
        """Give services on accelerators the kind that their name or their being on accelerators means."""
        if not workload.accelerator or workload.kind not in _SERVICE_KINDS:
            return
        own = set(workload.words())
        workload.kind = "model_serving_gpu"
        if own & _SERVES_LANGUAGE:
            workload.kind = "llm_serving"
        elif own & _TRAINS:
            workload.kind = "model_training"
        what = Text(
            "“{name}” runs on {accelerator}; it is drawn as {kind}.",
            name=workload.name,
            accelerator=workload.accelerator,
            kind=kinds().nodes[workload.kind].noun,
        )
        self.system.say_of(workload, "info", what)

    def _read_params(self, piece: Piece, workload: Workload) -> None:
        rule, spec = piece.rule, kinds().nodes[workload.kind]
        workload.params.update(rule.fixed)
        for name, reading in rule.values.items():
            value = read(reading, piece.values)
            if value is not None and spec.parameter(name) is not None:
                if name in ("vcpu", "memory_gib"):
                    setattr(workload, name, value)
                else:
                    workload.params[name] = value
        if rule.note == "container" and not workload.instance:
            self._say_once("container", workload.name)
        cluster = self.places.cluster_of(piece) if rule.pod else None
        carried = (rule.carried and self._has_hosts) or (cluster is not None and id(cluster) in self._carriers)
        if carried and spec.parameter("price_usd_hour") is not None:
            workload.params["price_usd_hour"] = 0.0
            self._say_once("carried", workload.name)

    def _tell_beside(self, piece: Piece, workload: Workload) -> None:
        """Name the machines and containers that belong to a node and are not drawn."""
        machines = [
            (whole(piece.values, (count,)) or 1, machine)
            for count, path in piece.rule.beside
            if (machine := text(piece.values, (path,)))
        ]
        if machines:
            what = Text(
                "“{name}” also has {machines}; they are not drawn, so that their cost is missing.",
                name=workload.name,
                machines=enumerated([f"{count}\u00a0×\u00a0{machine}" for count, machine in machines]),
            )
            self.system.say_of(workload, "warning", what)
        others = [str(name) for path in piece.rule.others for name in every(piece.values, path) if name][1:]
        if others:
            what = Text(
                "“{name}” has further containers in its pod that are not drawn: {names}.",
                name=workload.name,
                names=enumerated(others),
            )
            self.system.say_of(workload, "info", what)

    def _say_once(self, what: str, name: str) -> None:
        listed = self.told.setdefault(what, [])
        if name not in listed:
            listed.append(name)

    def _read_model(self, piece: Piece, workload: Workload) -> None:
        """Set the model of a model API, and the language model that a server loads."""
        written = text(piece.values, piece.rule.model).rpartition("/")[2]
        if written:
            listed = load_catalog().model_apis
            found = next((each for each in (written, written.partition(":")[0]) if each in listed), "")
            workload.params["model_api"] = found or written
            if not found:
                what = Text(
                    "“{name}” calls {model}, which is not in the catalog of model APIs; its price is not known.",
                    name=workload.name,
                    model=written,
                )
                self.system.say_of(workload, "warning", what)
        variables = (
            dict(environment(piece.values, piece.rule.settings))
            if workload.kind in _SERVICE_KINDS | {"model_serving_gpu"}
            else {}
        )
        served = text(piece.values, piece.rule.serves) or variables.get("HF_MODEL_ID", "")
        if served:
            workload.kind = "llm_serving"
            set_language_model(workload, served.rpartition("@")[0] or served, self.system)

    def _scale(self, piece: Piece) -> None:
        """Give the piece that a scaling rule names its least and most replicas."""
        owner = next(
            (
                each
                for _, each in self.pieces.targets(piece, piece.rule.part_of)
                if self.of(each) and each.rule.role != "cluster"
            ),
            None,
        )
        name = text(piece.values, piece.rule.part_of).rpartition("/")[2]
        owner = owner or self._scaled_by_name.get(name)
        workload = self.of(owner) if owner is not None else None
        if workload is None:
            counts = self.pieces.left.setdefault("scaling", {})
            counts[piece.type] = counts.get(piece.type, 0) + 1
            return
        least, most = whole(piece.values, piece.rule.least), whole(piece.values, piece.rule.most)
        if most is not None:
            workload.min_replicas, workload.max_replicas = least or 0, most
            workload.replicas = max(workload.replicas, least or 0)
            if len(workload.areas) == 1:
                workload.areas = dict.fromkeys(workload.areas, workload.replicas)

    def _is_published(self, piece: Piece) -> bool:
        """Return whether an attribute says that it is reachable from the internet; an unknown one that it refers to."""
        for path, accepted in piece.rule.published.items():
            value = first(piece.values, (path,))
            if path == "*" or any(value == each or (each == [] and value is None) for each in accepted):
                return True
            if "*" in accepted and (value is not None or self.pieces.references.leads_from(piece.configured, path)):
                return True
        return False

    def _tags(self, piece: Piece) -> dict[str, str]:
        found: dict[str, str] = {}
        for attribute in _TAGS:
            value = first(piece.values, (attribute,))
            for key, written in list(value.items())[:_MOST_TAGS] if isinstance(value, dict) else ():
                if (
                    isinstance(written, str)
                    and key != "Name"
                    and len(key) <= _LONGEST_TAG
                    and not key.startswith("goog-")
                ):
                    found.setdefault(self._spelled(key), written[:_LONGEST_TAG])
        return found

    def _spelled(self, key: str) -> str:
        """Return a tag's key as the brief requires it: `Environment` is the required `environment`."""
        wanted = self._required.get(key.casefold(), key)
        if wanted != key:
            self.respelled[key] = wanted
        return wanted


def _machine(piece: Piece) -> str:
    return text(piece.values, piece.rule.machine)


def _has_machine(piece: Piece) -> bool:
    return bool(_machine(piece) or (piece.rule.default_machine and piece.rule.machine))


def _technology(piece: Piece) -> str:
    engine = text(piece.values, piece.rule.engine)
    return f"{piece.rule.technology} ({engine})" if engine else piece.rule.technology


def _address_note(piece: Piece) -> str:
    count = len(piece.resources)
    return f"{piece.key} × {count}" if count > 1 else piece.key


def _hosts(piece: Piece) -> list[str]:
    """Return the host names that are known to lead to a piece."""
    found = []
    for attribute in (
        "endpoint",
        "address",
        "dns_name",
        "fqdn",
        "default_hostname",
        "reader_endpoint",
        "primary_endpoint_address",
    ):
        value = piece.values.get(attribute)
        if isinstance(value, str) and "." in value:
            found.append(value.rpartition("://")[2].partition("/")[0].partition(":")[0].lower())
    return found
