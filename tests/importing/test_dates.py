"""Dates in the forms that postings have."""

from datetime import UTC, datetime

import pytest

from jobmatch.importing.dates import end, moment


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-08-08T13:18:46-04:00", datetime(2026, 8, 8, 17, 18, 46, tzinfo=UTC)),
        ("2026-08-09T00:16:33.341Z", datetime(2026, 8, 9, 0, 16, 33, 341_000, tzinfo=UTC)),
        ("2026-08-12 07:13:47 UTC", datetime(2026, 8, 12, 7, 13, 47, tzinfo=UTC)),
        ("2025-12-18", datetime(2025, 12, 18, tzinfo=UTC)),
        ("20251218", datetime(2025, 12, 18, tzinfo=UTC)),
        ("2025/12/8", datetime(2025, 12, 8, tzinfo=UTC)),
        ("12/18/2025", datetime(2025, 12, 18, tzinfo=UTC)),
        ("3/4/2026", datetime(2026, 3, 4, tzinfo=UTC)),
        ("18/12/2025", datetime(2025, 12, 18, tzinfo=UTC)),
        ("3.4.2026", datetime(2026, 4, 3, tzinfo=UTC)),
        ("12/18/2025 02:30 PM", datetime(2025, 12, 18, 14, 30, tzinfo=UTC)),
        ("Dec 18, 2025", datetime(2025, 12, 18, tzinfo=UTC)),
        ("18 December 2025 10:00 EST", datetime(2025, 12, 18, 15, tzinfo=UTC)),
        ("18 Dec 2025 10:00 XYZ", datetime(2025, 12, 18, 10, tzinfo=UTC)),
        ("Thu, 18 Dec 2025 10:00:00 GMT", datetime(2025, 12, 18, 10, tzinfo=UTC)),
        (1_767_225_600, datetime(2026, 1, 1, tzinfo=UTC)),
        (1_767_225_600_000, datetime(2026, 1, 1, tzinfo=UTC)),
        ("1767225600", datetime(2026, 1, 1, tzinfo=UTC)),
        ("1767225600000.0", datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_date_is_read(written: object, meant: datetime) -> None:
    assert moment(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "2025-02-30",
        "0000-00-00",
        "1970-01-01",
        "9999-12-31",
        "99/99/2025",
        "Friday",
        "3 days ago",
        "2025",
        "Q4 2025",
        "Until filled",
        "62868.0",
        "Full-time",
        "2025-12-18T25:00:00Z",
        "x" * 10000,
        0,
        -1,
        10**30,
        2**70,
        True,
        None,
        ["2025"],
        float("nan"),
        float("inf"),
    ],
)
def test_what_is_no_date_gives_none(written: object) -> None:
    assert moment(written) is None


@pytest.mark.parametrize(
    "written",
    [
        "2025-12-20", "20251220", "12/20/2025", "20.12.2025", "20/12/2025", "20-12-2025", "2025/12/20", "2025.12.20",
        "20 December 2025", "December 20, 2025", "Sat, 20 Dec 2025", "20-Dec-2025", "2025-12-20T00:00:00",
        "2025-12-20 00:00:00.000", "12/20/2025 12:00:00 AM", " 2025-12-20\n",
    ],
)  # fmt: skip
def test_an_offer_ends_with_its_last_day(written: str) -> None:
    assert end(written) == datetime(2025, 12, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("December 2025", datetime(2026, 1, 1, tzinfo=UTC)),
        ("Feb 2024", datetime(2024, 3, 1, tzinfo=UTC)),
        ("2025-12-20T10:00:00Z", datetime(2025, 12, 20, 10, tzinfo=UTC)),
        ("2025-12-20T00:00:00Z", datetime(2025, 12, 20, tzinfo=UTC)),
        ("2025-12-20T23:59:59-05:00", datetime(2025, 12, 21, 4, 59, 59, tzinfo=UTC)),
        ("12/20/2025 5:00 PM", datetime(2025, 12, 20, 17, tzinfo=UTC)),
        ("20.12.2025 14:00", datetime(2025, 12, 20, 14, tzinfo=UTC)),
        ("20 December 2025 1 am", datetime(2025, 12, 20, 1, tzinfo=UTC)),
        (1_767_225_600, datetime(2026, 1, 1, tzinfo=UTC)),
        ("soon", None),
        ("12:30 2026", None),
    ],
)
def test_an_offer_ends_with_its_month_or_at_its_time(written: object, meant: datetime | None) -> None:
    assert end(written) == meant
