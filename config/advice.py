"""What works, but perhaps not as meant: said once, by `check`, and never a reason to refuse."""

from __future__ import annotations

from collections.abc import Iterator

from config.complete import OF_PRICE, deals_sources, measurable
from config.settings import Settings

BLIND = {
    "win_rate": "win_rate is not measured: no source has a stage in lost or no_decision",
    "fit_mix": "fit_mix is not measured: there is no profile",
    "discount": "discount is not measured: no source has list_amount or discount",
}


def warn(settings: Settings) -> Iterator[str]:
    """Sentences about a complete, correct configuration."""
    for source in deals_sources(settings):
        if "created_at" not in source.columns:
            yield (
                f"sources.{source.name}: without created_at, volume and fit_mix count deals on the day they were "
                "decided"
            )
        if not {"owner", "closed_by"} & source.columns.keys():
            yield f"sources.{source.name}: without owner, deals that one person closed in one go count one by one"
    for kind, sentence in BLIND.items():
        if kind not in measurable(settings):
            yield f"metrics: {sentence}"
    if not set(OF_PRICE) & set(measurable(settings)):
        yield "metrics: LeftTurn is blind to price: no source has list_amount, discount or quantity"
    if not settings.people:
        yield "people: nobody is named, so nobody is told; results are in `leftturn status` alone"
    elif not any("operations" in person.receives for person in settings.people):
        yield "people: nobody receives operations, so nobody is told when data stop arriving"
    if settings.mail.smtp is not None and settings.mail.folder is not None:
        yield "mail.folder: is not used while mail.smtp is set"
