"""Which releases of its libraries a repository asks for: every file that declares requirements, read as text.

Nothing is resolved, fetched or executed; docs/signatures.md tells which file decides.
"""

from __future__ import annotations

from ptmscan.requirements.model import Requirement
from ptmscan.requirements.repository import Requirements
from ptmscan.requirements.versions import meet, releases

__all__ = ["Requirement", "Requirements", "meet", "releases"]
