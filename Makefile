# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# ovsint: one non-recursive Makefile. `make help` lists the targets.

VERSION    := 0.1.0
CC         ?= cc
V          ?= 0
PREFIX     ?= /usr/local
DESTDIR    ?=
SAN        ?=
WERROR     ?=
VARIANT    := $(if $(SAN),san,$(if $(COV),cov,release))
B          := build/$(VARIANT)

comma := ,
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' '$(1)' '$(2)';)

PKGS_COMMON := yajl libnl-3.0 libnl-route-3.0
PKGS_NFT    := libnftables libip4tc libip6tc
PKGS_HOOK   := $(PKGS_COMMON) libseccomp

CPPFLAGS += -D_GNU_SOURCE -DOVSINT_VERSION='"$(VERSION)"' -Iinclude -I.
CFLAGS   ?= -O2 -g
CFLAGS   += -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes \
            -Wmissing-prototypes -Wformat=2 -Wvla -Wundef -Wwrite-strings \
            -Wcast-qual -Wimplicit-fallthrough -Wno-missing-field-initializers \
            -fPIE -fstack-protector-strong $(if $(WERROR),-Werror)
LDFLAGS  += -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
ifeq ($(SAN),)
CPPFLAGS += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
else
CFLAGS   += -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all
LDFLAGS  += -fsanitize=$(SAN)
endif
ifneq ($(COV),)
CFLAGS   += --coverage
LDFLAGS  += --coverage
endif
# Third-party headers are system headers: their warnings are not ours.
PKG_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PKGS_HOOK) 2>/dev/null))
BANNED     := -include common/base/banned.h

LAYERS      := base json dhcp ovsdb openflow net nft oci spec flows config rows ovn device uplink attach confine program multicast
COMMON_SRC  := $(foreach l,$(LAYERS),$(wildcard common/$(l)/*.c))
COMMON_OBJ  := $(COMMON_SRC:%.c=$(B)/%.o)
HOOK_SRC    := $(wildcard hook/*.c)
HOOK_OBJ    := $(HOOK_SRC:%.c=$(B)/%.o)
UNIT        := $(B)/tests/unit
UNIT_SRC    := $(wildcard tests/unit/*/test_*.c tests/unit/*/*/test_*.c)
UNIT_BIN    := $(UNIT_SRC:%.c=$(B)/%)
NETNS_SRC   := $(wildcard tests/netns/test_*.c)
NETNS_BIN   := $(NETNS_SRC:%.c=$(B)/%)
FUZZ_SRC    := $(wildcard tests/fuzz/fuzz_*.c)
REPLAY_BIN  := $(FUZZ_SRC:tests/fuzz/fuzz_%.c=$(B)/tests/fuzz/replay_%)
PROGRAMS    := $(if $(HOOK_SRC),$(B)/ovsint-hook)

LIBS_COMMON = $(shell pkg-config --libs $(PKGS_COMMON))
LIBS_HOOK   = $(shell pkg-config --libs $(PKGS_HOOK))

.DEFAULT_GOAL := all
.PHONY: all clean help
all: $(PROGRAMS)

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

# Nobody waits for these to run, but for them to be compiled: with sanitizers -O2 takes
# eight times as long. tests/compilers has it all the same, as gcc warns of more then.
UNIT_CFLAGS ?= -O0 -U_FORTIFY_SOURCE
$(B)/tests/unit/%.o $(B)/tests/netns/%.o: CFLAGS += $(UNIT_CFLAGS)

# What the compiler says stays beside the object, for make lint-warnings.
$(B)/%.o: %.c
	$(call say,CC,$<)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(PKG_CFLAGS) \
	    $(BANNED) $(CFLAGS) -MMD -MP -c -o $@ $< 2>$@.said; \
	    status=$$?; [ ! -s $@.said ] || cat $@.said >&2; exit $$status

$(B)/libovsint.a: $(COMMON_OBJ)
	$(call say,AR,$@)rm -f $@ && $(AR) rcs $@ $^

$(B)/ovsint-hook: $(HOOK_OBJ) $(B)/libovsint.a
	$(call say,LD,$@)$(CC) $(call link_hook,$^,$@)

$(UNIT_BIN) $(NETNS_BIN): $(B)/%: $(B)/%.o $(B)/libovsint.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS_COMMON)

$(B)/tests/fuzz/replay_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/replay.o $(B)/libovsint.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS_COMMON)

clean:
	rm -rf build

include $(wildcard mk/*.mk)
-include $(COMMON_OBJ:.o=.d) $(HOOK_OBJ:.o=.d) $(UNIT_BIN:=.d) $(NETNS_BIN:=.d)
