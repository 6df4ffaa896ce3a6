"""What is kept of earlier scans: the same answer as a scan, for as long as nothing changes, whatever happens to it."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from git_clones import clone, git, write

from ptmscan.cache import Cache
from ptmscan.cli import run
from ptmscan.discovery import MemoryTree, file_lister, open_tree

CODE = 'from transformers import AutoModel\nAutoModel.from_pretrained("org/one")\n'
CHANGED = CODE.replace("org/one", "org/two")


@pytest.fixture(autouse=True)
def files_count_as_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test writes is only just new; the rule for that has a test of its own."""
    monkeypatch.setattr(file_lister, "_RACY_NS", 0)


@pytest.fixture
def scans(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> object:
    """Scan a folder with the cache of the test; gives the output, and whether it was worked out anew."""
    made: list[str] = []
    put = Cache.put
    monkeypatch.setattr(
        Cache, "put", lambda cache, kind, key, content: (made.append(key), put(cache, kind, key, content))
    )

    def call(folder: Path, *options: str) -> tuple[str, bool]:
        before = len(made)
        code = run(["scan", str(folder), "--format", "jsonl", "--cache", str(tmp_path / "kept"), *options])
        assert code == 0
        return capsys.readouterr().out, len(made) > before

    return call


def test_an_unchanged_folder_is_not_scanned_again(scans: object, tmp_path: Path) -> None:
    folder = write(tmp_path / "repository", {"a.py": CODE})
    first, second = scans(folder), scans(folder)  # type: ignore[operator]
    assert (first[1], second[1]) == (True, False)
    assert first[0] == second[0]
    assert first[0] == scans(folder, "--no-cache")[0]  # type: ignore[operator]


@pytest.mark.parametrize(
    "change",
    [
        {"a.py": CHANGED},
        {"b.py": CODE},
        {"settings.yaml": "model: org/three\n"},
        {".gitignore": "a.py\n"},
    ],
    ids=["content", "new file", "no Python", "ignored"],
)
def test_any_change_is_seen(change: dict[str, str], scans: object, tmp_path: Path) -> None:
    folder = write(tmp_path / "repository", {"a.py": CODE})
    scans(folder)  # type: ignore[operator]
    write(folder, change)
    kept, anew = scans(folder)  # type: ignore[operator]
    assert anew
    assert kept == scans(folder, "--no-cache")[0]  # type: ignore[operator]


def test_a_change_of_the_same_size_and_time_is_seen(scans: object, tmp_path: Path) -> None:
    folder = write(tmp_path / "repository", {"a.py": CODE})
    times = (folder / "a.py").stat()
    scans(folder)  # type: ignore[operator]
    write(folder, {"a.py": CHANGED})
    os.utime(folder / "a.py", ns=(times.st_atime_ns, times.st_mtime_ns))
    assert "org/two" in scans(folder)[0]  # type: ignore[operator]


def test_options_and_signatures_are_told_apart(scans: object, tmp_path: Path) -> None:
    folder = write(tmp_path / "repository", {"a.py": CODE, "b.py": "import ours\nours.load('x', 'org/b')\n"})
    scans(folder)  # type: ignore[operator]
    assert scans(folder, "--exclude", "a.py")[1]  # type: ignore[operator]
    assert scans(folder, "--no-prefilter")[1]  # type: ignore[operator]
    signatures = tmp_path / "ours.yaml"
    text = (
        "schema: 1\nlibraries:\n  ours:\n    ours.load(path, name) -> model:\n      model: name\n"
        "      match: ours.load('x', 'org/a') -> org/a\n      no_match: ours.save('x')\n"
    )
    signatures.write_text(text, encoding="utf-8")
    assert "org/b" in scans(folder, "--signatures", str(signatures))[0]  # type: ignore[operator]
    signatures.write_text(text.replace("ours.load", "ours.read"), encoding="utf-8")
    assert "org/b" not in scans(folder, "--signatures", str(signatures))[0]  # type: ignore[operator]


def test_commits_are_told_apart(scans: object, tmp_path: Path) -> None:
    folder = clone(tmp_path / "repository", {"a.py": CODE})
    first = scans(folder)[0]  # type: ignore[operator]
    git(folder, "commit", "--allow-empty", "--quiet", "-m", "Nothing new")
    second = scans(folder)[0]  # type: ignore[operator]
    assert first != second
    assert second == scans(folder, "--no-cache")[0]  # type: ignore[operator]


@pytest.mark.parametrize("damage", [b"", b"nonsense", None], ids=["empty", "nonsense", "cut"])
def test_damaged_entries_are_written_anew(damage: bytes | None, scans: object, tmp_path: Path) -> None:
    folder = write(tmp_path / "repository", {"a.py": CODE})
    first = scans(folder)[0]  # type: ignore[operator]
    (entry,) = (tmp_path / "kept").glob("*/??/*")
    whole = entry.read_bytes()
    entry.write_bytes(whole[:-3] if damage is None else damage)
    assert scans(folder) == (first, True)  # type: ignore[operator]
    assert scans(folder) == (first, False)  # type: ignore[operator]


def test_a_folder_that_cannot_be_written_is_told_once_and_costs_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "repository", {"a.py": CODE})
    blocked = tmp_path / "a file"
    blocked.write_text("", encoding="utf-8")
    assert run(["scan", str(folder), "--format", "jsonl", "--cache", str(blocked / "below")]) == 0
    captured = capsys.readouterr()
    assert "org/one" in captured.out
    assert captured.err.count("nothing is kept") == 1


def test_files_that_are_only_just_written_have_no_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_lister, "_RACY_NS", 2_000_000_000)
    folder = write(tmp_path / "repository", {"a.py": CODE})
    assert open_tree(folder).state() is None
    monkeypatch.setattr(file_lister, "_RACY_NS", 0)
    assert open_tree(folder).state() is not None


def test_states_of_commits_differ_as_their_files_do(tmp_path: Path) -> None:
    folder = clone(tmp_path / "repository", {"a.py": CODE})
    first = open_tree(folder, "HEAD").state()
    write(folder, {"a.py": CHANGED})
    git(folder, "commit", "--all", "--quiet", "-m", "Change")
    assert first is not None
    assert open_tree(folder, "HEAD~1").state() == first
    assert open_tree(folder, "HEAD").state() != first
    assert MemoryTree({"a.py": CODE}).state() is None


def test_the_entries_used_last_are_kept_within_the_limit(tmp_path: Path) -> None:
    cache = Cache(tmp_path, max_bytes=2_000)
    for number in range(10):
        cache.put("results", f"{number:064x}", os.urandom(300))
        os.utime(cache._path("results", f"{number:064x}"), (number, number))
    assert cache.get("results", f"{0:064x}") is not None
    cache.prune()
    left = [number for number in range(10) if cache.get("results", f"{number:064x}") is not None]
    assert 0 in left
    assert 1 not in left
    assert sum(path.stat().st_size for path in tmp_path.glob("*/??/*")) <= 2_000


def test_many_processes_may_share_a_folder(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from ptmscan.cache import Cache\n"
        "cache = Cache(Path(sys.argv[1]))\n"
        "for number in range(200):\n"
        "    key = f'{number % 7:064x}'\n"
        "    found = cache.get('results', key)\n"
        "    assert found is None or found == key.encode() * 500\n"
        "    cache.put('results', key, key.encode() * 500)\n"
        "assert cache.problem is None\n"
    )
    with ThreadPoolExecutor(4) as pool:
        done = list(
            pool.map(lambda _: subprocess.run([sys.executable, "-c", program, tmp_path], check=False), range(4))
        )
    assert [process.returncode for process in done] == [0] * 4
    assert not list(tmp_path.glob("*/??/.new-*"))
