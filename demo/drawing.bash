# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A picture of a bridge with the containers on it: ports and VLANs as OVSDB has
# them, devices and addresses as the containers' namespaces have them.

case ${LC_ALL:-${LC_CTYPE:-${LANG-}}} in
*[Uu][Tt][Ff]*8*) H=─ V=│ TL=┌ TR=┐ BL=└ BR=┘ DOWN=┬ UP=┴ ;;
*) H=- V='|' TL=+ TR=+ BL=+ BR=+ DOWN=+ UP=+ ;;
esac

BOX=19    # inner width of a container
BETWEEN=3 # blanks from box to box

repeat() { # COUNT TEXT
    local i
    for ((i = 0; i < $1; i++)); do printf '%s' "$2"; done
}

centred() { # WIDTH TEXT
    local left=$((($1 - ${#2}) / 2))
    printf '%*s%s%*s' "$left" '' "$2" $(($1 - ${#2} - left)) ''
}

# NAME PORT VLAN NUMBER of each container's port, in the order of numbers.
bridge_ports() { # BRIDGE
    jq -nr --argjson bridge "$(row Bridge name="$1")" \
        --argjson ports "$(rows Port external_ids:ovsint-owner=hook)" \
        --argjson ifaces "$(rows Interface external_ids:ovsint-owner=hook)" '
        ($ifaces | INDEX(.name)) as $iface
        | ([$bridge.ports] | flatten) as $here
        | [$ports[] | select(._uuid | IN($here[]))
            | [.external_ids["ovsint-container"], .name, .tag,
                $iface[.name].ofport]]
        | sort_by(last)[] | @tsv'
}

# IFNAME ADDRESS: what the container sees of its port.
inside() { # NAME PORT
    in_net "$1" ip -j addr show dev "$2" | jq -r '.[0] | [
        (.altnames // [.ifname])[0],
        (.addr_info[] | select(.family == "inet")
            | "\(.local)/\(.prefixlen)")] | @tsv'
}

row_of() { # EDGE TEXT...: one text per box
    local edge=$1 text gap=''
    shift
    printf '  '
    for text; do
        printf '%s%s%s%s' "$gap" "$edge" "$(centred $BOX "$text")" "$edge"
        gap=$(repeat $BETWEEN ' ')
    done
    printf '\n'
}

# A line along COUNT boxes, with MIDDLE at the middle of each.
border() { # COUNT LEFT MIDDLE RIGHT BETWEEN
    local i half
    half=$(repeat $((BOX / 2)) "$H")
    printf '  %s' "$2"
    for ((i = 1; i <= $1; i++)); do
        printf '%s%s%s' "$half" "$3" "$half"
        [ "$i" = "$1" ] || printf '%s' "$5"
    done
    printf '%s\n' "$4"
}

draw_bridge() { # BRIDGE
    local name port vlan number ifname address count gap inner
    local names=() ports=() vlans=() numbers=() ifnames=() addresses=()
    while read -r name port vlan number; do
        read -r ifname address < <(inside "$name" "$port")
        names+=("$name") ports+=("$port") vlans+=("VLAN $vlan")
        numbers+=("port $number") ifnames+=("$ifname") addresses+=("$address")
    done < <(bridge_ports "$1")
    count=${#names[@]}
    [ "$count" != 0 ] || give_up "no container is on bridge $1"

    gap=$(repeat $BETWEEN ' ')
    border "$count" "$TL" "$H" "$TR" "$TR$gap$TL"
    row_of "$V" "${names[@]}"
    row_of "$V" "${addresses[@]}"
    row_of "$V" "${ifnames[@]}"
    row_of "$V" "${ports[@]}"
    border "$count" "$BL" "$DOWN" "$BR" "$BR$gap$BL"
    row_of ' ' "${numbers[@]}"
    row_of ' ' "${vlans[@]}"
    border "$count" "$TL" "$UP" "$TR" "$(repeat $((BETWEEN + 2)) "$H")"
    inner=$((count * (BOX + 2) + (count - 1) * BETWEEN - 2))
    printf '  %s%s%s\n' "$V" "$(centred $inner "$1")" "$V"
    printf '  %s%s%s\n' "$BL" "$(repeat $inner "$H")" "$BR"
}
