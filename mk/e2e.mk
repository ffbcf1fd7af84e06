# SPDX-License-Identifier: Apache-2.0
# Programs that the e2e tests use besides the product.

E2E_TOOLS := $(addprefix $(B)/tests/e2e/,frame talk reach checksums advertise \
    hear)

$(E2E_TOOLS): %: %.o
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^
