# shellcheck shell=bash
# What the scripts of the production stack share. PAYOUTS_ENV_FILE names another environment than .env.prod.

env_file=${PAYOUTS_ENV_FILE:-.env.prod}
[ -r "$env_file" ] || { echo "There is no $env_file that can be read" >&2; exit 1; }

stack() { docker compose --env-file "$env_file" --file docker-compose.prod.yml "$@" </dev/null; }

# The same, but it reads the standard input.
stack_reading() { docker compose --env-file "$env_file" --file docker-compose.prod.yml "$@"; }

die() { echo "$*" >&2; exit 1; }

ensure_own_database() {
  ! grep -qE '^DATABASE_URL=.' "$env_file" \
    || die "DATABASE_URL names another server than the stack's own: back it up and restore it with its own means"
}

# Reads all of a dump, so that one that is cut or damaged is found, and looks for payouts in it.
ensure_readable() {
  [ ! -r "$1.sha256" ] || (cd "$(dirname "$1")" && sha256sum --check --status "${1##*/}.sha256") \
    || die "$1 is not what was written: its SHA-256 differs"
  stack_reading exec -T db pg_restore --file=/dev/null <"$1" || die "$1 cannot be read as a dump"
  # Not `grep -q`, which leaves before the list has ended, and makes its sender fail.
  stack_reading exec -T db pg_restore --list <"$1" | grep ' TABLE DATA public payouts_payout ' >/dev/null \
    || die "$1 is a dump, but holds no payouts"
}
