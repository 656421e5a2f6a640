"""What the first drawing needs is loaded while the start page is looked at."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import sys
from app.warming import MODULES, warm_up
from models.icons import icon_paths
assert not [name for name in MODULES if name in sys.modules], "loaded before it was asked for"
warm_up(lambda: False)
assert all(name in sys.modules for name in MODULES)
known = icon_paths.cache_info().misses
from app.application import make_application
application = make_application()
from app.panels.palette import PalettePanel
from app.session import Session
from models.themes import theme
panel = PalettePanel()
panel.set_theme(theme("light"))
panel.resize(240, 2000)
panel.show()
application.processEvents()
panel.grab()
assert known > 20
print(icon_paths.cache_info().misses - known)
"""


def test_the_palette_finds_its_icons_read() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "0\n"
