"""The evidence pack: plain values with a hash, the same when reckoned anew, and a page that needs nothing else."""

import json
from copy import deepcopy
from datetime import date, datetime, timedelta
from html.parser import HTMLParser

import numpy as np
import polars as pl
import pytest

from monitor.commands.explained_evidence import evidence_lines
from monitor.evidence.figures import differences
from monitor.evidence.pack import data_hash, pack_of, reckoned_anew
from monitor.evidence.page import page
from monitor.evidence.who import who_rises
from monitor.store.evidence import pack_hash
from monitor.weekly import Seen


@pytest.fixture(scope="module")
def seen(fallen):
    last = fallen.last
    return Seen(week=last.week, at=last.at, deals=last.deals, panels=last.panels, history=fallen.history)


@pytest.fixture(scope="module")
def pack(fallen, seen):
    (inflection,) = fallen.weekly.ledger.inflections
    return pack_of(inflection, seen, fallen.last.at, fallen.weekly, fallen.settings)


def test_a_pack_is_json_and_its_hash_is_over_all_of_it(pack):
    again = json.loads(json.dumps(pack, allow_nan=False))
    assert pack_hash(again) == pack_hash(pack)
    again["figures"]["demand"] = None
    assert pack_hash(again) != pack_hash(pack)


def test_its_figures_reckoned_anew_from_the_deals_are_the_same(pack, seen, fallen):
    stored = json.loads(json.dumps(pack))
    looked = fallen.weekly.look(
        date.fromisoformat(stored["week"]),
        datetime.fromisoformat(stored["as_of"]),
        fallen.history,
        fallen.last.changes,
    )
    anew = Seen(
        week=looked.week, at=looked.at, deals=looked.deals, panels=looked.panels, history=fallen.history
    )
    assert data_hash(anew.deals) == stored["data"]["hash"]
    assert (
        differences(stored["figures"], json.loads(json.dumps(reckoned_anew(stored, anew, fallen.weekly))))
        == []
    )


def test_figures_that_were_touched_are_named(pack):
    touched = deepcopy(pack["figures"])
    touched["win_rate"]["parts"]["mix"]["value"] += 1e-6
    assert len(differences(pack["figures"], touched)) == 1
    assert differences(pack["figures"], touched)[0].startswith("win_rate.parts.mix.value")


def test_the_hash_of_the_data_knows_every_outcome(seen):
    first = pl.int_range(pl.len()) == 0
    other = seen.deals.with_columns(
        pl.when(first).then(pl.lit("elsewhere")).otherwise("outcome").alias("outcome")
    )
    assert data_hash(other) != data_hash(seen.deals)
    assert data_hash(seen.deals.reverse()) == data_hash(seen.deals)


def test_the_parts_of_the_pack_add_up(pack):
    parts = pack["figures"]["win_rate"]["parts"]
    names = ("recording", "mix", "price", "people", "rest")
    total = sum(parts[name]["value"] for name in names if parts[name] is not None)
    assert total == pytest.approx(parts["whole"]["value"], abs=1e-9)
    money = pack["figures"]["money_won_a_week"]
    total = sum(money[name]["value"] for name in ("price", "quantity", "mix"))
    assert total == pytest.approx(money["whole"]["value"], abs=1e-6)


def test_where_offers_are_not_known_the_price_stands_beside_the_split(pack):
    blind = deepcopy(pack) | {"hash": "0" * 64}
    assert not any("Beside it" in line for line in evidence_lines(blind))
    blind["figures"]["win_rate"]["parts"]["price"] = None
    (line,) = [line for line in evidence_lines(blind) if "Beside it" in line]
    assert "the discount on like deals" in line
    assert any(line.startswith("Money won a week: ") for line in evidence_lines(blind))


def test_a_pack_of_an_earlier_format_is_held_against_what_it_held(pack, seen, fallen):
    old = json.loads(json.dumps(pack)) | {"format": 1}
    del old["figures"]["shape"], old["figures"]["win_rate"]["parts"]["price"]
    assert differences(old["figures"], json.loads(json.dumps(reckoned_anew(old, seen, fallen.weekly)))) == []


def test_shuffled_histories_and_coins_do_not_alarm_as_the_change_did(pack):
    placebo, headline = pack["figures"]["placebo"], pack["findings"][0]
    assert (placebo["of_shuffled"], placebo["of_coins"]) == (19, 20)
    # a bar of h weeks alarms in less than 50 / h of 39 series of 24 weeks: five of them would be one in a million
    assert placebo["shuffled"] + placebo["coins"] <= 4
    assert placebo["highest"] < headline["evidence"]


def test_the_price_list_of_a_later_week_is_ruled_out_with_its_reason(pack):
    rivals = pack["figures"]["rivals"]
    assert [rival["name"] for rival in rivals] == ["Price list"]
    assert rivals[0]["says"] in ("began_before", "fits")
    assert any("Price list" in line for line in evidence_lines({"hash": "0" * 64, **pack}))


def test_the_page_holds_everything_and_asks_for_nothing(pack):
    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.asked, self.charts, self.open = [], 0, []

        def handle_starttag(self, tag, attrs):
            self.asked += [value for name, value in attrs if name in ("src", "href") and value]
            self.charts += tag == "svg"

    reader = Reader()
    reader.feed(
        text := page({"hash": "abc", **pack}, ["<b>one</b> line"], ["2024-09-01 volume: too_small"], [])
    )
    assert reader.asked == []
    assert reader.charts == len(pack["findings"])
    assert "the same to 1e-9" in text
    assert "<b>one" not in text
    assert pack["data"]["hash"] in text
    assert "volume: too_small" in text
    assert "different: the deals" in page(pack, [], [], ["the deals as known then"])


def test_who_they_are_is_what_sets_them_apart_and_nothing_else():
    rng = np.random.default_rng(1)
    size = 600
    core = rng.random(size) < 0.5
    sector = np.where(
        core,
        rng.choice(["Software", "Health"], size),
        rng.choice(["Logistics", "Health"], size, p=(0.8, 0.2)),
    )
    deals = pl.DataFrame(
        {
            "created_on": [date(2024, 1, 1) + timedelta(days=int(d)) for d in rng.integers(0, 200, size)],
            "core": core,
            "owner": [f"seller {n}" for n in rng.integers(0, 9, size)],
            "account": [f"account {n}" for n in rng.integers(0, 99, size)],
            "attr:sector": sector.tolist(),
            "attr:plan": rng.choice(["a", "b"], size).tolist(),
            "attr:employees": [
                str(n) for n in np.where(core, rng.integers(200, 900, size), rng.integers(10, 190, size))
            ],
        }
    )
    who = who_rises(deals, None, date(2024, 3, 1))
    assert who.sellers == 9
    assert {trait.attribute for trait in who.traits} == {"sector", "employees"}
    logistics = next(trait for trait in who.traits if trait.value == "Logistics")
    assert logistics.share == pytest.approx(0.8, abs=0.1)
    assert logistics.elsewhere == 0.0
    assert logistics.effect > 0.8
    assert who_rises(deals, None, date(2024, 7, 30)) is None
