# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Programs that the e2e tests use besides the product.

$(E2E_BIN): %: %.o
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^

-include $(E2E_BIN:=.d)
