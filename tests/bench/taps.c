/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * taps: reads lines "NAME MAC", makes a TAP device of each in its own network
 * namespace and sets it up, prints their number, and keeps them until it is
 * killed: a TAP that nobody holds open is a dead one to ovsint-plugin.
 */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void must(int r, const char *what)
{
    if (r >= 0)
        return;
    perror(what);
    exit(1);
}

/* The descriptor stays open. */
static void make_tap(int socket, const char *name, const unsigned char mac[6])
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    int tap = open("/dev/net/tun", O_RDWR);

    must(tap, "/dev/net/tun");
    memcpy(request.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
    must(ioctl(tap, TUNSETIFF, &request), name);
    request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    memcpy(request.ifr_hwaddr.sa_data, mac, 6);
    must(ioctl(tap, SIOCSIFHWADDR, &request), name);
    request.ifr_flags = IFF_UP;
    must(ioctl(socket, SIOCSIFFLAGS, &request), name);
}

int main(void)
{
    int inet = socket(AF_INET, SOCK_DGRAM, 0);
    char name[IFNAMSIZ];
    unsigned char mac[6];
    unsigned count = 0;

    must(inet, "socket");
    while (scanf("%15s %hhx:%hhx:%hhx:%hhx:%hhx:%hhx", name, &mac[0], &mac[1],
                 &mac[2], &mac[3], &mac[4], &mac[5]) == 7) {
        make_tap(inet, name, mac);
        count++;
    }
    printf("%u\n", count);
    must(fclose(stdout), "standard output");
    for (;;)
        pause();
}
