// The check of changes, with faults planted one by one: each is found, and named; what breaks nobody is not.
import assert from "node:assert/strict";
import { test } from "node:test";

import { breaking, listed } from "./changes.mjs";

function document() {
  return {
    paths: {
      "/things/{id}": {
        put: {
          operationId: "things_put",
          "x-permission": "things.edit",
          parameters: [
            { name: "id", in: "path", required: true, schema: { type: "string", maxLength: 36 } },
            { name: "sort", in: "query", schema: { type: "string", enum: ["name", "-name"] } },
          ],
          requestBody: { required: false, content: { "application/json": { schema: { $ref: "#/components/schemas/Input" } } } },
          responses: {
            200: { headers: { ETag: {} }, content: { "application/json": { schema: { $ref: "#/components/schemas/Thing" } }, "text/csv": { schema: { type: "string" } } } },
            404: { $ref: "#/components/responses/NotFound" },
          },
        },
      },
    },
    components: {
      responses: { NotFound: { content: {} } },
      schemas: {
        Input: {
          type: "object",
          required: ["name"],
          properties: {
            name: { type: "string", minLength: 1, maxLength: 200, pattern: "^[^\\n]*$" },
            price: { oneOf: [{ $ref: "#/components/schemas/Money" }, { type: "null" }] },
            count: { type: "integer", minimum: 0, maximum: 10 },
            lines: { type: "array", maxItems: 200, items: { $ref: "#/components/schemas/Line" } },
            check: { oneOf: [{ properties: { kind: { enum: ["length"] }, max: { type: "integer" } } }, { properties: { kind: { enum: ["range"] } } }] },
          },
        },
        Money: { type: ["string", "number"], maxLength: 18 },
        Line: { type: "object", properties: { product: { type: "string", maxLength: 200 }, parts: { type: "array", items: { $ref: "#/components/schemas/Line" } } } },
        Thing: {
          allOf: [
            { $ref: "#/components/schemas/Id" },
            { type: "object", required: ["name"], properties: { name: { type: "string", maxLength: 200 }, note: { type: ["string", "null"] }, state: { type: "string", enum: ["open", "done"] } } },
          ],
        },
        Id: { type: "object", required: ["id"], properties: { id: { type: "string", format: "uuid" } } },
      },
    },
  };
}

const operation = (d) => d.paths["/things/{id}"].put;
const schemas = (d) => d.components.schemas;
const put = "PUT /things/{id}";

const faults = [
  ["an operation removed", (d) => delete d.paths["/things/{id}"].put, `${put}: removed`],
  ["a path renamed", (d) => { d.paths["/items/{id}"] = d.paths["/things/{id}"]; delete d.paths["/things/{id}"]; }, `${put}: removed`],
  ["an id renamed", (d) => (operation(d).operationId = "things_set"), `${put}: operationId things_put is now things_set`],
  ["another right", (d) => (operation(d)["x-permission"] = "things.admin"), `${put}: x-permission things.edit is now things.admin`],
  ["a parameter removed", (d) => operation(d).parameters.pop(), `${put}: parameter query sort: removed`],
  ["a parameter needed", (d) => (operation(d).parameters[1].required = true), `${put}: parameter query sort: now required`],
  ["a new parameter needed", (d) => operation(d).parameters.push({ name: "tz", in: "query", required: true, schema: {} }), `${put}: parameter query tz: new and required`],
  ["a value of a parameter removed", (d) => operation(d).parameters[1].schema.enum.pop(), `${put}: parameter query sort: value "-name" no longer taken`],
  ["a shorter parameter", (d) => (operation(d).parameters[0].schema.maxLength = 20), `${put}: parameter path id: maxLength 36 is now 20`],
  ["a body needed", (d) => (operation(d).requestBody.required = true), `${put}: body: now required`],
  ["another media type", (d) => (operation(d).requestBody.content = { "application/xml": {} }), `${put}: body application/json: removed`],
  ["a field to send removed", (d) => delete schemas(d).Input.properties.price, `${put}: body.price: removed`],
  ["a field to send needed", (d) => schemas(d).Input.required.push("count"), `${put}: body.count: now required`],
  ["a new field needed", (d) => { schemas(d).Input.properties.unit = { type: "string" }; schemas(d).Input.required.push("unit"); }, `${put}: body.unit: now required`],
  ["a shorter text", (d) => (schemas(d).Input.properties.name.maxLength = 100), `${put}: body.name: maxLength 200 is now 100`],
  ["a longer least", (d) => (schemas(d).Input.properties.name.minLength = 2), `${put}: body.name: minLength 1 is now 2`],
  ["a pattern", (d) => (schemas(d).Input.properties.name.pattern = "^[a-z]*$"), `${put}: body.name: pattern is now ^[a-z]*$`],
  ["a smaller number", (d) => (schemas(d).Input.properties.count.maximum = 9), `${put}: body.count: maximum 10 is now 9`],
  ["a new limit", (d) => (schemas(d).Line.properties.product.minLength = 1), `${put}: body.lines[].product: minLength none is now 1`],
  ["fewer items", (d) => (schemas(d).Input.properties.lines.maxItems = 100), `${put}: body.lines: maxItems 200 is now 100`],
  ["a narrower type", (d) => (schemas(d).Money.type = "string"), `${put}: body.price: type number no longer taken`],
  ["null no longer taken", (d) => (schemas(d).Input.properties.price = { $ref: "#/components/schemas/Money" }), `${put}: body.price: type null no longer taken`],
  ["a field of a line removed", (d) => delete schemas(d).Line.properties.product, `${put}: body.lines[].product: removed`],
  ["a variant removed", (d) => schemas(d).Input.properties.check.oneOf.pop(), `${put}: body.check(kind=range): removed`],
  ["a field of a variant removed", (d) => delete schemas(d).Input.properties.check.oneOf[0].properties.max, `${put}: body.check(kind=length).max: removed`],
  ["an answer removed", (d) => delete operation(d).responses[200], `${put}: answer 200: removed`],
  ["a new good answer", (d) => (operation(d).responses[202] = {}), `${put}: answer 202: new`],
  ["a header removed", (d) => delete operation(d).responses[200].headers.ETag, `${put}: answer 200: header ETag removed`],
  ["a representation removed", (d) => delete operation(d).responses[200].content["text/csv"], `${put}: answer 200 text/csv: removed`],
  ["a field of the answer removed", (d) => delete schemas(d).Thing.allOf[1].properties.note, `${put}: answer 200.note: removed`],
  ["a field of a part removed", (d) => delete schemas(d).Id.properties.id, `${put}: answer 200.id: removed`],
  ["a field of the answer missing at times", (d) => schemas(d).Thing.allOf[1].required.pop(), `${put}: answer 200.name: no longer always there`],
  ["null in an answer", (d) => (schemas(d).Thing.allOf[1].properties.name.type = ["string", "null"]), `${put}: answer 200.name: type null new in answers`],
  ["a longer answer", (d) => (schemas(d).Thing.allOf[1].properties.name.maxLength = 500), `${put}: answer 200.name: maxLength 200 is now 500`],
  ["another form of the answer", (d) => (schemas(d).Id.properties.id.format = "ulid"), `${put}: answer 200.id: format is now ulid`],
  ["a value of the answer removed", (d) => schemas(d).Thing.allOf[1].properties.state.enum.pop(), `${put}: answer 200.state: value "done" removed`],
];

for (const [name, plant, expected] of faults) {
  test(`found: ${name}`, () => {
    const after = document();
    plant(after);
    assert.deepEqual(breaking(document(), after).filter((change) => change === expected), [expected]);
  });
}

const harmless = [
  ["nothing", () => {}],
  ["a new operation", (d) => (d.paths["/more"] = { get: { operationId: "more" } })],
  ["a new parameter", (d) => operation(d).parameters.push({ name: "tz", in: "query", schema: {} })],
  ["a new field to send", (d) => (schemas(d).Input.properties.unit = { type: "string" })],
  ["a field no longer needed", (d) => schemas(d).Input.required.pop()],
  ["a longer text to send", (d) => (schemas(d).Input.properties.name.maxLength = 500)],
  ["a new value to send", (d) => operation(d).parameters[1].schema.enum.push("price")],
  ["a new field in the answer", (d) => (schemas(d).Thing.allOf[1].properties.more = { type: "string" })],
  ["a new value in the answer", (d) => schemas(d).Thing.allOf[1].properties.state.enum.push("lost")],
  ["a shorter answer", (d) => (schemas(d).Thing.allOf[1].properties.name.maxLength = 100)],
  ["another name of a schema", (d) => { schemas(d).Ware = schemas(d).Thing; delete schemas(d).Thing; operation(d).responses[200].content["application/json"].schema.$ref = "#/components/schemas/Ware"; }],
  ["a new refusal", (d) => (operation(d).responses[409] = {})],
];

for (const [name, change] of harmless) {
  test(`no fault: ${name}`, () => {
    const after = document();
    change(after);
    assert.deepEqual(breaking(document(), after), []);
  });
}

test("what is listed stands in backquotes", () => {
  assert.deepEqual([...listed("# Changes\n\n- `PUT /a: removed`, because it was of no use\n* `GET /b: body.c: removed`\nSee `other`.\n")], ["PUT /a: removed", "GET /b: body.c: removed"]);
});
