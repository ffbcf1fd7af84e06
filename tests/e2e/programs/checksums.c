/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * checksums DEVICE [on|off]: does the device leave the checksums of what it
 * sends unfinished? Prints "on" if it does, as ethtool(8) -k; or sets it, as
 * ethtool -K DEVICE tx.
 */
#include <err.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
    struct ethtool_value value = {.cmd = ETHTOOL_GTXCSUM};
    struct ifreq request = {.ifr_data = (char *)&value};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (argc < 2 || argc > 3)
        errx(2, "usage: checksums DEVICE [on|off]");
    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", argv[1]);
    if (argc == 3) {
        value.cmd = ETHTOOL_STXCSUM;
        value.data = strcmp(argv[2], "on") == 0;
    }
    if (ioctl(fd, SIOCETHTOOL, &request) < 0)
        err(1, "%s", argv[1]);
    if (argc == 2)
        puts(value.data ? "on" : "off");
    return 0;
}
