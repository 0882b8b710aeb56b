/* SPDX-License-Identifier: Apache-2.0 */
/* trace_player_sc.cpp - shell of the trace player. */
#include "hw/cache/trace_player_sc.h"

namespace bpsim
{

void trace_player_sc::end_of_elaboration()
{
    port_->in = net_in.mail();
    port_->out = net_out.resolve();
    credit_line_init(&port_->in_credit, domain_.core());
    l1_connect(core_->l1, port_);
}

} // namespace bpsim
