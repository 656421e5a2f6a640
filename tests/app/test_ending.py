"""A program that is ended from outside says nothing in its terminal and loses nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = """
from PySide6.QtCore import QTimer
from app import application, desk

opened = desk.Desk.open_window

def open_window(self, source=""):
    window = opened(self, source)
    window.session.assessments_changed.connect(lambda _: window.studies._run(int))
    window.studies._done.connect(lambda _: print("ready", flush=True))
    return window

desk.Desk.open_window = open_window
raise SystemExit(application.run(["template:assistant"]))
"""
PATIENCE_S = 60


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_program_without_a_word(tmp_path, number: signal.Signals) -> None:
    places = {name: str(tmp_path) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
    environment = {**os.environ, **places, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", CODE],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        children = Path(f"/proc/{program.pid}/task/{program.pid}/children")
        began = [int(pid) for pid in children.read_text().split()] if children.exists() else []
        os.killpg(program.pid, number) if number == signal.SIGINT else program.send_signal(number)
        _, errors = program.communicate(timeout=PATIENCE_S)
    lines = [line for line in errors.splitlines() if "This plugin does not support" not in line]
    assert lines == []
    assert program.returncode == 128 + number
    end = time.monotonic() + PATIENCE_S
    while any(Path(f"/proc/{pid}").exists() for pid in began) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{pid}").exists() for pid in began)
