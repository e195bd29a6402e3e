/* Sums over many comparisons, in the order in which they lie. kernel.py builds, loads and calls this; nothing here checks a range:
 * Comparisons has. Every sum has one fixed order, and no operation is joined with another (-ffp-contract=off), so the same columns
 * give the same bits, however wide a processor's vectors are. */

#include <stdint.h>
#include <string.h>

#define BLOCK 64 /* rows at a time: what is known of them stays in the nearest cache */
#define LANES 8

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__)
#define EACH_PROCESSOR __attribute__((target_clones("avx2", "default")))
#else
#define EACH_PROCESSOR
#endif
#define INSIDE static inline __attribute__((always_inline))

/* Columns of some comparisons. Covariate j of row i is x[j * apart + i]. */
struct rows {
    int64_t count, contenders, covariates, apart;
    const int32_t *first, *second;
    const int8_t *outcome; /* 0: the first won, 1: the second, 2: a tie */
    const double *x;
};

/* e^x within two units of the last place for |x| <= 700, and as if there beyond; no branch, so that several are taken at once. */
INSIDE double exponential(double x)
{
    const double shift = 0x1.8p52; /* added, it leaves the nearest whole number in the lowest bits */
    x = x < -700.0 ? -700.0 : x > 700.0 ? 700.0 : x;
    double whole = x * 0x1.71547652b82fep0 + shift;
    uint64_t power;
    memcpy(&power, &whole, sizeof power);
    whole -= shift;
    const double r = (x - whole * 0x1.62e42fefa38p-1) - whole * 0x1.ef35793c7673p-45; /* x - whole * log 2, in two parts */
    double sum = 1.0 / 6227020800;
    sum = sum * r + 1.0 / 479001600;
    sum = sum * r + 1.0 / 39916800;
    sum = sum * r + 1.0 / 3628800;
    sum = sum * r + 1.0 / 362880;
    sum = sum * r + 1.0 / 40320;
    sum = sum * r + 1.0 / 5040;
    sum = sum * r + 1.0 / 720;
    sum = sum * r + 1.0 / 120;
    sum = sum * r + 1.0 / 24;
    sum = sum * r + 1.0 / 6;
    sum = sum * r + 0.5;
    sum = sum * r + 1.0;
    sum = sum * r + 1.0;
    power = (power + 1023) << 52;
    double two_to_the_whole;
    memcpy(&two_to_the_whole, &power, sizeof power);
    return sum * two_to_the_whole;
}

/* Of one block's log-likelihood: slopes by the distance (d) and by the margin (m), and minus its second derivatives. */
struct slopes {
    double d[BLOCK], m[BLOCK], dd[BLOCK], dm[BLOCK], mm[BLOCK];
};

/* The formulas of bradley_terry.slopes; no margin: 0. */
INSIDE void find_slopes(struct slopes *of, const double *distance, const int8_t *outcome, double margin, double odds)
{
    if (margin <= 0) {
        for (int i = 0; i < BLOCK; i++) {
            double p = 1 / (1 + exponential(-distance[i]));
            of->d[i] = (outcome[i] == 0) + 0.5 * (outcome[i] == 2) - p;
            of->dd[i] = p * (1 - p);
        }
        return;
    }
    for (int i = 0; i < BLOCK; i++) {
        double p = 1 / (1 + exponential(margin - distance[i])), q = 1 / (1 + exponential(margin + distance[i]));
        double tie = outcome[i] == 2, up = (outcome[i] != 1) * (1 - p), down = (outcome[i] != 0) * (1 - q);
        of->d[i] = up - down;
        of->m[i] = tie * (2 + 2 / odds) - up - down;
        of->dd[i] = p * up + q * down;
        of->dm[i] = q * down - p * up;
        of->mm[i] = of->dd[i] + tie * (4 * (1 + odds) / (odds * odds));
    }
}

INSIDE void square(struct slopes *of)
{
    for (int i = 0; i < BLOCK; i++) {
        of->dd[i] = of->d[i] * of->d[i];
        of->dm[i] = of->d[i] * of->m[i];
        of->mm[i] = of->m[i] * of->m[i];
    }
}

INSIDE double product(const double *a, const double *b)
{
    double lane[LANES] = {0};
    for (int i = 0; i < BLOCK; i += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += a[i + l] * b[i + l];
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

/* Adds each row's values, `width` of them, to its first's, and takes them away from its second's. */
INSIDE void spread(int many, const int32_t *first, const int32_t *second, const double *restrict values, int64_t width, double *restrict met)
{
    for (int i = 0; i < many; i++, values += width) {
        double *up = met + first[i] * width, *down = met + second[i] * width;
        for (int64_t j = 0; j < width; j++)
            up[j] += values[j];
        for (int64_t j = 0; j < width; j++)
            down[j] -= values[j];
    }
}

/* Every row's slopes and what they sum to, in one pass.
 *   distance  of each ordered pair: (contenders, contenders)
 *   odds      exp(2 margin) - 1
 *   squares   not 0: in the place of second derivatives, the products of a row's own slopes
 *   d, m      where each row's slopes go, or null
 *   weight    added to: dd by ordered pair, (contenders, contenders)
 *   met       added to: by contender, the first's less the second's: d, dm, dd times each covariate; (contenders, width)
 *   own       added to: covariates by d (k), by dm (k), by dd and each other (k, k; the lower half), m, mm */
EACH_PROCESSOR
void sum_slopes(const struct rows *rows, const double *distance, const double *coefficients, double margin, double odds, int32_t squares,
                double *restrict d, double *restrict m, double *restrict weight, double *restrict met, int64_t width, double *restrict own)
{
    const int64_t n = rows->contenders, k = rows->covariates;
    double apart[BLOCK], ones[BLOCK], x[k + 1][BLOCK], weighed[k + 1][BLOCK], values[BLOCK][width];
    int8_t outcome[BLOCK];
    struct slopes of;
    memset(&of, 0, sizeof of);
    memset(values, 0, sizeof values);
    for (int i = 0; i < BLOCK; i++)
        ones[i] = 1;
    for (int64_t begin = 0; begin < rows->count; begin += BLOCK) {
        const int many = rows->count - begin < BLOCK ? (int)(rows->count - begin) : BLOCK;
        const int32_t *first = rows->first + begin, *second = rows->second + begin;
        if (many < BLOCK) {
            memset(outcome, 0, sizeof outcome);
            memset(apart, 0, sizeof apart);
            memset(x, 0, sizeof x);
        }
        memcpy(outcome, rows->outcome + begin, many);
        for (int i = 0; i < many; i++)
            apart[i] = distance[first[i] * n + second[i]];
        for (int64_t j = 0; j < k; j++) {
            memcpy(x[j], rows->x + j * rows->apart + begin, many * sizeof(double));
            for (int i = 0; i < BLOCK; i++)
                apart[i] += coefficients[j] * x[j][i];
        }
        find_slopes(&of, apart, outcome, margin, odds);
        for (int i = many; i < BLOCK; i++)
            of.d[i] = of.m[i] = of.dd[i] = of.dm[i] = of.mm[i] = 0;
        if (d)
            memcpy(d + begin, of.d, many * sizeof(double));
        if (m)
            memcpy(m + begin, of.m, many * sizeof(double));
        if (squares)
            square(&of);
        for (int i = 0; i < BLOCK; i++) {
            values[i][0] = of.d[i];
            values[i][1] = of.dm[i];
        }
        for (int64_t j = 0; j < k; j++) {
            for (int i = 0; i < BLOCK; i++)
                values[i][2 + j] = weighed[j][i] = of.dd[i] * x[j][i];
            own[j] += product(x[j], of.d);
            if (margin > 0)
                own[k + j] += product(x[j], of.dm);
            for (int64_t l = 0; l <= j; l++)
                own[2 * k + j * k + l] += product(weighed[j], x[l]);
        }
        if (margin > 0) {
            own[2 * k + k * k] += product(ones, of.m);
            own[2 * k + k * k + 1] += product(ones, of.mm);
        }
        for (int i = 0; i < many; i++)
            weight[first[i] * n + second[i]] += of.dd[i];
        if (width == 8) /* known to the compiler: five covariates, or none */
            spread(many, first, second, &values[0][0], 8, met);
        else if (width == 2)
            spread(many, first, second, &values[0][0], 2, met);
        else
            spread(many, first, second, &values[0][0], width, met);
    }
}

/* How often each number stands in a column. */
void tally(int64_t count, const int32_t *column, int64_t *times)
{
    for (int64_t i = 0; i < count; i++)
        times[column[i]]++;
}

INSIDE int64_t kind(const struct rows *rows, int64_t i)
{
    return (rows->first[i] * rows->contenders + rows->second[i]) * 3 + rows->outcome[i];
}

/* How often each ordered pair ended how: (contenders, contenders, 3). */
void tally_kinds(const struct rows *rows, int64_t *times)
{
    for (int64_t i = 0; i < rows->count; i++)
        times[kind(rows, i)]++;
}

/* Where all of a kind score alike: each row's scores by its first (d) and by the margin (m, unless null), and how often each kind stands there. */
void look_up(const struct rows *rows, const double *of_d, const double *of_m, double *restrict d, double *restrict m, int64_t *restrict times)
{
    for (int64_t i = 0; i < rows->count; i++) {
        const int64_t at = kind(rows, i);
        times[at]++;
        d[i] = of_d[at];
        if (m)
            m[i] = of_m[at];
    }
}

struct dealt {
    double score;
    int32_t cluster;
    uint16_t first, second;
};

/* Deals the rows out to pieces of 2^bits neighbouring clusters. `at`: where in `out` each piece begins; left where it ends. */
void deal(const struct rows *rows, const int32_t *cluster, int32_t bits, const double *score, int64_t *at, struct dealt *out)
{
    for (int64_t i = 0; i < rows->count; i++) {
        struct dealt *to = out + at[cluster[i] >> bits]++;
        to->score = score[i];
        to->cluster = cluster[i] & ((1 << bits) - 1);
        to->first = (uint16_t)rows->first[i];
        to->second = (uint16_t)rows->second[i];
    }
}

/* Adds a piece's scores to a table of its clusters, `width` numbers each: to the first's place, and away from the second's. */
void add_dealt(int64_t count, const struct dealt *dealt, int64_t width, double *table)
{
    for (int64_t i = 0; i < count; i++) {
        double *to = table + dealt[i].cluster * width;
        to[dealt[i].first] += dealt[i].score;
        to[dealt[i].second] -= dealt[i].score;
    }
}

INSIDE void add_products(const struct rows *rows, int64_t k, const int32_t *cluster, const double *score, const double *m, double *restrict table)
{
    const int64_t width = k + (m != 0);
    for (int64_t i = 0; i < rows->count; i++) {
        double *to = table + cluster[i] * width;
        for (int64_t j = 0; j < k; j++)
            to[j] += score[i] * rows->x[j * rows->apart + i];
        if (m)
            to[k] += m[i];
    }
}

/* Adds up by cluster each row's score times each covariate, and behind them its slope by the margin, unless that is null. */
void add_others(const struct rows *rows, const int32_t *cluster, const double *score, const double *m, double *restrict table)
{
    if (rows->covariates == 5)
        add_products(rows, 5, cluster, score, m, table);
    else
        add_products(rows, rows->covariates, cluster, score, m, table);
}
