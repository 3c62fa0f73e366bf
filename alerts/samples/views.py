"""The views of all sample mails, nothing rendered and nothing drawn: for whoever tries templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from alerts import operations_view
from alerts.alert_view import AlertView
from alerts.digest import DigestView
from alerts.operations_view import OperationsView
from alerts.pages import Kind
from alerts.render import view_of_alert, view_of_digest
from alerts.samples.changes import alerts
from alerts.samples.company import COMPANY, READER, REPLY_TO
from alerts.samples.mails import OPERATIONS, PREVIEW, TOLD, digests, told
from alerts.types import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleView:
    """A sample's view: of which kind of mail, under what name, and addresses for its pictures."""

    kind: Kind
    name: str
    view: AlertView | DigestView | OperationsView
    sources: Mapping[str, str]


def every_view() -> Iterator[SampleView]:
    """The view of every sample."""
    for verdict, alert in alerts().items():
        for reason in TOLD:
            notice = PREVIEW if reason is Reason.PREVIEW else ""
            shown = view_of_alert(told(alert, reason), reason, READER, reply_to=REPLY_TO, notice=notice)
            names = [picture.name for picture in shown.pictures]
            yield SampleView(
                kind="alert", name=f"{reason.value} {verdict}", view=shown, sources=_sources(names)
            )
    for (kind, of), digest in digests().items():
        week = view_of_digest(digest, READER, reply_to=REPLY_TO)
        names = [metric.picture.name for metric in week.metrics if metric.picture is not None]
        yield SampleView(kind="digest", name=f"{kind} {of}", view=week, sources=_sources(names))
    for topic, (words, lines) in OPERATIONS.items():
        word = operations_view.view_of(words, lines, COMPANY, topic, "")
        yield SampleView(kind="operations", name=topic, view=word, sources={})


def _sources(names: list[str]) -> dict[str, str]:
    return {name: f"cid:{name}@sample" for name in names}
