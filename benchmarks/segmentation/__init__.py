"""How well finished series are cut: `make bench-segmentation`.

A collection of simulated series of many kinds whose changes are known, one half to choose settings on and one half
held out, and series of the textbooks; each cut by `detectors.segment` and by others, and scored by cover and F1 as in
van den Burg and Williams, "An evaluation of change point detection algorithms" (2020).
"""
