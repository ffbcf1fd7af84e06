# SPDX-License-Identifier: Apache-2.0
# Unit tests that need more than common/ and its libraries.

$(B)/tests/unit/test_hook_options: $(B)/hook/options.o

$(B)/tests/unit/test_confine: LIBS_COMMON += $(shell pkg-config --libs libseccomp)

$(B)/tests/unit/test_plugin_options: $(B)/plugin/options.o $(B)/plugin/record.o
$(B)/tests/unit/test_plugin_record: $(B)/plugin/record.o
$(B)/tests/unit/test_plugin_resolve: $(B)/plugin/record.o $(B)/plugin/resolve.o
$(B)/tests/unit/test_plugin_bridges: $(B)/plugin/bridges.o
