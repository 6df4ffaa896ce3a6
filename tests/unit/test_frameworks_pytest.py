"""pytest: what tests and fixtures get, from `parametrize` and from the fixtures that their parameters name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from loading import loads, names, only

if TYPE_CHECKING:
    from conftest import ScanFiles

CONFTEST = """
import pytest
@pytest.fixture(scope="session")
def given():
    return "conf"
@pytest.fixture
def around(given):
    yield given + "-around"
@pytest.fixture(params=["p1", pytest.param("p2", id="second")])
def one_of(request):
    return request.param
"""


@pytest.mark.parametrize(
    ("decorator", "expected"),
    [
        ("@pytest.mark.parametrize('name', ['a', 'b'])", ["a", "b"]),
        ("@pytest.mark.parametrize('size, name', [(1, 'a'), pytest.param(2, 'b', id='x')])", ["a", "b"]),
        ("@pytest.mark.parametrize(['name', 'size'], [('a', 1)])", ["a"]),
        ("@pytest.mark.parametrize(argnames='name', argvalues=ROWS)", ["a", "b"]),
        ("@pytest.mark.parametrize('name', [*ROWS, 'c'])", ["a", "b", "c"]),
        ("@pytest.mark.slow\n@pytest.mark.parametrize('name', ('a',))\n@pytest.mark.parametrize('size', [1])", ["a"]),
    ],
)
def test_parameters_of_a_test(scan_files: ScanFiles, decorator: str, expected: list[str]) -> None:
    code = f"import pytest\nROWS = ['a', 'b']\n{decorator}\ndef test_it(name, size=1):\n    load(name)\n"
    usage = only(loads(scan_files, code, path="tests/test_it.py"))
    assert (names([usage]), usage.exhaustive) == ([expected], True)


def test_parameters_of_a_class_reach_what_its_tests_call(scan_files: ScanFiles) -> None:
    code = """
    import pytest
    def helper(name):
        load(name)
    @pytest.mark.parametrize("name", ["a"])
    class TestIt:
        def test_one(self, name):
            helper(name)
    """
    assert names(loads(scan_files, code, path="test_it.py")) == [["a"]]


@pytest.mark.parametrize(
    ("code", "expected", "closed"),
    [
        ("def test_it(given):\n    load(given)", ["conf"], True),
        ("def test_it(around):\n    load(around)", ["conf-around"], True),
        ("def test_it(one_of):\n    load(one_of)", ["p1", "p2"], True),
        ("@pytest.fixture\ndef given(given):\n    return given + '-own'\ndef test_it(given):\n    load(given)",
         ["conf-own"], True),
        ("@pytest.fixture\ndef given():\n    return 'own'\ndef test_it(around):\n    load(around)",
         ["conf-around"], False),
        ("@pytest.mark.parametrize('given', ['own'])\ndef test_it(given, around):\n    load(around)",
         ["conf-around"], False),
        ("@pytest.mark.parametrize('one_of', ['p'], indirect=True)\ndef test_it(one_of):\n    load(one_of)", [], False),
        ("class T:\n @pytest.fixture\n def mine(self, given):\n  return given\n def test(self, mine):\n  load(mine)",
         ["conf"], True),
        ("def test_it(tmp_path):\n    load(tmp_path)", [], False),
        ("def helper(given):\n    load(given)", [], False),
    ],
)  # fmt: skip
def test_fixtures(scan_files: ScanFiles, code: str, expected: list[str], closed: bool) -> None:
    files = {"tests/conftest.py": CONFTEST}
    usage = only(loads(scan_files, f"import pytest\n{code}\n", files, "tests/sub/test_it.py"))
    assert (names([usage]), usage.exhaustive) == ([expected], closed)


def test_a_function_that_pytest_does_not_look_at_gets_nothing(scan_files: ScanFiles) -> None:
    code = "import pytest\n@pytest.mark.parametrize('name', ['a'])\ndef test_it(name):\n    load(name)\n"
    assert names(loads(scan_files, code, path="src/evaluation.py")) == [[]]
