# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# What podman and netavark do with a plugin: podman starts it for `create`,
# netavark for `setup` and `teardown`, each with one JSON object on standard
# input. Loaded after base.bash and cni.bash.
#
#   network NAME [FILTER]        prints a network's configuration, as podman keeps it
#   created CONF                 has the plugin complete it, as `network create` does
#   asked NAME CONF [FILTER]     prints what netavark writes for container NAME
#   nv COMMAND [NAME] JSON       the plugin: its answer on stdout and in $T/answer
#   nv_refuses TEXT COMMAND [NAME] JSON
#   plugged                      its ports: CONTAINER/IFNAME lines
#   podman5_setup                podman 5 finds the plugin; in setup_file, after
#                                podman_setup
#
# nv takes NETNS (that of NAME) from a variable.

NETAVARK=${OVSINT_NETAVARK:-$ROOT/build/release/ovsint-netavark}

network() { # NAME [FILTER]
    jq -nc --arg name "$1" --arg id "$(sha256sum <<<"$1" | head -c 64)" \
        '{name: $name, id: $id, driver: "ovsint", ipv6_enabled: false,
            internal: false, dns_enabled: true,
            created: "0001-01-01T00:00:00Z"} | '"${2:-.}"
}

created() { nv create "$1"; }

asked() { # NAME CONF [FILTER]
    jq -c --arg id "$1" '{container_id: $id, container_name: $id,
        port_mappings: null,
        network: (del(.created) + {routes: .routes, subnets: .subnets,
            network_interface: .network_interface,
            network_dns_servers: .network_dns_servers}),
        network_options: {aliases: [$id], interface_name: "eth0",
            static_ips: null, static_mac: null}} | '"${3:-.}" <<<"$2"
}

# Every answer is checked against what podman and netavark can read.
nv() { # COMMAND [NAME] JSON
    local status=0 args=("$1")
    [ $# -lt 3 ] || args+=("${NETNS-/run/netns/$2}")
    printf '%s' "${*: -1}" | "$NETAVARK" "${args[@]}" \
        >"$T/answer" 2>"$T/stderr" || status=$?
    cat "$T/answer"
    # What it may not call once it is confined is named there. An error is not,
    # as podman shows its user that and the answer.
    not grep 'not allowed here' "$T/stderr" >&2 || amiss "nv $1: not allowed here" || return
    [ "$status" = 0 ] || [ ! -s "$T/stderr" ] || fail "$(cat "$T/stderr")" ||
        amiss "nv $1: what it says to standard error" || return
    [ "$(stat -c %s "$T/answer")" -le 32768 ] || amiss "nv $1: the size of its answer" || return
    case $1-$status in
    create-0)
        check_json --argjson asked "${*: -1}" '. as $is |
            ($asked | keys | all(. as $key | $is | has($key))) and
            .name == $asked.name and .id == $asked.id and
            .driver == $asked.driver and (.ipam_options.driver | length > 0)' \
            <"$T/answer"
        ;;
    setup-0)
        check_json --argjson asked "${*: -1}" '
            (keys == ["dns_search_domains", "dns_server_ips", "interfaces"]) and
            (.interfaces | keys == [$asked.network_options.interface_name]) and
            (.interfaces[] | (.mac_address |
                test("^([0-9a-f]{2}:){5}[0-9a-f]{2}$")) and
                (.subnets | all(.ipnet | contains("/"))))' <"$T/answer"
        ;;
    *-0) [ ! -s "$T/answer" ] || fail "$1 says: $(cat "$T/answer")" ;;
    *) check_json 'keys == ["error"]' <"$T/answer" ;;
    esac || amiss "nv $1: its answer" || return
    return "$status"
}

nv_refuses() { # TEXT COMMAND [NAME] JSON
    local text=$1 status=0
    shift
    nv "$@" >/dev/null || status=$?
    [ "$status" = 1 ] || fail "$* ended with $status: $(cat "$T/answer")" ||
        return
    check_json '.error | contains($text)' --arg text "$text" <"$T/answer"
}

plugged() { plugged_by netavark; }

podman5_setup() {
    export PODMAN_IGNORE_CGROUPSV1_WARNING=1
    mkdir -p /run/netavark
    ln -sfn "$NETAVARK" /run/netavark/ovsint
    cat >>/etc/containers/containers.conf <<-EOF2
	[network]
	network_backend = "netavark"
	network_config_dir = "/run/podman/networks"
	netavark_plugin_dirs = ["/run/netavark"]
	EOF2
    sed -i '/^\[engine\]/,/^\[network\]/{/^network_config_dir/d}' \
        /etc/containers/containers.conf
}
