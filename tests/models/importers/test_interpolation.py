"""Variables of Compose files."""

from __future__ import annotations

import pytest

from models.importers.interpolation import interpolate, read_env, unresolved

KNOWN = {"A": "one", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("$A-${A}", "one-one"),
        ("$$A", "$A"),
        ("${B}", "${B}"),
        ("$B/x", "${B}/x"),
        ("${B:-two}", "two"),
        ("${B-two}", "two"),
        ("${EMPTY:-two}", "two"),
        ("${EMPTY-two}", ""),
        ("${B:-${C:-${A}}}", "one"),
        ("${A:+yes}", "yes"),
        ("${EMPTY:+yes}", ""),
        ("${B:?must be set}", "${B}"),
        ("${A", "${A"),
        ("cost $5", "cost $5"),
        ("postgres://${B:-db}:${C}/x", "postgres://db:${C}/x"),
    ],
)
def test_a_variable_is_replaced_as_compose_does(text: str, result: str) -> None:
    assert interpolate(text, KNOWN) == result


def test_what_stays_unknown_can_be_asked_for() -> None:
    assert unresolved("http://${HOST}:${PORT}/$x") == ["HOST", "PORT"]


def test_env_files_know_quotes_comments_and_earlier_variables() -> None:
    text = "# head\nA=1\nB = two # not this\nC='$A'\nD=\"${A}${B}\"\nexport E=5\nbroken\n=x\n"
    values = {name: value for name, (value, _) in read_env(text).items()}
    assert values == {"A": "1", "B": "two", "C": "$A", "D": "1two", "E": "5"}
    assert read_env(text)["D"][1] == 5
