"""Settings come from the right file, wrong ones are refused with all that is wrong, none reaches out of its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptmscan.config import KEYS, Config, load_config, read_config, stranger_config
from ptmscan.errors import UsageError
from ptmscan.policy.model import Severity
from ptmscan.policy.patterns import ModelPattern
from ptmscan.policy.policy import Level, PathException, Policy


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_config(tmp_path) == Config()
    assert {Config().origin(key) for key in KEYS} == {"default"}


@pytest.mark.parametrize(
    ("name", "header"), [("pyproject.toml", "[tool.ptmscan]\n"), ("ptmscan.toml", "")], ids=["pyproject", "own file"]
)
def test_both_files_are_read(name: str, header: str, tmp_path: Path) -> None:
    text = (
        header
        + """
        signatures = ["extra/ours.yaml"]
        exclude = ["tests/"]
        format = "csv"
        baseline = "ci/models.json"
        fail-on = "note"
        allow = ["huggingface:org/*"]
        deny = ["org/b*"]
        rules = {unpinned-model = "error"}
        per-path-ignores = {"tests/" = ["PTM003"]}
    """
    )
    file = write(tmp_path / name, text)
    config = load_config(tmp_path)
    assert config.signatures == (tmp_path.resolve() / "extra/ours.yaml",)
    assert config.exclude == ("tests/",)
    assert config.format == "csv"
    assert config.baseline == tmp_path.resolve() / "ci/models.json"
    assert config.policy == Policy(
        allow=(ModelPattern("huggingface:org/*", "huggingface", "org/*"),),
        deny=(ModelPattern("org/b*", "*", "org/b*"),),
        levels=(("PTM003", Level.ERROR),),
        exceptions=(PathException("tests/", frozenset({"PTM003"})),),
        fail_on=Severity.NOTE,
    )
    assert {config.origin(key) for key in KEYS} == {str(file)}


def test_what_a_file_does_not_set_keeps_its_default(tmp_path: Path) -> None:
    file = write(tmp_path / "ptmscan.toml", 'exclude = ["x"]')
    config = load_config(tmp_path)
    assert (config.format, config.origin("format")) == ("text", "default")
    assert config.origin("exclude") == str(file)


def test_the_file_is_looked_for_up_to_the_top_of_the_repository(tmp_path: Path) -> None:
    write(tmp_path / "ptmscan.toml", 'format = "csv"')
    clone = tmp_path / "clone"
    (clone / ".git").mkdir(parents=True)
    source = write(clone / "src/pkg/a.py", "")
    assert load_config(source).format == "text"
    write(clone / "ptmscan.toml", 'format = "json"')
    assert load_config(source).format == "json"
    assert load_config(source.parent).format == "json"
    write(clone / "src/ptmscan.toml", 'format = "jsonl"')
    assert load_config(source).format == "jsonl"


def test_outside_a_repository_only_the_scanned_folder_counts(tmp_path: Path) -> None:
    write(tmp_path / "ptmscan.toml", 'format = "csv"')
    (tmp_path / "inner").mkdir()
    assert load_config(tmp_path / "inner") == Config()


def test_a_pyproject_of_other_tools_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path / "pyproject.toml", '[tool.ptmscan]\nformat = "csv"')
    write(tmp_path / "src/pyproject.toml", "[tool.ruff]\nline-length = 120")
    assert load_config(tmp_path / "src").format == "csv"


def test_two_files_that_both_configure_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "ptmscan.toml", 'format = "csv"')
    write(tmp_path / "pyproject.toml", '[tool.ptmscan]\nformat = "csv"')
    with pytest.raises(UsageError, match=r"both ptmscan\.toml and pyproject\.toml"):
        load_config(tmp_path)


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ('exlcude = ["x"]', ["unknown key 'exlcude', did you mean 'exclude'? (known: signatures, exclude, format,"]),
        (
            "zzz = 1",
            [
                (
                    "unknown key 'zzz' (known: signatures, exclude, format, baseline, fail-on, allow, deny, rules,"
                    " per-path-ignores)"
                ),
            ],
        ),
        ('exclude = "x"', ["exclude must be a list of strings"]),
        ("signatures = [1]", ["signatures must be a list of strings"]),
        ("format = 3", ["format must be a string"]),
        ("a = 1\nb = 2\nformat = 3", ["unknown key 'a'", "unknown key 'b'", "format must be a string"]),
        ('signatures = ["../x.yaml"]', ["'../x.yaml' lies outside"]),
        ('signatures = ["/etc/passwd"]', ["'/etc/passwd' lies outside"]),
        ('exclude = ["*a*b*c*d*"]', ["'*a*b*c*d*' has more than 3 wildcards"]),
        ('per-path-ignores = {"*a*b*c*d*" = []}', ["per-path-ignores: '*a*b*c*d*' has more than 3 wildcards"]),
        ('baseline = "../x.json"', ["baseline: '../x.json' lies outside", "name it with --baseline"]),
        (
            'deny = ["hugface:x"]\nrules = {PTM3 = "x"}',
            ["did you mean 'huggingface'?", "no rule 'PTM3'", "rules: PTM3 "],
        ),
        ("format = ", ["Invalid value (at end of document)"]),
        ("format = " + "[" * 100_000, [""]),
        ("x = '" + "y" * 1_000_001 + "'", ["larger than 1,000,000 bytes"]),
    ],
    ids=range(15),
)
def test_every_mistake_is_named_with_its_file(text: str, messages: list[str], tmp_path: Path) -> None:
    file = write(tmp_path / "ptmscan.toml", text)
    with pytest.raises(UsageError) as error:
        load_config(tmp_path)
    assert str(file) in str(error.value)
    assert "\n" not in str(error.value)
    for message in messages:
        assert message in str(error.value)


def test_a_table_that_is_none_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", "tool = {ptmscan = 3}")
    with pytest.raises(UsageError, match=r"\[tool.ptmscan\] must be a table"):
        load_config(tmp_path)


def test_a_link_out_of_the_folder_is_no_signature_file(tmp_path: Path) -> None:
    outside = write(tmp_path / "secret.yaml", "")
    folder = tmp_path / "clone"
    folder.mkdir()
    (folder / "inside.yaml").symlink_to(outside)
    write(folder / "ptmscan.toml", 'signatures = ["inside.yaml"]')
    with pytest.raises(UsageError, match="lies outside"):
        load_config(folder)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "ptmscan.toml").write_bytes(b"format = '\xff'")
    with pytest.raises(UsageError, match=r"ptmscan\.toml"):
        load_config(tmp_path)


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such configuration file"):
        read_config(tmp_path / "x.toml")
    assert read_config(write(tmp_path / "x.toml", 'format = "csv"')).format == "csv"


def test_for_code_of_strangers_only_a_named_file_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clone = tmp_path / "clone"
    (clone / ".git").mkdir(parents=True)
    write(clone / "ptmscan.toml", 'format = "csv"\nrules = {new-model = "off"}')
    monkeypatch.chdir(clone)
    assert stranger_config(None) == Config()
    assert stranger_config(write(tmp_path / "ours.toml", 'format = "json"')).format == "json"


def test_a_key_that_is_set_twice_names_both_places_where_they_add_up(tmp_path: Path) -> None:
    file = write(tmp_path / "ptmscan.toml", 'exclude = ["x"]\nformat = "csv"')
    origins = dict(read_config(file).set_by("command line", "exclude", "format", "baseline"))
    assert origins == {
        "exclude": f"{file} and command line",
        "format": "command line",
        "baseline": "command line",
    }
