"""The queries of docs/research-questions.md, the funnel and the export answer what they promise, on both engines."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from peatmoss_data import bert, call, data_set, gpt2, loaded, query, resnet, scan, unknown, untrained, write

from ptmscan.peatmoss.database import database_url, reading
from ptmscan.peatmoss.export import write_links
from ptmscan.peatmoss.funnel import LibraryRow, by_library, funnel, unknown_count, unknown_models
from ptmscan.records import Outcome
from ptmscan.registry.model import KnownHub

PAGE = (Path(__file__).parents[2] / "docs/research-questions.md").read_text(encoding="utf-8")
QUERIES = dict(re.findall(r"^### ([^\n]+)\n(?:(?!^###)[^`]|`(?!``))*?```sql\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL))

SCANS = (
    scan(
        "one/app",
        call("a.py", bert(), resnet()),
        call("b.py", bert(), library="sentence-transformers", trust_remote_code=True),
        call("c.py", unknown()),
    ),
    scan("two/app", call("a.py", bert()), call("b.py", outcome=Outcome.DYNAMIC), untrained("c.py")),
    scan("three/app", call("a.py", resnet(), library="torchvision"), call("b.py", unknown())),
    scan("four/app", untrained("a.py")),
    scan("five/app"),
)

# One row for each question, or all where there are few; the data set's own link is acme/reviews to gpt2.
ANSWERS = {
    "Popularity: do downloads tell how many repositories depend on a model? (I1)": {
        ("bert-base-uncased", "HuggingFace", 500, 2),
        ("gpt2", "HuggingFace", 900, 1),
        ("resnet50", "PyTorch", None, 2),
        ("org/unused", "HuggingFace", 7, 0),
    },
    "Which models do most repositories depend on?": {
        ("bert-base-uncased", "HuggingFace", 2),
        ("resnet50", "PyTorch", 2),
        ("gpt2", "HuggingFace", 1),
    },
    "Which models are used together?": {("bert-base-uncased", "resnet50", 1)},
    "How many models does a repository use?": {(1, 3), (2, 1)},
    "In how many files of a repository does a model occur?": {
        ("github.com/one/app", "bert-base-uncased", 2),
        ("github.com/one/app", "resnet50", 1),
        ("github.com/two/app", "bert-base-uncased", 1),
        ("github.com/three/app", "resnet50", 1),
        ("github.com/acme/reviews", "gpt2", 1),
    },
    "Which hub do repositories use: one, the other, or both?": {("HuggingFace", 2), ("PyTorch", 1), ("both", 1)},
    "Through which libraries do repositories load models? (figure 6)": {
        ("transformers", 2, 2, 3),
        ("sentence-transformers", 1, 1, 1),
        ("torchvision", 1, 1, 1),
    },
    "Which libraries does each repository use?": {
        ("four/app", "transformers", 1),
        ("one/app", "sentence-transformers", 1),
        ("one/app", "transformers", 2),
        ("three/app", "torchvision", 1),
        ("three/app", "transformers", 1),
        ("two/app", "transformers", 3),
    },
    "Which models do repositories load that the data set does not know?": {("org/unknown", "huggingface", 2)},
    "How often can a call's model be known, and why not?": {("resolved", 6, 3), ("untrained", 2, 2), ("dynamic", 1, 1)},
    "How do names reach the calls?": {("literal", 5, 3)},
    "Are models pinned to a revision?": {("huggingface", 3, 0), ("torchvision", 2, 0)},
    "Who runs code of a model's repository?": {("one/app", "b.py", 7, "google-bert/bert-base-uncased")},
}


def filled(database: str, tmp_path: Path) -> None:
    data_set(database)
    assert loaded(database, write(tmp_path / "scans.jsonl", *SCANS)).problems == []


def test_every_question_of_the_page_is_tested() -> None:
    assert set(QUERIES) == set(ANSWERS)
    assert len(QUERIES) == PAGE.count("```sql")


def test_the_page_answers_its_questions(database: str, tmp_path: Path) -> None:
    filled(database, tmp_path)
    assert {name: set(query(database, sql)) for name, sql in QUERIES.items()} == ANSWERS


def test_the_funnel_narrows_as_in_the_paper(database: str, tmp_path: Path) -> None:
    filled(database, tmp_path)
    with reading(database_url(database)) as connection:
        steps = {step.name.strip(): step.count for step in funnel(connection)}
        libraries = by_library(connection)
        left = list(unknown_models(connection))
        assert unknown_count(connection) == len(left) == 1
    assert steps == {
        "repositories scanned": 5,
        "repositories with a matching call": 4,
        "repositories with a statically named PTM": 3,
        "repositories with a PTM of the database": 3,
        "links (repository, PTM)": 4,
        "to HuggingFace": 2,
        "to PyTorch": 2,
        "PTMs linked": 2,
        "PTMs known": 4,
        "links of the whole database": 5,
    }
    assert libraries == (
        LibraryRow("transformers", 2, 2, 3, 2),
        LibraryRow("sentence-transformers", 1, 1, 1, 1),
        LibraryRow("torchvision", 1, 1, 1, 1),
    )
    assert (left[0].name, left[0].hub, left[0].repositories, left[0].calls) == ("org/unknown", "huggingface", 2, 2)


@pytest.mark.parametrize("hub", KnownHub)
def test_the_export_has_the_form_of_the_data_set(database: str, tmp_path: Path, hub: KnownHub) -> None:
    filled(database, tmp_path)
    loaded(database, write(tmp_path / "more.jsonl", scan("folder", call("a.py", gpt2()))))
    stream = io.StringIO()
    with reading(database_url(database)) as connection:
        count = write_links(connection, hub, stream)
    found = json.loads(stream.getvalue())
    assert len(found) == count
    assert (
        found
        == {
            KnownHub.HUGGINGFACE: {
                "bert-base-uncased": {
                    "usage_repository": ["github.com/one/app", "github.com/two/app"],
                    "file_path": ["one_app/app/a.py", "one_app/app/b.py", "two_app/app/a.py"],
                },
                "gpt2": {
                    "usage_repository": ["folder", "github.com/acme/reviews"],
                    "file_path": ["_folder/folder/a.py", "acme_reviews/reviews/old.py"],
                },
            },
            KnownHub.PYTORCH: {
                "resnet50": {
                    "usage_repository": ["github.com/one/app", "github.com/three/app"],
                    "file_path": ["one_app/app/a.py", "three_app/app/a.py"],
                }
            },
        }[hub]
    )
