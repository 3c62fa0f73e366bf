"""A simulated company as files: what its CRM exports, its configuration, and the truth beside them."""

from __future__ import annotations

import dataclasses
import json
from importlib import resources
from pathlib import Path

import numpy as np
import polars as pl

from monitor.demo.company import Planted
from monitor.demo.mess import lose_accounts, misspell, mix_in, spoilt_lines
from monitor.demo.simulate import Simulated, simulate

DEALS, ACCOUNTS, CONFIGURATION, TRUTH = "deals.csv", "accounts.csv", "leftturn.yaml", "planted.json"
OFFICE_HOURS = (13 * 3600, 22 * 3600)
"""Seconds of the day, UTC, in which people work on deals: the same day in New York."""


def write_company(folder: Path, *, seed: int, drift: float = 0.16, shift: float = 0.12) -> Planted:
    """Write deals.csv, accounts.csv, leftturn.yaml and planted.json to `folder`; returns what was planted.

    drift, shift   sizes of the planted changes in points (see `simulate`); 0 plants none

    The folder is made if it is missing, and files of these names are replaced. Raises ValueError for sizes out of
    range, OSError where the folder cannot be written.
    """
    company = simulate(seed, drift=drift, shift=shift)
    rng = np.random.default_rng([seed, 1])
    deals, planted = _deals(rng, company)
    accounts = lose_accounts(rng, company.accounts, company.deals["account"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DEALS).write_text("\n".join(deals) + "\n", encoding="utf-8")
    (folder / ACCOUNTS).write_text(accounts.write_csv(), encoding="utf-8")
    (folder / CONFIGURATION).write_text(configuration(), encoding="utf-8")
    (folder / TRUTH).write_text(as_json(planted) + "\n", encoding="utf-8")
    return planted


def configuration() -> str:
    """The configuration the demo company runs with."""
    return resources.files("monitor.demo").joinpath("configuration.yaml").read_text(encoding="utf-8")


def as_json(planted: Planted) -> str:
    """What was planted, for a machine; dates as YYYY-MM-DD."""
    return json.dumps(dataclasses.asdict(planted), default=str, indent=2)


def _deals(rng: np.random.Generator, company: Simulated) -> tuple[list[str], Planted]:
    """The lines of deals.csv with header, and the truth with the spoilt rows counted."""
    seconds = pl.Series("seconds", rng.integers(*OFFICE_HOURS, company.deals.height))
    moment = pl.col("last_modified").cast(pl.Datetime) + pl.duration(seconds="seconds")
    clean = (
        company.deals.with_columns(seconds)
        .with_columns(moment.dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
        .drop("tier", "seconds")
    )
    text = misspell(rng, clean).with_columns(pl.all().cast(pl.String))
    extra, counts = spoilt_lines(rng, text)
    lines = mix_in(rng, text.write_csv().splitlines(), extra)
    return lines, dataclasses.replace(company.planted, spoilt=counts)
