/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What ovs-vsctl does as well, if it is to wait. */
#include "ovsint/rows/switch_look.h"

void switch_look(struct txn *txn)
{
    txn_mutate(txn, "Open_vSwitch");
    txn_where_any(txn);
    txn_increment(txn, "next_cfg", 1);
}
