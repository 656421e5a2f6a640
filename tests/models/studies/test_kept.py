"""What a project keeps of a study is read back equal, its texts with their keys and values."""

from collections.abc import Iterator

import msgspec
import numpy as np
import pytest

from models.catalog.catalog import load_catalog
from models.evaluation import evaluate
from models.frameworks import with_studies
from models.studies.kept import KINDS, from_value, kind_of, to_value
from models.studies.uncertainty import CostBands
from models.templates import template
from models.words import Number, Text, counted, joined, quoted


def texts_in(value: object) -> Iterator[tuple[str, str, object]]:
    """Yield class, words and values of every text and number in a result."""
    if isinstance(value, Text | Number):
        yield type(value).__name__, str(value), getattr(value, "args", {})
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from texts_in(getattr(value, name))
    elif isinstance(value, dict):
        yield from (found for each in value.values() for found in texts_in(each))
    elif isinstance(value, tuple | list):
        yield from (found for each in value for found in texts_in(each))


def test_the_studies_of_a_template_are_read_back_with_their_texts() -> None:
    evaluation = evaluate(template("assistant").variants[0].design, load_catalog())
    results = [result for result in with_studies(evaluation) if kind_of(result)]
    assert len(results) >= 3
    count = 0
    for result in results:
        again = from_value(kind_of(result), to_value(result))
        assert again == result
        assert list(texts_in(again)) == list(texts_in(result))
        count += len(list(texts_in(again)))
    assert count > 10


@pytest.mark.parametrize(
    "name",
    [
        Text("Use of {name}", name=quoted("Web")),
        counted("{count} node", "{count} nodes", np.float64(2.0)),
        joined((Text("Growth of demand"), Number("1,200"), "plain")),
        Text("{share:.1%} of {count:,}", share=0.25, count=np.int64(4000)),
    ],
)
def test_texts_with_values_of_any_kind_are_read_back(name: Text) -> None:
    evaluation = evaluate(template("assistant").variants[0].design, load_catalog())
    bands = next(result for result in with_studies(evaluation) if isinstance(result, CostBands))
    changed = msgspec.structs.replace(bands, bars=(msgspec.structs.replace(bands.bars[0], name=name),))
    again = from_value("cost-bands", to_value(changed))
    assert isinstance(again, CostBands)
    found = again.bars[0].name
    assert isinstance(found, Text)
    assert (found, found.key, found.other, found.args) == (name, name.key, name.other, name.args)


@pytest.mark.parametrize("value", [{"text_key": 1}, {"bars": [{"text_key": "a {b}", "other": "", "args": {}}]}, [], 3])
def test_what_is_damaged_is_not_read(value: object) -> None:
    assert all(from_value(kind, value) is None for kind in KINDS)
