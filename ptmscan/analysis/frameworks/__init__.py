"""Where programs take their settings from: small models of libraries, registered with the evaluator."""

from __future__ import annotations

from ptmscan.analysis.evaluator import Framework
from ptmscan.analysis.frameworks.argparse_options import ArgparseOptions
from ptmscan.analysis.frameworks.attribute_objects import AttributeObjects
from ptmscan.analysis.frameworks.dataclass_parsers import DataclassParsers
from ptmscan.analysis.frameworks.files import Files
from ptmscan.analysis.frameworks.settings import SettingsFiles


def all_frameworks() -> tuple[Framework, ...]:
    """One fresh model of each library, for one program."""
    files = SettingsFiles()
    return (ArgparseOptions(), DataclassParsers(), AttributeObjects(), Files(files))
