# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# ovsint, the operator's command, linked as the hook is.

CLI_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard cli/*.c cli/*/*.c))

all: $(B)/ovsint
$(B)/ovsint: $(CLI_OBJ) $(B)/libovsint.a
	$(call say,LD,$@)$(CC) $(call link_hook,$^,$@)

-include $(CLI_OBJ:.o=.d)

CLI_TABLES := $(addprefix $(B)/cli/,commands.o options.o help.o \
    completion.o doctor/table.o doctor/words.o mirror/request.o screen/quoted.o)
$(UNIT)/cli/test_cli_options: $(CLI_TABLES)
# A port with all that is known of it.
CLI_PLUGGED := $(addprefix $(B)/cli/,ports/plugged.o runtimes/runtime_state.o \
    runtimes/containers.o)
$(UNIT)/cli/ports/test_plugged: $(CLI_PLUGGED) $(addprefix $(B)/cli/screen/,table.o terminal.o)
$(UNIT)/cli/ports/test_router_ports: $(B)/cli/ports/router_ports.o
$(UNIT)/cli/uplink/test_uplink_lasting: $(B)/cli/uplink/lasting.o
$(UNIT)/cli/doctor/test_doctor_texts: $(B)/cli/doctor/texts.o
$(UNIT)/cli/doctor/test_doctor: $(CLI_PLUGGED) $(B)/cli/screen/quoted.o $(addprefix $(B)/cli/doctor/,table.o words.o \
    judge.o judge_ovn.o rows.o)
$(UNIT)/cli/screen/test_drawing: $(CLI_PLUGGED) $(B)/cli/ports/switch.o \
    $(addprefix $(B)/cli/screen/,drawing.o drawing_text.o drawing_svg.o)
$(UNIT)/cli/trace/test_trace: $(CLI_PLUGGED) $(addprefix $(B)/cli/ports/,northbound.o router_ports.o switch.o) \
    $(addprefix $(B)/cli/trace/,read.o judge.o judge_ovn.o frames.o look.o look_ovn.o) $(B)/cli/screen/quoted.o
$(UNIT)/cli/look/test_top: $(CLI_PLUGGED) $(B)/cli/look/top_rates.o
$(UNIT)/cli/look/test_watch: $(CLI_PLUGGED) $(B)/cli/look/watch_events.o \
    $(B)/cli/ports/plugged_words.o
CLI_TARGETS := $(addprefix $(B)/cli/runtimes/,runtime_state.o containers.o target_judge.o)
$(UNIT)/cli/runtimes/test_runtime_state: $(CLI_TARGETS)
$(UNIT)/cli/plug/test_verify: $(B)/cli/plug/verify_judge.o
$(B)/tests/fuzz/fuzz_runtimes $(B)/tests/fuzz/replay_runtimes: $(CLI_TARGETS)

# Its manual page has the tables of the program.
.PHONY: manual
## make manual            the tables of ovsint into its manual page
manual: $(B)/ovsint
	$(Q)packaging/manual.sh $(B)/ovsint packaging/man/ovsint.8 >$(B)/ovsint.8
	$(Q)cmp -s $(B)/ovsint.8 packaging/man/ovsint.8 || \
	    cp $(B)/ovsint.8 packaging/man/ovsint.8
