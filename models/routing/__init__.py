"""Orthogonal routes of flows around cards, with ports, tracks and places for labels."""

from models.routing.labels import label_places
from models.routing.paths import Paths
from models.routing.router import AT_ONCE, UNTANGLED_UP_TO, reroute, route, touched
from models.routing.sides import straight

__all__ = ["AT_ONCE", "UNTANGLED_UP_TO", "Paths", "label_places", "reroute", "route", "straight", "touched"]
