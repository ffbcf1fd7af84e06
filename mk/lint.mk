# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Each tests/lint/<name>.sh prints its findings and one verdict line.

LINT_NAMES := layers rooms purity sizes banned docs pictures messages words format manpages shell licences warnings binaries \
              cppcheck tidy
LINT_RUN   := $(LINT_NAMES:%=lint-%)

.PHONY: lint $(LINT_RUN)

## make lint              all checks of the source; fails when one fails
lint: all $(COMMON_OBJ)
	$(Q)status=0; for name in $(LINT_NAMES); do \
	    B=$(B) PKG_CFLAGS="$(PKG_CFLAGS)" bash tests/lint/$$name.sh || \
	        status=1; \
	done; exit $$status

## make lint-NAME         one of them
$(LINT_RUN): lint-%: all $(COMMON_OBJ)
	$(Q)B=$(B) PKG_CFLAGS="$(PKG_CFLAGS)" bash tests/lint/$*.sh

## make messages          docs/troubleshooting.md gets what is new of the messages
##                        in the sources, and loses what nobody says any more
.PHONY: messages
messages:
	$(Q)packaging/messages --update docs/troubleshooting.md

## make plots             docs/pictures gets what stands in docs/benchmarks.md,
##                        docs/reliability.md and docs/scale.md
.PHONY: plots
plots:
	$(Q)tests/plots
