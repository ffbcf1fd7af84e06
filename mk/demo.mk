# SPDX-License-Identifier: Apache-2.0

.PHONY: demo

## make demo              three containers on a private Open vSwitch (root)
demo:
	+$(Q)MAKE='$(MAKE)' demo/run
