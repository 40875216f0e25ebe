#!/usr/bin/env bash
# Holds the document and the program against tools that strangers use. Each is pinned in a lock file and installed here.
#
#   tests/contract/run.sh            all of them
#   tests/contract/run.sh NAME...    some: lint changes typescript python docs charts fuzz reps injection
#
# Needs the program built (INTENT_ORDERS, or target/debug/intent-orders), Node 20, Python 3.11 and Chromium; Debian's packages are installed where root may.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
document=$root/openapi/openapi.json
app=${INTENT_ORDERS:-${CARGO_TARGET_DIR:-$root/target}/debug/intent-orders}

note() { printf 'contract: %s\n' "$*" >&2; }
die() { note "$@"; exit 1; }

# install COMMAND PACKAGE...: Debian's packages, where the command is not there yet.
install() {
  local command=$1
  shift
  if command -v "$command" >/dev/null; then return 0; fi
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then die "$command is missing: install $*"; fi
  note "installing $*"
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"; } </dev/null >&2 || die "apt-get could not install $*"
}

node_packages() {
  install node nodejs
  install npm npm
  # As the lock file has it; again only when that changes.
  if ! cmp -s "$here/package-lock.json" "$here/node_modules/.installed"; then
    (cd "$here" && npm ci --ignore-scripts --no-fund --no-audit >&2)
    cp "$here/package-lock.json" "$here/node_modules/.installed"
  fi
}
python_packages() {
  install python3 python3 python3-venv
  local venv=$here/.venv
  # Its programs name its folder, so that one that was moved has none.
  if ! cmp -s "$here/python/requirements.txt" "$venv/.installed" || ! "$venv/bin/schemathesis" --version >/dev/null 2>&1; then
    rm -rf "$venv"
    python3 -m venv "$venv" || { install python3-venv-is-missing python3-venv && python3 -m venv "$venv"; }
    "$venv/bin/pip" install -q --disable-pip-version-check --no-deps -r "$here/python/requirements.txt" >&2
    cp "$here/python/requirements.txt" "$venv/.installed"
  fi
}

# More for the fuzzer, such as --max-time 3600.
read -ra fuzz_options <<<"${FUZZ_OPTIONS:-}"

server="" folder="" database=""
stop_server() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  if [ -n "$database" ]; then psql -qX "$TEST_POSTGRES_URL" -c "drop database $database with (force)" || true; fi
  if [ -n "$folder" ]; then rm -rf "$folder"; fi
  server="" folder="" database=""
}
trap stop_server EXIT
free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }
# A fresh demo on a free port, in API; with a path prefix the public address is that of a proxy. It is on SQLite or, with `postgres` behind the
# address, in a database of its own on the server of TEST_POSTGRES_URL.
start_server() {
  [ -x "$app" ] || die "$app is not built: cargo build"
  stop_server
  folder=$(mktemp -d)
  local port url=sqlite://$folder/demo.db
  port=$(free_port)
  export API=http://127.0.0.1:$port
  if [ "${2:-}" = postgres ]; then
    database=contract_$port
    psql -qX "$TEST_POSTGRES_URL" -c "create database $database" || die "no database can be created on $TEST_POSTGRES_URL"
    url=$(sed -E "s#(//[^/]*/)[^?]*#\1$database#" <<<"$TEST_POSTGRES_URL")
  fi
  (
    cd "$folder"
    export SECRET=a-secret-for-the-time-of-one-check DATABASE_URL=$url LISTEN=127.0.0.1:$port PUBLIC_URL=${1:-$API} RATE_LIMIT=off LOGIN_RATE_LIMIT=off LOG_LEVEL=warn
    "$app" demo >/dev/null 2>demo.log || { cat demo.log >&2; exit 1; }
    exec "$app" serve 2>server.log >/dev/null
  ) &
  server=$!
  local tries
  for tries in $(seq 300); do
    if node -e 'fetch(process.argv[1]).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))' "$API/readyz"; then return 0; fi
    kill -0 "$server" 2>/dev/null || { cat "$folder/server.log" >&2; die "the server does not start"; }
    sleep 0.2
  done
  die "the server is not ready after $tries tries"
}

lint() {
  node_packages
  (cd "$here" && npx --no-install spectral lint "$document" -r .spectral.yaml --fail-severity hint --quiet)
  note "lint: spectral:oas and the OWASP set report nothing"
}

typescript() {
  node_packages
  local generated=$here/generated
  mkdir -p "$generated"
  (
    cd "$here"
    npx --no-install openapi-typescript "$document" -o generated/schema.d.ts >"$generated/typescript.log" 2>&1 || { cat "$generated/typescript.log" >&2; exit 1; }
    if grep -qi warn "$generated/typescript.log"; then cat "$generated/typescript.log" >&2; exit 1; fi
    npx --no-install tsc -p typescript
  ) || die "the TypeScript client does not compile"
  start_server
  (cd "$here" && node generated/typescript/job.js)
  stop_server
}

python() {
  node_packages
  python_packages
  local generated=$here/generated bin=$here/.venv/bin
  mkdir -p "$generated"
  rm -rf "$generated/python"
  "$bin/openapi-python-client" generate --path "$document" --config "$here/python/generate.yaml" --output-path "$generated/python" --fail-on-warning >"$generated/python.log" 2>&1 ||
    { cat "$generated/python.log" >&2; die "the Python client is not generated without a warning"; }
  (cd "$here/python" && MYPYPATH=$generated/python "$bin/mypy" --strict --cache-dir "$generated/mypy" job.py) || die "the Python client does not fit its types"
  start_server
  PYTHONPATH=$generated/python "$bin/python" "$here/python/job.py"
  stop_server
}

changes() {
  node_packages
  (cd "$here" && node --test changes.test.mjs >"$here/generated/changes.log" 2>&1) || { cat "$here/generated/changes.log" >&2; die "the check of changes does not find what it must"; }
  node "$here/changes.mjs"
}

docs() {
  node_packages
  install chromium chromium
  local port
  port=$(free_port)
  start_server "http://127.0.0.1:$port/sales"
  PUBLIC_URL=http://127.0.0.1:$port/sales CHROMIUM=$(command -v chromium) SCREENSHOT=$here/generated/docs.png node "$here/docs.mjs"
  stop_server
}

charts() {
  node_packages
  install chromium chromium
  # A picture names fonts and brings none: one that has Chinese characters, to see them as people do.
  install fc-list fontconfig
  if [ -z "$(fc-list :lang=zh)" ]; then install a-font-with-Chinese-characters fonts-wqy-zenhei; fi
  start_server
  CHROMIUM=$(command -v chromium) SCREENSHOTS=$here/generated/charts node "$here/charts.mjs" || die "a chart does not read"
  stop_server
}

# keys_of EMAIL...: an API key of each with every scope, in keys.json of the server's folder, in the form that the fuzzer reads.
keys_of() {
  node -e '
    const ask = async (path, body, token) => (await fetch(process.env.API + path, { method: "POST", headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) }, body: JSON.stringify(body) })).json();
    const [document, ...emails] = process.argv.slice(1);
    const scopes = require(document).components.schemas.Scope.enum;
    const key = async (email) => {
      const { access_token: token } = await ask("/api/v1/auth/login", { email, password: "demo-intent-orders" });
      const { key } = await ask("/api/v1/api-keys", { name: "Checks", scopes }, token);
      return { name: email, fixedHeaders: [{ name: "Authorization", value: `Bearer ${key}` }] };
    };
    Promise.all(emails.map(key)).then((auth) => console.log(JSON.stringify({ schemaVersion: "0.2.0", auth })));' "$document" "$@" >"$folder/keys.json"
}

# On SQLite and, where there is one, on PostgreSQL.
fuzz() {
  node_packages
  python_packages
  fuzz_on sqlite
  if [ -n "${TEST_POSTGRES_URL:-}" ]; then fuzz_on postgres; else note "fuzz: PostgreSQL is skipped, TEST_POSTGRES_URL names none"; fi
}
fuzz_on() {
  note "fuzz: on $1"
  start_server "" "$1"
  keys_of admin@demo.example
  (cd "$here" && API_KEY=$(node -p 'require(process.argv[1]).auth[0].fixedHeaders[0].value.slice(7)' "$folder/keys.json") \
    .venv/bin/schemathesis --config-file schemathesis.toml run "$document" --url "$API" "${fuzz_options[@]}") || die "the fuzzer found what must not be, on $1"
  stop_server
}

# Two reps of different teams: every operation by hand, and whatever the fuzzer makes of the reads.
reps() {
  node_packages
  python_packages
  start_server
  keys_of admin@demo.example emma.clark@demo.example li.na@demo.example
  node "$here/reps.mjs" "$document" "$folder/keys.json"
  (cd "$here" && PEERS=$folder/keys.json .venv/bin/schemathesis --config-file schemathesis.peers.toml run "$document" --url "$API" --include-path-regex '^/api/v1/(orders|customers|views|imports|jobs)') ||
    die "a rep got what only a rep of another team may see"
  stop_server
}

# injectable NAME OPTION...: whether sqlmap finds a way in, within bounds that find the plain ones: 0 where it does, 1 where it has tried all and does not.
injectable() {
  local name=$1 status=0 log=$here/generated/sqlmap-$1.log
  shift
  rm -rf "$here/generated/sqlmap/$name"
  timeout 90 "$here/.venv/bin/sqlmap" --batch --disable-coloring --flush-session --level 2 --risk 1 --technique BEU --threads 4 --timeout 10 --retries 1 \
    --ignore-code '*' --output-dir "$here/generated/sqlmap/$name" "$@" >"$log" 2>&1 </dev/null || status=$?
  if grep -q 'identified the following injection point' "$log"; then return 0; fi
  if [ "$status" = 0 ] && grep -q 'all tested parameters do not appear to be injectable' "$log"; then return 1; fi
  tail -5 "$log" >&2
  die "sqlmap did not come to an end: $log"
}

# SQL in a search, a filter, an address, bodies and header fields; first in a server that does what must not be done, where it has to be found.
injection() {
  python_packages
  node_packages
  coproc LEAKY { exec "$here/.venv/bin/python" "$here/python/leaky.py"; }
  local leaky=$LEAKY_PID port key
  read -r port <&"${LEAKY[0]}"
  injectable control --dbms SQLite -u "http://127.0.0.1:$port/?q=refit" || { kill "$leaky"; die "sqlmap finds nothing where there is something"; }
  kill "$leaky"
  injection_on sqlite SQLite
  if [ -n "${TEST_POSTGRES_URL:-}" ]; then injection_on postgres PostgreSQL; else note "injection: PostgreSQL is skipped, TEST_POSTGRES_URL names none"; fi
}
injection_on() {
  local on=$1 key found=0
  local order='{"title":"Refit","currency":"USD","customer_name":"Lakeside Precision Ltd","lines":[{"product":"Predictive Maintenance Kit","quantity":"1"}]}'
  start_server "" "$on"
  keys_of admin@demo.example
  key=$(node -p 'require(process.argv[1]).auth[0].fixedHeaders[0].value' "$folder/keys.json")
  set -- --dbms "$2" -H "Authorization: $key"
  injectable search "$@" -u "$API/api/v1/orders?q=refit&status=draft&sort=-amount" -p q,status,sort && found=1
  injectable address "$@" -u "$API/api/v1/orders/IO-000001*" && found=1
  injectable body "$@" -H 'Content-Type: application/json' -u "$API/api/v1/orders?validate_only=true" --data "$order" -p title,customer_name,product && found=1
  injectable login -H 'Content-Type: application/json' --dbms "$2" -u "$API/api/v1/auth/login" --data '{"email":"admin@demo.example","password":"not this one"}' -p email && found=1
  injectable header "$@" -H 'Content-Type: application/json' -H 'Idempotency-Key: key-1*' -u "$API/api/v1/views" --data '{"entity":"orders","name":"Mine"}' && found=1
  stop_server
  [ "$found" = 0 ] || die "SQL gets in, on $on: see $here/generated/sqlmap-*.log"
  note "injection: on $on, nothing gets in by search, filter, address, body and header"
}

cd "$root"
mkdir -p "$here/generated"
if [ $# = 0 ]; then set -- lint changes typescript python docs charts fuzz reps injection; fi
for name in "$@"; do
  case "$name" in
    lint | changes | typescript | python | docs | charts | fuzz | reps | injection) "$name" ;;
    *) die "no such check: $name" ;;
  esac
done
