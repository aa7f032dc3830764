/*
 * settings_help.c - the table of options as --help-config prints it and README has it.
 */
#include <string.h>

#include "watcher/settings_table.h"

#define DAY_S 86400.0

enum { DEFAULT_WIDTH = 17 };

static void limits_text(const struct option_spec *option, char *out, size_t size)
{
	if (option->min == 0 && option->max == 0)
		snprintf(out, size, "-");
	else if (option->type == OPTION_SECONDS)
		snprintf(out, size, "%.0fs-%.0fd", option->min, option->max / DAY_S);
	else
		snprintf(out, size, "%.12g-%.12g", option->min, option->max);
}

static const char *section_prefix(enum section section)
{
	static const char *const prefixes[] = {
		[SECTION_TOP] = "",
		[SECTION_DESK] = "desk.",
		[SECTION_CLASSIFY] = "classify.",
		[SECTION_THRESHOLDS] = "classify.thresholds.",
		[SECTION_IMPORT] = "import.",
		[SECTION_POLICY] = "policy.",
		[SECTION_TWO] = "policy.two.",
		[SECTION_FIRST] = "policy.first.",
		[SECTION_HOURS] = "policy.hours.",
		[SECTION_PROMISE] = "policy.promise.",
		[SECTION_LATITUDE] = "policy.latitude[].",
		[SECTION_BRAND] = "brands[].",
		[SECTION_SOURCE] = "sources[].",
	};

	return prefixes[section];
}

void settings_help(FILE *out)
{
	const struct option_spec *option;

	fprintf(out, "%-29s %-16s %-17s %-12s %s\n", "option", "value", "default", "limits", "meaning");
	for (size_t i = 0; (option = option_at(i)) != NULL; i++) {
		const char *otherwise = option->required ? "(required)" : option->otherwise ? option->otherwise : "-";
		bool wide = strlen(otherwise) > DEFAULT_WIDTH; /* then it stands behind the meaning */
		char name[64], limits[48];

		if (option->type == OPTION_MAP || option->type == OPTION_LIST)
			continue;
		snprintf(name, sizeof(name), "%s%s", section_prefix(option->section), option->key);
		limits_text(option, limits, sizeof(limits));
		fprintf(out, "%-29s %-16s %-*s %-12s %s%s%s\n", name, option_type_name(option->type), DEFAULT_WIDTH,
			wide         ? "(see there)"
			: *otherwise ? otherwise
				     : "\"\"",
			limits, option->help, wide ? "; default: " : "", wide ? otherwise : "");
	}
}
