/* The floor under slot computation: openings and busy periods as prepared arrays of seconds, one pass, no zones, no
   objects. Writes start and end of each slot; runs `repeat` times and answers the number of slots. */
#include <stdint.h>

struct rules {
    int64_t duration, increment, before, after;
};

int64_t sweep(const int64_t *opens, const int64_t *closes, int64_t openings, const int64_t *busy_from,
              const int64_t *busy_until, int64_t busy, const struct rules *rules, int64_t *found, int64_t repeat)
{
    int64_t count = 0;
    for (int64_t round = 0; round < repeat; round++) {
        int64_t at = 0;
        count = 0;
        for (int64_t i = 0; i < openings; i++) {
            for (int64_t start = opens[i]; start + rules->duration <= closes[i]; start += rules->increment) {
                int64_t end = start + rules->duration;
                while (at < busy && busy_until[at] <= start - rules->before)
                    at++;
                if (at == busy || end + rules->after <= busy_from[at]) {
                    found[2 * count] = start;
                    found[2 * count + 1] = end;
                    count++;
                }
            }
        }
    }
    return count;
}
