# SPDX-License-Identifier: Apache-2.0
# Unit tests that need more than common/ and its libraries.

$(B)/tests/unit/test_hook_options: $(B)/hook/options.o

$(B)/tests/unit/test_confine: LIBS_COMMON += $(shell pkg-config --libs libseccomp)

RECORD := $(B)/plugin/record.o $(B)/plugin/record_mode.o \
    $(B)/plugin/bridge_options.o
$(B)/tests/unit/test_plugin_options: $(B)/plugin/options.o $(RECORD)
$(B)/tests/unit/test_plugin_record: $(RECORD)
$(B)/tests/unit/test_plugin_resolve: $(RECORD) $(B)/plugin/resolve.o \
    $(B)/plugin/record_named.o
$(B)/tests/unit/test_plugin_bridges: $(B)/plugin/bridges.o

NAT := $(B)/plugin/nat_rules.o $(B)/plugin/nat_change.o \
       $(B)/plugin/nat_view.o $(B)/plugin/published.o \
       $(B)/plugin/bridges.o $(RECORD)
$(B)/tests/unit/test_published: $(B)/plugin/published.o
$(B)/tests/unit/test_nat_rules: $(NAT)
$(B)/tests/netns/test_nft: $(NAT)
$(B)/tests/fuzz/fuzz_nat $(B)/tests/fuzz/replay_nat: $(NAT)
$(B)/tests/netns/test_nft: LIBS_COMMON += $(shell pkg-config --libs $(PKGS_NFT))
$(B)/tests/netns/test_xtables: LIBS_COMMON += $(shell pkg-config --libs $(PKGS_NFT))
$(B)/tests/netns/test_occupant: LIBS_COMMON += $(shell pkg-config --libs $(PKGS_NFT))
