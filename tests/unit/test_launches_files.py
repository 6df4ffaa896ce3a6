"""What each kind of file starts, and where it says so."""

from __future__ import annotations

import textwrap

import pytest

from ptmscan.launches import UNKNOWN, Kind, entry_points, kind_of, notebook_commands, read_launches, started
from ptmscan.launches.model import Word
from ptmscan.source import Magic


def starts(path: str, text: str) -> list[tuple[int, str]]:
    """(line of the program's name, its words) of each command that starts a program of Python."""
    kind = kind_of(path)
    assert kind is not None
    found, _ = read_launches(textwrap.dedent(text), kind)
    rows = [(c, s) for c in found for s in started(c.words)[:1]]
    return [(c.words[0].line, " ".join([s.target, *("|".join(w.texts) for w in s.arguments)])) for c, s in rows]


def variables(path: str, text: str) -> dict[str, tuple[str, int]]:
    kind = kind_of(path)
    assert kind is not None
    return {v.name: (v.value.text, v.value.line) for v in read_launches(textwrap.dedent(text), kind)[1]}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("run.sh", "shell"),
        ("jobs/a.slurm", "shell"),
        ("Makefile", "makefile"),
        ("docker/Dockerfile.gpu", "dockerfile"),
        (".github/workflows/ci.yml", "workflow"),
        (".gitlab-ci.yml", "workflow"),
        ("docker-compose.yml", "workflow"),
        ("docs/USAGE.md", "document"),
        ("README.rst", "document"),
        ("conf/model.yaml", None),
        ("a.py", None),
        ("bin/train", "a shell script if its first line says so"),
    ],
)
def test_kinds(path: str, kind: str | None) -> None:
    assert kind_of(path) == kind


def test_a_file_without_suffix_is_shell_if_it_says_so() -> None:
    assert starts("bin/train", "#!/usr/bin/env bash\npython a.py x\n") == [(2, "a.py x")]
    assert starts("LICENSE", "python a.py x\n") == []


def test_makefile() -> None:
    variables = "M ?= bert\nN := $(M)-base\nA = --m $(N) \\\n  --o x\n"
    text = variables + "\ntrain: data\n\t@python a.py $(A) $(UNSET) $$HOME\n\techo done\n"
    assert starts("Makefile", text) == [(7, f"a.py --m bert-base --o x {UNKNOWN} {UNKNOWN}")]


def test_a_makefile_variable_that_refers_to_itself_ends() -> None:
    assert starts("Makefile", "A = $(A) $(A)\nx:\n\tpython a.py $(A)\n") != []


def test_dockerfile() -> None:
    text = """
    ARG M=bert
    ENV B=1 \\
        C="two words"
    RUN --mount=type=cache python a.py --m $M \\
        # a comment inside
        --o x
    CMD python b.py $B
    ENTRYPOINT ["python", "c.py"]
    CMD ["--m", "y"]
    """.lstrip("\n")
    assert starts("Dockerfile", text) == [(4, "a.py --m bert --o x"), (7, "b.py 1"), (8, "c.py"), (8, "c.py --m y")]
    assert variables("Dockerfile", text) == {"B": ("1", 2), "C": ("two words", 3)}


def test_workflows() -> None:
    text = """
    env:
      M: bert
    jobs:
      test:
        strategy:
          matrix:
            size: [a, b]
        steps:
          - run: python one.py $M
          - run: |
              cd sub
              python two.py --s ${{ matrix.size }} \\
                --t ${{ secrets.TOKEN }}
          - uses: x/y@v1
            with: {run: 3}
    """.lstrip("\n")
    assert starts(".github/workflows/ci.yml", text) == [(9, "one.py bert"), (12, f"two.py --s a|b --t {UNKNOWN}")]
    assert variables(".github/workflows/ci.yml", text) == {"M": ("bert", 2)}
    gitlab = "train:\n  script:\n    - M=x\n    - python a.py $M\n"
    assert starts(".gitlab-ci.yml", gitlab) == [(4, "a.py x")]
    compose = "services:\n  a:\n    command: ['python', 'a.py', '--m', 'x']\n    environment:\n      - M=y\n"
    assert starts("compose.yaml", compose) == [(3, "a.py --m x")]
    assert variables("compose.yaml", compose) == {"M": ("y", 5)}
    assert starts(".gitlab-ci.yml", "a: [") == []


def test_compose_fills_in_variables() -> None:
    text = """
services:
  a:
    command: ["python", "a.py", "--m", "${M:-bert}"]
    environment:
      ONE: ${M:-org/name:1b}
      TWO: x-${M:?missing}
  b:
    environment:
      - THREE=${M-${N:-gpt}}
""".lstrip("\n")
    assert starts("compose.yaml", text) == [(3, "a.py --m bert")]
    assert variables("compose.yaml", text) == {
        "ONE": ("org/name:1b", 5),
        "TWO": (f"x-{UNKNOWN}", 6),
        "THREE": ("gpt", 9),
    }


def test_documents() -> None:
    text = """
    # Use
    Run `python a.py --m inline` or ``CUDA_VISIBLE_DEVICES=0 python a.py --m two``; `import python` is no command.

    ```bash
    M=bert
    python a.py --m $M --o <out> --p path/to/it \\
      --q MODEL_NAME
    ```
    ```python
    python = "a.py --m never"
    python a.py --m mislabelled \\
      --q 1
    print("python a.py")
    ```
    ```console
    $ python a.py --m prompt
    python a.py --m printed
    (env) $ python a.py --m again
    ```

        python a.py --m indented

    > ```
    > python a.py --m quoted
    > ```
    """.lstrip("\n")
    assert starts("README.md", text) == [
        (2, "a.py --m inline"),
        (2, "a.py --m two"),
        (6, f"a.py --m bert --o {UNKNOWN} --p {UNKNOWN} --q {UNKNOWN}"),
        (11, "a.py --m mislabelled --q 1"),
        (16, "a.py --m prompt"),
        (18, "a.py --m again"),
        (21, "a.py --m indented"),
        (24, "a.py --m quoted"),
    ]


def test_own_commands_in_documents() -> None:
    text = (
        "The\n\n    speak is a program\n    speak in.wav --model large\n    $ speak --model small\n\nspeak --model no\n"
    )
    commands, _ = read_launches(text, Kind.DOCUMENT, {"speak"})
    assert [(c.words[0].line, " ".join(w.text for w in c.words)) for c in commands] == [
        (4, "speak in.wav --model large"),
        (5, "$ speak --model small"),
    ]
    assert not read_launches(text, Kind.DOCUMENT)[0]


def test_notebooks() -> None:
    magics = [
        Magic(1, 1, "%cd tools"),
        Magic(2, 3, "!python a.py --m x \\\n  --n {name}"),
        Magic(3, 1, "%run b.py y"),
        Magic(4, 1, "%%bash\npython c.py z\n"),
        Magic(5, 1, "%matplotlib inline"),
    ]
    found = notebook_commands(magics)
    assert [(c.cell, c.folder, [w.text for w in c.words], c.words[-1].line) for c in found] == [
        (2, "tools", ["python", "a.py", "--m", "x", "--n", UNKNOWN], 4),
        (3, "tools", ["python", "b.py", "y"], 1),
        (4, "tools", ["python", "c.py", "z"], 2),
    ]


@pytest.mark.parametrize(
    ("command", "target"),
    [
        ("python a.py x", "a.py"),
        ("python3.11 -u -W ignore a.py x", "a.py"),
        ("python -m pkg.mod x", "pkg.mod"),
        ("CUDA=0 nohup /usr/bin/python a.py x", "a.py"),
        ("accelerate launch --num_processes 4 a.py x", "a.py"),
        ("torchrun --nproc_per_node 2 a.py x", "a.py"),
        ("torchrun -m pkg.mod x", "pkg.mod"),
        ("deepspeed --num_gpus=2 a.py x", "a.py"),
        ("poetry run python a.py x", "a.py"),
        ("uv run a.py x", "a.py"),
        ("srun --gres gpu:1 python a.py x", "a.py"),
        ("conda run -n env python a.py x", "a.py"),
        ("./a.py x", "./a.py"),
        ("python -c 'import a' x", None),
        ("vim a.py x", None),
        ("pip install python", None),
        ("ls x", None),
    ],
)
def test_the_program_that_a_command_starts(command: str, target: str | None) -> None:
    words = tuple(Word((w,), 1) for w in command.replace("CUDA=0 ", "").split())
    found = started(words)
    assert (found[0].target if found else None) == target
    assert not found or found[0].arguments[-1].text == "x"


def test_a_launcher_that_is_a_module_starts_the_script_behind_it() -> None:
    words = tuple(
        Word((w,), 1) for w in ["python", "-m", "torch.distributed.launch", "--nproc", "2", "a.py", "--m", "x"]
    )
    assert [s.target for s in started(words)] == ["torch.distributed.launch", "a.py"]


def test_entry_points() -> None:
    pyproject = "[project.scripts]\ntool = 'pkg.cli:main'\n[tool.poetry.scripts]\nother = 'pkg.b:go'\n"
    assert entry_points("pyproject.toml", pyproject) == {"tool": "pkg.cli", "other": "pkg.b"}
    cfg = "[options.entry_points]\nconsole_scripts =\n    tool = pkg.cli:main\n"
    assert entry_points("setup.cfg", cfg) == {"tool": "pkg.cli"}
    setup = "setup(entry_points={'console_scripts': ['tool = pkg.cli:main']})"
    assert entry_points("setup.py", setup) == {"tool": "pkg.cli"}
    assert entry_points("pyproject.toml", "[") == {}
