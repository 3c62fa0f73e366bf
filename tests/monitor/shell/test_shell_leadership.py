"""Leadership by a lease: what is trusted and for how long, by a clock of the test's own; and on a real PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, insert, make_url, select, text

from monitor.leadership import DatabaseLeases, LeaseLeadership, only_daemon, stand_by
from monitor.lock import AnotherDaemon
from monitor.store import Store, open_store, tables
from monitor.store.lease import Fence, LostLeaseError, active_holder, next_epoch

TERM, MARGIN = 4.0, 1.0


class Clock:
    """A monotonic clock that moves when told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Row:
    """The lease row of a database whose clock is the test's: what a lease is, in memory."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.holder, self.epoch, self.until = "", 0, 0.0


class Leases:
    """One process's view of the row; `slow` seconds pass within each call, `broken` calls fail."""

    def __init__(self, row: Row, holder: str) -> None:
        self.row, self.holder = row, holder
        self.slow, self.broken = 0.0, False

    def _call(self) -> None:
        self.row.clock.seconds += self.slow
        if self.broken:
            raise ConnectionError("the database is away")

    def take(self) -> int | None:
        self._call()
        if self.row.until > self.row.clock.seconds:
            return None
        self.row.holder, self.row.epoch = self.holder, self.row.epoch + 1
        self.row.until = self.row.clock.seconds + TERM
        return self.row.epoch

    def renew(self, epoch: int) -> bool:
        self._call()
        if (self.row.holder, self.row.epoch) != (self.holder, epoch):
            return False
        self.row.until = self.row.clock.seconds + TERM
        return True

    def give_up(self, epoch: int) -> None:
        self._call()
        if (self.row.holder, self.row.epoch) == (self.holder, epoch):
            self.row.until = self.row.clock.seconds - 1


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def member(clock: Clock) -> Callable[[str], tuple[LeaseLeadership, Leases]]:
    row = Row(clock)

    def join(name: str) -> tuple[LeaseLeadership, Leases]:
        leases = Leases(row, name)
        return LeaseLeadership(leases, name, monotonic=clock, term=TERM, margin=MARGIN), leases

    return join


def test_the_first_leads_and_the_second_stands_by(member) -> None:
    (one, _), (two, _) = member("one"), member("two")
    one.step()
    two.step()
    assert (one.leads(), two.leads()) == (True, False)


def test_trust_ends_before_the_lease_does(member, clock) -> None:
    (one, _), (two, _) = member("one"), member("two")
    one.step()
    clock.seconds += TERM - MARGIN
    two.step()
    assert (one.leads(), two.leads()) == (False, False)


def test_a_renewal_extends_trust(member, clock) -> None:
    one, _ = member("one")
    for _ in range(10):
        one.step()
        clock.seconds += 1
        assert one.leads()


def test_slow_successful_renewal_does_not_extend_the_trust_window(member, clock) -> None:
    one, leases = member("one")
    one.step()
    clock.seconds += 1
    leases.slow = TERM - MARGIN
    one.step()
    assert leases.row.until == clock.seconds + TERM  # the database prolonged it
    assert not one.leads()


def test_a_slow_taking_begins_no_trusted_term(member, clock) -> None:
    one, leases = member("one")
    told: list[bool] = []
    one.on_lead = lambda: told.append(True)
    leases.slow = TERM - MARGIN
    one.step()
    assert not one.leads()
    assert told == []


def test_renewals_that_fail_exhaust_trust_and_the_term_is_not_resumed(member, clock) -> None:
    one, leases = member("one")
    one.step()
    leases.broken = True
    for _ in range(3):
        clock.seconds += 1
        one.step()
    assert not one.leads()
    leases.broken = False
    one.step()
    assert not one.leads()  # its own old lease still lasts; it is no longer its own to use
    clock.seconds += TERM
    one.step()
    assert one.leads()
    assert leases.row.epoch == 2


def test_one_failed_renewal_is_made_good_by_the_next(member, clock) -> None:
    one, leases = member("one")
    one.step()
    leases.broken = True
    clock.seconds += 1
    one.step()
    leases.broken = False
    clock.seconds += 1
    one.step()
    clock.seconds += 2.5
    assert one.leads()


def test_loses_leadership_when_the_term_of_the_same_holder_is_replaced(member, clock) -> None:
    one, leases = member("one")
    one.step()
    leases.row.epoch += 1  # the same name, a later term
    clock.seconds += 1
    one.step()
    assert not one.leads()


def test_a_process_that_was_stopped_does_not_lead_when_it_wakes(member, clock) -> None:
    (one, _), (two, _) = member("one"), member("two")
    one.step()
    clock.seconds += 600
    two.step()
    assert (one.leads(), two.leads()) == (False, True)
    one.step()
    assert (one.leads(), two.leads()) == (False, True)


def test_never_two_lead_whatever_the_delays(member, clock) -> None:
    rng = __import__("random").Random(7)
    members = [member(str(n)) for n in range(3)]
    led = set()
    for _ in range(3_000):
        leadership, leases = rng.choice(members)
        leases.slow = rng.choice((0.0, 0.0, 0.1, 1.0, 3.5))
        leases.broken = rng.random() < 0.1
        leadership.step()
        clock.seconds += rng.choice((0.0, 0.2, 0.5, 1.0))
        leading = [one for one, (each, _) in enumerate(members) if each.leads()]
        assert len(leading) <= 1
        led.update(leading)
    assert led == {0, 1, 2}


def test_who_begins_to_lead_is_told(member, clock) -> None:
    one, _ = member("one")
    told: list[float] = []
    one.on_lead = lambda: told.append(clock.seconds)
    one.step()
    clock.seconds += 1
    one.step()
    clock.seconds += 10
    one.step()
    assert told == [1000.0, 1011.0]


def test_there_is_no_fence_without_a_term(member, clock, sqlite_store: Store) -> None:
    one, _ = member("one")
    with pytest.raises(LostLeaseError):
        one.fence(sqlite_store)
    one.step()
    assert one.fence(sqlite_store) == Fence(holder="one", epoch=1)
    clock.seconds += 3
    with pytest.raises(LostLeaseError):
        one.fence(sqlite_store)


def run_row(key: str) -> dict[str, object]:
    return {"key": key, "job": "ingest", "state": "done", "started_at": datetime(2026, 5, 4, tzinfo=UTC)}


def write(store: Store, key: str) -> None:
    with store.write() as connection:
        connection.execute(insert(tables.run), [run_row(key)])


def keys(store: Store) -> list[str]:
    with store.read() as connection:
        return list(connection.execute(select(tables.run.c.key).order_by(tables.run.c.key)).scalars())


def test_what_an_earlier_term_writes_on_sqlite_is_not_kept(sqlite_store: Store) -> None:
    with sqlite_store.write() as connection:
        first = Fence(holder="one", epoch=next_epoch(connection, "one"))
    sqlite_store.fence = first
    write(sqlite_store, "a")
    sqlite_store.fence = None
    with sqlite_store.write() as connection:
        assert next_epoch(connection, "two") == first.epoch + 1
    sqlite_store.fence = first
    with pytest.raises(LostLeaseError):
        write(sqlite_store, "b")
    assert keys(sqlite_store) == ["a"]


def test_each_opening_of_a_file_is_a_term_of_its_own(tmp_path) -> None:
    url = f"sqlite:///{tmp_path / 'leftturn.db'}"
    epochs = []
    for _ in range(3):
        with only_daemon(url) as leadership, open_store(url) as store:
            epochs += [leadership.fence(store).epoch, leadership.fence(store).epoch]
    assert epochs == [1, 1, 2, 2, 3, 3]


on_postgres = pytest.mark.parametrize(
    "store_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


@on_postgres
def test_a_second_process_on_one_postgresql_is_refused_or_stands_by_and_follows(store_url: str) -> None:
    told = "another daemon is active on postgresql"
    followed = threading.Event()
    with only_daemon(store_url) as first:
        assert first.leads()
        with pytest.raises(AnotherDaemon, match=told), only_daemon(store_url):
            pass
        with stand_by(store_url) as second:
            assert not second.leads()
            second.on_lead = followed.set
            with open_store(store_url) as store, store.read() as connection:
                assert active_holder(connection).startswith("process ")
            first._ended.set()  # type: ignore[attr-defined]  # it stops renewing, as if it were stopped
            assert followed.wait(20)
            assert second.leads()
            assert not first.leads()


@on_postgres
def test_a_lease_given_up_is_free_at_once(store_url: str) -> None:
    for _ in range(3):
        with only_daemon(store_url) as leadership:
            assert leadership.leads()


@on_postgres
def test_what_a_stale_leader_writes_on_postgresql_is_not_kept(store_url: str) -> None:
    url = make_url(store_url)
    old, new = DatabaseLeases(url, "old:1:a", 0.3), DatabaseLeases(url, "new:2:b", 60.0)
    with open_store(store_url) as store:
        store.fence = Fence(holder="old:1:a", epoch=old.take() or 0)
        write(store, "a")
        assert new.take() is None
        time.sleep(0.4)
        with pytest.raises(LostLeaseError):  # over by the database's clock, though nobody took it
            write(store, "b")
        assert new.take() == 2
        assert not old.renew(1)
        with pytest.raises(LostLeaseError):
            write(store, "c")
        store.fence = Fence(holder="new:2:b", epoch=2)
        write(store, "d")
        assert keys(store) == ["a", "d"]
    old.close()
    new.close()


@on_postgres
def test_the_lease_cannot_be_taken_between_the_look_and_the_commit(store_url: str) -> None:
    url = make_url(store_url)
    old, new = DatabaseLeases(url, "old:1:a", 0.5), DatabaseLeases(url, "new:2:b", 60.0)
    engine = create_engine(url)
    fence = Fence(holder="old:1:a", epoch=old.take() or 0)
    taken: list[int | None] = []
    with open_store(store_url), engine.begin() as connection:
        fence.check(connection)
        time.sleep(0.6)  # the term is over, the transaction is not
        taking = threading.Thread(target=lambda: taken.append(new.take()))
        taking.start()
        time.sleep(0.2)
        assert taken == []
        connection.execute(text("SELECT 1"))
    taking.join(10)
    assert taken == [2]
    for one in (old, new):
        one.close()
    engine.dispose()
