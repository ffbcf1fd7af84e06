# SPDX-License-Identifier: Apache-2.0
# Programs that the e2e tests use besides the product.

E2E_TOOLS := $(B)/tests/e2e/frame $(B)/tests/e2e/talk

$(E2E_TOOLS): %: %.o
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^
