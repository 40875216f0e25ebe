#!/usr/bin/env bash
# Gives the tests a PostgreSQL of their own and takes it away again.
#
#   tests/postgres.sh run COMMAND...   a throw-away cluster for one command, which finds it in TEST_POSTGRES_URL
#   tests/postgres.sh serve DIR        a lasting cluster in DIR, in the foreground, for development; Ctrl-C stops it
#   tests/postgres.sh ctl DIR VERB...  the same in the background, for tests that break it: start (prints its address), stop and restart as pg_ctl has them
#
# A cluster listens on a unix socket inside its own folder only: no port to collide on, nobody else can reach it.
# TEST_POSTGRES_URL already set: that server is used and none is started.
# No PostgreSQL to be had: a failure with CI=true, elsewhere a loud warning and the command runs without it.
set -euo pipefail

note() { printf 'postgres.sh: %s\n' "$*" >&2; }
die() { note "$@"; exit 1; }

# The server refuses to run as root, so root hands it to an unprivileged user.
owner=""
if [ "$(id -u)" = 0 ]; then
  owner=nobody
  if id postgres >/dev/null 2>&1; then owner=postgres; fi
fi
# Runs a command as that user, from a folder that everybody may enter.
as_owner() (
  cd /
  if [ -n "$owner" ]; then exec runuser -u "$owner" -- "$@"; else exec "$@"; fi
)

bin=""
# Takes the folder if its programs are there and really run (a version manager's stand-in may exist and not work).
usable() {
  local program
  for program in initdb postgres pg_ctl; do
    [ -x "$1/$program" ] && as_owner "$1/$program" --version >/dev/null 2>&1 || return 1
  done
  bin=$1
}
find_server() {
  local found
  found=$(command -v initdb || true)
  if [ -n "$found" ] && usable "$(dirname "$found")"; then return 0; fi
  # Debian keeps the server's programs off PATH, one folder a version: the newest first.
  for found in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV); do
    if usable "$found"; then return 0; fi
  done
  found=$(pg_config --bindir 2>/dev/null || true)
  [ -n "$found" ] && usable "$found"
}

missing=""
install_server() {
  missing="no PostgreSQL server programs (initdb, postgres, pg_ctl) on PATH or in /usr/lib/postgresql"
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then return 1; fi
  note "installing PostgreSQL"
  # The package would make and start a cluster of its own; only its programs are wanted. Needed during the installation only.
  local setting=/etc/postgresql-common/createcluster.d/intent-orders-tests.conf done=0
  mkdir -p "$(dirname "$setting")"
  echo 'create_main_cluster = false' >"$setting"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -q && apt-get install -y -q --no-install-recommends postgresql; } </dev/null >&2 || done=$?
  rm -f "$setting"
  if [ "$done" != 0 ]; then missing="$missing, and apt-get could not install them"; return 1; fi
  if id postgres >/dev/null 2>&1; then owner=postgres; fi
  find_server
}
have_server() {
  if [ -n "$owner" ] && ! command -v runuser >/dev/null; then missing="runuser, to start PostgreSQL as another user than root"; return 1; fi
  find_server || install_server
}

# cluster FOLDER [SERVER OPTIONS]: makes FOLDER/data if it is not there and starts it with its socket in FOLDER.
cluster() {
  local folder=$1 options=${2:-} locale
  # Variables meant for another server (PGPORT, PGDATA, PGOPTIONS …) would lead this one and its clients astray.
  unset "${!PG@}"
  if [ ! -s "$folder/data/PG_VERSION" ]; then
    # C.UTF-8 is not everywhere; both order by bytes. -N: an empty cluster needs no sync.
    for locale in C.UTF-8 C; do
      if as_owner "$bin/initdb" -D "$folder/data" -U postgres --auth trust -E UTF8 --locale "$locale" -N >"$folder/initdb.log" 2>&1; then break; fi
      if [ "$locale" = C ]; then cat "$folder/initdb.log" >&2; die "initdb failed"; fi
    done
  fi
  # pg_ctl waits until the server takes connections, and starts it in a session of its own: Ctrl-C reaches it through our trap only.
  if ! as_owner "$bin/pg_ctl" -D "$folder/data" -l "$folder/server.log" -t 60 -w -s \
    -o "-c listen_addresses='' -c unix_socket_directories='$folder' -c port=5432 $options" start >&2; then
    tail -n 20 "$folder/server.log" >&2 || true
    die "PostgreSQL did not start"
  fi
  url="postgres://postgres@/postgres?host=$folder"
}
stop() { as_owner "$bin/pg_ctl" -D "$1/data" -m "$2" -t 60 -w -s stop >&2 || true; }

run() {
  [ $# -gt 0 ] || die "run needs a command"
  if [ -n "${TEST_POSTGRES_URL:-}" ]; then exec "$@"; fi
  unset TEST_POSTGRES_URL # an empty one is none
  if ! have_server; then
    case "${CI:-}" in true | 1) die "with CI=$CI PostgreSQL must be there, but it is not: $missing" ;; esac
    {
      echo '!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!'
      echo '!!  PostgreSQL is SKIPPED: half of the database tests do not run.'
      echo "!!  Missing: $missing."
      echo '!!  Install the package postgresql, or set TEST_POSTGRES_URL to a server'
      echo '!!  on which databases may be created and dropped.'
      echo '!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!'
    } >&2
    exec "$@"
  fi
  # In /tmp whatever TMPDIR says: the path of a unix socket has about 100 characters at most.
  folder=$(mktemp -d /tmp/intent-orders-pg.XXXXXX)
  # Nothing in it outlives the command, so it is stopped the quick way.
  trap 'if [ -e "$folder/data/postmaster.pid" ]; then stop "$folder" immediate; fi; rm -rf "$folder"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  if [ -n "$owner" ]; then chown "$owner" "$folder"; fi
  # Not durable, on purpose: tests ask what is stored, and a lost cluster is made anew.
  cluster "$folder" "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300"
  export TEST_POSTGRES_URL=$url
  local status=0
  "$@" || status=$?
  exit "$status"
}

# place FOLDER: makes it a place for a lasting cluster, in $folder.
place() {
  mkdir -p "$1"
  folder=$(cd "$1" && pwd -P)
  # The address and the server's options are built from the path, so it holds plain characters only.
  case "$folder" in *[!A-Za-z0-9/._-]*) die "the folder's path may hold letters, digits and / . _ - only: $folder" ;; esac
  [ ${#folder} -lt 85 ] || die "the folder's path is too long for a unix socket: $folder"
  if [ -n "$owner" ]; then
    # Only an empty folder changes hands.
    if [ -z "$(ls -A "$folder")" ]; then chown "$owner" "$folder" && chmod 700 "$folder"; fi
    as_owner test -w "$folder" || die "the user $owner, as whom PostgreSQL runs, cannot write to $folder"
  fi
}

serve() {
  [ $# = 1 ] || die "serve needs one folder"
  have_server || die "PostgreSQL is missing: $missing"
  place "$1"
  # Its data outlive the run, so the server keeps its durable defaults.
  cluster "$folder"
  trap 'stop "$folder" fast' EXIT
  trap 'exit 0' HUP INT TERM
  echo "DATABASE_URL='$url'"
  note "PostgreSQL runs until Ctrl-C"
  while [ -e "$folder/data/postmaster.pid" ]; do sleep 1; done
  trap - EXIT
  die "PostgreSQL stopped by itself, see $folder/server.log"
}

ctl() {
  [ $# -ge 2 ] || die "ctl needs a folder and a verb"
  have_server || die "PostgreSQL is missing: $missing"
  place "$1"
  shift
  if [ "$1" = start ]; then
    cluster "$folder"
    echo "$url"
  else
    # Restarted without a log of its own it would write to our output, and whoever reads that would wait for its end.
    as_owner "$bin/pg_ctl" -D "$folder/data" -l "$folder/server.log" -t 60 -w -s "$@" >&2
  fi
}

case "${1:-}" in
  run) shift; run "$@" ;;
  serve) shift; serve "$@" ;;
  ctl) shift; ctl "$@" ;;
  *) die "usage: tests/postgres.sh run COMMAND... | serve DIR | ctl DIR VERB..." ;;
esac
