"""What customers bought, which of them have gone quiet, and what each rep and team did."""
from bisect import bisect_left
from collections import Counter, defaultdict
from decimal import Decimal

from arithmetic import days, median, money, of_window, rate, within, worth


def by(orders, field):
    groups = defaultdict(list)
    for order in orders:
        groups[getattr(order, field)].append(order)
    return groups


def classes(values):
    """The fifth of each value: one more than five times the share of values that are less, cut to whole numbers."""
    ordered = sorted(values.values())
    return {key: 1 + 5 * bisect_left(ordered, value) // len(ordered) for key, value in values.items()}


def customers(orders, accounts, window, top):
    won = by([order for order in orders if order.status == "won" and within(order.closed, window)], "customer")

    def spread(word):
        """How customers spread over the words of a field; the most frequent first."""
        words, buyers = Counter(map(word, accounts.values())), Counter(word(accounts[name]) for name in won)
        rows = sorted(words.items(), key=lambda entry: (-entry[1], entry[0] is None, entry[0]))
        return [{"value": {"key": w, "label": w}, "customers": n, "share": rate(n, len(accounts)), "buyers": buyers[w]} for w, n in rows]

    bought = {name: (worth(rows), len(rows), max(order.closed for order in rows)) for name, rows in won.items()}
    assert len({(amount, last) for amount, _, last in bought.values()}) == len(bought), "who bought more must be clear"
    largest = sorted(bought, key=lambda name: (bought[name][0], bought[name][2]), reverse=True)
    fifths = {measure: classes({name: of[n] for name, of in bought.items()}) for measure, n in (("recency", 2), ("frequency", 1), ("amount", 0))}

    def of_class(name):
        return {measure: fifth[name] for measure, fifth in fifths.items()}

    total, so_far, shown = sum(amount for amount, _, _ in bought.values()), 0, []
    for name in largest[:top]:
        amount, count, last = bought[name]
        so_far += amount
        told = {"customer": {"name": name}, "classes": of_class(name), "orders": count, "won_amount": money(amount), "last_closed_on": str(last)}
        shown.append(told | {"share": rate(amount, total), "share_so_far": rate(so_far, total)})
    alike = defaultdict(list)
    for name in largest:
        alike[tuple(of_class(name).values())].append(name)
    rows = [
        {"classes": of_class(names[0]), "customers": len(names), "won_amount": money(sum(bought[name][0] for name in names))}
        for _, names in sorted(alike.items(), reverse=True)
    ]
    currency = {"currency": "USD", "customers": len(bought), "orders": sum(count for _, count, _ in bought.values()), "won_amount": money(total)}
    words = {"industry": lambda row: row["sector"], "region": lambda row: row["office_location"]}
    has = {
        # The files know neither source nor level nor tier of a customer.
        "distribution": {field: spread(words.get(field, lambda row: None)) for field in ("industry", "region", "source", "intent_level", "value_tier")},
        "currencies": [currency | {"top_share": rate(so_far, total), "top": shown, "classes": rows}],
    }
    return {"top": top} | of_window(window), has


def churn(orders, today, factor, until):
    """Who bought on three days or more, and has been quiet for more than so many times the median stretch between them."""
    table = []
    for name, rows in by([order for order in orders if order.status == "won" and (until is None or order.closed < until)], "customer").items():
        bought = sorted({order.closed for order in rows})
        if len(bought) < 3:
            continue
        usual, quiet = median([days(a, b) for a, b in zip(bought, bought[1:])]), days(bought[-1], today)
        lost = [order.closed for order in orders if order.customer == name and order.status == "lost"]
        has = {"purchases": len(bought), "first_on": str(bought[0]), "last_on": str(bought[-1]), "median_interval_days": usual, "quiet_days": quiet}
        has |= {"times_median": rate(quiet, usual), "last_loss": {"reason": {"key": None}, "closed_on": str(max(lost))} if lost else None}
        if quiet > usual * Decimal(factor):
            table.append({"is": {"customer": {"name": name}}, "has": has})
    parameters = {"factor": factor, "limit": 200} | ({"closed_on[lt]": until} if until else {})
    return parameters, {"total": len(table), "factor": factor}, {"/data": {"rows": table}}


def people(orders, teams, window):
    def of(holder, rows):
        won = [order for order in rows if order.status == "won" and within(order.closed, window)]
        lost = [order for order in rows if order.status == "lost" and within(order.closed, window)]
        pending = [order for order in rows if order.status == "pending"]
        has = {
            "entered": sum(within(order.entered, window) for order in rows),
            # What the standard refused, it refused when the files were imported.
            "refused": 0,
            "returned": 0,
            "won": len(won),
            "lost": len(lost),
            "win_rate": rate(len(won), len(won) + len(lost)),
            "cycle_days_median": median([days(order.entered, order.closed) for order in won]) if won else None,
            "targets": [],
        }
        for name, those in (("revenue", won), ("open_pipeline", pending)):
            has[name] = [{"currency": "USD", "amount": money(worth(those)), "orders": len(those)}] if those else []
        return {"is": {"holder": {"name": holder}}, "has": has}

    of_owner, of_team = by(orders, "owner"), by(orders, "team")
    users = [of(agent, of_owner.get(agent, [])) for agent in teams]
    for row in users:
        row["has"]["team"] = {"name": teams[row["is"]["holder"]["name"]]}
    nothing = {"entered": 0, "refused": 0, "returned": 0, "won": 0, "lost": 0, "revenue": [], "open_pipeline": [], "cycle_days_median": None}
    tables = {"/users": {"rows": users, "rest": nothing}, "/teams": {"rows": [of(name, rows) for name, rows in of_team.items()], "rest": nothing}}
    return of_window(window), {}, tables
