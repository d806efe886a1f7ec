# A PostgreSQL of one's own: `cluster.sh BIN fast|durable`. Does what is written to its input, `stop` or `start`, and ends,
# with all that it made, when nobody holds the other end any more, however that one ended.
set -eu
bin=$1 kind=$2
trap '' INT TERM HUP PIPE # an answer that nobody reads is an error, and ends this by the trap below
cd /
umask 077
[ -w "${TMPDIR:-/tmp}" ] || TMPDIR=/tmp
dir=$(mktemp -d "${TMPDIR:-/tmp}/foodlens-pg.XXXXXX")
end() {
  "$bin/pg_ctl" -D "$dir/data" -m immediate -t 20 stop >/dev/null 2>&1 || true
  rm -rf "$dir"
}
trap end EXIT

start() {
  "$bin/pg_ctl" -D "$dir/data" -w -t 60 -l "$dir/log" start >/dev/null 2>&1 || { cat "$dir/log" >&2; exit 1; }
}

"$bin/initdb" -D "$dir/data" -U operator --auth=trust -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 ||
  { cat "$dir/log" >&2; exit 1; }
{
  echo "listen_addresses = ''"
  echo "unix_socket_directories = '$dir'"
  echo "max_connections = 300"
  [ "$kind" = durable ] || printf 'fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n'
} >>"$dir/data/postgresql.conf"
start
echo "$dir"
while read -r order; do
  case $order in
    stop) "$bin/pg_ctl" -D "$dir/data" -m immediate -w -t 20 stop >/dev/null 2>&1 ;;
    start) start ;;
  esac
  echo done
done
