"""Ctrl-C ends every command with 130, also where it comes while modules are imported."""

import os
from pathlib import Path

import pytest

from tests.cli.command import ROOT, Machine, machine

# The nth text of those that are executed while the command and its parts are imported.
INTERRUPTED_IN_A_TEXT = """
import builtins, os, signal

execute, texts = builtins.exec, []

def interrupted(text, *scopes, **options):
    if isinstance(text, str):
        texts.append(text)
        if len(texts) == {nth}:
            return execute("import os, signal; os.kill(os.getpid(), signal.SIGINT); [0 for _ in range(99)]")
    return execute(text, *scopes, **options)

builtins.exec = interrupted
"""


@pytest.mark.parametrize("nth", [1, 400, 1500])
def test_ctrl_c_in_the_making_of_a_class_ends_with_130_too(tmp_path: Path, nth: int) -> None:
    """`dataclasses` and others execute a text; CPython kills itself afterwards, whoever caught the interrupt."""
    (tmp_path / "sitecustomize.py").write_text(INTERRUPTED_IN_A_TEXT.format(nth=nth), encoding="utf-8")
    env = machine(tmp_path).env | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])}
    command = Machine(tmp_path, env).start("check")
    said, _ = command.communicate(timeout=60)
    assert command.returncode == 130, said
