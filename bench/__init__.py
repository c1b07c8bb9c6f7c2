"""Speed, measured here, as ratios in one run: ``make bench``, or ``python -m bench [PART...]``.

=========  ========================================================================================
part       what it measures
=========  ========================================================================================
clients    events a second over loopback TCP: our AMI edge, panoramisk, two peers, splitting the
           bytes and nothing else, and the whole service until every call is in its database
delay      from an event's bytes on the PBX's socket to the card's bytes in each agent's stream
pages      the same at a quarter of the pace, with some real pages in Chromium among the agents, up
           to the painting of the card there
memory     what a call in progress takes, and what is free again when it is over
filters    what the filters of the rendered manager account save
slow       what is lost when the consumer stops for 3 s in front of a PBX that goes on
history    a million lines of queue_log imported, again, and beside a service, and their calls
           counted afterwards, on SQLite and on PostgreSQL: see ``bench/history.py``
year       calls counted into figures a second, and each page of figures over HTTP, at 10,000 calls
           a day for a month, a year and three, on SQLite and on PostgreSQL: see ``bench/year``
=========  ========================================================================================

Without a part, all of them but the history, which takes minutes, and the year, which takes an hour
and some 30 GB. What is played are the recordings of real Asterisks that the tests keep, each as a
call of its own.

================  =======  =========================================================================
variable          default  what
================  =======  =========================================================================
``BENCH_RUNS``    5        runs of each client, one after another in turns; the median counts
``BENCH_EVENTS``  100000   events in such a run
``BENCH_CALLS``   400      calls of the delay, 20 a second
``BENCH_PAGES``   3        agents of the 50 who sit at real pages
``BENCH_PAGE_CALLS``
                  300      calls for them, 5 a second
``BENCH_UP``      2000     calls in progress, once and twice
``BENCH_LINES``   1000000  lines of queue_log
``BENCH_MONTHS``  1,12,36  sizes of the year, from small to large
``BENCH_ENGINES``          ``sqlite,postgresql``; PostgreSQL is started from the machine's binaries
================  =======  =========================================================================

The database is a file in ``TMPDIR``: on a disk, or the commits cost nothing.
"""
