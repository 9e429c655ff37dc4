"""The queue against what it could cost at best, and against other queues. Run it by itself; see docs/speed.md."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    # Instead of this folder: this very file would hide the standard library's queue.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    from bench.queue_table import main

    main(__doc__ or "")
