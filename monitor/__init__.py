"""The monitor: sources, store, metrics, diagnosis, schedule and commands, and the one pipeline through them."""
