"""Orthogonal routes of flows around cards, with ports, tracks and places for labels."""

from models.routing.labels import label_places
from models.routing.paths import Paths
from models.routing.router import reroute, route, touched
from models.routing.sides import straight

__all__ = ["Paths", "label_places", "reroute", "route", "straight", "touched"]
