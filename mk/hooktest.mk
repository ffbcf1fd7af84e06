# SPDX-License-Identifier: Apache-2.0
# Unit tests that need more than common/ and its libraries.

$(B)/tests/unit/test_hook_options: $(B)/hook/options.o

$(B)/tests/unit/test_confine: LIBS_COMMON += $(shell pkg-config --libs libseccomp)

NETWORK_ROW := $(B)/plugin/docker/network_row.o $(B)/plugin/docker/network_row_mode.o \
    $(B)/plugin/docker/bridge_options.o
$(B)/tests/unit/test_plugin_options: $(B)/plugin/daemon/options.o $(NETWORK_ROW)
$(B)/tests/unit/test_network_row: $(NETWORK_ROW)
$(B)/tests/unit/test_docker_resolve: $(NETWORK_ROW) $(B)/plugin/docker/resolve.o \
    $(B)/plugin/docker/network_row_named.o
$(B)/tests/unit/test_bridges: $(B)/plugin/daemon/bridges.o

NAT := $(B)/plugin/gateway/nat_rules.o $(B)/plugin/gateway/nat_change.o \
       $(B)/plugin/gateway/nat_view.o $(B)/plugin/gateway/published.o \
       $(B)/plugin/daemon/bridges.o $(NETWORK_ROW)
$(B)/tests/unit/test_published: $(B)/plugin/gateway/published.o
$(B)/tests/unit/test_nat_rules: $(NAT)
$(B)/tests/netns/test_nft: $(NAT)
$(B)/tests/fuzz/fuzz_nat $(B)/tests/fuzz/replay_nat: $(NAT)
$(B)/tests/netns/test_nft: LIBS_COMMON += $(shell pkg-config --libs $(PKGS_NFT))
$(B)/tests/netns/test_xtables: LIBS_COMMON += $(shell pkg-config --libs $(PKGS_NFT))
$(B)/tests/netns/test_port_user: LIBS_COMMON += $(shell pkg-config --libs $(PKGS_NFT))
