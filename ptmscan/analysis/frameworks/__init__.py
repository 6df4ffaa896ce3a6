"""Where programs take their settings from: small models of libraries, registered with the evaluator."""

from __future__ import annotations

from ptmscan.analysis.evaluator import Framework
from ptmscan.analysis.frameworks.absl_flags import AbslFlags
from ptmscan.analysis.frameworks.application_settings import ApplicationSettings
from ptmscan.analysis.frameworks.argparse_options import ArgparseOptions
from ptmscan.analysis.frameworks.attribute_objects import AttributeObjects
from ptmscan.analysis.frameworks.click_commands import ClickCommands
from ptmscan.analysis.frameworks.dataclass_parsers import DataclassParsers
from ptmscan.analysis.frameworks.dictionary_objects import DictionaryObjects
from ptmscan.analysis.frameworks.environment import ProcessEnvironment
from ptmscan.analysis.frameworks.files import Files
from ptmscan.analysis.frameworks.function_commands import FunctionCommands
from ptmscan.analysis.frameworks.hydra import Hydra
from ptmscan.analysis.frameworks.indirect_calls import IndirectCalls
from ptmscan.analysis.frameworks.ini_parsers import IniParsers
from ptmscan.analysis.frameworks.launched import Launches
from ptmscan.analysis.frameworks.lightning_modules import LightningModules
from ptmscan.analysis.frameworks.omegaconf import OmegaConfs
from ptmscan.analysis.frameworks.process_arguments import ProcessArguments
from ptmscan.analysis.frameworks.pydantic_models import PydanticModels
from ptmscan.analysis.frameworks.pytest_tests import PytestTests
from ptmscan.analysis.frameworks.settings import SettingsFiles
from ptmscan.analysis.frameworks.targets import ConfiguredTargets
from ptmscan.analysis.frameworks.urls import Urls


def all_frameworks(launches: Launches) -> tuple[Framework, ...]:
    """One fresh model of each library, for one program with its launches."""
    files = SettingsFiles(launches)
    objects = AttributeObjects(files)
    environment = ProcessEnvironment(files, launches)
    return (
        ArgparseOptions(launches, files),
        DataclassParsers(files, launches),
        ProcessArguments(launches),
        objects,
        OmegaConfs(files, objects, launches),
        Hydra(files, launches),
        ConfiguredTargets(files),
        DictionaryObjects(),
        LightningModules(),
        IndirectCalls(),
        Files(files),
        environment,
        PydanticModels(environment),
        ApplicationSettings(files, environment),
        IniParsers(files),
        ClickCommands(launches),
        FunctionCommands(launches),
        AbslFlags(launches),
        PytestTests(),
        Urls(),
    )
