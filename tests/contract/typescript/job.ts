// The main job, by a client made from the document alone: log in, be refused, correct, submit, be returned, mend, be approved, win, page through, retry, read figures.
// No cast and no type written by hand: what does not fit here does not fit in anybody's client.
import assert from "node:assert/strict";

import createClient, { type Middleware } from "openapi-fetch";

import type { components, paths } from "../generated/schema.js";

const baseUrl = process.env["API"] ?? "http://127.0.0.1:8080";
const password = "demo-intent-orders";

type Problem = components["schemas"]["Problem"];
// Lists also answer as tables: this client asks for JSON.
type Json = "application/json" | "application/problem+json";

const anonymous = createClient<paths, Json>({ baseUrl });

async function loggedIn(email: string) {
  const { data, error } = await anonymous.POST("/api/v1/auth/login", { body: { email, password } });
  assert(data, error?.detail);
  const token: Middleware = {
    onRequest({ request }) {
      request.headers.set("Authorization", `Bearer ${data.access_token}`);
      return request;
    },
  };
  const client = createClient<paths, Json>({ baseUrl });
  client.use(token);
  return client;
}

function etag(response: Response): string {
  const tag = response.headers.get("ETag");
  assert(tag, "no ETag");
  return tag;
}

function refused(error: Problem | undefined, status: number, pointers: string[]) {
  assert.equal(error?.status, status);
  assert.deepEqual(error?.errors.map((fault) => fault.pointer), pointers);
}

const wrong = await anonymous.POST("/api/v1/auth/login", { body: { email: "emma.clark@demo.example", password: "not this" } });
assert.equal(wrong.error?.code, "bad_credentials");

const emma = await loggedIn("emma.clark@demo.example");
const jing = await loggedIn("chen.jing@demo.example");

const entry: components["schemas"]["OrderInput"] = {
  title: "Maintenance for the pilot cell",
  customer_name: "Lakeside Precision Ltd",
  currency: "USD",
  lines: [{ product: "Predictive Maintenance Kit", quantity: "2", unit_price: "3450.00" }],
};

// Refused, with all that is wrong at once and what would be right.
const bad = await emma.POST("/api/v1/orders", { body: { ...entry, lines: [{ product: "PredictiveMaintenance Kit", quantity: "-2", unit_price: "3450.00" }] } });
refused(bad.error, 422, ["/lines/0/product", "/lines/0/quantity"]);
assert.equal(bad.error?.errors[0]?.suggestion, "Predictive Maintenance Kit");

// Corrected, and sent twice with one key: it is entered once.
const once = { params: { header: { "Idempotency-Key": crypto.randomUUID() } }, body: entry };
const first = await emma.POST("/api/v1/orders", once);
const second = await emma.POST("/api/v1/orders", once);
assert(first.data && "id" in first.data && second.data && "id" in second.data, first.error?.detail);
assert.equal(second.data.id, first.data.id);
assert.equal(second.response.headers.get("Idempotent-Replayed"), "true");
const { id, number } = first.data;
assert.match(number, /^IO-\d{6,}$/);

// What would be, without storing it, has no id.
const rehearsal = await emma.POST("/api/v1/orders", { params: { query: { validate_only: true } }, body: entry });
assert(rehearsal.data && !("id" in rehearsal.data));

// Several at once, each for itself: a row has the order, or why there is none.
const batch = await emma.POST("/api/v1/orders/batch", { params: { query: { atomic: false } }, body: { items: [entry, { ...entry, currency: "dollars" }] } });
const [entered, unfit] = batch.data?.data ?? [];
assert.equal(entered?.record?.lines[0]?.product?.name, "Predictive Maintenance Kit");
assert.deepEqual(unfit?.problem?.errors.map((fault) => fault.pointer), ["/currency"]);

// A draft may lack the date, a submitted order may not.
const early = await emma.POST("/api/v1/orders/{id}/submit", { params: { path: { id }, header: { "If-Match": etag(first.response) } } });
refused(early.error, 422, ["/expected_close_date"]);
const dated = await emma.PATCH("/api/v1/orders/{id}", {
  params: { path: { id }, header: { "If-Match": etag(first.response) } },
  body: { expected_close_date: "2035-06-30" },
});
assert.equal(dated.data?.expected_close_date, "2035-06-30");
const overtaken = await emma.PATCH("/api/v1/orders/{id}", {
  params: { path: { id }, header: { "If-Match": etag(first.response) } },
  body: { note: "An old tag overwrites nothing" },
});
assert.equal(overtaken.error?.code, "stale");

const submitted = await emma.POST("/api/v1/orders/{id}/submit", { params: { path: { id }, header: { "If-Match": etag(dated.response) } }, body: { note: "For next week" } });
assert.equal(submitted.data?.status, "in_review");

// The rep may not approve; the reviewer finds it in the queue and returns it.
const own = await emma.POST("/api/v1/orders/{id}/approve", { params: { path: { id }, header: { "If-Match": etag(submitted.response) } } });
assert.equal(own.error?.code, "role");
const queue = await jing.GET("/api/v1/reviews", { params: { query: { limit: 200 } } });
assert(queue.data?.data.some((item) => item.order.id === id && item.order.number === number));
const returned = await jing.POST("/api/v1/orders/{id}/return", {
  params: { path: { id }, header: { "If-Match": etag(submitted.response) } },
  body: { remarks: [{ pointer: "/lines/0/unit_price", message: "Above last year; please explain", severity: "must_fix" }] },
});
assert.equal(returned.data?.status, "returned");
const remark = returned.data.remarks[0];
assert(remark);

const mended = await emma.PATCH("/api/v1/orders/{id}", {
  params: { path: { id }, header: { "If-Match": etag(returned.response) } },
  body: { lines: [{ product: "Predictive Maintenance Kit", quantity: 2, unit_price: "3400.00" }] },
});
assert(mended.data, mended.error?.detail);
const resolved = await emma.POST("/api/v1/orders/{id}/remarks/{remark_id}/resolve", {
  params: { path: { id, remark_id: remark.id }, header: { "If-Match": etag(mended.response) } },
  body: { note: "The price of last year" },
});
assert.equal(resolved.data?.remarks[0]?.state, "resolved");
const again = await emma.POST("/api/v1/orders/{id}/submit", { params: { path: { id }, header: { "If-Match": etag(resolved.response) } } });
assert.equal(again.data?.status, "in_review");
const approved = await jing.POST("/api/v1/orders/{id}/approve", { params: { path: { id }, header: { "If-Match": etag(again.response) } }, body: { note: "Fine now" } });
assert.equal(approved.data?.status, "pending");

// Won, and told in the history.
const allowed = await emma.GET("/api/v1/orders/{id}/actions", { params: { path: { id } } });
assert(allowed.data?.data.find((item) => item.action === "win")?.allowed);
const won = await emma.POST("/api/v1/orders/{id}/win", { params: { path: { id }, header: { "If-Match": etag(approved.response) } }, body: { note: "Signed at the trade fair" } });
assert.equal(won.data?.status, "won");
assert.equal(won.data.amount, "6800.00");
assert(won.data.closed_on);
const history = await emma.GET("/api/v1/orders/{id}/history", { params: { path: { id } } });
assert.deepEqual(history.data?.data.map((item) => item.action), ["create", "edit", "submit", "return", "edit", "submit", "approve", "process", "win"]);

// Page through everything that Jing sees: every order once.
const seen = new Set<string>();
let cursor: string | null | undefined;
let total: number | null | undefined;
do {
  const page = await jing.GET("/api/v1/orders", { params: { query: { limit: 50, sort: "-amount", include_total: true, ...(cursor ? { cursor } : {}) } } });
  assert(page.data, page.error?.detail);
  for (const order of page.data.data) {
    assert(!seen.has(order.id), "an order twice");
    seen.add(order.id);
  }
  cursor = page.data.page.next_cursor;
  total ??= page.data.page.total;
} while (cursor);
assert.equal(seen.size, total);
assert(seen.has(id));

// What converts and what earns; the figures lead to the orders that they count.
const conversion = await jing.GET("/api/v1/analytics/conversion", { params: { query: { group_by: "product" } } });
const kit = conversion.data?.data.find((row) => row.group["product"]?.label === "Predictive Maintenance Kit");
assert(kit && kit.won >= 1 && (kit.win_rate ?? 0) > 0);
const revenue = await jing.GET("/api/v1/analytics/revenue");
const dollars = revenue.data?.data.find((row) => row.currency === "USD");
assert(dollars);
assert.match(dollars.won_amount, /^\d+\.\d\d$/);
assert(dollars.drilldown);
assert.match(dollars.drilldown, /^\/api\/v1\/orders\?/);

console.log(`typescript: the main job is done with ${seen.size} orders`);
