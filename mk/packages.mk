# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Packages, see packaging/package.sh. They end up in build/packages.

.PHONY: deb rpm docker-plugin
## make deb               packages for this release of Debian, in build/packages
## make rpm               packages for others, likewise; MAINTAINER='NAME <ADDRESS>'
##                        answers for those that are handed on
deb rpm:
	$(Q)packaging/package.sh $@

## make docker-plugin     root and config.json of a managed plugin of Docker, in
##                        build/docker-plugin
docker-plugin: $(B)/ovsint-plugin
	$(Q)packaging/docker-plugin.sh $< build/docker-plugin
