"""Reading files in a process of its own, which may die of them.

The process has a limit on memory and on processor time, no environment and so no secret. It gets a contract and then
a path a line; for each it gives one line of plain values, and the rows as Arrow files in a folder that both know.
"""

from __future__ import annotations

import base64
import contextlib
import json
import pickle
import subprocess
import sys
import threading
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import polars as pl

from monitor.sources.file_read import REJECTED, FileRead, RefusedFileError
from monitor.sources.limits import CHILD_MEMORY, CHILD_SECONDS
from monitor.sources.rows import Rows, Spool

if TYPE_CHECKING:
    from monitor.sources.contract import Contract
    from monitor.sources.file_source import FileSource, Task

PROGRAM = "from monitor.sources.child import main; main()"
ENVIRONMENT = {"POLARS_MAX_THREADS": "2", "LC_ALL": "C.UTF-8"}
SAID = ("rows_read", "duplicates", "ignored", "messages", "others")


class Child:
    """The process, started with the first file that needs it, and anew after one that it died of."""

    def __init__(self, kind: type[FileSource], contract: Contract) -> None:
        self._kind, self._contract = kind, contract
        self._process: subprocess.Popen[str] | None = None
        self._spool = Spool()
        self._files = 0

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def __call__(self, task: Task) -> FileRead:
        """Read one file. Raises RefusedFileError where it cannot be used, or the process died of it."""
        process = self._process or self._start()
        self._files += 1
        place = self._spool.path / str(self._files)
        order = {"path": str(task.path), "name": task.name, "digest": task.digest, "age": task.age}
        answer = self._answer(process, {**order, "out": str(place)})
        if answer is None:
            code = process.wait()
            self._process = None
            raise RefusedFileError(_died(code))
        if "refused" in answer:
            raise RefusedFileError(answer["refused"], line=answer["line"], again=answer["again"])
        files = tuple(Path(file) for file in answer["files"])
        return FileRead(
            file=task.name,
            content_hash=task.digest,
            rows=Rows(height=answer["height"], files=files, spool=self._spool, hidden=("row",)),
            rejected=pl.read_ipc(f"{place}.rejected"),
            ignored_keys=pl.read_ipc(f"{place}.ignored").to_series(),
            rows_read=answer["rows_read"],
            duplicates=answer["duplicates"],
            ignored=answer["ignored"],
            messages=tuple(answer["messages"]),
            others=tuple(answer["others"]),
        )

    def _start(self) -> subprocess.Popen[str]:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=ENVIRONMENT,
            text=True,
            encoding="utf-8",
        )
        self._say(self._process, base64.b64encode(pickle.dumps((self._kind, self._contract))).decode())
        return self._process

    def _answer(self, process: subprocess.Popen[str], order: dict[str, Any]) -> dict[str, Any] | None:
        """What the process says of a file; None where it died."""
        watch = threading.Timer(CHILD_SECONDS, process.kill)
        watch.start()
        try:
            self._say(process, json.dumps(order))
            line = process.stdout.readline() if process.stdout else ""
        except BrokenPipeError:
            line = ""
        finally:
            watch.cancel()
        answer: dict[str, Any] | None = json.loads(line) if line.endswith("\n") else None
        return answer

    def _say(self, process: subprocess.Popen[str], line: str) -> None:
        if process.stdin is not None:
            process.stdin.write(line + "\n")
            process.stdin.flush()

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()
            self._process.wait()
            self._process = None


def _died(code: int) -> str:
    if code > 0:
        return "ended the process that reads files, as damaged ones can; export it again"
    if code in (-24, -9):
        return f"takes longer to read than the {CHILD_SECONDS} seconds allowed, or more memory; nothing is used of it"
    return f"needs more than the {CHILD_MEMORY >> 30} GB of memory allowed to be read; nothing is used of it"


def main() -> None:
    """Read files until there are no more: what runs in the process."""
    _limit()
    # what comes on this pipe is our parent's
    kind, contract = pickle.loads(base64.b64decode(sys.stdin.readline()))  # noqa: S301
    for line in sys.stdin:
        order = json.loads(line)
        answer = _read(kind, contract, order)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _limit() -> None:
    """Bound this process: memory that is its own, processor time, and no core files."""
    import resource

    resource.setrlimit(resource.RLIMIT_DATA, (CHILD_MEMORY, CHILD_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CHILD_SECONDS, CHILD_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(kind: type[FileSource], contract: Contract, order: dict[str, Any]) -> dict[str, Any]:
    """What one file comes to, in plain values; its rows are in files beside `out`."""
    from monitor.sources.parsing import parts_of, read_parts

    out = order["out"]

    places = count()

    def on_disk(rows: pl.DataFrame) -> Rows:
        file = Path(f"{out}.{next(places)}.rows")
        rows.write_ipc(file)
        return Rows(height=rows.height, files=(file,))

    try:
        parts = parts_of(kind, Path(order["path"]), contract)
        found = read_parts(
            parts, contract, name=order["name"], digest=order["digest"], age=order["age"], put=on_disk
        )
    except RefusedFileError as error:
        return {"refused": str(error), "line": error.line, "again": error.again}
    except MemoryError:
        return {"refused": _died(0), "line": None, "again": False}
    except Exception as error:  # hinders no other file, and is not put down to memory
        told = (str(error).splitlines() or [""])[0]
        fault = (
            f"cannot be read, by a fault of LeftTurn ({type(error).__name__}: {told}); nothing is used of it"
        )
        return {"refused": fault, "line": None, "again": False}
    found.rejected.select(*REJECTED).write_ipc(f"{out}.rejected")
    found.ignored_keys.to_frame("key").write_ipc(f"{out}.ignored")
    return {
        **{name: getattr(found, name) for name in SAID},
        "height": found.rows.height,
        "files": [str(file) for file in found.rows.files],
    }
