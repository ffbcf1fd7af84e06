# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash
#
# A managed plugin of Docker's. Loaded after docker.bash and readme.bash.
#
#   managed_setup_file      dockerd runs, with the plugin that README makes
#   managed_teardown_file
#   managed_setup, managed_teardown
#   managed OPTIONS NAME    docker network create, with the managed plugin
#   managed_enable          docker plugin enable
#   plugin_process          its number
#   managed_networks        the test of networks of both kinds
#   managed_upgrade         the test of an upgrade

managed_setup_file() {
    readme_setup
    # As systemd has it: what Docker mounts below /run reaches the plugin.
    mount --make-shared /run
    # runc makes the mount private that a plugin's root is on.
    mkdir /run/docker-data
    mount -t tmpfs data /run/docker-data
    # Where it has the sandboxes by default.
    dockerd start --exec-root /run/docker
    docker_image
    readme managed
}

managed_teardown_file() {
    docker plugin disable --force ovsint
    docker plugin rm ovsint
    dockerd stop
    umount /run/docker-data
}

managed_setup() {
    world_setup
    config '{"policy": {"default": "allow"}}'
}

managed_teardown() {
    docker_remove_all || FAILED=1
    world_teardown
}

# The shim of an enabled plugin is another one, and stays.
managed_enable() {
    docker plugin enable ovsint
    remember_processes
}

plugin_process() { pgrep -x ovsint-plugin; }

# Its program has to begin to listen.
site_answers() { [ "$(curl -sS -m 10 http://localhost:8080/hostname)" = site ]; }

managed() { docker network create --driver ovsint:latest "$@"; }

managed_networks() {
    managed -o bridge=br0 -o altname=true --subnet 10.10.0.0/24 net1
    start_container c1 net1
    start_container c2 net1
    can_ping c1 "$(address_of c2 net1)"
    can_ping c2 "$(address_of c1 net1)"
    wait_until 10 in_net c1 ip link show dev eth0
    managed net2
    docker run --detach --name site --hostname site --network net2 \
        --publish 8080:80 busybox httpd -f -h /etc
    wait_until 10 site_answers
    docker_agrees
    vswitchd restart
    wait_until 20 ping_once c1 "$(address_of c2 net1)"
    docker_agrees
}

managed_upgrade() {
    local old peer
    managed -o bridge=br0 --subnet 10.10.0.0/24 net1
    start_container c1 net1
    start_container c2 net1
    peer=$(address_of c2 net1)
    old=$(plugin_process)
    docker plugin disable --force ovsint
    can_ping c1 "$peer"
    docker plugin rm --force ovsint
    command docker plugin create ovsint "$ROOT/build/docker-plugin"
    can_ping c1 "$peer"
    managed_enable
    prints_other "$old" plugin_process
    can_ping c1 "$peer"
    docker restart --time 0 c2
    can_ping c1 "$(address_of c2 net1)"
    start_container c3 net1
    can_ping c3 "$(address_of c1 net1)"
    docker_agrees
}
