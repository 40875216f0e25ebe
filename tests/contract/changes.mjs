// Compares a document with the last released one and names every change that breaks a caller who held to the old one.
// A change that is meant stands in openapi/CHANGES.md, in backquotes, letter by letter as it is named here.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const METHODS = ["get", "put", "post", "patch", "delete", "head", "options"];

/** Every breaking change from one document to another, named. */
export function breaking(before, after) {
  const found = new Set();
  const operations = (document) => new Map(Object.entries(document.paths ?? {}).flatMap(([path, item]) => METHODS.filter((m) => item[m]).map((m) => [`${m.toUpperCase()} ${path}`, { ...item[m], parameters: [...(item.parameters ?? []), ...(item[m].parameters ?? [])] }])));
  const now = operations(after);
  for (const [name, old] of operations(before)) {
    const operation = now.get(name);
    if (!operation) {
      found.add(`${name}: removed`);
      continue;
    }
    if (old.operationId !== operation.operationId) found.add(`${name}: operationId ${old.operationId} is now ${operation.operationId}`);
    if (old["x-permission"] !== operation["x-permission"]) found.add(`${name}: x-permission ${old["x-permission"]} is now ${operation["x-permission"]}`);
    const say = (what) => found.add(`${name}: ${what}`);
    parameters(old, operation, before, after, say);
    body(old, operation, before, after, say);
    answers(old, operation, before, after, say);
  }
  return [...found].sort();
}

function parameters(old, operation, before, after, say) {
  const by = (parameters, document) => new Map(parameters.map((p) => resolve(p, document)).map((p) => [`${p.in} ${p.name}`, p]));
  const [was, is] = [by(old.parameters, before), by(operation.parameters, after)];
  for (const [name, parameter] of was) {
    if (!is.has(name)) say(`parameter ${name}: removed`);
    else {
      if (!parameter.required && is.get(name).required) say(`parameter ${name}: now required`);
      schema(parameter.schema, is.get(name).schema, before, after, `parameter ${name}`, say, "in");
    }
  }
  for (const [name, parameter] of is) if (!was.has(name) && parameter.required) say(`parameter ${name}: new and required`);
}

function body(old, operation, before, after, say) {
  const [was, is] = [resolve(old.requestBody, before), resolve(operation.requestBody, after)];
  if (!is) {
    if (was) say("body: removed");
    return;
  }
  if (is.required && !was?.required) say("body: now required");
  for (const [type, media] of Object.entries(was?.content ?? {})) {
    if (!is.content?.[type]) say(`body ${type}: removed`);
    else schema(media.schema, is.content[type].schema, before, after, "body", say, "in");
  }
}

function answers(old, operation, before, after, say) {
  for (const [status, response] of Object.entries(old.responses ?? {})) {
    // A refusal less breaks nobody; what is done well must be told as before.
    if (!/^[23]/.test(status)) continue;
    const [was, is] = [resolve(response, before), resolve(operation.responses?.[status], after)];
    if (!is) {
      say(`answer ${status}: removed`);
      continue;
    }
    for (const name of Object.keys(was.headers ?? {})) if (!is.headers?.[name]) say(`answer ${status}: header ${name} removed`);
    for (const [type, media] of Object.entries(was.content ?? {})) {
      if (!is.content?.[type]) say(`answer ${status} ${type}: removed`);
      else schema(media.schema, is.content[type].schema, before, after, `answer ${status}`, say, "out");
    }
  }
  for (const status of Object.keys(operation.responses ?? {})) {
    if (/^[23]/.test(status) && !old.responses?.[status]) say(`answer ${status}: new`);
  }
}

function resolve(value, document) {
  for (let tries = 0; value?.$ref && tries < 20; tries += 1) {
    const { $ref, ...beside } = value;
    value = { ...$ref.slice(2).split("/").reduce((at, key) => at?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], document), ...beside };
  }
  return value;
}

/** One flat view of a schema: what allOf has together, and what of oneOf may be. */
function flat(value, document) {
  value = resolve(value, document) ?? {};
  if (value.allOf) {
    const { allOf, ...own } = value;
    const parts = allOf.map((part) => flat(part, document));
    value = parts.reduce((whole, part) => ({ ...whole, ...part, properties: { ...whole.properties, ...part.properties }, required: [...(whole.required ?? []), ...(part.required ?? [])] }), own);
  }
  const choices = value.oneOf ?? value.anyOf;
  if (choices) {
    // "This or null" is this, with null among its types.
    const rest = choices.map((choice) => flat(choice, document)).filter((choice) => choice.type !== "null");
    if (rest.length === 1 && choices.length === 2) value = { ...value, ...rest[0], oneOf: rest[0].oneOf, anyOf: undefined, type: [...types(rest[0]), "null"] };
  }
  return value;
}

function types(value) {
  return value.type === undefined ? [] : [value.type].flat();
}

const UPPER = ["maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties"];
const LOWER = ["minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties"];

/** `in`: what was taken must still be taken. `out`: what is answered must be what was said. */
function schema(old, now, before, after, place, say, way, seen = new Set()) {
  const key = JSON.stringify([old?.$ref ?? place, now?.$ref, way]);
  if (old?.$ref && seen.has(key)) return;
  seen = new Set(seen).add(key);
  const [was, is] = [flat(old, before), flat(now, after)];
  const [wide, narrow] = way === "in" ? [was, is] : [is, was];
  // Everything of the wider side must fit into the narrower one.
  const lost = types(narrow).length && types(wide).length ? types(wide).filter((t) => !types(narrow).includes(t) && !(t === "integer" && types(narrow).includes("number"))) : [];
  if (lost.length) say(`${place}: type ${lost.join(", ")} ${way === "in" ? "no longer taken" : "new in answers"}`);
  if (narrow.enum && !wide.enum && way === "in") say(`${place}: now one of a few values`);
  if (way === "in") for (const value of was.enum ?? []) if (is.enum && !is.enum.includes(value)) say(`${place}: value ${JSON.stringify(value)} no longer taken`);
  if (way === "out") for (const value of was.enum ?? []) if (is.enum && !is.enum.includes(value)) say(`${place}: value ${JSON.stringify(value)} removed`);
  for (const name of UPPER) if (narrow[name] !== undefined && !(wide[name] <= narrow[name])) say(`${place}: ${name} ${was[name] ?? "none"} is now ${is[name] ?? "none"}`);
  for (const name of LOWER) if (narrow[name] !== undefined && !(wide[name] >= narrow[name]) && narrow[name] !== lowest(name, wide)) say(`${place}: ${name} ${was[name] ?? "none"} is now ${is[name] ?? "none"}`);
  for (const name of ["pattern", "format"]) if (way === "in" && is[name] !== undefined && was[name] !== is[name]) say(`${place}: ${name} is now ${is[name]}`);
  for (const name of ["format"]) if (way === "out" && was[name] !== undefined && was[name] !== is[name]) say(`${place}: ${name} is now ${is[name] ?? "none"}`);
  if (was.items) schema(was.items, is.items, before, after, `${place}[]`, say, way, seen);
  if (was.additionalProperties && typeof was.additionalProperties === "object") schema(was.additionalProperties, is.additionalProperties, before, after, `${place}.*`, say, way, seen);
  for (const [name, property] of Object.entries(was.properties ?? {})) {
    if (!is.properties?.[name]) say(`${place}.${name}: removed`);
    else schema(property, is.properties[name], before, after, `${place}.${name}`, say, way, seen);
  }
  for (const name of is.required ?? []) if (way === "in" && !was.required?.includes(name)) say(`${place}.${name}: now required`);
  for (const name of was.required ?? []) if (way === "out" && !is.required?.includes(name) && is.properties?.[name]) say(`${place}.${name}: no longer always there`);
  if (was.oneOf) variants(was.oneOf, is.oneOf ?? [], before, after, place, say, way, seen);
}

function lowest(name, value) {
  return name.endsWith("Length") || name.endsWith("Items") || name.endsWith("Properties") ? (value[name] ?? 0) : undefined;
}

/** Variants told apart by a field of one value each, else by their place. */
function variants(old, now, before, after, place, say, way, seen) {
  const mark = (choice, document, at) => {
    const properties = Object.entries(flat(choice, document).properties ?? {});
    const [name, property] = properties.find(([, p]) => p.enum?.length === 1) ?? [];
    return name ? `${name}=${property.enum[0]}` : choice.$ref ?? String(at);
  };
  const is = new Map(now.map((choice, at) => [mark(choice, after, at), choice]));
  old.forEach((choice, at) => {
    const name = mark(choice, before, at);
    if (!is.has(name)) say(`${place}(${name}): removed`);
    else schema(choice, is.get(name), before, after, `${place}(${name})`, say, way, seen);
  });
}

/** The changes that openapi/CHANGES.md lists after a release. */
export function listed(text) {
  return new Set([...text.matchAll(/^\s*[-*] `([^`]+)`/gm)].map((found) => found[1]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
  const read = (path) => readFileSync(join(root, "openapi", path), "utf8");
  const number = (name) => name.match(/\d+/g).map(Number).reduce((sum, part) => sum * 1_000 + part, 0);
  const released = readdirSync(join(root, "openapi/released")).filter((name) => /^v\d+\.\d+\.\d+\.json$/.test(name)).sort((a, b) => number(a) - number(b)).at(-1);
  const changes = breaking(JSON.parse(read(`released/${released}`)), JSON.parse(read("openapi.json")));
  const known = listed(read("CHANGES.md"));
  const unlisted = changes.filter((change) => !known.has(change));
  const gone = [...known].filter((change) => !changes.includes(change));
  for (const change of unlisted) console.error(`breaks callers of ${released}: ${change}`);
  for (const change of gone) console.error(`openapi/CHANGES.md lists what is no change from ${released}: ${change}`);
  if (unlisted.length || gone.length) {
    console.error("A change that is meant is listed in openapi/CHANGES.md, as it is named here in backquotes.");
    process.exit(1);
  }
  console.log(`changes: ${changes.length} from ${released}, all of them listed`);
}
