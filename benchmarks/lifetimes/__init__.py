"""What happens to a series in the years it is watched, simulated: `make bench-lifetimes`.

Restated weeks, a crowd of old starts that is thinned, the new baseline after a change, after a dismissed alarm
and after a return.
"""
