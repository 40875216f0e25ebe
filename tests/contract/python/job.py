"""The main job, by a client made from the document alone, with every type checked.

Log in, be refused, correct, submit, be returned, mend, be approved, win, page through, retry, read figures.
"""

import datetime
import os
import uuid

from intent_orders_client import AuthenticatedClient, Client
from intent_orders_client.api.analytics import analytics_conversion, analytics_revenue
from intent_orders_client.api.auth import auth_login
from intent_orders_client.api.orders import (
    orders_actions,
    orders_approve,
    orders_create,
    orders_create_batch,
    orders_history,
    orders_list,
    orders_resolve_remark,
    orders_return,
    orders_submit,
    orders_update,
    orders_win,
)
from intent_orders_client.api.reviews import reviews_list
from intent_orders_client.models import (
    Actions,
    ApproveInput,
    Conversion,
    History,
    LineInput,
    Login,
    NoteInput,
    Order,
    OrderBatch,
    OrderBatchResult,
    OrderInput,
    OrderPreview,
    OrdersListSort,
    PagedOrder,
    PagedReviewItem,
    Problem,
    RemarkInput,
    ReturnInput,
    Revenue,
    Session,
    Severity,
    WinInput,
)
from intent_orders_client.types import UNSET, Response, Unset

API = os.environ.get("API", "http://127.0.0.1:8080")
PASSWORD = "demo-intent-orders"


def logged_in(email: str) -> AuthenticatedClient:
    session = auth_login.sync(client=Client(API), body=Login(email=email, password=PASSWORD))
    assert isinstance(session, Session), session
    return AuthenticatedClient(API, token=session.access_token, raise_on_unexpected_status=True)


def etag(response: Response[Order | Problem] | Response[Order | OrderPreview | Problem]) -> str:
    return response.headers["etag"]


def order(response: Response[Order | Problem] | Response[Order | OrderPreview | Problem]) -> Order:
    assert isinstance(response.parsed, Order), response.parsed
    return response.parsed


def refused(response: Response[Order | Problem] | Response[Order | OrderPreview | Problem], status: int, pointers: list[str]) -> Problem:
    problem = response.parsed
    assert isinstance(problem, Problem) and problem.status == status, problem
    assert [fault.pointer for fault in problem.errors] == pointers, problem
    return problem


def main() -> None:
    wrong = auth_login.sync(client=Client(API), body=Login(email="emma.clark@demo.example", password="not this"))
    assert isinstance(wrong, Problem) and wrong.code == "bad_credentials", wrong
    emma = logged_in("emma.clark@demo.example")
    jing = logged_in("chen.jing@demo.example")

    def entry(line: LineInput) -> OrderInput:
        return OrderInput(title="Maintenance for the pilot cell", customer_name="Lakeside Precision Ltd", currency="USD", lines=[line])

    # Refused, with all that is wrong at once and what would be right.
    bad = orders_create.sync_detailed(client=emma, body=entry(LineInput(product="PredictiveMaintenance Kit", quantity="-2", unit_price="3450.00")))
    problem = refused(bad, 422, ["/lines/0/product", "/lines/0/quantity"])
    assert problem.errors[0].suggestion == "Predictive Maintenance Kit"

    # Corrected, and sent twice with one key: it is entered once.
    sound = entry(LineInput(product="Predictive Maintenance Kit", quantity="2", unit_price="3450.00"))
    key = str(uuid.uuid4())
    first = orders_create.sync_detailed(client=emma, body=sound, idempotency_key=key)
    second = orders_create.sync_detailed(client=emma, body=sound, idempotency_key=key)
    assert order(first).id == order(second).id and second.headers["idempotent-replayed"] == "true"
    number = order(first).number
    assert isinstance(orders_create.sync(client=emma, body=sound, validate_only=True), OrderPreview)

    # Several at once, each for itself: a row has the order, or why there is none.
    batch = orders_create_batch.sync(client=emma, body=OrderBatch(items=[sound, OrderInput(title="Nothing else", currency="dollars")]), atomic=False)
    assert isinstance(batch, OrderBatchResult), batch
    entered, unfit = batch.data
    assert isinstance(entered.record, Order) and entered.record.lines[0].quantity == "2", entered
    assert isinstance(unfit.problem, Problem) and "/currency" in [fault.pointer for fault in unfit.problem.errors], unfit

    # A draft may lack the date, a submitted order may not; an old tag overwrites nothing.
    refused(orders_submit.sync_detailed(number, client=emma, body=NoteInput(), if_match=etag(first)), 422, ["/expected_close_date"])
    day = datetime.date(2035, 6, 30)
    dated = orders_update.sync_detailed(number, client=emma, body=OrderInput(expected_close_date=day), if_match=etag(first))
    assert order(dated).expected_close_date == day
    stale = orders_update.sync(number, client=emma, body=OrderInput(note="Too late"), if_match=etag(first))
    assert isinstance(stale, Problem) and stale.code == "stale", stale
    submitted = orders_submit.sync_detailed(number, client=emma, body=NoteInput(note="For next week"), if_match=etag(dated))
    assert order(submitted).status == "in_review"

    # The rep may not approve; the reviewer finds it in the queue and returns it.
    own = orders_approve.sync(number, client=emma, body=ApproveInput(), if_match=etag(submitted))
    assert isinstance(own, Problem) and own.code == "role", own
    queue = reviews_list.sync(client=jing, limit=200)
    assert isinstance(queue, PagedReviewItem) and any(item.order.number == number for item in queue.data), queue
    remark = RemarkInput(pointer="/lines/0/unit_price", message="Above last year; please explain", severity=Severity.MUST_FIX)
    returned = orders_return.sync_detailed(number, client=jing, body=ReturnInput(remarks=[remark]), if_match=etag(submitted))
    assert order(returned).status == "returned"
    line = LineInput(product="Predictive Maintenance Kit", quantity="2", unit_price="3400.00")
    mended = orders_update.sync_detailed(number, client=emma, body=OrderInput(lines=[line]), if_match=etag(returned))
    resolved = orders_resolve_remark.sync_detailed(number, order(returned).remarks[0].id, client=emma, body=NoteInput(), if_match=etag(mended))
    assert order(resolved).remarks[0].state == "resolved"
    again = orders_submit.sync_detailed(number, client=emma, body=NoteInput(), if_match=etag(resolved))
    approved = orders_approve.sync_detailed(number, client=jing, body=ApproveInput(note="Fine now"), if_match=etag(again))
    assert order(approved).status == "pending"

    # Won, and told in the history.
    allowed = orders_actions.sync(number, client=emma)
    assert isinstance(allowed, Actions) and any(item.action == "win" and item.allowed for item in allowed.data), allowed
    won = order(orders_win.sync_detailed(number, client=emma, body=WinInput(note="Signed"), if_match=etag(approved)))
    assert won.status == "won" and won.amount == "6800.00" and isinstance(won.closed_on, datetime.date), won
    history = orders_history.sync(number, client=emma)
    assert isinstance(history, History)
    assert [item.action for item in history.data] == ["create", "edit", "submit", "return", "edit", "submit", "approve", "process", "win"], history

    # Page through everything that Jing sees: every order once.
    seen: set[uuid.UUID] = set()
    cursor: str | Unset = UNSET
    total: int | None | Unset = UNSET
    while True:
        page = orders_list.sync(client=jing, limit=50, sort=OrdersListSort.AMOUNT, include_total=True, cursor=cursor)
        assert isinstance(page, PagedOrder), page
        for row in page.data:
            assert row.id not in seen, "an order twice"
            seen.add(row.id)
        total = page.page.total
        if not page.page.next_cursor:
            break
        cursor = page.page.next_cursor
    assert total == len(seen) and won.id in seen

    # What converts and what earns.
    conversion = analytics_conversion.sync(client=jing, group_by="product")
    assert isinstance(conversion, Conversion)
    kit = [row for row in conversion.data if "product" in row.group and row.group["product"].label == "Predictive Maintenance Kit"]
    assert len(kit) == 1 and kit[0].won >= 1, conversion
    revenue = analytics_revenue.sync(client=jing)
    assert isinstance(revenue, Revenue) and any(row.currency == "USD" for row in revenue.data), revenue
    print(f"python: the main job is done with {len(seen)} orders")


main()
