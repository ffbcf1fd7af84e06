# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The benchmark; its options are described in tests/bench/run.

BENCH_COUNTED := $(addprefix $(B)/tests/bench/counted/,ovsint-hook ovsint-cni ovsint)
BENCH_BIN := $(B)/tests/bench/driver $(B)/tests/bench/floor \
             $(B)/tests/bench/cycles $(B)/tests/e2e/programs/talk \
             $(B)/tests/e2e/programs/probe $(B)/tests/e2e/programs/checksums \
             $(B)/tests/e2e/programs/post \
             $(B)/tests/bench/ovn_hosts $(B)/tests/bench/taps $(B)/tests/bench/first_ping \
             $(B)/tests/bench/moves $(B)/tests/bench/unconfined.so $(BENCH_COUNTED)

.PHONY: bench bench-programs
bench-programs: $(B)/ovsint-hook $(B)/ovsint $(B)/ovsint-cni $(B)/ovsint-plugin $(BENCH_BIN)

## make bench             measure, write docs/benchmarks.md (root); ROUNDS=...
##                        STAGES=... SECTIONS=... EARLIER=REVISION: see
##                        tests/bench/run
bench:
	$(Q)packaging/deps.sh bench
	+$(Q)$(MAKE) --no-print-directory bench-programs
	$(Q)tests/bench/run $(B)

## make scale             how far one OVN goes: the table of docs/scale.md anew;
##                        SIZES='SWITCHESxHOSTSxPORTS...'
.PHONY: scale
scale: $(B)/tests/bench/ovn_hosts
	$(Q)PAGE=docs/scale.md nice tests/bench/ovn-scale $(B) $(SIZES)
	+$(Q)$(MAKE) --no-print-directory plots

# Static, so that it is smaller than what it measures: see driver.c.
$(B)/tests/bench/driver: $(B)/tests/bench/driver.o
	$(call say,LD,$@)$(CC) $(filter-out -pie,$(LDFLAGS)) -static -o $@ $^

$(B)/tests/bench/floor: $(B)/tests/bench/floor.o
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^

$(B)/tests/bench/cycles: $(B)/tests/bench/cycles.o $(B)/tests/bench/cycles_floor.o
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^

$(B)/tests/bench/taps: $(B)/tests/bench/taps.o
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^

$(B)/tests/bench/moves: $(B)/tests/bench/moves.o
	$(call say,LD,$@)$(CC) $(LDFLAGS) -pthread -o $@ $<

$(B)/tests/bench/first_ping: $(B)/tests/bench/first_ping.o
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^

$(B)/tests/bench/ovn_hosts: $(B)/tests/bench/ovn_hosts.o $(B)/libovsint.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_COMMON)

$(B)/tests/bench/unconfined.so: tests/bench/unconfined.c
	$(call say,LD,$@)mkdir -p $(@D) && $(CC) $(CFLAGS) -fPIC -shared -o $@ $<

-include $(wildcard $(B)/tests/bench/*.d)
