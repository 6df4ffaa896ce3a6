"""Which files start programs, and what each kind of them says."""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum
from posixpath import basename, splitext

from ptmscan.launches.dockerfiles import dockerfile_commands
from ptmscan.launches.documents import document_commands
from ptmscan.launches.makefiles import makefile_commands
from ptmscan.launches.model import Command, Variable, whole
from ptmscan.launches.shell import shell_commands
from ptmscan.launches.workflows import workflow_commands


class Kind(StrEnum):
    """Kinds of files that start programs."""

    SHELL = "shell"
    MAKEFILE = "makefile"
    DOCKERFILE = "dockerfile"
    WORKFLOW = "workflow"
    DOCUMENT = "document"
    MAYBE_SHELL = "a shell script if its first line says so"


_BY_SUFFIX = {
    **dict.fromkeys([".sh", ".bash", ".zsh", ".slurm", ".sbatch", ".job", ".pbs", ".lsf"], Kind.SHELL),
    **dict.fromkeys([".mk", ".mak"], Kind.MAKEFILE),
    **dict.fromkeys([".md", ".markdown", ".rst", ".mdx", ".qmd"], Kind.DOCUMENT),
    ".dockerfile": Kind.DOCKERFILE,
}
_WORKFLOW = re.compile(
    r"(?:.*/)?(?:\.github/(?:workflows|actions)/.*|\.?gitlab-ci[\w.-]*|\.circleci/config|azure-pipelines[\w.-]*|\.travis"
    r"|bitbucket-pipelines|action|cog|(?:docker-)?compose[\w.-]*)\.ya?ml"
)
_SHEBANG = re.compile(r"#!\s*\S*(?:/env\s+)?\S*\b(?:ba|z|k|da)?sh\b")


def kind_of(path: str) -> Kind | None:
    """The kind of file that a path promises; None when it starts nothing."""
    name = basename(path)
    lowered = name.lower()
    if lowered in ("makefile", "gnumakefile"):
        return Kind.MAKEFILE
    if lowered.startswith("dockerfile") or lowered == "containerfile":
        return Kind.DOCKERFILE
    if _WORKFLOW.fullmatch(path):
        return Kind.WORKFLOW
    suffix = splitext(lowered)[1]
    return _BY_SUFFIX.get(suffix, None if suffix else Kind.MAYBE_SHELL)


def read_launches(text: str, kind: Kind, own: Collection[str] = ()) -> tuple[list[Command], list[Variable]]:
    """The commands of a file, and the environment variables that it sets for all of them.

    `own`: commands that the repository defines; in a document they are told from other text.
    """
    match kind:
        case Kind.SHELL:
            return _shell(text)
        case Kind.MAYBE_SHELL:
            return _shell(text) if _SHEBANG.match(text) else ([], [])
        case Kind.MAKEFILE:
            return makefile_commands(text), []
        case Kind.DOCKERFILE:
            return dockerfile_commands(text)
        case Kind.WORKFLOW:
            return workflow_commands(text)
        case Kind.DOCUMENT:
            return document_commands(text, own), []


def _shell(text: str) -> tuple[list[Command], list[Variable]]:
    return shell_commands(whole(text)), []
