"""The Structurizr DSL as a tree of statements with line numbers; nothing in it is run, nothing outside its folder read.

A statement is a line of words; what stands in its braces are its statements. Constants are filled in, included files
are put in their place, scripts and plug-ins are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct, field

from models.importers.folder import Folder
from models.importers.notes import ImportProblem, Note
from models.importers.workloads import word_set
from models.importers.yaml_reader import Mark
from models.interruption import while_wanted
from models.words import Number, Text, sentence_of

DEEPEST_BLOCK = 64
DEEPEST_INCLUDE = 16
MOST_STATEMENTS = 100_000
MOST_INCLUDED = 200
LONGEST_WORD = 20_000
_WORD = re.compile(r'"((?:\\.|[^"\\])*)"|(\{)(?=\s|$)|(\})(?=\s|$)|([^\s"]+)')
_QUOTED = re.compile(r"""\\.|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'""")
_CONSTANT = re.compile(r"\$\{([\w.-]+)\}")
_NEVER_RUN = word_set("!script !plugin !components")
_NOT_READ = word_set("!docs !adrs !decisions")
_CONSTANTS = word_set("!constant !const !var")


class Statement(Struct):
    """One line: its words, where it stands, and the statements in its braces (None = it has no braces)."""

    words: list[str]
    mark: Mark
    body: list[Statement] | None = None

    def word(self, place: int) -> str:
        """Return a word, or an empty text where there is none."""
        return self.words[place] if place < len(self.words) else ""

    def statements(self) -> list[Statement]:
        """Return the statements in the braces."""
        return self.body or []


class Script(Struct):
    """A whole workspace: its statements, the files they come from, and what was passed over."""

    statements: list[Statement] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def read_script(text: str, path: Path, folder: Folder) -> Script:
    """Return the statements of a file with everything that it includes.

    Raises:
        ImportProblem: braces or quotes do not match, an included file is missing or lies outside the folder, or it is
            too large; the sentence names file and line.
    """
    reader = _Reader(folder)
    reader.script.statements = reader.read(text, path, 0)
    return reader.script


class _Line(Struct):
    words: list[str]
    number: int
    opens: bool = False
    closes: bool = False


class _Reader:
    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.script = Script()
        self._constants: dict[str, str] = {}
        self._count = 0

    def read(self, text: str, path: Path, depth: int) -> list[Statement]:
        name = self.folder.name(path)
        self.script.files.append(name)
        if len(self.script.files) > MOST_INCLUDED:
            raise ImportProblem(Text("{file} includes more than {most} files.", file=name, most=MOST_INCLUDED))
        top: list[Statement] = []
        stack: list[list[Statement]] = [top]
        opened: list[int] = []
        for line in while_wanted(_lines(text, name)):
            self._count += 1
            if self._count > MOST_STATEMENTS:
                raise ImportProblem(
                    Text(
                        "{file} holds more than {most} lines. Split it.", file=name, most=Number(f"{MOST_STATEMENTS:,}")
                    )
                )
            mark = (name, line.number)
            words = [self._filled(word, mark) for word in line.words]
            if words and words[0].lower() in _NEVER_RUN:
                self._pass_over(words, mark)
                continue
            if words and self._directive(words, mark, path, depth, stack[-1]):
                continue
            statement = Statement(words, mark, [] if line.opens else None)
            if words:
                stack[-1].append(statement)
            if line.opens:
                stack.append(statement.body if statement.body is not None and words else [])
                opened.append(line.number)
                if len(stack) > DEEPEST_BLOCK:
                    raise _fault(mark, Text("blocks are nested deeper than {most} levels", most=DEEPEST_BLOCK))
            if line.closes:
                if len(stack) == 1:
                    raise _fault(mark, Text("this brace closes nothing"))
                stack.pop()
                opened.pop()
        if opened:
            raise _fault((name, opened[-1]), Text("the block that begins here is never closed"))
        return top

    def _directive(self, words: list[str], mark: Mark, path: Path, depth: int, into: list[Statement]) -> bool:
        """Follow what is meant for the reader; return whether the line was that."""
        first = words[0].lower()
        if first in _CONSTANTS and len(words) > 2:
            self._constants[words[1]] = words[2][:LONGEST_WORD]
        elif first == "!include" and len(words) > 1:
            into.extend(self._included(words[1], mark, path, depth))
        elif first in _NOT_READ:
            self._pass_over(words, mark)
        else:
            return False
        return True

    def _pass_over(self, words: list[str], mark: Mark) -> None:
        what = Text("{word} is not run: it is no part of the architecture.", word=words[0])
        if words[0].lower() in _NOT_READ:
            what = Text("{word} is not read: the texts beside the architecture stay where they are.", word=words[0])
        self.script.notes.append(Note("info", mark[0], mark[1], what))

    def _included(self, target: str, mark: Mark, path: Path, depth: int) -> list[Statement]:
        if depth >= DEEPEST_INCLUDE:
            raise _fault(mark, Text("files include each other deeper than {most} levels", most=DEEPEST_INCLUDE))
        found: list[Statement] = []
        for file in self.beside(target, mark, path):
            found.extend(self.read(self.folder.text(file), file, depth + 1))
        return found

    def beside(self, target: str, mark: Mark, path: Path) -> list[Path]:
        """Return the files that a path in a file names: itself, or the DSL files of a folder."""
        if "://" in target:
            raise _fault(mark, Text("{target} lies on the network, which is not used: save it beside", target=target))
        file = self._inside(path.parent, target, mark)
        if file.is_dir():
            names = sorted(each.name for each in file.iterdir() if each.suffix == ".dsl")
            return [each for name in names if (each := self._inside(file, name, mark)).is_file()]
        if not file.is_file():
            raise _fault(mark, Text("{target} does not exist; copy it there", target=target))
        return [file]

    def _inside(self, base: Path, target: str, mark: Mark) -> Path:
        try:
            return self.folder.inside(base, target)
        except ImportProblem as problem:
            args = {"file": mark[0], "line": mark[1], "problem": sentence_of(problem)}
            raise ImportProblem(Text("{file}, line {line}: {problem}", **args)) from problem

    def _filled(self, word: str, mark: Mark) -> str:
        """Return a word with the values of its constants; unknown ones stay."""
        if "${" not in word:
            return word
        filled = _CONSTANT.sub(lambda found: self._constants.get(found[1], found[0]), word)
        if len(filled) > LONGEST_WORD:
            raise _fault(mark, Text("with its constants this word is longer than {most} characters",
                                    most=Number(f"{LONGEST_WORD:,}")))  # fmt: skip
        return filled


def read_base(script: Script, path: Path, folder: Folder, statement: Statement) -> Script:
    """Return the script of the workspace that `statement` (`workspace extends …`) builds on, read before it.

    Raises:
        ImportProblem: it cannot be read; the sentence names the line that asks for it.
    """
    reader = _Reader(folder)
    target = statement.word(2)
    for file in reader.beside(target, statement.mark, path):
        reader.script.statements.extend(reader.read(folder.text(file), file, 1))
    reader.script.statements.extend(script.statements)
    reader.script.files.extend(name for name in script.files if name not in reader.script.files)
    reader.script.notes.extend(script.notes)
    return reader.script


def _fault(mark: Mark, what: str) -> ImportProblem:
    return ImportProblem(Text("{file}, line {line}: {what}.", file=mark[0], line=mark[1], what=what))


def _lines(text: str, name: str) -> Iterator[_Line]:
    """Yield the lines that hold words or braces, without comments; continued lines and text blocks are joined.

    Of a script or a plug-in only its first word is yielded: what is in its braces is no DSL.
    """
    commented, passing = False, 0
    held: list[str] = []
    held_at, block = 0, False
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if passing:
            passing += _depth(line)
            continue
        if commented:
            _, ended, line = line.partition("*/")
            commented, line = not ended, line.strip()
            if commented or not line:
                continue
        if not (held or block):
            held_at = number
            if line.startswith("/*"):
                _, ended, line = line.partition("*/")
                commented, line = not ended, line.strip()
            if not line or line.startswith(("#", "//")):
                continue
            first = line.split()[0]
            if first.lower() in _NEVER_RUN:
                passing = max(0, _depth(line))
                yield _Line([first], number)
                continue
        held.append("\n" + line if block else line)
        block ^= line.count('"""') % 2 == 1
        if not block and line.endswith("\\"):
            held[-1] = held[-1].removesuffix("\\")
        elif not block:
            yield from _split("".join(held), held_at, name)
            held = []
    if block or commented or passing:
        raise _fault((name, held_at or 1), Text("a comment, a text or a script that begins here is never closed"))


def _depth(line: str) -> int:
    """Return how many blocks a line of a script opens more than it closes, by the braces outside of quotes."""
    bare = _QUOTED.sub("", line)
    return bare.count("{") - bare.count("}")


def _split(line: str, number: int, name: str) -> Iterator[_Line]:
    if '"""' in line:
        parts = line.split('"""')
        parts[1::2] = ['"' + part.replace("\\", "\\\\").replace('"', '\\"').strip() + '"' for part in parts[1::2]]
        line = "".join(parts)
    words: list[str] = []
    place = 0
    while place < len(line):
        if line[place].isspace():
            place += 1
            continue
        found = _WORD.match(line, place)
        if found is None:
            raise _fault((name, number), Text("a text in quotes is never closed"))
        place = found.end()
        if found[2]:
            yield _Line(words, number, opens=True)
            words = []
        elif found[3]:
            yield _Line(words, number, closes=True) if not words else _Line(words, number)
            if words:
                yield _Line([], number, closes=True)
            words = []
        else:
            quoted = found[1]
            words.append(re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else found[4])
    if words:
        yield _Line(words, number)
