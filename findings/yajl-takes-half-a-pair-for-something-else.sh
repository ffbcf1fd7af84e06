#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# yajl takes half of a pair of \u escapes for a question mark, or for another character.
#
# Software  libyajl 2.1.0 (Debian 12 and 13).
# Done      yajl_parse() with its check of UTF-8 on, as it comes, of strings in which an escape
#           is one half of a UTF-16 pair, as programs write them that cut a text in the middle
#           of an emoji.
# Expected  A refusal, as for bytes that are not UTF-8 (Open vSwitch's parser and Python's
#           encoder refuse it), or U+FFFD.
# Seen      No error. "a\ud800" comes out as "a?", and "a\ud800b" as "a?b". "a\ud800\u0041" comes
#           out as "a" and U+10041: the letter that followed is gone. A second half alone comes
#           out as three bytes which are no UTF-8, though the parser is the one that checks it.
# So        What yajl hands over is to be checked as if it were input. Two texts that were not the
#           same may be the same afterwards, and "?" may be a pattern where it goes: look at the
#           escapes before yajl does.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(libyajl2=2.1.0-3+deb12u2 python3 busybox-static bash coreutils grep sed)
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
cat >/run/parse.py <<'PARSE'
import ctypes, sys
yajl = ctypes.CDLL("libyajl.so.2")
yajl.yajl_alloc.restype = ctypes.c_void_p
yajl.yajl_parse.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
yajl.yajl_complete_parse.argtypes = [ctypes.c_void_p]
TAKE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_ubyte), ctypes.c_size_t)
got = []
@TAKE
def take(context, text, size):
    got.append(bytes(text[:size]))
    return 1
class Callbacks(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in
                ("null", "boolean", "integer", "double", "number", "string",
                 "start_map", "map_key", "end_map", "start_array", "end_array")]
callbacks = Callbacks(string=ctypes.cast(take, ctypes.c_void_p))
def parse(text):
    got.clear()
    handle = yajl.yajl_alloc(ctypes.byref(callbacks), None, None)
    status = yajl.yajl_parse(handle, text, len(text)) or yajl.yajl_complete_parse(handle)
    return "refused" if status else got[0]
def expect(text, answer):
    seen = parse(b'["' + text + b'"]')
    print(text.decode("latin-1").encode("unicode_escape" if text[-1] > 127 else "ascii").decode(), "->", seen)
    if seen != answer:
        sys.exit(1)
expect(rb"a\ud83d\ude00", "a\U0001f600".encode())
expect(b"a\xff", "refused")
expect(rb"a\ud800", b"a?")
expect(rb"a\ud800b", b"a?b")
expect(rb"a\ud800\u0041", "a\U00010041".encode())
expect(rb"a\ude00", b"a\xed\xb8\x80")
PARSE
python3 /run/parse.py
INSIDE

# shellcheck disable=SC2016
unshare --net --mount --pid --ipc --fork --kill-child -- bash -c '
    mount --make-rprivate /
    mount --bind "$1" "$1"
    mount -t tmpfs run "$1/run"
    mount -t tmpfs tmp "$1/tmp"
    mount -t proc proc "$1/proc"
    mount -t sysfs sys "$1/sys"
    mount --rbind /dev "$1/dev"
    cp "$2" "$1/run/inside"
    exec env -u TMPDIR chroot "$1" /bin/bash /run/inside' - "$tree" "$work/inside"
echo "still so"
