#!/usr/bin/env bash
# Tries what README says of backups of PostgreSQL, on a cluster of its own that is gone afterwards: a dump restored into another database, and a base
# backup brought to a moment between two writes. After each, `intent-orders check` is clean and the program writes on.
#
# Needs the program built (INTENT_ORDERS, or target/debug/intent-orders) and the programs of PostgreSQL.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd -P)
app=${INTENT_ORDERS:-${CARGO_TARGET_DIR:-$root/target}/debug/intent-orders}

note() { printf 'keep: %s\n' "$*" >&2; }
die() { note "$@"; exit 1; }
[ -x "$app" ] || die "$app is missing: cargo build"

# The newest that has all of them; Debian keeps them off PATH.
bin=""
for found in "$(dirname "$(command -v initdb || echo /nowhere/initdb)")" $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV); do
  if [ -x "$found/initdb" ] && [ -x "$found/pg_basebackup" ] && "$found/initdb" --version >/dev/null 2>&1; then bin=$found; break; fi
done
if [ -z "$bin" ]; then
  case "${CI:-}" in true | 1) die "no programs of PostgreSQL" ;; esac
  note "!! SKIPPED: no programs of PostgreSQL (initdb, pg_basebackup)"
  exit 0
fi
# The server refuses to run as root.
owner=""
if [ "$(id -u)" = 0 ]; then owner=$(id -un postgres 2>/dev/null || echo nobody); fi
as_owner() (
  cd /
  if [ -n "$owner" ]; then exec runuser -u "$owner" -- "$@"; else exec "$@"; fi
)

unset "${!PG@}"
folder=$(mktemp -d /tmp/intent-orders-keep.XXXXXX)
running=""
stop() { if [ -n "$running" ]; then as_owner "$bin/pg_ctl" -D "$running" -m "$1" -t 60 -w -s stop >&2 || true; running=""; fi; }
trap 'stop immediate; rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [ -n "$owner" ]; then chown "$owner" "$folder"; fi

start() {
  as_owner "$bin/pg_ctl" -D "$1" -l "$folder/server.log" -t 60 -w -s start >&2 || { tail -n 20 "$folder/server.log" >&2; die "PostgreSQL did not start"; }
  running=$1
}
ask() { as_owner "$bin/psql" -h "$folder" -U postgres -d "$1" -v ON_ERROR_STOP=1 -qAtX -c "$2"; }
url() { echo "postgres://postgres@/$1?host=$folder"; }
intent_orders() { local database=$1; shift; (cd "$folder" && DATABASE_URL=$(url "$database") SECRET=$(printf 's%.0s' $(seq 32)) LOG_LEVEL=error "$app" "$@"); }
sound() { intent_orders "$1" check >"$folder/check.txt" || { cat "$folder/check.txt" >&2; die "$2: check found faults"; }; note "$2: check is clean"; }
# What there is: orders, events, the newest number of each.
counts() { ask "$1" "select (select count(*) from orders), (select count(*) from events), (select max(number) from orders), (select max(number) from events)"; }
user() { intent_orders "$1" admin create --email "$2@example.com" --name "$2" --password 'correct horse battery' >/dev/null; }
has() { [ "$(ask "$1" "select count(*) from users where email = '$2@example.com'")" = "$3" ] || die "$4"; }

as_owner "$bin/initdb" -D "$folder/data" -U postgres --auth trust -E UTF8 --locale C >"$folder/initdb.log" 2>&1 || die "initdb failed: $(cat "$folder/initdb.log")"
as_owner mkdir "$folder/archive"
as_owner tee -a "$folder/data/postgresql.conf" >/dev/null <<END
listen_addresses = ''
unix_socket_directories = '$folder'
wal_level = replica
archive_mode = on
archive_command = 'test ! -f $folder/archive/%f && cp %p $folder/archive/%f'
END
start "$folder/data"
ask postgres "create database orders"
intent_orders orders demo >/dev/null
sound orders "the demo"

# One moment: a dump.
before=$(counts orders)
as_owner "$bin/pg_dump" -h "$folder" -U postgres --format=custom --no-owner --file "$folder/orders.dump" orders
user orders after-the-dump
ask postgres "create database orders_new"
as_owner "$bin/pg_restore" -h "$folder" -U postgres --no-owner --exit-on-error --dbname orders_new "$folder/orders.dump"
[ "$(counts orders_new)" = "$before" ] || die "the dump held $(counts orders_new), the database $before"
has orders_new after-the-dump 0 "the dump holds what came after it"
sound orders_new "the dump"
user orders_new writes-on
sound orders_new "the dump, written to"

# Every moment: a base backup and the archived log.
as_owner "$bin/pg_basebackup" -h "$folder" -U postgres --pgdata "$folder/base" --checkpoint fast --wal-method none
user orders wanted
moment=$(ask orders "select now()")
sleep 2
user orders unwanted
last=$(ask orders "select pg_walfile_name(pg_switch_wal())")
for _ in $(seq 100); do if [ -f "$folder/archive/$last" ]; then break; fi; sleep 0.1; done
[ -f "$folder/archive/$last" ] || die "the log was not archived"
stop fast
as_owner tee -a "$folder/base/postgresql.auto.conf" >/dev/null <<END
restore_command = 'cp $folder/archive/%f %p'
recovery_target_time = '$moment'
recovery_target_action = 'promote'
END
as_owner touch "$folder/base/recovery.signal"
start "$folder/base"
for _ in $(seq 300); do if [ "$(ask orders "select pg_is_in_recovery()")" = f ]; then break; fi; sleep 0.1; done
[ "$(ask orders "select pg_is_in_recovery()")" = f ] || die "the recovery did not come to its end"
has orders wanted 1 "what was written before the moment is not there"
has orders unwanted 0 "what was written after the moment is there"
numbers=$(ask orders "select (select last_value from order_numbers) + 10000, (select last_value from event_numbers) + 1000000")
ask orders "select setval('order_numbers', (select last_value + 10000 from order_numbers)), setval('event_numbers', (select last_value + 1000000 from event_numbers));
  update sessions set ended_at = now() where ended_at is null" >/dev/null
sound orders "the moment"
user orders writes-on
[ "$(ask orders "select max(number) > ${numbers#*|} from events")" = t ] || die "numbers that were given out are given out again"
sound orders "the moment, written to"
note "both ways hold"
