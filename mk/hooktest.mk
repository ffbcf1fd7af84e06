# SPDX-License-Identifier: Apache-2.0
# Unit tests that need more than common/ and its libraries.

$(B)/tests/unit/test_hook_options: $(B)/hook/options.o

$(B)/tests/unit/test_confine: LIBS_COMMON += $(shell pkg-config --libs libseccomp)

RECORD := $(B)/plugin/record.o $(B)/plugin/record_mode.o
$(B)/tests/unit/test_plugin_options: $(B)/plugin/options.o $(RECORD)
$(B)/tests/unit/test_plugin_record: $(RECORD)
$(B)/tests/unit/test_plugin_resolve: $(RECORD) $(B)/plugin/resolve.o
$(B)/tests/unit/test_plugin_bridges: $(B)/plugin/bridges.o
