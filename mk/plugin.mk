# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# ovsint-plugin. llhttp comes from pkg-config where it is packaged as a
# library, else from the C sources that Debian's node-llhttp installs; either
# way it counts as a system library: its warnings are not ours.

PKGS_PLUGIN  := $(PKGS_COMMON) $(PKGS_NFT) libuv libseccomp
# plugin/cni and plugin/netavark are programs of their own.
PLUGIN_SRC   := $(filter-out plugin/cni/% plugin/netavark/% plugin/namespaces/main.c, \
    $(wildcard plugin/*/*.c))
PLUGIN_OBJ   := $(PLUGIN_SRC:%.c=$(B)/%.o)

LLHTTP_DIR   ?= /usr/share/llhttp
ifeq ($(shell pkg-config --exists libllhttp && echo yes),yes)
LLHTTP_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags libllhttp))
LLHTTP_LIBS   := $(shell pkg-config --libs libllhttp)
else
LLHTTP_OBJ    := $(patsubst %,$(B)/llhttp/%.o,api http llhttp)
LLHTTP_CFLAGS := -DLLHTTP_STRICT_MODE=1 \
                 -isystem $(LLHTTP_DIR)/../include/llhttp
endif

UV_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags libuv 2>/dev/null))
PKG_CFLAGS += $(LLHTTP_CFLAGS) $(UV_CFLAGS)

$(B)/llhttp/%.o: $(LLHTTP_DIR)/%.c
	$(call say,CC,$<)mkdir -p $(@D) && $(CC) $(LLHTTP_CFLAGS) -O2 -g -fPIE \
	    $(filter -fsanitize% -ffile-prefix-map%,$(CFLAGS)) $(HARDEN) -w -c -o $@ $<

all: $(B)/ovsint-plugin
$(B)/ovsint-plugin: $(PLUGIN_OBJ) $(LLHTTP_OBJ) $(B)/libovsint.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(LLHTTP_LIBS) \
	    $(shell pkg-config --libs $(PKGS_PLUGIN))

# The second process, where the service manager starts it.
NAMESPACES_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard plugin/namespaces/*.c))
all: $(B)/ovsint-namespaces
$(B)/ovsint-namespaces: $(NAMESPACES_OBJ) $(B)/libovsint.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_HOOK)

HELPER_TESTS := $(B)/tests/netns/test_namespaces $(UNIT)/plugin/namespaces/test_helper
$(HELPER_TESTS): $(filter-out %/main.o,$(NAMESPACES_OBJ))
$(HELPER_TESTS): LIBS_COMMON += $(shell pkg-config --libs libseccomp)

HTTP_ENGINE := $(B)/plugin/daemon/http.o $(LLHTTP_OBJ)
$(UNIT)/plugin/daemon/test_http: $(HTTP_ENGINE)
$(UNIT)/plugin/daemon/test_server: $(HTTP_ENGINE) $(B)/plugin/daemon/server.o \
    $(B)/plugin/daemon/stream.o
$(B)/tests/fuzz/fuzz_http $(B)/tests/fuzz/replay_http: $(HTTP_ENGINE)
$(UNIT)/plugin/daemon/test_http $(UNIT)/plugin/daemon/test_server $(B)/tests/fuzz/fuzz_http $(B)/tests/fuzz/replay_http: \
    LIBS_COMMON += $(LLHTTP_LIBS)
$(UNIT)/plugin/guard/test_judge: $(B)/plugin/guard/judge.o
$(UNIT)/plugin/guard/test_fence: $(B)/plugin/guard/fence.o
$(UNIT)/plugin/guard/test_streak: $(B)/plugin/guard/streak.o

-include $(PLUGIN_OBJ:.o=.d) $(NAMESPACES_OBJ:.o=.d)
