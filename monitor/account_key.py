"""What accounts are joined by: their name or id as written, but a Salesforce id of 18 characters as that of 15.

Reports give the short form, data loaders the long one; the three characters more only say which of the letters are
capitals (Salesforce Help, "Convert 15-character IDs to 18 characters"). Ids of accounts begin with 001.
"""

from __future__ import annotations

import polars as pl

LONG = r"^001[A-Za-z0-9]{12}[A-Z0-5]{3}$"
SHORT = 15


def account_key(account: pl.Expr) -> pl.Expr:
    """The account as it is compared.

    >>> told = pl.DataFrame({"account": ["001Kj00000ABCdeFGH", "001Kj00000ABCde", "Acme"]})
    >>> told.select(account_key(pl.col("account"))).to_series().to_list()
    ['001Kj00000ABCde', '001Kj00000ABCde', 'Acme']
    """
    return pl.when(account.str.contains(LONG)).then(account.str.head(SHORT)).otherwise(account)
