"""Files of other programs, told by their content, so that a refusal says what was given and what to do instead."""

from __future__ import annotations

import re
from pathlib import Path

from models.importers.notes import ImportProblem
from models.words import Text

DESIGN = b'"groundplan-design"'
_ENDS = 4096
_PICTURE_HEAD = 65_536
SHOW = Text(
    "run “terraform plan -out plan.bin”, then “terraform show -json plan.bin > plan.json”, and import plan.json"
)
"""What to do with a file of Terraform that is not the JSON of a plan."""
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", Text("is a ZIP archive: unpack it and import the files that are in it")),
    (b"\x1f\x8b", Text("is packed by gzip: unpack it and import the file that is in it")),
    (b"%PDF", Text("is a PDF: import the Compose file or the manifests of the system instead")),
    (b"\x89PNG", Text("is a picture: import the Compose file or the manifests of the system instead")),
    (b"\xff\xd8\xff", Text("is a picture: import the Compose file or the manifests of the system instead")),
    (b"GIF8", Text("is a picture: import the Compose file or the manifests of the system instead")),
    (b"\x7fELF", Text("is a program and not a text")),
    (b"MZ", Text("is a program and not a text")),
    (b"\xd0\xcf\x11\xe0", Text("is a document of an office program: save what it holds as text")),
    (b"PAR1", Text("is a Parquet table: open a design first, then import it as a bill")),
)
_OF_STRUCTURIZR = re.compile(
    r"^[ \t]*(workspace|model|([\w.]+[ \t]*=[ \t]*)?(softwareSystem|deploymentEnvironment))\b[^\n:]*\{[ \t\r]*$",
    re.MULTILINE | re.IGNORECASE,
)
_OF_DRAWIO = re.compile(rb"<(mxfile|mxGraphModel)\b")
_DRAWING = Text("import the Compose file or the manifests of the system it shows, or draw it anew")
_MARKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"<svg\b[^>]{0,1000}\bcontent=.{0,40}mxfile"), Text(
        "is an SVG picture with a drawing in it: open it in draw.io, save it as .drawio and import that")),
    (re.compile(r"<svg\b"), Text("is an SVG picture, which cannot be imported: {cure}", cure=_DRAWING)),
    (re.compile(r"^#\s*(connect|nodespacing|layout|namespace):", re.MULTILINE), Text(
        "is a table that draw.io makes a drawing of: insert it there (Arrange, Insert, Advanced, CSV), save the "
        "drawing and import that")),
    (re.compile(r"\A\s*<(!DOCTYPE html|html)\b", re.IGNORECASE), Text("is a web page and not the file it may link to")),
    (re.compile(r"\A\s*<(\?xml|!--|!DOCTYPE|\w)"), Text("is XML, which cannot be imported: {cure}", cure=_DRAWING)),
    (re.compile(r"^[ \t]*(terraform|provider|resource|variable|module|data|locals)\b[ \w\".-]*\{[ \t\r]*$", re.M),
     Text("is Terraform code, not a plan of it: {cure}", cure=SHOW)),
    (re.compile(r"^Terraform (used the selected providers|will perform the following actions)", re.MULTILINE),
     Text("is what Terraform prints for people, not the plan as JSON: {cure}", cure=SHOW)),
    (re.compile(r"^[ \t]*(graph|flowchart)[ \t]+(TB|TD|BT|LR|RL)\b|^sequenceDiagram\b", re.MULTILINE),
     Text("is a Mermaid drawing, which cannot be imported: {cure}", cure=_DRAWING)),
    (re.compile(r"\A\s*@startuml\b"), Text("is a PlantUML drawing, which cannot be imported: {cure}", cure=_DRAWING)),
)  # fmt: skip


def is_drawing(path: Path) -> bool:
    """Return whether a file is a draw.io drawing, by its beginning: it may be larger than other inputs."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(_ENDS).lstrip(b"\xef\xbb\xbf \t\r\n")
    except (OSError, RuntimeError):
        return False
    return head[:1] == b"<" and _OF_DRAWIO.search(head) is not None


def is_workspace_text(text: str) -> bool:
    """Return whether a text is a workspace in the DSL of Structurizr."""
    return _OF_STRUCTURIZR.search(text[:65_536]) is not None


def is_design(path: Path) -> bool:
    """Return whether a file holds a design of this program, by its ends: it may be larger than other inputs."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(_ENDS)
            file.seek(max(0, path.stat().st_size - _ENDS))
            tail = file.read(_ENDS)
    except (OSError, RuntimeError):
        return False
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and (DESIGN in head or DESIGN in tail)


def refuse_packed(data: bytes, name: str) -> None:
    """Refuse what is no text but of a known format.

    Raises:
        ImportProblem: it is an archive, a picture, a program …; the sentence says what to do.
    """
    if data.startswith(b"\x89PNG") and b"mxfile" in data[:_PICTURE_HEAD]:
        drawn = Text("is a picture with a drawing in it: open it in draw.io, save it as .drawio and import that")
        raise ImportProblem(Text("{name} {what}.", name=name, what=drawn))
    if data.startswith(b"PK\x03\x04") and b"tfplan" in data[:200]:
        saved = Text(
            "is a plan as Terraform saves it: run “terraform show -json {name} > plan.json” and import that", name=name
        )
        raise ImportProblem(Text("{name} {what}.", name=name, what=saved))
    for beginning, what in _BEGINNINGS:
        if data.startswith(beginning):
            raise ImportProblem(Text("{name} {what}.", name=name, what=what))


def refuse_foreign(text: str, name: str) -> None:
    """Refuse a text of another program's format.

    Raises:
        ImportProblem: it is a drawing, a web page …; the sentence says what to do.
    """
    for mark, what in _MARKS:
        if mark.search(text[:65_536]):
            raise ImportProblem(Text("{name} {what}.", name=name, what=what))
