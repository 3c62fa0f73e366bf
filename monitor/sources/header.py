"""The header of a file: where each wanted column stands, or a sentence that says what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from config.refusal import did_you_mean
from monitor.sources.file_read import RefusedFileError

OTHER_DELIMITERS = {",": "','", ";": "';'", "\t": "tabs", "|": "'|'"}
MOST_SHOWN = 30


def positions(header: tuple[str, ...], line: int, wanted: Iterable[str], delimiter: str) -> dict[str, int]:
    """The place of each wanted column, from 0. Raises RefusedFileError with every column that is amiss."""
    wanted = list(wanted)
    missing = [name for name in wanted if name not in header]
    if missing and len(header) == 1:
        for other, shown in OTHER_DELIMITERS.items():
            if other != delimiter and other in header[0]:
                raise RefusedFileError(f"looks separated by {shown}; set format.delimiter", line=line)
    counts = Counter(header)
    wrongs = [f"there is no column '{name}'{near(name, header)}" for name in missing]
    wrongs += [
        f"there are {counts[name]} columns '{name}'; give each its own name"
        for name in wanted
        if counts[name] > 1
    ]
    if wrongs:
        shown = ", ".join(name or "(no name)" for name in header[:MOST_SHOWN])
        more = ", …" if len(header) > MOST_SHOWN else ""
        said = "; ".join(wrongs)
        stop = "" if said.endswith("?") else "."
        raise RefusedFileError(f"{said}{stop} Its columns are {shown}{more}", line=line)
    return {name: header.index(name) for name in wanted}


def near(name: str, header: tuple[str, ...]) -> str:
    """The brief way of the mend: "; did you mean 'close_date'?"."""
    near = did_you_mean(name, [each for each in header if each])
    return (
        "; " + near.strip(" ()").replace("did you mean ", "did you mean '").replace("?", "'?") if near else ""
    )
