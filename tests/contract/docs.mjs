// The reading page, in a browser, behind a proxy that serves it under a path of its own: it lists every operation, takes a token, and enters an order as the example says;
// it asks no other host, and its Content-Security-Policy forbids nothing that it does. A screenshot is left in generated/.
import assert from "node:assert/strict";
import http from "node:http";

import puppeteer from "puppeteer-core";

const api = process.env.API;
const base = process.env.PUBLIC_URL;
const prefix = new URL(base).pathname;

// The proxy: what lies below the path goes to the program, the rest is nowhere.
const proxy = http.createServer((request, response) => {
  if (!request.url.startsWith(`${prefix}/`)) {
    response.writeHead(404).end("beside the path");
    return;
  }
  const to = http.request(api + request.url.slice(prefix.length), { method: request.method, headers: request.headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  to.on("error", (error) => response.writeHead(502).end(String(error)));
  request.pipe(to);
});
await new Promise((ready) => proxy.listen(new URL(base).port, "127.0.0.1", ready));

const login = await fetch(`${base}/api/v1/auth/login`, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ email: "emma.clark@demo.example", password: "demo-intent-orders" }),
});
const { access_token: token } = await login.json();
const document = await (await fetch(`${base}/openapi.json`)).json();
const operations = Object.values(document.paths).flatMap(Object.values).map((operation) => operation.operationId);

const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, headless: true, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 1600 });
  const faults = [];
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${base}/`) && !url.startsWith("data:")) faults.push(`asks for ${url}`);
  });
  page.on("response", (response) => response.status() >= 400 && faults.push(`${response.status()} ${response.url()}`));

  const opened = await page.goto(`${base}/docs/`, { waitUntil: "networkidle0" });
  assert.match(opened.headers()["content-security-policy"], /^default-src 'none'; script-src 'self';/);
  await page.waitForSelector(".opblock");
  const listed = await page.$$eval(".opblock", (all) => all.map((one) => one.id.replace(/^operations-[a-z_]+?-(?=[a-z_]+$)/, "")));
  assert.deepEqual([...listed].sort(), [...operations].sort());

  await page.click(".scheme-container .authorize");
  await page.type(".modal-ux input", token);
  await page.click(".modal-ux .auth-btn-wrapper .authorize");
  await page.click(".modal-ux .btn-done");

  const block = "#operations-orders-orders_create";
  await page.click(`${block} .opblock-summary-control`);
  await page.waitForSelector(`${block} .try-out__btn`);
  await page.click(`${block} .try-out__btn`);
  await page.waitForSelector(`${block} .execute`);
  const [answer] = await Promise.all([page.waitForResponse((response) => response.request().method() === "POST"), page.click(`${block} .execute`)]);
  assert.equal(answer.status(), 201, await answer.text());
  const order = await answer.json();
  await page.waitForSelector(`${block} .live-responses-table .response-col_status`);
  const shown = await page.$eval(`${block} .live-responses-table`, (table) => table.textContent);
  assert(shown.includes("201") && shown.includes(order.number), shown);
  assert.equal(order.title, document.paths["/api/v1/orders"].post.requestBody.content["application/json"].example.title);

  await (await page.$(block)).scrollIntoView();
  await page.screenshot({ path: process.env.SCREENSHOT });
  assert.deepEqual(faults, []);
  console.log(`docs: ${listed.length} operations are listed, and ${order.number} was entered behind ${prefix}`);
} finally {
  await browser.close();
  proxy.close();
  proxy.closeAllConnections();
}
