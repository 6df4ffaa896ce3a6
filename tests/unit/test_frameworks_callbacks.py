"""Functions that travel, through decorators, parameters and threads, still get what they are called with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from loading import loads, names, only

if TYPE_CHECKING:
    from conftest import ScanFiles


@pytest.mark.parametrize(
    "code",
    [
        """
        import functools
        def logged(fn):
            @functools.wraps(fn)
            def wrapper(*args, **kwargs):
                return fn(*args, **kwargs)
            return wrapper
        @logged
        def go(name):
            load(name)
        go("bert")
        """,
        """
        def retry(times):
            def decorate(fn):
                def wrapper(*args, **kwargs):
                    for _ in range(times):
                        return fn(*args, **kwargs)
                return wrapper
            return decorate
        class C:
            @retry(2)
            def go(self, name):
                load(name)
        C().go(name="bert")
        """,
        """
        def with_name(fn):
            def wrapper(name=None):
                return fn(name or "bert")
            return wrapper
        @with_name
        def go(name):
            load(name)
        go()
        """,
        """
        def run(f):
            f("bert")
        def go(name):
            load(name)
        run(go)
        """,
        """
        def inner(g, x):
            return g(x)
        def run(f, arg):
            return inner(f, arg)
        def go(name):
            load(name)
        run(arg="bert", f=go)
        """,
        """
        class Runner:
            def __init__(self, f):
                self.f = f
            def run(self):
                self.f("bert")
        def go(name):
            load(name)
        Runner(go).run()
        """,
        """
        def make(prefix):
            def go(name):
                load(prefix + name)
            return go
        go_on = make("be")
        go_on("rt")
        """,
        """
        import functools
        def go(name, device):
            load(name)
        functools.partial(go, device=0)("bert")
        """,
    ],
)
def test_a_function_is_followed_to_its_calls(scan_files: ScanFiles, code: str) -> None:
    assert names([only(loads(scan_files, code))]) == [["bert"]]


def test_arguments_of_different_decorated_functions_stay_apart(scan_files: ScanFiles) -> None:
    code = """
    def logged(fn):
        def wrapper(*args):
            return fn(*args)
        return wrapper
    @logged
    def one(name):
        load(name)
    @logged
    def two(name):
        load(name)
    one("first")
    two("second")
    """
    assert names(loads(scan_files, code)) == [["first"], ["second"]]


@pytest.mark.parametrize(
    "call",
    [
        "import asyncio\nasync def main():\n    await asyncio.to_thread(go, 'bert')",
        "import asyncio\nasync def main():\n    await asyncio.get_event_loop().run_in_executor(None, go, 'bert')",
        "import threading\nthreading.Thread(target=go, args=('bert',)).start()",
        """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor() as e:
            e.submit(go, name='bert')
        """,
        "from multiprocessing import Pool\nPool().map(go, ['bert'])",
        "list(map(go, ['bert']))",
    ],
)
def test_functions_of_libraries_call_what_they_are_given(scan_files: ScanFiles, call: str) -> None:
    assert names(loads(scan_files, f"def go(name):\n    load(name)\n{call}")) == [["bert"]]


def test_a_loader_that_is_handed_over_is_a_load_itself(scan_files: ScanFiles) -> None:
    usage = only(loads(scan_files, "import asyncio\nasync def main():\n    await asyncio.to_thread(load, 'bert')"))
    assert names([usage]) == [["bert"]]
    assert usage.exhaustive


def test_lambdas_as_arguments(scan_files: ScanFiles) -> None:
    code = """
    def run(f, arg):
        return f(arg)
    run(lambda name: load(name), "bert")
    list(map(lambda name: load(name), ["a", "b"]))
    """
    assert names(loads(scan_files, code)) == [["bert"], ["a", "b"]]


def test_a_registered_function_may_be_called_by_others(scan_files: ScanFiles) -> None:
    code = """
    from fastapi import FastAPI
    app = FastAPI()
    @app.post("/predict")
    def predict(name):
        load(name)
    predict("bert")
    """
    usage = only(loads(scan_files, code))
    assert names([usage]) == [["bert"]]
    assert not usage.exhaustive


def test_generators(scan_files: ScanFiles) -> None:
    code = """
    def plain():
        yield "a"
        yield "b"
    def looped(names):
        for name in names:
            yield name, 1
    def delegated():
        yield from ["d"]
    for name in plain():
        load(name)
    for name, _ in looped(["c"]):
        load(name)
    for name in delegated():
        load(name)
    load(next(plain()))
    """
    found = loads(scan_files, code)
    assert names(found) == [["a", "b"], ["c"], ["d"], ["a"]]
    assert found[0].exhaustive
    assert not found[1].exhaustive


@pytest.mark.parametrize(
    "chosen",
    ["kind = Small if input() else Large", "kind = Small\n    if input():\n        kind = Large", "kind = Small"],
)
def test_a_class_that_is_handed_on_under_another_name(scan_files: ScanFiles, chosen: str) -> None:
    code = f"""
class Small:
    def __init__(self, name):
        load(name)
class Large(Small):
    pass
def make(encoder, name):
    return encoder(name)
def build(name):
    {chosen}
    return make(kind, name)
build("bert")
"""
    assert names(loads(scan_files, code)) == [["bert"]]


def test_a_constructor_reads_what_the_class_has_before_it_stores_it(scan_files: ScanFiles) -> None:
    code = """
    class A:
        name = "class"
        other = None
        def __init__(self):
            self.name = self.name
            self.other = self.other or "default"
        def go(self):
            load(self.name)
            load(self.other)
    class B(A):
        other = "derived"
    A().go()
    B().go()
    """
    found = loads(scan_files, code)
    assert names(found) == [["class"], ["default", "derived"]]


def test_a_test_case_of_the_standard_library_has_no_names_of_models(scan_files: ScanFiles) -> None:
    code = """
    from unittest import TestCase
    class A(TestCase):
        def setUp(self):
            self.model_name = "a"
            load(self.model_name)
            self.id = "b"
            load(self.id)
    class B(TestCase):
        def setUp(self):
            self.model_name = self.id = "other"
    """
    found = loads(scan_files, code)
    assert names(found) == [["a"], ["b"]]
    assert [usage.exhaustive for usage in found] == [True, False]
