"""Runs one benchmark by name. A benchmark is a module of this package with `main(argv) -> int`: 0 if its goals hold."""

import pkgutil
import sys
from importlib import import_module

import benchmarks


def main(argv: list[str]) -> int:
    names = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__) if _is_benchmark(module.name))
    if not argv or argv[0] not in names:
        print(f"usage: python -m benchmarks {{{','.join(names)}}} [--json OUT]", file=sys.stderr)
        return 2
    status: int = import_module(f"benchmarks.{argv[0]}").main(argv[1:])
    return status


def _is_benchmark(name: str) -> bool:
    return name != "__main__" and hasattr(import_module(f"benchmarks.{name}"), "main")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
