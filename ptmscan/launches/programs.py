"""Which Python program a command starts: through wrappers, environments and distributed launchers.

Interfaces: torchrun, torch.distributed.launch (PyTorch 2.7), accelerate 1.7, deepspeed 0.17, poetry, uv, conda, srun.
"""

from __future__ import annotations

import re
from posixpath import basename

from ptmscan.launches.model import UNKNOWN, Started, Word

_PYTHON = re.compile(r"(?:python|pypy|ipython)(?:\d(?:\.\d+)*)?(?:\.exe)?")
# Commands whose own arguments stand before the script they start.
_LAUNCHERS = frozenset(
    ["torchrun", "accelerate", "accelerate-launch", "deepspeed", "horovodrun", "kernprof", "coverage", "streamlit"]
)
# Options of the interpreter that take the next word.
_TAKE_ONE = frozenset(["-W", "-X", "-Q"])
_SKIPPED = 48
# What may stand in front of a script that is run: other commands edit, list or copy it.
_RUN = frozenset(["nohup", "time", "exec", "sudo", "run", "uv", "poetry", "pdm", "srun", "env", "-u"])
# Commands that take the name of a program without starting it; of all others it is taken that they may.
_NO_WRAPPERS = frozenset(
    [
        "[",
        "[[",
        "test",
        "echo",
        "printf",
        "cat",
        "less",
        "head",
        "tail",
        "vi",
        "vim",
        "nano",
        "emacs",
        "code",
        "open",
        "grep",
        "sed",
        "awk",
        "ls",
        "cp",
        "mv",
        "rm",
        "ln",
        "mkdir",
        "touch",
        "chmod",
        "git",
        "wget",
        "curl",
        "scp",
        "rsync",
        "tar",
        "zip",
        "unzip",
        "which",
        "type",
        "alias",
        "pip",
        "pip3",
        "apt",
        "apt-get",
        "brew",
        "black",
        "ruff",
        "flake8",
        "pylint",
        "mypy",
        "pytest",
        "kill",
        "pkill",
        "killall",
        "wc",
        "diff",
        "man",
        "read",
        "return",
        "exit",
        "source",
        ".",
        "set",
        "unset",
        "trap",
    ]
)


def started(words: tuple[Word, ...]) -> list[Started]:
    """The programs that a command may start, the likeliest first: a module may itself start the script behind it."""
    if not words or words[0].text in _NO_WRAPPERS:
        return []
    for i, word in enumerate(words[:_SKIPPED]):
        name = basename(word.text)
        rest = words[i + 1 :]
        if _PYTHON.fullmatch(name) or (word.text == UNKNOWN and rest and _is_script(rest[0].text)):
            return _after_python(rest)
        if name in _LAUNCHERS:
            return _after_launcher(rest)
        if _is_script(word.text):
            return [Started(word.text, False, rest)] if all(w.text in _RUN for w in words[:i]) else []
    return []


def _is_script(text: str) -> bool:
    return text.endswith(".py") and not text.startswith("-")


def _after_python(words: tuple[Word, ...]) -> list[Started]:
    """The script or module of an interpreter's command line."""
    i = 0
    while i < len(words):
        text, rest = words[i].text, words[i + 1 :]
        if text == "-m" and rest:
            return [Started(rest[0].text, True, rest[1:]), *_after_launcher(rest[1:])]
        if text == "-c":
            return []
        if text in _TAKE_ONE:
            i += 2
        elif text.startswith("-") and text != "-":
            i += 1
        else:
            return [Started(text, False, rest)]
    return []


def _after_launcher(words: tuple[Word, ...]) -> list[Started]:
    """A launcher's own options come first: its script is the first word that is one."""
    for i, word in enumerate(words[:_SKIPPED]):
        rest = words[i + 1 :]
        if _is_script(word.text):
            return [Started(word.text, False, rest)]
        if word.text in ("-m", "--module") and rest:
            return [Started(rest[0].text, True, rest[1:]), *_after_launcher(rest[1:])]
    return []
