"""The process that studies run in: it ends with the program that began it, however that ends."""

from __future__ import annotations

import os
import signal
from multiprocessing import parent_process
from threading import Thread


def end_with_parent() -> None:
    """Watch the parent process on a thread and leave at once when it is gone, even if it was killed.

    Ctrl+C in a terminal reaches every process that was begun there; it is the parent's to end them.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    Thread(target=watch, name="parent", daemon=True).start()
