"""Objects of libraries that are texts name models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import ScanFiles

HEAD = "from huggingface_sb3 import EnvironmentName, ModelName, ModelRepoId, load_from_hub\n"
PONG = 'ModelName("ppo", EnvironmentName("gym:ALE/Pong-v5"))'


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ('load_from_hub(ModelRepoId("sb3", "ppo-Walker2d-v3"), "a.zip")', ["sb3/ppo-Walker2d-v3"]),
        (f'load_from_hub(ModelRepoId(org="sb3", model_name={PONG}), "a.zip")', ["sb3/ppo-ALE-Pong-v5"]),
        ('import os\nload_from_hub(ModelRepoId("sb3", os.environ["X"]), "a.zip")', []),
    ],
)
def test_a_repository_is_named_by_an_object_that_is_a_text(scan_files: ScanFiles, code: str, names: list[str]) -> None:
    (usage,) = scan_files({"main.py": HEAD + code + "\n"}).usages
    assert [m.name for m in usage.models] == names
    assert usage.exhaustive is bool(names)
