# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What packets cost, counted in instructions, see tests/data-plane/run.

DATA_PLANE_BIN := $(B)/tests/data-plane/traffic $(B)/tests/data-plane/steps \
                  $(B)/tests/e2e/programs/post

.PHONY: data-plane
## make data-plane        what a packet costs on its way, in instructions, in guests
##                        that count them; writes docs/data-plane.md (root); the
##                        options are described in tests/data-plane/run
data-plane:
	$(Q)packaging/deps.sh check
	+$(Q)$(MAKE) --no-print-directory all $(DATA_PLANE_BIN)
	$(Q)tests/data-plane/run $(B)

# A debugger stops in it, in guests: at addresses that no other program has.
$(B)/tests/data-plane/traffic: tests/data-plane/traffic.c
	$(call say,LD,$@)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(filter-out -fPIE,$(CFLAGS)) \
	    -MMD -MP -static -no-pie -Wl,-Ttext-segment=0x70000000 -o $@ $<

$(B)/tests/data-plane/steps: $(B)/tests/data-plane/steps.o
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^

-include $(wildcard $(B)/tests/data-plane/*.d)
