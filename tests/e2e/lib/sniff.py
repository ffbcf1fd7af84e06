#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""sniff.py DEVICE: prints each frame that the device receives as one line of
JSON: its VLAN tag (null = none), EtherType, length without the tag, and of IPv4
the protocol and both addresses. Says "ready" first."""
import json
import socket
import struct
import sys

ETH_P_ALL = 3
PACKET_OUTGOING = 4
SOL_PACKET, PACKET_AUXDATA = 263, 8
TP_STATUS_VLAN_VALID = 1 << 4

s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
s.bind((sys.argv[1], ETH_P_ALL))
print("ready", flush=True)
while True:
    data, aux, _, address = s.recvmsg(65536, 256)
    if address[2] == PACKET_OUTGOING:
        continue
    vlan = None
    for level, kind, value in aux:
        if level == SOL_PACKET and kind == PACKET_AUXDATA:
            status, _, _, _, _, tci, _ = struct.unpack("IIIHHHH", value[:20])
            if status & TP_STATUS_VLAN_VALID:
                vlan = tci & 0xfff
    ethertype, at = struct.unpack("!H", data[12:14])[0], 14
    if ethertype in (0x8100, 0x88a8) and vlan is None:
        tci, ethertype = struct.unpack("!HH", data[14:18])
        vlan, at = tci & 0xfff, 18
    seen = {"vlan": vlan, "type": ethertype, "length": len(data) - at + 14}
    if ethertype == 0x0800 and len(data) >= at + 20:
        seen["protocol"] = data[at + 9]
        seen["from"] = socket.inet_ntoa(data[at + 12:at + 16])
        seen["to"] = socket.inet_ntoa(data[at + 16:at + 20])
        if data[at + 9] == 47:
            head = at + 4 * (data[at] & 15)
            seen["gre"] = struct.unpack("!H", data[head + 2:head + 4])[0]
    print(json.dumps(seen), flush=True)
