// The charts, in a browser, in both languages, of 3, 12 and 30 groups with long names: every text stands within its picture and apart from the others.
// Screenshots are left in generated/charts/ for people to look at.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";

import puppeteer from "puppeteer-core";

const api = `${process.env.API}/api/v1`;
const folder = process.env.SCREENSHOTS;

const say = async (path, token, init) => {
  const response = await fetch(api + path, { ...init, headers: { ...init?.headers, ...(token && { Authorization: `Bearer ${token}` }) } });
  const text = await response.text();
  assert(response.ok, `${path}: ${response.status} ${text}`);
  return text;
};
const post = (path, token, body) => say(path, token, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }).then(JSON.parse);
const { access_token: token } = await post("/auth/login", undefined, { email: "admin@demo.example", password: "demo-intent-orders" });

// 30 products with names of all lengths, 12 industries, 3 regions, 30 months; amounts from a few to many digits, in two currencies.
const products = Array.from({ length: 30 }, (_, n) =>
  n % 3 === 0 ? `高精度五轴联动数控加工中心（含全套夹具与三年上门维保服务）${n + 1}型` : n % 3 === 1 ? `Heavy-duty hydraulic press with automatic feeder and safety enclosure, series ${n + 1}` : `P${n + 1}`,
);
await post("/products/batch", token, { items: products.map((name, n) => ({ sku: `CHART-${n}`, name, list_price: "100", currency: "CNY", category: `Category ${n % 12}` })) });
const customers = Array.from({ length: 36 }, (_, n) => ({
  name: `Chart customer ${n}`,
  industry: n % 2 ? `Industry number ${n % 12} with a name that goes on and on` : `第${n % 12}类装备制造与系统集成行业`,
  region: ["华东", "North America and the Caribbean", "EMEA"][n % 3],
}));
await post("/customers/batch", token, { items: customers });
const statuses = ["won", "won", "lost", "cancelled", "pending", "won", "expired"];
const rows = Array.from({ length: 900 }, (_, n) => {
  const month = n % 30;
  const day = `${2023 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, "0")}-1${n % 10}`;
  const status = statuses[n % 7];
  const reason = { lost: "price", cancelled: "duplicate" }[status] ?? "";
  return [`C-${n}`, `Chart customer ${n % 36}`, products[(n * 7) % 30], n % 11 ? "CNY" : "USD", status, status === "pending" ? "" : day, reason, (n % 13) ** 4 + 1];
});
const quoted = (cell) => `"${String(cell).replaceAll('"', '""')}"`;
const csv = [["id", "customer", "product", "currency", "status", "closed", "reason", "price"], ...rows].map((row) => row.map(quoted).join(",")).join("\n");
const column = (name) => ({ column: name });
const reasons = JSON.parse(await say("/settings/loss-reasons", token)).items.map((item) => item.code);
const cancels = JSON.parse(await say("/settings/cancel-reasons", token)).items.map((item) => item.code);
const form = new FormData();
form.set("file", new Blob([csv], { type: "text/csv" }), "orders.csv");
form.set(
  "mapping",
  JSON.stringify({
    entity: "orders",
    fields: {
      "external_ref.system": { constant: "charts" },
      "external_ref.id": column("id"),
      "tags[0]": { constant: "charts" },
      title: { template: "{{ product }}" },
      customer_name: column("customer"),
      currency: column("currency"),
      status: column("status"),
      closed_on: { column: "closed", date_format: "%Y-%m-%d" },
      created_at: { column: "closed", date_format: "%Y-%m-%d" },
      reason: { column: "reason", values: { price: reasons[0], duplicate: cancels[0] } },
      "lines[0].product": column("product"),
      "lines[0].quantity": { constant: "3" },
      "lines[0].unit_price": column("price"),
    },
  }),
);
let job = JSON.parse(await say("/imports", token, { method: "POST", body: form }));
while (["queued", "running"].includes(job.state)) {
  await new Promise((later) => setTimeout(later, 200));
  job = JSON.parse(await say(`/imports/${job.id}`, token));
}
assert.deepEqual([job.state, job.created], ["done", rows.length], JSON.stringify(job));

// What is asked of all orders: those of the demo have reviews, stages and people of their own.
const OF_THE_DEMO = ["review", "stuck", "people", "accuracy", "sources"];
const questions = {
  "conversion-3": "conversion?group_by=region",
  "conversion-12": "conversion?group_by=industry&basis=created",
  "conversion-30": "conversion?group_by=product",
  "conversion-month": "conversion?group_by=month&from=2023-01-01&to=2024-01-01",
  "conversion-none": "conversion?from=1999-01-01&to=1999-02-01",
  "revenue-3": "revenue?group_by=region",
  "revenue-12": "revenue?group_by=month&from=2023-01-01&to=2024-01-01&currency=CNY",
  "revenue-30": "revenue?group_by=product",
  "revenue-months": "revenue?group_by=month",
  "revenue-month-region": "revenue?group_by=month,region&currency=CNY",
  "revenue-product-region": "revenue?group_by=product,region",
  "review-owner": "review?group_by=owner",
  "funnel": "funnel?mode=cohort",
  "funnel-region": "funnel?group_by=region",
  "reasons": "reasons?group_by=region",
  "delays-none": "delays?from=1999-01-01&to=1999-02-01",
  "time": "time?group_by=region",
  "trend": "trend?horizon=6",
  "trend-product": "trend?group_by=product&length=month",
  "conversion-weekday": "conversion?group_by=weekday",
  "revenue-top": "revenue?group_by=product&top=11&rate_basis=close",
  "customers-3": "customers?top=3",
  "customers-12": "customers?top=12&rate_basis=close",
  "customers-30": "customers?top=30&currency=CNY",
  "sources": "sources?basis=created",
  "churn-3": "churn?limit=3",
  "churn-12": "churn?limit=12",
  "churn-30": "churn?limit=30",
  "stuck": "stuck?factor=1",
  "people": "people?from=2023-01-01&to=2025-07-01",
  "people-one": "people?from=2023-01-01&to=2025-07-01&rate_basis=close&currency=USD",
  "accuracy-none": "accuracy",
};
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, headless: true, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
await mkdir(folder, { recursive: true });
let texts = 0;
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 640, height: 480 });
  for (const [name, question] of Object.entries(questions)) {
    for (const language of ["en", "zh-CN"]) {
      // The orders of the demo keep out of it, so that there are as many groups as were meant.
      const svg = await say(`/analytics/${question}${OF_THE_DEMO.some((word) => name.startsWith(word)) ? "" : "&tags=charts"}`, token, { headers: { Accept: "image/svg+xml", "Accept-Language": language } });
      await page.setContent(`<meta charset="utf-8"><body style="margin:0">${svg}`);
      const found = await page.evaluate(() => {
        const picture = document.querySelector("svg").getBoundingClientRect();
        const all = [...document.querySelectorAll("svg text")].map((text) => {
          const { left, right, top, bottom } = text.getBoundingClientRect();
          // A line's box is higher than its letters.
          return { text: text.textContent, left, right, top: top + 3, bottom: bottom - 4 };
        });
        const faults = all.filter((one) => one.left < 0 || one.right > picture.right || one.top < 0 || one.bottom > picture.bottom).map((one) => `outside: ${one.text}`);
        all.forEach((one, i) =>
          all.slice(i + 1).forEach((other) => {
            if (one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom) faults.push(`${one.text} meets ${other.text}`);
          }),
        );
        return { texts: all.length, faults, language: document.querySelector("svg").getAttribute("xml:lang"), height: picture.height };
      });
      assert.deepEqual(found.faults, [], `${name} in ${language}`);
      assert.equal(found.language, language);
      texts += found.texts;
      await page.setViewport({ width: 640, height: Math.ceil(found.height) });
      await writeFile(`${folder}/${name}.${language}.png`, await page.screenshot());
    }
  }
  // The report, as it is shown and as it is printed; its policy lets the style sheet in and nothing else.
  for (const language of ["en", "zh-CN"]) {
    const answer = await fetch(`${api}/analytics/report?period=month&day=2024-03-31`, { headers: { Authorization: `Bearer ${token}`, "Accept-Language": language } });
    const [html, policy] = [await answer.text(), answer.headers.get("content-security-policy")];
    const faults = [];
    await page.setRequestInterception(true);
    const serve = (request) => (request.url() === "http://report.example/" ? request.respond({ contentType: "text/html; charset=utf-8", headers: { "Content-Security-Policy": policy }, body: html }) : (faults.push(request.url()), request.abort()));
    const complain = (message) => message.type() === "error" && faults.push(message.text());
    page.on("request", serve).on("console", complain);
    await page.setViewport({ width: 794, height: 1123 });
    await page.goto("http://report.example/");
    const seen = await page.evaluate(() => ({ figures: document.querySelectorAll("figure svg").length, wide: document.documentElement.scrollWidth, font: getComputedStyle(document.querySelector("h1")).fontSize }));
    assert.deepEqual([seen, faults], [{ figures: 5, wide: 794, font: "22px" }, []], language);
    await writeFile(`${folder}/report.${language}.png`, await page.screenshot({ fullPage: true }));
    const pdf = await page.pdf({ format: "A4" });
    assert(pdf.length > 10_000);
    page.off("request", serve).off("console", complain);
    await page.setRequestInterception(false);
  }
} finally {
  await browser.close();
}
console.log(`charts: ${Object.keys(questions).length} in both languages, ${texts} texts apart from each other`);
