"""The parameters of a test have the values that its mark lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from loading import loads, names, only

if TYPE_CHECKING:
    from conftest import ScanFiles


@pytest.mark.parametrize(
    "mark",
    [
        'pytest.mark.parametrize("name", ["a", "b"])',
        'pytest.mark.parametrize("size, name", [(1, "a"), (2, "b")])',
        'pytest.mark.parametrize(("size", "name"), [(1, "a"), pytest.param(2, "b", id="two")])',
        'pytest.mark.parametrize(argvalues=NAMES, argnames=["name"])',
        'pytest.mark.parametrize("name", [pytest.param("a", marks=pytest.mark.slow), "b"])',
    ],
)
def test_the_values_of_a_parametrized_test(scan_files: ScanFiles, mark: str) -> None:
    code = f"""
    import pytest
    NAMES = ["a", "b"]
    @{mark}
    def test_it(name):
        load(name)
    """
    usage = only(loads(scan_files, code))
    assert names([usage]) == [["a", "b"]]
    assert usage.exhaustive


def test_a_mark_of_a_class_and_one_of_other_parameters(scan_files: ScanFiles) -> None:
    code = """
    import pytest
    @pytest.mark.parametrize("name", ["a"])
    class TestIt:
        @pytest.mark.parametrize("size", [1, 2])
        def test_it(self, name, size):
            load(name)
    """
    assert names(loads(scan_files, code)) == [["a"]]


def test_values_that_go_to_a_fixture_or_are_not_known(scan_files: ScanFiles) -> None:
    code = """
    import pytest
    @pytest.mark.parametrize("name", ["a"], indirect=True)
    def test_fixture(name):
        load(name)
    @pytest.mark.parametrize("name", ["b", *others()])
    def test_open(name):
        load(name)
    """
    first, second = loads(scan_files, code)
    assert names([first, second]) == [[], ["b"]]
    assert not second.exhaustive


def test_a_callable_that_a_mark_lists(scan_files: ScanFiles) -> None:
    code = """
    import pytest, torchvision
    @pytest.mark.parametrize("build,size", [(torchvision.models.resnet18, 1), (torchvision.models.vgg11, 2)])
    def test_it(build, size):
        build(weights="DEFAULT")
    """
    assert names(loads(scan_files, code)) == [["resnet18", "vgg11"]]
