"""Addresses in settings: which host a value names, and how sure that is.

A URL or `host:port` is an address whatever its key says; a bare name only where the key asks for a host.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from models.importers.interpolation import unresolved
from models.importers.workloads import Confidence, Setting, word_set, words

_LONGEST_TEXT = 64 * 1024
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]{0,30})://([^\s/\"'`<>?#;|\\)\]]{1,400})")
_HOST_PORT = re.compile(r"(?<![\w.\-/$}])([A-Za-z][A-Za-z0-9_.\-]{0,100}):(\d{2,5})(?![\w.])")
_CONNECTION = re.compile(r"(?i)\b(?:host|hostname|server|data source|endpoint)\s*=\s*([^;,\s\"'&]{1,200})")
_BARE = re.compile(r"^[A-Za-z][A-Za-z0-9_.\-]{0,200}$")
_PROXY_LINE = re.compile(
    r"\b(?:server|proxy_pass|upstream|reverse_proxy|host|address|dial)\b[:=\s]+\"?([A-Za-z][\w.\-]{1,100})"
)
ADDRESS_WORDS = word_set(
    "host hosts hostname hostnames addr addrs address addresses url urls uri uris endpoint endpoints server servers "
    "service svc broker brokers node nodes ip ips upstream backend target dsn connection peer peers bootstrap "
    "seeds contact points"
)
_BEFORE_ADDRESS = frozenset({"internal", "grpc", "http", "https", "tcp", "base", "api"})
_NOT_AN_ADDRESS = word_set(
    "user username usr password passwd pass pwd secret token key db database name bucket schema type driver dialect "
    "provider engine topic group queue path prefix version mode level id realm email port ports protocol cert ca tag "
    "region index collection strategy exchange vhost"
)
_INBOUND = word_set(
    "cors origin origins allowed allow whitelist whitelisted redirect redirects callback public external advertised "
    "listen listener listeners listens bind noproxy domain domains exempt trusted"
)
_OPTIONS = word_set("-h -t -d -u --host --hosts --url --target --server --addr --address --endpoint --upstream")
LOCAL = frozenset({"localhost", "0.0.0.0", "127.0.0.1", "::1", "[::1]", "host.docker.internal", "*", ""})


class Address(Struct, frozen=True):
    """One host that a setting names.

    Attributes:
        host: as written, lower case; or the name of a variable when `variable`.
        shown: what evidence may print: scheme, host and port, never a password.
    """

    host: str
    confidence: Confidence
    shown: str
    variable: bool = False


def addresses(setting: Setting) -> list[Address]:
    """Return the hosts a setting names, each once, surest first."""
    key = words(setting.key)
    if setting.where == "environment" and _is_inbound(setting.key, key):
        return []
    found: dict[str, Address] = {}
    for address in _all(setting, key):
        host = address.host
        if host not in LOCAL and host not in found:
            found[host] = address
    return list(found.values())


def _is_inbound(written: str, key: list[str]) -> bool:
    return written.lower() in ("no_proxy", "noproxy") or bool(set(key) & _INBOUND)


def _all(setting: Setting, key: list[str]) -> Iterator[Address]:
    text = setting.value[:_LONGEST_TEXT]
    sure: Confidence = "medium" if setting.where == "configuration" else "high"
    for match in _URL.finditer(text):
        yield from _authority(match.group(1), match.group(2), sure)
    for match in _HOST_PORT.finditer(text):
        yield Address(match.group(1).lower(), sure, f"{match.group(1)}:{match.group(2)}")
    for match in _CONNECTION.finditer(text):
        yield from _host(match.group(1).split(":")[0], "", sure)
    if setting.where == "configuration" and setting.key != "links host":
        for match in _PROXY_LINE.finditer(text):
            yield Address(match.group(1).lower(), "medium", match.group(1))
    elif _asks_for_host(setting, key):
        for part in text.split(","):
            yield from _host(part.strip(), "", sure if setting.where != "command" else "medium")


def _asks_for_host(setting: Setting, key: list[str]) -> bool:
    if setting.where == "command":
        return setting.key in _OPTIONS or (bool(key) and key[-1] in ADDRESS_WORDS)
    return bool(key) and bool(set(key) & ADDRESS_WORDS) and key[-1] not in _NOT_AN_ADDRESS


def _authority(scheme: str, authority: str, sure: Confidence) -> Iterator[Address]:
    """Yield the hosts of a URL: user and password fall away, several hosts stand between commas."""
    for part in authority.rpartition("@")[2].split(","):
        yield from _host(part.rsplit("@", 1)[-1], f"{scheme}://", sure)


def _host(part: str, scheme: str, sure: Confidence) -> Iterator[Address]:
    if part.startswith("${"):
        names = unresolved(part)
        if names:
            yield Address(names[0], "medium", f"{scheme}${{{names[0]}}}", variable=True)
        return
    name, _, port = part.partition(":")
    if _BARE.match(name):
        shown = f"{scheme}{name}:{port}" if port.isdigit() else f"{scheme}{name}"
        yield Address(name.lower(), sure, shown)


def variable_subject(name: str) -> list[str]:
    """Return the words of a variable's name before those that say *address*: `cart` of `CART_ADDR`.

    Empty when the name does not end as the name of an address does.
    """
    parts = words(name)
    if not parts or parts[-1] not in ADDRESS_WORDS or set(parts) & _INBOUND:
        return []
    while parts and parts[-1] in ADDRESS_WORDS | _BEFORE_ADDRESS:
        parts.pop()
    return parts
