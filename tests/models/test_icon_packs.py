"""Icon packs: matched by name, cleaned, and refused when they are not what they seem."""

import zipfile
from pathlib import Path

import pytest

from models.icon_packs import LARGEST_ICON, PackError, clean_svg, match, read_pack

ICON = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path d="M0 0h32v32z"/></svg>'


def packed(folder: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    path = folder / "vendor.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def test_icons_are_found_by_the_names_vendors_give_them(tmp_path: Path) -> None:
    names = ["Arch_AWS-Lambda_32.svg", "Res_Amazon-SQS_48.svg", "Arch_Amazon-Simple-Queue-Service_64.svg", "odd.svg"]
    pack = read_pack(packed(tmp_path, {f"deep/folder/{name}": ICON for name in names}))
    assert pack.sources["function"] == "Arch_AWS-Lambda_32.svg"
    assert "queue" in pack.icons
    assert pack.unmatched == 2
    assert pack.notes == ()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("10137-icon-service-Azure-Cosmos-DB.svg", "key_value"),
        ("vertex_ai.svg", "model_serving"),
        ("bigquery.svg", "warehouse"),
    ],
)
def test_other_vendors_match_too(name: str, kind: str) -> None:
    assert match([name])[kind] == name


def test_paths_out_of_the_archive_are_only_names(tmp_path: Path) -> None:
    pack = read_pack(packed(tmp_path, {"../../etc/lambda.svg": ICON, "/abs/sqs.svg": ICON}))
    assert set(pack.sources.values()) == {"lambda.svg", "sqs.svg"}
    assert [path.name for path in tmp_path.iterdir()] == ["vendor.zip"]


@pytest.mark.parametrize(
    "inside",
    [
        b"<script>alert(1)</script>",
        b'<image href="file:///etc/passwd"/>',
        b'<path onload="x()" d="M0 0"/>',
        b'<path fill="url(http://example.com/x)" d="M0 0"/>',
        b"<style>@import 'http://example.com'</style>",
        b'<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>',
    ],
)
def test_what_could_act_or_reach_out_is_taken_off(inside: bytes) -> None:
    cleaned = clean_svg(ICON.replace(b"</svg>", inside + b"</svg>"))
    for word in (b"script", b"http://example", b"file:", b"onload", b"foreignObject", b"@import"):
        assert word not in cleaned
    assert b"M0 0h32v32z" in cleaned


@pytest.mark.parametrize(
    "data",
    [b"", b"PNG", b"<html/>", b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>'],
)
def test_what_is_no_svg_is_left_out_and_named(tmp_path: Path, data: bytes) -> None:
    pack = read_pack(packed(tmp_path, {"lambda.svg": ICON, "sqs.svg": data}))
    assert set(pack.sources) == {"function"}
    assert len(pack.notes) == 1
    assert pack.notes[0].startswith("sqs.svg")


def test_bombs_and_other_files_are_refused(tmp_path: Path) -> None:
    bomb = ICON + b" " * (LARGEST_ICON * 100)
    with pytest.raises(PackError, match="unpack to"):
        read_pack(packed(tmp_path, {"lambda.svg": bomb}))
    with pytest.raises(PackError, match="larger than"):
        read_pack(packed(tmp_path, {"lambda.svg": ICON + bytes(LARGEST_ICON)}, zipfile.ZIP_STORED))
    with pytest.raises(PackError, match="no SVG"):
        read_pack(packed(tmp_path, {"readme.txt": b"x"}))
    (tmp_path / "x.zip").write_bytes(b"not a zip")
    with pytest.raises(PackError, match="no ZIP"):
        read_pack(tmp_path / "x.zip")
    with pytest.raises(PackError, match="does not exist"):
        read_pack(tmp_path / "missing.zip")


def test_depth_and_other_encodings_are_refused(tmp_path: Path) -> None:
    deep = b'<svg xmlns="http://www.w3.org/2000/svg">' + b"<g>" * 20_000 + b"</g>" * 20_000 + b"</svg>"
    with pytest.raises(PackError, match="nested deeper than"):
        clean_svg(deep)
    bomb = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE s [<!ENTITY a "aaaa">]><svg>&a;</svg>'.encode("utf-16")
    with pytest.raises(PackError, match="not in UTF-8"):
        clean_svg(bomb)
    with pytest.raises(PackError, match="not a regular file"):
        read_pack(tmp_path)
