# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# ovsint-netavark. netavark finds a driver by the name of its file, so it is
# installed as `ovsint`. Like the hook it runs once for each container, and is
# linked as that is.

NETAVARK_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard plugin/netavark/*.c))

all: $(B)/ovsint-netavark
$(B)/ovsint-netavark: $(NETAVARK_OBJ) $(B)/libovsint.a
	$(call say,LD,$@)$(CC) $(call link_hook,$^,$@)

-include $(NETAVARK_OBJ:.o=.d)

# What is pure of it.
NETAVARK_PURE := $(addprefix $(B)/plugin/netavark/,request.o nat.o resolve.o answer.o names_text.o)
$(UNIT)/plugin/netavark/test_netavark_request $(UNIT)/plugin/netavark/test_netavark_answer: \
    $(NETAVARK_PURE)
$(B)/tests/fuzz/fuzz_netavark $(B)/tests/fuzz/replay_netavark: $(NETAVARK_PURE)
$(UNIT)/plugin/netavark/test_netavark_plug: $(NETAVARK_PURE) \
    $(addprefix $(B)/plugin/netavark/,plug.o options.o names.o)
