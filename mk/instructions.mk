# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The programs whose instructions are counted, see tests/bench/instructions.bash.

# The doors, which are static, with what is loaded before the libraries of others.
$(B)/tests/bench/counted/ovsint-hook: $(HOOK_OBJ)
$(B)/tests/bench/counted/ovsint-cni: $(CNI_OBJ)
$(B)/tests/bench/counted/ovsint: $(CLI_OBJ)
$(BENCH_COUNTED): $(B)/tests/bench/unconfined.o $(B)/libovsint.a
	$(call say,LD,$@)mkdir -p $(@D) && $(CC) -Wl,--allow-multiple-definition \
	    $(call link_hook,$(filter %.o,$^) $(filter %.a,$^),$@)
