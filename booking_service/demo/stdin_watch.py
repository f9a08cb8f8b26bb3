"""Runs another program's module as `python -m` would, and ends with whoever started it.

    python -P stdin_watch.py MODULE [ARGUMENT …]     with a pipe as standard input

Started as a file of its own, so that nothing of ours is loaded beside that module. The pipe closes when the parent
ends, in whatever way, `kill -9` included; unlike PR_SET_PDEATHSIG this works on every system and from any thread.
"""

import os
import runpy
import sys
import threading


def main() -> None:
    threading.Thread(target=_end_with_the_pipe, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _end_with_the_pipe() -> None:
    while os.read(0, 1024):
        continue
    os._exit(0)


if __name__ == "__main__":
    main()
