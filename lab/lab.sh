#!/usr/bin/env bash
# The network lab: a server, a client and another client, with a router between them, as network namespaces on this machine.
#
#   lab.sh up                     make the hosts             lab.sh exec server|client|other|router CMD…   run something on one
#   lab.sh condition NAME         break the network          lab.sh clear                                  mend it again
#   lab.sh conditions             list the conditions        lab.sh down                                   remove everything
#
# The server is 192.0.2.1, the client 203.0.113.1, the other one 198.51.100.1 (RFC 5737); nothing leaves the machine. Needs
# root, iproute2 and nftables. A condition is a file in conditions/ with lines `<host> nft <hook> <rule>`, `<host> rate <tbf
# arguments>`, `<host> link <device> <state>` and `router relay <options of exedra-relay>`: the relay does delay, jitter and
# reordering, since netem is not in every kernel. It takes what comes to 192.0.2.254:5000 to the server, which must announce it.
set -euo pipefail
cd "$(dirname "$0")"
prefix=${EXEDRA_LAB:-exedra-lab}
relay_pid=/run/$prefix-relay.pid
ns() { echo "$prefix-$1"; }
on() { local host=$1; shift; ip netns exec "$(ns "$host")" "$@"; }
network() { case $1 in server) echo 192.0.2 ;; client) echo 203.0.113 ;; other) echo 198.51.100 ;; esac; }

up() {
  down
  for host in router server client other; do
    ip netns add "$(ns $host)"
    ip -n "$(ns $host)" link set lo up
  done
  for host in server client other; do join_router $host "$(network $host)"; done
  on router sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
}

join_router() { # host network
  ip link add wan netns "$(ns "$1")" type veth peer name "to-$1" netns "$(ns router)"
  ip -n "$(ns "$1")" addr add "$2.1/24" dev wan
  ip -n "$(ns router)" addr add "$2.254/24" dev "to-$1"
  ip -n "$(ns router)" link set "to-$1" up
  connect "$1"
}

connect() { # host
  ip -n "$(ns "$1")" link set wan up
  ip -n "$(ns "$1")" route replace default via "$(network "$1").254"
}

stop_relay() {
  [ ! -f "$relay_pid" ] || { kill "$(cat "$relay_pid")" 2>/dev/null || true; rm -f "$relay_pid"; }
}

down() {
  stop_relay
  for host in server router client other; do ip netns del "$(ns $host)" 2>/dev/null || true; done
}

clear_all() {
  stop_relay
  for host in server router client other; do
    on $host nft flush ruleset
    for device in $(on $host ls /sys/class/net); do on $host tc qdisc del dev "$device" root 2>/dev/null || true; done
    [ $host = router ] || connect $host
  done
}

relay() { # options
  local binary=../target/release/exedra-relay
  [ -x "$binary" ] || binary=../target/debug/exedra-relay
  ip netns exec "$(ns router)" "$binary" --listen 192.0.2.254:5000 --to 192.0.2.1:5000 "$@" >/dev/null 2>&1 &
  echo $! > "$relay_pid"
}

condition() {
  local file="conditions/$1"
  [ -f "$file" ] || { echo "lab: no condition $1; there are: $(ls conditions | tr '\n' ' ')" >&2; exit 2; }
  clear_all
  while read -r host kind rest; do
    case "$host $kind" in
      '#'*|' ') ;;
      *' nft')  printf 'table inet lab {\n chain c {\n type filter hook %s priority 0;\n %s\n }\n}\n' "${rest%% *}" "${rest#* }" | tr ';' '\n' | on "$host" nft -f - ;;
      *' rate') set -- $rest; on "$host" tc qdisc add dev "$1" root tbf rate "$2" burst 32kb latency "${3:-100ms}" ;;
      *' link') set -- $rest; on "$host" ip link set "$1" "$2" ;;
      'router relay') relay $rest ${EXEDRA_LAB_SEED:+--seed "$EXEDRA_LAB_SEED"} ;;
      *) echo "lab: cannot read '$host $kind' in $file" >&2; exit 2 ;;
    esac
  done < "$file"
}

case "${1:-}" in
  up) up ;;
  down) down ;;
  clear) clear_all ;;
  condition) condition "$2" ;;
  conditions) for file in conditions/*; do printf '%-22s %s\n' "$(basename "$file")" "$(sed -n '1s/^# *//p' "$file")"; done ;;
  exec) shift; on "$@" ;;
  *) sed -n '2,11s/^# \?//p' "$0"; exit 2 ;;
esac
