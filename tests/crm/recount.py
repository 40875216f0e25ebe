#!/usr/bin/env python3
"""Counts the CRM files by themselves, so that what the program says can be compared with something that shares no code with it.

    recount.py FOLDER [TODAY] > counts.json

A row without an account is an order without a customer: refused. `GTXPro` is counted as `GTX Pro`. An order that was not won is worth the list
price of its product. `answers` are the questions of questions.py, as they are to be answered on TODAY (YYYY-MM-DD; without it this day). Exit code 1
when the files do not fit together, 2 when they are not there.
"""
import csv
import datetime
import json
import pathlib
import sys
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

import questions

PRODUCT_NAMES = {"GTXPro": "GTX Pro"}
# By deal stage: the status of the order, and the stage in which it is or last was; what was lost has none in the files, and gets the first.
STANDS = {
    "Won": ("won", "contract"),
    "Lost": ("lost", "intent"),
    "Engaging": ("pending", "negotiation"),
    "Prospecting": ("pending", "intent"),
}


@dataclass(frozen=True)
class Order:
    """A row with an account, and what the other files say of its product, account and agent."""

    product: str
    category: str
    owner: str
    team: str
    customer: str
    industry: str
    region: str
    status: str
    stage: str
    amount: Decimal
    # None: the files do not say, so that it is entered when it is imported.
    entered: datetime.date | None
    # None: it is open.
    closed: datetime.date | None


def read(folder, name):
    with open(folder / name, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def day(text):
    return datetime.date.fromisoformat(text) if text else None


def main(folder, today):
    products = {row["product"]: row for row in read(folder, "products.csv")}
    accounts = {row["account"]: row for row in read(folder, "accounts.csv")}
    teams = {row["sales_agent"]: row["manager"] for row in read(folder, "sales_teams.csv")}
    pipeline = read(folder, "sales_pipeline.csv")

    faults = []
    ids = {row["opportunity_id"] for row in pipeline}
    if len(ids) != len(pipeline):
        faults.append(f"{len(pipeline) - len(ids)} opportunities stand there twice")
    orders, refused, misspelt = [], Counter(), Counter()
    for row in pipeline:
        status, stage = STANDS[row["deal_stage"]]
        misspelt[bool(row["account"])] += row["product"] in PRODUCT_NAMES
        if not row["account"]:
            refused[status] += 1
            continue
        if (status == "pending") != (not row["close_date"]):
            faults.append(f"{row['opportunity_id']}: closing date and stage contradict each other")
        product = products[PRODUCT_NAMES.get(row["product"], row["product"])]
        account = accounts[row["account"]]
        orders.append(
            Order(
                product=product["product"],
                category=product["series"],
                owner=row["sales_agent"],
                team=teams[row["sales_agent"]],
                customer=row["account"],
                industry=account["sector"],
                region=account["office_location"],
                status=status,
                stage=stage,
                amount=Decimal(row["close_value"] or 0) or Decimal(product["sales_price"]),
                entered=day(row["engage_date"]) or day(row["close_date"]),
                closed=day(row["close_date"]),
            )
        )
    if refused["won"] + refused["lost"]:
        faults.append(f"{refused['won'] + refused['lost']} closed rows have no account")
    answer = {
        "rows": len(pipeline),
        "orders": len(orders),
        "refused_without_account": refused.total(),
        "misspelt_product": {"with_account": misspelt[True], "without_account": misspelt[False]},
        "answers": questions.answers(orders, accounts, teams, today),
        "faults": faults,
    }
    json.dump(answer, sys.stdout, indent=1, ensure_ascii=False)
    print()
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    place = pathlib.Path(sys.argv[1])
    if not (place / "sales_pipeline.csv").is_file():
        print(f"skipped: {place} has no sales_pipeline.csv", file=sys.stderr)
        sys.exit(2)
    sys.exit(main(place, day(sys.argv[2]) if len(sys.argv) == 3 else datetime.date.today()))
