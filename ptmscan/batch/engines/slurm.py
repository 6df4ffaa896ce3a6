"""Jobs of SLURM as workers of dask.distributed, by way of dask-jobqueue."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ptmscan.errors import UsageError

if TYPE_CHECKING:
    from distributed.deploy import Cluster

# Of https://jobqueue.dask.org/en/stable/generated/dask_jobqueue.SLURMCluster.html, with how a value is read.
_NUMBERS = ("cores", "processes", "job_cpu")
_TEXTS = (
    "queue",
    "account",
    "memory",
    "walltime",
    "local_directory",
    "log_directory",
    "interface",
    "job_mem",
    "python",
)
_LISTS = ("job_extra_directives", "job_script_prologue", "worker_extra_args", "job_directives_skip")
# One scan at a time in each process of a job; the server below it is what needs the memory.
_DEFAULTS: dict[str, object] = {"cores": 1, "memory": "8GB", "walltime": "04:00:00"}


def settings(options: Iterable[str]) -> dict[str, object]:
    """The settings of the jobs, from ``key=value`` texts; those that take a list may be given several times.

    Raises:
        UsageError: a key that is not known, or a value that is none.
    """
    found = dict(_DEFAULTS)
    for option in options:
        key, equals, value = option.partition("=")
        if not equals or not value:
            raise UsageError(f"--slurm-option: {option!r} is not KEY=VALUE")
        if key in _LISTS:
            found[key] = [*_listed(found.get(key)), value]
        elif key in _NUMBERS:
            if not value.isdecimal():
                raise UsageError(f"--slurm-option: {key} takes a number, not {value!r}")
            found[key] = int(value)
        elif key in _TEXTS:
            found[key] = value
        else:
            raise UsageError(f"--slurm-option: unknown key {key!r} (known: {', '.join((*_NUMBERS, *_TEXTS, *_LISTS))})")
    # A process of its own for each core: tasks wait for their server, and a worker that dies takes one of them along.
    found.setdefault("processes", found["cores"])
    return found


def _listed(value: object) -> list[str]:
    return value if isinstance(value, list) else []


def cluster(jobs: int, settings: dict[str, object]) -> Cluster:
    """A scheduler in this process, and so many jobs of SLURM with its workers.

    Raises:
        UsageError: dask-jobqueue is not installed, or refuses the settings.
    """
    if find_spec("dask_jobqueue") is None:
        raise UsageError("--slurm needs dask-jobqueue: pip install 'ptmscan[dask]'")
    from dask_jobqueue import SLURMCluster

    try:
        made: Cluster = SLURMCluster(**settings)
        made.scale(jobs=jobs)
    except (ValueError, TypeError, OSError) as error:
        raise UsageError(f"SLURM: {error}") from error
    return made
