"""The pages of a small company, asked as a browser asks, without one."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx
import pytest
from console_company import CONFIG, ENVIRON, HOST, ID, NOW, TOKEN, Silent, fill, settings_in
from sqlalchemy import select

from monitor.console.links import Signer, Ticket
from monitor.console.pages import pages
from monitor.console.server import desk_of
from monitor.store import Store, open_store


class Moving:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Site:
    """The pages, and the store behind them."""

    store: Store
    desk: Any
    clock: Moving
    cookies: dict[str, str]

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request; cookies are kept, redirects are not followed."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=pages(self.desk), raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport, base_url=f"https://{HOST}", cookies=self.cookies
            ) as client:
                response = await client.request(method, path, **more)
                for name, morsel in SimpleCookie(response.headers.get("set-cookie", "")).items():
                    if morsel.value:
                        self.cookies[name] = morsel.value
                    else:
                        self.cookies.pop(name, None)
                return response

        return asyncio.run(send())

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, headers={"accept": "text/html"}, **more)

    def post(self, path: str, fields: dict[str, str], **more: Any) -> httpx.Response:
        return self.ask("POST", path, data=fields, **more)

    def link(self, purpose: str = "answer", about: str = ID, reader: str = "ceo@acme.example") -> str:
        """The path of a signed link."""
        signer = Signer(self.desk.console.signing_keys)
        ticket = Ticket(purpose=purpose, about=about, reader=reader)  # type: ignore[arg-type]
        return f"/{purpose[0]}/{signer.sign(ticket, NOW)}"

    def sign_in(self, name: str = "Rita of operations") -> None:
        response = self.post("/login", {"name": name, "token": TOKEN, "next": "/"})
        assert response.status_code == 303, response.text

    def hidden(self, path: str) -> dict[str, str]:
        """The word and nonce of the forms on a page."""
        html = self.get(path).text
        found = {}
        for name in ("word", "nonce"):
            match = re.search(rf'name="{name}" value="([^"]*)"', html)
            found[name] = match.group(1) if match else ""
        return found

    def rows(self, table: Any, *columns: str) -> list[tuple[Any, ...]]:
        with self.store.read() as conn:
            wanted = select(*(table.c[column] for column in columns))
            return [tuple(row) for row in conn.execute(wanted)]

    def later(self, **span: float) -> None:
        self.clock.now += timedelta(**span)


@contextmanager
def site_of(folder: Path, config: str = CONFIG, name: str = "EMEA") -> Iterator[Site]:
    """The pages of a company in `folder`; its store is filled where it is not there yet."""
    settings, clock = settings_in(folder, config, ENVIRON), Moving()
    fresh = not (folder / "leftturn.db").exists()
    with open_store(settings.database) as store:
        if fresh:
            fill(store, name)
        yield Site(store, desk_of(settings, store, clock, Silent(), checks_last=0.0), clock, {})


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled database, to copy for each test."""
    folder = tmp_path_factory.mktemp("filled")
    with site_of(folder):
        pass
    return folder / "leftturn.db"  # closed, so that nothing of it is in another file


@pytest.fixture
def site(tmp_path: Path, filled: Path) -> Iterator[Site]:
    """The company's pages, nobody signed in."""
    shutil.copy(filled, tmp_path / "leftturn.db")
    with site_of(tmp_path) as made:
        yield made
