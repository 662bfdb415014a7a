"""How long thinning takes, and how many points stay: run by hand, prints a table.

A million points of each kind, as many as 21 seconds of a control signal at 48 kHz have.
"""

from __future__ import annotations

import time

import numpy as np

from ltsrender.automation import thinned

N = 1_000_000


def main() -> None:
    """Print seconds and points for kinds of movement and errors."""
    rng = np.random.default_rng(3)
    at = np.arange(N) / 48_000
    kinds = {
        "level": np.zeros(N),
        "slow sine": np.sin(at * 5),
        "rough sine": np.sin(at * 5) + rng.normal(0, 0.003, N),
        "random walk": np.cumsum(rng.normal(0, 0.001, N)),
        "7-bit steps": np.round(64 + 60 * np.sin(at * 5)),
        "noise": rng.normal(size=N),
    }
    print(f"{'movement':12}{'error':>8}{'points':>9}{'seconds':>9}{'farthest':>10}")
    for kind, value in kinds.items():
        for max_error in (0.001, 0.01, 0.99):
            start = time.perf_counter()
            kept = thinned(at, value, max_error)
            seconds = time.perf_counter() - start
            farthest = np.abs(np.interp(at, at[kept], value[kept]) - value).max()
            row = f"{kind:12}{max_error:8g}{kept.size:9}{seconds:9.2f}{farthest:10.4f}"
            print(row)


if __name__ == "__main__":
    main()
