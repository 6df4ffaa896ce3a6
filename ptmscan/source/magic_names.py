"""Which magics hold Python: those of IPython 8 and 9, of ruff (crates/ruff_notebook) and Black, of known extensions."""

from __future__ import annotations

import re


def _options(with_value: str) -> re.Pattern[str]:
    """The options of a line magic: those letters take a value, with or without a space before it."""
    value = rf"-[{with_value}][ \t]*[^\s-]\S*|" if with_value else ""
    return re.compile(rf"(?:(?:{value}-\w+|--[\w-]+(?:=\S*)?)(?:[ \t]+|\Z))*")


# Magics that run the statement after them, as ``%time`` does; the pattern takes their options off.
PREFIX_MAGICS = {
    "time": _options(""),
    "timeit": _options("nrp"),
    "prun": _options("lsTD"),
    "lprun": _options("fmDTszu"),  # line_profiler
    "mprun": _options("fT"),  # memory_profiler
    "memit": _options("rtio"),  # memory_profiler
    "snakeviz": _options("f"),
    "pyinstrument": _options(""),
}
# Cell magics whose cell is Python, run here or in another process.
BODY_IS_PYTHON = frozenset(
    {"capture", "debug", "heat", "ipytest", "notify", "pypy", "python", "python2", "python3", "run_pytest", "scalene",
     "wandb"}
)  # fmt: skip
# Cell magics whose cell is known to be something else.
OTHER_CELLS = frozenset(
    {"!", "!!", "HTML", "R", "SVG", "ai", "bash", "bigquery", "cmd", "cython", "file", "html", "javascript", "js",
     "julia", "latex", "markdown", "md", "mermaid", "perl", "powershell", "ruby", "script", "sh", "shell", "spark",
     "sql", "svg", "sx", "system", "writefile", "writetemplate", "zsh"}
)  # fmt: skip
# Databricks: one percent sign, and the whole cell is of another language (docs.databricks.com, "notebook code").
DATABRICKS_CELLS = ("md-sandbox", "md", "scala", "sh", "fs", "r")
# Line magics that are often written without their percent sign (IPython's automagic).
AUTOMAGICS = ("pip", "pip3", "conda", "mamba", "cd", "ls", "mkdir", "time", "timeit", "load_ext", "matplotlib", "run")


def unfollowed(name: str) -> str | None:
    """What to tell about a line magic that brings in Python from elsewhere; None for the others."""
    if name == "run":
        return "%run: the names that the other file defines are not followed"
    return None
