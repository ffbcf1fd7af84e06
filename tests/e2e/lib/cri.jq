# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Messages of CRI (runtime.v1) as JSON, so far as the tests need them: $mode is
# encode (JSON to a list of bytes) or decode (back), $message the name. A field is
# [NUMBER, MESSAGE]; without MESSAGE it is a text or a number, "map" is one of
# texts. What is not named here is passed over.

def messages: {
    RunPodSandboxRequest: {config: [1, "PodSandboxConfig"], runtime_handler: [2]},
    RunPodSandboxResponse: {pod_sandbox_id: [1]},
    PodSandboxConfig: {metadata: [1, "Metadata"], hostname: [2],
        log_directory: [3], port_mappings: [5, "PortMapping"],
        labels: [6, "map"], annotations: [7, "map"], linux: [8, "LinuxPod"]},
    Metadata: {name: [1], uid: [2], namespace: [3]},
    PortMapping: {protocol: [1], container_port: [2], host_port: [3]},
    LinuxPod: {cgroup_parent: [1]},
    StopPodSandboxRequest: {pod_sandbox_id: [1]},
    RemovePodSandboxRequest: {pod_sandbox_id: [1]},
    PodSandboxStatusRequest: {pod_sandbox_id: [1], verbose: [2]},
    PodSandboxStatusResponse: {status: [1, "PodSandboxStatus"], info: [2, "map"]},
    PodSandboxStatus: {id: [1], state: [3], network: [5, "PodNetwork"]},
    PodNetwork: {ip: [1]},
    CreateContainerRequest: {pod_sandbox_id: [1], config: [2, "ContainerConfig"],
        sandbox_config: [3, "PodSandboxConfig"]},
    ContainerConfig: {metadata: [1, "Metadata"], image: [2, "ImageSpec"],
        command: [3]},
    ImageSpec: {image: [1]},
    CreateContainerResponse: {container_id: [1]},
    StartContainerRequest: {container_id: [1]},
    ExecSyncRequest: {container_id: [1], cmd: [2], timeout: [3]},
    ExecSyncResponse: {stdout: [1], stderr: [2], exit_code: [3]},
    StatusResponse: {status: [1, "RuntimeStatus"]},
    RuntimeStatus: {conditions: [1, "Condition"]},
    Condition: {type: [1], status: [2], message: [4]},
    map: {key: [1], value: [2]}
};

def varint: if . < 128 then [.] else [. % 128 + 128] + (. / 128 | floor | varint) end;
def counted: (length | varint) + .;

def encode($message):
    to_entries | map(
        messages[$message][.key] as [$number, $type]
        | if $number == null then error("no \(.key) in \($message)") else . end
        | (if $type == "map" then .value | to_entries[]
            elif .value | type == "array" then .value[]
            else .value end)
        | if $type then [$number * 8 + 2] + (encode($type) | counted)
            elif type == "string" then [$number * 8 + 2] + (explode | counted)
            else [$number * 8] + ((if type == "boolean" then 1 else . end) | varint)
            end) | add // [];

# From the list of bytes: [the number, the rest].
def number: if .[0] < 128 then [.[0], .[1:]]
    else .[0] as $low | (.[1:] | number) | [.[0] * 128 + $low - 128, .[1]] end;

# The fields in their order: [NUMBER, a number or a list of bytes].
def fields:
    if length == 0 then empty
    else number as [$tag, $rest] | ($rest | number) as [$n, $after]
        | ($tag / 8 | floor) as $field
        | if $tag % 8 == 0 then [$field, $n], ($after | fields)
            else [$field, $after[:$n]], ($after[$n:] | fields) end
    end;

def decode($message):
    reduce fields as [$number, $value] ({};
        (first(messages[$message] | to_entries[] | select(.value[0] == $number))
            // null) as $field
        | if $field == null then .
            elif $field.value[1] == "map" then
                ($value | decode("map")) as $pair | .[$field.key][$pair.key] = $pair.value
            elif $field.value[1] then .[$field.key] += [$value | decode($field.value[1])]
            elif $value | type == "array" then .[$field.key] = ($value | implode)
            else .[$field.key] = $value end);

if $mode == "encode" then encode($message) else decode($message) end
