"""YAML as plain values with line numbers, safe against hostile input.

Built on the events of ruamel.yaml: no tag constructs anything, aliases share one object instead of being copied, and
size, depth and expanded size are bounded. All scalars stay text (`080`, `1.10` and `no` are what the author wrote);
a plain null is None. JSON is read as the YAML that it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from models.importers.notes import ImportProblem
from models.interruption import while_wanted
from models.words import Number, Text

LARGEST_FILE_BYTES = 4 * 2**20
DEEPEST = 64
MOST_VALUES = 400_000
TEMPLATE = Text(
    "this is a template of a Helm chart, not a manifest. "
    "Render it first (helm template NAME CHART > rendered.yaml) and import the result."
)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""How a file of PowerShell begins: `kubectl get … > file.yaml` writes UTF-16 there."""
_NULLS = {"", "~", "null", "Null", "NULL"}
Mark = tuple[str, int]
"""File name and 1-based line."""


class Map(dict[str, Any]):
    """A mapping that knows where it and each of its keys was written. Aliases share it."""

    def __init__(self, mark: Mark, pairs: dict[str, Any] | None = None, marks: dict[str, Mark] | None = None) -> None:
        super().__init__(pairs or {})
        self.mark = mark
        self.marks = marks or {}
        self.size = 1
        self.override = False

    def at(self, key: str) -> Mark:
        """Return where the key was written, else where the mapping begins."""
        return self.marks.get(key, self.mark)

    def map(self, key: str) -> Map:
        """Return the mapping below `key`, or an empty one."""
        value = self.get(key)
        return value if isinstance(value, Map) else Map(self.at(key))

    def seq(self, key: str) -> Seq:
        """Return the list below `key`, or an empty one."""
        value = self.get(key)
        return value if isinstance(value, Seq) else Seq(self.at(key))

    def text(self, key: str) -> str:
        """Return the text below `key`, or an empty text."""
        value = self.get(key)
        return value if isinstance(value, str) else ""


class Seq(list[Any]):
    """A list that knows where it and each of its items was written."""

    def __init__(self, mark: Mark, items: list[Any] | None = None, marks: list[Mark] | None = None) -> None:
        super().__init__(items or [])
        self.mark = mark
        self.marks = marks or []
        self.size = 1
        self.override = False

    def at(self, index: int) -> Mark:
        """Return where the item was written."""
        return self.marks[index] if index < len(self.marks) else self.mark

    def maps(self) -> Iterator[Map]:
        """Yield the items that are mappings."""
        return (item for item in self if isinstance(item, Map))


class Reset:
    """The value of a `!reset` tag: the merge takes the key away."""


def decode(data: bytes, file: str, most: int = LARGEST_FILE_BYTES) -> str:
    """Return the text of a file of at most `most` bytes.

    Raises:
        ImportProblem: it is too large, empty or not UTF-8.
    """
    if len(data) > most:
        limit = most // 2**20  # how large the file is, nobody knows: no more of it is read than tells this
        raise ImportProblem(
            Text("{file} is too large: files up to {limit} MiB can be read. Split it.", file=file, limit=limit)
        )
    try:
        text = data.decode("utf-16" if data[:2] in _UTF_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ImportProblem(
            Text(
                "{file}, line {line}: this is not a text file in UTF-8; save it in this encoding and import it again.",
                file=file,
                line=line,
            )
        ) from error
    if not text.strip():
        raise ImportProblem(Text("{file} is empty; there is nothing to import.", file=file))
    return text


def read_yaml(text: str, file: str) -> list[Any]:
    """Return the documents of a YAML text as Map, Seq, text or None.

    Raises:
        ImportProblem: the text is no YAML, too deep, or grows too large through its aliases; says the line.
    """
    builder = _Builder(file, is_template(text))
    try:
        for event in while_wanted(YAML(typ="safe", pure=True).parse(text)):
            builder.take(event)
    except YAMLError as error:
        raise ImportProblem(_sentence(error, text, file)) from error
    return builder.documents


def is_template(text: str) -> bool:
    """Return whether the text holds expressions of a Helm chart."""
    return any(mark in text for mark in ("{{-", "{{ .", "{{.", "{{ include", "{{ template"))


def _sentence(error: YAMLError, text: str, file: str) -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = getattr(error, "position", None)
    line = mark.line + 1 if mark is not None else text.count("\n", 0, place) + 1 if place is not None else 0
    where = Text("{file}, line {line}", file=file, line=line) if line else file
    if is_template(text):
        return Text("{file}: {problem}", file=where, problem=TEMPLATE)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    form = "JSON" if file.lower().endswith(".json") else "YAML"
    return Text(
        "{where}: this is not valid {form}: {problem}. Mend the line and import again.",
        where=where,
        form=form,
        problem=problem,
    )


class _Builder:
    """Builds the documents from events with a stack of open containers."""

    def __init__(self, file: str, template: bool) -> None:
        self.file = file
        self.template = template
        self.documents: list[Any] = []
        self._open: list[tuple[Map | Seq, str | None, str | None]] = []
        self._key: str | None = None
        self._key_mark: Mark = (file, 0)
        self._anchors: dict[str, Any] = {}
        self._unfinished: set[str] = set()

    def take(self, event: Any) -> None:
        name = type(event).__name__
        if name == "DocumentStartEvent":
            self._anchors, self._unfinished, self._key = {}, set(), None
        elif name in ("MappingStartEvent", "SequenceStartEvent"):
            self._begin(event, Map if name == "MappingStartEvent" else Seq)
        elif name in ("MappingEndEvent", "SequenceEndEvent"):
            self._end()
        elif name == "ScalarEvent":
            self._put(self._scalar(event), self._mark(event), event.anchor)
        elif name == "AliasEvent":
            self._put(self._alias(event), self._mark(event), None)

    def _mark(self, event: Any) -> Mark:
        return (self.file, event.start_mark.line + 1)

    def _fail(self, mark: Mark, sentence: str) -> ImportProblem:
        return ImportProblem(Text("{file}, line {line}: {sentence}", file=mark[0], line=mark[1], sentence=sentence))

    def _key_problem(self, mark: Mark) -> ImportProblem:
        sentence = Text("a key is a list or a mapping; only text can be a key here.")
        return self._fail(mark, TEMPLATE if self.template else sentence)

    def _begin(self, event: Any, kind: type[Map] | type[Seq]) -> None:
        mark = self._mark(event)
        if len(self._open) >= DEEPEST:
            raise self._fail(
                mark,
                Text("the file is nested deeper than {deepest} levels; no real deployment file is.", deepest=DEEPEST),
            )
        if isinstance(self._parent(), Map) and self._key is None:
            raise self._key_problem(mark)
        container = kind(mark)
        container.override = bool(event.tag) and str(event.tag).endswith("override")
        if event.tag and str(event.tag).endswith("!reset"):
            container.override = True
        if event.anchor:
            self._unfinished.add(event.anchor)
        self._open.append((container, self._key, event.anchor))
        self._key = None

    def _parent(self) -> Map | Seq | None:
        return self._open[-1][0] if self._open else None

    def _end(self) -> None:
        container, self._key, anchor = self._open.pop()
        if isinstance(container, Map):
            _merge(container)
        if anchor:
            self._unfinished.discard(anchor)
        self._put(container, container.mark, anchor)

    def _scalar(self, event: Any) -> Any:
        if event.tag and str(event.tag).endswith("!reset"):
            return Reset()
        if event.implicit[0] and event.value in _NULLS:
            return None
        return str(event.value)

    def _alias(self, event: Any) -> Any:
        mark = self._mark(event)
        if event.anchor in self._unfinished:
            raise self._fail(
                mark, Text("*{anchor} stands inside what it refers to; that has no end.", anchor=event.anchor)
            )
        if event.anchor not in self._anchors:
            raise self._fail(
                mark, Text("*{anchor} refers to an anchor that is not defined before it.", anchor=event.anchor)
            )
        return self._anchors[event.anchor]

    def _put(self, value: Any, mark: Mark, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = value
        parent = self._parent()
        if parent is None:
            self.documents.append(value)
            return
        if isinstance(parent, Map):
            if self._key is None:
                if isinstance(value, Map | Seq):
                    raise self._key_problem(mark)
                self._key, self._key_mark = ("null" if value is None else str(value)), mark
                return
            self._place(parent, self._key, value)
            self._key = None
        else:
            parent.append(value)
            parent.marks.append(mark)
        parent.size += 1 + len(value) // 256 if isinstance(value, str) else getattr(value, "size", 1)
        if parent.size > MOST_VALUES:
            raise self._fail(
                mark,
                Text(
                    "the file grows beyond {most_values} values when its aliases are followed.",
                    most_values=Number(f"{MOST_VALUES:,}"),
                ),
            )

    def _place(self, parent: Map, key: str, value: Any) -> None:
        if key == "<<" and key in parent:
            earlier = parent[key]
            both = Seq(parent.at(key), [*(earlier if isinstance(earlier, Seq) else [earlier]), value])
            value = both
        elif key in parent:
            first = parent.at(key)[1]
            raise self._fail(
                self._key_mark,
                Text("the key “{key}” is given a second time (first in line {first}).", key=key, first=first),
            )
        parent[key] = value
        parent.marks[key] = self._key_mark


def _merge(container: Map) -> None:
    """Fold the mappings below `<<` into their holder; its own keys win, earlier mappings win over later ones."""
    if "<<" not in container:
        return
    sources = container.pop("<<")
    container.marks.pop("<<", None)
    for source in sources if isinstance(sources, Seq) else [sources]:
        if isinstance(source, Map):
            for key, value in source.items():
                if key not in container:
                    container[key] = value
                    container.marks[key] = source.at(key)
