# Node 18 or newer, also where an older or broken `node` comes first on PATH. Uses common.sh.

node_works() { # PROGRAM
  local major
  major="$("$1" --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')"
  [[ "$major" =~ ^[0-9]+$ ]] && [ "$major" -ge 18 ]
}

# Everything that this verb starts finds it as `node`.
use_a_node_that_works() {
  local each
  node_works node && return 0
  for each in /usr/bin/node /usr/local/bin/node; do
    node_works "$each" || continue
    mkdir -p build/node
    ln --force --symbolic "$each" build/node/node
    export PATH="$EXO_ROOT/build/node:$PATH"
    return 0
  done
}
