# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# containerd, and clients that ask it for containers with networks of CNI. Loaded
# after base.bash.
#
#   containerd_setup         once, in setup_file: containerd runs, with an image
#                            $IMAGE that sleeps; the plugin is beside the others
#   containerd_daemon        the same with plugins that are installed
#   containerd VERB          start kill
#   ctr ...                  its own client
#   cri METHOD JSON          what a kubelet asks over gRPC; prints JSON
#   pod NAME [FILTER]        runs a sandbox, its config through jq; prints its id.
#                            HANDLER=hook|crun: its containers have the hook
#   pod_container ID POD NAME   starts a container in the sandbox; prints its id
#   pod_gone ID...           stopped and removed
#   calls                    the calls of the plugin, as COMMAND/has or no netns
#   containerd_begin, containerd_teardown   each test's

# shellcheck source=tests/e2e/lib/cni.bash
. "${BASH_SOURCE[0]%/*}/cni.bash"

CONTAINERD=/run/containerd-test
IMAGE=docker.io/library/busybox:latest
PODS=/run/pods
export SERVICES=containerd

containerd_setup() {
    containerd_plugins
    containerd_daemon
}

# The plugin as it was built, and a note of each of its calls.
containerd_plugins() {
    mkdir -p /run/plugins /run/cni-bin
    # The directory that every Debian's containerd and `ctr run` look into.
    mount --bind /usr/lib/cni /run/plugins
    ln -s /run/plugins/* /run/cni-bin/
    printf '#!/bin/sh\necho "$CNI_COMMAND ${CNI_NETNS:+has netns}" >>/run/calls\nexec %s\n' \
        "$CNI" >/run/cni-bin/ovsint
    chmod +x /run/cni-bin/ovsint
    mount --bind /run/cni-bin /usr/lib/cni
    # The directory of containerd's own, which the ctr of Debian's containerd 2
    # looks into.
    mount -t tmpfs tmpfs /opt
    mkdir /opt/cni
    ln -s /usr/lib/cni /opt/cni/bin
}

containerd_daemon() {
    mkdir -p $CONTAINERD/image $PODS /etc/cni/net.d
    cat >$CONTAINERD/config.toml <<-EOF
	version = 2
	root = "$CONTAINERD/root"
	state = "$CONTAINERD/state"
	[grpc]
	address = "$CONTAINERD/sock"
	[plugins."io.containerd.grpc.v1.cri"]
	sandbox_image = "$IMAGE"
	restrict_oom_score_adj = true
	[plugins."io.containerd.grpc.v1.cri".containerd]
	snapshotter = "native"
	[plugins."io.containerd.grpc.v1.cri".cni]
	bin_dir = "/usr/lib/cni"
	conf_dir = "/etc/cni/net.d"
	$(handler runc)
	$(handler hook)
	base_runtime_spec = "$CONTAINERD/hook.json"
	pod_annotations = ["ovsint.*"]
	container_annotations = ["ovsint.*"]
	$(handler crun)
	base_runtime_spec = "$CONTAINERD/hook.json"
	pod_annotations = ["ovsint.*"]
	container_annotations = ["ovsint.*"]
	[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.crun.options]
	BinaryName = "$(command -v crun)"
	EOF
    command ctr oci spec | jq --arg hook "$HOOK" '
        def hook($stage): [{path: $hook, args: ["ovsint-hook", $stage]}];
        .hooks = {createRuntime: hook("createRuntime"),
            poststop: hook("poststop")}' >$CONTAINERD/hook.json
    containerd start
    import_image
}

handler() { # NAME: a runtime that a pod may ask for
    echo "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.$1]"
    echo 'runtime_type = "io.containerd.runc.v2"'
}

# One layer, in the form of `docker save`.
import_image() {
    local digest dir=$CONTAINERD/image namespace import=(image import)
    # containerd 2 would unpack for snapshotters that it was not started with.
    ! command ctr image import --help | grep -q -- --local || import+=(--local)
    tar -C "$ROOTFS" -cf $dir/layer.tar .
    digest=$(sha256sum <$dir/layer.tar)
    jq -n --arg layer "sha256:${digest%% *}" '{architecture: "amd64", os: "linux",
        config: {Env: ["PATH=/bin"], Entrypoint: ["sleep", "3600"]},
        rootfs: {type: "layers", diff_ids: [$layer]}}' >$dir/config.json
    jq -n --arg name "$IMAGE" '[{Config: "config.json", RepoTags: [$name],
        Layers: ["layer.tar"]}]' >$dir/manifest.json
    tar -C $dir -cf $CONTAINERD/image.tar .
    for namespace in "ovsint-$WORLD" k8s.io; do
        command ctr --address $CONTAINERD/sock --namespace "$namespace" \
            "${import[@]}" --snapshotter native $CONTAINERD/image.tar
    done
}

containerd() { # start|kill
    local pid
    if [ "$1" = kill ]; then
        pid=$(cat $CONTAINERD/pid)
        kill -KILL "$pid"
        wait_until 5 not kill -0 "$pid"
        return
    fi
    command containerd --config $CONTAINERD/config.toml \
        </dev/null >>$CONTAINERD/log 2>&1 3>&- 4>&- &
    echo $! >$CONTAINERD/pid
    disown
    wait_until 10 cri Version '{}'
}

ctr() {
    command ctr --address $CONTAINERD/sock --namespace "ovsint-$WORLD" "$@" \
        </dev/null 3>&- 4>&-
}

messages() { # MODE MESSAGE
    jq -c --arg mode "$1" --arg message "$2" -f "$ROOT/tests/e2e/lib/cri.jq"
}

# One call of gRPC is a POST of HTTP/2: a byte and four of the length go before the
# message, and the outcome is in the trailers.
cri() { # METHOD JSON
    local bytes dir=$CONTAINERD/call.$BASHPID
    bytes=$(messages encode "$1Request" <<<"$2") || return
    mkdir -p "$dir"
    # shellcheck disable=SC2059
    printf "$(jq -r '[0, (length | . / 16777216, . / 65536, . / 256, .)] + . |
        map(floor % 256 | "\\" + ([. / 64, . / 8 % 8, . % 8] |
            map(floor | tostring) | add)) | add' <<<"$bytes")" >"$dir/request"
    if ! curl --silent --show-error --http2-prior-knowledge \
        --unix-socket $CONTAINERD/sock --max-time $((30 * PATIENCE)) \
        -H 'Content-Type: application/grpc' -H 'TE: trailers' \
        --data-binary "@$dir/request" --dump-header "$dir/trailers" \
        --output "$dir/answer" \
        "http://localhost/runtime.v1.RuntimeService/$1" ||
        ! grep -q '^grpc-status: 0' "$dir/trailers"; then
        grep '^grpc-message' "$dir/trailers" >&2
        rm -r "$dir"
        return 1
    fi
    tail -c +6 "$dir/answer" | od -An -v -tu1 | jq -s . |
        messages decode "$1Response"
    rm -r "$dir"
}

cri_id() { # KEY METHOD JSON
    local answer
    answer=$(cri "$2" "$3") && jq -re ".$1" <<<"$answer"
}

pod() { # NAME [FILTER]
    jq -n --arg name "$1" --arg cgroup "/ovsint-$WORLD" '{metadata: {name: $name,
        uid: $name, namespace: "ns"}, hostname: $name,
        linux: {cgroup_parent: $cgroup}} | '"${2:-.}" >"$PODS/$1" || return
    cri_id pod_sandbox_id RunPodSandbox "$(jq -c --arg handler "${HANDLER-}" \
        '{config: ., runtime_handler: $handler}' "$PODS/$1")"
}

pod_container() { # ID POD NAME
    local config id
    config=$(jq -c . "$PODS/$2") || return
    id=$(cri_id container_id CreateContainer "$(jq -nc --arg pod "$1" \
        --arg image "$IMAGE" --arg name "$3" --argjson config "$config" '{
            pod_sandbox_id: $pod, sandbox_config: $config, config: {
                metadata: {name: $name}, image: {image: $image},
                command: ["sleep", "3600"]}}')") || return
    cri StartContainer "{\"container_id\": \"$id\"}" >/dev/null
    echo "$id"
}

pod_status() { # ID
    cri PodSandboxStatus "{\"pod_sandbox_id\": \"$1\", \"verbose\": true}"
}

pod_pid() { pod_status "$1" | jq -r '.info.info | fromjson.pid'; }

pod_stop() { cri StopPodSandbox "{\"pod_sandbox_id\": \"$1\"}" >/dev/null; }
pod_remove() { cri RemovePodSandbox "{\"pod_sandbox_id\": \"$1\"}" >/dev/null; }

pod_gone() { # ID...
    local id
    for id; do
        pod_stop "$id" && pod_remove "$id" || return
    done
}

# The namespace of what containerd knows by that id, as the port's row says it.
netns_of() { # ID
    row Interface "external_ids:ovsint-container=$1" external_ids:ovsint-ifname=eth0 |
        jq -r '.external_ids["ovsint-netns"]'
}

containerd_begin() {
    world_setup
    : >/run/calls
}

containerd_teardown() {
    [ -n "${BATS_TEST_COMPLETED-}" ] || containerd_clean >&2
    rm -f /etc/cni/net.d/*
    world_teardown
}

# What a test that has failed has left.
containerd_clean() {
    local name
    tail -n 5 $CONTAINERD/log
    kill -0 "$(cat $CONTAINERD/pid)" 2>/dev/null || containerd start
    for name in $(ctr container list --quiet); do
        ctr_gone "$name"
    done
    # Sandboxes and their containers; only the former can be stopped as pods.
    for name in $(command ctr --address $CONTAINERD/sock --namespace k8s.io \
        container list --quiet); do
        pod_gone "$name" 2>/dev/null || true
    done
}

# What `ctr run` has left that has failed.
ctr_gone() { # NAME
    ctr task delete --force "$1" || true
    ctr container delete "$1" || true
    ctr snapshot --snapshotter native delete "$1" || true
} 2>/dev/null
