"""How models say things: English sentences that keep their key and their values, so that a window can translate them.

`Text` is the English text itself, for paper, spreadsheets, JSON and the terminal; its key and values are for who puts
it into another language at the edge. Data (names, numbers, ids, products) stays plain `str` and is never translated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache


class Text(str):
    """An English text with `{name}` places filled in, that remembers key and values.

    Values may be texts themselves. Formatting it into another string (f-string, `+`, `join`) loses the key: name it as
    a value of the outer text, or use `joined`.

    Attributes:
        key: the English text with its places, by which translations are found.
        args: the values of the places.
        other: the form for any `count` among the values but 1; empty = one form.
    """

    __slots__ = ("args", "key", "other")
    key: str
    args: Mapping[str, object]
    other: str

    def __new__(cls, key: str = "", /, **args: object) -> Text:
        """Return the text of a key with its places filled in."""
        return _made(cls, key, "", args)

    def filled(self, **args: object) -> Text:
        """Return the same text with other values in its places."""
        return _made(type(self), self.key, self.other, {**self.args, **args})

    def __reduce__(self) -> tuple[object, ...]:
        """Keep key and values in another process."""
        return _made, (type(self), self.key, self.other, self.args)


class Number(str):
    """A number as English writes it, with its unit; a window writes it with the signs of its language.

    Formatting it into another string makes plain data of it: name it as a value of a text, or use `joined`.
    """

    __slots__ = ()


@cache
def text_of_json(kind: type, value: object) -> Text:
    """Return a string of a file of ours as the text that a field is declared as; the decoder's hook."""
    if kind is not Text or not isinstance(value, str):
        raise TypeError(f"{value!r} is no text.")
    return Text(value)


def plain(value: object) -> str:
    """Return a text as the English string that it is; the encoder's hook, since encoders take no subclasses."""
    if not isinstance(value, Text | Number):
        raise TypeError(f"{value!r} is not kept in a file.")
    return str(value)


def counted(one: str, other: str, count: float, /, **args: object) -> Text:
    """Return the form of a text that fits a count; `{count}` is filled in."""
    return _made(Text, one, other, {"count": count, **args})


def text_of_key(key: str, other: str, args: Mapping[str, object]) -> Text:
    """Return the text of a key, of its form for many (empty = one form) and of its values, as it was kept."""
    return _made(Text, key, other, args)


def quoted(name: str) -> Text:
    """Return a name in the quotes of the language."""
    return Text("“{name}”", name=name)


def joined(parts: Iterable[str], separator: str = ", ") -> Text:
    """Return texts one after the other, each of which can still be translated."""
    args = {f"part{number}": part for number, part in enumerate(parts)}
    return _made(Text, separator.join(f"{{{name}}}" for name in args), "", args)


def enumerated(parts: Sequence[str], most: int = 0) -> Text:
    """Return “A, B and C”, or “A, B and 3 more” where there are more than `most` (0 = all are named)."""
    if most and len(parts) > most:
        return Text("{names} and {count} more", names=joined(parts[:most]), count=len(parts) - most)
    if len(parts) < 2:
        return joined(parts)
    return Text("{names} and {last}", names=joined(parts[:-1]), last=parts[-1])


def written(key: str, other: str, args: Mapping[str, object]) -> str:
    """Return the form of a text that fits its count, with its places filled in."""
    form = other if other and args.get("count") != 1 else key
    return form.format(**args) if args else form


def _made(cls: type[Text], key: str, other: str, args: Mapping[str, object]) -> Text:
    made = str.__new__(cls, written(key, other, args))
    made.key, made.other, made.args = key, other, args
    return made


def sentence_of(error: BaseException) -> str:
    """Return what an error says, as it can be translated."""
    said = error.args[0] if error.args else ""
    return said if isinstance(said, Text) else str(error)


NO_TEXT = Text()
