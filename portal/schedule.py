"""Job → when, in São Paulo time: the month on one page.

Mails are not here: they leave as soon as their transaction commits.
"""

from portal.shared import jobs
from portal.shared.jobs import daily

TIMETABLE = ((jobs.forget_old_work, daily("03:30")),)
