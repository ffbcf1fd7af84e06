#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# make install and uninstall, and what they install.

load ../lib/base

tree() { # what lies below $T/root, with modes; without documents
    (cd "$T/root" && find . -path ./usr/share/doc/ovsint -prune -o \
        -type f -printf '%m /%P\n' | sort -k 2)
}

installation() { # TARGET [VARIABLE=VALUE...]
    make -C "$ROOT" --no-print-directory "$@" DESTDIR="$T/root" 3>&- 4>&-
}

@test "the tree below PREFIX=/usr" {
    installation install PREFIX=/usr
    diff - <(tree) <<-EOF
	644 /etc/ovsint/ovsint.json
	755 /usr/lib/cni/ovsint
	644 /usr/lib/systemd/system/ovsint-namespaces.service
	644 /usr/lib/systemd/system/ovsint-namespaces.socket
	644 /usr/lib/systemd/system/ovsint-plugin.service
	644 /usr/lib/systemd/system/ovsint-plugin.socket
	755 /usr/libexec/netavark/ovsint
	755 /usr/sbin/ovsint
	755 /usr/sbin/ovsint-hook
	755 /usr/sbin/ovsint-namespaces
	755 /usr/sbin/ovsint-plugin
	644 /usr/share/bash-completion/completions/ovsint
	644 /usr/share/containers/oci/hooks.d/ovsint-createruntime.json
	644 /usr/share/containers/oci/hooks.d/ovsint-poststop.json
	644 /usr/share/fish/vendor_completions.d/ovsint.fish
	644 /usr/share/man/man5/ovsint.json.5
	644 /usr/share/man/man7/ovsint.7
	644 /usr/share/man/man8/ovsint-cni.8
	644 /usr/share/man/man8/ovsint-hook.8
	644 /usr/share/man/man8/ovsint-namespaces.8
	644 /usr/share/man/man8/ovsint-netavark.8
	644 /usr/share/man/man8/ovsint-plugin.8
	644 /usr/share/man/man8/ovsint.8
	644 /usr/share/zsh/site-functions/_ovsint
	EOF
    # containerd and CRI-O look there.
    [ "$(readlink "$T/root/opt/cni/bin/ovsint")" = /usr/lib/cni/ovsint ]
    jq -s '[.[] | .version, .hook.path, .hook.args[1], .stages]' \
        "$T"/root/usr/share/containers/oci/hooks.d/*.json |
        check_json '. == [
            "1.0.0", "/usr/sbin/ovsint-hook", "createRuntime", ["createRuntime"],
            "1.0.0", "/usr/sbin/ovsint-hook", "poststop", ["poststop"]]'
}

# bats test_tags=long
@test "documents are installed, and each link of theirs leads somewhere" {
    local page pages=() doc=$T/root/usr/share/doc/ovsint
    # shellcheck source=tests/lint/links.bash
    . "$ROOT/tests/lint/links.bash"
    installation install PREFIX=/usr
    for page in README.md docs/README.md docs/how-to/docker.md docs/pictures/ports.svg; do
        cmp "$ROOT/$page" "$doc/$page"
    done
    diff <(echo 644) <(find "$doc" -type f -printf '%m\n' | sort -u)
    mapfile -t pages < <(find "$doc" -name '*.md')
    [ "${#pages[@]}" -gt 20 ]
    diff /dev/null <(check_links "${pages[@]}")
    installation uninstall PREFIX=/usr
    [ ! -e "$doc" ]
}

@test "systemd has nothing to say against the units" {
    make -C "$ROOT" --no-print-directory install PREFIX="$T/opt" 3>&- 4>&-
    diff /dev/null <(systemd-analyze verify --man=no \
        "$T"/opt/lib/systemd/system/ovsint-* 2>&1)
    # What is left is what the two are for: docs/security.md.
    systemd-analyze security --offline=yes --threshold=19 \
        "$T/opt/lib/systemd/system/ovsint-plugin.service"
    systemd-analyze security --offline=yes --threshold=32 \
        "$T/opt/lib/systemd/system/ovsint-namespaces.service"
    rm "$T/opt/sbin/ovsint-plugin"
    systemd-analyze verify --man=no \
        "$T"/opt/lib/systemd/system/ovsint-* 2>&1 |
        grep -q 'opt/sbin/ovsint-plugin is not executable'
}

# bats test_tags=long
@test "uninstall leaves the configuration, install keeps it" {
    installation install PREFIX=/usr
    echo '{}' >"$T/root/etc/ovsint/ovsint.json"
    installation uninstall PREFIX=/usr
    [ "$(tree)" = "644 /etc/ovsint/ovsint.json" ]
    [ ! -L "$T/root/opt/cni/bin/ovsint" ]
    installation install PREFIX=/usr
    [ "$(cat "$T/root/etc/ovsint/ovsint.json")" = '{}' ]
}

# bats test_tags=long
@test "another PREFIX says that podman has to be told" {
    run installation install
    [ "$status" = 0 ]
    [[ $output == *"podman and CRI-O read only /usr/share/containers"* ]]
    jq -s 'map(.hook.path)' \
        "$T"/root/usr/local/share/containers/oci/hooks.d/*.json |
        check_json '. == ["/usr/local/sbin/ovsint-hook",
            "/usr/local/sbin/ovsint-hook"]'
}

# bats test_tags=long
@test "podman takes the hook from another PREFIX when told" {
    podman_setup runc
    rm /etc/containers/oci/hooks.d/*
    make -C "$ROOT" --no-print-directory install PREFIX="$T/opt" 3>&- 4>&-
    podman --hooks-dir "$T/opt/share/containers/oci/hooks.d" run --detach \
        --name p1 --network none --annotation ovsint.bridge=br0 busybox \
        sleep 3600
    port_of p1
    podman --hooks-dir "$T/opt/share/containers/oci/hooks.d" rm --force \
        --time 0 p1
    rows Interface external_ids:ovsint-owner=hook | check_json '. == []'
}

# podman 4.3 hands on the annotations of an image's manifest, 5.4 does not. Whoever
# has made it gets nothing by them under the configuration that is installed, and
# the container does not start without the network that it seems to ask for.
hands_on() {
    podman create --name ask --network none sly true >/dev/null
    podman inspect ask >"$T/ask"
    podman rm ask >/dev/null
    jq -e '.[0].Config.Annotations | has("ovsint.vlan")' "$T/ask" >/dev/null
}

# A container of that image gets no port; where podman hands its annotations on, it
# may be that it is refused.
starts() { # refused | passed
    if [ "$1" = refused ] && hands_on; then
        not podman run --detach --name p1 --network none sly sleep 3600
    else
        podman run --detach --name p1 --network none sly sleep 3600
    fi
    rows Interface external_ids:ovsint-owner=hook | check_json '. == []'
    podman rm --force --time 0 p1
}

@test "the sample configuration is closed, also to an image" {
    podman_setup runc
    cp "$ROOT/packaging/ovsint.json" "$CONFIG"
    bundle c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24
    run run_container runc c1
    [[ $status != 0 && $output == *"may add"*"bridges"* ]]
    mkdir "$T/image"
    printf 'FROM busybox\n' >"$T/image/Containerfile"
    podman build --format oci --annotation ovsint.bridge=br0 \
        --annotation ovsint.vlan=66 --annotation ovsint.ip=10.66.0.1/24 \
        --tag sly "$T/image"
    starts refused
    # With a word of the administrator's the image is passed over.
    config '{"policy": {"default": "allow", "annotation-key": "site"}}'
    starts passed
    ! hands_on || syslog_has "annotations=3"
    podman run --detach --name p1 --network none \
        --annotation ovsint.site.bridge=br0 --annotation ovsint.site.vlan=10 \
        sly sleep 3600
    row Port name="$(port_of p1)" | check_json '.tag == 10'
    podman rm --force --time 0 p1
    podman rmi sly
}

@test "each example of the sample configuration holds" {
    sed 's|^\( *\)//|\1|' "$ROOT/packaging/ovsint.json" >"$CONFIG"
    bundle c1 ovsint.site.network=lan
    run_container runc c1
    row Port name="$(port_of c1)" | check_json '.tag == 10'
    in_net c1 ip -j -4 addr show dev eth0 |
        check_json '.[0].addr_info[0].local | startswith("10.10.0.")'
    in_net c1 ip -j route | check_json 'any(.dst == "10.20.0.0/16")'
    delete_container c1
    bundle c1 ovsint.site.bridge=br0 ovsint.site.vlan=11
    run run_container runc c1
    [[ $status != 0 && $output == *"VLAN '11' is not allowed by the policy"* ]]
}
