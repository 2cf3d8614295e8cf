/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long a site's objects live: Kaplan-Meier over lifetimes that ended and
 * ages of objects that live on. Times are binned within 1.6 %
 * (stat-histogram.h), which intervals do not include.
 *
 * State of a site: 40 bytes and 8 for each of its buckets in use, 32 KiB at
 * most. Frees of objects born before the recording never come here (the model
 * counts them): their age is not known, and taking them would favour the old.
 *
 * The prediction check: memscope_lifetime_split() is called between two
 * events, at about half of the recording. What is known then is the fit;
 * objects allocated later are what it is scored on.
 */
#ifndef MEMSCOPE_ANALYSIS_LIFETIME_H
#define MEMSCOPE_ANALYSIS_LIFETIME_H

#include "analysis.h"

extern const struct memscope_analysis memscope_analysis_lifetime;

/**
 * struct memscope_lifetime_result - lifetimes of a site, all in nanoseconds
 * @ended: objects that were freed
 * @live: objects that live on
 * @mean_ended_ns: mean lifetime of those that were freed
 * @p50_ns: by when half of the objects have been freed
 * @p90_ns: nine of ten
 * @p99_ns: ninety-nine of a hundred
 * A quantile needs 5 objects known to have lived until then. It is CENSORED
 * if more objects than its share live on beyond all that were freed; its
 * upper end is infinite if the interval says so.
 */
struct memscope_lifetime_result {
	uint64_t ended, live;
	struct memscope_figure mean_ended_ns;
	struct memscope_figure p50_ns, p90_ns, p99_ns;
};

/**
 * struct memscope_lifetime_check - the first part's prediction, scored on the rest
 * @fitted: objects the fit rests on, freed or not
 * @scored: objects allocated after the split
 * @predicted_ns: 50th and 90th percentile by the fit
 * @actual_ns: of the objects allocated after it
 * @error: predicted / actual - 1
 * @reached: share of scored objects freed by the predicted percentile: 0.5
 *	     and 0.9 if the fit is calibrated
 */
struct memscope_lifetime_check {
	uint64_t fitted, scored;
	struct memscope_figure predicted_ns[2], actual_ns[2];
	struct memscope_figure error[2];
	struct memscope_figure reached[2];
};

/**
 * memscope_lifetime_result - lifetimes of a site
 * @site: the site
 * @state: the analysis' state in it
 * @context: the recording
 * @live: its objects that live at the end
 * @result: filled
 * Return: 0 or -ENOMEM.
 */
int memscope_lifetime_result(const struct memscope_site *site, const void *state,
			     const struct memscope_analysis_context *context,
			     const struct memscope_live *live,
			     struct memscope_lifetime_result *result);

/**
 * memscope_lifetime_survival - the whole curve, time in nanoseconds
 * @state: the analysis' state in a site
 * @context: the recording
 * @live: its objects that live at the end
 * @survival: undo with memscope_survival_fini
 * Return: 0 or -ENOMEM.
 */
int memscope_lifetime_survival(const void *state,
			       const struct memscope_analysis_context *context,
			       const struct memscope_live *live,
			       struct memscope_survival *survival);

/**
 * memscope_lifetime_outlive - will an object of this age live some more?
 * @survival: the site's curve
 * @age_ns: its age
 * @more_ns: how much more
 * Return: the chance, estimated; CENSORED where nothing that old was seen
 * ending, FEW below 5 objects at risk.
 */
struct memscope_figure memscope_lifetime_outlive(const struct memscope_survival *survival,
						 uint64_t age_ns, uint64_t more_ns);

/** memscope_lifetime_ended - lifetimes that ended, in nanoseconds */
const struct memscope_histogram *memscope_lifetime_ended(const void *state);

/** memscope_lifetime_mean - mean of the lifetimes that ended, in nanoseconds; 0 if none */
double memscope_lifetime_mean(const void *state);

/**
 * memscope_lifetime_split - freezes what is known now as the fit
 * @state: the analysis' state in a site
 * @split_ns: now
 * @live: its objects that live now
 * Return: 0, -EEXIST if it was split before, or -ENOMEM.
 */
int memscope_lifetime_split(void *state, uint64_t split_ns, const struct memscope_live *live);

/**
 * memscope_lifetime_check - scores the fit of a site
 * @state: the analysis' state in it
 * @context: the recording
 * @live: its objects that live at the end
 * @check: filled
 * Return: 0; -ENODATA if the site was not split, being younger; -ENOMEM.
 */
int memscope_lifetime_check(const void *state,
			    const struct memscope_analysis_context *context,
			    const struct memscope_live *live,
			    struct memscope_lifetime_check *check);

#endif /* MEMSCOPE_ANALYSIS_LIFETIME_H */
