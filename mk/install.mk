# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Where things go. The hooks.d files carry the path of the hook: a runtime
# drops a hook whose program is missing without a word. The service carries
# that of the plugin.

SBINDIR  ?= $(PREFIX)/sbin
MANDIR   ?= $(PREFIX)/share/man
# README and the book, beside one another as in the source: so their links hold.
DOCDIR   ?= $(PREFIX)/share/doc/ovsint
HOOKSDIR ?= $(PREFIX)/share/containers/oci/hooks.d
UNITDIR  ?= $(PREFIX)/lib/systemd/system
# A runtime finds a CNI plugin by its name, which is that of its type.
CNIDIR   ?= $(PREFIX)/lib/cni
# Where containerd and CRI-O look for it; empty = no link.
CNILINKDIR ?= $(if $(filter /usr,$(PREFIX)),/opt/cni/bin)
# netavark finds a driver of networks by its name.
NETAVARKDIR ?= $(PREFIX)/libexec/netavark
# Where each shell looks for completions of programs.
BASHCOMPDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHCOMPDIR  ?= $(PREFIX)/share/zsh/site-functions
FISHCOMPDIR ?= $(PREFIX)/share/fish/vendor_completions.d
CONFIG   := /etc/ovsint/ovsint.json
# The only directory that podman and CRI-O read without being told.
KNOWN_HOOKSDIR := /usr/share/containers/oci/hooks.d

MAN_SRC   := $(wildcard packaging/man/*.[1-9])
HOOKS_SRC := $(wildcard packaging/hooks.d/*.json)
UNITS_SRC := $(wildcard packaging/systemd/*.*)
DOCS_SRC  := $(wildcard *.md docs/*.md docs/*/*.md docs/pictures/*.svg)
man_dst    = $(MANDIR)/man$(subst .,,$(suffix $(1)))/$(notdir $(1))
hooks_dst  = $(HOOKSDIR)/$(notdir $(1))
units_dst  = $(UNITDIR)/$(notdir $(1))
# In the order of removal: no file may name a program that is gone.
INSTALLED  = $(foreach f,$(HOOKS_SRC),$(call hooks_dst,$f)) \
             $(foreach f,$(UNITS_SRC),$(call units_dst,$f)) \
             $(SBINDIR)/ovsint-hook $(SBINDIR)/ovsint-plugin \
             $(SBINDIR)/ovsint-namespaces \
             $(CNILINKDIR:%=%/ovsint) \
             $(SBINDIR)/ovsint $(CNIDIR)/ovsint $(NETAVARKDIR)/ovsint \
             $(BASHCOMPDIR)/ovsint $(ZSHCOMPDIR)/_ovsint \
             $(FISHCOMPDIR)/ovsint.fish \
             $(foreach f,$(MAN_SRC),$(call man_dst,$f)) \
             $(DOCS_SRC:%=$(DOCDIR)/%)

.PHONY: install uninstall

## make install           below PREFIX (/usr/local), into DESTDIR
install: all
	$(Q)put() { echo "  INSTALL $$3"; \
	    install -D -m "$$1" "$$2" '$(DESTDIR)'"$$3"; }; set -e; \
	put 755 $(B)/ovsint-hook '$(SBINDIR)/ovsint-hook'; \
	put 755 $(B)/ovsint-plugin '$(SBINDIR)/ovsint-plugin'; \
	put 755 $(B)/ovsint-namespaces '$(SBINDIR)/ovsint-namespaces'; \
	put 755 $(B)/ovsint '$(SBINDIR)/ovsint'; \
	put 755 $(B)/ovsint-cni '$(CNIDIR)/ovsint'; \
	$(if $(CNILINKDIR),echo '  LINK    $(CNILINKDIR)/ovsint'; \
	    mkdir -p '$(DESTDIR)$(CNILINKDIR)'; \
	    ln -sfn '$(CNIDIR)/ovsint' '$(DESTDIR)$(CNILINKDIR)/ovsint';) \
	put 755 $(B)/ovsint-netavark '$(NETAVARKDIR)/ovsint'; \
	$(B)/ovsint completion bash | \
	    put 644 /dev/stdin '$(BASHCOMPDIR)/ovsint'; \
	$(B)/ovsint completion zsh | \
	    put 644 /dev/stdin '$(ZSHCOMPDIR)/_ovsint'; \
	$(B)/ovsint completion fish | \
	    put 644 /dev/stdin '$(FISHCOMPDIR)/ovsint.fish'; \
	$(foreach f,$(MAN_SRC),put 644 $f '$(call man_dst,$f)';) \
	$(foreach f,$(DOCS_SRC),put 644 $f '$(DOCDIR)/$f';) \
	$(foreach f,$(HOOKS_SRC),sed 's|@HOOK@|$(SBINDIR)/ovsint-hook|' $f | \
	    put 644 /dev/stdin '$(call hooks_dst,$f)';) \
	$(foreach f,$(UNITS_SRC),sed 's|@SBINDIR@|$(SBINDIR)|' $f | \
	    put 644 /dev/stdin '$(call units_dst,$f)';) \
	if [ -e '$(DESTDIR)$(CONFIG)' ]; then \
	    echo '  KEPT    $(CONFIG)'; \
	else \
	    put 644 packaging/ovsint.json $(CONFIG); \
	fi; \
	if [ '$(HOOKSDIR)' != $(KNOWN_HOOKSDIR) ]; then \
	    echo 'podman and CRI-O read only $(KNOWN_HOOKSDIR): install with'; \
	    echo 'PREFIX=/usr, or add $(HOOKSDIR)'; \
	    echo 'to hooks_dir in containers.conf and crio.conf'; \
	fi

## make uninstall         everything but the configuration
uninstall:
	$(Q)rm -fv $(INSTALLED:%='$(DESTDIR)%')
	$(Q)! [ -d '$(DESTDIR)$(DOCDIR)' ] || \
	    find '$(DESTDIR)$(DOCDIR)' -depth -type d -empty -delete
	$(Q)if [ -e '$(DESTDIR)$(CONFIG)' ]; then \
	    echo 'kept $(DESTDIR)$(CONFIG)'; \
	fi
