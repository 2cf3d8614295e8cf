// SPDX-License-Identifier: GPL-2.0
/*
 * Cumulative sums for change points. See the header for the method.
 */
#include <math.h>

#include "stat-cusum.h"
#include "stat-distribution.h"

void memscope_cusum_start(struct memscope_cusum *cusum, double k, double h)
{
	*cusum = (struct memscope_cusum){ .k = k, .h = h };
}

void memscope_cusum_start_known(struct memscope_cusum *cusum, double k, double h,
				double mean, double sd)
{
	*cusum = (struct memscope_cusum){
		.k = k, .h = h, .known = true, .mean = mean, .squares = sd * sd,
	};
}

/* The value as a standard normal one under the baseline; 0 while that is unknown. */
static double standardize(struct memscope_cusum *cusum, double value)
{
	double n = (double)cusum->n, step, t, p;

	if (cusum->known)
		return (value - cusum->mean) / sqrt(cusum->squares);
	t = 0;
	if (cusum->n >= 3) {
		double sd = sqrt(cusum->squares / (n - 1));

		/* A baseline without any spread: what differs, differs by far. */
		if (sd <= 0)
			t = value > cusum->mean ? INFINITY : value < cusum->mean ? -INFINITY : 0;
		else
			t = (value - cusum->mean) / sd * sqrt(n / (n + 1));
	}
	step = (value - cusum->mean) / (n + 1);
	cusum->squares += step * step * n * (n + 1);
	cusum->mean += step;
	if (t == 0)
		return 0;
	/* From the nearer tail, which keeps its digits; no value counts for more than 8. */
	p = memscope_student_cdf(-fabs(t), n - 1);
	return copysign(fmin(-memscope_normal_quantile(p), 8), t);
}

int memscope_cusum_add(struct memscope_cusum *cusum, double value)
{
	double z = standardize(cusum, value);

	if (cusum->up <= 0)
		cusum->up_since = cusum->n;
	if (cusum->down <= 0)
		cusum->down_since = cusum->n;
	cusum->up = fmax(0, cusum->up + z - cusum->k);
	cusum->down = fmax(0, cusum->down - z - cusum->k);
	cusum->n++;
	if (cusum->up > cusum->h)
		return 1;
	return cusum->down > cusum->h ? -1 : 0;
}
