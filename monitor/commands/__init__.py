"""The commands, one a file: each prints its result and returns an exit code."""
