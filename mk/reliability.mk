# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What containers suffer from restarts, see tests/reliability/run.

.PHONY: reliability
## make reliability       everything is restarted, killed and taken away under
##                        traffic; writes docs/reliability.md (root)
reliability:
	$(Q)packaging/deps.sh check
	+$(Q)$(MAKE) --no-print-directory check-programs
	$(Q)tests/reliability/run
