# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Unit tests that need more than common/ and its libraries: the objects of each. A test is
# found in the room of tests/unit that is called as the room of what it tests.

$(UNIT)/hook/test_hook_options: $(B)/hook/options.o

$(UNIT)/common/confine/test_confine: LIBS_COMMON += $(shell pkg-config --libs libseccomp)

FLOW_KEEPER := $(addprefix $(B)/plugin/daemon/,flow_keeper.o flow_bridge.o \
    packet_out.o \
    flow_change.o flow_closing.o measures.o)
DOCKER  := $(B)/plugin/docker
GATEWAY := $(B)/plugin/gateway
GUARD   := $(B)/plugin/guard
GATEWAY_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard plugin/gateway/*.c))

DOCKER_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard plugin/docker/*.c))
# The verbs, over a small database and a small kernel.
DOCKER_WORLD := $(addprefix $(UNIT)/plugin/docker/test_docker_,networks endpoints ipam)
$(DOCKER_WORLD): $(DOCKER_OBJ) $(GATEWAY_OBJ) $(B)/plugin/daemon/bridges.o \
    $(B)/plugin/daemon/attach_uv.o $(FLOW_KEEPER)

REQUEST := $(DOCKER)/network_request.o $(DOCKER)/bridge_options.o
$(UNIT)/plugin/daemon/test_plugin_options: $(B)/plugin/daemon/options.o $(REQUEST)
$(UNIT)/plugin/docker/test_network_request: $(REQUEST)
$(UNIT)/plugin/docker/test_docker_resolve $(UNIT)/plugin/docker/test_guard_default: \
    $(REQUEST) $(DOCKER)/resolve.o \
    $(DOCKER)/named_subnets.o
$(UNIT)/plugin/docker/test_portmap: $(DOCKER)/portmap.o
$(UNIT)/plugin/daemon/test_attach_uv: $(B)/plugin/daemon/attach_uv.o \
    $(FLOW_KEEPER) \
    $(B)/plugin/daemon/bridges.o
GUARDIAN := $(patsubst plugin/%.c,$(B)/plugin/%.o, \
    $(filter-out plugin/guard/orphans.c,$(wildcard plugin/guard/*.c))) \
    $(B)/plugin/daemon/attach_uv.o $(FLOW_KEEPER) \
    $(B)/plugin/daemon/bridges.o
$(UNIT)/plugin/guard/test_guardian $(UNIT)/plugin/guard/test_lost_rows \
    $(UNIT)/plugin/guard/test_stray_taps: $(GUARDIAN)
POOL := $(patsubst plugin/%.c,$(B)/plugin/%.o,$(wildcard plugin/pool/*.c))
$(UNIT)/plugin/pool/test_pool: $(POOL) $(B)/plugin/daemon/bridges.o
$(UNIT)/plugin/guard/test_logical_ports: $(B)/plugin/daemon/northbound.o \
    $(GUARD)/orphans.o $(B)/plugin/daemon/bridges.o
$(UNIT)/plugin/daemon/test_bridges: $(B)/plugin/daemon/bridges.o

$(UNIT)/plugin/gateway/test_port_index: $(GATEWAY)/port_index.o
$(UNIT)/plugin/gateway/test_port_request: $(GATEWAY)/port_request.o
$(UNIT)/plugin/gateway/test_host_rows: $(GATEWAY)/host_rows.o
$(UNIT)/plugin/gateway/test_host_collision: $(GATEWAY)/host_collision.o
$(UNIT)/plugin/gateway/test_host_settings: $(GATEWAY)/host_settings.o
$(UNIT)/plugin/gateway/test_filter_text: $(GATEWAY)/filter_text.o
$(UNIT)/plugin/gateway/test_other_filters: $(GATEWAY)/other_filters.o \
    $(GATEWAY)/filter_text.o
$(UNIT)/plugin/gateway/test_forwarding_notes: $(GATEWAY)/forwarding_notes.o \
    $(GATEWAY)/nat_rules.o
$(UNIT)/plugin/gateway/test_forwarding_devices: $(GATEWAY)/forwarding_devices.o

NAT := $(GATEWAY)/nat_rules.o $(GATEWAY)/nat_change.o $(GATEWAY)/nat_parts.o \
       $(GATEWAY)/nat_view.o $(GATEWAY)/nat_flows.o $(GATEWAY)/port_index.o \
       $(B)/plugin/daemon/bridges.o
$(UNIT)/plugin/gateway/test_nat_rules: $(NAT)
$(UNIT)/plugin/gateway/test_port_choice: $(GATEWAY)/port_choice.o \
    $(GATEWAY)/port_request.o $(NAT)
$(UNIT)/plugin/gateway/test_nat_keeper: $(NAT) $(GATEWAY)/nat_keeper.o \
    $(GATEWAY)/nat_forget.o \
    $(GATEWAY)/docker_bridges.o
$(UNIT)/plugin/gateway/test_gateway $(UNIT)/plugin/gateway/test_asked \
    $(UNIT)/plugin/gateway/test_logical_gateways: $(GATEWAY_OBJ) \
    $(B)/plugin/daemon/bridges.o
$(B)/tests/netns/test_nft: $(NAT)
$(B)/tests/fuzz/fuzz_nat $(B)/tests/fuzz/replay_nat: $(NAT)
$(B)/tests/netns/test_nft: LIBS_COMMON += $(shell pkg-config --libs $(PKGS_NFT))
$(B)/tests/netns/test_xtables: LIBS_COMMON += $(shell pkg-config --libs $(PKGS_NFT))
$(B)/tests/netns/test_port_user: LIBS_COMMON += $(shell pkg-config --libs $(PKGS_NFT))

$(UNIT)/plugin/docker/test_router: $(DOCKER)/router.o $(DOCKER)/body.o $(B)/plugin/daemon/bridges.o
$(UNIT)/plugin/daemon/test_host: $(B)/plugin/daemon/host.o \
    $(B)/plugin/daemon/watch.o $(B)/plugin/daemon/bridges.o
$(UNIT)/plugin/daemon/test_host $(UNIT)/plugin/docker/test_router \
$(UNIT)/plugin/daemon/test_server $(UNIT)/plugin/daemon/test_openflow_uv \
    $(UNIT)/plugin/daemon/test_watch_again: LIBS_COMMON += $(shell pkg-config --libs libuv)
$(UNIT)/plugin/daemon/test_watch_again: $(B)/plugin/daemon/watch.o
$(UNIT)/plugin/daemon/test_openflow_uv: $(B)/plugin/daemon/openflow_uv.o \
    $(B)/plugin/daemon/stream.o

$(UNIT)/plugin/daemon/test_flow_keeper: $(FLOW_KEEPER) \
    $(B)/plugin/daemon/attach_uv.o $(B)/plugin/daemon/bridges.o

$(UNIT)/plugin/multicast/test_snooping: $(addprefix $(B)/plugin/multicast/,snooping.o \
    bridge_querier.o bridge_vlans.o) $(B)/plugin/daemon/bridges.o

$(UNIT)/plugin/lease/test_lease_keeper: $(addprefix $(B)/plugin/lease/,lease_keeper.o \
    renewal.o) $(B)/plugin/daemon/bridges.o

$(UNIT)/plugin/uplink/test_moves: $(addprefix $(B)/plugin/uplink/,moves.o \
    access_ports.o) $(B)/plugin/daemon/bridges.o
