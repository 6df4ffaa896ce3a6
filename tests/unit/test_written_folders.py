"""A bare name that one launch writes a folder of and another one passes as a model is local."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from loading import loads, only

from ptmscan.records import ModelOutcome

if TYPE_CHECKING:
    from conftest import ScanFiles

PROGRAM = """
import argparse
p = argparse.ArgumentParser()
p.add_argument("--model", "-m")
p.add_argument("--output_dir")
args = p.parse_args()
load(args.model)
"""


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("python main.py --model a/b --output_dir mine\npython main.py --model mine", ModelOutcome.LOCAL),
        ("python main.py --output-dir=mine\npython main.py --model=mine --output_dir out", ModelOutcome.LOCAL),
        ("D=mine\npython main.py --output_dir $D\npython main.py -m $D", ModelOutcome.LOCAL),
        # One launch passes it both ways: it may be what is trained from.
        ("python main.py --model mine --output_dir mine", ModelOutcome.RESOLVED),
        ("python main.py --model mine --output_dir mine\npython main.py --model mine", ModelOutcome.RESOLVED),
        # Another option's value, and what no launch writes.
        ("python main.py --cache mine\npython main.py --model mine", ModelOutcome.RESOLVED),
        ("python main.py --output_dir other\npython main.py --model mine", ModelOutcome.RESOLVED),
    ],
)
def test_a_folder_that_a_launch_writes(scan_files: ScanFiles, text: str, outcome: ModelOutcome) -> None:
    usage = only(loads(scan_files, PROGRAM, {"run.sh": text}))
    assert {m.name: m.outcome for m in usage.models}["mine"] is outcome


def test_an_old_name_of_the_hub_stays_one(scan_files: ScanFiles) -> None:
    text = "python main.py --output_dir bert-base-uncased\npython main.py --model bert-base-uncased"
    usage = only(loads(scan_files, PROGRAM, {"run.sh": text}))
    assert [m.outcome for m in usage.models] == [ModelOutcome.RESOLVED]


def test_a_name_in_code_stays_the_hubs(scan_files: ScanFiles) -> None:
    program = PROGRAM.replace("args.model)", '"mine")')
    usage = only(loads(scan_files, program, {"run.sh": "python main.py --output_dir mine"}))
    assert [m.outcome for m in usage.models] == [ModelOutcome.RESOLVED]
