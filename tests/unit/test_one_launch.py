"""What no single launch leads to is not reported of launches together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from loading import loads, names

from ptmscan.analysis.frameworks.launched import Launch
from ptmscan.analysis.one_launch import groups
from ptmscan.analysis.values import text_of

if TYPE_CHECKING:
    from conftest import ScanFiles

DATACLASSES = """
import sys
from dataclasses import dataclass, field
from transformers import HfArgumentParser

@dataclass
class ModelArguments:
    model: str
    teacher: str = field(default=None)
    prefix: bool = field(default=False)
    quick: bool = field(default=True)

@dataclass
class DataArguments:
    task: str = field(default="ner")

def main():
    parser = HfArgumentParser((ModelArguments, DataArguments))
    if len(sys.argv) == 2 and sys.argv[1].endswith(".json"):
        a, d = parser.parse_json_file(json_file=sys.argv[1])
    else:
        a, d = parser.parse_args_into_dataclasses()
    return run(a, d)

def run(a, d):
    {body}

main()
"""
ARGPARSE = """
import argparse
p = argparse.ArgumentParser()
p.add_argument("--model", required=True)
p.add_argument("--teacher")
p.add_argument("--prefix", action="store_true")
p.add_argument("--quick", type=bool, default=True)
p.add_argument("--task", default="ner")
a = d = p.parse_args()
{body}
"""
SCRIPT = """
python main.py --model one --prefix --task glue --output_dir out/one
python main.py --model two --teacher large --output_dir out/two "$@"
"""


@pytest.mark.parametrize("program", [DATACLASSES, ARGPARSE], ids=["dataclasses", "argparse"])
@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("load(a.model) if a.prefix else load(a.model)", [["one"], ["two"]]),
        ("load(a.model) if d.task == 'glue' else load(a.model)", [["one"], ["two"]]),
        ("load(a.teacher or a.model)", [["large", "one"]]),
        ("load(a.model) if 'on' in a.model else load(a.model)", [["one"], ["two"]]),
        ("load(a.model) if a.teacher is None else load(a.teacher)", [["one"], ["large"]]),
        ("load(a.model) if a.task_name else load(a.model)", [["one", "two"], ["one", "two"]]),
    ],
)
def test_the_words_of_one_launch_stay_together(
    scan_files: ScanFiles, program: str, body: str, found: list[list[str]]
) -> None:
    usages = loads(scan_files, program.replace("{body}", body), {"run.sh": SCRIPT})
    assert names(usages) == found
    assert not any(usage.exhaustive for usage in usages)


def test_switches_of_dataclasses(scan_files: ScanFiles) -> None:
    script = """
    python main.py --model one --no_quick --prefix True
    python main.py --model two --quick false --prefix no
    python main.py --model three --task x
    """
    body = "load(a.model) if a.quick else load(a.model + '-slow') if a.prefix else load(a.model + '-plain')"
    usages = loads(scan_files, DATACLASSES.replace("{body}", body), {"run.sh": script})
    assert names(usages) == [["three"], ["one-slow"], ["two-plain"]]


def test_a_launch_with_options_that_are_not_known_leads_anywhere(scan_files: ScanFiles) -> None:
    script = "python main.py $OPTIONS --model one\n"
    body = "load(a.model) if a.prefix else load(a.model + '-plain')"
    usages = loads(scan_files, DATACLASSES.replace("{body}", body), {"run.sh": script})
    assert names(usages) == [["one"], ["one-plain"]]


def launch(text: str, script: str = "main.py") -> Launch:
    return Launch(script, tuple((word, text_of(word)) for word in text.split()))


def test_launches_that_differ_in_numbers_or_much_are_one_group() -> None:
    rows = [launch(f"--m {m} --lr {i} --out o/{m}{i}") for m in "ab" for i in range(9)]
    assert groups(rows) == ((), tuple(rows[:9]), tuple(rows[9:]))
    assert groups([launch("-x 1"), launch("-x 2 -y")]) == ((), (launch("-x 1"),), (launch("-x 2 -y"),))


def test_too_many_launches_are_not_told_apart() -> None:
    assert groups([launch("", f"s{i}.py") for i in range(15)]) == ()
    assert groups([]) == ((),)
