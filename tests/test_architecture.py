"""The floors of the house: who may import whom, who may read the clock, who may catch everything."""

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATHS = sorted(path for package in ("booking_service", "calendars") for path in (ROOT / package).rglob("*.py"))

# The first is started with the bare interpreter, before anything is installed.
STANDARD_LIBRARY_ONLY = (
    "booking_service.start.environment",
    "booking_service.start.progress",
    "booking_service.domain.",
)
THE_CLOCK = "booking_service.clock"
CLOCK_READERS = {
    *("datetime.datetime.now", "datetime.datetime.today", "datetime.datetime.utcnow", "datetime.date.today"),
    *("time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime", "time.strftime"),
}
# Where anything may come up, and must not go further: an effect, a request, an answer that caldav cannot read.
LAST_RESORTS = ("booking_service.jobs", "booking_service.web.http.endpoint", "calendars.dav.client")
ONLY_CALDAV = "calendars.dav.client"
ONLY_OPENTELEMETRY = "booking_service.telemetry.otlp"
ONLY_JOSERFC = "booking_service.crypto.id_tokens"
LATE_IMPORTERS = {"booking_service.bootstrap", "booking_service.server.late_start", "booking_service.web.app"}
LONGEST_FILE = 450
# Commands stand in a table of strings, Alembic looks for its functions, and tests stage calendars in memory.
CALLED_BY_NAME = ("booking_service.cli.", "booking_service.storage.migrations.", "calendars.memory")
ONLY_FOR_TESTS = {"booking_service.domain.chain.root_along", "calendars.busy.periods.busy_periods"}
IMPORTS = (ast.Import, ast.ImportFrom)


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


MODULES = {name_of(path): ast.parse(path.read_text()) for path in PATHS}


def imported_by(name: str) -> set[str]:
    """Absolute names of the modules that a module imports, anywhere in its text."""
    package = name.split(".")[:-1]
    found: set[str] = set()
    for node in ast.walk(MODULES[name]):
        match node:
            case ast.Import(names=names):
                found |= {alias.name for alias in names}
            case ast.ImportFrom(module=module, level=level):
                base = package[: len(package) - level + 1] if level else []
                found.add(".".join([*base, *([module] if module else [])]))
            case _:
                pass
    return found


def mentioned_in(name: str) -> set[str]:
    """Dotted names as they are called where they come from, whatever they were imported as."""
    origins: dict[str, str] = {}
    for node in ast.walk(MODULES[name]):
        if isinstance(node, ast.Import):
            origins |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom):
            origins |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    dotted = [ast.unparse(node) for node in ast.walk(MODULES[name]) if isinstance(node, ast.Attribute | ast.Name)]
    parts = [each.partition(".") for each in dotted]
    return {f"{origins.get(first, first)}{dot}{rest}" for first, dot, rest in parts}


def called_in(name: str) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(MODULES[name]) if isinstance(node, ast.Call)}


def test_the_contracts_of_pyproject_hold() -> None:
    """In a process of its own: import-linter configures logging, and so silences every logger there is."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    arguments = ["--config", "pyproject.toml", "--no-cache", "--no-logo"]
    ran = subprocess.run([sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_package_is_a_package() -> None:
    """Where `__init__.py` is missing, the contracts see nothing and hold for nothing."""
    folders = {path.parent for path in PATHS if "versions" not in path.parts}
    assert not [str(folder) for folder in folders if not (folder / "__init__.py").exists()]


def test_what_must_do_without_packages_imports_the_standard_library_only() -> None:
    for name in MODULES:
        if name.startswith(STANDARD_LIBRARY_ONLY):
            tops = {imported.split(".")[0] for imported in imported_by(name)}
            assert tops - sys.stdlib_module_names <= {"booking_service"}, name


def test_only_the_clock_reads_the_clock() -> None:
    for name in MODULES.keys() - {THE_CLOCK}:
        assert not mentioned_in(name) & CLOCK_READERS, name


def test_the_domain_has_no_chance_no_input_and_no_output() -> None:
    impure = {"random", "secrets", "time", "os", "socket", "sqlite3", "logging", "threading", "subprocess"}
    for name in MODULES:
        if name.startswith("booking_service.domain."):
            assert not imported_by(name) & impure, name
            assert not called_in(name) & {"uuid4", "uuid.uuid4", "uuid1", "uuid.uuid1", "open", "print"}, name


def test_everything_is_caught_in_three_places_only() -> None:
    for name, tree in MODULES.items():
        handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
        swallowing = [handler.lineno for handler in handlers if _is_broad(handler) and not _goes_on(handler)]
        assert len(swallowing) <= (name in LAST_RESORTS), (name, swallowing)


def test_caldav_is_imported_in_one_place() -> None:
    assert [name for name in MODULES if "caldav" in {each.split(".")[0] for each in imported_by(name)}] == [ONLY_CALDAV]


def test_what_the_extra_for_identity_providers_brings_is_imported_in_one_place_that_nothing_needs() -> None:
    """Whoever does not sign in so installs nothing for it."""
    assert [name for name in MODULES if "joserfc" in {each.split(".")[0] for each in imported_by(name)}] == [
        ONLY_JOSERFC
    ]
    assert [name for name in MODULES if ONLY_JOSERFC in _modules_imported_by(name)] == []


def test_what_the_extra_for_traces_brings_is_imported_in_one_place_that_nothing_needs() -> None:
    """Whoever traces nothing installs nothing for it, and pays nothing at the start."""
    tops = {name: {each.split(".")[0] for each in imported_by(name)} for name in MODULES}
    assert [name for name in MODULES if "opentelemetry" in tops[name]] == [ONLY_OPENTELEMETRY]
    assert [name for name in MODULES if ONLY_OPENTELEMETRY in _modules_imported_by(name)] == []


def test_imports_stand_at_the_top() -> None:
    """A lazy import hides a cycle. Only the start on a bare machine must wait with one."""
    for name, tree in MODULES.items():
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        within = [inner.lineno for outer in functions for inner in ast.walk(outer) if isinstance(inner, IMPORTS)]
        assert len(within) <= (name == "booking_service.__main__"), (name, within)


def test_what_is_imported_late_is_named_in_three_places() -> None:
    """They assemble the service, and so are above all that they name: no late import hides one that goes up."""
    assert {name for name in MODULES if "late_import" in called_in(name)} == LATE_IMPORTERS


def test_no_page_imports_another() -> None:
    """What two pages show is a piece of its own: whoever changes a page changes no other."""
    tables = {
        "booking_service.web.app",
        *(name for name in MODULES if re.fullmatch(r"booking_service\.web\.\w+\.(sign_in_)?routes", name)),
    }
    doors = [f"booking_service.web.{door}." for door in ("public", "links", "host", "admin", "api")]
    named = {each for table in tables for each in _modules_imported_by(table)} - tables
    pages = {name for name in named & MODULES.keys() if any(name.startswith(door) for door in doors)}
    assert len(pages) > 50
    for name in MODULES.keys() - tables:
        if name.startswith("booking_service.web."):
            assert not _modules_imported_by(name) & pages, name


def test_no_file_outgrows_its_reader() -> None:
    assert [path.name for path in PATHS if path.read_text().count("\n") > LONGEST_FILE] == []


def test_nothing_is_defined_that_nothing_uses() -> None:
    """Functions and classes of modules; by name, so that one which shares its name with something used is not found."""
    uses = {
        *(node.id for tree in MODULES.values() for node in ast.walk(tree) if isinstance(node, ast.Name)),
        *(node.attr for tree in MODULES.values() for node in ast.walk(tree) if isinstance(node, ast.Attribute)),
    }
    unused = {
        f"{name}.{node.name}"
        for name, tree in MODULES.items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list
        if node.name not in uses and not name.startswith(CALLED_BY_NAME)
    }
    assert unused - ONLY_FOR_TESTS == set()


def test_no_module_is_named_for_nothing() -> None:
    empty = {
        "utils",
        "util",
        "helpers",
        "helper",
        "common",
        "misc",
        "service",
        "services",
        "manager",
        "managers",
        "tools",
    }
    assert not [name for name in MODULES if empty & set(name.split("."))]


def test_a_name_of_a_class_stands_for_one_thing() -> None:
    """On the floors that speak of bookings and people; views, and what one module alone uses, are named for its page."""
    floors = tuple(f"booking_service.{floor}." for floor in ("domain", "storage", "mail", "actions"))
    homes: dict[str, list[str]] = {}
    for name in MODULES:
        if name.startswith(floors):
            for node in MODULES[name].body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    homes.setdefault(node.name, []).append(name)
    assert {name: modules for name, modules in homes.items() if len(modules) > 1} == {}


def _modules_imported_by(name: str) -> set[str]:
    """As `imported_by`, with the modules that are imported out of their package by name."""
    package, found = name.split(".")[:-1], imported_by(name)
    for node in ast.walk(MODULES[name]):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            prefix = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{prefix}.{alias.name}" for alias in node.names}
    return found


def _is_broad(handler: ast.ExceptHandler) -> bool:
    named = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(each is None or ast.unparse(each) in ("Exception", "BaseException") for each in named)


def _goes_on(handler: ast.ExceptHandler) -> bool:
    """Whether what was caught is passed on unchanged, after clearing up."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


DOORS = {"public", "links", "host", "admin", "api"}  # by what right a reader comes (CONTRIBUTING)


def test_no_folder_is_opened_for_one_module_or_none() -> None:
    """A folder opens once two files belong together."""
    modules = {path for path in PATHS if path.name != "__init__.py"}
    for folder in {path.parent for path in PATHS}:
        inside = {path.relative_to(folder).parts[0] for path in modules if path.is_relative_to(folder)}
        assert len(inside) > 1 or folder.name == "versions", folder


def test_pages_stand_behind_their_doors() -> None:
    """`http` and `parts` know no page, and `app` is the table of them all."""
    rooms = {name.split(".")[2] for name in MODULES if name.startswith("booking_service.web.")}
    assert rooms <= DOORS | {"__init__", "app", "http", "parts"}
    with_pages = {name.split(".")[2] for name in MODULES if name.startswith("booking_service.web.") and _pages(name)}
    assert with_pages <= DOORS | {"app"}


def _pages(name: str) -> list[str]:
    """Functions of a module that take a request, and nothing else, and answer it."""
    functions = [node for node in MODULES[name].body if isinstance(node, ast.FunctionDef)]
    public = [each for each in functions if not each.name.startswith("_") and each.returns is not None]
    return [
        each.name
        for each in public
        if [ast.unparse(argument.annotation or ast.Constant(None)) for argument in each.args.args]
        in (["PageRequest"], ["SignedInRequest"])
        and ast.unparse(each.returns or ast.Constant(None)) == "Response"
    ]
