/* SPDX-License-Identifier: Apache-2.0 */
/* sched_names.c - places by name and number. */
#include "sim/schedule/sched_names.h"

#include <stdio.h>

static uint32_t per_chip(const struct sched_machine *m)
{
    return m->units_per_chip + m->channels_per_chip + m->ports_per_chip;
}

const char *sched_unit_name(char buf[SCHED_NAME_MAX], const struct sched_machine *m, uint32_t unit)
{
    snprintf(buf, SCHED_NAME_MAX, "chip%u.unit%u", unit / m->units_per_chip, unit % m->units_per_chip);
    return buf;
}

const char *sched_channel_name(char buf[SCHED_NAME_MAX], const struct sched_machine *m, uint32_t channel)
{
    snprintf(buf, SCHED_NAME_MAX, "chip%u.hbm%u", channel / m->channels_per_chip, channel % m->channels_per_chip);
    return buf;
}

const char *sched_endpoint_name(char buf[SCHED_NAME_MAX], const struct sched_machine *m, uint32_t endpoint)
{
    static const char *const kinds[] = {"unit", "hbm", "port", "unit"};
    uint32_t before[] = {0, m->units_per_chip, m->units_per_chip + m->channels_per_chip, 0};
    uint32_t kind = m->endpoints[endpoint].kind;
    snprintf(buf, SCHED_NAME_MAX, "chip%u.%s%u", endpoint / per_chip(m), kinds[kind],
             endpoint % per_chip(m) - before[kind]);
    return buf;
}

uint32_t sched_unit_endpoint(const struct sched_machine *m, uint32_t unit)
{
    return unit / m->units_per_chip * per_chip(m) + unit % m->units_per_chip;
}

uint32_t sched_channel_endpoint(const struct sched_machine *m, uint32_t channel)
{
    return channel / m->channels_per_chip * per_chip(m) + m->units_per_chip + channel % m->channels_per_chip;
}
