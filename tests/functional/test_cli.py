"""The command line inside this process: what is printed where, exit codes, messages of one line."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from command_line import OUR_SIGNATURES

from ptmscan.cli.commands import root
from ptmscan.cli.explain import Target, parse_target
from ptmscan.record_json import read_jsonl

if TYPE_CHECKING:
    from conftest import MakeRepository

CODE = 'from transformers import AutoModel\n\nmodel = AutoModel.from_pretrained("org/name")\n'


def commands(command: click.Command, name: str) -> list[tuple[str, click.Command]]:
    found = [(name, command)]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for child in command.list_commands(context):
            loaded = command.get_command(context, child)
            assert loaded is not None
            found += commands(loaded, f"{name} {child}")
    return found


# --- help -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "command"), commands(root, "ptmscan"), ids=lambda value: str(value).replace(" ", "-"))
def test_every_help_shows_an_example(name: str, command: click.Command, ptmscan) -> None:
    shown = ptmscan(*name.split()[1:], "--help")
    assert shown.code == 0
    assert "Example" in shown.out
    assert name in shown.out


def test_version_and_short_help(ptmscan) -> None:
    assert ptmscan("--version").out.startswith("ptmscan 0.")
    assert "Exit codes:" in ptmscan("-h").out


# --- scan -------------------------------------------------------------------------------------------------------------


def test_scan_puts_data_on_stdout_and_a_summary_on_stderr(repo: MakeRepository, ptmscan) -> None:
    done = ptmscan("scan", repo({"app.py": CODE}))
    assert done.code == 0
    assert "org/name  not pinned\n    app.py:3  model      AutoModel.from_pretrained\n" in done.out
    assert done.err.startswith("ptmscan: 1 model in 1 call; 1 of 1 file read; ")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("name", ["json", "jsonl", "csv", "markdown"])
def test_scan_writes_the_other_formats(name: str, repo: MakeRepository, ptmscan) -> None:
    done = ptmscan("scan", repo({"app.py": CODE}), "--format", name)
    assert done.code == 0
    assert "org/name" in done.out


def test_scan_without_and_with_prefilter_and_with_either_parser_agree(repo: MakeRepository, ptmscan) -> None:
    path = repo({"app.py": CODE, "other.py": "x = 1\n"})
    plain = json.loads(ptmscan("scan", path, "-f", "json").out)
    unfiltered = json.loads(ptmscan("scan", path, "-f", "json", "--no-prefilter").out)
    libcst = json.loads(ptmscan("scan", path, "-f", "json", "--parser", "libcst").out)
    assert plain["usages"] == unfiltered["usages"]
    changed = {"confirmed_by": "libcst", "confidence": 0.9}
    assert [usage | changed for usage in plain["usages"]] == libcst["usages"]


def test_scan_says_the_same_bytes_again(repo: MakeRepository, ptmscan) -> None:
    path = repo({"app.py": CODE})
    assert ptmscan("scan", path, "-f", "jsonl").out == ptmscan("scan", path, "-f", "jsonl").out


def test_scan_leaves_out_what_is_excluded(repo: MakeRepository, ptmscan) -> None:
    path = repo({"app.py": CODE, "tests/a.py": CODE, "b_generated.py": CODE})
    done = ptmscan("scan", path, "-f", "json", "--exclude", "tests/", "--exclude", "*_generated.py")
    document = json.loads(done.out)
    assert [usage["path"] for usage in document["usages"]] == ["app.py"]
    assert document["scan"]["files"] == 1


def test_scan_follows_its_configuration_unless_told_not_to(repo: MakeRepository, ptmscan) -> None:
    path = repo({"app.py": CODE, "tests/a.py": CODE, "ptmscan.toml": 'exclude = ["tests"]\nformat = "jsonl"\n'})
    assert read_jsonl(ptmscan("scan", path).out.splitlines()).header.files == 1
    assert json.loads(ptmscan("scan", path, "-f", "json").out)["scan"]["files"] == 1
    assert json.loads(ptmscan("scan", path, "-f", "json", "--no-config").out)["scan"]["files"] == 2


def test_scan_takes_signatures_of_the_user(repo: MakeRepository, ptmscan, tmp_path: Path) -> None:
    extra = tmp_path / "ours.yaml"
    extra.write_text(OUR_SIGNATURES)
    path = repo({"app.py": 'import ours\nours.load("x", "org/mine")\n'})
    assert "org/mine" not in ptmscan("scan", path).out
    assert "org/mine" in ptmscan("scan", path, "--signatures", extra).out


def test_strict_gives_3_when_input_was_lost(repo: MakeRepository, ptmscan) -> None:
    path = repo({"app.py": CODE, "broken.ipynb": "{ transformers from_pretrained"})
    assert ptmscan("scan", path).code == 0
    done = ptmscan("scan", path, "--strict")
    assert done.code == 3
    assert "1 diagnostic;" in done.err
    assert "broken.ipynb  malformed-notebook: " in done.out
    assert ptmscan("scan", path, "--strict", "--exclude", "broken.ipynb").code == 0


# --- -o ---------------------------------------------------------------------------------------------------------------


def test_output_goes_to_a_file_and_nothing_to_stdout(repo: MakeRepository, ptmscan, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    done = ptmscan("scan", repo({"app.py": CODE}), "-f", "jsonl", "-o", target)
    assert (done.code, done.out) == (0, "")
    assert read_jsonl(target.read_text(encoding="utf-8").split("\n")).usages[0].path == "app.py"
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~_umask()


def test_output_keeps_permissions_and_links(repo: MakeRepository, ptmscan, tmp_path: Path) -> None:
    target, link = tmp_path / "out.txt", tmp_path / "link.txt"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    assert ptmscan("scan", repo({"app.py": CODE}), "-o", link).code == 0
    assert link.is_symlink()
    assert "org/name" in target.read_text(encoding="utf-8")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.glob("*.txt")) == ["link.txt", "out.txt"]


def test_a_failure_leaves_the_old_file_and_no_other(
    repo: MakeRepository, ptmscan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(result: object, stream: object) -> None:
        stream.write("half")
        raise RuntimeError("in the middle")

    monkeypatch.setattr("ptmscan.cli.scan.renderer", lambda name: fail)
    target = tmp_path / "folder" / "out.txt"
    target.parent.mkdir()
    target.write_text("old")
    assert ptmscan("scan", repo({"app.py": CODE}), "-o", target).code == 2
    assert target.read_text() == "old"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize(
    ("target", "message"), [("missing/out.txt", "there is no folder"), (".", "is a folder, -o takes a file")]
)
def test_an_impossible_output_is_refused_before_the_work(
    target: str, message: str, ptmscan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ptmscan.scan.scan_tree", lambda *_, **__: pytest.fail("scanned"))
    done = ptmscan("scan", ".", "-o", target)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


# --- what goes wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("scan",), "ptmscan: error: Missing argument 'PATH…'. (ptmscan scan --help tells more)"),
        (("scan", "missing"), "ptmscan: error: missing: "),
        (("scan", ".", "--format", "xml"), "ptmscan: error: Invalid value for '--format' / '-f': 'xml' is not one of"),
        (("scan", ".", "--formt", "csv"), "ptmscan: error: No such option '--formt'"),
        (("scna",), "ptmscan: error: no such command 'scna'; did you mean 'scan'? (ptmscan --help tells more)"),
        (("zzz",), "ptmscan: error: no such command 'zzz'; there are scan, explain, "),
        (
            ("scan", ".", "--config", "missing.toml"),
            "ptmscan: error: missing.toml: there is no such configuration file",
        ),
        (("scan", ".", "--config", "x", "--no-config"), "ptmscan: error: --config and --no-config exclude each other"),
        (("scan", ".", "--exclude", "*a*b*c*d*"), "ptmscan: error: exclude: '*a*b*c*d*' has more than 3 wildcards"),
        (("scan", ".", "--signatures", "no.yaml"), "ptmscan: error: cannot read the signature file no.yaml"),
        (("signatures", "show", "timm/create_modl"), "did you mean 'timm/create_model'?"),
        (("signatures", "list", "--library", "tim"), "ptmscan: error: no signature of a library 'tim'; did you mean"),
        (("explain", "a.py"), "ptmscan: error: a.py: expected PATH:LINE, or PATH:CELL:LINE in a notebook"),
        (("explain", "a.ipynb:3"), "ptmscan: error: a.ipynb:3: in a notebook name the cell, too: a.ipynb:CELL:3"),
        (("explain", "a.py:3"), "ptmscan: error: a.py: there is no such file"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage_is_one_line_on_stderr_and_exit_code_2(
    arguments: tuple[str, ...], message: str, ptmscan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = ptmscan(*arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert done.err.count("\n") == 1


def test_a_wrong_configuration_is_an_error(repo: MakeRepository, ptmscan) -> None:
    path = repo({"app.py": CODE, "ptmscan.toml": 'format = "jsn"\n'})
    done = ptmscan("scan", path)
    assert done.code == 2
    assert "ptmscan.toml: unknown format 'jsn', did you mean 'json'? (known: text, json" in done.err


@pytest.fixture
def broken_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("\x1b[31mbad\x1b[0m")

    monkeypatch.setattr("ptmscan.scan.scan_tree", fail)


@pytest.mark.usefixtures("broken_scan")
def test_a_bug_of_ours_is_one_line_and_a_hint(repo: MakeRepository, ptmscan) -> None:
    done = ptmscan("scan", repo({"app.py": CODE}), "--no-cache")
    assert done.code == 2
    assert done.err == ("ptmscan: internal error: RuntimeError: \\x1b[31mbad\\x1b[0m (ptmscan --debug … shows where)\n")


@pytest.mark.usefixtures("broken_scan")
def test_debug_shows_where(repo: MakeRepository, ptmscan) -> None:
    done = ptmscan("--debug", "scan", repo({"app.py": CODE}), "--no-cache")
    assert done.code == 2
    assert "Traceback" in done.err
    assert "in fail" in done.err
    assert "\x1b" not in done.err


def test_ctrl_c_ends_quietly_with_130(repo: MakeRepository, ptmscan, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ptmscan.scan.scan_tree", interrupt)
    monkeypatch.setattr("ptmscan.cli.silence_output", lambda: None)
    done = ptmscan("scan", repo({"app.py": CODE}), "--no-cache")
    assert (done.code, done.out, done.err) == (130, "", "ptmscan: interrupted\n")


# --- explain ----------------------------------------------------------------------------------------------------------


def test_explain_follows_a_name_into_another_file(repo: MakeRepository, ptmscan) -> None:
    code = "from transformers import AutoModel\nfrom names import NAME\n\nmodel = AutoModel.from_pretrained(NAME)\n"
    path = repo({"app.py": code, "names.py": 'NAME = "org/name"\n'})
    done = ptmscan("explain", f"{path / 'app.py'}:4")
    assert (done.code, done.err) == (0, "")
    assert "signature   transformers/from_pretrained" in done.out
    assert "model       org/name" in done.out
    assert 'NAME = "org/name"' in done.out


def test_explain_says_why_a_call_is_no_load_and_when_there_is_none(repo: MakeRepository, ptmscan) -> None:
    path = repo({"app.py": "print(3)\nx = 1\n"})
    assert "no load that a signature describes" in ptmscan("explain", f"{path / 'app.py'}:1").out
    done = ptmscan("explain", f"{path / 'app.py'}:2")
    assert (done.code, done.out) == (0, "")
    assert "there is no call on that line" in done.err


def test_explain_hides_secrets(repo: MakeRepository, ptmscan) -> None:
    code = 'from transformers import AutoModel\nAutoModel.from_pretrained("org/name", token="hunter2")\n'
    done = ptmscan("explain", f"{repo({'app.py': code}) / 'app.py'}:2")
    assert "org/name" in done.out
    assert "hunter2" not in done.out


# --- signatures, config -----------------------------------------------------------------------------------------------


def test_signatures_list_and_show(ptmscan) -> None:
    listed = ptmscan("signatures", "list", "--library", "transformers").out
    assert "transformers/from_pretrained" in listed
    assert "timm" not in listed
    shown = ptmscan("signatures", "show", "transformers/from_pretrained").out
    assert "transformers.**.from_pretrained" in shown
    assert "pretrained_model_name_or_path (position 1)" in shown


def test_signatures_validate_names_every_mistake_with_its_line(ptmscan, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        OUR_SIGNATURES.replace("model: name", "modell: name").replace("match: ours.load", "mtch: ours.load")
    )
    done = ptmscan("signatures", "validate", wrong)
    assert (done.code, done.out) == (2, "")
    assert f"{wrong}:6: " in done.err
    assert "'modell'; did you mean 'model'?\n" in done.err
    assert f"{wrong}:7: " in done.err
    assert "'mtch'" in done.err


def test_signatures_list_filters(repo: MakeRepository, ptmscan) -> None:
    assert ptmscan("signatures", "list", "--hub", "pytorch-hub").out == "torch/hub.load  torch.hub.load\n"
    paper = ptmscan("signatures", "list", "--origin", "peatmoss").out
    assert "timm/create_model" in paper
    assert "keybert/" not in paper
    path = repo({"ours.yaml": OUR_SIGNATURES})
    mine = ptmscan("signatures", "list", "--origin", "extra", "--signatures", path / "ours.yaml").out
    assert [line.split("/")[0] for line in mine.splitlines()] == ["ours"]
    assert "did you mean 'torchaudio'?" in ptmscan("signatures", "list", "--hub", "torchaudi").err
    assert "no signature has all of that" in ptmscan("signatures", "list", "--hub", "ngc", "--library", "timm").err


def test_signatures_export_is_json_that_holds_all(ptmscan, tmp_path: Path) -> None:
    target = tmp_path / "signatures.json"
    assert ptmscan("signatures", "export", "--format", "json", "-o", target).code == 0
    document = json.loads(target.read_text())
    (pipeline,) = [one for one in document["signatures"] if one["id"] == "transformers/pipeline"]
    assert (pipeline["pattern"], pipeline["origin"]) == ("transformers.**.pipeline", "peatmoss")
    assert pipeline["default"]["table"] == "pipeline_tasks"
    assert "there is json" in ptmscan("signatures", "export", "--format", "xml").err


def test_signatures_queries_have_both_forms_of_import(ptmscan) -> None:
    rows = [
        line.split("\t") for line in ptmscan("signatures", "queries", "--library", "openai-whisper").out.splitlines()
    ]
    assert [(library, form) for library, form, _ in rows] == [("openai-whisper", "import"), ("openai-whisper", "from")]
    patterns = [re.compile(query.split("patternType:regexp ")[1].split(" AND ")[0]) for _, _, query in rows]
    for pattern, line in zip(
        patterns, ("import os, whisper as w", "from whisper.model import load_model"), strict=True
    ):
        assert pattern.search(line)
        assert not pattern.search("import whisperx" if pattern is patterns[0] else "from whisperx import f")
    assert all(query.endswith(r" AND \bload_model\b") for _, _, query in rows)


def test_config_show_names_the_origin_of_each_value(repo: MakeRepository, ptmscan) -> None:
    path = repo({"app.py": CODE, "pyproject.toml": '[tool.ptmscan]\nexclude = ["tests"]\n'})
    assert ptmscan("config", "show", path).out.splitlines()[:3] == [
        "signatures = []  # default",
        f'exclude = ["tests"]  # {path / "pyproject.toml"}',
        'format = "text"  # default',
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.py:12", Target(Path("a.py"), None, 12)),
        ("a.py:12:5", Target(Path("a.py"), None, 12)),
        ("dir:1/a.py:12", Target(Path("dir:1/a.py"), None, 12)),
        ("a.ipynb:3:2", Target(Path("a.ipynb"), 3, 2)),
    ],
)
def test_places_as_scan_prints_them_can_be_explained(text: str, expected: Target) -> None:
    assert parse_target(text) == expected
