"""Names that calls give as texts: only the built-in functions store and bind by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loading import loads, names

if TYPE_CHECKING:
    from conftest import ScanFiles

TOOLS = """\
class Shell:
    name = "org/a"

    def exec(self, command, argument):
        return command, argument
"""


def test_a_method_is_not_the_built_in_of_its_name(scan_files: ScanFiles) -> None:
    code = """
        from tools import Shell

        shell = Shell()
        shell.exec("name", "org/other")
        load(shell.name)
    """
    assert names(loads(scan_files, code, {"tools.py": TOOLS})) == [["org/a"]]
