"""XML as tags with line numbers, safe against hostile input.

Built on expat, which is told to refuse any document type: without one there are no entities to expand or to fetch.
Depth and number of tags are bounded.
"""

from __future__ import annotations

from xml.parsers import expat

from msgspec import Struct, field

from models.importers.notes import ImportProblem
from models.interruption import go_on
from models.words import Number, Text

DEEPEST_XML = 256
MOST_TAGS = 500_000
_PIECE = 1 << 16


class Tag(Struct, eq=False):
    """One element with its attributes, children, the text in it and its 1-based line."""

    name: str
    attributes: dict[str, str]
    line: int
    children: list[Tag] = field(default_factory=list)
    text: str = ""

    def first(self, name: str) -> Tag | None:
        """Return the first child of this name, or None."""
        return next((child for child in self.children if child.name == name), None)


def read_xml(text: str, name: str) -> Tag:
    """Return the root of an XML document.

    Args:
        name: how a refusal names the file.

    Raises:
        ImportProblem: it is not well formed, declares a document type or entities, or is nested too deep or too long.
    """
    reader = _Reader(name)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = reader.refuse_doctype
    parser.EntityDeclHandler = reader.refuse_doctype
    parser.StartElementHandler = lambda tag, attributes: reader.start(tag, attributes, parser.CurrentLineNumber)
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    encoded = _without_declaration(text).encode("utf-8", "surrogatepass")
    try:
        for begin in range(0, len(encoded), _PIECE):
            go_on()
            parser.Parse(encoded[begin : begin + _PIECE], False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ImportProblem(
            Text(
                "{file}, line {line}: this is not well-formed XML ({reason}). Save the file again and import it.",
                file=name,
                line=error.lineno,
                reason=expat.errors.messages.get(error.code, str(error)),
            )
        ) from error
    assert reader.root is not None  # expat refuses a document without a root
    return reader.root


def _without_declaration(text: str) -> str:
    """Return the text without its declaration, which may name the encoding it no longer has; lines stay."""
    start = text.lstrip("\ufeff \t\r\n")
    if not start.startswith("<?xml"):
        return text
    declaration, _, rest = start.partition("?>")
    before = text[: len(text) - len(start)]
    return "\n" * (before.count("\n") + declaration.count("\n")) + rest


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Tag | None = None
        self._open: list[Tag] = []
        self._pieces: list[list[str]] = []
        self._count = 0

    def refuse_doctype(self, *_: object) -> None:
        raise ImportProblem(
            Text(
                "{file} declares a document type or entities, which no drawing needs; it is not read for safety. "
                "Save it again with the program that drew it.",
                file=self.name,
            )
        )

    def start(self, tag: str, attributes: dict[str, str], line: int) -> None:
        self._count += 1
        if self._count > MOST_TAGS or len(self._open) >= DEEPEST_XML:
            what = Text("{file}, line {line}: it is nested deeper than {most} levels.", file=self.name, line=line,
                        most=DEEPEST_XML)  # fmt: skip
            if self._count > MOST_TAGS:
                what = Text(
                    "{file} holds more than {most} elements. Split it.", file=self.name, most=Number(f"{MOST_TAGS:,}")
                )
            raise ImportProblem(what)
        found = Tag(tag, attributes, line)
        if self._open:
            self._open[-1].children.append(found)
        else:
            self.root = found
        self._open.append(found)
        self._pieces.append([])

    def end(self, _: str) -> None:
        self._open.pop().text = "".join(self._pieces.pop())

    def data(self, piece: str) -> None:
        if self._pieces:
            self._pieces[-1].append(piece)
