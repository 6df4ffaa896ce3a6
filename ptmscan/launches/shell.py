"""Shell text to simple commands: assignments, loops, `cd` and exports are followed, conditions are not decided.

Where a variable is set in only one branch it may have either value; what only the run can tell is UNKNOWN.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product
from posixpath import normpath

from ptmscan.launches.lexing import OperatorToken, Part, Reference, Text, Token, WordToken, tokens
from ptmscan.launches.model import MAX_COMMANDS, MAX_TEXTS, MAX_WORDS, UNKNOWN, Command, Piece, Variable, Word

MAX_DEPTH = 16
MAX_TEXT = 4096
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(\+?)=(.*)\Z", re.DOTALL)
_DECLARES = frozenset(["export", "local", "readonly", "declare", "typeset"])
_OPENS = frozenset(["if", "case", "while", "until", "for", "select", "{"])
_CLOSES = frozenset(["fi", "esac", "done", "}"])
_CONTINUES = frozenset(["then", "else", "elif", "do", "!", "if", "while", "until", "{", "time", "function"])
_ENDS = frozenset(["\n", ";", ";;", "&&", "||", "|", "&", "(", ")"])


def shell_commands(piece: Piece, variables: dict[str, tuple[str, ...]] | None = None) -> list[Command]:
    """The simple commands of a shell text in the order in which they stand; `variables` are set before."""
    interpreter = _Interpreter(piece, variables or {})
    interpreter.run(tokens(piece.text))
    return interpreter.commands


def interpolated(text: str) -> tuple[str, ...]:
    """What a text with `$NAME` and `${NAME:-default}` in it may be, as compose fills them in; no shell splits it."""
    if "$" not in text:
        return (text,)
    quoted = re.sub(r'(["\\\\`])', r"\\\1", text)
    words = [t for t in tokens(f'"{quoted}"') if isinstance(t, WordToken)]
    return _Interpreter(Piece(text, ()), {}).texts([part for word in words for part in word.parts])


class _Interpreter:
    """Goes once through the tokens of a script."""

    def __init__(self, piece: Piece, variables: dict[str, tuple[str, ...]]) -> None:
        self.piece = piece
        self.values: dict[str, tuple[str, ...]] = dict(variables)
        self.arrays: dict[str, tuple[Word, ...]] = {}
        self.exported: dict[str, Variable] = {}
        self.folder: str | None = ""
        self.depth = 0
        self.commands: list[Command] = []

    def run(self, found: list[Token]) -> None:
        row: list[WordToken] = []
        i = 0
        while i < len(found) and len(self.commands) < MAX_COMMANDS:
            token = found[i]
            i += 1
            if isinstance(token, WordToken):
                row.append(token)
            elif token.text == "(" and row and _assigned_array(row[-1]) is not None:
                i = self.array(row.pop(), found, i)
            elif token.text in _ENDS:
                self.command(row)
                row = []
            elif token.text[-1:] in "<>-" and i < len(found) and isinstance(found[i], WordToken):
                i += 1  # the target of a redirection
        self.command(row)

    def array(self, token: WordToken, found: list[Token], i: int) -> int:
        """`NAME=(a b c)`"""
        words: list[Word] = []
        while i < len(found):
            item = found[i]
            i += 1
            if isinstance(item, OperatorToken):
                if item.text == ")":
                    break
                continue
            words += self.expanded(item)
        self.arrays[_assigned_array(token) or ""] = tuple(words[:MAX_WORDS])
        return i

    # --- commands -----------------------------------------------------------------------------------------------------

    def command(self, row: list[WordToken]) -> None:
        """One simple command, with the reserved words in front of it."""
        while row:
            first = _literal(row[0])
            if first == "for" and len(row) > 2:
                self.loop(row)
                return
            if first in _CLOSES:
                self.depth = max(0, self.depth - 1)
                return
            self.depth += first in _OPENS
            if first not in _CONTINUES:
                break
            row = row[1:]
        own, row = self.assignments(row)
        if not row:
            for variable in own:
                self.assign(variable)
            return
        if _literal(row[0]) in _DECLARES:
            self.declare(row)
            return
        words = [w for token in row[:MAX_WORDS] for w in self.expanded(token)][:MAX_WORDS]
        if words and words[0].text in ("cd", "pushd"):
            self.change_folder(words)
        elif words:
            variables = tuple({**self.exported, **{v.name: v for v in own}}.values())
            self.commands.append(Command(tuple(words), self.folder, variables, self.piece.cell))

    def loop(self, row: list[WordToken]) -> None:
        """`for NAME in words`"""
        self.depth += 1
        name = _literal(row[1])
        items = [text for token in row[3:] for word in self.expanded(token) for text in word.texts]
        if name and _literal(row[2]) == "in":
            self.values[name] = tuple(dict.fromkeys(items))[:MAX_TEXTS] or (UNKNOWN,)

    def assignments(self, row: list[WordToken]) -> tuple[list[Variable], list[WordToken]]:
        """The assignments in front of a command, and the rest."""
        found: list[Variable] = []
        for i, token in enumerate(row):
            variable = self.assignment(token)
            if variable is None:
                return found, row[i:]
            found.append(variable)
        return found, []

    def assignment(self, token: WordToken) -> Variable | None:
        """`NAME=value`"""
        first = token.parts[0]
        match = _ASSIGNMENT.match(first.text) if isinstance(first, Text) else None
        if match is None:
            return None
        texts = self.texts((Text(match[3]), *token.parts[1:]))
        if match[2]:
            before = self.values.get(match[1], ("",))
            joined = (f"{a}{b}" for a in before for b in texts)
            texts = tuple(t if len(t) <= MAX_TEXT else UNKNOWN for t in joined)[:MAX_TEXTS]
        return Variable(match[1], Word(texts, self.piece.line(token.line)))

    def assign(self, variable: Variable) -> None:
        """Set a variable; in a branch, it may as well keep what it was."""
        before = self.values.get(variable.name, ()) if self.depth else ()
        self.values[variable.name] = tuple(dict.fromkeys((*before, *variable.value.texts)))[:MAX_TEXTS]
        if variable.name in self.exported:
            self.exported[variable.name] = variable

    def declare(self, row: list[WordToken]) -> None:
        """`export NAME=value …`"""
        exports = _literal(row[0]) == "export"
        for token in row[1:]:
            variable = self.assignment(token)
            if variable is not None:
                self.assign(variable)
            name = variable.name if variable is not None else _literal(token)
            if exports and name in self.values:
                line = self.piece.line(token.line)
                self.exported[name] = variable or Variable(name, Word(self.values[name], line))

    def change_folder(self, words: list[Word]) -> None:
        target = words[1].text if len(words) > 1 else UNKNOWN
        if len(words) > 1 and len(words[1].texts) > 1:
            target = UNKNOWN
        if UNKNOWN in target or target.startswith(("~", "-")):
            self.folder = None
        elif target.startswith("/") or self.folder is None:
            # Somewhere on another machine; the end of the path may be a folder of the repository.
            self.folder = target
        else:
            self.folder = normpath(f"{self.folder}/{target}") if self.folder else normpath(target)

    # --- words --------------------------------------------------------------------------------------------------------

    def expanded(self, token: WordToken) -> list[Word]:
        """A word with its variables filled in; an unquoted variable may be several words."""
        line = self.piece.line(token.line)
        if len(token.parts) == 1 or (len(token.parts) == 2 and token.parts[0] == Text("")):
            reference = token.parts[-1]
            if isinstance(reference, Reference):
                if reference.is_array and reference.name in self.arrays:
                    return list(self.arrays[reference.name])
                texts = self.texts((reference,))
                if not reference.quoted and len(texts) == 1:
                    return [Word((text,), line) for text in _split(texts[0])]
        return [Word(self.texts(token.parts), line)]

    def texts(self, parts: Iterable[Part], depth: int = 0) -> tuple[str, ...]:
        """What the parts of a word may be together."""
        choices = [self.part(part, depth) for part in parts]
        rows = product(*choices)
        found: dict[str, None] = {}
        for row in rows:
            found["".join(row) if sum(map(len, row)) <= MAX_TEXT else UNKNOWN] = None
            if len(found) >= MAX_TEXTS:
                break
        return tuple(found) or ("",)

    def part(self, part: Part, depth: int) -> tuple[str, ...]:
        match part:
            case Text(text=text):
                return (text,)
            case Reference(name=name) if name in self.values:
                return self.values[name]
            case Reference(default=str() as default) if depth < MAX_DEPTH:
                words = [t for t in tokens(default) if isinstance(t, WordToken)]
                return self.texts([p for w in words for p in w.parts], depth + 1) if words else ("",)
            case _:
                return (UNKNOWN,)


def _split(text: str) -> list[str]:
    """An unquoted text falls into words at blanks; quotes in it that are meant for a later reading are left out."""
    return [word.strip("'\"") for word in text.split()]


def _literal(token: WordToken) -> str:
    """The text of a word that is written bare and without variables, else the empty text."""
    if token.bare and all(isinstance(p, Text) for p in token.parts):
        return "".join(p.text for p in token.parts if isinstance(p, Text))
    return ""


def _assigned_array(token: WordToken) -> str | None:
    text = _literal(token)
    return text.rstrip("+=") if text.endswith("=") and _ASSIGNMENT.match(text) else None
