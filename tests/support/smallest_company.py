"""The smallest company that has a source, a metric and somebody in operations, as a configuration."""

from __future__ import annotations

SMALLEST = """
company: {name: Acme, timezone: UTC, currency: EUR}
sources:
  - name: crm
    path: deals.csv
    columns: {deal_id: id, created_at: created, closed_at: closed}
    outcome: {column: stage, won: [Won], lost: [Lost]}
metrics: {win_rate: {matters_if: 5 points}}
mail: {from: "a@acme.example", folder: mails}
people:
  - {email: ops@acme.example, receives: [operations]}
"""
