#!/usr/bin/env python3
"""Counts the CRM files by themselves, so that what the program says can be compared with something that shares no code with it.

    recount.py FOLDER > counts.json

Basis "closed": `orders` is what was closed (won + lost) and stands under the quarter and month of its closing; `open` is shown beside it and
counted nowhere. A row without an account is an order without a customer: refused. `GTXPro` is counted as `GTX Pro`. Exit code 1 when the
files do not fit together, 2 when they are not there.
"""
import csv
import json
import pathlib
import sys
from decimal import ROUND_HALF_UP, Decimal

PRODUCT_NAMES = {"GTXPro": "GTX Pro"}
STAGES = {"Won": "won", "Lost": "lost", "Engaging": "open", "Prospecting": "open"}


def read(folder, name):
    with open(folder / name, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def rate(part, whole):
    """Six decimals, half away from zero, null where nothing was counted."""
    if not whole:
        return None
    return float((Decimal(part) / Decimal(whole)).quantize(Decimal("0.000001"), ROUND_HALF_UP))


class Group:
    def __init__(self):
        self.won = self.lost = self.open = 0
        self.revenue = Decimal(0)

    def add(self, outcome, value):
        setattr(self, outcome, getattr(self, outcome) + 1)
        if outcome == "won":
            self.revenue += value

    def show(self, total):
        closed = self.won + self.lost
        return {
            "orders": closed,
            "won": self.won,
            "lost": self.lost,
            "open": self.open,
            "win_rate": rate(self.won, closed),
            "revenue": f"{self.revenue:.2f}",
            "share": rate(self.revenue, total),
        }


def main(folder):
    category = {row["product"]: row["series"] for row in read(folder, "products.csv")}
    sector = {row["account"]: row["sector"] for row in read(folder, "accounts.csv")}
    team = {row["sales_agent"]: row["manager"] for row in read(folder, "sales_teams.csv")}
    pipeline = read(folder, "sales_pipeline.csv")

    faults = []
    ids = {row["opportunity_id"] for row in pipeline}
    if len(ids) != len(pipeline):
        faults.append(f"{len(pipeline) - len(ids)} opportunities stand there twice")

    total = Group()
    dimensions = ("product", "category", "agent", "team", "sector", "quarter", "month", "agent_quarter")
    groups = {name: {} for name in dimensions}
    refused = closed_without_account = misspelt = misspelt_refused = 0
    for row in pipeline:
        outcome = STAGES[row["deal_stage"]]
        misspelt += row["product"] in PRODUCT_NAMES
        if not row["account"]:
            refused += 1
            misspelt_refused += row["product"] in PRODUCT_NAMES
            closed_without_account += outcome != "open"
            continue
        if (outcome == "open") != (not row["close_date"]):
            faults.append(f"{row['opportunity_id']}: closing date and stage contradict each other")
            continue
        value = Decimal(row["close_value"] or 0)
        product = PRODUCT_NAMES.get(row["product"], row["product"])
        agent = row["sales_agent"]
        keys = {
            "product": product,
            "category": category[product],
            "agent": agent,
            "team": team[agent],
            "sector": sector[row["account"]],
        }
        if outcome != "open":
            year, month, _ = row["close_date"].split("-")
            keys["quarter"] = f"{year}-Q{(int(month) + 2) // 3}"
            keys["month"] = f"{year}-{month}"
            keys["agent_quarter"] = (agent, keys["quarter"])
        total.add(outcome, value)
        for dimension, key in keys.items():
            groups[dimension].setdefault(key, Group()).add(outcome, value)

    if closed_without_account:
        faults.append(f"{closed_without_account} closed rows have no account")
    for dimension, rows in groups.items():
        for measure in ("won", "lost", "revenue"):
            if sum(getattr(group, measure) for group in rows.values()) != getattr(total, measure):
                faults.append(f"{measure} by {dimension} does not sum to the total")

    shown = {
        dimension: {key: group.show(total.revenue) for key, group in sorted(rows.items())}
        for dimension, rows in groups.items()
        if dimension != "agent_quarter"
    }
    shown["agent_quarter"] = {}
    for (agent, quarter), group in sorted(groups["agent_quarter"].items()):
        shown["agent_quarter"].setdefault(agent, {})[quarter] = group.show(total.revenue)
    answer = {
        "rows": len(pipeline),
        "orders_with_account": total.won + total.lost + total.open,
        "refused_without_account": refused,
        "closed_without_account": closed_without_account,
        "misspelt_product": {"rows": misspelt, "with_account": misspelt - misspelt_refused, "without_account": misspelt_refused},
        "total": total.show(total.revenue),
        "by": shown,
        "faults": faults,
    }
    json.dump(answer, sys.stdout, indent=2, ensure_ascii=False)
    print()
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    place = pathlib.Path(sys.argv[1])
    if not (place / "sales_pipeline.csv").is_file():
        print(f"skipped: {place} has no sales_pipeline.csv", file=sys.stderr)
        sys.exit(2)
    sys.exit(main(place))
