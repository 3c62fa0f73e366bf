"""The detector against generalised least squares on the whole history, written from the definition.

Nothing is shared with the detector but the formulas of the paper: the covariance of drift + weekly effect + noise
is built in full, every candidate's step is fitted beside level and season, and Bayes factors come from the residual
sums of squares of the two fits.
"""

import math

import numpy as np
import pytest
from scipy import special, stats

from detectors import InvariantSR, scan_batch

SIZES = (0.7,)
SHARES = {1: 0.7, 8: 0.15, 16: 0.15}  # of steps, and of ramps by width
FIELDS = (
    "evidence", "alarm", "start", "start_low", "start_high", "effect", "effect_low", "effect_high",
    "matters", "expected", "expected_sd", "still_low", "still_high", "shock",
)  # fmt: skip


def covariance(n, drift, rho, phi):
    lag = np.abs(np.subtract.outer(np.arange(len(n)), np.arange(len(n))))
    with np.errstate(divide="ignore"):
        noise = (1 - rho) / n
    return drift * math.exp(-1 / 104) ** lag + rho * phi**lag + np.diag(noise)


def clipped_baseline(x, design, deviation, clip, prior_sd):
    weight = 1 / deviation
    given = np.zeros((len(prior_sd), design.shape[1]))
    given[:, design.shape[1] - len(prior_sd) :] = np.diag(1 / np.array(prior_sd)) if prior_sd else 0.0
    rows = np.vstack([design * weight[:, None], given])
    for _ in range(5):
        beta = np.linalg.lstsq(rows, np.append(x * weight, np.zeros(len(given))), rcond=1e-6)[0]
        residual = (x - design @ beta) * weight
        bound = clip * 1.4826 * np.median(np.abs(residual))
        x = design @ beta + np.clip(residual, -bound, bound) * deviation
    return x


def rank_of(rows):
    return np.linalg.matrix_rank(rows, tol=1e-7 * np.linalg.norm(rows))


class Fit:
    """Least squares on whitened rows: with the covariance's Cholesky root, that is generalised least squares."""

    def __init__(self, rows, x):
        self.rows = rows
        self.solve = np.linalg.pinv(rows, rcond=1e-7)
        self.beta = self.solve @ x
        self.residual = x - rows @ self.beta
        self.rss = self.residual @ self.residual
        self.rank = rank_of(rows)
        self.df = len(x) - self.rank

    def project_off(self, steps):
        return steps - self.rows @ (self.solve @ steps)

    def predict(self, row, own_sd):
        """Mean and standard deviation of the next whitened value, in units of own_sd."""
        leverage = row @ (self.solve @ self.solve.T) @ row
        new = rank_of(np.vstack([self.rows, row])) > self.rank
        sd = math.nan if new else own_sd * math.sqrt(self.rss / self.df * (1 + leverage))
        return own_sd * (row @ self.beta), sd


def log_bf(i, s, rss, df, nu, w):
    """The formulas in words: a posterior of the step for each, and the prior's factor theta^2 averaged over it.

    i, s of any one shape; w the share of the downward direction.
    """
    a = nu**2 * i
    r2 = np.where(i > 1e-10, s**2 / np.maximum(i, 1e-10) / rss, 0)
    left = rss * (1 - r2 * a / (1 + a))
    normal = -0.5 * np.log1p(a) - df / 2 * np.log(left / rss)
    mean, variance = s * nu**2 / (1 + a), nu**2 / (1 + a)
    square = (
        mean**2 * df / left
    )  # of the mean in standard deviations sigma, which has its posterior: E 1/sigma^2 = df / left
    u = mean / np.sqrt(left / df * variance)
    inverse = np.exp(special.gammaln((df + 1) / 2) - special.gammaln(df / 2)) * np.sqrt(2 / left)
    edge = mean * np.sqrt(variance) * inverse * (1 + u**2 / df) ** (-(df + 1) / 2) / math.sqrt(2 * math.pi)
    above = variance * stats.t.cdf(u, df) + square * stats.t.cdf(u * math.sqrt((df + 2) / df), df + 2) + edge
    below = variance + square - above
    return normal + np.log(2 * (w * below + (1 - w) * above) / nu**2)


def slow_scan(x, n, terms, *, learning, arl, w, drift, matters, rho=0.02, phi=0.2, clip=3.0, prior_sd=()):
    """Every reading of one series, as rows of a table in the order of FIELDS.

    A coefficient with a prior is integrated out by hand: its regressor goes out of the design, and what it may do
    into the covariance.
    """
    periods, diffuse = len(x), terms.shape[1] - len(prior_sd)
    everything = np.column_stack([np.ones(periods), terms])
    design, may = everything[:, : diffuse + 1], terms[:, diffuse:] * np.array(prior_sd)
    seen = n > 0
    now = np.flatnonzero(seen)
    sigma = covariance(np.where(seen, n, 1.0), drift, rho, phi)
    x = np.where(seen, x, 0.0)
    early = np.flatnonzero(seen[:learning])
    x[early] = clipped_baseline(x[early], everything[early], np.sqrt(np.diag(sigma)[early]), clip, prior_sd)
    plain = np.linalg.cholesky(sigma[np.ix_(now, now)])
    typical = 1 / np.mean(1 / np.diag(plain)[: len(early)] ** 2)
    sigma = sigma + may @ may.T
    # the root of the first t periods' covariance is the first block of the root of them all
    root = np.linalg.cholesky(sigma[np.ix_(now, now)])
    since = now[:, None] - np.arange(learning, periods) + 1.0
    white = np.linalg.solve(root, design[now])
    shapes = {width: np.linalg.solve(root, np.clip(since / width, 0, 1)) for width in SHARES}
    white_x = np.zeros(len(now))
    table = np.full((periods, len(FIELDS)), np.nan)
    table[:, FIELDS.index("alarm")] = table[:, FIELDS.index("shock")] = 0
    for row, t in enumerate(now[: len(early)]):
        white_x[row] = (x[t] - root[row, :row] @ white_x[:row]) / root[row, row]
    runs, cut = {-1: 0, 1: 0}, np.zeros(periods)
    for t in range(learning, periods):
        past = int(seen[:t].sum())
        before = Fit(white[:past], white_x[:past])
        if seen[t]:
            mean, sd = before.predict(white[past], root[past, past])
            expected = root[past, :past] @ white_x[:past] + mean
            reach = clip * sd if math.isfinite(sd) else math.inf
            clipped = np.clip(x[t], expected - reach * 2 ** runs[-1], expected + reach * 2 ** runs[1])
            cut[t] = np.sign(x[t] - clipped)
            for side in runs:
                runs[side] = max(0, runs[side] + (1 if side * (x[t] - expected) > reach else -1))
            white_x[past] = (clipped - root[past, :past] @ white_x[:past]) / root[past, past]
        else:
            weights = np.linalg.solve(root[:past, :past], sigma[now[:past], t])
            expected, sd = design[t] @ before.beta + weights @ before.residual, math.nan
        seen_now = int(seen[: t + 1].sum())
        fit = Fit(white[:seen_now], white_x[:seen_now])
        columns = {width: shape[:seen_now, : t + 1 - learning] for width, shape in shapes.items()}
        row = judge(fit, columns, np.arange(learning, t + 1), t, typical, arl, w, matters, cut)
        row |= {"expected": expected, "expected_sd": sd}
        table[t] = [row[name] for name in FIELDS]
    return table


def judge(fit, shapes, starts, t, typical, arl, w, matters, cut):
    off = np.hstack([fit.project_off(shapes[width]) for width in SHARES])
    prior = np.repeat(list(SHARES.values()), len(starts)) / len(SIZES)
    i, s = typical * (off**2).sum(0), typical * off.T @ fit.residual
    rss = typical * fit.rss
    each = np.array([log_bf(i, s, rss, fit.df, nu, w) for nu in SIZES])
    weight = np.exp(each) * prior
    of_start = weight.sum(0).reshape(len(SHARES), -1).sum(0)
    running = np.cumsum(of_start) / of_start.sum()
    median, low, high = (starts[np.argmax(running >= tail - 1e-13)] for tail in (0.5, 0.05, 0.95))
    share = weight / weight.sum()
    share = share.sum(0)
    variance = 1.4**2 / (1 + 1.4**2 * i)
    mean = s * variance
    centre = (share * mean).sum()
    spread = (rss - s * mean) / fit.df * variance
    deviation = math.sqrt((share * (spread + mean**2)).sum() - centre**2)
    half = stats.t.ppf(0.95, fit.df) * deviation
    scaled = stats.t(fit.df, centre, deviation)
    while low > starts[0] and cut[low - 1] * centre > 0:
        low -= 1
    steps = shapes[1]
    blip = shock_evidence(fit, steps, starts, t, typical, w, low, high)
    evidence = math.log(of_start.sum())
    i, s = i[: len(starts)], s[: len(starts)]
    large = np.mean([np.exp(log_bf(i, s, rss, fit.df, 2 * nu, w)) for nu in SIZES], axis=0).sum() / 3
    shock = blip > max(evidence, math.log(arl), math.log(large))
    still = (math.nan, math.nan)
    if t - 12 >= starts[0]:
        k = list(starts).index(t - 12)
        estimate = s[k] / i[k]
        wide = stats.t.ppf(0.95, fit.df - 1) * math.sqrt((rss - s[k] ** 2 / i[k]) / (fit.df - 1) / i[k])
        still = (estimate - wide, estimate + wide)
    alarm = evidence >= math.log(arl) and high <= t - 3 and not shock
    return {
        "evidence": evidence, "alarm": alarm, "start": median, "start_low": low,
        "start_high": high, "effect": centre, "effect_low": centre - half, "effect_high": centre + half,
        "matters": scaled.sf(matters) + scaled.cdf(-matters), "still_low": still[0], "still_high": still[1],
        "shock": shock,
    }  # fmt: skip


def shock_evidence(fit, steps, starts, t, typical, w, low, high):
    total = 0.0
    for k in starts:
        for length in range(1, 5):
            if k + length > t or k <= t - 26 or not low - 4 <= k <= high + 4:
                continue
            column = k - starts[0]
            off = fit.project_off(steps[:, column] - steps[:, column + length])
            i, s = typical * off @ off, typical * off @ fit.residual
            total += sum(np.exp(log_bf(i, s, typical * fit.rss, fit.df, 2 * nu, w)) for nu in SIZES) / len(
                SIZES
            )
    return math.log(total) if total else -math.inf


def case(name):
    rng = np.random.default_rng(sum(map(ord, name)))
    periods, learning, w, drift = 110, 40, 0.8, 0.0002
    n = rng.integers(20, 90, periods).astype(float)
    terms = np.column_stack([rng.random(periods), np.arange(periods) % 13 >= 11])
    step, shock = np.zeros(periods), np.zeros(periods)
    prior = {}
    match name:
        case "a plain step":
            step[70:] = -0.1
        case "missing weeks":
            n[[0, 5, 6, 30, 55, 56, 72, 109]] = 0
            step[71:] = -0.1
        case "a season first shown after the baseline, and a copy of another column":
            late = (np.arange(periods) % 52 >= 48).astype(float)
            terms = np.column_stack([terms, late, terms[:, 0] * 2 + 1, np.zeros(periods)])
            step[80:] = 0.12
            w = 0.2
        case "thirteen weeks of baseline and five regressors":
            learning, w, drift = 13, 0.5, 0.0006
            terms = np.column_stack([terms, rng.random((periods, 3))])
            step[60:] = 0.1
        case "a yearly season that may be there, before a year was seen":
            year = 2 * np.pi * np.arange(periods)[:, None] / 52.18
            terms = np.hstack([terms, np.sin(year), np.cos(year)])
            prior = {"prior_sd": (0.3, 0.2)}
            step[75:] = -0.12
            step += 0.06 * terms[:, 2]
        case "a shock":
            shock[60:63] = -0.5
        case "a step of ten standard deviations":
            step[70:] = 0.9
        case "a step of ten standard deviations that pauses for a week":
            step[70:] = -0.9
            step[73] = 0.0
        case "outliers in the baseline and after":
            shock[[8, 20, 50, 77]] = [0.6, -0.5, -0.6, 0.5]
    x = 0.4 + 0.05 * terms[:, 0] + 0.08 * terms[:, 1] + step + shock + 0.07 * rng.normal(size=periods)
    x[n == 0] = np.nan
    return x, n, terms, {"learning": learning, "w": w, "drift": drift} | prior


CASES = [
    "a plain step",
    "missing weeks",
    "a season first shown after the baseline, and a copy of another column",
    "thirteen weeks of baseline and five regressors",
    "a yearly season that may be there, before a year was seen",
    "a shock",
    "a step of ten standard deviations",
    "a step of ten standard deviations that pauses for a week",
    "outliers in the baseline and after",
]


@pytest.mark.parametrize("name", CASES)
def test_equals_generalised_least_squares_on_the_whole_history(name):
    x, n, terms, setting = case(name)
    w = setting.pop("w")
    slow = slow_scan(x, n, terms, w=w, arl=200.0, matters=0.05, **setting)
    harmful = None if w == 0.5 else "down" if w > 0.5 else "up"
    fast = scan_batch(
        x[None], n[None], terms, arl=200.0, harmful=harmful, harmful_weight=0.8, matters=0.05, **setting
    )
    for column, field in enumerate(FIELDS):
        np.testing.assert_allclose(
            getattr(fast, field)[0].astype(float), slow[:, column], rtol=1e-8, atol=1e-8, err_msg=field
        )


def test_the_cases_reach_both_an_alarm_and_a_shock():
    x, n, terms, _ = case("a plain step")
    assert scan_batch(x[None], n[None], terms, learning=40, arl=200.0, harmful="down").alarm.any()
    x, n, terms, _ = case("a shock")
    assert scan_batch(x[None], n[None], terms, learning=40, arl=200.0, harmful="down").shock.any()


def test_one_period_at_a_time_equals_the_batch():
    x, n, terms, _ = case("missing weeks")
    batch = scan_batch(
        np.stack([x, x[::-1]]), np.stack([n, n[::-1]]), terms, learning=[40, 45], harmful="down"
    )
    for row, series in enumerate((x, x[::-1])):
        counts = n if row == 0 else n[::-1]
        detector = InvariantSR(learning=40 + 5 * row, harmful="down")
        for t, (value, count) in enumerate(zip(series, counts, strict=True)):
            out = detector.update(value, count, terms[t])
            for field in FIELDS:
                one = getattr(out, field)
                one = math.nan if one is None else one
                np.testing.assert_allclose(one, getattr(batch, field)[row, t], rtol=1e-9, err_msg=field)
