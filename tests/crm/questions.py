"""The questions that the CRM files can answer, and the answers: every figure by the table of the document (src/openapi/measures.md), from plain orders.

A question is `ask`, what follows `/api/v1/analytics/`; `has`, what the answer holds; and `tables`, by the place of a list in the answer the rows that it
holds in any order: `is` tells which row is meant, `has` what it says, `rest` what all others say (without it there are none). `listed`: each count is
also the length of the list that the row names.

What the files cannot give, and is therefore not asked: how long orders stayed in a stage, in a status or in review (nobody wrote down when they came
there), what was pushed or returned, targets, exchange rates, and what a series foretells (an estimate: the backtest measures it).
"""
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal

from arithmetic import days, half_away, median, money, nearest_rank, of_window, period, periods, rate, shifted, window_before, within, worth
from people_and_customers import churn, customers, people

CLOSED = ("won", "lost")
# Dimensions of which the files say nothing: all orders are in the group without a key.
EMPTY = ("source", "intent_level", "value_tier", "reason", "tag")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
QUARTER = (date(2017, 7, 1), date(2017, 10, 1))
AUTUMN = (date(2017, 10, 1), date(2018, 1, 1))
EVER = (date(2016, 10, 1), date(2018, 1, 1))


def question(name, parameters=None, has=None, tables=None, listed=False):
    text = "&".join(f"{key}={value}" for key, value in (parameters or {}).items())
    return {"ask": f"{name}?{text}" if text else name, "has": has or {}, "tables": tables or {}, "listed": listed}


def key_of(order, dimension, basis):
    """What tells the group of an order: a label where the key is an id, else the key."""
    day = order.closed if basis == "closed" else order.entered
    if dimension in EMPTY:
        return ("key", None)
    if dimension == "weekday":
        return ("key", WEEKDAYS[day.weekday()])
    if dimension in ("month", "quarter", "year"):
        return ("key", period(dimension, day))
    return ("key" if dimension in ("status", "stage") else "label", getattr(order, dimension))


def group(dimensions, keys):
    return {"group": {dimension: {form: value} for dimension, (form, value) in zip(dimensions, keys)}}


def grouped(orders, dimensions, basis="closed"):
    groups = defaultdict(list)
    for order in orders:
        groups[tuple(key_of(order, dimension, basis) for dimension in dimensions)].append(order)
    return groups


def conversion(orders, basis):
    ended = Counter(order.status for order in orders)
    won, lost = ended["won"], ended["lost"]
    return {
        "orders": len(orders),
        "won": won,
        "lost": lost,
        "cancelled": 0,
        "expired": 0,
        "open": None if basis == "closed" else ended["pending"],
        "win_rate": rate(won, won + lost),
        "conversion_rate": rate(won, len(orders)),
    }


def revenue(orders, total):
    amount = worth(orders)
    return {"won_amount": money(amount), "orders": len(orders), "average_amount": money(amount / len(orders) if orders else 0), "share": rate(amount, total)}


def changes(name, now, then, orders, orders_then):
    """What became more or less."""
    if name == "revenue":
        amount, before = worth(orders), worth(orders_then)
        return {"won_amount": money(amount - before), "orders": len(orders) - len(orders_then), "rate": rate(amount - before, before)}
    less = {measure: now[measure] - then[measure] for measure in ("orders", "won", "lost")}
    for measure in ("win_rate", "conversion_rate"):
        known = now[measure] is not None and then[measure] is not None
        less[measure] = float(half_away(now[measure] - then[measure], 6)) if known else None
    return less


def counted(orders, name, dimensions=(), basis="closed", window=None, compare=None, top=None, only=None, listed=False):
    """Conversion or revenue, `only` of the orders of which a filter holds: the parameter, and the same as a function."""
    statuses = ("won",) if name == "revenue" else CLOSED if basis == "closed" else (*CLOSED, "pending")

    def chosen(window):
        return [
            order
            for order in orders
            if order.status in statuses
            and within(order.closed if basis == "closed" else order.entered, window)
            and (only is None or only[1](order))
        ]

    now = grouped(chosen(window), dimensions, basis)
    if top:
        sizes = {key: worth(rows) if name == "revenue" else len(rows) for (key, *_), rows in grouped(chosen(window), dimensions[:1], basis).items()}
        first = sorted(sizes, key=sizes.get, reverse=True)
        # So many, or a few more where those at the edge are alike: who is among the first is to be clear.
        top = next(n for n in range(top, len(first)) if sizes[first[n - 1]] > sizes[first[n]])
        folded = defaultdict(list)
        for (key, *others), rows in now.items():
            folded[(key if key in first[:top] else ("key", "rest"), *others)].extend(rows)
        now = folded
    then = {}
    if compare:
        earlier = window_before(window, compare)
        names = {(d, was): is_now for d in dimensions for was, is_now in zip(periods(d, earlier), periods(d, window))}
        for keys, rows in grouped(chosen(earlier), dimensions, basis).items():
            then[tuple((form, names.get((d, value), value)) for d, (form, value) in zip(dimensions, keys))] = rows
    total, total_then = worth(sum(now.values(), [])), worth(sum(then.values(), []))

    def measures(rows, total):
        return revenue(rows, total) if name == "revenue" else conversion(rows, basis)

    table = []
    for keys in {**now, **then}:
        rows, rows_then = now.get(keys, []), then.get(keys, [])
        row = {"is": group(dimensions, keys), "has": measures(rows, total)}
        if name == "revenue":
            row["is"]["currency"] = "USD"
            row["has"]["unconverted"] = []
        if compare:
            previous = measures(rows_then, total_then)
            row["has"] |= {"previous": previous, "change": changes(name, row["has"], previous, rows, rows_then)}
        table.append(row)
    parameters = {"group_by": ",".join(dimensions)} if dimensions else {}
    parameters |= of_window(window)
    for key, value in (("basis", basis if basis != "closed" else None), ("compare", compare), ("top", top)):
        if value:
            parameters[key] = value
    if only:
        key, _, value = only[0].partition("=")
        parameters[key] = value
    return question(name, parameters, tables={"/data": {"rows": table}}, listed=listed)


STEPS = ("entered", "submitted", "approved", "stage:intent", "stage:negotiation", "stage:contract", "won")


def passed(order):
    """The steps that an order entered, and when. Under way from the beginning, it was submitted when it was entered; a closed one is known in its stage
    on the day of its closing alone."""
    last = order.closed or order.entered
    steps = {"entered": order.entered, "submitted": order.entered, "approved": last, f"stage:{order.stage}": last}
    return steps | ({"won": order.closed} if order.status == "won" else {})


def funnel(orders, dimensions=(), mode="cohort", window=None, listed=False):
    table = []
    for keys, rows in grouped(orders, dimensions).items():
        if mode == "cohort":
            rows = [order for order in rows if within(order.entered, window)]
        ways = [(order, passed(order)) for order in rows]
        for step in STEPS:
            there = [(order, way) for order, way in ways if step in way and (mode == "cohort" or within(way[step], window))]
            on = sum(any(STEPS.index(later) > STEPS.index(step) for later in way) for _, way in there)
            lost = sum(order.status == "lost" and max(way, key=STEPS.index) == step for order, way in there)
            has = {"orders": len(there), "moved_on": on, "lost": lost, "cancelled": 0, "expired": 0, "remaining": len(there) - on - lost}
            has |= {"returned": 0 if step == "submitted" else None, "moved_on_rate": rate(on, len(there))}
            has["share"] = rate(len(there), len(rows)) if mode == "cohort" else None
            table.append({"is": group(dimensions, keys) | {"step": {"key": step}}, "has": has})
    parameters = ({"group_by": ",".join(dimensions)} if dimensions else {}) | of_window(window) | ({"mode": mode} if mode != "cohort" else {})
    return question("funnel", parameters, tables={"/data": {"rows": table}}, listed=listed)


def time(orders, dimensions=(), basis="closed", window=None):
    """Days from entry to won, as seconds; no other stay has both its ends in the files."""
    won = [order for order in orders if order.status == "won" and within(order.closed if basis == "closed" else order.entered, window)]
    table = []
    for keys, rows in grouped(won, dimensions, basis).items():
        seconds = [days(order.entered, order.closed) * 86_400 for order in rows]
        has = {"count": len(rows), "orders": len(rows), "median_seconds": median(seconds), "p90_seconds": nearest_rank(seconds, 9, 10)}
        has["mean_seconds"] = int(half_away(sum(seconds) / len(seconds), 0))
        table.append({"is": group(dimensions, keys) | {"measure": "entry_to_won", "state": {"key": None}}, "has": has})
    parameters = ({"group_by": ",".join(dimensions)} if dimensions else {}) | of_window(window) | ({"basis": basis} if basis != "closed" else {})
    return question("time", parameters, tables={"/data": {"rows": table}})


def reasons(orders, dimensions=()):
    """The files give no reason: all losses have none, and nothing was cancelled."""
    lost = [order for order in orders if order.status == "lost"]
    table = []
    for keys, rows in grouped(lost, dimensions).items():
        which = {"outcome": "lost", "reason": {"key": None}, "currency": "USD"}
        has = {"orders": len(rows), "amount": money(worth(rows)), "order_share": rate(len(rows), len(lost)), "amount_share": rate(worth(rows), worth(lost))}
        table.append({"is": group(dimensions, keys) | which, "has": has})
    return question("reasons", {"group_by": ",".join(dimensions)} if dimensions else {}, tables={"/data": {"rows": table}}, listed=True)


def delays(orders, dimensions=()):
    """The files know no expected day: nothing was pushed."""
    closed = grouped([order for order in orders if order.status in CLOSED], dimensions)
    table = [{"is": group(dimensions, keys), "has": {"orders": len(rows), "pushed": 0, "pushes": 0, "unexplained": 0}} for keys, rows in closed.items()]
    return question("delays", {"group_by": ",".join(dimensions)} if dimensions else {}, has={"data": []}, tables={"/pushed": {"rows": table}}, listed=True)


def sources(orders, window=None):
    """The files know no source."""
    closed = [order for order in orders if order.status in CLOSED and within(order.closed, window)]
    won = [order for order in closed if order.status == "won"]
    has = conversion(closed, "closed") | {"revenue": [{"currency": "USD"} | revenue(won, worth(won))]}
    return question("sources", of_window(window), tables={"/data": {"rows": [{"is": {"source": {"key": None}}, "has": has}]}}, listed=True)


# What the program is set up with: the probability of each stage, in their order.
CHANCES = {"intent": Decimal("0.2"), "negotiation": Decimal("0.5"), "contract": Decimal("0.8")}


def trend(orders, by_product=False):
    """What was won month by month, and what is open: it has no expected day, so that it is undated. Weeks do not reach back so far."""
    closed = [order for order in orders if order.status in CLOSED]
    stages = list(CHANCES)
    reached = {stage: [o for o in closed if stages.index(o.stage) >= n] for n, stage in enumerate(stages)}
    won_of = {stage: [o for o in rows if o.status == "won"] for stage, rows in reached.items()}

    def expected(rows, value):
        """By the stage's probability and by its win rate, each rounded to ten-thousandths by stage."""
        sums = {stage: value([order for order in rows if order.stage == stage]) for stage in stages}
        by_stage = sum(half_away(CHANCES[stage] * amount, 4) for stage, amount in sums.items())
        return by_stage, sum(half_away(amount * len(won_of[stage]) / len(reached[stage]), 4) for stage, amount in sums.items())

    def units(value):
        return f"{half_away(value, 4).normalize():f}"

    def figures(rows, won):
        told = {"orders": len(rows) if won else 0, "open_orders": 0 if won else len(rows)}
        for name, value, text in (("amount", worth, money), ("units", lambda rows: Decimal(len(rows)), units)):
            of_open = zip(("open", "by_stage", "by_win_rate"), map(text, (value(rows), *expected(rows, value))))
            told[name] = {"won": text(value(rows))} if won else dict(of_open)
        return told if by_product else told | {"units": None}

    dimensions = ("product",) if by_product else ()
    table = []
    for keys, rows in grouped(orders, dimensions).items():
        won = [order for order in rows if order.status == "won"]
        for month in periods("month", (date(2017, 1, 1), date(2018, 1, 1))):
            which = group(dimensions, keys) | {"currency": "USD", "kind": "past", "period": {"key": month}}
            table.append({"is": which, "has": figures([order for order in won if period("month", order.closed) == month], True)})
        pending = [order for order in rows if order.status == "pending"]
        if pending:
            which = group(dimensions, keys) | {"currency": "USD", "kind": "undated", "period": None}
            table.append({"is": which, "has": figures(pending, False)})
    told = [{"stage": s, "closed": len(reached[s]), "won": len(won_of[s]), "win_rate": rate(len(won_of[s]), len(reached[s]))} for s in stages]
    parameters = {"from": "2017-01-01"} | ({"group_by": "product"} if by_product else {})
    return question("trend", parameters, has={"stages": told}, tables={"/data": {"rows": table, "rest": {"orders": 0, "open_orders": 0}}})


def summary(orders, length, day, now, before):
    def figure(name, count):
        value, previous = count(now), count(before)
        return {name: {"value": value, "previous": previous, "change": rate(value - previous, previous)}}

    def closed(status, window):
        return [order for order in orders if order.status == status and within(order.closed, window)]

    # What was imported under way was submitted when it was entered.
    entered = {}
    for name in ("entered", "submitted"):
        entered |= figure(name, lambda window: sum(within(order.entered, window) for order in orders))
    ended = figure("won", lambda window: len(closed("won", window))) | figure("lost", lambda window: len(closed("lost", window)))
    rates = {name: rate(len(closed("won", w)), len(closed("won", w) + closed("lost", w))) for name, w in (("value", now), ("previous", before))}
    amount, previous = worth(closed("won", now)), worth(closed("won", before))
    pending = [order for order in orders if order.status == "pending"]
    has = entered | ended | {
        "targets": [],
        "period": {"from": str(now[0]), "to": str(now[1])},
        "previous_period": {"from": str(before[0]), "to": str(before[1])},
        "win_rate": rates,
        "won_amounts": [{"currency": "USD", "value": money(amount), "previous": money(previous), "change": rate(amount - previous, previous)}],
        "open": {"orders": len(pending), "amounts": [{"currency": "USD", "amount": money(worth(pending))}]},
    }
    return question("summary", {"period": length, "day": day}, has=has)


def review(orders):
    """What was imported beyond review had no round of it."""
    has = {"orders": len(orders), "submitted": 0, "waiting": 0, "rounds_per_order": 0.0, "first_pass_rate": None, "waiting_seconds_median": None}
    return question("review", tables={"/data": {"rows": [{"is": {}, "has": has}]}}, listed=True)


def answers(orders, accounts, teams, today):
    """Every question with its answer."""
    stored = ("product", "category", "owner", "team", "customer", "industry", "region", "status", "stage")
    pairs = (("owner", "quarter"), ("product", "month"), ("category", "team"), ("industry", "region"), ("weekday", "product"), ("status", "year"))
    retail = ("customer.industry=retail", lambda order: order.industry == "retail")
    large = ("amount[gte]=3000", lambda order: order.amount >= 3000)
    listed = ("product", "category", "owner", "team", "industry", "region", "status", "stage", "quarter", "month", "year")
    all_ = []
    for name in ("conversion", "revenue"):
        all_.append(counted(orders, name, listed=True))
        for dimension in (*stored, "month", "quarter", "year", "weekday", *EMPTY):
            all_.append(counted(orders, name, (dimension,), listed=name == "conversion" and dimension in listed))
        all_ += [counted(orders, name, pair) for pair in pairs]
        all_ += [counted(orders, name, (d,) if d else (), basis="created") for d in (None, "product", "owner", "status", "stage", "customer")]
        all_ += [counted(orders, name, dimensions, basis="created", window=EVER) for dimensions in (("month",), ("weekday",), ("quarter", "team"))]
        for window, compare in ((QUARTER, "previous"), (AUTUMN, "previous"), (EVER, "last_year")):
            for dimensions in ((), ("product",), ("owner",), ("month",), ("quarter", "category")):
                basis = "closed" if compare == "previous" else "created"
                all_.append(counted(orders, name, dimensions, basis=basis, window=window, compare=compare))
        for dimensions, top in ((("owner",), 5), (("customer",), 10), (("product", "quarter"), 3), (("month", "team"), 2)):
            all_.append(counted(orders, name, dimensions, top=top))
        all_ += [counted(orders, name, ("owner",), only=retail), counted(orders, name, ("product",), window=QUARTER, only=large)]
    all_ += [funnel(orders, listed=True), funnel(orders, ("product",), listed=True), funnel(orders, ("owner",)), funnel(orders, ("status",))]
    all_ += [funnel(orders, d, mode, QUARTER) for d in ((), ("team",), ("product",)) for mode in ("cohort", "period")]
    all_ += [time(orders, d) for d in ((), *((d,) for d in stored), ("month",), ("owner", "product"))]
    all_ += [time(orders, ("product",), window=QUARTER), time(orders, ("month",), basis="created", window=EVER)]
    all_ += [reasons(orders, d) for d in ((), ("product",), ("quarter",), ("owner",), ("industry",))]
    all_ += [delays(orders), delays(orders, ("team",)), review(orders), sources(orders), sources(orders, QUARTER)]
    # Nobody wrote down when an order came into its stage: nothing is usual, so that nothing is stuck.
    all_.append(question("stuck", has={"data": [], "total": 0, "usual": []}))
    all_ += [question("customers", *customers(orders, accounts, window, top)) for window, top in ((None, 10), (None, 100), ((date(2017, 3, 1), date(2017, 3, 4)), 5))]
    all_ += [question("churn", *churn(orders, today, factor, until)) for factor, until in (("1", None), ("650.5", None), ("700", date(2017, 9, 1)))]
    all_ += [question("people", *people(orders, teams, window), listed=True) for window in (EVER, QUARTER)]
    all_ += [trend(orders), trend(orders, by_product=True)]
    all_.append(summary(orders, "quarter", "2017-09-30", QUARTER, (shifted(QUARTER[0], -3), QUARTER[0])))
    august = ((date(2017, 8, 1), date(2017, 8, 16)), (date(2017, 7, 1), date(2017, 7, 16)))
    all_.append(summary(orders, "month", "2017-08-15", *august))
    return all_
