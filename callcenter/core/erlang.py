"""How long callers wait for so many agents: Erlang B, Erlang C and Erlang A.

All three suppose that calls come at random at a steady rate and that handling times are
exponential. Under Erlang B whoever finds every agent busy is lost, under Erlang C they wait as long
as it takes, under Erlang A (M/M/n+M) until their patience, exponential too, is over.

Erlang B is worked out by its recursion in the number of agents, never by factorials, so that a
thousand agents are no trouble. Erlang C follows from it. Erlang A is that of C. Palm (1957) as
Garnett, Mandelbaum and Reiman give it ("Designing a Call Center with Impatient Customers", 2002),
worked out from the number of callers who wait: n agents with j callers waiting become free or are
given up at the rate n/AHT + j/patience.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

NEGLIGIBLE: Final = 1e-17
"""Of a sum of probabilities: less than a float tells apart."""

ROUNDING: Final = 1e-12
"""By how much what is worked out may be off."""

HUGE: Final = 1e200
"""Where sums are scaled down, long before a float overflows."""

GONE: Final = 45.0
"""e to the minus this is negligible."""

PANELS: Final = 24
"""Parts into which a time is cut to integrate over it."""

GAUSS: Final = (
    (0.1834346424956498, 0.3626837833783620),
    (0.5255324099163290, 0.3137066458778873),
    (0.7966664774136267, 0.2223810344533745),
    (0.9602898564975363, 0.1012285362903763),
)
"""Gauss-Legendre: half of its 8 places between -1 and 1, with the weight of each."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What calls ask for: so many a second, each taking so long (AHT). Neither is negative."""

    calls_per_s: float
    aht_s: float

    @property
    def load(self) -> float:
        """In erlangs: how many agents would be busy if nobody ever waited."""
        return self.calls_per_s * self.aht_s


@dataclass(frozen=True, slots=True)
class Target:
    """The share of all callers to be answered within so long, and at most how busy agents may be
    for it. Who gives up is not answered. Raises ValueError for what nothing meets."""

    share: float
    within_s: float
    occupancy_max: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise ValueError("a share must be more than 0 and less than 1")
        if not 0 < self.occupancy_max <= 1:
            raise ValueError("agents must be busy for more than 0 and at most all of their time")

    def is_met(self, outlook: "Outlook") -> bool:
        """Whether this is good enough."""
        is_quick = outlook.service_level >= self.share
        return is_quick and outlook.occupancy <= self.occupancy_max + ROUNDING


@dataclass(frozen=True, slots=True)
class Outlook:
    """What so many agents mean for callers. Shares are from 0 to 1, of all callers.

    ``asa_s`` is the average wait of those who are answered; infinite where nobody ever is, or where
    the queue grows without end. ``occupancy`` is the share of the agents' time with calls.
    """

    agents: int
    waiting: float
    abandoned: float
    asa_s: float
    service_level: float
    occupancy: float


Model: TypeAlias = Callable[[Demand, int, float], Outlook]
"""What a demand, a number of agents and the seconds of the service level come to."""


def blocked(load: float, agents: int) -> float:
    """Erlang B: the share of callers who find every agent busy where nobody can wait."""
    share = 1.0
    for number in range(1, agents + 1):
        share = load * share / (number + load * share)
    return share


def patient(demand: Demand, agents: int, within_s: float) -> Outlook:
    """Erlang C: of callers who wait as long as it takes."""
    load = demand.load
    if load <= 0:
        return _idle(agents)
    if agents <= load:
        return Outlook(agents, 1.0, 0.0, math.inf, 0.0, 1.0)
    lost = blocked(load, agents)
    waiting = agents * lost / (agents - load * (1 - lost))
    spare = (agents - load) / demand.aht_s  # the rate at which a queue empties
    late = waiting * math.exp(-spare * within_s)
    return Outlook(agents, waiting, 0.0, waiting / spare, 1 - late, load / agents)


def impatient(patience_s: float) -> Model:
    """Erlang A: of callers who give up after so long on average, more than 0 s."""

    def model(demand: Demand, agents: int, within_s: float) -> Outlook:
        if demand.load <= 0:
            return _idle(agents)
        if math.isinf(patience_s):
            return patient(demand, agents, within_s)
        return _impatient(demand, agents, within_s, 1 / patience_s)

    return model


def needed(model: Model, demand: Demand, target: Target, *, begin: int = 1) -> int:
    """The fewest agents who meet the target; 0 where there are no calls.

    It is looked for from ``begin``, or from as many as the load has work for: a number close by
    saves time.
    """
    if demand.load <= 0:
        return 0

    def is_met(agents: int) -> bool:
        return target.is_met(model(demand, agents, target.within_s))

    agents = max(begin, math.ceil(demand.load))
    while not is_met(agents):
        agents += 1
    while agents > 1 and is_met(agents - 1):
        agents -= 1
    return agents


def _idle(agents: int) -> Outlook:
    return Outlook(agents, 0.0, 0.0, 0.0, 1.0, 0.0)


def _impatient(demand: Demand, agents: int, within_s: float, giving_up: float) -> Outlook:
    rate, answering = demand.calls_per_s, agents / demand.aht_s
    lost = blocked(demand.load, agents)
    if lost <= 0:  # so few find everybody busy that no float tells
        return Outlook(agents, 0.0, 0.0, 0.0, 1.0, demand.load / agents)
    queue = _queue(rate, answering, giving_up, below=1 / lost - 1)
    abandoned = giving_up * queue.length / rate
    soon = queue.answered_within(within_s)
    answered = 1 - abandoned
    return Outlook(
        agents,
        waiting=queue.waiting,
        abandoned=abandoned,
        asa_s=queue.waited / answered if answering and answered > 0 else math.inf,
        service_level=min(1.0, 1 - queue.waiting + soon),
        occupancy=min(1.0, demand.load * answered / agents) if agents else 1.0,
    )


@dataclass(frozen=True, slots=True)
class _Queue:
    """Callers before agents who become free at the rate ``answering`` while all are busy.

    ``full`` is the logarithm of the probability that all are busy and nobody waits. ``length`` is
    how many wait on average, ``waited`` the mean over all callers of the seconds that an answered
    one waited.
    """

    rate: float
    answering: float
    giving_up: float
    full: float
    waiting: float
    length: float
    waited: float

    def answered_within(self, seconds: float) -> float:
        """The share of callers who wait, no longer than this, and are answered.

        Whoever never gave up would wait for t with the density
        full * answering * exp(rate * (1 - exp(-giving_up * t)) / giving_up - answering * t), and is
        still there then with the probability exp(-giving_up * t).
        """
        if not self.answering:
            return 0.0
        constant = self.full + math.log(self.answering)
        leaving = self.answering + self.giving_up

        def logarithm(t: float) -> float:
            arrived = -math.expm1(-self.giving_up * t) / self.giving_up
            return constant + self.rate * arrived - leaving * t

        top = max(0.0, math.log(self.rate / leaving) / self.giving_up)
        return _integral(logarithm, min(top, seconds), seconds)


def _queue(rate: float, answering: float, giving_up: float, *, below: float) -> _Queue:
    """Sum over the callers who may wait. ``below`` is how much likelier it is that an agent is free
    than that all are busy and nobody waits, whose weight is 1."""
    first = weight = total = 1.0
    length = waited = pause = 0.0
    scale = 0.0
    number = 0
    while True:
        leaving = answering + (number + 1) * giving_up
        pause += 1 / leaving
        waited += weight * answering / leaving * pause
        ratio = rate / leaving
        weight *= ratio
        number += 1
        total += weight
        length += number * weight
        if ratio < 1 and number * weight < NEGLIGIBLE * (1 - ratio) * length:
            break
        if weight > HUGE:
            first, weight, total = first / HUGE, weight / HUGE, total / HUGE
            length, waited, below = length / HUGE, waited / HUGE, below / HUGE
            scale += math.log(HUGE)
    every = below + total
    return _Queue(
        rate,
        answering,
        giving_up,
        full=-scale - math.log(every),
        waiting=total / every,
        length=length / every,
        waited=waited / every,
    )


def _integral(logarithm: Callable[[float], float], top: float, until: float) -> float:
    """From 0 to ``until`` of what has this logarithm, which rises up to ``top`` and then falls."""
    floor = logarithm(top) - GONE
    begin = _edge(logarithm, top, 0.0, floor)
    end = _edge(logarithm, top, until, floor)
    half = (end - begin) / PANELS / 2
    found = 0.0
    for panel in range(PANELS):
        middle = begin + (2 * panel + 1) * half
        for place, weight in GAUSS:
            for side in (middle - place * half, middle + place * half):
                found += weight * math.exp(logarithm(side))
    return found * half


def _edge(logarithm: Callable[[float], float], top: float, far: float, floor: float) -> float:
    """A place between ``top`` and ``far`` beyond which there is nothing that counts."""
    if logarithm(far) >= floor:
        return far
    near = top
    for _ in range(60):
        middle = (near + far) / 2
        if logarithm(middle) < floor:
            far = middle
            if abs(far - top) <= 2 * abs(near - top):
                break
        else:
            near = middle
    return far
