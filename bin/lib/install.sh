# The steps of bin/setup, each idempotent. Uses common.sh.

readonly kIndexMinimum=10000 # fewer packages than this is an index that was never fetched
readonly kAptLog=build/setup-apt.log

# Settled: nothing that setup looks at has changed since it last found everything in place.
is_settled() {
  local stamp="build/.setup-$1" input
  for input in /var/lib/dpkg/status /var/lib/apt/lists bin/lib/packages bin/lib/install.sh package-lock.json; do
    if [ -e "$input" ] && ! [ "$stamp" -nt "$input" ]; then return 1; fi
  done
  [ -e "$stamp" ] && { [ ! -e package-lock.json ] || [ -e node_modules/.package-lock.json ]; }
}

wanted_packages() { # kind
  awk -v kind="$1" '!/^#/ && NF && ($2 != "tests" || kind == "tests") {print $1}' bin/lib/packages
  node_works node || echo nodejs
  npm --version >/dev/null 2>&1 || echo npm # Debian's npm conflicts with other builds of Node: never over one
}

missing_packages() { # kind
  local name installed
  installed="$(dpkg-query --show --showformat '${binary:Package} ${db:Status-Status}\n' 2>/dev/null |
    awk '$2 == "installed" {sub(/:.*/, "", $1); print $1}')"
  for name in $(wanted_packages "$1"); do
    grep --quiet --line-regexp --fixed-strings -- "$name" <<<"$installed" || printf '%s ' "$name"
  done
}

# As root, or by a sudo that asks nothing, or by one that can ask on a terminal; one exo setup at a time.
as_root() {
  if [ "$(id --user)" = 0 ]; then
    "$@"
  elif sudo --non-interactive true 2>/dev/null || { [ -t 0 ] && command -v sudo >/dev/null; }; then
    sudo "$@"
  else
    return 126
  fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive flock /run/lock/exo-setup.lock \
    apt-get --quiet --yes -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" </dev/null
}

# apt_or_explain ARGUMENTS…: apt-get with its output in a log that is shown when it fails.
apt_or_explain() {
  local code=0
  apt "$@" >>"$kAptLog" 2>&1 || code=$?
  [ "$code" = 0 ] && return 0
  if [ "$code" = 126 ]; then
    say "needs root and found no usable sudo. Run this, then again bin/setup:"
    printf '  apt-get update && apt-get install --yes --no-install-recommends %s\n' "${missing:-}" >&2
    exit 1
  fi
  return "$code"
}

show_apt_log() {
  tail --lines 40 "$kAptLog" >&2
  say "apt-get failed (the whole log: $EXO_ROOT/$kAptLog)"
  exit 1
}

# The lists have a lock of their own that apt-get does not wait for, hence the tries.
update_index() {
  say "fetching the package index"
  local try
  for try in 1 2 3; do
    apt_or_explain update && return 0
    say "apt-get update failed, try $try of 3"
    sleep 5
  done
  show_apt_log
}

install_packages() { # kind
  local missing count
  missing="$(missing_packages "$1")"
  [ -z "$missing" ] && return 0
  count="$(wc --words <<<"$missing")"
  : >"$kAptLog"
  say "$count Debian packages are missing: $missing"
  index_is_there || update_index
  say "installing them"
  # shellcheck disable=SC2086 # one word is one package
  apt_or_explain install --no-install-recommends $missing || {
    update_index # an index that is older than the archive names files that are gone
    apt_or_explain install --no-install-recommends $missing || show_apt_log
  }
}

index_is_there() {
  [ "$(apt-cache dumpavail 2>/dev/null | grep --count '^Package: ')" -ge "$kIndexMinimum" ]
}

refresh_package_index() {
  index_is_there && return 0
  update_index
  index_is_there && return 0
  say "apt-cache dumpavail still names fewer than $kIndexMinimum packages: are the sources in /etc/apt complete?"
  exit 1
}

install_node_modules() {
  [ -e package-lock.json ] || return 0
  [ node_modules/.package-lock.json -nt package-lock.json ] && return 0
  say "installing the npm packages of package-lock.json"
  run_logged build/setup-npm.log npm ci --no-audit --no-fund
  touch node_modules/.package-lock.json
}
