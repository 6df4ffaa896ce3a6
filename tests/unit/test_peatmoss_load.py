"""A load puts all that records say into the tables, invents nothing, and can be repeated, replaced and interrupted."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peatmoss_data import (
    MODELS,
    bert,
    call,
    data_set,
    everything,
    gpt2,
    link_tables,
    loaded,
    query,
    resnet,
    scan,
    unknown,
    untrained,
    usage_columns,
    write,
)
from samples import HOSTILE, TYPICAL, model

from ptmscan.peatmoss.database import DatabaseError, database_url, reading, writing
from ptmscan.peatmoss.loader import Fate, LoadOptions, load
from ptmscan.peatmoss.side_tables import MIGRATIONS, RUN, USAGE, SideTableError
from ptmscan.record_json import to_line
from ptmscan.records import Diagnostic, DiagnosticCode, ModelOutcome, Outcome, ScanResult
from ptmscan.registry.building import build
from ptmscan.registry.index import Registry
from ptmscan.registry.model import KnownHub, KnownModel

OLD_LINKS = {
    "repositories": [("acme", "reviews", "github.com/acme/reviews")],
    "links": [("acme", "reviews", "gpt2")],
    "files": [("acme_reviews/reviews/old.py", "gpt2", "reviews")],
}


# --- what is loaded ---------------------------------------------------------------------------------------------------


def test_links_go_to_the_three_tables_and_the_rest_to_ours(database: str, tmp_path: Path) -> None:
    data_set(database)
    one = scan(
        "new/shop",
        call("a.py", bert(), resnet()),
        call("b.py", bert(), component="tokenizer"),
        call("c.py", unknown()),
        call("d.py", model("./here", id=None, hub="local", outcome=ModelOutcome.LOCAL), outcome=Outcome.LOCAL),
        call("e.py", outcome=Outcome.DYNAMIC),
        untrained("f.py"),
        Diagnostic("g.py", 3, DiagnosticCode.SYNTAX, "broken"),
    )
    report = loaded(database, write(tmp_path / "a.jsonl", one))
    assert report.fates == {Fate.ADDED: 1}
    assert (report.repositories, report.links_added, report.files_added, report.models_created) == (1, 2, 3, 0)
    assert report.problems == []
    after = link_tables(database)
    assert after["repositories"] == [*OLD_LINKS["repositories"], ("new", "shop", "github.com/new/shop")]
    assert after["links"] == [*OLD_LINKS["links"], ("new", "shop", "bert-base-uncased"), ("new", "shop", "resnet50")]
    assert after["files"] == [
        *OLD_LINKS["files"],
        ("new_shop/shop/a.py", "bert-base-uncased", "shop"),
        ("new_shop/shop/a.py", "resnet50", "shop"),
        ("new_shop/shop/b.py", "bert-base-uncased", "shop"),
    ]
    assert usage_columns(database, "path", "identifier", "model_id", "name_rule", "is_link") == [
        ("a.py", "google-bert/bert-base-uncased", 10, "renamed", True),
        ("a.py", "torchvision/resnet50", 12, "entry-point", True),
        ("b.py", "google-bert/bert-base-uncased", 10, "renamed", True),
        ("c.py", "org/unknown", None, None, False),
        ("d.py", None, None, None, False),
        ("e.py", None, None, None, False),
        ("f.py", "torchvision/resnet50", 12, "entry-point", False),
    ]
    assert query(database, "SELECT count(*) FROM model") == [(len(MODELS),)]


def test_nothing_of_a_record_is_lost(database: str, tmp_path: Path) -> None:
    data_set(database)
    loaded(database, write(tmp_path / "a.jsonl", TYPICAL))
    assert stored(database, TYPICAL.header.repository) == as_written(TYPICAL)


def test_hostile_text_is_kept_as_far_as_a_database_can(database: str, tmp_path: Path) -> None:
    data_set(database)
    report = loaded(database, write(tmp_path / "a.jsonl", HOSTILE))
    assert report.problems == []
    names = [name for (name,) in usage_columns(database, "model_name")]
    assert names[0] == HOSTILE.usages[0].models[0].name.replace("\x00", "\\x00").replace("\ud800", "\\ud800")
    arguments = json.loads(usage_columns(database, "arguments")[0][0])
    assert "\x00" in next(iter(arguments))


def stored(url: str, repository: str) -> list[dict[str, object]]:
    """The lines of a scan, put together again from our tables alone."""
    with reading(database_url(url)) as connection:
        run = connection.execute(RUN.select().where(RUN.c.repository == repository)).one()
        rows = connection.execute(
            USAGE.select().where(USAGE.c.run_id == run.id).order_by(USAGE.c.usage_number, USAGE.c.model_number)
        ).all()
    found: dict[int, dict[str, object]] = {}
    for row in rows:
        # Left out of a line where it is null.
        values = {name: value for name, value in row._mapping.items() if (name, value) != ("file_line", None)}
        usage = found.setdefault(
            row.usage_number,
            {name: values[name] for name in as_written(TYPICAL)[0] if name in values}
            | {"type": "usage", "repository": run.repository, "commit": run.commit_id, "column": row.column_number}
            | {"arguments": json.loads(row.arguments), "models": []},
        )
        if row.model_name is not None:
            reference = {"name": row.model_name, "id": row.identifier, "outcome": row.model_outcome}
            reference |= {name: values[name] for name in ("hub", "revision", "origin", "via")}
            usage["models"].append(reference | {"evidence": json.loads(row.evidence)})
    return [*found.values(), *json.loads(run.diagnostic_list)]


def as_written(result: ScanResult) -> list[dict[str, object]]:
    return [json.loads(to_line(item)) for item in (*result.usages, *result.diagnostics)]


def test_the_same_path_in_two_repositories_is_two_rows(database: str, tmp_path: Path) -> None:
    data_set(database)
    scans = [scan(name, call("train.py", bert())) for name in ("one/app", "two/app", "folder")]
    loaded(database, write(tmp_path / "a.jsonl", *scans))
    assert [path for path, _, _ in link_tables(database)["files"]] == [
        "_folder/folder/train.py",
        "acme_reviews/reviews/old.py",
        "one_app/app/train.py",
        "two_app/app/train.py",
    ]
    assert (None, "folder", None) in link_tables(database)["repositories"]


def test_a_name_that_sqlite_takes_for_a_number_is_not_another_model(database: str, tmp_path: Path) -> None:
    data_set(database, models=[*MODELS, {"id": 20, "context_id": "7", "model_hub_id": 1}])
    loaded(database, write(tmp_path / "a.jsonl", scan("a/b", call("a.py", model("007"), model("7"), model("7.0")))))
    assert usage_columns(database, "model_name", "model_id") == [("007", None), ("7", 20), ("7.0", None)]


# --- again, and newer -------------------------------------------------------------------------------------------------


def test_loading_twice_changes_nothing(database: str, tmp_path: Path) -> None:
    data_set(database)
    files = [
        write(tmp_path / "a.jsonl", scan("acme/reviews", call("a.py", bert(), gpt2()), call("b.py", unknown()))),
        write(tmp_path / "b.jsonl", scan("b/b", call("a.py", resnet())), scan("c/c")),
    ]
    loaded(database, *files)
    before = everything(database)
    again = loaded(database, *files)
    assert again.fates == {Fate.UNCHANGED: 3}
    assert everything(database) == before


def test_a_newer_scan_replaces_what_ours_added_and_no_more(database: str, tmp_path: Path) -> None:
    data_set(database)
    older = scan("acme/reviews", call("a.py", bert()), call("old.py", gpt2()), call("new.py", gpt2()))
    loaded(database, write(tmp_path / "a.jsonl", older))
    report = loaded(
        database, write(tmp_path / "b.jsonl", scan("acme/reviews", call("a.py", resnet()), commit="d" * 40))
    )
    assert report.fates == {Fate.REPLACED: 1}
    assert (report.links_added, report.links_removed, report.files_added, report.files_removed) == (1, 1, 1, 2)
    assert link_tables(database) == {
        **OLD_LINKS,
        "links": [("acme", "reviews", "gpt2"), ("acme", "reviews", "resnet50")],
        "files": [("acme_reviews/reviews/a.py", "resnet50", "reviews"), *OLD_LINKS["files"]],
    }
    empty = loaded(database, write(tmp_path / "c.jsonl", scan("acme/reviews")))
    assert empty.fates == {Fate.REPLACED: 1}
    assert link_tables(database) == OLD_LINKS


def test_a_repository_of_ours_goes_with_its_last_link(database: str, tmp_path: Path) -> None:
    data_set(database)
    loaded(database, write(tmp_path / "a.jsonl", scan("new/shop", call("a.py", bert()))))
    report = loaded(database, write(tmp_path / "b.jsonl", scan("new/shop", call("a.py", unknown()))))
    assert report.repositories == -1
    assert link_tables(database) == OLD_LINKS


def test_of_two_scans_of_a_repository_the_last_counts(database: str, tmp_path: Path) -> None:
    data_set(database)
    files = [
        write(tmp_path / "a.jsonl", scan("new/shop", call("a.py", bert()))),
        write(tmp_path / "b.jsonl", scan("new/shop", call("a.py", resnet()))),
    ]
    assert loaded(database, *files).fates == {Fate.ADDED: 1, Fate.SUPERSEDED: 1}
    assert loaded(database, *files).fates == {Fate.UNCHANGED: 1, Fate.SUPERSEDED: 1}
    assert ("new", "shop", "resnet50") in link_tables(database)["links"]


def test_models_that_come_later_are_linked_by_the_same_records(database: str, tmp_path: Path) -> None:
    data_set(database)
    file = write(tmp_path / "a.jsonl", scan("new/shop", call("a.py", unknown())))
    loaded(database, file)
    with writing(database_url(database), create=False) as connection, connection.begin():
        connection.exec_driver_sql("INSERT INTO model (id, context_id, model_hub_id) VALUES (99, 'org/unknown', 1)")
    assert loaded(database, file).fates == {Fate.REPLACED: 1}
    assert ("new", "shop", "org/unknown") in link_tables(database)["links"]


SCANS = st.lists(
    st.builds(
        lambda repository, calls: scan(repository, *calls),
        st.sampled_from(["acme/reviews", "b/b", "c"]),
        st.lists(
            st.builds(
                lambda path, models, known: call(path, *models, pretrained=known),
                st.sampled_from(["a.py", "old.py"]),
                st.lists(st.sampled_from([bert(), gpt2(), resnet(), unknown()]), unique=True),
                st.sampled_from([True, None, False]),
            ),
            max_size=4,
        ),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SCANS)
def test_whatever_was_loaded_before_only_the_last_scans_show(tmp_path: Path, scans: list[ScanResult]) -> None:
    one, other = tmp_path / "one.db", tmp_path / "other.db"
    for path in (one, other):
        path.unlink(missing_ok=True)
        data_set(f"sqlite:///{path}")
    for number, each in enumerate(scans):
        loaded(f"sqlite:///{one}", write(tmp_path / f"{number}.jsonl", each))
    loaded(f"sqlite:///{other}", write(tmp_path / "all.jsonl", *scans))
    assert link_tables(f"sqlite:///{one}") == link_tables(f"sqlite:///{other}")


# --- what goes wrong --------------------------------------------------------------------------------------------------

CUT = "announces 2 usages, the file holds 1"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda lines: lines[:-1], CUT),
        (lambda lines: [*lines[:2], '{"type": "usage"}\n'], "line 5: key 'repository' is missing"),
        (lambda lines: [*lines[:2], lines[2].replace('"line":7', f'"line":{2**40}')], f"{2**40} is no number"),
        (lambda lines: ['{"type":"scan","schema_version":9}\n', *lines[1:]], "line 3: schema version 9"),
        (lambda lines: lines[1:], "line 3: before it there is no line"),
        (lambda lines: [lines[0].replace("}", ""), *lines[1:]], "line 3: before it there is no line"),
    ],
    ids=["cut off", "missing key", "huge number", "other version", "no header", "broken header"],
)
def test_what_cannot_be_read_is_told_and_leaves_its_repository_alone(
    database: str, tmp_path: Path, damage, message: str
) -> None:
    data_set(database)
    loaded(database, write(tmp_path / "a.jsonl", scan("bad/one", call("a.py", resnet()))))
    good = write(tmp_path / "good.jsonl", scan("good/one", call("a.py", bert()))).read_text()
    bad = write(tmp_path / "bad.jsonl", scan("bad/one", call("a.py", bert()), call("b.py", bert()))).read_text()
    end = write(tmp_path / "end.jsonl", scan("good/two", call("a.py", bert()))).read_text()
    lines = damage(bad.splitlines(keepends=True))
    separate = "before it" in message
    if separate:
        files = []
        for name, content in (("1", good), ("2", "\n\n" + "".join(lines)), ("3", end)):
            files.append(tmp_path / f"{name}.jsonl")
            files[-1].write_text(content)
    else:
        files = [tmp_path / "all.jsonl"]
        files[0].write_text(good + "".join(lines) + end)
    report = loaded(database, *files)
    assert report.fates[Fate.ADDED] == 2
    assert [message in str(problem) for problem in report.problems] == [True]
    links = link_tables(database)["links"]
    assert ("bad", "one", "resnet50") in links
    assert {name for owner, name, _ in links if owner == "good"} == {"one", "two"}


@pytest.mark.parametrize(("content", "message"), [(b"", "holds no records"), (b"\xff\n", "before it there is no line")])
def test_a_file_without_records_is_told(tmp_path: Path, content: bytes, message: str) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    data_set(url)
    (tmp_path / "a.jsonl").write_bytes(content)
    report = loaded(url, tmp_path / "a.jsonl", tmp_path / "missing.jsonl")
    assert message in str(report.problems[0])
    assert "missing.jsonl: No such file" in str(report.problems[1])


def test_a_dry_run_says_what_would_change_and_changes_nothing(database: str, tmp_path: Path) -> None:
    data_set(database)
    loaded(database, write(tmp_path / "a.jsonl", scan("acme/reviews", call("a.py", bert()))))
    before = everything(database)
    newer = write(
        tmp_path / "b.jsonl", scan("acme/reviews", call("a.py", resnet())), scan("b/b", call("a.py", unknown()))
    )
    options = {"create_models": True}
    would = loaded(database, newer, dry_run=True, **options)
    assert everything(database) == before
    assert would == loaded(database, newer, **options)
    assert (would.links_added, would.links_removed, would.models_created) == (2, 1, 1)


def test_a_dry_run_makes_no_database(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", scan("a/b", call("a.py", bert())))
    report = loaded(f"sqlite:///{tmp_path / 'new.db'}", file, create_tables=True, create_models=True, dry_run=True)
    assert (report.models_created, report.links_added) == (1, 1)
    assert not (tmp_path / "new.db").exists()


def test_a_database_without_the_tables_is_refused(database: str, tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", scan("a/b"))
    if database.startswith("sqlite"):
        with pytest.raises(DatabaseError, match="there is no such database"):
            loaded(database, file)
        (tmp_path / "PeaTMOSS.db").write_bytes(b"")
    with pytest.raises(DatabaseError, match="table model is missing"):
        loaded(database, file)


def test_tables_of_a_newer_version_are_left_alone(database: str, tmp_path: Path) -> None:
    data_set(database)
    file = write(tmp_path / "a.jsonl", scan("a/b"))
    loaded(database, file)
    with writing(database_url(database), create=False) as connection, connection.begin():
        newer = len(MIGRATIONS) + 1
        connection.exec_driver_sql(f"INSERT INTO ptmscan_version VALUES ({newer})")
    with pytest.raises(SideTableError, match=f"of version {newer}, this ptmscan knows {newer - 1}"):
        loaded(database, file)


# --- models that are made ---------------------------------------------------------------------------------------------


def test_models_are_made_when_asked_under_names_that_are_proven(database: str, tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.jsonl",
        scan(
            "a/b",
            call("a.py", bert(), resnet(), model("x", id="some/fork/resnet50", hub="pytorch-hub"), unknown()),
            call("b.py", model("bare", id=None, hub=None), model("1e5"), model("m", id="kaggle/m", hub="kaggle")),
        ),
    )
    report = loaded(database, file, create_tables=True, create_models=True)
    assert report.models_created == 3
    assert query(
        database,
        "SELECT m.context_id, h.name, h.url, m.repo_url FROM model m JOIN model_hub h ON h.id = m.model_hub_id"
        " ORDER BY m.id",
    ) == [
        ("google-bert/bert-base-uncased", "HuggingFace", "https://huggingface.co/", None),
        ("resnet50", "PyTorch", "https://pytorch.org", "github.com/pytorch/vision"),
        ("org/unknown", "HuggingFace", "https://huggingface.co/", None),
    ]
    assert [name for name, number in usage_columns(database, "model_name", "model_id") if number is None] == [
        "x",
        "bare",
        "1e5",
        "m",
    ]
    before = everything(database)
    assert loaded(database, file, create_models=True).fates == {Fate.UNCHANGED: 1}
    assert everything(database) == before


def test_with_a_registry_only_its_models_are_made_and_its_aliases_count(database: str, tmp_path: Path) -> None:
    data_set(database)
    hub = KnownHub.HUGGINGFACE
    build(
        tmp_path / "known",
        [KnownModel(hub, "org/known", downloads=3, sha="s"), KnownModel(hub, "org/unused", aliases=("org/alias",))],
    )
    models = (unknown("org/known"), unknown("org/unknown"), unknown("org/alias"))
    file = write(tmp_path / "a.jsonl", scan("a/b", call("a.py", *models)))
    with Registry(tmp_path / "known") as registry:
        assert loaded(database, file, registry=registry, create_models=True).models_created == 1
    assert query(database, "SELECT context_id, downloads, sha FROM model WHERE id > 13") == [("org/known", 3, "s")]
    assert usage_columns(database, "model_name", "model_id", "name_rule") == [
        ("org/known", 14, "exact"),
        ("org/unknown", None, None),
        ("org/alias", 13, "alias"),
    ]


# --- interrupted ------------------------------------------------------------------------------------------------------


def test_an_interrupted_load_leaves_whole_repositories(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_set(database)
    file = write(tmp_path / "a.jsonl", *(scan(f"o/{n}", call("a.py", bert()), call("b.py", gpt2())) for n in range(4)))

    from ptmscan.peatmoss import loader

    real, calls = loader.links.bring_about, iter(range(9))

    def interrupted(*given: object, **named: object) -> object:
        if next(calls) == 2:
            raise KeyboardInterrupt
        return real(*given, **named)

    monkeypatch.setattr(loader, "TRANSACTION_SECONDS", 0)
    monkeypatch.setattr(loader.links, "bring_about", interrupted)
    with pytest.raises(KeyboardInterrupt):
        loaded(database, file)
    monkeypatch.undo()
    assert [name for _, name, _ in link_tables(database)["repositories"]] == ["0", "1", "reviews"]
    assert query(database, "SELECT run_id, count(*) FROM ptmscan_usage GROUP BY 1 ORDER BY 1") == [(1, 2), (2, 2)]
    assert loaded(database, file).fates == {Fate.UNCHANGED: 2, Fate.ADDED: 2}
    assert len(link_tables(database)["links"]) == 9


def test_ids_go_on_where_a_copied_data_set_ends(postgresql, tmp_path: Path) -> None:
    with postgresql.new_database() as url:
        data_set(url)
        loaded(url, write(tmp_path / "a.jsonl", scan("a/b", call("a.py", bert()))))
        with writing(database_url(url), create=False) as connection, connection.begin():
            connection.exec_driver_sql("INSERT INTO reuse_repository (owner, name) VALUES ('by', 'hand')")
            connection.exec_driver_sql("INSERT INTO reuse_file (path, model_id) VALUES ('x', 10)")
        assert query(url, "SELECT id FROM reuse_repository ORDER BY 1") == [(5,), (6,), (7,)]


def test_progress_and_the_last_look(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    data_set(url)
    files = [write(tmp_path / f"{n}.jsonl", scan(f"o/{n}", call("a.py", unknown()))) for n in range(2)]
    seen: list[object] = []
    with writing(database_url(url), create=False) as connection:
        load(
            connection,
            files,
            LoadOptions(dry_run=True),
            progress=lambda done, total: seen.append((done, total)),
            look=lambda c: seen.append(len(c.execute(RUN.select()).all())),
        )
    assert seen == [(1, 2), (2, 2), 2]


def test_suspects_are_never_loaded(tmp_path: Path) -> None:
    from ptmscan.records import Suspect

    url = f"sqlite:///{tmp_path / 'x.db'}"
    data_set(url)
    one = scan("a/b", call("a.py", resnet()))
    suspect = Suspect("a.py", 1, 1, "f", "x", "lib.f", "0", "gpt2", "gpt2", "HuggingFace", ())
    loaded(url, write(tmp_path / "a.jsonl", replace(one, header=replace(one.header, suspects=1), suspects=(suspect,))))
    assert link_tables(url)["links"] == [("a", "b", "resnet50"), *OLD_LINKS["links"]]
    assert query(url, "SELECT count(*) FROM ptmscan_usage") == [(1,)]
    assert query(url, "SELECT suspects FROM ptmscan_run") == [(1,)]


def test_two_loads_at_once_wait_for_each_other(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ptmscan.peatmoss import loader

    monkeypatch.setattr(loader, "TRANSACTION_SECONDS", 0)
    data_set(database)
    file = write(tmp_path / "a.jsonl", *(scan(f"o/{n}", call("a.py", bert()), call("b.py", gpt2())) for n in range(12)))
    with ThreadPoolExecutor(2) as threads:
        reports = list(threads.map(lambda _: loaded(database, file), range(2)))
    assert [report.problems for report in reports] == [[], []]
    assert sum((report.fates for report in reports), Counter()) == {Fate.ADDED: 12, Fate.UNCHANGED: 12}
    assert len(link_tables(database)["links"]) == 25
