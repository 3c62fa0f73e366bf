"""A mail server that misbehaves on cue, after Postfix's smtp-sink: a rule is a command and what is done at it.

COMMANDS  connect ehlo starttls auth mail rcpt data content dot quit
          "connect" is the banner, "content" the middle of a mail, "dot" the end of it
ACTIONS   later     a temporary refusal (4xx)
          refuse    a permanent one (5xx)
          drop      hang up without a word
          closing   421, then hang up
          stall     say nothing any more, keep the connection
          drip      the right answer, a byte at a time
          garbage   an answer that is none
          endless   a line that never ends
          list      an answer that goes on line after line and never comes to its last

In the middle of the content there is nothing to answer: "later", "refuse" and "closing" are said there before the
client is done, as a server does that will not wait; "drip" and "garbage" likewise.

    with sink(rules={"dot": "drop"}) as server: ...          in a thread, for tests
    with sink_process(log) as port: ...                      in a process, one line a mail in `log`

A mail counts as taken when its dot has come, whatever is answered: a server may keep it although nobody hears so.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import multiprocessing
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

Command = Literal["connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "content", "dot", "quit"]
Action = Literal["later", "refuse", "drop", "closing", "stall", "drip", "garbage", "endless", "list"]
COMMANDS: tuple[Command, ...] = get_args(Command)
ACTIONS: tuple[Action, ...] = get_args(Action)
RIGHT: Mapping[Command, bytes] = {
    "connect": b"220 sink",
    "starttls": b"220 go ahead",
    "auth": b"235 welcome",
    "mail": b"250 fine",
    "rcpt": b"250 fine",
    "data": b"354 go on",
    "dot": b"250 taken",
    "quit": b"221 bye",
}
REFUSED: Mapping[Command, bytes] = {"auth": b"535 no", "connect": b"554 no"}
LATER: Mapping[Command, bytes] = {"auth": b"454 later", "connect": b"450 later"}
DRIP_SECONDS = 0.002
HEADER = re.compile(rb"(?im)^(message-id|x-possible-duplicate):[ \t]*(\S+)")


class _HungUpError(Exception):
    """The connection is over."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail whose dot came."""

    message_id: str
    to: str
    possible_duplicate: bool
    encrypted: bool
    content: bytes

    def as_line(self) -> str:
        """One line of JSON, with the content's hash in place of the content."""
        known = {"message_id": self.message_id, "to": self.to, "possible_duplicate": self.possible_duplicate}
        return json.dumps({**known, "sha256": hashlib.sha256(self.content).hexdigest()})


@dataclass
class Sink:
    """What the server does and what it took.

    rules   the action at each command; a command without a rule is answered right
    times   how often rules apply before all is well; None: always
    log     a file that gets a line a mail
    size    the largest mail that it says it takes
    most    the largest that it takes in truth: 552 after the dot of a larger one
    said    bytes of answers without an end that could be got rid of
    """

    rules: dict[Command, Action] = field(default_factory=dict)
    times: int | None = None
    tls: ssl.SSLContext | None = None
    auth: bool = False
    log: Path | None = None
    size: int = 50_000_000
    most: int | None = None
    said: int = 0
    taken: list[Taken] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def serve(self) -> asyncio.Server:
        """Listen on a port of this machine."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(
            _HungUpError,
            ConnectionError,
            asyncio.CancelledError,
            asyncio.IncompleteReadError,
            ssl.SSLError,
            TimeoutError,
        ):
            await _Conversation(self, reader, writer).run()
        writer.transport.abort()

    def rule(self, command: Command) -> Action | None:
        """What is to be done at `command` now."""
        action = self.rules.get(command)
        if action is None or self.times == 0:
            return None
        if self.times is not None:
            self.times -= 1
        return action

    def keep(self, mail: Taken) -> None:
        """A mail was taken."""
        self.taken.append(mail)
        if self.log is not None:
            with self.log.open("a") as file:
                file.write(mail.as_line() + "\n")


class _Conversation:
    def __init__(self, sink: Sink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sink, self.reader, self.writer = sink, reader, writer
        self.to = ""
        self.encrypted = False

    async def run(self) -> None:
        await self._at("connect", RIGHT["connect"])
        while line := await self.reader.readline():
            words = line.strip().upper()
            if words.startswith((b"EHLO", b"HELO")):
                await self._at("ehlo", self._capabilities())
            elif words == b"STARTTLS":
                await self._start_tls()
            elif words.startswith(b"AUTH"):
                await self._at("auth", RIGHT["auth"])
            elif words.startswith(b"MAIL"):
                await self._at("mail", RIGHT["mail"])
            elif words.startswith(b"RCPT"):
                self.to = line.decode("ascii", "replace").partition("<")[2].partition(">")[0]
                await self._at("rcpt", RIGHT["rcpt"])
            elif words == b"DATA":
                await self._data()
            elif words == b"QUIT":
                await self._at("quit", RIGHT["quit"])
                raise _HungUpError
            else:
                await self._say(b"250 fine")

    def _capabilities(self) -> bytes:
        lines = [b"sink", b"8BITMIME", b"SIZE %d" % self.sink.size]
        if self.sink.tls is not None and not self.encrypted:
            lines.append(b"STARTTLS")
        if self.sink.auth:
            lines.append(b"AUTH PLAIN")
        return b"\r\n".join([*(b"250-" + one for one in lines[:-1]), b"250 " + lines[-1]])

    async def _start_tls(self) -> None:
        if await self._at("starttls", RIGHT["starttls"]) and self.sink.tls is not None:
            await self.writer.start_tls(self.sink.tls)
            self.encrypted = True

    async def _data(self) -> None:
        if not await self._at("data", RIGHT["data"]):
            return
        if action := self.sink.rule("content"):
            await self.reader.readline()
            await self._do(action, "content", b"250 taken already")
            if action in ("later", "refuse", "drip", "garbage"):
                raise _HungUpError  # the rest of the content would be read as commands
        content = await self._content()
        found = {name.lower(): value for name, value in HEADER.findall(content)}
        if self.sink.most is not None and len(content) > self.sink.most:
            await self._say(b"552 message exceeds fixed maximum message size")
            return
        identity = found.get(b"message-id", b"").decode("ascii", "replace")
        doubtful = b"x-possible-duplicate" in found
        self.sink.keep(Taken(identity, self.to, doubtful, self.encrypted, content))
        await self._at("dot", RIGHT["dot"])

    async def _content(self) -> bytes:
        """Line by line: a client that is answered too early finds us not reading."""
        content = bytearray()
        while (line := await self.reader.readline()) != b".\r\n":
            if not line:
                raise _HungUpError
            content += line[1:] if line.startswith(b"..") else line
        return bytes(content)

    async def _at(self, command: Command, right: bytes) -> bool:
        """Answer a command; True when the answer is the right one."""
        action = self.sink.rule(command)
        if action is None:
            await self._say(right)
            return True
        await self._do(action, command, right)
        return action == "drip"

    async def _do(self, action: Action, command: Command, right: bytes) -> None:
        if action == "later":
            await self._say(LATER.get(command, b"451 later"))
        elif action == "refuse":
            await self._say(REFUSED.get(command, b"550 no"))
        elif action == "closing":
            await self._say(b"421 closing")
            raise _HungUpError
        elif action == "drop":
            raise _HungUpError
        elif action == "stall":
            await asyncio.sleep(3600)
        elif action == "garbage":
            await self._say(b"\x00\xff" + base64.b64encode(b"no answer at all"))
        elif action in ("endless", "list"):
            await self._never_end(b"x" * 4096 if action == "endless" else b"250-and so on\r\n" * 256)
        else:
            for byte in right + b"\r\n":
                await asyncio.sleep(DRIP_SECONDS)
                self.writer.write(bytes([byte]))

    async def _never_end(self, piece: bytes) -> None:
        self.writer.write(b"250-")
        while not self.writer.is_closing():
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)  # drain alone lets nobody say that the other end is gone
            self.sink.said += len(piece)
        raise _HungUpError

    async def _say(self, answer: bytes) -> None:
        self.writer.write(answer + b"\r\n")
        await self.writer.drain()


@contextlib.contextmanager
def sink(rules: Mapping[Command, Action] | None = None, **more: object) -> Iterator[Sink]:
    """A sink in a thread of its own; `more` are the fields of `Sink`."""
    server, ready, loop = Sink(rules=dict(rules or {}), **more), threading.Event(), asyncio.new_event_loop()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(server.serve())
        ready.set()
        loop.run_forever()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


@contextlib.contextmanager
def sink_process(log: Path) -> Iterator[int]:
    """A sink that answers everything right, in a process of its own that outlives whoever is killed; its port."""
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    process = context.Process(target=_run_process, args=(log, theirs), daemon=True)
    process.start()
    try:
        yield int(mine.recv())
    finally:
        process.kill()
        process.join()


def _run_process(log: Path, pipe: object) -> None:
    async def serve() -> None:
        server = Sink(log=log)
        running = await server.serve()
        server.taken = _Forgetful()
        pipe.send(server.port)  # type: ignore[attr-defined]
        await running.serve_forever()

    asyncio.run(serve())


class _Forgetful(list[Taken]):
    """Mails are in the log; nobody looks here."""

    def append(self, mail: Taken) -> None:
        pass
