# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Every tests/fuzz/fuzz_<name>.c is a target; its corpus lies in
# tests/fuzz/corpus/<name>, its dictionary, if any, is tests/fuzz/<name>.dict.
# A target that needs more objects than common/ adds them as prerequisites of
# $(B)/tests/fuzz/fuzz_<name> and $(B)/tests/fuzz/replay_<name>.

FUZZ_SECONDS ?= 60
FUZZ_RUNS    ?= -1
FUZZ_MAX_LEN ?= 4096
FUZZ_BUILD   := build/fuzz
FUZZ_NAMES   := $(FUZZ_SRC:tests/fuzz/fuzz_%.c=%)
FUZZ_BIN     := $(FUZZ_NAMES:%=$(B)/tests/fuzz/fuzz_%)
FUZZ_RUN     := $(FUZZ_NAMES:%=fuzz-%)
FUZZ_CHECK   := $(FUZZ_NAMES:%=check-fuzz-%)

.PHONY: fuzz fuzz-long check-fuzz $(FUZZ_RUN) $(FUZZ_CHECK)

## make fuzz              each fuzz target for FUZZ_SECONDS (clang)
fuzz: $(FUZZ_RUN)

## make fuzz-long         each for 10 million executions, or two hours
fuzz-long:
	$(Q)$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=7200 FUZZ_RUNS=10000000

## make fuzz-NAME         one of them
$(FUZZ_RUN): fuzz-%:
	$(Q)$(MAKE) --no-print-directory CC=clang B=$(FUZZ_BUILD) \
	    SAN=fuzzer-no-link,address,undefined \
	    $(FUZZ_BUILD)/tests/fuzz/fuzz_$*
	$(Q)mkdir -p $(FUZZ_BUILD)/corpus/$*
	$(Q)$(FUZZ_BUILD)/tests/fuzz/fuzz_$* -max_total_time=$(FUZZ_SECONDS) \
	    -runs=$(FUZZ_RUNS) \
	    -max_len=$(FUZZ_MAX_LEN) -timeout=10 -rss_limit_mb=1024 \
	    -print_final_stats=1 -verbosity=0 \
	    -artifact_prefix=$(FUZZ_BUILD)/$*- \
	    $(addprefix -dict=,$(wildcard tests/fuzz/$*.dict)) \
	    $(FUZZ_BUILD)/corpus/$* tests/fuzz/corpus/$*

$(FUZZ_BIN): $(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(B)/libovsint.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(filter %.a,$^) \
	    $(LIBS_COMMON)

## make check-fuzz        replay of every corpus (usable with SAN=)
check-fuzz: $(FUZZ_CHECK)

$(FUZZ_CHECK): check-fuzz-%: $(B)/tests/fuzz/replay_%
	$(Q)$< tests/fuzz/corpus/$*

.SECONDARY: $(B)/tests/fuzz/replay.o $(FUZZ_NAMES:%=$(B)/tests/fuzz/fuzz_%.o)
-include $(FUZZ_BIN:=.d) $(B)/tests/fuzz/replay.d
