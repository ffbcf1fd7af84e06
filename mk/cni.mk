# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# ovsint-cni. A runtime finds a CNI plugin by the name of its file, so it is
# installed as `ovsint`. Like the hook it runs once for each container, and is
# linked as that is.

CNI_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard plugin/cni/*.c))

all: $(B)/ovsint-cni
$(B)/ovsint-cni: $(CNI_OBJ) $(B)/libovsint.a
	$(call say,LD,$@)$(CC) $(call link_hook,$^,$@)

-include $(CNI_OBJ:.o=.d)

# What is pure of it.
CNI_PURE := $(addprefix $(B)/plugin/cni/,conf.o words.o sources.o dns.o ipam.o nat.o \
    result.o)
$(UNIT)/plugin/cni/test_cni_conf $(UNIT)/plugin/cni/test_cni_result: $(CNI_PURE)
$(B)/tests/fuzz/fuzz_cni $(B)/tests/fuzz/replay_cni \
$(B)/tests/fuzz/fuzz_ipam $(B)/tests/fuzz/replay_ipam: $(CNI_PURE)
$(UNIT)/plugin/cni/test_cni_plug: $(CNI_PURE) \
    $(addprefix $(B)/plugin/cni/,plug.o look.o options.o lease.o delegate.o later.o)
$(UNIT)/plugin/cni/test_cni_later: $(B)/plugin/cni/later.o
$(UNIT)/plugin/cni/test_cni_ipam: $(CNI_PURE) $(B)/plugin/cni/delegate.o
