"""Where to run each service for the least money: an exact placement by mixed-integer programming (section 12).

Symbols. Services s, regions r with provider p(r), options o (instance kinds), calls e = (a, b).
x[s,r,o] ∈ {0,1}: service s runs in region r on option o; y[s,r] = Σ_o x[s,r,o]; w[p] ∈ {0,1}: provider p is used;
z[e,r1,r2] ≥ 0: share of the calls e that go from region r1 to region r2.

    min  Σ cost·x + Σ volume_e·price[r1,r2]·z + Σ fixed_p·w
    s.t. Σ_r y[s,r] = k_s                                        as many regions as asked for
         Σ_r2 z[e,r1,r2] = y[a,r1]/k_a, Σ_r1 z = y[b,r2]/k_b      flow linearization: tight for call trees
         y[s,r] ≤ w[p(r)], Σ_p w ≤ P                              providers
         Σ_e calls·rtt·z + entry rtt ≤ limit                      per user flow
         y[s,r] = 0 where not allowed (residency), Σ n·x ≤ quota_r, Σ carbon·x ≤ cap

The linearization is that of SkyPilot's optimizer (Yang et al. 2023). When nothing satisfies all, the constraints get
slack at a large price, and the result names the smallest relaxation. Every plan is costed again by plain arithmetic and
tried against moving single services before it is returned.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.studies.placement_descent import descent
from models.studies.placement_problem import Floats, Placement, PlacementProblem, placement_cost
from models.words import Number, Text


class _Rows:
    """Collects sparse constraint rows with lower and upper bounds; a soft row may be broken at a price."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, int, float]] = []
        self.low: list[float] = []
        self.high: list[float] = []
        self.soft: dict[int, str] = {}

    def add(
        self, terms: Iterator[tuple[int, float]] | Sequence[tuple[int, float]], low: float, high: float, soft: str = ""
    ) -> None:
        """Add low ≤ Σ coefficient · variable ≤ high; `soft` is the sentence used when the row has to give."""
        row = len(self.low)
        self.entries.extend((row, variable, coefficient) for variable, coefficient in terms if coefficient != 0.0)
        self.low.append(low)
        self.high.append(high)
        if soft:
            self.soft[row] = soft


class _Model:
    """The mixed-integer program of one problem."""

    def __init__(self, problem: PlacementProblem) -> None:
        self.problem = problem
        self.services, self.regions, self.options = problem.cost.shape
        self.x_count = problem.cost.size
        self.providers = int(problem.provider.max()) + 1
        self.w_start = self.x_count
        self.z_start = self.w_start + self.providers
        self.width = self.z_start + len(problem.calls) * self.regions * self.regions
        self.copies = np.ones(self.services, np.int64) if problem.copies is None else problem.copies
        self.rows = _Rows()
        for build in (self._assign, self._providers, self._calls, self._latency, self._residency, self._caps):
            build()

    def _x(self, service: int, region: int) -> list[int]:
        start = (service * self.regions + region) * self.options
        return list(range(start, start + self.options))

    def _y(self, service: int, region: int, factor: float = 1.0) -> list[tuple[int, float]]:
        return [(variable, factor) for variable in self._x(service, region)]

    def _z(self, call: int, first: int, second: int) -> int:
        return int(self.z_start + (call * self.regions + first) * self.regions + second)

    def _assign(self) -> None:
        for service in range(self.services):
            count = float(self.copies[service])
            every = [term for region in range(self.regions) for term in self._y(service, region)]
            self.rows.add(every, count, count)
            for region in range(self.regions):
                self.rows.add(self._y(service, region), 0.0, 1.0)

    def _providers(self) -> None:
        problem = self.problem
        if problem.max_providers is None and problem.provider_fixed is None:
            return
        for service in range(self.services):
            for region in range(self.regions):
                used = self.w_start + int(problem.provider[region])
                self.rows.add([*self._y(service, region), (used, -1.0)], -np.inf, 0.0)
        if problem.max_providers is not None:
            every = [(self.w_start + index, 1.0) for index in range(self.providers)]
            most = problem.max_providers
            sentence = Text("More than the {most} allowed providers are needed", most=most)
            self.rows.add(every, 0.0, float(most), sentence)

    def _calls(self) -> None:
        for call, (caller, callee) in enumerate(self.problem.calls):
            for region in range(self.regions):
                leaving = [(self._z(call, region, other), 1.0) for other in range(self.regions)]
                arriving = [(self._z(call, other, region), 1.0) for other in range(self.regions)]
                self.rows.add(leaving + self._y(caller, region, -1.0 / self.copies[caller]), 0.0, 0.0)
                self.rows.add(arriving + self._y(callee, region, -1.0 / self.copies[callee]), 0.0, 0.0)

    def _latency(self) -> None:
        rtt = self.problem.rtt
        for limit in self.problem.limits:
            terms = []
            if rtt is not None:
                pairs = [(a, b) for a in range(self.regions) for b in range(self.regions)]
                terms = [
                    (self._z(call, a, b), times * float(rtt[a, b])) for call, times in limit.calls for a, b in pairs
                ]
            if limit.entry_service is not None:
                share = 1.0 / float(self.copies[limit.entry_service])
                for region, time in enumerate(limit.entry_rtt):
                    terms += self._y(limit.entry_service, region, time * share)
            args = {"name": limit.name, "limit": Number(f"{limit.limit:g}")}
            sentence = Text("{name}: the network time of {limit} s is exceeded", **args)
            self.rows.add(terms, -np.inf, limit.limit, sentence)

    def _residency(self) -> None:
        allowed = self.problem.allowed
        if allowed is None:
            return
        for service, region in zip(*np.nonzero(~allowed), strict=True):
            sentence = Text(
                "Service {service} has to run in region {region}, where its data may not be",
                service=service,
                region=region,
            )
            self.rows.add(self._y(int(service), int(region)), 0.0, 0.0, sentence)

    def _caps(self) -> None:
        problem = self.problem
        if problem.quota is not None and problem.units is not None:
            for region, quota in enumerate(problem.quota):
                if np.isfinite(quota):
                    terms = [
                        (variable, float(problem.units[service, option]))
                        for service in range(self.services)
                        for option, variable in enumerate(self._x(service, region))
                    ]
                    args = {"region": region, "quota": Number(f"{quota:g}")}
                    sentence = Text("Region {region}: the quota of {quota} is exceeded", **args)
                    self.rows.add(terms, 0.0, float(quota), sentence)
        if problem.carbon is not None and problem.carbon_cap is not None:
            cap = problem.carbon_cap
            terms = list(enumerate(problem.carbon.ravel().tolist()))
            self.rows.add(terms, -np.inf, cap, Text("The carbon cap of {cap} is exceeded", cap=Number(f"{cap:g}")))

    def objective(self) -> Floats:
        """Return the price of every variable; options that are not sold are excluded by their bound."""
        problem = self.problem
        price = np.zeros(self.width)
        price[: self.x_count] = np.where(np.isfinite(problem.cost), problem.cost, 0.0).ravel()
        if problem.provider_fixed is not None:
            price[self.w_start : self.z_start] = problem.provider_fixed
        if len(problem.calls):
            price[self.z_start :] = problem.traffic().ravel()
        return price

    def solve(
        self, elastic: bool, time_limit: float | None, gap: float, presolve: bool = True
    ) -> tuple[Any, list[str]]:
        """Run the solver; return its result and the sentences of broken soft rows."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import coo_array

        rows, soft = self.rows, list(self.rows.soft) if elastic else []
        price = self.objective()
        scale = 1e3 * max(1.0, float(np.abs(price).sum()))
        entries = rows.entries + [(row, self.width + index, -1.0) for index, row in enumerate(soft)]
        spans = [max(1.0, abs(rows.high[row])) for row in soft]
        upper = np.ones(self.width + len(soft))
        upper[: self.x_count][~np.isfinite(self.problem.cost).ravel()] = 0.0
        upper[self.width :] = np.inf
        integral = np.zeros(self.width + len(soft))
        integral[: self.z_start] = 1
        index = np.array([(row, column) for row, column, _ in entries]).T
        matrix = coo_array(
            ([value for _, _, value in entries], (index[0], index[1])), shape=(len(rows.low), self.width + len(soft))
        )
        options: dict[str, Any] = {"mip_rel_gap": gap, "presolve": presolve}
        if time_limit is not None:
            options["time_limit"] = time_limit
        result = milp(
            np.concatenate((price, [scale / span for span in spans])),
            integrality=integral,
            bounds=Bounds(0.0, upper),
            constraints=LinearConstraint(matrix.tocsr(), rows.low, rows.high),
            options=options,
        )
        if result.x is None:
            return result, []
        slack = result.x[self.width :]
        broken: list[str] = [
            Text("{broken} (by {amount}).", broken=rows.soft[row], amount=Number(f"{slack[i]:.3g}"))
            for i, row in enumerate(soft)
            if slack[i] > 1e-6 * spans[i]
        ]
        return result, broken

    def chosen(self, solution: Floats) -> tuple[tuple[int, int, int], ...]:
        """Return the (service, region, option) triples of a solution."""
        flags = solution[: self.x_count].reshape(self.problem.cost.shape) > 0.5
        return tuple((int(s), int(r), int(o)) for s, r, o in zip(*np.nonzero(flags), strict=True))


def optimal_placement(
    problem: PlacementProblem, time_limit: float | None = None, gap: float = 1e-6, presolve: bool = True
) -> Placement:
    """Return the cheapest placement.

    Stops at the relative `gap`; `time_limit` in seconds only cancels (the plan found so far comes back with its gap;
    where the solver has none yet, one by descent).

    Raises:
        ValueError: when a service cannot run anywhere, or no plan was found in time.
    """
    nowhere = np.flatnonzero(~np.isfinite(problem.cost).any(axis=(1, 2)))
    if nowhere.size:
        raise ValueError(
            Text("Service {service} has no price in any region; add an offering or a region.", service=int(nowhere[0]))
        )
    reduced, kept = _cheapest_options(problem)
    model = _Model(reduced)
    result, broken = model.solve(False, time_limit, gap, presolve)
    if result.status == 2:
        result, broken = model.solve(True, time_limit, gap, presolve)
    if result.x is None:
        return _by_descent(reduced, kept, result.mip_dual_bound)
    chosen = tuple((s, r, int(kept[s, r, o])) for s, r, o in model.chosen(result.x))
    cost = placement_cost(problem, chosen)
    if result.status == 0 and presolve and not broken and _improvable(problem, chosen, cost):
        return optimal_placement(problem, time_limit, gap, presolve=False)
    gap = float(result.mip_gap or 0.0)
    return Placement(chosen, cost, min(gap, _gap(problem, cost, 0.0)) if gap > 0.0 else gap, tuple(broken))


def _by_descent(problem: PlacementProblem, kept: NDArray[np.int64], bound: float | None) -> Placement:
    """Return a plan that single moves do not improve, with its gap to what the solver proved so far."""
    found = descent(problem)
    if found is None:
        raise ValueError(Text("No plan was found in the time given; allow more time or fewer regions."))
    cost = placement_cost(problem, found)
    chosen = tuple((s, r, int(kept[s, r, o])) for s, r, o in found)
    return Placement(chosen, cost, _gap(problem, cost, bound or 0.0))


def _gap(problem: PlacementProblem, cost: float, bound: float) -> float:
    """Return how far a cost may be from the best, as a fraction; services at their cheapest bound it."""
    copies = 1 if problem.copies is None else problem.copies
    least = float((np.min(problem.cost, axis=(1, 2)) * copies).sum())
    return max(cost - max(least, bound if np.isfinite(bound) else 0.0), 0.0) / max(cost, 1e-9)


def _cheapest_options(problem: PlacementProblem) -> tuple[PlacementProblem, NDArray[np.int64]]:
    """Keep the cheapest option per service and region where no quota or carbon cap looks at options (exact)."""
    if problem.quota is not None or problem.carbon_cap is not None:
        return problem, np.broadcast_to(np.arange(problem.cost.shape[2]), problem.cost.shape)
    best = np.argmin(problem.cost, axis=2)[:, :, None]
    return problem._replace(cost=np.take_along_axis(problem.cost, best, axis=2), units=None, carbon=None), best


def _improvable(problem: PlacementProblem, chosen: Sequence[tuple[int, int, int]], cost: float) -> bool:
    """Return whether moving one service makes an unconstrained plan cheaper, which an optimum does not allow.

    Problems with coupling constraints are not checked: a cheaper neighbor may break them.
    """
    coupled = problem.limits or problem.quota is not None or problem.carbon_cap is not None
    if coupled or problem.max_providers is not None or (problem.copies is not None and np.any(problem.copies > 1)):
        return False
    for index, (service, _, _) in enumerate(chosen):
        for region in range(problem.cost.shape[1]):
            option = int(np.argmin(problem.cost[service, region]))
            if problem.allowed is not None and not problem.allowed[service, region]:
                continue
            moved = [*chosen[:index], (service, region, option), *chosen[index + 1 :]]
            if placement_cost(problem, moved) < cost * (1.0 - 1e-6) - 1e-9:
                return True
    return False
