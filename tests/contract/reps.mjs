// What is a rep's own, asked by a rep of another team: every operation of the document that names a record is sent as the stranger, and again for every
// record that the owner has. It is refused (403), not there (404) or, where a name is taken, a conflict (409); and nothing has changed afterwards.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const [documentPath, keysPath] = process.argv.slice(2);
const document = JSON.parse(readFileSync(documentPath, "utf8"));
const [, owner, stranger] = JSON.parse(readFileSync(keysPath, "utf8")).auth.map((entry) => entry.fixedHeaders[0].value);

// What everybody who is logged in may read: the catalogue, people and teams; of customers the name, the rest masked. No more than that.
const SHARED = ["customers_get", "customers_events", "products_get", "products_events", "teams_read", "teams_events", "users_read", "users_read_absence", "users_events"];
// Not a rep's records: they have no owner to be told apart, and the rights of roles are held by the tests in Rust.
const OF_ALL = /^\/(problems|api\/v1\/(standards|settings))\//;

let sent = 0;
async function ask(who, method, path, body, headers = {}) {
  sent += 1;
  const response = await fetch(process.env.API + path, {
    method,
    headers: { Authorization: who, ...(body !== undefined && { "Content-Type": "application/json" }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, etag: response.headers.get("etag"), text, body: text.startsWith("{") ? JSON.parse(text) : undefined };
}
async function make(path, body) {
  const made = await ask(owner, "POST", `/api/v1${path}`, body);
  assert(made.status === 201 || made.status === 202, `${path}: ${made.status} ${made.text}`);
  return made.body;
}
/** An action of the owner on an order, whatever its version. */
async function act(order, action, body = {}) {
  const done = await ask(owner, "POST", `/api/v1/orders/${order.id}/${action}`, body, { "If-Match": "*" });
  assert(done.status < 300, `${action}: ${done.status} ${done.text}`);
  return order;
}

const reference = (id) => ({ system: "shop", id });
const customer = await make("/customers", { name: "Whose is it Ltd", contacts: [{ name: "Nobody Else" }], note: "Only for us", external_ref: reference("whose") });
const entry = (id) => ({ title: "Only ours", customer_id: customer.id, currency: "USD", expected_close_date: "2035-06-30", source: "web", external_ref: reference(id), lines: [{ product: "Predictive Maintenance Kit", quantity: "1", unit_price: "3450.00" }] });
const orders = [await make("/orders", entry("draft")), await act(await make("/orders", entry("waiting")), "submit"), await act(await make("/orders", entry("over")), "cancel", { reason: "duplicate" })];

// The owner's records by the room that they live in; what an address names besides is made up.
const records = {
  orders: orders.map((order) => ({ id: order.id })).concat(orders.map((order) => ({ id: order.number })), orders.map((_, i) => reference(["draft", "waiting", "over"][i]))),
  customers: [{ id: customer.id, contact_id: customer.contacts[0].id }, reference("whose")],
  views: [{ id: (await make("/views", { entity: "orders", name: "Mine alone" })).id }],
};
const me = await ask(owner, "GET", "/api/v1/me");
records.users = [{ id: me.body.id }];
records.teams = [{ id: me.body.team.id }];
records.products = [{ id: orders[0].lines[0].product.id }, reference("a-product")];

const state = async () => {
  const own = [...orders.map((order) => `/orders/${order.id}`), `/customers/${customer.id}`, `/views/${records.views[0].id}`, `/orders/${orders[1].id}/review`];
  return Promise.all(own.map(async (path) => [path, (await ask(owner, "GET", `/api/v1${path}`)).text]));
};

const before = await state();
const faults = [];
const asked = new Set();
for (const [path, item] of Object.entries(document.paths)) {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((found) => found[1]);
  if (!names.length || OF_ALL.test(path)) continue;
  const room = path.split("/")[3];
  for (const [method, operation] of Object.entries(item)) {
    const shared = SHARED.includes(operation.operationId);
    const content = Object.values(operation.requestBody?.content ?? {})[0];
    for (const record of records[room] ?? []) {
      // An address by reference takes a reference, any other an id.
      if (names.includes("system") !== "system" in record) continue;
      const at = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(record[name] ?? "019ab1f4-7a8e-7cc3-8d2e-5f0a3b1c2d4e"));
      const bodies = content ? [content.example, {}] : [undefined];
      for (const body of bodies) {
        const answer = await ask(stranger, method.toUpperCase(), at, body, { "If-Match": "*" });
        asked.add(operation.operationId);
        const refused = shared || [403, 404].includes(answer.status) || (answer.status === 409 && answer.body?.code === "duplicate");
        if (!refused) faults.push(`${method.toUpperCase()} ${at} (${operation.operationId}) answers a stranger ${answer.status}: ${answer.text.slice(0, 300)}`);
        if (answer.text.includes("Only ours") || answer.text.includes("Only for us") || answer.text.includes("Nobody Else")) faults.push(`${at} tells a stranger what is not theirs: ${answer.text.slice(0, 300)}`);
      }
    }
  }
}
// Nor do lists, searches, figures and the feed tell of it.
for (const path of ["/orders?q=only+ours", "/orders?limit=200", "/customers?q=nobody+else", "/views?limit=200", "/events?limit=200", `/events?record=${orders[0].id}`, "/reviews", "/analytics/conversion?group_by=owner"]) {
  const answer = await ask(stranger, "GET", `/api/v1${path}`);
  for (const secret of ["Only ours", "Only for us", "Nobody Else", "Mine alone", ...orders.map((order) => order.id)]) if (answer.text.includes(secret)) faults.push(`${path} tells a stranger of ${secret}`);
}
const after = await state();
for (const [i, [path, text]] of before.entries()) if (after[i][1] !== text) faults.push(`${path} is not as it was:\n${text}\n${after[i][1]}`);

for (const fault of faults) console.error(fault);
assert.equal(faults.length, 0, `${faults.length} faults`);
assert(asked.size > 50, `only ${asked.size} operations asked`);
console.log(`reps: ${asked.size} operations asked by a stranger in ${sent} requests, nothing told and nothing changed`);
