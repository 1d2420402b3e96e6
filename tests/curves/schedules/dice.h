/* Random numbers that are the same in every run: splitmix64. */
#ifndef TESTS_CURVES_DICE_H
#define TESTS_CURVES_DICE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

static inline uint64_t dice_next(struct dice *dice)
{
    uint64_t z = dice->state += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

/* in [low, high) */
static inline double dice_between(struct dice *dice, double low, double high)
{
    return low + (high - low) * (double)(dice_next(dice) >> 11) / 9007199254740992.0;
}

/* a whole number in [low, high] */
static inline double dice_whole(struct dice *dice, double low, double high)
{
    return floor(dice_between(dice, low, high + 1));
}

static inline bool dice_chance(struct dice *dice, double chance)
{
    return dice_between(dice, 0, 1) < chance;
}

static inline double dice_pick(struct dice *dice, const double *values, size_t count)
{
    return values[dice_next(dice) % count];
}
#define DICE_PICK(dice, values) \
    dice_pick((dice), (values), sizeof(values) / sizeof *(values))

#endif
