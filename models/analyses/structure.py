"""Availability of a structure of AND, OR and k-of-n over named components, where a component may occur several times.

A component that occurs twice (a zone, a region, DNS, identity) is one variable, a common cause. Evaluation is exact
while it can be: closed form without shared components; conditioning on all states of up to 12 shared ones; a reduced
ordered binary decision diagram (Bryant 1986) up to 200,000 nodes; else conditional Monte-Carlo with a confidence
interval.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.analyses.availability import k_of_n

Floats = NDArray[np.float64]
MOST_CONDITIONED = 12
MOST_DIAGRAM_NODES = 200_000


class Component(NamedTuple):
    """A named part; the same name is the same part."""

    name: str


class Gate(NamedTuple):
    """Works when at least `k` of its inputs do: k = number of inputs is AND, k = 1 is OR."""

    k: int
    inputs: tuple["Structure", ...]


class Not(NamedTuple):
    """Works when its input does not."""

    input: "Structure"


Structure = Component | Gate | Not


def all_of(*inputs: Structure) -> Gate:
    """Return a gate that needs all inputs."""
    return Gate(len(inputs), inputs)


def any_of(*inputs: Structure) -> Gate:
    """Return a gate that needs one input."""
    return Gate(1, inputs)


_TOKEN = re.compile(r"\s*(?:([A-Za-z_0-9.\-/:]+)|(.))")
_SIGNS = {"&&": "&", "||": "|", "∧": "&", "∨": "|", "¬": "!"}


def parse(text: str) -> Structure:
    """Return the structure written as text.

    `AND(a, b)`, `OR(a, b)`, `KOFN(2; a, b, c)` (also `KOFN(2, …)` and `2OF3(…)`), `NOT(a)`, with `a & b`, `a | b`, `!a`
    and parentheses inside; `&` binds closer than `|`.

    Raises:
        ValueError: with the position, when the text is not such an expression.
    """
    for long, short in _SIGNS.items():
        text = text.replace(long, short)
    parser = _Parser(text)
    structure = parser.disjunction()
    if parser.token:
        raise parser.complaint("an operator or the end")
    return structure


class _Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, text: str) -> None:
        self._text = text
        matches = _TOKEN.finditer(text.rstrip())
        self._tokens = [(match.group(match.lastindex or 0), match.start(match.lastindex or 0)) for match in matches]
        self._at = 0

    @property
    def token(self) -> str:
        """The next token, empty at the end."""
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def complaint(self, wanted: str) -> ValueError:
        """Return the error that says what was expected where."""
        place = self._tokens[self._at][1] + 1 if self._at < len(self._tokens) else len(self._text) + 1
        found = f'"{self.token}"' if self.token else "the end"
        return ValueError(f"Structure, character {place}: expected {wanted}, found {found}.")

    def _take(self, wanted: str | None = None) -> str:
        token = self.token
        if not token or (wanted is not None and token != wanted):
            raise self.complaint(f'"{wanted}"' if wanted else "a component")
        self._at += 1
        return token

    def disjunction(self) -> Structure:
        """Parse terms joined by `|`."""
        return self._joined(self._conjunction, ("|", "or", "OR"), any_of)

    def _conjunction(self) -> Structure:
        return self._joined(self._factor, ("&", "and", "AND"), all_of)

    def _joined(self, part: Callable[[], Structure], signs: tuple[str, ...], gate: Callable[..., Gate]) -> Structure:
        parts = [part()]
        while self.token in signs:
            self._take()
            parts.append(part())
        return parts[0] if len(parts) == 1 else gate(*parts)

    def _factor(self) -> Structure:
        token = self._take()
        if token == "!":
            return Not(self._factor())
        if token == "(":
            inside = self.disjunction()
            self._take(")")
            return inside
        if not re.match(r"[A-Za-z_0-9]", token):
            self._at -= 1
            raise self.complaint("a component, a gate or an opening parenthesis")
        return self._gate(token) if self.token == "(" else Component(token)

    def _gate(self, name: str) -> Structure:
        kind = name.upper().replace("-", "").replace("_", "")
        counted = re.fullmatch(r"(\d+)(?:OF|OO)(\d+|N)", kind)
        if not counted and kind not in ("AND", "OR", "NOT", "KOFN", "KOON", "ATLEAST", "VOTE"):
            self._at -= 1
            raise self.complaint("AND, OR, NOT or KOFN before the parenthesis")
        self._take("(")
        k = int(counted.group(1)) if counted else 0
        if kind in ("KOFN", "KOON", "ATLEAST", "VOTE"):
            word = self._take().lower().removeprefix("k=")
            if word == "k" and self.token == "=":
                self._take("=")
                word = self._take()
            if not word.isdigit():
                self._at -= 1
                raise self.complaint("a whole number k")
            k = int(word)
            if self.token in (";", ",", ":"):
                self._take()
        inputs = [self.disjunction()]
        while self.token in (",", ";"):
            self._take()
            inputs.append(self.disjunction())
        self._take(")")
        if kind == "NOT":
            return Not(inputs[0]) if len(inputs) == 1 else Not(all_of(*inputs))
        return Gate({"AND": len(inputs), "OR": 1}.get(kind, k), tuple(inputs))


def components(structure: Structure) -> Iterator[str]:
    """Yield the component names in depth-first order, with repetitions."""
    if isinstance(structure, Component):
        yield structure.name
    elif isinstance(structure, Not):
        yield from components(structure.input)
    else:
        for part in structure.inputs:
            yield from components(part)


class Result(NamedTuple):
    """The availability, how it was found and, for Monte-Carlo, half the width of its 95 % confidence interval."""

    availability: Floats
    method: Literal["closed form", "conditioning", "decision diagram", "monte carlo"]
    half_width: float = 0.0


def evaluate(
    structure: Structure, availability: Mapping[str, ArrayLike], samples: int = 20_000, seed: int = 1
) -> Result:
    """Return the availability of a structure.

    Args:
        structure: gates over components.
        availability: of each component, a number or an array; arrays of one shape give a result of that shape.
        samples, seed: of the Monte-Carlo that is the last resort.

    Raises:
        ValueError: naming the components without an availability, or one outside 0 to 1.
    """
    occurrences = Counter(components(structure))
    values = _checked(occurrences, availability)
    shared = [name for name, count in occurrences.items() if count > 1]
    if not shared:
        return Result(_closed_form(structure, values), "closed form")
    if len(shared) <= MOST_CONDITIONED:
        return Result(_conditioned(structure, values, shared), "conditioning")
    diagram = _Diagram(list(occurrences))
    root = diagram.build(structure)
    if root is not None:
        return Result(diagram.probability(root, values), "decision diagram")
    return _monte_carlo(structure, values, shared, samples, seed)


def _checked(names: Counter[str], availability: Mapping[str, ArrayLike]) -> dict[str, Floats]:
    missing = sorted(name for name in names if name not in availability)
    if missing:
        raise ValueError(f"No availability is given for {', '.join(missing)}; add it to the components.")
    values = {name: np.asarray(availability[name], float) for name in names}
    wrong = sorted(name for name, value in values.items() if np.any(~((value >= 0.0) & (value <= 1.0))))
    if wrong:
        raise ValueError(f"The availability of {', '.join(wrong)} is not between 0 and 1.")
    return values


def _closed_form(structure: Structure, values: Mapping[str, Floats]) -> Floats:
    """Return the probability when no two inputs of a gate share a component (or shared ones are fixed)."""
    if isinstance(structure, Component):
        return values[structure.name]
    if isinstance(structure, Not):
        return np.asarray(1.0 - _closed_form(structure.input, values))
    parts = [_closed_form(part, values) for part in structure.inputs]
    if structure.k >= len(parts):
        result = np.ones(()) if structure.k == len(parts) else np.zeros(())
        for part in parts:
            result = np.asarray(result * part)
        return result
    if structure.k == 1:
        down = np.ones(())
        for part in parts:
            down = np.asarray(down * (1.0 - part))
        return np.asarray(1.0 - down)
    return k_of_n(np.stack(np.broadcast_arrays(*parts), axis=-1), structure.k)


def _conditioned(structure: Structure, values: Mapping[str, Floats], shared: Sequence[str]) -> Floats:
    """Return the exact probability: closed form in every state of the shared components, weighted."""
    states = (np.arange(1 << len(shared))[:, None] >> np.arange(len(shared))) & 1
    shape = np.broadcast_shapes(*(value.shape for value in values.values()))
    fixed = dict(values)
    weight = np.ones((len(states), *(1,) * len(shape)))
    for column, name in enumerate(shared):
        state = states[:, column].reshape(-1, *(1,) * len(shape)).astype(float)
        fixed[name] = state
        weight = weight * (state * values[name] + (1.0 - state) * (1.0 - values[name]))
    return np.asarray((weight * _closed_form(structure, fixed)).sum(axis=0))


class _Diagram:
    """Reduced ordered binary decision diagram; nodes 0 and 1 are the constants."""

    def __init__(self, order: Sequence[str]) -> None:
        self._order = list(order)
        self._level = {name: level for level, name in enumerate(self._order)}
        last = len(self._order)
        self._nodes: list[tuple[int, int, int]] = [(last, 0, 0), (last, 1, 1)]
        self._unique: dict[tuple[int, int, int], int] = {}
        self._memo: dict[tuple[int, int, int], int] = {}

    def build(self, structure: Structure) -> int | None:
        """Return the root of the structure, or None when the diagram grows too large."""
        try:
            return self._build(structure)
        except (MemoryError, RecursionError):
            return None

    def _build(self, structure: Structure) -> int:
        if isinstance(structure, Component):
            return self._node(self._level[structure.name], 0, 1)
        if isinstance(structure, Not):
            return self._choose(self._build(structure.input), 0, 1)
        reached = [1] + [0] * structure.k
        for part in structure.inputs:
            root = self._build(part)
            for count in range(structure.k, 0, -1):
                reached[count] = self._choose(root, reached[count - 1], reached[count])
        return reached[structure.k]

    def _node(self, level: int, low: int, high: int) -> int:
        if low == high:
            return low
        key = (level, low, high)
        found = self._unique.get(key)
        if found is None:
            if len(self._nodes) >= MOST_DIAGRAM_NODES:
                raise MemoryError
            found = self._unique[key] = len(self._nodes)
            self._nodes.append(key)
        return found

    def _choose(self, test: int, then: int, otherwise: int) -> int:
        """Return the diagram of "if test then … otherwise …"."""
        if test == 1 or then == otherwise:
            return then
        if test == 0:
            return otherwise
        key = (test, then, otherwise)
        found = self._memo.get(key)
        if found is None:
            level = min(self._nodes[node][0] for node in key)
            low, high = ([self._branch(node, level, side) for node in key] for side in (1, 2))
            found = self._memo[key] = self._node(level, self._choose(*low), self._choose(*high))
        return found

    def _branch(self, node: int, level: int, side: int) -> int:
        return self._nodes[node][side] if self._nodes[node][0] == level else node

    def probability(self, root: int, values: Mapping[str, Floats]) -> Floats:
        """Return the probability that the root is reached, in one pass over the nodes (children come first)."""
        chance: list[Floats] = [np.zeros(()), np.ones(())]
        for level, low, high in self._nodes[2:]:
            up = values[self._order[level]]
            chance.append(np.asarray(up * chance[high] + (1.0 - up) * chance[low]))
        return chance[root]


def _monte_carlo(
    structure: Structure, values: Mapping[str, Floats], shared: Sequence[str], samples: int, seed: int
) -> Result:
    """Estimate by sampling the shared components only; the rest is closed form in every sample.

    Stratified: all shared up and each single one down are computed exactly, two or more down are sampled given that
    (sequentially, from the tail probabilities of the number still to fail).
    """
    up = np.array([float(np.mean(values[name])) for name in shared])
    if any(values[name].ndim for name in shared):
        raise ValueError("Monte-Carlo of a structure takes one availability per component; evaluate case by case.")
    exact_states = np.vstack([np.ones(len(shared)), 1.0 - np.eye(len(shared))])
    exact_weights = np.prod(np.where(exact_states > 0.0, up, 1.0 - up), axis=1)
    rest = max(0.0, 1.0 - float(exact_weights.sum()))
    drawn = _two_or_more_down(up, samples, np.random.default_rng(seed))
    exact, sampled = (
        np.broadcast_to(
            _closed_form(structure, {**values, **{name: rows[:, i] for i, name in enumerate(shared)}}), len(rows)
        )
        for rows in (exact_states, drawn)
    )
    value = float(exact_weights @ exact) + rest * float(sampled.mean())
    half = 1.96 * rest * float(sampled.std(ddof=1)) / np.sqrt(samples)
    return Result(np.asarray(value), "monte carlo", float(half))


def _two_or_more_down(up: Floats, samples: int, random: np.random.Generator) -> Floats:
    """Return states (samples, components) given that at least two are down."""
    count = len(up)
    tail = np.zeros((count + 1, 3))
    tail[:, 0] = 1.0
    for part in range(count - 1, -1, -1):
        tail[part, 1:] = (1.0 - up[part]) * tail[part + 1, :2] + up[part] * tail[part + 1, 1:]
    need = np.full(samples, 2)
    states = np.ones((samples, count))
    for part in range(count):
        whole = tail[part, need]
        fails = (1.0 - up[part]) * tail[part + 1, np.maximum(need - 1, 0)]
        down = random.random(samples) * whole < fails
        states[down, part] = 0.0
        need = np.where(down, np.maximum(need - 1, 0), need)
    return states
