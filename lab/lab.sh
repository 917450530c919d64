#!/usr/bin/env bash
# The network lab: a server host, a client host and a router between them, as network namespaces on this machine.
#
#   lab.sh up                     make the hosts             lab.sh exec server|client|router CMD…   run something on one
#   lab.sh condition NAME         break the network          lab.sh clear                            mend it again
#   lab.sh conditions             list the conditions        lab.sh down                             remove everything
#
# The server is 10.77.1.1, the client 10.77.2.1; nothing leaves the machine. Needs root, iproute2 and nftables.
# A condition is a file in conditions/: `<host> nft <ruleset>` and `<host> rate <tbf arguments>` lines, see there.
# Delay, jitter and reordering are the relay's (`exedra-relay`), since netem is not in every kernel.
set -euo pipefail
cd "$(dirname "$0")"
prefix=${EXEDRA_LAB:-exedra-lab}
ns() { echo "$prefix-$1"; }
on() { local host=$1; shift; ip netns exec "$(ns "$host")" "$@"; }

up() {
  down
  for host in server router client; do
    ip netns add "$(ns $host)"
    ip -n "$(ns $host)" link set lo up
  done
  join_router server 10.77.1
  join_router client 10.77.2
  on router sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
}

join_router() { # host network
  ip link add wan netns "$(ns "$1")" type veth peer name "to-$1" netns "$(ns router)"
  ip -n "$(ns "$1")" addr add "$2.1/24" dev wan
  ip -n "$(ns router)" addr add "$2.254/24" dev "to-$1"
  ip -n "$(ns "$1")" link set wan up
  ip -n "$(ns router)" link set "to-$1" up
  ip -n "$(ns "$1")" route add default via "$2.254"
}

down() {
  for host in server router client; do ip netns del "$(ns $host)" 2>/dev/null || true; done
}

clear_all() {
  for host in server router client; do
    on $host nft flush ruleset
    for device in $(on $host ls /sys/class/net); do on $host tc qdisc del dev "$device" root 2>/dev/null || true; done
  done
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
  *) sed -n '2,9s/^# \?//p' "$0"; exit 2 ;;
esac
