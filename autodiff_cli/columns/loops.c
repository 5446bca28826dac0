/* A program over columns in machine code: what all programs have in common, and the pieces that each has of its own.

   Before this file stand: REAL, the type of the numbers; BITS, an unsigned type of their size; BUILTIN(f), the compiler's
   own f for them; PART, the rows whose buffers stay in cache; FUNCTIONS, how many addresses of NumPy's functions and
   their data there are; OWN_THREADS, 0 where Python's threads run a program; FLAG_RAISED and NONFINITE, what is found.

   The pieces begin at "piece" and end at the next one. A comment in a piece that is a single word is a place where lines
   or words are put in. */
#include <fenv.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef REAL real;
typedef BITS bits;
typedef void (*function)(void **, const ptrdiff_t *, const ptrdiff_t *, void *); /* a loop of NumPy's */
typedef int (*program)(ptrdiff_t rows, ptrdiff_t at, ptrdiff_t kept, void *const *table);

#define EXPORTED __attribute__((visibility("default")))
#define ABS BUILTIN(fabs)
#define CEIL BUILTIN(ceil)
#define COPYSIGN BUILTIN(copysign)
#define FLOOR BUILTIN(floor)
#define FMA BUILTIN(fma)
#define RINT BUILTIN(rint)
#define SQRT BUILTIN(sqrt)
#define TRUNC BUILTIN(trunc)
#define VALUE_FLAGS (FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW)
#define SLOPE_FLAGS (VALUE_FLAGS | FE_UNDERFLOW)
#define NEAR 64 /* rows for which room in cache is asked before they are written */
#define LINE (64 / (ptrdiff_t)sizeof(real)) /* of cache */
#define AHEAD(to) for (ptrdiff_t i = near + NEAR; i < near + 2 * NEAR; i += LINE) __builtin_prefetch(to + i, 1)
#define TURN (8 * PART) /* rows that a thread takes at a time */
#define MOST 256 /* threads */

EXPORTED void *functions[FUNCTIONS];
EXPORTED int workers = 1;

/* Rows that threads take from one another. */
typedef struct {
    program program;
    ptrdiff_t rows, start, next, threads;
    int found;
    void *const *table;
} task;

/* Not finite; of infinity a flag comes up too. */
static inline bool is_nonfinite(real x) { return x - x != 0; }

static __attribute__((unused)) int any_nonfinite(ptrdiff_t rows, const real *column)
{
    bits found = 0;
    for (ptrdiff_t i = 0; i < rows; i++) found |= is_nonfinite(column[i]);
    return found ? NONFINITE : 0;
}

static inline int raised(int flags) { return fetestexcept(flags) ? FLAG_RAISED : 0; }

static void *run_parts(void *given)
{
    task *const task = given;
    bool *const marks = task->table[0];
    const ptrdiff_t mine = PART * __atomic_fetch_add(&task->threads, 1, __ATOMIC_RELAXED);
    int found = 0;
    for (;;) {
        const ptrdiff_t first = __atomic_fetch_add(&task->next, TURN, __ATOMIC_RELAXED);
        const ptrdiff_t end = first + TURN < task->rows ? first + TURN : task->rows;
        for (ptrdiff_t row = first; row < end; row += PART) {
            const ptrdiff_t rows = row + PART < end ? PART : end - row;
            const int here = task->program(rows, task->start + row, OWN_THREADS ? mine : row, task->table);
            marks[row / PART] |= (here & FLAG_RAISED) != 0;
            found |= here;
        }
        if (end == task->rows) break;
    }
    __atomic_fetch_or(&task->found, found, __ATOMIC_RELAXED);
    return NULL;
}

static int run(program program, ptrdiff_t rows, ptrdiff_t start, void *const *table)
{
    task task = {.program = program, .rows = rows, .start = start, .table = table};
    pthread_t others[MOST];
    int count = 0;
    for (; OWN_THREADS && count + 1 < workers && count < MOST && (count + 1) * TURN < rows; count++)
        if (pthread_create(&others[count], NULL, run_parts, &task)) break;
    run_parts(&task);
    while (count--) pthread_join(others[count], NULL);
    return task.found;
}

/* piece: some steps of all rows of a part, by one loop */
static __attribute__((noinline)) int loop0(ptrdiff_t rows, const real *restrict numbers/*columns*/)
{
    bits nonfinite = 0;
    (void)numbers;
    /*numbers*/
    for (ptrdiff_t near = 0; near < rows; near += NEAR) {
        const ptrdiff_t end = near + NEAR < rows ? near + NEAR : rows;
        /*ahead*/
        for (ptrdiff_t i = near; i < end; i++) {
            /*steps*/
        }
    }
    return nonfinite ? NONFINITE : 0;
}

/* piece: the loops and NumPy's functions in turn, over one part */
static int program0(ptrdiff_t rows, ptrdiff_t at, ptrdiff_t kept, void *const *table)
{
    int found = 0;
    (void)rows, (void)at, (void)kept, (void)table;
    /*calls*/
    return found;
}

EXPORTED int section0(ptrdiff_t rows, ptrdiff_t start, void *const *table)
{
    return run(program0, rows, start, table);
}
