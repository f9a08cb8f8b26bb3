"""`python3 -m booking_service …`. Without the dependencies it makes ./.venv once and hands over to it.

Standard library only, like `start`: both must run before anything is installed.
"""

import gc
import importlib.util
import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 (pip's own check comes too late: nothing is installed yet)
    sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")

from booking_service.start.environment import checkout, environment

# command → the extra of pyproject.toml that brings what it needs
_EXTRAS = {"demo": "demo", "test": "e2e"}
# extra → one module of each of its packages; a test keeps this in step with pyproject.toml
MODULES = {
    "": (
        *(
            "alembic",
            "argon2",
            "babel",
            "caldav",
            "cryptography",
            "dns",
            "email_validator",
            "h11",
            "holidays",
            "httpcore2",
            "httpx2",
            "icalendar",
            "phonenumbers",
            "prometheus_client",
        ),
        *("jinja2", "lxml", "pydantic", "pyotp", "python_multipart", "rich", "segno", "sqlalchemy", "sqlmodel"),
        *("starlette", "structlog", "tomlkit", "typer", "tzdata", "uvicorn"),
    ),
    "demo": ("aiosmtpd", "radicale"),
    "e2e": (
        *(
            "aiosmtpd",
            "axe_playwright_python",
            "coverage",
            "freezegun",
            "hatchling",
            "html5lib",
            "hypothesis",
            "importlinter",
            "joserfc",
            "oidc_provider_mock",
        ),
        *(
            "dateutil",
            "material",
            "mypy",
            "opentelemetry",
            "playwright",
            "psycopg",
            "pytest",
            "pytest_timeout",
            "radicale",
            "recurring_ical_events",
        ),
        *("ruff", "trustme", "vobject", "xandikos", "xdist"),
    ),
}
_HANDED_OVER = "BOOKING_HANDED_OVER"


def main() -> None:
    """Run the command on the command line."""
    try:
        _prepared()
    except KeyboardInterrupt:  # while modules are imported: nothing is open yet
        sys.exit(130)
    finally:
        exec("")  # noqa: S102 (CPython ends by SIGINT if that broke off the last text executed, as of a dataclass)


def _prepared() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    extra = _EXTRAS.get(command, "")
    missing = [name for name in {*MODULES[""], *MODULES[extra]} if importlib.util.find_spec(name) is None]
    if missing:
        _start_over(extra, missing)
    os.environ.pop(_HANDED_OVER, None)
    gc.disable()  # imported modules are no garbage, and searching them takes a fifth of the import time
    from booking_service.cli import main as command_line  # only now are its imports sure to exist

    command_line()


def _start_over(extra: str, missing: list[str]) -> None:
    """Continue in an interpreter that has everything. Does not return."""
    root = checkout()
    if root is None:
        sys.exit(f"Missing: {', '.join(sorted(missing))}. Install 'booking-service[{extra}]' with its dependencies.")
    if os.environ.get(_HANDED_OVER):
        sys.exit(f"{sys.prefix} still lacks {', '.join(sorted(missing))}. Remove it and start again.")
    python = str(environment(root, extra=extra))
    os.environ[_HANDED_OVER] = "1"
    sys.stdout.flush()
    os.execv(python, [python, "-m", "booking_service", *sys.argv[1:]])  # noqa: S606 (no shell is what we want)


if __name__ == "__main__":
    main()
