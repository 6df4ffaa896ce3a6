"""Runs generated programs in a process of its own: `python -I -S child.py STUBS MANIFEST RESULTS`.

Every program is run several times, once for each way its coins may fall and its loads may fail (up to a bound), each
time from scratch. The results are JSON Lines, one a program, so that what was run before a crash is kept.
"""

import importlib
import importlib.machinery
import json
import random
import resource
import signal
import sys
import types

# Modules that all runs share; everything else is imported again by each.
PRELOADED = (
    "coin",
    "failures",
    "recorder",
    "huggingface_hub",
    "sentence_transformers",
    "timm",
    "transformers.models.bert",
    "contextlib",
    "copy",
    "dataclasses",
    "enum",
    "functools",
    "importlib",
    "itertools",
    "operator",
    "os.path",
    "pathlib",
    "types",
    "typing",
)
# Of processor time, a run: programs take a millisecond, those that never end are given up.
SECONDS = 0.3
MEMORY = 1 << 30
FORBIDDEN = (
    "socket",
    "subprocess",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "os.kill",
    "ctypes",
    "shutil",
    "winreg",
)
FORBIDDEN_FILES = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod")


class OutOfTimeError(BaseException):
    """A program ran for too long."""


def main():
    stubs, manifest, results = sys.argv[1:4]
    with open(manifest, encoding="utf-8") as stream:  # noqa: PTH123 - no module that the programs may import is touched
        programs = json.load(stream)
    sys.path[:] = [stubs, *(entry for entry in sys.path if entry)]
    sys.dont_write_bytecode = True
    for name in PRELOADED:
        importlib.import_module(name)
    keep = set(sys.modules)
    remember_code()
    restrict()
    with open(results, "w", encoding="utf-8") as stream:  # noqa: PTH123
        sys.addaudithook(forbid)
        for program in programs:
            print(json.dumps(explore(program, keep)), file=stream, flush=True)


def restrict():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 28, 1 << 28))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, out_of_time)


def out_of_time(signum, frame):
    raise OutOfTimeError


def forbid(event, args):
    """An audit hook: programs reach neither the network nor other programs, and change no files."""
    if event.startswith(FORBIDDEN) or event in FORBIDDEN_FILES:
        raise PermissionError(event)
    if event == "open" and isinstance(args[1], str) and any(flag in args[1] for flag in "wax+"):
        raise PermissionError(f"{event} {args[0]}")


def remember_code():
    """Compile each source once, however often it is imported."""
    compiled = {}
    original = importlib.machinery.SourceFileLoader.get_code

    def get_code(self, fullname):
        path = self.get_filename(fullname)
        if path not in compiled:
            compiled[path] = original(self, fullname)
        return compiled[path]

    importlib.machinery.SourceFileLoader.get_code = get_code


def explore(program, keep):
    """Run a program for every way its coins may fall, depth first."""
    import coin
    import failures
    import recorder

    failures.begin(program["root"])
    recorder.places.clear()
    sys.path_importer_cache.clear()
    with open(f"{program['root']}/{program['entry']}", encoding="utf-8") as stream:  # noqa: PTH123
        code = compile(stream.read(), f"{program['root']}/{program['entry']}", "exec")
    events, errors, planned, runs = {}, {}, [], 0
    coin.asked.clear()
    while runs < program["runs"]:
        runs += 1
        coin.planned[:], coin.made[:] = planned, []
        error = run(program, code, keep, events)
        if error is not None:
            errors[error] = errors.get(error, 0) + 1
        planned = following(coin.made)
        if planned is None or error == "timeout":
            break
    explored = planned is None
    # Too many ways: what the order of trying leaves out, by chance.
    chances = random.Random(program["id"])
    for _ in range(0 if explored or "timeout" in errors else program["runs"]):
        runs += 1
        coin.planned[:], coin.made[:] = [chances.randrange(60) for _ in range(100)], []
        run(program, code, keep, events)
    unknowable = differing(program, code, keep, events) if coin.asked or program["environment"] else ()
    for event in events.values():
        event["unknowable"] = place_of(event) in unknowable
    return {"id": program["id"], "events": list(events.values()), "errors": errors, "runs": runs, "explored": explored}


def place_of(event):
    return (event["file"], *event["span"])


def arguments_by_place(events):
    found = {}
    for event in events.values():
        found.setdefault(place_of(event), set()).add(json.dumps([event["args"], event["kwargs"]]))
    return found


def differing(program, code, keep, events):
    """The places at which something else arrives when what no analysis can know is another text."""
    import coin

    before, found = arguments_by_place(events), set()
    for word in coin.WORDS[1:]:
        coin.word[:] = [word]
        others, planned, runs = {}, [], 0
        while planned is not None and runs < program["runs"]:
            runs += 1
            coin.planned[:], coin.made[:] = planned, []
            planned = None if run(program, code, keep, others) == "timeout" else following(coin.made)
        after = arguments_by_place(others)
        found |= {place for place in before if before[place] != after.get(place)}
    coin.word[:] = coin.WORDS[:1]
    return found


def following(made):
    """The decisions that come next in the order of trying; None when all have been tried."""
    row = list(made)
    while row and row[-1][0] + 1 >= row[-1][1]:
        row.pop()
    if not row:
        return None
    return [choice for choice, _ in row[:-1]] + [row[-1][0] + 1]


def run(program, code, keep, events):
    """Run a program once and add what it loads; the name of the exception that ended it."""
    import recorder

    root = program["root"]
    for name in [name for name in sys.modules if name not in keep]:
        del sys.modules[name]
    recorder.events.clear()
    module = types.ModuleType("__main__")
    module.__file__ = code.co_filename
    main_before, path_before = sys.modules["__main__"], list(sys.path)
    sys.modules["__main__"] = module
    sys.path[:0] = [f"{root}/{folder}".rstrip("/") for folder in program["path"]]
    environment(program)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    error = None
    try:
        exec(code, module.__dict__)
    except OutOfTimeError:
        error = "timeout"
    except BaseException as exception:
        error = f"{type(exception).__name__}: {exception}"[:200]
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        sys.modules["__main__"] = main_before
        sys.path[:] = path_before
    for event in recorder.events:
        event["file"] = event["file"].removeprefix(f"{root}/")
        events.setdefault(repr(event), event)
    return error


def environment(program):
    """The variables that programs ask for: some runs have them, some have not."""
    import os

    import coin

    os.environ.clear()
    for name in program["environment"]:
        if coin.flip():
            os.environ[name] = f"{coin.word[0]}/environment"


main()
