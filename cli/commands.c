/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The table of commands, and how one is found by its name. */
#include "cli/commands.h"

#include <errno.h>
#include <string.h>

#include "ovsint/spec/vocabulary.h"

#define ALL_WORDS 64
#define UPLINK_WORDS 10 /* move, eight cards, a bridge */

static const struct command commands[COMMAND_COUNT] = {
    [COMMAND_ATTACH] =
        {"attach", "TARGET [IFNAME] KEY=VALUE...",
         "give a running container an interface",
         "Makes a port of a bridge and moves its device into the namespace of\n"
         ".Ar TARGET ,\n"
         "where it is called\n"
         ".Ar IFNAME\n"
         "(eth0).\n"
         "What is there already and is the same is left as it is, so that the\n"
         "command may be given twice.\n"
         "If it is there with other settings the command fails, and changes\n"
         "nothing: it has to be taken away first.\n"
         "The port goes with its container.\n"
         "Keys are those of\n"
         ".Xr ovsint 7 ,\n"
         "without a prefix.\n",
         1, ALL_WORDS, WORD_TARGET, true},
    [COMMAND_DETACH] =
        {"detach", "TARGET [IFNAME]", "take interfaces away again",
         "Removes the port of\n"
         ".Ar IFNAME ,\n"
         "or all ports that\n"
         ".Cm attach\n"
         "has given the target.\n"
         "Ports of the hook, of Docker's and podman's networks and of the CNI\n"
         "plugin are left alone.\n"
         "If the container has gone,\n"
         ".Ar TARGET\n"
         "is its id, or the path that its namespace had.\n",
         1, 2, WORD_TARGET, false},
    [COMMAND_LS] =
        {"ls", "", "who is plugged where",
         "Lists all ports of ovsint, whoever has made them: what the database\n"
         "says, what the guardian says of their state and repairs, and the\n"
         "addresses and counters of the devices inside.\n"
         "If the guardian is away the state is judged from here.\n"
         "If the database is away, what the guardian remembers is listed, and\n"
         "the devices that are found in the namespaces of processes.\n"
         "With\n"
         ".Fl -pool\n"
         "the ports are listed that are kept ready for new containers, and no\n"
         "others.\n"
         "With\n"
         ".Fl -all-hosts\n"
         "the ports on logical switches of OVN are listed, of every host, as\n"
         "its northbound database has them.\n"
         "UP says that a host has bound the port; nothing in OVN notices a\n"
         "host that has died.\n"
         "On a narrow terminal columns are left out;\n"
         ".Fl -json\n"
         "has all.\n",
         0, 0, WORD_NOTHING, false},
    [COMMAND_SHOW] =
        {"show", "CONTAINER|PORT", "all about one container or port",
         "Shows what the database, the guardian and the container's namespace\n"
         "say of a port, for each port of a container.\n"
         "pid:N is the container of a process.\n",
         1, 1, WORD_PORT, false},
    [COMMAND_GC] =
        {"gc", "", "what dead containers have left",
         "Lists the ports whose container has ended, for certain, and with\n"
         ".Fl -yes\n"
         "removes them.\n"
         "The guardian of\n"
         ".Xr ovsint-plugin 8\n"
         "does the same by itself.\n"
         "With\n"
         ".Fl -host\n"
         "the logical ports that a host of OVN, by its system-id, has left in\n"
         "the northbound database: for a host that does not come back.\n"
         "If it lived, its containers would lose their network: so this host\n"
         "itself is refused, and with\n"
         ".Fl -yes\n"
         "also one whose\n"
         ".Xr ovsint-plugin 8\n"
         "answers within three seconds; one that has no logical port is not\n"
         "asked.\n"
         "A host that lives without it counts as dead.\n"
         ".Fl -force\n"
         "does not ask.\n",
         0, 0, WORD_NOTHING, false},
    [COMMAND_GRAPH] =
        {"graph", "", "bridges and what is plugged into them, as a drawing",
         "Draws each bridge with its containers above it, and uplinks, "
         "tunnels\n"
         "and ports of the host beneath it, by VLAN and OpenFlow number.\n"
         "The drawing is as wide as the terminal.\n"
         "With\n"
         ".Fl -svg\n"
         "it is a picture, for a wiki; with\n"
         ".Fl -dot\n"
         "a text for\n"
         ".Xr dot 1 .\n"
         "What is broken is red in both, and says why.\n",
         0, 0, WORD_NOTHING, false},
    [COMMAND_TRACE] =
        {"trace", "FROM TO [icmp|tcp|udp] [PORT]",
         "would a packet arrive, and if not, where does it end",
         "Follows a packet of the container\n"
         ".Ar FROM\n"
         "to\n"
         ".Ar TO ,\n"
         "which is a container or an address; pid:N is the container of a\n"
         "process: by the routes in the namespace\n"
         "as its rules choose them, the question for the MAC, and what\n"
         ".Xr ovs-vswitchd 8\n"
         "says that it would do with the frames; then by published ports and\n"
         "the host, if that is the router.\n"
         "Of packet filters it knows our own and those of the host that lack\n"
         "our rules; what is inside a container is not looked at.\n"
         "No packet is sent.\n"
         "On a logical switch of OVN its northbound database says who has the\n"
         "address; what another host does with the packet is asked there.\n"
         "What ends it is told in a sentence: a device that is down, a VLAN, "
         "a\n"
         "source guard, a flow of others, a bridge; so is an MTU that "
         "differs.\n"
         "With\n"
         ".Fl -raw\n"
         "the dumps of the switch follow.\n"
         "With\n"
         ".Fl -json\n"
         ".Cm fate\n"
         "is arrives, leaves (what is beyond this host is not seen), ends or\n"
         "unknown, and\n"
         ".Cm ends-at\n"
         "the id of the step that ends it.\n"
         "The exit status is 3 if it does not arrive, and 1 if that is not\n"
         "known.\n",
         2, 4, WORD_PORT, false},
    [COMMAND_TOP] =
        {"top", "", "what each port carries, live",
         "Shows bits, packets and drops per second of each port, as its\n"
         "container counts them: what it receives (RX) and sends (TX).\n"
         "Keys: b, p, d and n sort by bits, packets, drops and name; j and k\n"
         "scroll; q ends it.\n"
         "With\n"
         ".Fl -once\n"
         "it looks twice, a second apart, and ends; with\n"
         ".Fl -json ,\n"
         "or without a terminal, it goes on with a document or table each "
         "time.\n"
         "Looking takes at most a twentieth of a processor: with very many\n"
         "ports it looks less often.\n",
         0, 0, WORD_NOTHING, false},
    [COMMAND_WATCH] =
        {"watch", "", "arrivals, losses and repairs, as they happen",
         "Writes a line for each port that arrives, goes, is refused by the\n"
         "switch, is in another state or VLAN, or was repaired, as database\n"
         "and guardian say so, until it is interrupted.\n"
         "If one of them goes away that is a line, too, and so is its return,\n"
         "with what has happened meanwhile.\n"
         "With\n"
         ".Fl -json\n"
         "each line is an object with the members time, event and text, and\n"
         "those of\n"
         ".Cm ls\n"
         "that say which port.\n",
         0, 0, WORD_NOTHING, false},
    [COMMAND_DOCTOR] =
        {"doctor", "", "what is wrong with this host, and what mends it",
         "Looks for all that\n"
         ".Sx FINDINGS\n"
         "lists, and says for each what mends it.\n"
         "It changes nothing.\n"
         "The exit status is 3 if it has found an error or a warning; a note\n"
         "alone is none of these.\n"
         "With\n"
         ".Fl -json\n"
         "each finding has its id, severity, the sentence in\n"
         ".Cm text ,\n"
         "the command in\n"
         ".Cm mend ,\n"
         "and its source;\n"
         ".Cm sound\n"
         "is true if there are notes at most.\n"
         "For people, ten of a kind are shown.\n",
         0, 0, WORD_NOTHING, false},
    [COMMAND_METRICS] =
        {"metrics", "", "counters and states for Prometheus",
         "Writes what the daemon counts, and the counters of the device of\n"
         "each port, in the text format of Prometheus;\n"
         ".Sx METRICS\n"
         "lists them.\n"
         "While the daemon is away\n"
         ".Cm ovsint_up\n"
         "is 0, and states are judged from here.\n",
         0, 0, WORD_NOTHING, false},
    [COMMAND_UPLINK] =
        {"uplink", "move NIC... BRIDGE|confirm|undo",
         "put network cards of this host on a bridge, safely",
         ".Cm move\n"
         "puts a card, or several as a bond, on a bridge, and gives its\n"
         "addresses, routes, permanent neighbours, settings and MTU to an\n"
         "access port of the bridge, by which the host is reached from then "
         "on.\n"
         "Connections survive.\n"
         "A process of its own, which outlives the terminal, then asks the\n"
         "gateways of the routes by ARP or neighbour discovery.\n"
         "If one of them does not answer, or nobody says\n"
         ".Cm confirm\n"
         "in time, it undoes all.\n"
         "If it is killed, or the host starts anew, the next\n"
         ".Nm\n"
         ".Cm uplink\n"
         "or the daemon undoes it.\n"
         ".Cm undo\n"
         "gives the card back what its access port has, also later; with\n"
         "several moves both take the name of the access port.\n"
         "Outside only the MAC of the access port is seen, which stays the\n"
         "same over reboots; a DHCP server or a switch that knows hosts by\n"
         "their MAC may need\n"
         ".Fl -access-mac .\n"
         "What is left to do is shown: how the system that sets up this\n"
         "host's network is told.\n"
         "Programs and rules of packet filters that name the card are not\n"
         "changed, and VLAN devices on the card stay there.\n",
         1, UPLINK_WORDS, WORD_UPLINK, false},
    [COMMAND_MIRROR] =
        {"mirror", "add|rm|ls [NAME] [KEY=VALUE...]",
         "copies of what containers send and receive",
         "Copies the packets of containers, ports or VLANs of a bridge to an\n"
         "interface of another container, or to a host by a tunnel;\n"
         ".Sx MIRRORS\n"
         "has its keys.\n"
         "A container may be said as pid:N, by a process of it.\n"
         "A mirror goes with the last of its sources, or with its output:\n"
         "the guardian of\n"
         ".Xr ovsint-plugin 8\n"
         "removes it, or\n"
         ".Cm gc .\n",
         1, ALL_WORDS, WORD_MIRROR, false},
    [COMMAND_NAMES] =
        {"names", "containers|ports|bridges", "names, one on a line",
         "Writes the names of running containers, of ports and their\n"
         "containers, or of bridges: what completion offers.\n"
         "What cannot be read is left out.\n",
         1, 1, WORD_NAMES, false},
    [COMMAND_COMPLETION] =
        {"completion", "bash|zsh|fish", "completion for a shell",
         "Writes the script that completes commands, options, keys, "
         "containers\n"
         "and bridges.\n",
         1, 1, WORD_SHELL, false},
    [COMMAND_MANUAL] =
        {"manual", "", "the tables of this page",
         "Writes the lists of this manual page that are made from the tables\n"
         "of the program, as\n"
         ".Xr mdoc 7 .\n",
         0, 0, WORD_NOTHING, false},
};

const struct command *command_row(enum cli_command command)
{
    return &commands[command];
}

static void list_names(struct buf *ret)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        buf_addf(ret, "%s%s", i ? ", " : "", commands[i].name);
}

int command_find(const char *name, enum cli_command *ret, struct err *err)
{
    auto_buf struct buf names = BUF_INIT(ERR_TEXT_SIZE);

    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(name, commands[i].name) != 0)
            continue;
        *ret = (enum cli_command)i;
        return 0;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (vocabulary_near(name, commands[i].name))
            return err_set(err, EINVAL,
                           "unknown command '%.80s': did you mean '%s'?", name,
                           commands[i].name);
    }
    list_names(&names);
    return err_set(err, EINVAL, "unknown command '%.80s': the commands are %s",
                   name, buf_text(&names));
}
