# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later

.PHONY: demo demo-picture

## make demo              three containers on a private Open vSwitch (root)
demo:
	+$(Q)MAKE='$(MAKE)' demo/run

## make demo-picture      docs/pictures/demo.svg, from what the demo says (root)
demo-picture:
	+$(Q)MAKE='$(MAKE)' demo/record
