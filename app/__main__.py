"""`python -m app [FILE …]` opens the window; `--smoke` opens it without a screen, evaluates, paints and closes it.

`--first-paint` only opens, paints and closes: what a start costs. `groundplan --help` tells of the command line.
"""

from __future__ import annotations

import multiprocessing
import sys


def main() -> int:
    """Start the window and return the exit code."""
    multiprocessing.freeze_support()
    if {"-h", "--help"} & set(sys.argv[1:]):
        print(__doc__)
        return 0
    from app.application import first_paint, run, smoke

    arguments = sys.argv[1:]
    if "--first-paint" in arguments:
        return first_paint()
    if "--smoke" in arguments:
        return smoke()
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
