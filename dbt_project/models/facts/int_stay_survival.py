"""How long stays last, where some still do and some began before the register.

Kaplan-Meier: whoever lived there when the register began is at risk from then only (left
truncation), whoever still lives there until today (right censoring). SQL does the grouping, here
is only what has to be fitted.
"""

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels import __version__ as library_version
from statsmodels.duration.survfunc import SurvfuncRight

METHOD = "kaplan_meier_left_truncated_greenwood_95"
RESTRICTED_TO_DAYS = 1826
"""Five years: the restricted mean is the days lived there in the first five years."""
FEWEST_AT_RISK = 5
CELL = ["area_level", "area_code", "service", "age_interval", "sex"]


def survival(entry_days, stay_days, is_ended):
    """Return median and restricted mean with their intervals; NaN where they cannot be told.

    Few are at risk early on, for most came before the register, and few late: the curve tells
    nothing from the first day on at which fewer than FEWEST_AT_RISK are, whether anybody moves out
    that day or not. Nor does it tell what has no spread: where nobody moves out, nothing is known
    of who will.
    """
    nothing = dict.fromkeys(
        ("median", "median_lower", "median_upper", "mean", "mean_lower", "mean_upper"), np.nan
    )
    if not is_ended.any():
        return nothing
    curve = SurvfuncRight(stay_days, is_ended.astype(int), entry=entry_days)
    times, shares = curve.surv_times, curve.surv_prob
    at_risk, ended = curve.n_risk, curve.n_events
    told_until = first_day_with_few(entry_days, stay_days)
    found = dict(nothing)
    # at the end of the curve nobody may be left, and the logarithm of nothing is no number
    with np.errstate(divide="ignore", invalid="ignore"):
        limits = {
            "median": curve.quantile(0.5),
            **dict(zip(("median_lower", "median_upper"), curve.quantile_ci(0.5), strict=True)),
        }
    has_spread = limits["median_lower"] > 0 and limits["median_lower"] != limits["median_upper"]
    if limits["median"] < told_until and has_spread:
        found |= {name: day for name, day in limits.items() if day < told_until}
    if told_until > RESTRICTED_TO_DAYS:
        within = times < RESTRICTED_TO_DAYS
        starts = np.concatenate(([0.0], times[within]))
        heights = np.concatenate(([1.0], shares[within]))
        areas = heights * np.diff(np.append(starts, RESTRICTED_TO_DAYS))
        # what is lived after each end, weighted by Greenwood's terms
        after = np.cumsum(areas[::-1])[::-1][1:]
        staying = np.maximum(at_risk[within] - ended[within], 1)
        terms = ended[within] / (at_risk[within] * staying)
        half = norm.ppf(0.975) * np.sqrt((after**2 * terms).sum())
        if half > 0:
            found |= {
                "mean": areas.sum(),
                "mean_lower": areas.sum() - half,
                "mean_upper": min(areas.sum() + half, RESTRICTED_TO_DAYS),
            }
    return found


def first_day_with_few(entry_days, stay_days):
    """Return the first day of stays on which fewer than FEWEST_AT_RISK are at risk.

    At risk on a day is who has come before it and still lives there on it: fewer than on the day
    before only on the first day and on days after a last one.
    """
    days = np.unique(np.append(stay_days + 1, 1))
    came = np.searchsorted(np.sort(entry_days), days, side="left")
    left = np.searchsorted(np.sort(stay_days), days, side="left")
    return days[came - left < FEWEST_AT_RISK].min()


def model(dbt, _session):
    """Return one row per area, service, age interval and sex."""
    groups = dbt.ref("int_stay_group").df()
    rows = []
    for key, group in groups.groupby(CELL, sort=True):
        counts = group["stay_count"].to_numpy()
        found = survival(
            *(
                np.repeat(group[column].to_numpy(), counts)
                for column in ("entry_days", "stay_days", "is_ended")
            )
        )
        rows.append(
            dict(zip(CELL, key, strict=True))
            | {f"{name}_days": value for name, value in found.items()}
        )
    columns = [
        *CELL,
        "median_days",
        "median_lower_days",
        "median_upper_days",
        "mean_days",
        "mean_lower_days",
        "mean_upper_days",
    ]
    frame = pd.DataFrame(rows, columns=columns)
    numbers = columns[len(CELL) :]
    # no upper limit is not infinity to those who read it
    frame[numbers] = frame[numbers].astype(float).replace([np.inf, -np.inf], np.nan)
    return frame.assign(
        restricted_to_days=RESTRICTED_TO_DAYS,
        method_id=METHOD,
        library_version=f"statsmodels {library_version}",
    )
