"""Ideas for the detector, each held against the detector as it is on the same series: `make bench-ideas`.

`matched` measures, every other module is one idea: a `compared` that yields rows. What was kept and what was
not is in docs/decisions/0028-ideas-that-were-tried.md.
"""
