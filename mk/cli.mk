# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# ovsint, the operator's command, linked as the hook is.

CLI_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard cli/*.c))

all: $(B)/ovsint
$(B)/ovsint: $(CLI_OBJ) $(B)/libovsint.a
	$(call say,LD,$@)$(CC) $(call link_hook,$^,$@)

-include $(CLI_OBJ:.o=.d)

CLI_TABLES := $(addprefix $(B)/cli/,commands.o options.o help.o \
    completion.o doctor_table.o mirror_request.o)
$(UNIT)/cli/test_cli_options: $(CLI_TABLES)
$(UNIT)/cli/test_plugged: $(addprefix $(B)/cli/,plugged.o table.o terminal.o \
    runtime_state.o containers.o)
$(UNIT)/cli/test_uplink_lasting: $(B)/cli/uplink_lasting.o
$(UNIT)/cli/test_doctor_texts: $(B)/cli/doctor_texts.o
$(UNIT)/cli/test_doctor: $(addprefix $(B)/cli/,doctor_table.o doctor_judge.o \
    doctor_ovn.o doctor_rows.o plugged.o runtime_state.o containers.o)
$(UNIT)/cli/test_drawing: $(addprefix $(B)/cli/,drawing.o drawing_text.o \
    drawing_svg.o switch.o plugged.o runtime_state.o containers.o)
$(UNIT)/cli/test_trace: $(addprefix $(B)/cli/,trace_read.o trace_judge.o trace_judge_ovn.o \
    trace_frames.o trace_look.o trace_ovn.o northbound.o switch.o plugged.o runtime_state.o containers.o)
$(UNIT)/cli/test_top: $(addprefix $(B)/cli/,top_rates.o plugged.o \
    runtime_state.o containers.o)
$(UNIT)/cli/test_watch: $(addprefix $(B)/cli/,watch_events.o plugged_words.o \
    plugged.o runtime_state.o containers.o)
CLI_TARGETS := $(addprefix $(B)/cli/,runtime_state.o containers.o target_judge.o)
$(UNIT)/cli/test_runtime_state: $(CLI_TARGETS)
$(UNIT)/cli/test_verify: $(B)/cli/verify_judge.o
$(B)/tests/fuzz/fuzz_runtimes $(B)/tests/fuzz/replay_runtimes: $(CLI_TARGETS)

# Its manual page has the tables of the program.
.PHONY: manual
## make manual            the tables of ovsint into its manual page
manual: $(B)/ovsint
	$(Q)packaging/manual.sh $(B)/ovsint packaging/man/ovsint.8 >$(B)/ovsint.8
	$(Q)cmp -s $(B)/ovsint.8 packaging/man/ovsint.8 || \
	    cp $(B)/ovsint.8 packaging/man/ovsint.8
