# SPDX-License-Identifier: Apache-2.0
# Packages, see packaging/package.sh. They end up in build/packages.

.PHONY: deb rpm
## make deb               packages for this release of Debian, in build/packages
## make rpm               packages for others, likewise
deb rpm:
	$(Q)packaging/package.sh $@
