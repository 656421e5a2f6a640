"""Variables in Compose files: `${NAME:-default}` and its relatives, and the `.env` files they come from.

A variable whose value is not in the input stays as `${NAME}` in the text, so that its name can still tell where it
leads. The environment of this program is never read: the same files give the same drawing.
"""

from __future__ import annotations

from collections.abc import Mapping

from models.importers.notes import ImportProblem
from models.importers.yaml_reader import Map, Reset, Seq
from models.words import Text

LONGEST_VALUE = 64 * 1024
LARGEST_RESULT = 16 * 2**20
_DEEPEST = 16
_OPERATORS = (":-", ":?", ":+", "-", "?", "+")


def interpolate(text: str, variables: Mapping[str, str], depth: int = 0) -> str:
    """Return the text with its variables replaced; unknown ones stay as `${NAME}`.

    `$$` is a dollar sign. The result is cut at 64 KiB.
    """
    if "$" not in text or depth > _DEEPEST:
        return text
    parts: list[str] = []
    position, length = 0, 0
    while position < len(text) and length <= LONGEST_VALUE:
        dollar = text.find("$", position)
        if dollar < 0:
            parts.append(text[position:])
            break
        parts.append(text[position:dollar])
        length += dollar - position
        piece, position = _variable(text, dollar, variables, depth)
        parts.append(piece)
        length += len(piece)
    return "".join(parts)[:LONGEST_VALUE]


def _variable(text: str, dollar: int, variables: Mapping[str, str], depth: int) -> tuple[str, int]:
    following = text[dollar + 1 : dollar + 2]
    if following == "$":
        return "$", dollar + 2
    if following == "{":
        end = _closing(text, dollar + 2)
        if end < 0:
            return text[dollar:], len(text)
        return _braced(text[dollar + 2 : end], variables, depth), end + 1
    end = dollar + 1
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    name = text[dollar + 1 : end]
    if not name or name[0].isdigit():
        return "$", dollar + 1
    return variables.get(name, f"${{{name}}}"), end


def _closing(text: str, position: int) -> int:
    level = 1
    while position < len(text):
        if text.startswith("${", position):
            level += 1
            position += 1
        elif text[position] == "}":
            level -= 1
            if level == 0:
                return position
        position += 1
    return -1


def _braced(body: str, variables: Mapping[str, str], depth: int) -> str:
    end = 0
    while end < len(body) and (body[end].isalnum() or body[end] == "_"):
        end += 1
    name, rest = body[:end], body[end:]
    operator = next((each for each in _OPERATORS if rest.startswith(each)), "")
    word = rest[len(operator) :]
    value = variables.get(name)
    given = value is not None and (value != "" or not operator.startswith(":"))
    if operator.endswith("+"):
        return interpolate(word, variables, depth + 1) if given else ""
    if given:
        return str(value)
    if operator.endswith("-"):
        return interpolate(word, variables, depth + 1)
    return f"${{{name}}}"


class Interpolation:
    """Replaces the variables of a whole file and stops when hostile values make it grow without measure."""

    def __init__(self, variables: Mapping[str, str], file: str) -> None:
        self.variables = variables
        self.file = file
        self._left = LARGEST_RESULT

    def tree(self, value: object) -> object:
        """Return a copy of a YAML value with the variables of all its texts replaced; keys stay.

        Raises:
            ImportProblem: the result is larger than 16 MiB.
        """
        if isinstance(value, str):
            result = interpolate(value, self.variables)
            self._left -= len(result)
            if self._left < 0:
                raise ImportProblem(
                    Text(
                        "{file} grows beyond {largest_result} MiB when its variables are set.",
                        file=self.file,
                        largest_result=LARGEST_RESULT // 2**20,
                    )
                )
            return result
        if isinstance(value, Map):
            copy = Map(value.mark, {key: self.tree(item) for key, item in value.items()}, value.marks)
            copy.override = value.override
            return copy
        if isinstance(value, Seq):
            items = Seq(value.mark, [self.tree(item) for item in value], value.marks)
            items.override = value.override
            return items
        return value if isinstance(value, Reset) else None


def unresolved(text: str) -> list[str]:
    """Return the names of the variables that stayed in the text."""
    names = []
    position = text.find("${")
    while position >= 0:
        end = text.find("}", position)
        if end < 0:
            break
        names.append(text[position + 2 : end])
        position = text.find("${", end)
    return names


def read_env(text: str, variables: Mapping[str, str] | None = None) -> dict[str, tuple[str, int]]:
    """Return the variables of a `.env` file with their lines; later lines and `variables` can be used in values."""
    found: dict[str, tuple[str, int]] = {}
    known = dict(variables or {})
    for number, line in enumerate(text.splitlines(), start=1):
        entry = line.strip().removeprefix("export ").strip()
        if not entry or entry.startswith("#"):
            continue
        name, separator, value = entry.partition("=")
        name = name.strip()
        if not separator or not name:
            continue
        known[name] = _env_value(value.strip(), known)
        found[name] = (known[name], number)
    return found


def _env_value(value: str, known: Mapping[str, str]) -> str:
    if len(value) > 1 and value[0] == value[-1] == "'":
        return value[1:-1]
    if len(value) > 1 and value[0] == '"':
        end = value.find('"', 1)
        return interpolate(value[1:end] if end > 0 else value[1:], known)
    comment = value.find(" #")
    return interpolate(value[:comment].rstrip() if comment >= 0 else value, known)
