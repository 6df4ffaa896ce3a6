"""Settings from `[tool.ptmscan]` of pyproject.toml or from ptmscan.toml.

The order is default < file < command line. The file is looked for from the scanned folder up to the top of its
repository and not beyond, so that settings above a clone never reach into it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from ptmscan.errors import UsageError
from ptmscan.policy.policy import Policy
from ptmscan.policy.settings import POLICY_KEYS, policy_from

OWN_FILE = "ptmscan.toml"
SHARED_FILE = "pyproject.toml"
DEFAULT = "default"
COMMAND_LINE = "command line"

# The command line adds to these instead of replacing them.
_ADDED = ("signatures", "exclude")
_MAX_BYTES = 1_000_000
_MAX_PATTERNS = 1_000
# The time that a pattern takes grows with its wildcards as an exponent, and a scanned repository may bring its own.
_MAX_WILDCARDS = 3
_WILDCARDS = re.compile(r"\*+")


@dataclass(frozen=True, slots=True)
class Config:
    """The settings. `origins` holds (key, place that set it): a file or the command line; all else are defaults.

    `baseline` is the file of accepted models; None: the one of the usual name at the top of the scanned repository.
    """

    signatures: tuple[Path, ...] = ()
    exclude: tuple[str, ...] = ()
    format: str = "text"
    baseline: Path | None = None
    policy: Policy = field(default_factory=Policy)
    origins: tuple[tuple[str, str], ...] = ()

    def origin(self, key: str) -> str:
        """Where a key was set."""
        return dict(self.origins).get(key, DEFAULT)

    @property
    def has_policy(self) -> bool:
        """Whether a file or the command line sets a key of the policy."""
        return any(key in POLICY_KEYS for key, _ in self.origins)

    def set_by(self, origin: str, *keys: str) -> tuple[tuple[str, str], ...]:
        """The origins, once these keys have been set by another place, or added to."""
        before = dict(self.origins)
        added = {key: f"{before[key]} and {origin}" for key in keys if key in before and key in _ADDED}
        return tuple((before | dict.fromkeys(keys, origin) | added).items())


KEYS = ("signatures", "exclude", "format", "baseline", *POLICY_KEYS)


def load_config(scanned: Path) -> Config:
    """The settings that hold for a scanned file or folder; the defaults when no file sets any.

    Raises:
        UsageError: naming every mistake of the file, or two files that both hold settings.
    """
    for folder in _folders_upwards(scanned.absolute()):
        found = [config for name in (OWN_FILE, SHARED_FILE) if (config := _read(folder / name)) is not None]
        if len(found) > 1:
            raise UsageError(f"{folder}: both {OWN_FILE} and {SHARED_FILE} configure ptmscan; keep one of them")
        if found:
            return found[0]
    return Config()


def stranger_config(named: Path | None) -> Config:
    """The settings for code of strangers, as a batch scans it: a named file or the defaults, nothing out of a clone.

    Raises:
        UsageError: as `read_config`.
    """
    return Config() if named is None else read_config(named)


def read_config(file: Path) -> Config:
    """The settings of one named file; the defaults when it holds none.

    Raises:
        UsageError: it cannot be read, or naming its mistakes.
    """
    if not file.is_file():
        raise UsageError(f"{file}: there is no such configuration file")
    return _read(file) or Config()


def _folders_upwards(scanned: Path) -> list[Path]:
    """From the folder of what is scanned to the top of its repository, or that folder alone outside one."""
    start = scanned if scanned.is_dir() else scanned.parent
    upwards = [start, *start.parents]
    for number, folder in enumerate(upwards):
        if (folder / ".git").exists():
            return upwards[: number + 1]
    return [start]


# --- one file ---------------------------------------------------------------------------------------------------------


def _read(file: Path) -> Config | None:
    """The settings of a file; None when it is not there or has no table for ptmscan."""
    if not file.is_file():
        return None
    import tomllib  # most repositories have no file for it

    try:
        with file.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise UsageError(f"{file}: larger than {_MAX_BYTES:,} bytes")
        document = tomllib.loads(data.decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{file}: {error}") from error
    table = document if file.name != SHARED_FILE else _tool_table(document)
    return None if table is None else _config(table, file)


def _tool_table(document: dict[str, object]) -> object:
    tool = document.get("tool")
    return tool.get("ptmscan") if isinstance(tool, dict) else None


def _config(table: object, file: Path) -> Config:
    where = f"{file}: [tool.ptmscan]" if file.name == SHARED_FILE else str(file)
    if not isinstance(table, dict):
        raise UsageError(f"{where} must be a table")
    mistakes = [_unknown(key) for key in table if key not in KEYS]
    config = Config(origins=tuple((key, str(file)) for key in KEYS if key in table))
    for key in KEYS:
        if key in table:
            config = _with_value(config, key, table[key], file, mistakes)
    config = replace(config, policy=policy_from(table, mistakes))
    for exception in config.policy.exceptions:
        check_patterns((exception.pattern,), mistakes, "per-path-ignores")
    if mistakes:
        raise UsageError(f"{where}: {'; '.join(mistakes)}")
    return config


def _unknown(key: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(key, KEYS, n=1)
    hint = f", did you mean {close[0]!r}?" if close else ""
    return f"unknown key {key!r}{hint} (known: {', '.join(KEYS)})"


def _with_value(config: Config, key: str, value: object, file: Path, mistakes: list[str]) -> Config:
    match key:
        case "signatures":
            names = _texts(key, value, mistakes)
            return replace(config, signatures=tuple(_contained(key, name, file.parent, mistakes) for name in names))
        case "exclude":
            return replace(config, exclude=check_patterns(_texts(key, value, mistakes), mistakes))
        case "format":
            return replace(config, format=_text(key, value, mistakes))
        case "baseline":
            return replace(config, baseline=_contained(key, _text(key, value, mistakes), file.parent, mistakes))
        case _:
            return config  # a key of the policy


def _text(key: str, value: object, mistakes: list[str]) -> str:
    if isinstance(value, str):
        return value
    mistakes.append(f"{key} must be a string")
    return ""


def _texts(key: str, value: object, mistakes: list[str]) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    mistakes.append(f"{key} must be a list of strings")
    return ()


def _contained(key: str, name: str, folder: Path, mistakes: list[str]) -> Path:
    """A path from the file's folder. The file may be a stranger's: it must not have us read, and quote, other files."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        mistakes.append(f"{key}: {name!r} lies outside {folder}; name it with --{key} instead")
    return path


def check_patterns(patterns: tuple[str, ...], mistakes: list[str], key: str = "exclude") -> tuple[str, ...]:
    """The patterns as they are; those that are too costly are added to `mistakes`."""
    if len(patterns) > _MAX_PATTERNS:
        mistakes.append(f"{key}: more than {_MAX_PATTERNS:,} patterns")
    costly = [
        p for p in patterns if len(_WILDCARDS.findall(p.removeprefix("**/").removesuffix("/**"))) > _MAX_WILDCARDS
    ]
    mistakes += [f"{key}: {pattern!r} has more than {_MAX_WILDCARDS} wildcards" for pattern in costly]
    return patterns
