"""Where the pieces of a plan run: account, region, zone, cluster and network, as areas of the drawing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.design.elements import Value
from models.importers.terraform.pieces import Piece, Pieces
from models.importers.terraform.plan import Resource
from models.importers.terraform.references import references_in
from models.importers.terraform.sizes import is_region, region_id
from models.importers.terraform.table import provider_of_type
from models.importers.terraform.values import first, text
from models.importers.workloads import Area

PROVIDER_NAMES = {"aws": "AWS", "gcp": "Google Cloud", "azure": "Azure"}
_REGION_ATTRIBUTES = ("region", "location", "availability_zone", "zone")
_ZONE_ATTRIBUTES = ("availability_zone", "zone", "zones")
_ACCOUNT_ATTRIBUTES = ("project", "subscription_id", "allowed_account_ids")
_SUBNET_ROLES = frozenset({"subnet", "subnet_group"})
_LOCAL_NAMES = {"google-beta": "google"}
_LONGEST = 80
_ZONES_OF_A_REGION = 3
_SEVERAL = frozenset({"eu", "us", "asia", "global", "nam4", "eur4", "asia1", "europe", "unitedstates"})
"""Places that are several regions at once."""


class Places:
    """Makes areas as they are needed, parents first."""

    def __init__(self, pieces: Pieces) -> None:
        self.pieces = pieces
        self.areas: dict[str, Area] = {}
        self.without_region: dict[str, int] = {}
        self.unknown_regions: dict[str, int] = {}
        self.at_home: dict[tuple[str, str], int] = {}
        self.home = ""
        self._clusters = [piece for piece in self.pieces.all if piece.rule.role == "cluster"]
        self._cluster_names: dict[str, list[Piece]] = {}
        for cluster in self._clusters:
            self._cluster_names.setdefault(self._name(cluster), []).append(cluster)
        self._home = self._homes()
        self._subnets: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {}

    def _homes(self) -> dict[str, str]:
        """Return the region of most nodes by provider: where what names no region, or several at once, is drawn."""
        counts: dict[str, dict[str, int]] = {}
        for piece in self.pieces.all:
            region = self.region_of(piece, piece.resources[0]) if piece.is_drawn else ""
            if region:
                listed = counts.setdefault(provider_of_type(piece.type), {})
                listed[region] = listed.get(region, 0) + 1
        known = [
            (count, f"{provider}/{region}")
            for provider, listed in counts.items()
            for region, count in listed.items()
            if is_region(provider, region)
        ]
        self.home = max(known)[1] if known else ""
        return {provider: max(listed, key=listed.__getitem__) for provider, listed in counts.items()}

    def of(self, piece: Piece, one_zone: bool) -> dict[str, int]:
        """Return the copies of a piece by the key of the area they run in.

        Args:
            one_zone: a copy runs in one zone, so that a zone that is named holds it.
        """
        cluster = self.cluster_of(piece)
        if cluster is not None:
            return {self.of_cluster(cluster): len(piece.resources)}
        found: dict[str, int] = {}
        for resource in piece.resources:
            key = self._of_resource(piece, resource, one_zone)
            if key:
                found[key] = found.get(key, 0) + 1
        return found

    def cluster_of(self, piece: Piece) -> Piece | None:
        """Return the cluster that a piece runs in, or None."""
        if piece.rule.role == "cluster":
            return piece
        for attributes in (piece.rule.within, ("depends_on",) if piece.rule.pod else ()):
            for _, target in self.pieces.targets(piece, attributes):
                if target.rule.role == "cluster":
                    return target
            for attribute in attributes:
                name = text(piece.values, (attribute,)).rpartition("/")[2]
                found = self._cluster_names.get(name, []) if name else []
                if len(found) == 1:
                    return found[0]
        return self._cluster_of_pod(piece) if piece.rule.pod else None

    def clusters(self) -> list[Piece]:
        """Return the clusters of the plan."""
        return self._clusters

    def _cluster_of_pod(self, piece: Piece) -> Piece | None:
        """Return the cluster that the provider of a pod is configured with, else the only one of Kubernetes."""
        pods = [
            each
            for each in self.clusters()
            if each.type not in ("aws_ecs_cluster", "azurerm_container_app_environment")
        ]
        configuration = self._configuration(piece)
        for target in self.pieces.references.resolve("", references_in(configuration.get("expressions"))):
            for each in pods:
                if each.configured == (target.module, target.name):
                    return each
        return pods[0] if len(pods) == 1 else None

    def of_cluster(self, cluster: Piece) -> str:
        """Return the key of the area of a cluster."""
        key = f"terraform/{cluster.key}"
        if key not in self.areas:
            parent = self._of_resource(cluster, cluster.resources[0], False)
            params = {"managed": False} if cluster.rule.fixed.get("managed") is False else {}
            name = self._name(cluster) or cluster.configured[1].partition(".")[2]
            title = f"{name} ({cluster.rule.technology})"
            self.areas[key] = Area(key=key, kind="cluster", name=title[:_LONGEST], parent=parent, params=dict(params))
        return key

    def zones(self, piece: Piece) -> int:
        """Return in how many zones each count of the nodes of Google Kubernetes Engine stands; three if none are named.

        A zonal cluster stands in its own zone beside those that it names, a node pool in those that it names.
        """
        cluster = self.cluster_of(piece) or piece
        own, shared = (first(each.values, ("node_locations",)) for each in (piece, cluster))
        written = text(piece.values, ("location", "zone")) or text(cluster.values, ("location", "zone"))
        is_zone = written != region_id("gcp", written)
        if isinstance(own, list) and piece is not cluster:
            return len(own)
        named = len(shared) if isinstance(shared, list) else 0
        return named + 1 if is_zone else named or _ZONES_OF_A_REGION if written else 1

    def networks_of(self, piece: Piece) -> list[str]:
        """Return the keys of the networks that a piece stands in."""
        return list(self._network(piece)[1])

    # -- account, region, zone -------------------------------------------------------------------------------------

    def _of_resource(self, piece: Piece, resource: Resource, one_zone: bool) -> str:
        provider = provider_of_type(piece.type)
        if not provider:
            return ""
        account = self._account(piece, resource)
        parent = self._provider_area(provider, account)
        region = self.region_of(piece, resource)
        if not region and provider in self._home:
            region = self._home[provider]
            self.at_home[provider, region] = self.at_home.get((provider, region), 0) + 1
        if not region:
            self.without_region[provider] = self.without_region.get(provider, 0) + 1
            return parent
        key = f"terraform/region/{provider}/{account}/{region}"
        if key not in self.areas:
            if not is_region(provider, region):
                self.unknown_regions[region] = 0
            self.areas[key] = Area(
                key=key, kind="region", name=region, parent=parent, params={"region": region, "provider": provider}
            )
        if region in self.unknown_regions:
            self.unknown_regions[region] += 1
        zone = self._zone(piece, resource, provider, region) if one_zone else ""
        return self._zone_area(key, zone) if zone else key

    def _provider_area(self, provider: str, account: str) -> str:
        key = f"terraform/provider/{provider}/{account}"
        if key not in self.areas:
            name = f"{PROVIDER_NAMES[provider]} {account}".strip()
            params: dict[str, Value] = {"provider": provider}
            self.areas[key] = Area(key=key, kind="provider", name=name[:_LONGEST], params=params)
        return key

    def _zone_area(self, region: str, zone: str) -> str:
        key = f"{region.replace('/region/', '/zone/', 1)}/{zone}"
        if key not in self.areas:
            self.areas[key] = Area(key=key, kind="zone", name=zone, parent=region, params={"zone": zone})
        return key

    def _account(self, piece: Piece, resource: Resource) -> str:
        written = text(resource.values, ("project",)) if piece.type.startswith("google_") else ""
        for attribute in _ACCOUNT_ATTRIBUTES if not written else ():
            written = written or self._provider_value(piece, attribute)
        return written[:_LONGEST]

    def region_of(self, piece: Piece, resource: Resource) -> str:
        """Return the id of the region of a resource: its own attributes, those of its provider, then its ARN."""
        provider = provider_of_type(piece.type)
        for attribute in _REGION_ATTRIBUTES:
            written = text(resource.values, (attribute,)) or text(piece.values, (attribute,))
            if written and not (attribute == "zone" and provider == "azure"):
                region = region_id(provider, written)
                return "" if region in _SEVERAL else region
        written = self._provider_value(piece, "region") or self._provider_value(piece, "zone")
        if written:
            return region_id(provider, written)
        parts = text(resource.values, ("arn",)).split(":")
        if len(parts) > 4 and parts[3]:
            return region_id(provider, parts[3])
        return self._region_of_group(piece)

    def _region_of_group(self, piece: Piece) -> str:
        """Return the region of what an Azure resource without a location belongs to."""
        if piece.type.startswith("azurerm_"):
            for _, target in self.pieces.targets(piece):
                written = text(target.values, ("location",))
                if written:
                    return region_id("azure", written)
        return ""

    def _zone(self, piece: Piece, resource: Resource, provider: str, region: str) -> str:
        for attribute in _ZONE_ATTRIBUTES:
            value = resource.values.get(attribute)
            listed = value if isinstance(value, list) else [value]
            if len(listed) == 1 and isinstance(listed[0], str) and listed[0]:
                zone = listed[0].rpartition("/")[2]
                return f"{region}-{zone}" if provider == "azure" else zone
        zones = self._network(piece)[0]
        return zones[0] if len(zones) == 1 else ""

    def _network(self, piece: Piece) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the zones of the subnets that a piece names, and the keys of its networks."""
        if id(piece) not in self._subnets:
            zones: dict[str, None] = {}
            networks: dict[str, None] = {}
            waiting, seen = [piece, *piece.templates], {id(piece)}
            while waiting:
                for _, target in self.pieces.targets(waiting.pop(), None):
                    if id(target) in seen:
                        continue
                    seen.add(id(target))
                    if target.rule.role == "network":
                        networks[self._network_area(target)] = None
                    elif target.rule.role in _SUBNET_ROLES:
                        waiting.append(target)
                        zone = text(target.values, ("availability_zone",))
                        if zone:
                            zones[zone] = None
            self._subnets[id(piece)] = (tuple(zones), tuple(networks))
        return self._subnets[id(piece)]

    def _network_area(self, network: Piece) -> str:
        key = f"terraform/{network.key}"
        if key not in self.areas:
            name = self._name(network) or network.configured[1].partition(".")[2]
            self.areas[key] = Area(key=key, kind="network", name=name[:_LONGEST])
        return key

    # -- configuration of the provider -----------------------------------------------------------------------------

    def _configuration(self, piece: Piece) -> Mapping[str, Any]:
        configured = self.pieces.references.of.get(piece.configured)
        providers = self.pieces.plan.providers
        key = configured.provider if configured else ""
        prefix = piece.type.partition("_")[0]
        for each in (key, key.rpartition(":")[2], prefix, _LOCAL_NAMES.get(prefix, prefix)):
            found = providers.get(each)
            if isinstance(found, dict) and found.get("expressions"):
                return found
        return {}

    def _provider_value(self, piece: Piece, attribute: str) -> str:
        configuration = self._configuration(piece)
        expressions = configuration.get("expressions")
        expression = expressions.get(attribute) if isinstance(expressions, dict) else None
        if not isinstance(expression, dict):
            return ""
        value = expression.get("constant_value")
        if value is None:
            module = str(configuration.get("module_address") or "")
            for reference in references_in(expression):
                if reference.startswith("var."):
                    value = self.pieces.references.variable(module, reference, self.pieces.plan.variables)
                    break
        if isinstance(value, list):
            value = value[0] if len(value) == 1 else None
        return value if isinstance(value, str) else ""

    @staticmethod
    def _name(piece: Piece) -> str:
        return text(piece.values, ("tags.Name", "name", *piece.rule.name))
