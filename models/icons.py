"""The bundled icons as outlines, so that the canvas, SVG and PDF draw the same geometry without an SVG renderer.

Icons come from the Carbon set; `resources/icons/kinds.json` says which icon stands for a node kind, a boundary or an
action. A text in SVG path syntax, as the catalog or a theme may hold one, is read by `parse_path`.
"""

import math
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from typing import Literal
from xml.etree import ElementTree

import msgspec

BOX = 32.0
Group = Literal["kinds", "boundaries", "actions"]
Command = tuple[str, tuple[float, ...]]
"""("M", (x, y)), ("L", (x, y)), ("C", (x1, y1, x2, y2, x, y)) or ("Z", ()), absolute, y downwards."""
Path = tuple[Command, ...]

# Distance of control points that draws a quarter circle with one cubic (error below 0.03 % of the radius).
_QUARTER = 4 / 3 * (math.sqrt(2) - 1)
_TOKEN = re.compile(r"[MmLlHhVvCcSsQqTtAaZz]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_COUNTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}


class _Icon(msgspec.Struct, frozen=True):
    body: str
    width: float
    height: float


class _Names(msgspec.Struct, frozen=True):
    default: str
    kinds: dict[str, str]
    boundaries: dict[str, str]
    actions: dict[str, str]


def icon_for(group: Group, key: str) -> str:
    """Return the icon that stands for a node kind, a boundary kind or an action, else the neutral one."""
    names = _names()
    table: dict[str, str] = getattr(names, group)
    return table.get(key, names.default)


def icon_names() -> tuple[str, ...]:
    """Return the names of all bundled icons, sorted."""
    return tuple(sorted(_icons()))


def icon_svg(name: str, color: str = "currentColor") -> str:
    """Return one icon as a complete SVG document of 32 x 32 units.

    Raises:
        KeyError: no bundled icon has this name.
    """
    icon = _icon(name)
    body = icon.body.replace("currentColor", color)
    box = f'viewBox="0 0 {icon.width:g} {icon.height:g}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32" {box}>{body}</svg>'


@cache
def icon_paths(name: str) -> tuple[Path, ...]:
    """Return the outlines of one icon in a box of 32 x 32, origin top left, to be filled with the nonzero rule.

    Raises:
        KeyError: no bundled icon has this name.
    """
    icon = _icon(name)
    scale = BOX / icon.width
    root = ElementTree.fromstring(f"<svg>{icon.body}</svg>")
    drawn = [element for element in root if element.get("fill") != "none"]
    return tuple(_scaled(_element_path(element), scale) for element in drawn)


def parse_path(text: str) -> Path:
    """Return SVG path data as absolute moves, lines and cubics (SVG 1.1 §8.3); arcs become cubics (§F.6).

    Raises:
        ValueError: the text is no path data; the message quotes the place.
    """
    return _PathReader(text).read()


def _element_path(element: ElementTree.Element) -> Path:
    def number(attribute: str) -> float:
        return float(element.get(attribute, "0"))

    if element.tag == "path":
        return parse_path(element.get("d", ""))
    if element.tag == "circle":
        return _ellipse(number("cx"), number("cy"), number("r"))
    return _rounded_rectangle(number("x"), number("y"), number("width"), number("height"), number("rx"))


def _ellipse(x: float, y: float, radius: float) -> Path:
    k = radius * _QUARTER
    return (
        ("M", (x + radius, y)),
        ("C", (x + radius, y + k, x + k, y + radius, x, y + radius)),
        ("C", (x - k, y + radius, x - radius, y + k, x - radius, y)),
        ("C", (x - radius, y - k, x - k, y - radius, x, y - radius)),
        ("C", (x + k, y - radius, x + radius, y - k, x + radius, y)),
        ("Z", ()),
    )


def _rounded_rectangle(x: float, y: float, width: float, height: float, radius: float) -> Path:
    r = min(radius, width / 2, height / 2)
    if r <= 0:
        return parse_path(f"M{x} {y}h{width}v{height}h{-width}z")
    corner = f"a{r} {r} 0 0 1"
    across, down = width - 2 * r, height - 2 * r
    right_side = f"h{across}{corner} {r} {r}v{down}{corner} {-r} {r}"
    left_side = f"h{-across}{corner} {-r} {-r}v{-down}{corner} {r} {-r}z"
    return parse_path(f"M{x + r} {y}{right_side}{left_side}")


def _scaled(path: Path, scale: float) -> Path:
    return path if scale == 1 else tuple((verb, tuple(value * scale for value in numbers)) for verb, numbers in path)


class _PathReader:
    """Reads path data from left to right; `x, y` is the current point, `knee` the last control point."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._out: list[Command] = []
        self.x = self.y = self._start_x = self._start_y = 0.0
        self._knee = (0.0, 0.0)
        self._last = ""
        self._draw: dict[str, Callable[[list[float]], None]] = {
            "C": self._cubic,
            "S": self._smooth_cubic,
            "Q": self._quadratic,
            "T": self._smooth_quadratic,
            "A": self._arc,
        }

    def read(self) -> Path:
        verb = ""
        while (token := self._peek()) is not None:
            if token.isalpha():
                verb = token
                self._at = self._text.index(token, self._at) + 1
            elif verb in ("", "Z", "z"):
                self._fail()
            self._apply(verb)
            verb = {"M": "L", "m": "l"}.get(verb, verb)
        return tuple(self._out)

    def _fail(self) -> None:
        raise ValueError(
            f"Path data cannot be read at character {self._at + 1}: {self._text[self._at : self._at + 20]!r}"
        )

    def _peek(self) -> str | None:
        rest = self._text[self._at :].lstrip(" \t\r\n,")
        self._at = len(self._text) - len(rest)
        if not rest:
            return None
        match = _TOKEN.match(rest)
        if match is None:
            self._fail()
            return None
        return match.group()

    def _number(self, flag: bool = False) -> float:
        token = self._peek()
        if token is None or token.isalpha():
            self._fail()
            return 0.0
        # Arc flags are one character and may touch the next number ("a2 2 0 01-2-2").
        token = token[0] if flag else token
        self._at += len(token)
        return float(token)

    def _apply(self, letter: str) -> None:
        verb = letter.upper()
        values = [self._number(flag=verb == "A" and place in (3, 4)) for place in range(_COUNTS[verb])]
        if letter.islower():
            values = self._absolute(verb, values)
        if verb == "Z":
            self._out.append(("Z", ()))
            self.x, self.y = self._start_x, self._start_y
        elif verb in self._draw:
            self._draw[verb](values)
        else:
            self._straight(verb, values)
        self._last = verb

    def _absolute(self, verb: str, values: list[float]) -> list[float]:
        if verb == "H":
            return [values[0] + self.x]
        if verb == "V":
            return [values[0] + self.y]
        if verb == "A":
            return [*values[:5], values[5] + self.x, values[6] + self.y]
        return [value + (self.y if place % 2 else self.x) for place, value in enumerate(values)]

    def _straight(self, verb: str, values: list[float]) -> None:
        if verb != "V":
            self.x = values[0]
        if verb != "H":
            self.y = values[-1]
        if verb == "M":
            self._start_x, self._start_y = self.x, self.y
        self._out.append(("M" if verb == "M" else "L", (self.x, self.y)))

    def _cubic(self, values: list[float]) -> None:
        self._out.append(("C", tuple(values)))
        self._knee = (values[2], values[3])
        self.x, self.y = values[4], values[5]

    def _mirrored(self, verbs: str) -> tuple[float, float]:
        if self._last and self._last in verbs:
            return 2 * self.x - self._knee[0], 2 * self.y - self._knee[1]
        return self.x, self.y

    def _smooth_cubic(self, values: list[float]) -> None:
        self._cubic([*self._mirrored("CS"), *values])

    def _quadratic(self, values: list[float]) -> None:
        qx, qy, x, y = values
        first = (self.x + 2 / 3 * (qx - self.x), self.y + 2 / 3 * (qy - self.y))
        self._cubic([*first, x + 2 / 3 * (qx - x), y + 2 / 3 * (qy - y), x, y])
        self._knee = (qx, qy)

    def _smooth_quadratic(self, values: list[float]) -> None:
        self._quadratic([*self._mirrored("QT"), *values])

    def _arc(self, values: list[float]) -> None:
        rx, ry, rotation, large, sweep, x, y = values
        if rx == 0 or ry == 0:
            self._straight("L", [x, y])
            return
        if (self.x, self.y) != (x, y):
            start, end = (self.x, self.y), (x, y)
            for piece in arc_cubics(start, end, abs(rx), abs(ry), math.radians(rotation), bool(large), bool(sweep)):
                self._cubic(list(piece))
            self.x, self.y = x, y


def arc_cubics(
    start: tuple[float, float],
    end: tuple[float, float],
    rx: float,
    ry: float,
    rotation: float,
    large: bool,
    sweep: bool,
) -> Iterator[tuple[float, ...]]:
    """Yield an elliptical arc as cubics of at most a quarter turn each (x1, y1, x2, y2, x, y).

    Center and angles as in SVG 1.1 §F.6.5 and F.6.6; radii that are too small are grown until the ends can be reached.

    Args:
        start, end: the two ends, which must differ.
        rx, ry: radii, above 0.
        rotation: of the x axis, in radians.
        large, sweep: choose one of the four arcs through both ends.
    """
    cos, sin = math.cos(rotation), math.sin(rotation)
    half_x, half_y = (start[0] - end[0]) / 2, (start[1] - end[1]) / 2
    px, py = (cos * half_x + sin * half_y) / rx, (cos * half_y - sin * half_x) / ry
    grown = max(1.0, math.hypot(px, py))
    cx, cy, first, turn = _arc_turn(px / grown, py / grown, large, sweep)
    rx, ry = rx * grown, ry * grown

    def place(u: float, v: float) -> tuple[float, float]:
        across, down = rx * (cx + u), ry * (cy + v)
        x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        return x + cos * across - sin * down, y + sin * across + cos * down

    pieces = max(1, math.ceil(abs(turn) / (math.pi / 2) - 1e-9))
    step = turn / pieces
    k = 4 / 3 * math.tan(step / 4)
    for piece in range(pieces):
        a, b = first + piece * step, first + (piece + 1) * step
        control_1 = place(math.cos(a) - k * math.sin(a), math.sin(a) + k * math.cos(a))
        control_2 = place(math.cos(b) + k * math.sin(b), math.sin(b) - k * math.cos(b))
        point = end if piece == pieces - 1 else place(math.cos(b), math.sin(b))
        yield (*control_1, *control_2, *point)


def _arc_turn(px: float, py: float, large: bool, sweep: bool) -> tuple[float, float, float, float]:
    """Return center x and y, first angle and turn of the arc from (px, py) to (-px, -py) on a unit circle."""
    factor = math.sqrt(max(0.0, 1 / (px * px + py * py) - 1)) * (-1 if large == sweep else 1)
    cx, cy = factor * py, -factor * px
    first = math.atan2(py - cy, px - cx)
    turn = math.atan2(-py - cy, -px - cx) - first
    if sweep and turn < 0:
        turn += 2 * math.pi
    elif not sweep and turn > 0:
        turn -= 2 * math.pi
    return cx, cy, first, turn


def _icon(name: str) -> _Icon:
    icons = _icons()
    if name not in icons:
        raise KeyError(f"No bundled icon is called {name!r}; resources/icons/carbon.json lists them.")
    return icons[name]


@cache
def _icons() -> dict[str, _Icon]:
    source = files("resources") / "icons" / "carbon.json"
    return msgspec.json.decode(source.read_bytes(), type=dict[str, _Icon])


@cache
def _names() -> _Names:
    source = files("resources") / "icons" / "kinds.json"
    return msgspec.json.decode(source.read_bytes(), type=_Names)
