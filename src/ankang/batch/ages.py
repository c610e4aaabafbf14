"""Calendar days and whole years completed, compiled. Equal to `rules.days`."""

import numpy as np

from ankang.batch.compiled import compiled

_MARCH_FIRST_0000 = 719_468  # days from 0000-03-01 to 1970-01-01


@compiled
def civil(day):
    """Return (year, month, day) of a day since 1970-01-01."""
    shifted = np.uint64(day + _MARCH_FIRST_0000)
    era = shifted // np.uint64(146_097)
    of_era = shifted - era * np.uint64(146_097)
    one, four_years, century, era_less = np.uint64(365), np.uint64(1_460), np.uint64(36_524), np.uint64(146_096)
    year = (of_era - of_era // four_years + of_era // century - of_era // era_less) // one
    of_year = of_era - (one * year + year // np.uint64(4) - year // np.uint64(100))
    month = (np.uint64(5) * of_year + np.uint64(2)) // np.uint64(153)
    date = np.int64(of_year - (np.uint64(153) * month + np.uint64(2)) // np.uint64(5)) + 1
    shifted_month = np.int64(month)
    calendar = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    whole = np.int64(year) + np.int64(era) * 400
    return (whole + 1 if calendar <= 2 else whole), calendar, date


@compiled
def age_between(birth, day, birthday):
    """Return the whole years completed, as `rules.days.age_on`. `birth` is (year, month, day)."""
    year, month, of_month = civil(day)
    years = year - birth[0]
    if month != birth[1]:
        return years if month > birth[1] else years - 1
    due = birth[2]  # READING K17
    if birthday == 1:
        due += 1
    elif due == 29 and month == 2 and birthday == 0 and not (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)):
        due = 28
    return years if of_month >= due else years - 1
