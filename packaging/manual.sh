#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# manual.sh PROGRAM PAGE: prints the page with what `ovsint manual` writes between
# its two marks. `make manual` puts that into the tree; `make lint` says if
# somebody has forgotten it.
set -euo pipefail

sed '/^\.\\" begin: ovsint manual$/q' "$2"
"$1" manual
sed -n '/^\.\\" end: ovsint manual$/,$p' "$2"
