"""Certificates of an authority of our own, and SMTP servers: real ones, and ones that misbehave on cue."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from ports import free_port

USER, PASSWORD = "leftturn", "correct horse battery"


@dataclass(frozen=True, slots=True)
class Certificates:
    """A server's TLS context and what a client needs to trust it."""

    server: ssl.SSLContext
    authority: Path

    def client(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))


def _certify(folder: Path, names: list[str], *, expired: bool = False) -> Certificates:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    begin, end = (now - 10 * day, now - day) if expired else (now - day, now + 10 * day)
    issuer_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority of our own")])
    alternatives = [
        x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
        for name in names
    ]
    identifier = x509.SubjectKeyIdentifier.from_public_key(issuer_key.public_key())
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    authority = (
        x509.CertificateBuilder()
        .subject_name(issuer)
        .issuer_name(issuer)
        .public_key(issuer_key.public_key())
        .serial_number(1)
        .not_valid_before(now - 20 * day)
        .not_valid_after(now + 20 * day)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(identifier, critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(2)
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
        )
        .sign(issuer_key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    (folder / "authority.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    (folder / "server.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "server.pem")
    return Certificates(server=server, authority=folder / "authority.pem")


@pytest.fixture(scope="session")
def certificates(tmp_path_factory) -> Certificates:
    return _certify(tmp_path_factory.mktemp("good"), ["localhost", "127.0.0.1"])


@pytest.fixture(scope="session")
def expired_certificates(tmp_path_factory) -> Certificates:
    return _certify(tmp_path_factory.mktemp("expired"), ["localhost", "127.0.0.1"], expired=True)


@pytest.fixture(scope="session")
def certificates_of_another_host(tmp_path_factory) -> Certificates:
    return _certify(tmp_path_factory.mktemp("other"), ["mail.other.example"])


@dataclass
class Received:
    """What a real server took: envelope and content of each mail, and how often somebody connected."""

    mails: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    connections: set[object] = field(default_factory=set)
    answers: dict[str, str] = field(default_factory=dict)
    data_answer: str | None = None
    encrypted: list[bool] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.connections.add(session.peer)
        answer = self.answers.get(address)
        if answer is not None:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.data_answer is not None:
            return self.data_answer
        self.encrypted.append(session.ssl is not None)
        self.mails.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.original_content))
        return "250 taken"

    def authenticate(self, server, session, envelope, mechanism, data):
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login.decode())
        good = data.login == USER.encode() and data.password == PASSWORD.encode()
        return AuthResult(success=good, handled=False)


@dataclass(frozen=True, slots=True)
class RealServer:
    port: int
    received: Received


@pytest.fixture
def real_server() -> Iterator[Callable[..., RealServer]]:
    """Start a real SMTP server: `real_server(tls=context, auth=True)`."""
    running = []

    def start(
        *, tls: ssl.SSLContext | None = None, auth: bool = False, without: tuple[str, ...] = ()
    ) -> RealServer:
        received = Received()
        options = {"tls_context": tls, "require_starttls": True} if tls is not None else {}
        if auth:
            options |= {"authenticator": received.authenticate, "auth_required": True}
            options["auth_exclude_mechanism"] = list(without)
        controller = Controller(received, hostname="127.0.0.1", port=free_port(), **options)
        controller.start()
        running.append(controller)
        return RealServer(port=controller.port, received=received)

    yield start
    for controller in running:
        controller.stop()


@dataclass
class Script:
    """A server that follows a script: answers by the first word of a command, and a place to hang up.

    hang_up    "DATA" after the content began, "DOT" after the final dot, "MAIL", "RCPT", "EHLO", or "BANNER"
    silent     the same places: say nothing any more, and keep the connection
    """

    answers: dict[str, bytes] = field(default_factory=dict)
    hang_up: str | None = None
    silent: str | None = None
    only_first: bool = False
    contents: list[bytes] = field(default_factory=list)
    commands: list[bytes] = field(default_factory=list)
    connections: int = 0

    def serve(self, connection: socket.socket) -> None:
        self.connections += 1
        broken = not self.only_first or self.connections == 1
        stream = connection.makefile("rwb")

        def say(answer: bytes) -> None:
            stream.write(answer + b"\r\n")
            stream.flush()

        def breaks_at(place: str) -> bool:
            if broken and self.silent == place:
                connection.settimeout(20)
                while connection.recv(4096):
                    pass
                return True
            return broken and self.hang_up == place

        if breaks_at("BANNER"):
            return
        say(self.answers.get("BANNER", b"220 ready"))
        for line in stream:
            self.commands.append(line.strip())
            word = (line.split() or [b"?"])[0].upper().decode("ascii", "replace")
            if breaks_at(word) and word != "DATA":
                return
            if word == "DATA":
                answer = self.answers.get("DATA", b"354 go on")
                say(answer)
                if answer.startswith(b"354") and not self._content(stream, say, breaks_at):
                    return
            elif word == "QUIT":
                say(b"221 bye")
                return
            else:
                say(self.answers.get(word, b"250 fine"))

    def _content(self, stream, say, breaks_at) -> bool:
        content = b""
        for line in stream:
            if breaks_at("DATA"):
                return False
            if line == b".\r\n":
                break
            content += line
        self.contents.append(content)
        if breaks_at("DOT"):
            return False
        say(self.answers.get("DOT", b"250 taken"))
        return True


@pytest.fixture
def scripted_server() -> Iterator[Callable[[Script], int]]:
    """Start a server that follows a script; its port."""
    listeners = []

    def start(script: Script) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=_accept, args=(listener, script), daemon=True).start()
        return int(listener.getsockname()[1])

    yield start
    for listener in listeners:
        listener.close()


def _accept(listener: socket.socket, script: Script) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_serve_once, args=(connection, script), daemon=True).start()


def _serve_once(connection: socket.socket, script: Script) -> None:
    with contextlib.suppress(OSError), connection:
        try:
            script.serve(connection)
        finally:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def script_of() -> type[Script]:
    return Script


@pytest.fixture
def login() -> tuple[str, str]:
    return USER, PASSWORD
