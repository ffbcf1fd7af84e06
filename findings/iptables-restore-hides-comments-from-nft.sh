#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# iptables-nft-save and -restore take the comment of a rule away from nft(8).
#
# Software  iptables 1.8.9, nftables 1.0.6 (Debian 12).
# Done      A rule with a comment is added by nft(8) to a table of iptables-nft. Then that
#           table is saved and restored, as netfilter-persistent does at a boot.
# Expected  nft(8) still shows the comment: iptables-nft shows it before and afterwards.
# Seen      nft(8) shows none, neither as text nor as JSON. Its comment was data beside the
#           rule; iptables-nft restores it as a match of its own, which nft(8) leaves out.
# So        Who marks rules in tables of iptables-nft by a comment has to look for it in both
#           places in the kernel's answer, or finds rules without it and adds them once more.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(iptables=1.8.9-2 nftables=1.0.6-2+deb12u2 bash grep)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The packages and all that they depend on, in a tree of their own: nothing is
# installed. TREE=DIRECTORY keeps them for the next run.
tree=${TREE:-$work/tree}
if [ ! -e "$tree/unpacked" ]; then
    mkdir -p "$work/archives/partial" "$tree"/usr/{bin,sbin,lib,lib64} \
        "$tree"/{proc,sys,dev,tmp,run,etc}
    for name in bin sbin lib lib64; do ln -s "usr/$name" "$tree/$name"; done
    : >"$work/status"
    apt-get -qq --yes --no-install-recommends --download-only \
        -o Dir::State::status="$work/status" \
        -o Dir::Cache::archives="$work/archives" -o Dir::Cache::pkgcache= \
        -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root \
        install "${packages[@]}" >&2
    for package in "$work"/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$package" |
            tar -C "$tree" -x --keep-directory-symlink
    done
    touch "$tree/unpacked"
fi

cat >"$work/inside" <<'INSIDE'
set -euo pipefail
iptables-nft --version
nft --version
iptables-nft -P FORWARD DROP
nft 'add rule ip filter FORWARD iifname "lan*" counter accept comment "mine"'
echo "before: $(nft list chain ip filter FORWARD | grep lan)"
iptables-nft-save >/run/saved
iptables-nft-restore </run/saved
echo "after:  $(nft list chain ip filter FORWARD | grep lan)"
echo "and of iptables-nft: $(iptables-nft -S FORWARD | grep lan)"
iptables-nft -S FORWARD | grep -q -- '--comment mine'
! nft list chain ip filter FORWARD | grep -q mine || exit 1
! nft -j list chain ip filter FORWARD | grep -q mine || exit 1
INSIDE
cp "$work/inside" "$tree/tmp/inside"
# shellcheck disable=SC2016
unshare --net --mount bash -c 'mount --make-rprivate / &&
    mount -t proc proc "$0/proc" && mount -t tmpfs run "$0/run" &&
    exec chroot "$0" /bin/bash /tmp/inside' "$tree"
echo "still so"
