"""What follows from the rest of a configuration where nothing is written: metrics, readers' zones, lanes, ports."""

from __future__ import annotations

from config.settings import Attention, Mail, MetricSettings, Settings, Source
from config.settings_profile import MATTERS_IF, USUAL
from config.units import parse_size
from config.where import Condition, Where

NEW = "new"
"""The motion of new business, and of every deal where no motions are configured."""
OUTBOX = "outbox"
PRODUCT = "product"
"""The attribute that prices are compared within, unless `adjust_for` says otherwise."""
OF_PRICE = ("discount", "price_realisation", "price_per_unit")
USUAL_COLUMNS: dict[tuple[str, str], dict[str, str]] = {
    ("salesforce", "deals"): {"deal_id": "Id", "modified_at": "SystemModstamp", "deleted": "IsDeleted"},
    ("hubspot", "deals"): {"deal_id": "id", "modified_at": "hs_lastmodifieddate", "deleted": "archived"},
    **{
        (kind, "history"): {"deal_id": "id", "stage": "value", "changed_at": "at"}
        for kind in ("salesforce", "hubspot")
    },
}
PORTS = {"starttls": 587, "tls": 465, "none": 25}
"""Where servers listen for each kind of security."""


def deals_sources(settings: Settings) -> tuple[Source, ...]:
    """The sources that deals come from."""
    return tuple(source for source in settings.sources if source.role == "deals")


def knows_lost(source: Source) -> bool:
    """Whether a source tells deals that were decided against us."""
    maps = (source.outcome, *source.outcome.by_pipeline.values()) if source.outcome else ()
    return any(each.lost or each.no_decision for each in maps)


def knows_discount(source: Source) -> bool:
    """Whether a source of deals or lines tells a discount: a share, or an amount beside its list amount."""
    return "discount" in source.columns or {"amount", "list_amount"} <= source.columns.keys()


def knows_open(source: Source) -> bool:
    """Whether a source tells open deals and when each was created."""
    maps = (source.outcome, *source.outcome.by_pipeline.values()) if source.outcome else ()
    return any(each.open for each in maps) and "created_at" in source.columns


def knows_no_decision(source: Source) -> bool:
    """Whether a source tells deals that ended without a decision from those that were lost."""
    maps = (source.outcome, *source.outcome.by_pipeline.values()) if source.outcome else ()
    return any(each.no_decision for each in maps)


def measurable(settings: Settings) -> tuple[str, ...]:
    """The kinds of metric that the configured sources and profile allow, in the order readers know them."""
    sources = deals_sources(settings)
    priced = [source for source in settings.sources if source.role in ("deals", "lines")]
    allowed = {
        "win_rate": any(knows_lost(source) for source in sources),
        "fit_mix": bool(settings.profile),
        "volume": True,
        "discount": any(knows_discount(source) for source in priced),
        "price_realisation": any(knows_discount(source) for source in priced),
        "price_per_unit": any({"amount", "quantity"} <= source.columns.keys() for source in sources),
        "stalled": any(knows_open(source) for source in sources),
        "cycle_time": any("created_at" in source.columns for source in sources),
        "no_decision": any(knows_no_decision(source) for source in sources),
        "deal_size": any("amount" in source.columns for source in sources),
        "loss_reasons": any("loss_reason" in source.columns and knows_lost(source) for source in sources),
    }
    return tuple(kind for kind in MATTERS_IF if allowed[kind])


def usual_metrics(settings: Settings) -> dict[str, MetricSettings]:
    """The metrics where none are configured: the usual kinds that can be measured.

    Where no source knows a list price or a discount, the price per unit stands in for the discount.
    """
    known = measurable(settings)
    kinds = [kind for kind in USUAL if kind in known]
    if "discount" not in known and "price_per_unit" in known:
        kinds.append("price_per_unit")
    return {
        kind: MetricSettings.model_validate(
            {"name": kind, "kind": kind, "matters_if": parse_size(MATTERS_IF[kind])}
        )
        for kind in kinds
    }


def complete(settings: Settings) -> Settings:
    """`settings` with metrics, the readers' zones, lanes and ports filled in. Pure; paths are left as written."""
    metrics = settings.metrics or usual_metrics(settings)
    return settings.model_copy(
        update={
            "sources": tuple(_with_usual_columns(source) for source in settings.sources),
            "metrics": {
                name: _with_basket(_of_new_business(metric, settings), settings)
                for name, metric in metrics.items()
            },
            "people": tuple(
                person
                if person.timezone
                else person.model_copy(update={"timezone": settings.company.timezone})
                for person in settings.people
            ),
            "attention": _with_watch(settings.attention),
            "mail": _with_port(settings.mail),
        }
    )


def _with_usual_columns(source: Source) -> Source:
    """A CRM's own names for what every record of it has, unless others are written."""
    usual = USUAL_COLUMNS.get((source.type, source.role), {})
    changed: dict[str, object] = {"columns": {**usual, **source.columns}}
    if source.type == "salesforce" and source.role == "accounts" and source.key is None:
        changed["key"] = "Id"
    return source.model_copy(update=changed) if usual or "key" in changed else source


def _of_new_business(metric: MetricSettings, settings: Settings) -> MetricSettings:
    """A win rate counts new business unless its `where` says otherwise: renewals would swamp it."""
    if metric.kind != "win_rate" or NEW not in settings.motions:
        return metric
    conditions = metric.where.conditions if metric.where else ()
    if any(condition.name == "motion" for condition in conditions):
        return metric
    only_new = Condition(name="motion", op="in", values=(NEW,))
    return metric.model_copy(update={"where": Where(conditions=(*conditions, only_new))})


def _with_basket(metric: MetricSettings, settings: Settings) -> MetricSettings:
    """Prices are compared product by product where a source names one: another mix is no change of price."""
    named = any(PRODUCT in source.attributes for source in settings.sources)
    if metric.kind not in OF_PRICE or "adjust_for" in metric.model_fields_set or not named:
        return metric
    return metric.model_copy(update={"adjust_for": (PRODUCT,)})


def _with_watch(attention: Attention) -> Attention:
    """The watch lane is never tighter than the alarms; its default follows them."""
    if "watch" in attention.model_fields_set:
        return attention
    looser = max(attention.watch.false_alarms_per_year, attention.false_alarms_per_year)
    watch = attention.watch.model_copy(update={"false_alarms_per_year": looser})
    return attention.model_copy(update={"watch": watch})


def _with_port(mail: Mail) -> Mail:
    if mail.smtp is None or "port" in mail.smtp.model_fields_set:
        return mail
    return mail.model_copy(update={"smtp": mail.smtp.model_copy(update={"port": PORTS[mail.smtp.security]})})
