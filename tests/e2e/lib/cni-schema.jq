# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What the specification of CNI says of an answer: prints what is wrong with the
# one on standard input, and nothing if it is right. $kind is result, error or
# versions, $version that of the network configuration.

def versions: ["0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"];
def cidr: type == "string" and test("^[0-9a-f.:]+/[0-9]{1,3}$");
def address: type == "string" and test("^[0-9a-f.:]+$");
def word: type == "string" and length > 0;
def natural: type == "number" and . >= 0 and . == floor;
def texts: type == "array" and all(.[]; word);
def mac: type == "string" and test("^([0-9a-f]{2}:){5}[0-9a-f]{2}$");

# An object of which each key is known, right, and there if it has to be.
def object($what; keys; required; right):
    if type != "object" then "\($what) is no object"
    else (keys_unsorted - keys | select(length > 0) | "\($what) has \(.)"),
        (required - keys_unsorted | select(length > 0) | "\($what) lacks \(.)"),
        (to_entries[] | select(right | not) | "\($what): \(.key) is \(.value)")
    end;
def list($what; each):
    if . == null then empty
    elif type != "array" then "\($what) is no array"
    else .[] | each end;

def interface: object("an interface";
    ["name", "mac", "sandbox"] + (if $version >= "1.1.0"
        then ["mtu", "socketPath", "pciID"] else [] end); ["name"];
    if .key == "mac" then .value | mac
    elif .key == "mtu" then .value | natural
    else .value | word end);

# The version of the address went with 1.0.0.
def ip($count): object("an address";
    ["address", "gateway", "interface"] + (if $version < "1.0.0"
        then ["version"] else [] end);
    ["address"] + (if $version < "1.0.0" then ["version"] else [] end);
    if .key == "address" then .value | cidr
    elif .key == "gateway" then .value | address
    elif .key == "version" then .value == "4" or .value == "6"
    else .value | natural and . < $count end);

def route: object("a route";
    ["dst", "gw"] + (if $version >= "1.1.0"
        then ["mtu", "advmss", "priority", "table", "scope"] else [] end); ["dst"];
    if .key == "dst" then .value | cidr
    elif .key == "gw" then .value | address
    else .value | natural end);

def dns: object("dns"; ["nameservers", "domain", "search", "options"]; [];
    if .key == "domain" then .value | word else .value | texts end);

def result: object("the result";
    ["cniVersion", "interfaces", "ips", "routes", "dns"]; ["cniVersion"];
    .key != "cniVersion" or .value == $version),
    (.interfaces | list("interfaces"; interface)),
    ((.interfaces | length) as $count | .ips | list("ips"; ip($count))),
    (.routes | list("routes"; route)),
    (.dns // {} | dns);

# 1 to 99 are the specification's, which gives these a meaning.
def error_object: object("the error object";
    ["cniVersion", "code", "msg", "details"]; ["cniVersion", "code", "msg"];
    if .key == "code" then .value | . as $code | natural and ($code >= 100 or
        any(1, 2, 3, 4, 5, 6, 7, 11, 50, 51; . == $code))
    elif .key == "cniVersion" then .value == $version
    elif .key == "details" then .value | type == "string"
    else .value | word end);

def version_list: object("the list of versions";
    ["cniVersion", "supportedVersions"]; ["cniVersion", "supportedVersions"];
    if .key == "cniVersion" then .value == $version
    else .value | texts and . == versions end);

if $kind == "result" then result
elif $kind == "error" then error_object
else version_list end
