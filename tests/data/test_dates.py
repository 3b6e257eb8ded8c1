"""Dates are read as people write them; day and month are told apart only where the column tells."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from aitia.core.errors import BadOption, UnusableColumn
from aitia.core.request import Reading
from aitia.data.read import read

DAYS = [datetime.date(2020, 12, 31), datetime.date(2021, 3, 4), datetime.date(1969, 7, 20), datetime.date(2000, 2, 29)]
NUMBERS = [(day - datetime.date(1970, 1, 1)).days for day in DAYS]


def table(words: list[str], **options: str) -> object:
    return read({"d": words, "y": np.arange(len(words)) / 7}, Reading(**options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("form", "order"),
    [
        ("%Y-%m-%d", ""),
        ("%Y/%m/%d", ""),
        ("%Y.%m.%d", ""),
        ("%d.%m.%Y", "day first"),
        ("%d/%m/%Y", "day first"),
        ("%m/%d/%Y", "month first"),
        ("%m-%d-%Y", "month first"),
    ],
)
def test_dates_of_many_forms_are_days_and_what_was_guessed_is_said(form: str, order: str) -> None:
    found = table([day.strftime(form) for day in DAYS])
    assert found.column("d").kind == "time"
    assert found.rows()["d"].tolist() == NUMBERS
    said = [finding.says for finding in found.findings if finding.check == "dates"]
    assert (order in said[0]) if order else not said


def test_times_of_day_and_moments_are_read_too() -> None:
    assert table(["10:30", "00:00", "23:59"]).rows()["d"].tolist() == [10.5 / 24, 0.0, 1439 / 1440]
    moments = table(["31.12.2020 12:00", "01.01.2021 00:00:30", "30.06.2020 06:00:00"])
    assert moments.rows()["d"].tolist() == [18627.5, 18628 + 30 / 86400, 18443.25]
    zoned = table(["2020-01-01T00:00:00Z", "2020-01-01T02:00:00+02:00", "2020-01-02T00:00:00Z"])
    assert zoned.rows()["d"].tolist() == [18262, 18262, 18263]


def test_ambiguous_dates_stay_words_and_that_is_said() -> None:
    words = ["03.04.2020", "05.06.2021", "07.08.2020", "03.04.2020"]
    found = table(words)
    assert found.column("d").kind == "categorical"
    said = next(finding for finding in found.findings if finding.check == "ambiguous-dates")
    assert "d" in said.says and "--dates dayfirst" in (said.next or "")
    assert table(words, dates="dayfirst").rows()["d"].tolist()[0] == (datetime.date(2020, 4, 3) - datetime.date(1970, 1, 1)).days
    assert table(words, dates="monthfirst").rows()["d"].tolist()[0] == (datetime.date(2020, 3, 4) - datetime.date(1970, 1, 1)).days
    with pytest.raises(UnusableColumn) as caught:
        read({"d": words, "y": [1.5, 2.5, 3.5, 4.5]}, Reading(time="d"))
    assert "--dates dayfirst" in caught.value.why


WRONG = [["31.12.2020", "12.31.2020", "01.01.2020"], ["30.02.2020", "31.12.2020", "01.01.2020"], ["31.12.2020", "x", "1.1.2020"]]


@pytest.mark.parametrize("words", WRONG)
def test_what_no_order_makes_dates_of_stays_words(words: list[str]) -> None:
    assert table(words).column("d").kind == "categorical"


def test_the_option_takes_two_words_only() -> None:
    with pytest.raises(BadOption, match="--dates"):
        table(["31.12.2020", "1.1.2020"], dates="day-first")
