# SPDX-License-Identifier: Apache-2.0
# Unit tests of modules that live in hook/.

$(B)/tests/unit/test_hook_options: $(B)/hook/options.o
