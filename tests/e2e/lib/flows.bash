# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# The flows of source guards at br0. Loaded after base.bash.
#
#   our_flows            the flows of our cookies, as text, sorted
#   no_flows             there are none
#   same_flows FLOWS     they are these

our_flows() {
    local flows
    flows=$(ovs-ofctl -O OpenFlow14 dump-flows br0 \
        cookie=0x6f7673696e740000/0xffffffffffff0000) || return
    grep -o 'priority=.*' <<<"$flows" | sort
}

no_flows() { prints_nothing our_flows; }

same_flows() { # FLOWS
    local flows
    flows=$(our_flows) && [ "$flows" = "$1" ]
}
