"""Runs one benchmark by name, or all of them one after the other.

A benchmark is a module of this package with `main(argv) -> int`: 0 if its goals hold.
"""

import json
import pkgutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import benchmarks


def main(argv: list[str]) -> int:
    modules = {module.name for module in pkgutil.iter_modules(benchmarks.__path__)}
    if not argv or argv[0] not in modules or not _is_benchmark(argv[0]):
        names = sorted(filter(_is_benchmark, modules))
        if argv and argv[0] == "all":
            return _all(names, argv[1:])
        wanted = bool(argv) and argv[0] in ("-h", "--help")
        usage = f"usage: python -m benchmarks {{all,{','.join(names)}}} [--json OUT]"
        print(usage, file=sys.stdout if wanted else sys.stderr)
        return 0 if wanted else 2
    status: int = import_module(f"benchmarks.{argv[0]}").main(argv[1:])
    return status


def _all(names: Sequence[str], argv: Sequence[str]) -> int:
    """Each in a process of its own, then every goal again in one list; with `--json OUT` all of it in one file. 1 where a
    goal was missed, or a benchmark did not come to its end."""
    parser = ArgumentParser(prog="python -m benchmarks all")
    parser.add_argument("--json", type=Path, metavar="OUT")
    out = parser.parse_args(argv).json
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            print(f"\n{name}", flush=True)
            written = Path(folder) / f"{name}.json"
            code = subprocess.call([sys.executable, "-m", "benchmarks", name, "--json", str(written)])
            found[name] = json.loads(written.read_text()) if written.exists() else {"failed": code}
    if out is not None:
        out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return int(not _summed_up(found))


def _summed_up(found: Mapping[str, Any]) -> bool:
    """Prints the list. Whether everything came to its end and every goal holds."""
    print("\nall", flush=True)
    holds = True
    for name, report in found.items():
        if "failed" in report:
            print(f"{name:<52}{'':>14}    ended with {report['failed']} and without figures")
        for goal in report.get("goals", ()):
            met = goal["value"] <= goal["goal"]
            holds = holds and met
            print(f"{goal['name']:<52}{goal['value']:>14.3f}    goal {goal['goal']:g}: {'holds' if met else 'MISSED'}")
        holds = holds and "failed" not in report
    return holds


def _is_benchmark(name: str) -> bool:
    return name != "__main__" and hasattr(import_module(f"benchmarks.{name}"), "main")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
