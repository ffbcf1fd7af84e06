/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Files of other programs, as people write them. */
#include "cli/doctor/texts.h"
#include "tests/lib/test.h"

TEST(systemd_networkd)
{
    static const struct {
        const char *text;
        enum networkd_match is;
    } table[] = {
        {"[Match]\nName=*\n[Network]\nDHCP=yes\n", NETWORKD_TAKES},
        {"[Match]\nName = e* o*\n\n[Network]\nDHCP=yes", NETWORKD_TAKES},
        {"[Match]\nName=!lo\n", NETWORKD_TAKES},
        {"[Match]\nName=oi* ovsint-*\n[Link]\nUnmanaged=yes\n",
         NETWORKD_SPARES},
        {"[Match]\nName=en*\n[Network]\nDHCP=yes\n", NETWORKD_OTHERS},
        {"[Match]\nName=*\nDriver=virtio_net\n", NETWORKD_OTHERS},
        {"[Match]\n# Name=*\nMACAddress=02:00:00:00:00:01\n", NETWORKD_OTHERS},
        {"[Network]\nName=*\n", NETWORKD_OTHERS},
        {"", NETWORKD_OTHERS},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        if (networkd_reads(table[i].text) != table[i].is)
            TEST_FAIL("%s", table[i].text);
    }
}

TEST(udev)
{
    static const char *const renames[] = {
        "SUBSYSTEM==\"net\", ACTION==\"add\", NAME=\"lan%n\"\n",
        "# all\n\nACTION==\"add\", SUBSYSTEM==\"net\", NAME:=\"x\"",
    };
    static const char *const fine[] = {
        "SUBSYSTEM==\"net\", ATTR{address}==\"02:..\", NAME=\"eth0\"\n",
        "SUBSYSTEM==\"net\", KERNEL==\"en*\", NAME=\"lan0\"\n",
        "SUBSYSTEM==\"net\", NAME==\"eth0\", TAG+=\"systemd\"\n",
        "#SUBSYSTEM==\"net\", NAME=\"x\"\n",
        "SUBSYSTEM==\"block\", NAME=\"x\"\n",
        "SUBSYSTEM==\"net\", ENV{ID_NET_NAME}==\"?*\", NAME=\"$env{X}\"\n",
        "",
    };
    size_t size;

    for (size_t i = 0; i < sizeof(renames) / sizeof(*renames); i++) {
        const char *rule = udev_renames(renames[i], &size);
        if (!rule || !memchr(rule, 'N', size))
            TEST_FAIL("%s", renames[i]);
    }
    for (size_t i = 0; i < sizeof(fine) / sizeof(*fine); i++) {
        if (udev_renames(fine[i], &size))
            TEST_FAIL("%s", fine[i]);
    }
}

TEST(network_manager)
{
    CHECK(network_manager_spares("[keyfile]\nunmanaged-devices=interface-name:"
                                 "veth*;interface-name:oi*"));
    CHECK(network_manager_spares(
        "[keyfile]\nunmanaged-devices+=interface-name:o*\n"));
    CHECK(!network_manager_spares("[main]\nplugins=keyfile\n"));
    CHECK(!network_manager_spares(
        "[keyfile]\nunmanaged-devices=interface-name:docker*\n"));
    CHECK(!network_manager_spares("#unmanaged-devices=interface-name:oi*\n"));
}

TEST(hooks_dir)
{
    static const char own[] = "/usr/share/containers/oci/hooks.d";

    CHECK(hooks_dir_lacks("[engine]\nhooks_dir = [\"/etc/h\"]\n", own));
    CHECK(hooks_dir_lacks("hooks_dir = [\n  \"/etc/h\",\n  \"/x\"\n]\n", own));
    CHECK(!hooks_dir_lacks(
        "hooks_dir = [\n \"/x\",\n \"/usr/share/containers/oci/hooks.d\",\n]",
        own));
    CHECK(!hooks_dir_lacks("# hooks_dir = [\"/etc/h\"]\n", own));
    CHECK(!hooks_dir_lacks("[engine]\n", own));
}

TEST_MAIN
