"""The rules of the house: imports, lengths, public names, and how quick it starts."""

from __future__ import annotations

import ast
import importlib
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "echelon"

# Ground to doors, see docs/architecture.md; a room is a module or a package right below echelon.
FLOORS = (
    ("errors", "registry", "provenance", "progress"),
    ("methods", "system", "sources"),
    ("proofs", "certificate", "result", "explanation", "levers"),
    ("build", "examples"),
    ("measure", "diagnose", "project", "match", "plan", "simulate", "link"),
    ("steps",),
    ("pipeline", "verify"),
    ("charts", "report", "screen", "verbs", "cli"),
)
FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}
SIDEWAYS = {
    ("registry", "errors"),
    ("verify", "pipeline"),
    ("report", "charts"),
    ("cli", "screen"),
    ("cli", "verbs"),
    ("result", "certificate"),
    ("certificate", "proofs"),
}
# Only inside a function: the main job draws and writes, and the name "toy" opens the toy system.
UPWARD_WHEN_CALLED = {("pipeline", "charts"), ("pipeline", "report"), ("system", "examples")}
# A verb that ranks what other verbs found calls them when their results are not handed to it.
SIDEWAYS_WHEN_CALLED = {
    ("diagnose", "measure"),
    ("diagnose", "project"),
    ("plan", "measure"),
    ("plan", "project"),
    ("simulate", "project"),
}

THIRD_PARTY = {
    "errors": set(),
    "registry": set(),
    "provenance": set(),
    "progress": set(),
    "methods": {
        "SALib",
        "highspy",
        "linearmodels",
        "linopy",
        "llvmlite",
        "networkx",
        "numba",
        "numpy",
        "pandas",
        "scipy",
        "libpysal",
        "spreg",
        "statsmodels",
        "xarray",
    },
    "system": {"duckdb", "numpy", "openpyxl", "pandas", "pyarrow", "xarray"},
    "sources": {"numpy", "openpyxl", "pandas", "pyarrow", "xlrd"},
    "levers": {"numpy", "pandas"},
    "certificate": {"numpy", "pandas"},
    "proofs": {"numpy", "scipy"},
    "result": {"numpy", "pandas"},
    "explanation": {"numpy", "pandas"},
    "build": {"numpy", "pandas", "pyarrow"},
    "examples": {"numpy", "pandas", "pyarrow"},
    "measure": {"numpy", "pandas", "scipy", "xarray"},
    "diagnose": {"numpy", "pandas", "scipy", "xarray"},
    "project": {"numpy", "pandas", "scipy", "xarray"},
    "match": {"numpy", "pandas"},
    "plan": {"numpy", "pandas"},
    "simulate": {"numpy", "pandas", "scipy"},
    "link": {"numpy", "pandas", "scipy"},
    "steps": set(),
    "pipeline": {"pandas"},
    "verify": {"numpy", "pandas"},
    "charts": {"altair", "numpy", "pandas", "vl_convert"},
    "report": {"altair", "jinja2", "numpy", "pandas", "vl_convert"},
    "screen": {"pandas", "typer"},
    "verbs": set(),
    "cli": {"pandas", "typer"},
}

MOST_LINES = 400
MOST_LINES_OF_FUNCTION = 60
MOST_POSITIONAL = 3

ROOMS = ("measure", "diagnose", "project", "match", "plan", "simulate", "link")
PUBLIC = {
    "echelon": {"open", "System", "Result", "read_scenario", "examples", *ROOMS},
    "echelon.examples": {"toy", "us", "china", "synthetic", "market"},
    "echelon.measure": {
        "chains",
        "conversion",
        "coordination",
        "formation",
        "index",
        "multiplier",
        "sensitivity",
        "specialisation",
        "talent",
    },
    "echelon.diagnose": {
        "accounts",
        "contradictions",
        "credentials",
        "mismatch",
        "shortage",
        "sourcing",
    },
    "echelon.project": {"demand", "emerging"},
    "echelon.simulate": {"calibrate", "compare", "feedback", "run", "sweep"},
    "echelon.match": {
        "optimal",
        "stable",
        "merit",
        "exchange",
        "immediate",
        "scores",
        "draw",
        "contest",
        "mechanisms",
        "screens",
        "together",
        "groups",
    },
    "echelon.link": {"protect"},
    "echelon.plan": {
        "frontier",
        "ladder",
        "optimize",
        "portfolio",
        "scenarios",
        "sites",
        "specialise",
    },
}
COMMANDS = {"run", "check", "build", "verify", "report", "examples", "match", "protect"}
METHODS = {
    "System": {"table", "cube", "with_", "save", "check"},
    "Result": {"table", "explain", "compare", "save"},
}


class Import(NamedTuple):
    """One imported module and where it is imported."""

    module: str
    line: int
    when_called: bool


@cache
def modules():
    """Every module of the package, parsed, by its path below the package."""
    found = sorted(PACKAGE.rglob("*.py"))
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in found
    }


def room_of(path):
    """Return the room that a module lies in; the package itself has none."""
    return "" if path == "__init__.py" else path.split("/")[0].removesuffix(".py")


def dotted(path):
    """Return the name by which a module is imported."""
    parts = ["echelon", *path.removesuffix(".py").split("/")]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path, tree):
    """Return every import of a module, those inside functions and for types alone included."""
    package = dotted(path).split(".")
    if not path.endswith("__init__.py"):
        package = package[:-1]
    inside = {
        id(node)
        for function in functions_of(tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            names = [f"{base}.{a.name}" for a in node.names] if base == "echelon" else [base]
        else:
            continue
        found += [Import(name, node.lineno, id(node) in inside) for name in names]
    return found


def functions_of(tree):
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def public_definitions(tree):
    """Yield the public functions, classes and methods of a module with their names."""
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        yield node.name, node
        if isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
                    yield f"{node.name}.{member.name}", member


def names_in_all(tree):
    """Return the names of ``__all__`` as written, or None where a module has none."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets):
                return ast.literal_eval(node.value)
    return None


@cache
def texts():
    """Return the tracked text files and their content; vendored files are not ours to change."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True
    )
    if listed.returncode:
        pytest.skip("this is not a git checkout, so no file is tracked")
    found = {}
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if "/vendor/" in name or not path.is_file():
            continue
        content = path.read_bytes()
        if b"\0" in content:
            continue
        found[name] = content.decode("utf-8")
    return found


def lines_with(pattern):
    """Return every tracked line that a pattern is found in."""
    sought = re.compile(pattern)
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if sought.search(line)
    ]


# ----- what imports what


def test_every_room_has_a_floor():
    rooms = {room_of(path) for path in modules()} - {""}
    assert rooms <= set(FLOOR), "Give the new room a floor here and in docs/architecture.md"
    assert set(THIRD_PARTY) == set(FLOOR)


def test_a_room_imports_only_from_floors_below():
    wrong = []
    for path, tree in modules().items():
        ours = room_of(path)
        if not ours:
            continue
        for found in imports_of(path, tree):
            parts = found.module.split(".")
            theirs = parts[1] if parts[0] == "echelon" and len(parts) > 1 else ""
            if parts[0] != "echelon" or theirs in ("", ours, "__version__"):
                continue
            below = FLOOR.get(theirs, len(FLOORS)) < FLOOR[ours]
            late = UPWARD_WHEN_CALLED | SIDEWAYS_WHEN_CALLED
            when_called = (ours, theirs) in late and found.when_called
            if not (below or when_called or (ours, theirs) in SIDEWAYS):
                wrong.append(f"{path}:{found.line} imports {found.module}")
    assert wrong == []


def test_no_room_goes_through_the_front_door():
    """``from echelon import open`` inside the house would hide which room is meant."""
    front = PUBLIC["echelon"] - {"examples", *ROOMS}
    wrong = [
        f"{path}:{found.line} imports {found.module}"
        for path, tree in modules().items()
        for found in imports_of(path, tree)
        if room_of(path) not in ("", "cli")
        and (found.module == "echelon" or found.module in {f"echelon.{n}" for n in front})
    ]
    assert wrong == []


def test_other_packages_stay_in_their_rooms():
    wrong = []
    for path, tree in modules().items():
        for found in imports_of(path, tree):
            package = found.module.split(".")[0]
            if package == "echelon" or package in sys.stdlib_module_names:
                continue
            if package not in THIRD_PARTY.get(room_of(path), set()):
                wrong.append(f"{path}:{found.line} imports {found.module}")
    assert wrong == []


# ----- how long


def test_modules_are_short():
    lines = {
        path: len((PACKAGE / path).read_text(encoding="utf-8").splitlines()) for path in modules()
    }
    wrong = {path: n for path, n in lines.items() if n > MOST_LINES}
    assert wrong == {}


def test_functions_are_short():
    """Lines of code; the docstring is not counted."""
    wrong = []
    for path, tree in modules().items():
        for function in functions_of(tree):
            body = function.body
            if ast.get_docstring(function) is not None:
                body = body[1:]
            length = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            signature = function.body[0].lineno - function.lineno
            if length + signature > MOST_LINES_OF_FUNCTION:
                wrong.append(f"{path}:{function.lineno} {function.name}: {length + signature}")
    assert wrong == []


def test_public_functions_take_few_positional_arguments():
    wrong = []
    for path, tree in modules().items():
        for name, node in public_definitions(tree):
            if not isinstance(node, ast.FunctionDef) or _is_command(node):
                continue
            given = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
            given = given[1:] if given[:1] in (["self"], ["cls"]) else given
            if len(given) > MOST_POSITIONAL:
                wrong.append(f"{path}:{node.lineno} {name}({', '.join(given)})")
    assert wrong == []


def _is_command(node):
    """The command line passes options by name, whatever their order."""
    return any(".command(" in ast.unparse(decorator) for decorator in node.decorator_list)


# ----- what a module declares


def test_every_module_names_what_is_public():
    wrong = []
    for path, tree in modules().items():
        only_docstring = len(tree.body) <= 1 and ast.get_docstring(tree) is not None
        if names_in_all(tree) is None and not only_docstring:
            wrong.append(path)
    assert wrong == []


def test_every_public_name_is_there():
    wrong = []
    for path, tree in modules().items():
        names = names_in_all(tree) or []
        module = importlib.import_module(dotted(path))
        wrong += [f"{dotted(path)}.{name}" for name in names if not hasattr(module, name)]
        wrong += [f"{dotted(path)}.{name} is private" for name in names if name.startswith("_")]
    assert wrong == []


def test_modules_and_public_things_say_what_they_are():
    wrong = []
    for path, tree in modules().items():
        things = [("the module", tree), *public_definitions(tree)]
        for name, node in things:
            first = (ast.get_docstring(node) or "").partition("\n")[0]
            if not first.endswith("."):
                wrong.append(f"{path} {name}: {first!r}")
    assert wrong == []


def test_nothing_prints_but_the_command_line():
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
        and room_of(path) != "cli"
    ]
    assert wrong == []


def test_no_function_is_empty():
    wrong = []
    for path, tree in modules().items():
        for function in functions_of(tree):
            body = function.body[1:] if ast.get_docstring(function) is not None else function.body
            if all(_does_nothing(statement) for statement in body):
                wrong.append(f"{path}:{function.lineno} {function.name}")
    assert wrong == []


def _does_nothing(statement):
    if isinstance(statement, ast.Raise) and statement.exc is not None:
        return "NotImplementedError" in ast.unparse(statement.exc)
    empty = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return empty or isinstance(statement, ast.Pass)


# ----- what files hold


def test_no_path_of_a_machine_in_any_file():
    folders = "|".join(("work", "tmp", "home", "root"))
    assert lines_with(rf"(?<![\w.~*)>}}])/(?:{folders})(?![\w-])") == []


def test_no_address_of_a_package_registry_in_any_file():
    words = ("index" + "-url", "python" + "hosted", "npm" + "js\\.org", "arti" + "factory")
    pattern = "|".join([*words, r"pypi[\w.-]*/simple", r"https?://\d+\.\d+\.\d+\.\d+"])
    assert lines_with(f"(?i){pattern}") == []


def test_nothing_is_left_for_later_in_any_file():
    words = (
        "TO" + "DO",
        "FIX" + "ME",
        "XX" + "X",
        "HA" + "CK",
        "[Ss]tu" + "b",
    )
    exempt = "tests/house/test_house.py:"
    found = lines_with(rf"\b(?:{'|'.join(words)})(?![\w-])")
    assert [line for line in found if not line.startswith(exempt)] == []


def test_the_page_of_tables_is_up_to_date():
    made = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"],
        cwd=ROOT, capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert (made.returncode, made.stderr) == (0, "")


# ----- what is public, and quick


@pytest.mark.parametrize(("module", "names"), PUBLIC.items())
def test_public_names_stay(module, names):
    loaded = importlib.import_module(module)
    assert sorted(name for name in names if not hasattr(loaded, name)) == []
    assert names <= set(loaded.__all__)


@pytest.mark.parametrize("module", ["echelon.examples", *(f"echelon.{r}" for r in ROOMS)])
def test_examples_and_verbs_are_called(module):
    """A module that is named like the verb in it must not take the verb's place."""
    loaded = importlib.import_module(module)
    for path in modules():
        if dotted(path).startswith(f"{module}."):
            importlib.import_module(dotted(path))
    assert [n for n in sorted(PUBLIC[module]) if not callable(getattr(loaded, n, None))] == []


@pytest.mark.parametrize(("name", "methods"), METHODS.items())
def test_public_methods_stay(name, methods):
    import echelon

    owner = getattr(echelon, name)
    assert sorted(m for m in methods if not callable(getattr(owner, m, None))) == []


def test_commands_stay():
    from typer.main import get_command

    from echelon.cli import app

    group = get_command(app)
    assert set(group.commands) >= COMMANDS
    for room in set(ROOMS) - {"match", "link"}:
        verbs = PUBLIC[f"echelon.{room}"]
        assert set(group.commands[room].commands if verbs else ()) >= verbs


def _processor_seconds(command):
    """Return the processor time of a command that must end well, the least of five runs."""
    least = float("inf")
    for _ in range(5):
        with Path(os.devnull).open("wb") as nowhere:
            child = subprocess.Popen(command, stdout=nowhere, stderr=nowhere, cwd=ROOT)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        assert child.returncode == 0
        least = min(least, usage.ru_utime + usage.ru_stime)
    return least


def test_the_import_is_quick():
    assert _processor_seconds([sys.executable, "-c", "import echelon"]) <= 0.1


def test_the_help_is_quick():
    command = "import sys; sys.argv = ['echelon', '--help']; from echelon.cli import main; main()"
    assert _processor_seconds([sys.executable, "-c", command]) <= 0.3
