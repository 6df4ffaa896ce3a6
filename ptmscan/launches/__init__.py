"""How a repository starts its programs: shell scripts, Makefiles, Dockerfiles, CI files, notebooks and documents.

Text becomes commands: words with their lines, variables filled in as far as they are constant. Nothing is executed.
"""

from __future__ import annotations

from ptmscan.launches.entry_points import defines_entry_points, entry_points
from ptmscan.launches.files import Kind, kind_of, read_launches
from ptmscan.launches.model import UNKNOWN, Command, Started, Variable, Word
from ptmscan.launches.notebooks import notebook_commands
from ptmscan.launches.programs import started

__all__ = [
    "UNKNOWN",
    "Command",
    "Kind",
    "Started",
    "Variable",
    "Word",
    "defines_entry_points",
    "entry_points",
    "kind_of",
    "notebook_commands",
    "read_launches",
    "started",
]
