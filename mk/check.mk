# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The tests; tests/run is what runs and counts them.

E2E_BIN   := $(patsubst %.c,$(B)/%,$(wildcard tests/e2e/programs/*.c))
# A timer of make bench, and the skeleton of a front end, which an e2e test runs.
BESIDES   := $(B)/tests/bench/cycles $(B)/tests/door/door
CHECKS    := unit netns fuzz san e2e kernel
# What make check runs in part.
LONG_FILES := $(patsubst %,tests/e2e/%.bats,crashes/hook crashes/plugin cni/crashes netavark/crashes cli/mirror-crashes \
    crashes/soak docker/many gateway/many gateway/restarts \
    cli/uplink guard/leases packaging/reproducible)
# What runs in guests in make check-full only.
GUEST_REST := $(patsubst %,tests/e2e/%.bats, \
    $(addprefix hook/,bad-input broken-switch surroundings policy networks \
        repeated pods) \
    podman/hooks daemon/http daemon/metrics cni/commands cli/uplink cli/mirror cli/ls \
    crashes/soak guard/ends guard/answers hook/dead-rows hook/detach \
    attach/source-guard-doors \
    $(addprefix docker/,verbs verb-faults options restarts repairs switch many \
        plugin-deaths networks userns) \
    $(addprefix gateway/,firewalls legacy-iptables restarts many \
        ports-of-containers reach))
# What the layer trixie leaves to make check-full.
TREE_REST := $(filter-out %/attach.bats %/names.bats %/podman.bats, \
    $(wildcard tests/e2e/ovn/*.bats)) \
    $(patsubst %,tests/e2e/%.bats,guard/losses guard/ends guard/answers docker/verbs \
        docker/compose \
        gateway/ports-of-containers hook/vlans hook/pods hook/keys cli/trace \
        packaging/deb packaging/install)
# A file that is called otherwise by now is missed at once, and not after hours.
GONE_FILES := $(filter-out $(wildcard $(LONG_FILES) $(GUEST_REST) $(TREE_REST)), \
    $(LONG_FILES) $(GUEST_REST) $(TREE_REST))
$(if $(GONE_FILES),$(error mk/check.mk names tests that are not there: $(GONE_FILES)))
CHECK_RUN := $(filter-out check-fuzz,$(CHECKS:%=check-%))

TREES     := check-trixie check-sid check-compilers check-newcomer check-systemd

.PHONY: check check-programs $(CHECK_RUN) $(TREES)

## make check             all layers of tests (root; installs what is missing)
check:
	$(Q)packaging/deps.sh check
	+$(Q)$(MAKE) --no-print-directory check-programs
	$(Q)packaging/package.sh deb >/dev/null
	+$(Q)MAKE='$(MAKE)' tests/run

check-programs: check-pieces $(E2E_BIN) $(BESIDES)

# Units, parts against this kernel, and the corpora.
.PHONY: check-pieces
check-pieces: all $(UNIT_BIN) $(NETNS_BIN) $(REPLAY_BIN)

# What a compiler has a say about, without the linker's work for each test.
.PHONY: check-objects
check-objects: all $(addsuffix .o,$(UNIT_BIN) $(NETNS_BIN) $(E2E_BIN) $(BESIDES) \
                   $(B)/tests/bench/cycles_floor $(B)/tests/fuzz/replay) \
               $(FUZZ_SRC:%.c=$(B)/%.o)

## make check-LAYER       unit, netns, san, e2e, kernel, trixie, sid, compilers,
##                        newcomer, systemd: see tests/run; FILES=... BATS_FILTER=... select
##                        (of e2e, kernel, trixie, sid)
$(CHECK_RUN): check-%: check-programs
	+$(Q)BUILD=$(B) MAKE='$(MAKE)' FILES='$(FILES)' tests/run $*

# They are built there, by themselves.
$(TREES): check-%:
	$(Q)FILES='$(FILES)' tests/run $*

## make check-full        the tests that are tagged long, every place of the crash
##                        sweep and 10000 random faults on the userspace datapath,
##                        the rest of the files on the kernel's and in trixie, those
##                        of check-trixie in sid, each compiler, a machine with
##                        systemd, lint that looks further; takes hours (root)
.PHONY: check-full
check-full:
	$(Q)packaging/deps.sh check
	+$(Q)$(MAKE) --no-print-directory check-programs
	+$(Q)ANALYZER_NODES=60000 BUILD=$(B) MAKE='$(MAKE)' tests/run lint
	+$(Q)CRASHES=all MANY=all SOAK_FAULTS=10000 BATS_TEST_TIMEOUT=20000 \
	    FILE_TIMEOUT=40000 BUILD=$(B) MAKE='$(MAKE)' \
	    FILES='$(LONG_FILES)' tests/run e2e
	+$(Q)TAGS=long BUILD=$(B) MAKE='$(MAKE)' tests/run e2e trixie kernel
	+$(Q)BUILD=$(B) MAKE='$(MAKE)' FILE_TIMEOUT=7200 \
	    FILES='$(GUEST_REST)' tests/run kernel
	+$(Q)MAKE='$(MAKE)' FILES='$(TREE_REST)' tests/run trixie
	+$(Q)TAGS= MAKE='$(MAKE)' tests/run sid compilers newcomer systemd

## make compatibility     docs/compatibility.md gets what these layers met
.PHONY: compatibility
compatibility:
	$(Q)tests/compatibility
