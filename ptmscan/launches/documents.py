"""Documents: the commands in fenced blocks, literal blocks and inline code of Markdown and reStructuredText.

CommonMark 0.31 (fenced and indented code), docutils 0.21 (literal blocks). What is no command of Python is left out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from ptmscan.launches.model import UNKNOWN, Command, Piece
from ptmscan.launches.shell import shell_commands

# What follows the backticks of a fence holds none: "```python run.py```" is inline code (CommonMark 0.31, section 4.5).
_FENCE = re.compile(r"[ \t>*-]*(`{3,}(?!.*`)|~{3,})[ \t]*\{?\.?([\w+-]*)")
_SHELLS = frozenset(
    [
        "",
        "bash",
        "sh",
        "shell",
        "zsh",
        "fish",
        "console",
        "shell-session",
        "sh-session",
        "bash-session",
        "text",
        "txt",
        "plaintext",
        "cmd",
        "bat",
        "powershell",
        "ps1",
        "commandline",
        "terminal",
        "none",
        "code",
    ]
)
_PROMPT = re.compile(r"[ \t]*(?:\([\w./-]+\)[ \t]*)?(?:[\w.@~:/-]*[$%>]|[\w.@~:/-]+#|!|>>>)[ \t]+(?=\S)")
_MARKED = re.compile(r"[ \t]*(?:\([\w./-]+\)[ \t]*)?(?:[\w.@~:/-]*\$|%|>|!)[ \t]*(?=\S)")
_STARTS = re.compile(
    r"[ \t]*(?:[A-Z_][A-Z0-9_]*=\S*[ \t]+)*(?:nohup[ \t]+|sudo[ \t]+|time[ \t]+)?"
    r"(?:python[\d.]*|accelerate[ \t]+launch|torchrun|deepspeed|(?:poetry|uv)[ \t]+run|srun|\./[\w./-]+\.py)(?=[ \t])"
)
_ASSIGNMENT = re.compile(r"[ \t]*[\w.]+[ \t]*[=(,:\[]")  # `python = …` in a block of Python
_INLINE = re.compile(
    r"(?<!`)(`{1,3})(?!`)((?:[A-Z_][A-Z0-9_]*=\S+ )*(?:python[\d.]*|accelerate launch|torchrun) [^`\n]{1,400})\1(?!`)"
)
# What a reader is to replace: `<model>`, `[--opt]`, `{name}`, MODEL_NAME, `path/to/model`, `your-model`.
_PLACEHOLDER = re.compile(
    r"<[^<>\n]{1,80}>|\[[^\[\]\n]{1,120}\]|\{[^{}\n]{1,80}\}"
    r"|(?<=[\s='\"])(?:[A-Z]+_[A-Z_]+|\.\.\.|…|your[-_ ][\w-]+|[/.]*path/to/\S*)(?=[\s'\"]|\Z)",
    re.MULTILINE,
)


def document_commands(text: str, own: Collection[str] = ()) -> list[Command]:
    """The commands of a document that start a program of Python, or one of the repository's `own`."""
    found: list[Command] = []
    for piece in _pieces(text, _own_commands(own)):
        found += shell_commands(Piece(_PLACEHOLDER.sub(UNKNOWN, piece.text), piece.lines))
    return found


def _own_commands(own: Collection[str]) -> re.Pattern[str]:
    """Lines that are commands of the repository with options; none where it defines none."""
    names = "|".join(map(re.escape, sorted(own)))
    return re.compile(rf"[ \t]*(?:[\w.@~:/-]*[$%>][ \t]*)?(?:{names})[ \t]+(?:\S+[ \t]+)*?-" if own else r"(?!)")


def _pieces(text: str, own: re.Pattern[str]) -> Iterator[Piece]:
    """The blocks of shell text, and inline code that is a command."""
    lines = text.split("\n")
    i = 0
    while i < len(lines):
        fence = _FENCE.match(lines[i])
        if fence is None and not (lines[i][:1] in (" ", "\t") and _is_command(lines[i], own)):
            yield from (Piece(m[2], (i + 1,)) for m in _INLINE.finditer(lines[i][:4000]))
            i += 1
        elif fence is None:
            end = _last_of_command(lines, i)
            yield _without_prompts(lines[i : end + 1], i + 1)
            i = end + 1
        else:
            end = _closing(lines, i + 1, fence[1])
            if fence[2].lower() in _SHELLS:
                yield _without_prompts(lines[i + 1 : end], i + 2)
            else:
                yield from _commands_among(lines, i + 1, end, own)
            i = end + 1


def _commands_among(lines: list[str], start: int, end: int, own: re.Pattern[str]) -> Iterator[Piece]:
    """The commands in a block that says it is something else: ```` ```python ```` before `python train.py --lr 1`."""
    i = start
    while i < end:
        is_command = _is_command(lines[i], own) and not _ASSIGNMENT.match(lines[i])
        last = min(_last_of_command(lines, i), end - 1) if is_command else i - 1
        if last >= i:
            yield _without_prompts(lines[i : last + 1], i + 1)
        i = max(last, i) + 1


def _is_command(line: str, own: re.Pattern[str]) -> bool:
    return _STARTS.match(line) is not None or _is_marked(line) or own.match(line) is not None


def _last_of_command(lines: list[str], first: int) -> int:
    """The line on which a command ends that begins on a line."""
    last = first
    while lines[last].rstrip().endswith("\\") and last + 1 < len(lines):
        last += 1
    return last


def _closing(lines: list[str], start: int, fence: str) -> int:
    """The line that closes a fenced block; the end of the document closes any."""
    for i in range(start, len(lines)):
        stripped = lines[i].lstrip(" \t>")
        if stripped.startswith(fence) and not stripped.strip().strip(fence[0]):
            return i
    return len(lines)


def _is_marked(line: str) -> bool:
    found = _MARKED.match(line)
    return found is not None and _STARTS.match(line[found.end() :]) is not None


def _without_prompts(lines: list[str], first: int) -> Piece:
    """A block's commands: where lines begin with a prompt, the others are what the commands print."""
    marked = any(_is_marked(line) for line in lines)
    texts: list[str] = []
    continued = False
    for line in lines:
        prompt = _MARKED.match(line) or _PROMPT.match(line)
        if marked and prompt is None and not continued:
            texts.append("")
            continue
        shown = (
            line[prompt.end() :]
            if prompt is not None and not continued and (marked or _STARTS.match(line[prompt.end() :]))
            else line
        )
        texts.append(shown)
        continued = shown.rstrip().endswith("\\")
    return Piece("\n".join(texts), tuple(range(first, first + len(lines))))
