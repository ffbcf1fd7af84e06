# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# Ready ports. Loaded after plugin.bash.
#
#   pools SIZE [FILTER]       the configuration: SIZE ready ports of br0, VLAN 10;
#                             FILTER is jq and adds to it
#   ready                     the Interface rows of all ready ports
#   has_ready COUNT           so many are there, and the switch has made them
#   ready_names               their names, one a line
#   pool_empties              by hand: all ready ports go
#   pools_end                 no pool is wanted any more: the plugin removes them,
#                             and is stopped

pools() { # SIZE [FILTER]
    config "$(jq -nc --argjson base "$DEFAULT_CONFIG" --argjson size "$1" \
        '$base + {pools: [{bridge: "br0", vlan: 10, pool: $size}]} | '"${2:-.}")"
}

ready() { rows Interface external_ids:ovsint-owner=pool; }

has_ready() { # COUNT
    ready | check_json --argjson count "$1" \
        'length == $count and all(.ofport > 0 and .ifindex > 0)'
}

ready_names() { ready | jq -r '.[].name' | sort; }

pools_end() {
    config "$DEFAULT_CONFIG"
    plugin restart
    wait_until 10 has_ready 0
    plugin stop
}
