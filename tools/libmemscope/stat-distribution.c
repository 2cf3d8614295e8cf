// SPDX-License-Identifier: GPL-2.0
/*
 * Distribution functions and the Wilson interval.
 *
 * The incomplete gamma and beta functions are the series and the continued
 * fractions of Abramowitz and Stegun (6.5.29, 6.5.31, 26.5.8), the latter by
 * Lentz's method.
 */
#include <math.h>

#include "stat-distribution.h"

#define ROUNDS	100000
#define TINY	1e-300
#define CLOSE	1e-15

double memscope_normal_cdf(double z)
{
	return 0.5 * erfc(-z * M_SQRT1_2);
}

/* A rational start (Abramowitz and Stegun 26.2.23), then Halley's steps. */
double memscope_normal_quantile(double p)
{
	double t, z;

	if (p <= 0)
		return -INFINITY;
	if (p >= 1)
		return INFINITY;
	if (p > 0.5)
		return -memscope_normal_quantile(1 - p);
	t = sqrt(-2 * log(p));
	z = (2.515517 + t * (0.802853 + t * 0.010328)) /
	    (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
	for (int i = 0; i < 4; i++) {
		double u = (memscope_normal_cdf(z) - p) * sqrt(2 * M_PI) * exp(z * z / 2);

		z -= u / (1 + z * u / 2);
	}
	return z;
}

/* Upper regularised incomplete gamma Q(a, x) by its continued fraction. */
static double gamma_fraction(double a, double x)
{
	double b = x + 1 - a, c = 1 / TINY, d = 1 / b, h = d;

	for (int i = 1; i < ROUNDS; i++) {
		double an = -i * (i - a), step;

		b += 2;
		d = an * d + b;
		d = 1 / (fabs(d) < TINY ? TINY : d);
		c = b + an / c;
		c = fabs(c) < TINY ? TINY : c;
		step = d * c;
		h *= step;
		if (fabs(step - 1) < CLOSE)
			break;
	}
	return exp(a * log(x) - x - lgamma(a)) * h;
}

static double gamma_series(double a, double x)
{
	double term = 1 / a, sum = term;

	for (int i = 1; i < ROUNDS; i++) {
		term *= x / (a + i);
		sum += term;
		if (term < sum * CLOSE)
			break;
	}
	return exp(a * log(x) - x - lgamma(a)) * sum;
}

static double gamma_upper(double a, double x)
{
	if (x <= 0)
		return 1;
	if (x < a + 1)
		return 1 - gamma_series(a, x);
	return gamma_fraction(a, x);
}

double memscope_poisson_cdf(uint64_t n, double mean)
{
	if (mean <= 0)
		return 1;
	return gamma_upper((double)n + 1, mean);
}

double memscope_chi2_sf(double x, double df)
{
	return gamma_upper(df / 2, x / 2);
}

static double beta_fraction(double a, double b, double x)
{
	double c = 1, d = 1 - (a + b) * x / (a + 1), h;

	d = 1 / (fabs(d) < TINY ? TINY : d);
	h = d;
	for (int m = 1; m < ROUNDS; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double step;

		d = 1 + even * d;
		d = 1 / (fabs(d) < TINY ? TINY : d);
		c = 1 + even / c;
		c = fabs(c) < TINY ? TINY : c;
		h *= d * c;
		d = 1 + odd * d;
		d = 1 / (fabs(d) < TINY ? TINY : d);
		c = 1 + odd / c;
		c = fabs(c) < TINY ? TINY : c;
		step = d * c;
		h *= step;
		if (fabs(step - 1) < CLOSE)
			break;
	}
	return h;
}

double memscope_beta(double x, double a, double b)
{
	double front;

	if (x <= 0 || b <= 0)
		return 0;
	if (x >= 1 || a <= 0)
		return 1;
	front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double memscope_student_cdf(double t, double df)
{
	double tail = 0.5 * memscope_beta(df / (df + t * t), df / 2, 0.5);

	return t > 0 ? 1 - tail : tail;
}

void memscope_wilson(uint64_t hits, uint64_t n, double z, double *low, double *high)
{
	double p = (double)hits / (double)n;
	double z2n = z * z / (double)n;
	double centre = p + z2n / 2;
	double half = z * sqrt(p * (1 - p) / (double)n + z2n / (4 * (double)n));

	*low = hits ? fmax(0, (centre - half) / (1 + z2n)) : 0;
	*high = hits < n ? fmin(1, (centre + half) / (1 + z2n)) : 1;
}
