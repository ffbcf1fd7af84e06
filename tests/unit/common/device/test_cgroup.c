/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Control groups as runtimes name them, and names that contain an id by
 * chance.
 */
#include "ovsint/device/cgroup.h"

#include "ovsint/base/parse.h"
#include "tests/lib/test.h"

#define ID "4e1bd9f5b2a3"

static const struct {
    const char *what, *text, *container;
    bool is;
} table[] = {
    {"the id alone", "0::/kubepods/pod1/" ID "\n", ID, true},
    {"below the root", "0::/" ID "\n", ID, true},
    {"a later hierarchy", "5:cpu,cpuacct:/\n4:memory:/docker/" ID "\n0::/\n",
     ID, true},
    {"docker and systemd", "0::/system.slice/docker-" ID ".scope\n", ID, true},
    {"podman and systemd", "0::/machine.slice/libpod-" ID ".scope/container\n",
     ID, true},
    {"podman and cgroupfs", "0::/libpod_parent/libpod-" ID "\n", ID, true},
    {"CRI-O", "0::/kubepods.slice/crio-" ID ".scope\n", ID, true},
    {"containerd", "0::/system.slice/cri-containerd-" ID ".scope\n", ID, true},
    {"runc by itself", "0::/user.slice/runc-web.scope\n", "web", true},
    {"a group that the container has made", "0::/docker/" ID "/mine/deep\n", ID,
     true},
    {"above a control group namespace", "0::/../../" ID, ID, true},
    {"an id that ends like a scope", "0::/a.scope\n", "a.scope", true},
    {"no newline at the end", "0::/x/" ID, ID, true},

    {"a letter of everything", "0::/docker/" ID "\n", "a", false},
    {"the beginning", "0::/docker/" ID "\n", "4e1b", false},
    {"the end", "0::/docker/" ID "\n", "b2a3", false},
    {"longer than the name", "0::/docker/4e1b\n", ID, false},
    {"a controller", "4:memory:/x\n", "memory", false},
    {"a number", "4:memory:/x\n", "4", false},
    {"a slice of that name", "0::/web.slice/x\n", "web", false},
    {"an unknown word before it", "0::/my-web.scope\n", "web", false},
    {"its monitor", "0::/machine.slice/libpod-conmon-" ID ".scope\n", ID,
     false},
    {"over the end of a line", "0::/we\nb:/x\n", "we\nb", false},
    {"no path", "0::\n", ID, false},
    {"nothing", "", ID, false},
    {"no id", "0::/\n", "", false},
};

TEST(whole_names)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (cgroup_is_of(table[i].text, table[i].container) != table[i].is)
            TEST_FAIL("%s", table[i].what);
    }
}

TEST_MAIN
