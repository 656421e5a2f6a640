"""Who answers to which name: the lookup from host names, variable names and product names to workloads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from models.importers.recognition import PASSIVE
from models.importers.workloads import Workload, word_set, words

GENERIC = word_set("service svc server api app backend deployment deploy srv ms")
PRODUCT_WORDS = word_set(
    "db database mongo mongodb redis cache memcached memcache mysql postgres postgresql pg mariadb valkey sql store "
    "storage data mmc cassandra elastic elasticsearch"
)
_SUBJECTS = {
    "db": {"relational", "document"},
    "database": {"relational", "document"},
    "sql": {"relational"},
    "cache": {"cache"},
    "broker": {"queue", "stream", "event_bus"},
    "mq": {"queue"},
    "queue": {"queue"},
    "amqp": {"queue"},
    "llm": {"llm_serving", "llm_api"},
    "vllm": {"llm_serving"},
    "tgi": {"llm_serving"},
    "embedding": {"embedding"},
    "embed": {"embedding"},
    "tei": {"embedding"},
    "rerank": {"reranker"},
    "reranker": {"reranker"},
    "reranking": {"reranker"},
    "vector": {"vector_store"},
    "s3": {"object_store"},
    "vectordb": {"vector_store"},
    "search": {"search"},
}
_SQL_PRODUCTS = frozenset({"postgres", "postgresql", "pg", "mysql", "mariadb"})
_SHORT_NAMES = {"otel": "opentelemetry", "otlp": "opentelemetry", "pg": "postgres", "rabbit": "rabbitmq"}
_LONGEST_SUBJECT = 8
_Name = TypeVar("_Name", str, tuple[str, ...])
_CLUSTER_SUFFIXES = ("svc", "svc.cluster.local", "cluster.local")


class Directory:
    """Looks workloads up by the names that stand in settings."""

    def __init__(self, workloads: Sequence[Workload]) -> None:
        self._by_alias: dict[str, list[Workload]] = {}
        self._by_joined: dict[str, list[Workload]] = {}
        self._by_beginning: dict[tuple[str, ...], list[Workload]] = {}
        self._by_meaning: dict[tuple[str, ...], list[Workload]] = {}
        self._meant: list[tuple[Workload, str]] = []
        for workload in workloads:
            self._meant.append((workload, "".join(words(workload.technology))))
            for alias in workload.aliases:
                parts = words(alias)
                _add(self._by_alias, alias.lower(), workload)
                _add(self._by_joined, "".join(parts), workload)
                _add(self._by_joined, "".join(word for word in parts if word not in GENERIC), workload)
                for length in range(1, min(len(parts), _LONGEST_SUBJECT)):
                    _add(self._by_beginning, tuple(parts[:length]), workload)

    def of_host(self, host: str, source: Workload) -> Workload | None:
        """Return the workload behind a host name as `source` sees it, or None."""
        found = self._by_alias.get(host)
        if found is None:
            labels = host.split(".")
            inner = host.endswith(_CLUSTER_SUFFIXES) or len(labels) == 2
            if len(labels) > 1 and inner:
                found = self._of_labels(labels)
        return _nearest(found or [], source)

    def _of_labels(self, labels: list[str]) -> list[Workload]:
        """Return the workloads of `service.namespace…` or of `pod-0.service…`."""
        pod = labels[0].rpartition("-")
        for name, namespace in ((labels[0], labels[1]), (labels[1], labels[2] if len(labels) > 2 else "")):
            found = self._by_alias.get(name, [])
            of_pod = name == labels[0] or pod[2].isdigit()
            inside = [each for each in found if not namespace or each.namespace in (namespace, "")]
            if inside and of_pod:
                return inside
        return []

    def of_subject(self, subject: Sequence[str], source: Workload) -> Workload | None:
        """Return the one workload that the words of a variable's name mean, or None.

        Tried in this order: a name of the same words, a name that begins with them, the only workload of the kind or
        product that they name.
        """
        joined = "".join(subject)
        if not joined:
            return None
        if joined in self._by_joined:
            return _nearest(self._by_joined[joined], source)
        begins = [each for each in self._by_beginning.get(tuple(subject), ()) if each is not source]
        if len(begins) == 1:
            return begins[0]
        known = tuple(subject)
        if known not in self._by_meaning:
            self._by_meaning[known] = [each for each, product in self._meant if _means(each, product, subject)]
        return _only(each for each in self._by_meaning[known] if each is not source)


def _means(workload: Workload, product: str, subject: Sequence[str]) -> bool:
    """Return whether the words name the workload's kind or, for stores and monitoring, its product."""
    kinds = _SUBJECTS.get(subject[-1], set()) | _SUBJECTS.get(subject[0], set())
    if workload.technology == "database" and set(subject) & _SQL_PRODUCTS:
        kinds = kinds | {"relational"}
    meant = [_SHORT_NAMES.get(word, word) for word in subject]
    named = any(len(word) > 3 and word in product for word in meant)
    return workload.kind in kinds or (named and workload.kind in PASSIVE | {"monitoring"})


def companion(store: Workload, workloads: Iterable[Workload]) -> Workload | None:
    """Return the service a store belongs to by its name (`orders-db` to `orders`), or None if none or several fit."""
    services = [each for each in workloads if each.kind not in PASSIVE]
    for subject in _subjects_of_store(store.words()):
        fitting = [each for each in services if [word for word in each.words() if word not in GENERIC] == subject]
        if fitting:
            return _only(fitting)
    return None


def _subjects_of_store(own: list[str]) -> list[list[str]]:
    """Return the name without the words of products at its end and at its beginning, longest first."""
    found = []
    last = len(own)
    while last > 1 and own[last - 1] in PRODUCT_WORDS:
        last -= 1
        found.append(own[:last])
    first = 0
    while first < len(own) - 1 and own[first] in PRODUCT_WORDS:
        first += 1
        found.append(own[first:])
    return [[word for word in name if word not in GENERIC] for name in found]


def _add(table: dict[_Name, list[Workload]], name: _Name, workload: Workload) -> None:
    found = table.setdefault(name, [])
    if name and workload not in found:
        found.append(workload)


def _nearest(found: list[Workload], source: Workload) -> Workload | None:
    """Return the workload of the source's own namespace, else the first."""
    own = [each for each in found if each.namespace == source.namespace]
    return next(iter(own or found), None)


def _only(found: Iterable[Workload]) -> Workload | None:
    listed = list(found)
    return listed[0] if len(listed) == 1 else None
