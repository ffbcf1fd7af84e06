# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# A container runtime that speaks CNI, as small as one can be: what libcni puts
# into the environment and onto standard input of a plugin. A container is a
# namespace of that name (netns_add). Loaded after base.bash.
#
#   conf NAME VERSION [FILTER]   prints a network configuration; FILTER is jq
#   cni COMMAND NAME CONF        the plugin: its answer on stdout and in $T/answer
#   cni_refuses CODE TEXT COMMAND NAME CONF
#   list NAME PLUGIN...          a configuration list, of plugins as JSON, for runtimes
#   cni_dir                      the plugin where runtimes look for it, /run/cni-bin
#   podman_cni                   podman 4 uses both; after podman_setup
#   holds                        the ports of the plugin's: CONTAINER/IFNAME lines
#   owners                       of all ports, as OWNER/IFNAME, in one line
#
# cni takes IFNAME (eth0), NETNS (that of NAME), ARGS ("") and DIRS (CNI_PATH) from
# variables.

CNI=${OVSINT_CNI:-$ROOT/build/release/ovsint-cni}

conf() { # NAME VERSION [FILTER]
    jq -nc --arg name "$1" --arg version "$2" \
        '{cniVersion: $version, name: $name, type: "ovsint"} | '"${3:-.}"
}

# What the specification says of an answer. An answer about a version that is not
# known is in 1.0.0.
is_valid_answer() { # KIND CONF
    local wrong version=1.0.0
    [ -s "$T/answer" ] || fail "no answer" || return
    [[ ! $2 =~ \"cniVersion\":\ *\"(0\.3\.[01]|0\.4\.0|1\.[01]\.0)\" ]] ||
        version=${BASH_REMATCH[1]}
    wrong=$(jq -r --arg kind "$1" --arg version "$version" \
        -f "$ROOT/tests/e2e/lib/cni-schema.jq" <"$T/answer" 2>&1) || true
    [ -z "$wrong" ] || fail "$wrong"$'\n'"in: $(cat "$T/answer")"
}

# Every answer is checked.
cni() { # COMMAND NAME CONF
    local status=0
    printf '%s' "$3" | CNI_COMMAND=$1 CNI_CONTAINERID=$2 \
        CNI_NETNS=${NETNS-/run/netns/$2} CNI_IFNAME=${IFNAME-eth0} \
        CNI_ARGS=${ARGS-} CNI_PATH=${DIRS-/opt/cni/bin:/usr/lib/cni} "$CNI" \
        >"$T/answer" 2>"$T/stderr" || status=$?
    cat "$T/answer"
    # What it may not call once it is confined is named there.
    not grep 'not allowed here' "$T/stderr" >&2 || amiss "cni $1: not allowed here" || return
    case $1-$status in
    ADD-0)
        is_valid_answer result "$3" &&
            check_json --arg ifname "${IFNAME-eth0}" \
                --arg netns "${NETNS-/run/netns/$2}" '
                (.interfaces[-1] | .name == $ifname and .sandbox == $netns and
                    has("mac")) and (.interfaces as $all | .ips |
                    all(.interface == ($all | length - 1)))' <"$T/answer"
        ;;
    VERSION-0) is_valid_answer versions "$3" ;;
    *-0) [ ! -s "$T/answer" ] || fail "$1 says: $(cat "$T/answer")" ;;
    *)
        is_valid_answer error "$3" &&
            check_json '.msg | test("not found|no such file"; "i") | not' \
                <"$T/answer"
        ;;
    esac || amiss "cni $1: its answer" || return
    return "$status"
}

cni_refuses() { # CODE TEXT COMMAND NAME CONF
    local code=$1 text=$2 status=0
    shift 2
    cni "$@" >/dev/null || status=$?
    [ "$status" = 1 ] || fail "$* ended with $status: $(cat "$T/answer")" ||
        return
    check_json '.code == ($code | tonumber) and (.msg | contains($text))' \
        --arg code "$code" --arg text "$text" <"$T/answer"
}

cni_dir() {
    mkdir -p /run/cni-bin /etc/cni/net.d
    ln -s "$CNI" /run/cni-bin/ovsint
}

podman_cni() {
    cni_dir
    sed -i '/^network_config_dir/d' /etc/containers/containers.conf
    cat >>/etc/containers/containers.conf <<-EOF
	[network]
	network_backend = "cni"
	network_config_dir = "/etc/cni/net.d"
	cni_plugin_dirs = ["/run/cni-bin", "/usr/lib/cni"]
	EOF
}

list() { # NAME PLUGIN...: each as JSON
    local name=$1
    shift
    printf '%s\n' "$@" | jq -s --arg name "$name" \
        '{cniVersion: "1.0.0", name: $name, plugins: .}' \
        >"/etc/cni/net.d/10-$name.conflist"
}

holds() { plugged_by cni; }

owners() {
    local -
    set -o pipefail
    rows Interface | jq -r '.[].external_ids | select(.["ovsint-owner"]) |
        "\(.["ovsint-owner"])/\(.["ovsint-ifname"])"' | sort | xargs
}
