#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The packages of `make deb`: what they have, and that containers do not notice when
# they come, are upgraded, go and come again. dpkg works in the world's /usr, /etc and
# /var, its services are those of a systemd of the world.
# bats file_tags=slow

load ../lib/base
load ../lib/plugin
load ../lib/docker
load ../lib/readme
load ../lib/systemd

SERVICES="$SERVICES systemd"
DEBS=$ROOT/build/packages

setup_file() {
    make -C "$ROOT" --no-print-directory deb 3>&- 4>&-
    readme_setup
    mount --make-shared /run
    systemd_start
    # dpkg looks whether it would find the tools that it needs.
    printf '#!/bin/sh\nexec nsenter --target %s --pid --mount --cgroup \\
        /usr/bin/systemctl "$@"\n' "$(init_pid)" >/run/bin/systemctl
    chmod +x /run/bin/systemctl
    echo 'DPkg::Path "/run/bin:/usr/sbin:/usr/bin:/sbin:/bin";' \
        >/etc/apt/apt.conf.d/99-ovsint
    # It would forbid to start services.
    rm -f /usr/sbin/policy-rc.d
    docker_start
    podman_setup runc
    rm /etc/containers/oci/hooks.d/*
    sed -i 's|^hooks_dir.*|hooks_dir = ["/usr/share/containers/oci/hooks.d"]|' \
        /etc/containers/containers.conf
    rm -r /etc/ovsint
}

teardown_file() {
    dockerd stop
    systemd_stop
}

setup() {
    T=$BATS_TEST_TMPDIR
    mkdir -p /etc/ovsint
    world_setup
    rm -r /etc/ovsint
    PATH=/run/bin:$PATH
}

teardown() {
    docker_remove_all || FAILED=1
    podman_remove_all || FAILED=1
    packages --purge >/dev/null 2>&1 || FAILED=1
    world_teardown
}

packages() { # OPTION: of dpkg, for all of them
    case $1 in
    --remove | --purge)
        dpkg-query -W -f '${Package} ' 'ovsint*' 2>/dev/null |
            xargs --no-run-if-empty dpkg "$1"
        ;;
    *) dpkg --force-confold "$@" ;;
    esac 3>&- 4>&- </dev/null
}

files_of() { # DEB
    dpkg-deb --fsys-tarfile "$1" | tar -t | sed -n 's|^\.\(/.*[^/]\)$|\1|p' |
        grep -vE '^/usr/share/(lintian|doc/[a-z-]+/(copyright|changelog.*)$)' |
        sed '/^\/usr\/share\/man\//s/\.gz$//'
}

# bats test_tags=long
@test "all that make install puts there is in one package, and lintian is content" {
    local name
    make -C "$ROOT" --no-print-directory install DESTDIR="$T/root" PREFIX=/usr \
        CNILINKDIR= 3>&- 4>&-
    for name in ovsint ovsint-plugin ovsint-cni; do
        files_of "$DEBS/${name}"_*_*.deb >"$T/$name"
    done
    diff <(cd "$T/root" && find . ! -type d | sed 's/^\.//' | sort) \
        <(sed 's|^/lib/|/usr/lib/|' "$T"/ovsint* | sort)
    grep -qx /usr/sbin/ovsint-hook "$T/ovsint"
    grep -qx /usr/share/containers/oci/hooks.d/ovsint-poststop.json "$T/ovsint"
    grep -qx /usr/sbin/ovsint-plugin "$T/ovsint-plugin"
    [ "$(grep -c '/systemd/system/ovsint-plugin\.' "$T/ovsint-plugin")" = 2 ]
    [ "$(grep -c '/systemd/system/ovsint-namespaces\.' "$T/ovsint-plugin")" = 2 ]
    grep -qx /usr/sbin/ovsint-namespaces "$T/ovsint-plugin"
    grep -qx /usr/lib/cni/ovsint "$T/ovsint-cni"
    grep -qx /usr/libexec/netavark/ovsint "$T/ovsint-cni"
    # Only the daemon has libraries that it shares.
    [ "$(dpkg-deb --field "$DEBS"/ovsint_*_*.deb Depends)" = "" ]
    [[ $(dpkg-deb --field "$DEBS"/ovsint_*_*.deb Built-Using) == *libnl3* ]]
    lintian --allow-root --fail-on error,warning "$DEBS"/*.changes >"$T/lintian" 2>&1 ||
        fail "$(cat "$T/lintian")"
    # It has nothing to say for a reason that is known.
    diff /dev/null <(grep '^[EW]:' "$T/lintian")
}

@test "one version stands in all places" {
    local version
    version=$(sed -n 's/^VERSION *:= *//p' "$ROOT/Makefile")
    [ "$(dpkg-parsechangelog -l "$ROOT/packaging/debian/changelog" -S Version)" = \
        "$version" ]
    [ "$(sed -n 's/^Version: *//p' "$ROOT/packaging/ovsint.spec")" = "$version" ]
    [[ $(ls "$DEBS") == *"ovsint_${version}_"* ]]
}

# The same packages with a higher number.
newer() {
    local deb
    for deb in "$DEBS"/ovsint{,-plugin,-cni}_*_*.deb; do
        dpkg-deb -R "$deb" "$T/unpacked"
        sed -i -E 's/^Version: .*/&+next/; s/^(Depends: ovsint \(= [^)]*)/\1+next/' \
            "$T/unpacked/DEBIAN/control"
        dpkg-deb -b "$T/unpacked" "$T/$(basename "$deb")" >/dev/null
        rm -r "$T/unpacked"
    done
}

# A ping that goes on, in container c1, from which nothing may be missing.
ping_start() { # ADDRESS
    in_net c1 busybox ping -i 0.2 "$1" >"$T/pings" 2>&1 3>&- 4>&- &
    PING=$!
    wait_until 5 grep -q 'seq=1' "$T/pings"
}

# The last one may be on its way.
ping_end() {
    local sent received seen
    seen=$(grep -c seq= "$T/pings")
    wait_until 5 ping_goes_on "$seen"
    kill -INT "$(pgrep -P "$PING" || echo "$PING")"
    wait "$PING" || true
    read -r sent received < <(sed -nE \
        's/^([0-9]+) packets transmitted, ([0-9]+) packets received.*/\1 \2/p' \
        "$T/pings")
    [ "$received" -gt 2 ] && [ $((sent - received)) -le 1 ] ||
        fail "$(cat "$T/pings")"
}
ping_goes_on() { [ "$(grep -c seq= "$T/pings")" -gt "$(($1 + 1))" ]; }

states() { # WANTED
    diff <(printf '%s\n' "$1" "$1") <(systemctl is-active \
        ovsint-plugin.socket ovsint-plugin.service || true)
}

plug_podman() { # NAME ADDRESS
    podman run --detach --name "$1" --network none \
        --annotation ovsint.bridge=br0 --annotation "ovsint.ip=$2/24" \
        busybox sleep 3600
}

@test "containers do not notice when packages come, are upgraded, go and come again" {
    local pid peer
    readme deb
    states active
    [ "$(systemctl is-enabled ovsint-plugin.socket ovsint-plugin.service)" = \
        enabled$'\n'enabled ]
    grep -q '"default": "deny"' "$CONFIG"
    echo '{"policy": {"default": "allow"}}' >"$CONFIG"
    systemctl restart ovsint-plugin.service
    docker network create --driver ovsint -o bridge=br0 --subnet 10.10.0.0/24 net1
    start_container c1 net1
    start_container c2 net1
    plug_podman p1 10.10.0.201
    peer=$(address_of c2 net1)
    ping_start "$peer"
    newer
    pid=$(pgrep -x ovsint-plugin)
    packages --install "$T"/ovsint*.deb
    dpkg -s ovsint-plugin | grep -q '^Version: .*+next$'
    states active
    prints_other "$pid" pgrep -x ovsint-plugin
    # What the administrator has written stays.
    grep -q allow "$CONFIG"
    start_container c3 net1
    can_ping c3 10.10.0.201

    packages --remove
    states inactive
    [ ! -e "$PLUGIN_SOCKET" ]
    grep -q allow "$CONFIG"
    # podman asks nobody for a network then, and p1's is there.
    can_ping c1 10.10.0.201
    can_ping c3 "$peer"

    packages --install "$DEBS"/ovsint{,-plugin,-cni}_*_*.deb
    states active
    docker rm --force c3
    start_container c4 net1
    plug_podman p2 10.10.0.202
    can_ping c4 10.10.0.202
    ping_end
    docker_agrees
    podman rm --force --time 0 p1 p2
    docker_remove_all

    packages --purge
    [ ! -e /etc/ovsint ]
    diff /dev/null <(find /etc/systemd /usr/lib/systemd /var/lib/systemd \
        /usr/sbin /usr/lib/cni /usr/libexec /usr/share /run/docker/plugins \
        -name '*ovsint*')
    [ "$(dpkg-query -W 'ovsint*' 2>/dev/null | grep -c .)" = 0 ]
}

# bats test_tags=long
@test "where systemd does not run, and where it was switched off, nothing starts" {
    mv /run/systemd/system /run/systemd/not-here
    packages --install "$DEBS"/ovsint{,-plugin,-cni}_*_*.deb ||
        { mv /run/systemd/not-here /run/systemd/system; false; }
    mv /run/systemd/not-here /run/systemd/system
    not pgrep -x ovsint-plugin
    systemctl daemon-reload
    systemctl disable ovsint-plugin.socket ovsint-plugin.service
    newer
    packages --install "$T"/ovsint*.deb
    states inactive
}
