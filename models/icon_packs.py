"""Icon packs of vendors: SVG files in a ZIP, read with limits, cleaned, and matched to node kinds by their names.

Vendors' icons may not be shipped with the program; an architect who may use them imports the vendor's own ZIP.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from msgspec import Struct

from models.design.kinds import kinds
from models.interruption import go_on
from models.refusals import reason_of
from models.words import Number, Text, joined, sentence_of

MOST_FILES = 20_000
LARGEST_ICON = 256 * 1024
LARGEST_PACK = 64 * 2**20
LARGEST_RATIO = 200
DEEPEST = 100
SVG = "http://www.w3.org/2000/svg"
XLINK = "{http://www.w3.org/1999/xlink}href"
_FORBIDDEN = {"script", "foreignObject", "iframe", "image", "use", "animate", "set", "style", "feImage"}
_WORD = re.compile(r"[a-z]+|\d+")
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "load_balancer": ("elb", "elastic load balancing", "load balancing", "application gateway"),
    "api_gateway": ("api gateway", "api management", "apigee"),
    "cdn": ("cloudfront", "cdn", "front door", "cloud cdn"),
    "function": ("lambda", "functions", "cloud functions"),
    "object_store": ("s3", "simple storage service", "blob storage", "cloud storage"),
    "relational": ("rds", "aurora", "sql database", "cloud sql", "postgresql"),
    "key_value": ("dynamodb", "cosmos db", "table storage"),
    "wide_column": ("keyspaces", "bigtable", "cassandra"),
    "cache": ("elasticache", "cache for redis", "memorystore", "redis"),
    "warehouse": ("redshift", "synapse", "bigquery", "snowflake"),
    "queue": ("sqs", "simple queue service", "queue storage", "service bus"),
    "stream": ("kinesis", "msk", "event hubs", "pub sub", "kafka"),
    "event_bus": ("eventbridge", "event grid", "eventarc"),
    "model_serving": ("sagemaker", "machine learning", "vertex ai"),
    "llm_api": ("bedrock", "openai", "gemini"),
    "search": ("opensearch", "cognitive search", "ai search", "elasticsearch"),
    "service": ("fargate", "app service", "cloud run", "ecs"),
    "monitoring": ("cloudwatch", "monitor", "cloud monitoring"),
    "secrets": ("secrets manager", "key vault", "secret manager"),
    "identity": ("cognito", "entra", "identity platform"),
    "workflow": ("step functions", "logic apps", "workflows"),
    "traffic_router": ("route 53", "traffic manager", "cloud dns"),
}


class PackError(ValueError):
    """A ZIP that cannot be used; the message is a sentence that says why and what to do."""


class IconPack(Struct, frozen=True):
    """The icons found for node kinds.

    Attributes:
        icons: cleaned SVG document by kind id.
        sources: name of the file in the ZIP that each was taken from.
        notes: sentences about files that were left out.
        unmatched: how many usable icons stand for no kind.
    """

    name: str
    icons: Mapping[str, bytes]
    sources: Mapping[str, str]
    notes: tuple[str, ...] = ()
    unmatched: int = 0


def read_pack(path: Path) -> IconPack:
    """Read a vendor's ZIP; nothing of it is written anywhere and no path in it is followed.

    Raises:
        PackError: it is no ZIP, too large, packed suspiciously tight, or holds no usable SVG.
    """
    usable: dict[str, bytes] = {}
    refused: list[str] = []
    if not path.is_file():
        raise PackError(Text("“{file}” does not exist or is not a regular file. Choose a ZIP.", file=path.name))
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in _entries(archive, path):
                go_on()
                name = PurePosixPath(entry.filename.replace("\\", "/")).name
                try:
                    usable.setdefault(name, clean_svg(_bytes(archive, entry)))
                except PackError as error:
                    refused.append(Text("{file}: {problem}", file=name, problem=sentence_of(error)))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
        sentence = Text(
            "“{file}” is no ZIP that can be read ({error}). Download it again.", file=path.name, error=str(error)
        )
        raise PackError(sentence) from error
    except OSError as error:
        why = reason_of(error)
        raise PackError(
            Text("“{file}” cannot be read: {why}. Check its permissions.", file=path.name, why=why)
        ) from error
    if not usable:
        told = Text("“{file}” holds no SVG icon that can be used.", file=path.name)
        raise PackError(joined((told, *refused[:1]), " "))
    matched = match(usable)
    icons = {kind: usable[name] for kind, name in matched.items()}
    return IconPack(path.stem, icons, matched, tuple(refused), len(usable) - len(set(matched.values())))


def _entries(archive: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    listed = archive.infolist()
    if len(listed) > MOST_FILES:
        args = {"file": path.name, "count": Number(f"{len(listed):,}"), "most": Number(f"{MOST_FILES:,}")}
        raise PackError(Text("“{file}” holds {count} files; at most {most} are read. Split it.", **args))
    found = [entry for entry in listed if entry.filename.lower().endswith(".svg") and not entry.is_dir()]
    found = [entry for entry in found if not entry.filename.startswith("__MACOSX")]
    size = sum(entry.file_size for entry in found)
    packed = sum(entry.compress_size for entry in found) or 1
    if size > LARGEST_PACK or size / packed > LARGEST_RATIO:
        raise PackError(
            Text(
                "“{file}” would unpack to {size} MiB, which is not what icons look like. At most {most} MiB are read.",
                file=path.name,
                size=Number(f"{size / 2**20:,.0f}"),
                most=LARGEST_PACK // 2**20,
            )
        )
    return found


def _bytes(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Return the unpacked file; the size is measured and not believed."""
    with archive.open(entry) as file:
        data = file.read(LARGEST_ICON + 1)
    if len(data) > LARGEST_ICON:
        raise PackError(Text("is larger than {most} KiB.", most=LARGEST_ICON // 1024))
    return data


def clean_svg(data: bytes) -> bytes:
    """Return the drawing without scripts, events, styles and references to anything outside.

    Raises:
        PackError: it is no SVG, or declares a document type (which could pull files in).
    """
    if b"\0" in data:
        raise PackError(Text("is not in UTF-8, so it was left out."))
    if b"<!DOCTYPE" in data.upper() or b"<!ENTITY" in data.upper():
        raise PackError(Text("declares a document type, so it was left out."))
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise PackError(Text("is no SVG ({error}).", error=str(error))) from error
    if root.tag not in (f"{{{SVG}}}svg", "svg"):
        raise PackError(Text("is no SVG."))
    _strip(root, DEEPEST)
    ElementTree.register_namespace("", SVG)
    return ElementTree.tostring(root)


def _strip(element: ElementTree.Element, levels: int) -> None:
    if not levels:
        raise PackError(Text("is nested deeper than {deepest} levels, so it was left out.", deepest=DEEPEST))
    for name, value in list(element.attrib.items()):
        outside = "url(" in value and "url(#" not in value.replace(" ", "")
        reference = name in (XLINK, "href") and not value.startswith("#")
        if name.lower().startswith("on") or outside or reference or "javascript:" in value.lower():
            del element.attrib[name]
    for child in list(element):
        tag = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else "script"
        if tag in _FORBIDDEN:
            element.remove(child)
        else:
            _strip(child, levels - 1)


def match(names: Iterable[str]) -> dict[str, str]:
    """Return for each node kind the file whose name fits best; the shortest of those that name it wholly."""
    words = {name: _WORD.findall(PurePosixPath(name).stem.lower()) for name in names}
    found: dict[str, str] = {}
    for kind, spec in kinds().nodes.items():
        asked = [kind.replace("_", " "), spec.label.lower(), *_SYNONYMS.get(kind, ())]
        hits = [
            (rank, len(have), name)
            for name, have in words.items()
            for rank, phrase in enumerate(reversed(asked))
            if _contains(have, _WORD.findall(phrase))
        ]
        if hits:
            found[kind] = min(hits)[2]
    return found


def _contains(have: list[str], phrase: list[str]) -> bool:
    size = len(phrase)
    return bool(size) and any(have[at : at + size] == phrase for at in range(len(have) - size + 1))
