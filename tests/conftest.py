"""What all tests share: no display is needed, nothing of the user's own settings is read or written.

Property tests have no deadline: how long an example takes says nothing about whether it is right.
"""

import os
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Send settings, recent files, caches and logs of the program into a folder of this test run."""
    home = tmp_path_factory.mktemp("home")
    for purpose in ("CONFIG", "DATA", "STATE", "CACHE"):
        os.environ[f"XDG_{purpose}_HOME"] = str(home / purpose.lower())


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data beside the project; tests that need it are skipped where it does not exist."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("reference data folder ../shared is not beside the project")
    return folder
