/* SPDX-License-Identifier: Apache-2.0 */
/* slot_counter_sc.h - the slot counter of a chip as a SystemC channel: one writer, every box of the chip reads. */
#ifndef SIM_KERNEL_SLOT_COUNTER_SC_H
#define SIM_KERNEL_SLOT_COUNTER_SC_H

#include "sim/kernel/domain_sc.h"

extern "C" {
#include "sim/kernel/slot_counter.h"
}

namespace bpsim
{

class counter_if : public sc_core::sc_interface
{
  public:
    virtual slot_counter *counter() = 0;
};

/* The writer's side. */
class counter_out : public sc_core::sc_export<counter_if>
{
  public:
    counter_out(const char *name, slot_counter &counter) : sc_core::sc_export<counter_if>(name)
    {
        channel_.slots = &counter;
        bind(channel_);
    }
    slot_counter *counter()
    {
        return channel_.slots;
    }

  private:
    struct channel : counter_if {
        slot_counter *slots = nullptr;
        slot_counter *counter() override
        {
            return slots;
        }
    } channel_;
};

/* A reader's side: resolve() at the end of elaboration subscribes the box. */
class counter_in : public sc_core::sc_port<counter_if>
{
  public:
    explicit counter_in(const char *name) : sc_core::sc_port<counter_if>(name)
    {
    }
    slot_counter *resolve(const clocked_box &box)
    {
        slot_counter *c = (*this)->counter();
        slot_counter_subscribe(c, box.part().core(), box.number());
        return c;
    }
};

} // namespace bpsim

#endif
