"""Build hook: the wheel carries the catalogue compiled, so that a scan need not read YAML."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileCatalogue(BuildHookInterface):  # type: ignore[type-arg]
    """Writes catalogue.json: into the wheel, or for an editable install into the source tree, where git ignores it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile signatures.yaml before the files of a wheel are collected."""
        if self.target_name != "wheel":
            return
        sys.path.insert(0, self.root)
        from ptmscan.signatures import compiled
        from ptmscan.signatures.schema import read_document

        content = Path(self.root, "signatures.yaml").read_bytes()
        document = read_document("signatures.yaml", content.decode("utf-8"))
        text = compiled.dump(compiled.content_hash(content), document.signatures)
        data = Path(self.root, "ptmscan", "signatures", "data")
        target = data if version == "editable" else Path(tempfile.mkdtemp())
        target.mkdir(parents=True, exist_ok=True)
        (target / "catalogue.json").write_text(text, encoding="utf-8")
        if version != "editable":
            build_data["force_include"][str(target / "catalogue.json")] = "ptmscan/signatures/data/catalogue.json"
