// SPDX-License-Identifier: Apache-2.0
/* The words for verdicts. */
#include "model/verdict.h"

const char *severity_name(enum severity severity)
{
	switch (severity) {
	case SEVERITY_STUCK:
		return "stuck";
	case SEVERITY_EXPECTED:
		return "expected";
	default:
		return "none";
	}
}

const char *confidence_name(enum confidence confidence)
{
	switch (confidence) {
	case CONFIDENCE_CERTAIN:
		return "certain";
	case CONFIDENCE_LIKELY:
		return "likely";
	case CONFIDENCE_POSSIBLE:
		return "possible";
	default:
		return "none";
	}
}
