"""Copy the icons that kinds.json names out of the Carbon set (a maintenance script, not part of a build).

Run: npm pack @iconify-json/carbon, unpack it, then
    .venv/bin/python scripts/build_icons.py UNPACKED_FOLDER
"""

import json
import re
import sys
from pathlib import Path

ICONS = Path(__file__).resolve().parent.parent / "resources" / "icons"
DRAWABLE = {"path", "circle", "rect"}
ATTRIBUTES = {"d", "fill", "cx", "cy", "r", "x", "y", "width", "height", "rx", "ry"}


def check_drawable(name: str, body: str) -> None:
    """Stop when a body needs more than filled paths, circles and rectangles: exports could not draw it."""
    elements = set(re.findall(r"<([a-z]\w*)", body))
    attributes = set(re.findall(r"\s([a-zA-Z-]+)=", body))
    if elements - DRAWABLE or attributes - ATTRIBUTES:
        sys.exit(f"{name}: cannot be drawn as filled paths, choose another icon: {body}")


def main(source: Path) -> None:
    """Write resources/icons/carbon.json."""
    carbon = json.loads((source / "icons.json").read_text(encoding="utf-8"))
    names = json.loads((ICONS / "kinds.json").read_text(encoding="utf-8"))
    wanted = {names["default"]}.union(*(names[group].values() for group in ("kinds", "boundaries", "actions")))
    chosen = {}
    for name in sorted(wanted):
        target = carbon["aliases"].get(name, {}).get("parent", name)
        if target not in carbon["icons"]:
            sys.exit(f"{name}: not in the Carbon set; correct resources/icons/kinds.json")
        icon = carbon["icons"][target]
        check_drawable(name, icon["body"])
        chosen[name] = {"body": icon["body"], "width": icon.get("width", 32), "height": icon.get("height", 32)}
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(icon)}" for name, icon in chosen.items())
    (ICONS / "carbon.json").write_text("{\n" + lines + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
