"""Makes runs.json: 20 runs of each of ten schedules, as dateutil finds them. `python3 test/support/dates/make.py`, with python-dateutil 2.9."""

import json
import pathlib
from datetime import datetime, timezone

from dateutil import rrule, tz
from dateutil.rrule import DAILY, FR, MO, MONTHLY, TH, TU, WE, WEEKLY, YEARLY


def case(zone, ours, freq, start, **rule):
    there = tz.gettz(zone)
    times = []
    for local in rrule.rrule(freq, dtstart=start, **rule):
        time = local.replace(tzinfo=there, fold=1)
        # What the clocks leave out has no run.
        if tz.datetime_exists(time):
            times.append(time.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
        if len(times) == 20:
            break
    return {"timeZone": zone, **ours, "startAt": start.strftime("%Y-%m-%dT%H:%M"), "runs": times}


first = datetime(2027, 1, 1, 0, 0)
cases = [
    case("Europe/Berlin", {"calendar": {"weekdays": ["monday"], "at": ["09:00"]}}, WEEKLY, first, byweekday=MO, byhour=9, byminute=0, bysecond=0),
    case("Europe/Berlin", {"calendar": {"weekdays": ["monday"], "everyWeeks": 2, "at": ["09:00"]}}, WEEKLY, datetime(2027, 3, 1), interval=2, byweekday=MO, byhour=9, byminute=0, bysecond=0),
    case("America/New_York", {"calendar": {"weekdays": ["tuesday", "thursday"], "everyWeeks": 3, "at": ["08:15"]}}, WEEKLY, datetime(2027, 2, 2), interval=3, byweekday=(TU, TH), byhour=8, byminute=15, bysecond=0),
    case("America/New_York", {"calendar": {"weekdays": ["friday"], "week": "last", "at": ["16:00"]}}, MONTHLY, first, byweekday=FR(-1), byhour=16, byminute=0, bysecond=0),
    case("Europe/London", {"calendar": {"daysOfMonth": [31], "at": ["12:00"]}}, MONTHLY, first, bymonthday=31, byhour=12, byminute=0, bysecond=0),
    case("Europe/London", {"calendar": {"daysOfMonth": ["last"], "at": ["23:30"]}}, MONTHLY, first, bymonthday=-1, byhour=23, byminute=30, bysecond=0),
    case("Asia/Kathmandu", {"calendar": {"daysOfMonth": [29], "months": [2], "at": ["07:00"]}}, YEARLY, first, bymonth=2, bymonthday=29, byhour=7, byminute=0, bysecond=0, until=datetime(2100, 12, 31)),
    case("Australia/Sydney", {"calendar": {"weekdays": ["wednesday"], "week": "second", "months": [1, 4, 7, 10], "at": ["10:00"]}}, MONTHLY, first, bymonth=(1, 4, 7, 10), byweekday=WE(2), byhour=10, byminute=0, bysecond=0),
    case("Europe/Berlin", {"cron": "30 2 * 3 *"}, DAILY, datetime(2027, 3, 20), bymonth=3, byhour=2, byminute=30, bysecond=0),
    case("Europe/Berlin", {"cron": "15 9-17/4 * * 1-5"}, DAILY, datetime(2027, 10, 25), byweekday=range(5), byhour=(9, 13, 17), byminute=15, bysecond=0),
    case("Australia/Lord_Howe", {"cron": "45 1 * * *"}, DAILY, datetime(2027, 3, 30), byhour=1, byminute=45, bysecond=0),
]
pathlib.Path(__file__).with_name("runs.json").write_text(json.dumps(cases, indent=2) + "\n")
print([len(one["runs"]) for one in cases], sum(len(one["runs"]) for one in cases))
