"""Years of calls: how fast they are counted, and how long each page of figures takes to come.

Four weeks of calls are drawn (``calls.py``) and written, and the service's own job counts them.
For more than that they are laid before themselves as often as it takes (``laying.py``): every call
once more, four weeks earlier, with its figures. Whole weeks keep the weekdays, and what a page
costs depends on how many rows there are, not on what stands in them.
"""
