"""Time of one chart: `python benchmarks/charts.py`. The bar is 2 ms of processor time for 720 samples."""

from __future__ import annotations

import sys
import time
from math import sin

from astro_tui.presentation.charts import ASCII, BRAILLE, Series, Window, chart

COUNT, ROUNDS, BAR = 720, 100, 2.0


def main() -> int:
    """Draw charts of several sizes, print the time of each, and return 1 if one takes too long."""
    series = Series([(number * 120.0, 3 + 2 * sin(number / 40)) for number in range(COUNT)], 120)
    window = Window(0, COUNT * 120)
    slow = False
    for name, dots in (("braille", BRAILLE), ("ASCII", ASCII)):
        for width, height in ((40, 4), (100, 12), (190, 16)):
            begun = time.process_time()
            for _ in range(ROUNDS):
                chart(series, window, width, height, limit=4.0, dots=dots)
            taken = (time.process_time() - begun) / ROUNDS * 1000
            slow = slow or taken > BAR
            print(f"{name:8} {width:4} x {height:2}  {taken:5.2f} ms")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
