# SPDX-License-Identifier: Apache-2.0
# Unit tests that need more than common/ and its libraries.

$(B)/tests/unit/test_hook_options: $(B)/hook/options.o

$(B)/tests/unit/test_confine: LIBS_COMMON += $(shell pkg-config --libs libseccomp)

RECORD := $(B)/plugin/docker/network_row.o $(B)/plugin/docker/network_row_mode.o \
    $(B)/plugin/docker/bridge_options.o
$(B)/tests/unit/test_plugin_options: $(B)/plugin/daemon/options.o $(RECORD)
$(B)/tests/unit/test_plugin_record: $(RECORD)
$(B)/tests/unit/test_plugin_resolve: $(RECORD) $(B)/plugin/docker/resolve.o \
    $(B)/plugin/docker/network_row_named.o
$(B)/tests/unit/test_plugin_bridges: $(B)/plugin/daemon/bridges.o

NAT := $(B)/plugin/gateway/nat_rules.o $(B)/plugin/gateway/nat_change.o \
       $(B)/plugin/gateway/nat_view.o $(B)/plugin/gateway/published.o \
       $(B)/plugin/daemon/bridges.o $(RECORD)
$(B)/tests/unit/test_published: $(B)/plugin/gateway/published.o
$(B)/tests/unit/test_nat_rules: $(NAT)
$(B)/tests/netns/test_nft: $(NAT)
$(B)/tests/fuzz/fuzz_nat $(B)/tests/fuzz/replay_nat: $(NAT)
$(B)/tests/netns/test_nft: LIBS_COMMON += $(shell pkg-config --libs $(PKGS_NFT))
$(B)/tests/netns/test_xtables: LIBS_COMMON += $(shell pkg-config --libs $(PKGS_NFT))
$(B)/tests/netns/test_occupant: LIBS_COMMON += $(shell pkg-config --libs $(PKGS_NFT))
