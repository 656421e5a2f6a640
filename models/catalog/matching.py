"""Which instances are offered for a request: names of accelerators as people write them, and the architecture."""

import re
from functools import lru_cache

from models.catalog.records import Instance


@lru_cache(maxsize=1024)
def _words(name: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z0-9]+", name.lower()))


@lru_cache(maxsize=4096)
def same_accelerator(asked: str, offered: str) -> bool:
    """Return whether an offered accelerator is the asked one: "H100" is any H100, "H100-SXM" only that form."""
    words = _words(asked)
    if words[:1] in (("nvidia",), ("amd",), ("google",)):
        words = words[1:]
    return bool(words) and _words(offered)[: len(words)] == words


def offers(instance: Instance, accelerator: str | None, architecture: str | None) -> bool:
    """Return whether an instance belongs on the list for a request.

    A CPU request gets families of the architecture (None is x86) that are not burstable; an accelerator request gets
    every host that carries it.
    """
    if accelerator is None:
        wanted = architecture or "x86"
        return instance.accelerator is None and not instance.burstable and wanted in (instance.architecture, "any")
    if instance.accelerator is None or not same_accelerator(accelerator, instance.accelerator):
        return False
    return architecture in (None, "any", instance.architecture)
