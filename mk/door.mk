# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The skeleton of a front end, which an e2e test runs.

DOOR := $(B)/tests/door/door

$(DOOR): %: %.o $(B)/libovsint.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS_COMMON)

-include $(DOOR).d
