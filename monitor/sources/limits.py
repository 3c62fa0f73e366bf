"""What a file may cost: beyond it, it is refused, and the daemon goes on.

The sizes are far above what a company's deals need (a million rows are 100 MB of CSV) and far below what hurts.
"""

from __future__ import annotations

LARGEST_FILE = 4 * 2**30
"""Bytes on disk."""
LARGEST_CONTENT = 8 * 2**30
"""Bytes once unpacked."""
MOST_ROWS = 20_000_000
UNPACKED_FREELY = 64 * 2**20
MOST_TIMES = 200
"""Beyond UNPACKED_FREELY bytes, content of more than so many times its packed size is made to do harm."""
LONGEST_LINE = 64 * 2**20
CHILD_MEMORY = 2 * 2**30
"""Bytes of private memory that the process which reads files may have."""
CHILD_SECONDS = 900
"""Processor seconds that it may take for all files of a turn, and seconds on the clock for one."""
TRUSTED_BYTES = 4 * 2**20
"""A plain CSV file up to this size is read in the daemon itself: it can neither blow up nor take long."""
