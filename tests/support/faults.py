"""Faults: the k-th call to anything outside LeftTurn fails before it is done, fails after it was done, or is slow.

    calls    a statement to the database, the end of a transaction, a mail, a read of a source, a look at the clock,
             a call about a file (opening, writing, flushing, syncing, naming, removing it)
    before   it is not done, and raises
    after    it is done, and raises all the same: the caller cannot know
    slow     `slow_by` is told, which lets time go by, and it is done

    faults = Faults(at=17, mode="after")
    daemon = Daemon(app, clock=faults.clock(clock), ...)
    with faults.around(), faults.files(folder):
        daemon.tick()
    faults.calls      # what was called, in order; faults.hit says whether the seventeenth came

With `at=None` nothing fails and the calls are counted.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args
from unittest import mock

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

import monitor.ingest
import monitor.pipeline
from alerts.channels import HandingOver
from alerts.types import Delivery, Email
from monitor.store import Store

Mode = Literal["before", "after", "slow"]
MODES: tuple[Mode, ...] = get_args(Mode)
OF_FILES = [(os, name) for name in ("open", "fsync", "rename", "replace", "unlink", "link")]
OF_FILES += [(io, "open"), (builtins, "open")]
"""What is called about files; `Path` and `tempfile` come here as well. SQLite calls the system by itself."""


class Faults:
    """One fault at one call; see the module."""

    def __init__(
        self, at: int | None = None, mode: Mode = "before", slow_by: Callable[[], None] = lambda: None
    ) -> None:
        self._at, self._mode, self._slow_by = at, mode, slow_by
        self.calls: list[str] = []

    @property
    def hit(self) -> bool:
        """Whether the call that was to fail was made."""
        return self._at is not None and len(self.calls) > self._at

    def _comes(self, call: str) -> Mode | None:
        """A call is made; what is wrong with it."""
        self.calls.append(call)
        if len(self.calls) - 1 != self._at:
            return None
        if self._mode == "slow":
            self._slow_by()
        return self._mode

    @contextmanager
    def around(self) -> Iterator[None]:
        """Stand between LeftTurn and everything outside it, inside the `with`."""
        pending: list[Mode | None] = []

        def before_statement(*_: object) -> None:
            wrong = self._comes("statement")
            if wrong == "before":
                raise _lost()
            pending.append(wrong)

        def after_statement(*_: object) -> None:
            if pending and pending.pop() == "after":
                raise _lost()

        event.listen(Engine, "before_cursor_execute", before_statement)
        event.listen(Engine, "after_cursor_execute", after_statement)
        write = Store.write
        read = monitor.pipeline.ingest
        try:
            with (
                mock.patch.object(Store, "write", lambda store: self._write(write(store))),
                mock.patch.object(monitor.pipeline, "ingest", lambda *a, **k: self._read(read, *a, **k)),
            ):
                yield
        finally:
            event.remove(Engine, "before_cursor_execute", before_statement)
            event.remove(Engine, "after_cursor_execute", after_statement)

    @contextmanager
    def _write(self, transaction: Any) -> Iterator[Any]:
        """The end of a transaction: it fails and is undone, or it is kept and nobody hears of it."""
        wrong: Mode | None = None
        with transaction as connection:
            yield connection
            wrong = self._comes("commit")
            if wrong == "before":
                raise _lost()
        if wrong == "after":
            raise _lost()

    def _read(self, read: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        wrong = self._comes("source")
        if wrong == "before":
            raise OSError("the source is away")
        done = read(*arguments, **named)
        if wrong == "after":
            raise OSError("the source went away")
        return done

    def clock(self, right: Callable[[], datetime]) -> Callable[[], datetime]:
        """A clock that cannot always be read."""

        def read() -> datetime:
            wrong = self._comes("look at the clock")
            at = right()
            if wrong in ("before", "after"):
                raise OSError(errno.EIO, "the clock cannot be read: a fault")
            return at

        return read

    @contextmanager
    def files(self, folder: Path) -> Iterator[None]:
        """Stand between LeftTurn and the files in `folder`, inside the `with`."""
        with ExitStack() as stack:
            for module, name in OF_FILES:
                called = getattr(module, name)
                stack.enter_context(mock.patch.object(module, name, self._file_call(called, folder)))
            yield

    def _file_call(self, called: Callable[..., Any], folder: Path) -> Callable[..., Any]:
        def call(about: Any, *arguments: Any, **named: Any) -> Any:
            if not _within(about, folder):
                return called(about, *arguments, **named)
            wrong = self._comes("call about a file")
            if wrong == "before":
                raise OSError(errno.EIO, "a fault", str(about))
            done = called(about, *arguments, **named)
            if wrong != "after":
                return self._with_own_calls(done, about)
            if isinstance(done, int):
                os.close(done)
            elif done is not None:
                done.close()
            raise OSError(errno.EIO, "a fault", str(about))

        return call

    def _with_own_calls(self, opened: Any, about: Any) -> Any:
        """Of a file that was opened to be written, writing and flushing are calls as well."""
        if not (isinstance(opened, io.IOBase) and opened.writable()):
            return opened
        for name in ("write", "flush"):
            setattr(opened, name, self._own_call(getattr(opened, name), about))
        return opened

    def _own_call(self, called: Callable[..., Any], about: Any) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            wrong = self._comes("call about a file")
            if wrong == "before":
                raise OSError(errno.EIO, "a fault", str(about))
            done = called(*arguments)
            if wrong == "after":
                raise OSError(errno.EIO, "a fault", str(about))
            return done

        return call

    def channel(self, taken: list[Email]) -> FaultyChannel:
        """A road for mails that keeps what it was given."""
        return FaultyChannel(self, taken)


class FaultyChannel:
    """Takes every mail, but for the one that is to fail."""

    def __init__(self, faults: Faults, taken: list[Email]) -> None:
        self._faults, self._taken = faults, taken

    def deliver(
        self, emails: Iterable[Email], handing_over: HandingOver = lambda _: None
    ) -> Iterator[tuple[Email, Delivery]]:
        """Each mail in turn."""
        for email in emails:
            wrong = self._faults._comes("mail")
            if wrong == "before":
                yield email, Delivery(state="deferred", detail="lost before the dot", about="road")
                continue
            handing_over(email)
            self._taken.append(email)
            state: Literal["ambiguous", "sent"] = "ambiguous" if wrong == "after" else "sent"
            yield email, Delivery(state=state, detail="lost after the dot")


def _within(about: Any, folder: Path) -> bool:
    """Whether a call is about a file in the folder, by its path or its number."""
    try:
        path = (
            Path(f"/proc/self/fd/{about}").readlink() if isinstance(about, int) else Path(os.fsdecode(about))
        )
    except (TypeError, OSError):
        return False
    return path.is_relative_to(folder)


def _lost() -> OperationalError:
    return OperationalError("a fault", None, Exception("connection lost: a fault"))
